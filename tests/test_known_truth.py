"""The stated mutual information of pairs, against integrals, tables and means of the log density ratio."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest, multivariate_normal

from skmi.datasets import (
    BEYOND_NORMAL,
    TASKS,
    AntiPCAMap,
    CorrelatedNormal,
    CorrelatedStudent,
    DiscreteChannel,
    InvertibleNetwork,
    LinearEmbedding,
    LogGammaExponential,
    MultivariateNormal,
    NoisyPair,
    NoisySteps,
    NormalMixtureQuantile,
    NuisanceFactors,
    QuantisedUniform,
    RectangleRenderer,
    SameClassPairs,
    Spiral,
    Wiggly,
    WithBackground,
    additive_uniform_noise,
    anti_pca,
    bimodal_normal,
    blob_images,
    correlated_blob_images,
    dense_normal,
    digits_pairs,
    half_cube,
    rectangle_images,
    swiss_roll,
    symmetric_channel,
    symmetric_channel_error,
    symmetric_channel_mi,
)

ROWS = np.random.default_rng(0).standard_normal((200, 4))
UNIFORM = np.random.default_rng(0).uniform(size=(200, 1))


def entropy(p):
    p = np.asarray(p, dtype=float).ravel()
    return -np.sum(p[p > 0] * np.log(p[p > 0]))


@pytest.mark.parametrize(
    "pair", [dense_normal(2, 2), dense_normal(3, 1, 0.3), MultivariateNormal([[2.0, 0.5], [0.5, 1.0]])], ids=repr
)
def test_normal_pairs_match_the_mean_of_their_log_ratio(pair):
    X, y = pair.sample(1_000_000, random_state=0)
    n = pair.n_features_x
    joint = multivariate_normal(cov=pair.covariance).logpdf(np.c_[X, y])
    margins = [
        multivariate_normal(cov=c).logpdf(Z) for c, Z in ((pair.covariance[:n, :n], X), (pair.covariance[n:, n:], y))
    ]
    assert np.mean(joint - margins[0] - margins[1]) == pytest.approx(pair.mi, abs=0.005)


def test_sparse_normal_pairs_match_their_correlations():
    pair = CorrelatedNormal(1.0, 4, 3, n_pairs=2)
    X, y = pair.sample(200_000, random_state=0)
    found = np.corrcoef(X, y, rowvar=False)[:4, 4:]
    expected = np.zeros((4, 3))
    expected[[0, 1], [0, 1]] = pair.correlation
    np.testing.assert_allclose(found, expected, atol=0.01)
    assert -np.log(1 - pair.correlation**2) == pytest.approx(1.0)


@pytest.mark.parametrize("mi", [0.2, 1.0, 4.0])
def test_log_gamma_exponential_pairs_match_the_mean_of_their_log_ratio(mi):
    pair = LogGammaExponential(2 * mi, n_features=2)
    x, y = (Z[:, 0] for Z in pair.sample(1_000_000, random_state=0))
    # y given x has the rate g = exp(x); over x its density at w = exp(y) is a / (1 + w)**(a + 1).
    log_ratio = x - np.exp(x + y) + (pair.shape + 1) * np.logaddexp(0, y) - np.log(pair.shape)
    assert np.mean(log_ratio) == pytest.approx(mi, abs=0.005)


@pytest.mark.parametrize("mi", [0.0, 0.3, np.log(2), 1.0, np.log(7), 5.0, np.log(2895), np.log(1e6)])
def test_quantised_uniform_matches_the_entropy_of_its_intervals(mi):
    pair = QuantisedUniform(mi)
    lengths = np.diff(pair.edges)
    assert entropy(lengths) == pytest.approx(mi, abs=1e-9)
    assert (lengths > 0).all()
    X, y = pair.sample(10_000, random_state=0)
    inside = (pair.edges[y] <= X) & (pair.edges[y + 1] >= X)
    assert inside.all()


def test_noisy_steps_match_the_integral():
    pair = NoisySteps(5)
    # The density of y is constant between whole numbers, and so is the chance of each label given y.
    pieces = np.array([[0.5 / 5 if x <= piece < x + 2 else 0.0 for x in range(5)] for piece in range(6)])
    given = pieces / pieces.sum(axis=1, keepdims=True)
    conditional = sum(pieces[i].sum() * entropy(given[i]) for i in range(6))
    assert np.log(5) - conditional == pytest.approx(pair.mi, abs=1e-12)
    X, y = pair.sample(100_000, random_state=0)
    assert kstest((y - X).ravel() / 2, "uniform").pvalue > 0.001
    assert set(X.ravel()) == set(range(5))


def test_discrete_channels_match_their_entropies():
    table = np.array([[0.1, 0.2, 0.0], [0.3, 0.1, 0.3]])
    pair = DiscreteChannel(table)
    assert pair.mi == pytest.approx(entropy(table.sum(axis=0)) + entropy(table.sum(axis=1)) - entropy(table))
    X, y = pair.sample(400_000, random_state=0)
    counts = np.histogram2d(X[:, 0], y[:, 0], bins=(range(3), range(4)))[0]
    np.testing.assert_allclose(counts / counts.sum(), table, atol=0.003)


@pytest.mark.parametrize("error", [0.0, 0.1, 0.9, 1.0])
def test_symmetric_channels_match_their_table(error):
    table = np.full((6, 6), error / 36) + np.diag([(1 - error) / 6] * 6)
    assert symmetric_channel_mi(6, error) == pytest.approx(DiscreteChannel(table).mi, abs=1e-12)
    assert symmetric_channel_error(6, symmetric_channel_mi(6, error)) == pytest.approx(error, abs=1e-6)
    assert symmetric_channel(symmetric_channel_mi(6, error), 6).mi == pytest.approx(symmetric_channel_mi(6, error))


@pytest.mark.parametrize("n_classes", [2, 7, 10, 100])
def test_symmetric_channels_without_information_always_draw_again(n_classes):
    assert symmetric_channel_error(n_classes, 0.0) == 1.0
    assert symmetric_channel(0.0, n_classes).mi == pytest.approx(0.0, abs=1e-12)


def test_additive_noise_is_as_wide_as_asked():
    X, y = additive_uniform_noise(0.3).sample(10_000, random_state=0)
    assert kstest(((y - X).ravel() + 0.3) / 0.6, "uniform").pvalue > 0.001


def test_bimodal_margins_are_the_mixtures():
    X, y = bimodal_normal(0.5).sample(20_000, random_state=0)
    assert kstest(X[:, 0], lambda v: 0.3 * ndtr(v) + 0.7 * ndtr(v - 5)).pvalue > 0.001
    assert kstest(y[:, 0], lambda v: 0.5 * ndtr(v + 1) + 0.5 * ndtr(v - 3)).pvalue > 0.001


# Published, to four digits, by Czyż et al. (2023).
PUBLISHED = {
    "1x1-normal": 0.4133,
    "1x1-additive-0.1": 1.7094,
    "1x1-additive-0.75": 0.3333,
    "1x1-student-1": 0.2242,
    "2x2-dense": 0.2939,
    "25x25-dense": 1.2922,
    "50x50-dense": 1.6243,
    "25x25-sparse": 1.0217,
    "2x2-student-1": 0.4319,
    "3x3-student-3": 0.1787,
    "5x5-student-2": 0.4482,
    "spiral @ normal-cdf @ 5x5-sparse": 1.0217,
    "swiss-roll @ normal-cdf @ 1x1-normal": 0.4133,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_named_tasks_have_the_published_information(name):
    assert TASKS[name].mi == pytest.approx(PUBLISHED[name], abs=5e-5)
    assert name in BEYOND_NORMAL


def test_the_list_of_tasks_is_readable():
    assert len(set(BEYOND_NORMAL)) == 40 <= len(TASKS) - 20
    assert "  spiral @ normal-cdf @ 5x5-sparse      1.0217" in repr(TASKS).splitlines()
    with pytest.raises(KeyError, match="Similar names: 'spiral @ 5x5-sparse'"):
        TASKS["spiral @ 5x5"]


@pytest.mark.parametrize("seed", range(3))
def test_invertible_networks_can_be_inverted(seed):
    network = InvertibleNetwork(4, seed)
    rows = network(ROWS)
    assert np.abs(rows - ROWS).max() > 1
    for rotation, kept, scale, shift in list(network._layers(4))[::-1]:
        given, bent = rows[:, :kept], rows[:, kept:]
        rows = np.hstack([given, (bent - shift(given)) * np.exp(-0.5 * np.tanh(scale(given)))]) @ rotation.T
    np.testing.assert_allclose(rows, ROWS, atol=1e-9)


def test_other_maps_can_be_inverted():
    np.testing.assert_allclose(Spiral(1, 2, -0.7)(Spiral(1, 2, 0.7)(ROWS)), ROWS, atol=1e-12)
    embedded = LinearEmbedding(10)(ROWS)
    basis = LinearEmbedding(10)(np.eye(4))
    np.testing.assert_allclose(np.linalg.lstsq(basis.T, embedded.T, rcond=None)[0].T, ROWS, atol=1e-9)
    np.testing.assert_allclose(np.cbrt(half_cube(ROWS) ** 2) * np.sign(ROWS), ROWS, atol=1e-12)
    rolled = np.linalg.norm(swiss_roll(UNIFORM), axis=1, keepdims=True)
    np.testing.assert_allclose((rolled * 21 / (1.5 * np.pi) - 1) / 2, UNIFORM, atol=1e-12)
    quantile = NormalMixtureQuantile((0.3, 0.7), (0.0, 5.0))(UNIFORM)
    np.testing.assert_allclose(0.3 * ndtr(quantile) + 0.7 * ndtr(quantile - 5), UNIFORM, atol=1e-12)
    line = np.linspace(-6, 6, 100_001)[:, None]
    assert (np.diff(Wiggly()(line), axis=0) > 0).all()


def test_nuisance_columns_determine_the_shared_factors():
    pair = NuisanceFactors(1.5, 12, 5, 2, 3.0, seed=4)
    X, y = pair.sample(300, random_state=1)
    shared = pair.shared.sample(300, random_state=1)
    for side, factors in zip((X, y), shared, strict=True):
        sums = np.arctanh(side)
        assert np.linalg.matrix_rank(sums, tol=1e-6 * np.abs(sums).max()) == 5
        coefficients = np.linalg.lstsq(sums, factors, rcond=None)[0]
        np.testing.assert_allclose(sums @ coefficients, factors, atol=1e-6)


def test_backgrounds_are_sums_of_their_patterns():
    pair = WithBackground(blob_images(1.0, 12), n_patterns=5, amplitude=0.4, seed=3)
    X, _ = pair.sample(50, random_state=0)
    background = X - pair.base.sample(50, random_state=0)[0]
    weights = np.linalg.lstsq(pair._patterns(144).T, background.T, rcond=None)[0]
    np.testing.assert_allclose(pair._patterns(144).T @ weights, background.T, atol=1e-9)
    assert np.abs(weights).max() <= 0.4


def test_noisy_pairs_have_a_bound_instead_of_mi():
    pair = NoisyPair(CorrelatedNormal(1.0), 0.5)
    assert not hasattr(pair, "mi")
    X, _ = pair.sample(100_000, random_state=0)
    assert X.var() == pytest.approx(1.25, rel=0.02)
    assert pair.mi_upper_bound == 1.0


def test_pairs_of_a_class_follow_the_channel():
    labels = np.repeat(np.arange(5), [20, 30, 40, 50, 60])
    rows = np.arange(200.0)[:, None]
    pair = SameClassPairs(rows, labels, mi=0.7)
    X, y, x_labels, y_labels = pair.sample_with_labels(1_000_000, random_state=0)
    assert (labels[X[:, 0].astype(int)] == x_labels).all()
    assert (labels[y[:, 0].astype(int)] == y_labels).all()
    counts = np.histogram2d(x_labels, y_labels, bins=(range(6), range(6)))[0] / 1e6
    assert entropy(counts.sum(axis=0)) + entropy(counts.sum(axis=1)) - entropy(counts) == pytest.approx(0.7, abs=0.005)
    # Given the labels the rows are independent and uniform over halves of their classes.
    assert not set(X[:, 0]) & set(y[:, 0])
    for label, half in ((0, 10), (4, 30)):
        inside = X[x_labels == label, 0]
        np.testing.assert_allclose(np.unique(inside, return_counts=True)[1] / len(inside), 1 / half, rtol=0.01)


def test_rows_of_a_class_cannot_be_changed():
    rows = np.arange(8.0).reshape(4, 2)
    pair = SameClassPairs(rows, [0, 0, 1, 1], mi=0.5)
    with pytest.raises(ValueError, match="read-only"):
        pair.rows[0] = 5
    rows[0] = 5  # the caller's own array stays as it is


def test_rows_of_a_class_do_not_repeat_before_all_are_used():
    X, _ = digits_pairs(1.0).sample(400, random_state=0)
    assert len(np.unique(X, axis=0)) == 400


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SameClassPairs(np.ones((4, 2)), [0, 0, 1, 1], mi=0.8), "mi <= log"),
        (lambda: SameClassPairs(np.ones((4, 2, 2)), [0, 0, 1, 1]), "Flatten images"),
        (lambda: SameClassPairs(np.ones((3, 2)), [0, 0, 1]), "at least two rows each"),
        (lambda: symmetric_channel(3.0, 10), "mi <= log"),
        (lambda: symmetric_channel_mi(1, 0.5), "n_classes >= 2"),
        (lambda: DiscreteChannel(((0.5, 0.6), (0.0, 0.0))), "sum 1"),
        (lambda: QuantisedUniform(-1), "mi >= 0"),
        (lambda: NoisySteps(0), "n_levels >= 1"),
        (lambda: NoisySteps(2.5), "whole number n_levels"),
        (lambda: LogGammaExponential(0.0), "mi > 0"),
        (lambda: LogGammaExponential(1.0, 0), "n_features >= 1"),
        (lambda: LogGammaExponential(1200.0, 2), "mi > 0 and <= 1000"),
        (lambda: additive_uniform_noise(0.0), "noise > 0"),
        (lambda: MultivariateNormal(np.ones((2, 2))), "positive definite"),
        (lambda: MultivariateNormal(np.ones((2, 3))), "square"),
        (lambda: MultivariateNormal([[np.inf, 0], [0, 1]]), "finite covariance"),
        (lambda: dense_normal(2, 2, np.nan), "finite covariance"),
        (lambda: MultivariateNormal(np.eye(2), 2), "n_features_x < 2"),
        (lambda: CorrelatedNormal(1.0, 3, 2, n_pairs=3), "n_pairs <= 2"),
        (lambda: NuisanceFactors(1.0, 4, 6), "n_factors <= n_features"),
        (lambda: NuisanceFactors(1.0, nuisance_scale=0.0), "nuisance_scale > 0"),
        (lambda: NuisanceFactors(1.0, nuisance_scale=np.inf), "finite number nuisance_scale"),
        (lambda: NuisanceFactors(-1.0), "mi >= 0"),
        (lambda: NuisanceFactors("a"), "mi >= 0, got 'a'"),
        (lambda: CorrelatedStudent(degrees_of_freedom=0.01), "degrees_of_freedom >= 0.1"),
        (lambda: NoisyPair(CorrelatedNormal(), -1.0), "noise >= 0"),
        (lambda: WithBackground(CorrelatedNormal()).sample(5), "square images"),
        (lambda: WithBackground(blob_images(2.0, 3)).sample(5), "at least 4 pixels for each of the n_patterns=8"),
        (lambda: WithBackground(blob_images(), amplitude=np.nan), "finite number amplitude"),
        (lambda: WithBackground(blob_images(), 0), "n_patterns >= 1"),
        (lambda: blob_images(1.0, 1), "image_size >= 2"),
        (lambda: correlated_blob_images(1.0, 2), "image_size >= 3"),
        (lambda: rectangle_images(1.0, 2), "image_size >= 3"),
        (lambda: RectangleRenderer(16, min_side=20), "image_size >= 21"),
        (lambda: RectangleRenderer(16, min_side=1.5), "min_side >= 2"),
        (lambda: anti_pca(1.0, 1), "n_features >= 2"),
        (lambda: AntiPCAMap()(ROWS), "two columns"),
        (lambda: Wiggly(((1.0, 1.0, 0.0),)), "turn back"),
        (lambda: Wiggly(((np.nan, 1.0, 0.0),)), "finite waves"),
        (lambda: Spiral(1, -1), "second >= 0"),
        (lambda: Spiral(0, 4)(ROWS), "columns 0 and 4"),
        (lambda: swiss_roll(ROWS), "one column"),
        (lambda: LinearEmbedding(3)(ROWS), "at most n_features=3"),
        (lambda: InvertibleNetwork()(UNIFORM), "at least two columns"),
        (lambda: NormalMixtureQuantile((0.5, 0.6)), "sum 1"),
        (lambda: bimodal_normal(x_means=(0.0, np.nan)), "finite means"),
    ],
)
def test_impossible_data_raises(make, message):
    with pytest.raises(ValueError, match=message):
        make()
