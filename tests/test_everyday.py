"""Everyday input: the right number, or a warning of our own class, and none on clean data."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import digamma
from sklearn import datasets
from sklearn.base import clone
from sklearn.decomposition import PCA

import skmi
from skmi import (
    KSG,
    MINE,
    CompressedMI,
    ConditionalKSG,
    GaussianCopulaMI,
    GaussianMI,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import CorrelatedNormal, blob_images, symmetric_channel_mi
from skmi.estimators._labels import labels_mi_rows, unseen_entropy
from skmi.estimators._lower_values import linear_mi
from skmi.estimators._serial import effective_rows
from skmi.exceptions import (
    InfiniteMIWarning,
    LowEstimateWarning,
    RareClassWarning,
    RepeatedRowsWarning,
    SerialDependenceWarning,
    TiesWarning,
    UnreliableEstimateWarning,
)
from skmi.feature_selection import mi_scores, mutual_info

quiet = pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")


@pytest.fixture
def pair():
    return CorrelatedNormal(0.7).sample(1500, random_state=3)


def errors(draw, truth, n_draws=10):
    return np.array([labels_mi_rows(*draw(np.random.default_rng(seed))).mean() - truth for seed in range(n_draws)])


def channel(n_labels, n_samples, error):
    def draw(rng):
        x = rng.integers(n_labels, size=n_samples)
        return x, np.where(rng.random(n_samples) < error, rng.integers(n_labels, size=n_samples), x)

    return draw


@pytest.mark.parametrize(
    ("draw", "truth", "most"),
    [
        (lambda rng: rng.integers(25, size=(2, 250)), 0.0, 0.2),
        (lambda rng: rng.integers(80, size=(2, 800)), 0.0, 0.25),
        (lambda rng: rng.poisson(9, size=(2, 600)), 0.0, 0.08),
        (channel(25, 300, 0.5), symmetric_channel_mi(25, 0.5), 0.2),
        (channel(80, 800, 0.4), symmetric_channel_mi(80, 0.4), 0.3),
        (lambda rng: rng.integers(3, size=(2, 200)), 0.0, 0.02),
    ],
    ids=["25 labels", "80 labels", "counts", "channel of 25", "channel of 80", "3 labels"],
)
def test_labels_of_few_rows_per_cell_are_near_the_truth(draw, truth, most):
    # Miller and Madow's correction errs by .8, 1.8, .1, .6 and 1.2 on the first five.
    assert np.sqrt(np.mean(errors(draw, truth) ** 2)) < most


@pytest.mark.parametrize(
    "counts", [[1, 1, 2, 3, 5], [1] * 700, [1] * 300 + [2, 2], [1] * 90 + [4] * 3, [1, 2, 2, 2, 9]]
)
def test_the_entropy_of_unseen_labels_is_that_of_the_paper(counts):
    counts = np.array(counts)
    n, once, twice = counts.sum(), np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
    share = 2 * twice / ((n - 1) * once + 2 * twice) if twice else 2 / ((n - 1) * (once - 1) + 2)
    r = np.arange(1, n)
    expected = once / n * (1 - share) ** (1.0 - n) * (-np.log(share) - np.sum((1 - share) ** r / r))
    assert unseen_entropy(counts) == pytest.approx(expected, rel=1e-8)


def test_labels_seen_often_give_the_digamma_sum():
    x, y = np.random.default_rng(0).integers(4, size=(2, 5000))
    table = np.zeros((4, 4))
    np.add.at(table, (x, y), 1)
    entropies = [np.sum(c / 5000 * (digamma(5000) - digamma(c))) for c in (table.sum(1), table.sum(0), table.ravel())]
    assert KSG().fit(x[:, None], y).mi_ == pytest.approx(entropies[0] + entropies[1] - entropies[2], abs=1e-12)


def test_sparse_tables_of_labels_warn_and_full_ones_do_not():
    rng = np.random.default_rng(0)
    sparse, full = rng.integers(40, size=(2, 500)), rng.integers(6, size=(2, 500))
    for estimator in (KSG(), ConditionalKSG(), KozachenkoLeonenko(), KernelDensityMI(), GaussianMI()):
        with pytest.warns(UnreliableEstimateWarning, match="occur nowhere else"):
            estimator.set_params(discrete_features=True, discrete_target=True).fit(sparse[0][:, None], sparse[1])
        estimator.fit(full[0][:, None], full[1])
    with pytest.warns(UnreliableEstimateWarning, match="a tenth of the rows or more are alone"):
        mi_scores(pd.DataFrame({"a": sparse[0].astype(str), "b": full[0]}), sparse[1].astype(str))


def test_labels_that_name_rows_have_no_score():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    table = pd.DataFrame({"id": [f"customer {i}" for i in range(400)], "x": x, "color": rng.choice(["r", "g"], 400)})
    with pytest.warns(UnreliableEstimateWarning, match="Column id of X: no score.*occur once"):
        scores = mi_scores(table, x + rng.normal(size=400) > 0)
    assert scores.feature.tolist() == ["x", "color", "id"]
    assert np.isnan(scores.mi[-1])
    assert scores.n_samples.tolist() == [400, 400, 0]


def test_one_bad_column_costs_that_column():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    table = pd.DataFrame(
        {
            "good": y + rng.normal(size=300),
            "empty": np.full(300, np.nan),
            "infinite": np.where(np.arange(300) == 5, np.inf, y),
            "dates": pd.date_range("2020", periods=300),
            "prices": [f"${1000 + i:,}" for i in range(300)],
            "objects": [{} for _ in range(300)],
        }
    )
    with pytest.warns(UnreliableEstimateWarning) as caught:
        scores = mi_scores(table, y)
    assert scores.feature[0] == "good"
    assert scores.mi[0] == pytest.approx(mutual_info(table[["good"]].to_numpy(), y)[0], abs=1e-12)
    assert np.isnan(scores.mi[1:]).all()
    text = " ".join(str(warning.message) for warning in caught)
    assert all(name in text for name in table.columns[1:])
    with pytest.raises(ValueError, match="No column of X can be scored"):
        mi_scores(table[["empty", "dates"]], y)


@pytest.mark.parametrize("n_neighbors", [1, 2, 3, 5])
@pytest.mark.parametrize("n_samples", [300, 4000])
def test_evenly_spaced_values_and_labels(n_neighbors, n_samples):
    times = np.arange(n_samples) * 0.25 + 1e6
    labels = np.random.default_rng(0).choice(["a", "b", "c"], n_samples)
    assert KSG(n_neighbors).fit(times[:, None], labels).mi_ == pytest.approx(0.0, abs=4 / np.sqrt(n_samples))
    late = times > times[n_samples // 3]
    truth = np.log(3) - 2 / 3 * np.log(2)
    assert KSG(n_neighbors).fit(times[:, None], late).mi_ == pytest.approx(truth, abs=0.02)
    assert mutual_info(times[:, None], late, n_neighbors=n_neighbors)[0] == pytest.approx(truth, abs=0.02)


@quiet
def test_a_rare_label_and_two_values_in_many_rows():
    n = 400_000
    x = np.random.default_rng(0).integers(2, size=(n, 1)).astype(float)
    assert mutual_info(x, (np.arange(n) % 5000 == 0).astype(int))[0] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("decimals", [0, 1])
def test_the_order_of_rows_does_not_matter(decimals, pair):
    X, y = (Z.round(decimals) for Z in pair)
    rng = np.random.default_rng(0)
    values = [KSG().fit(X[order], y[order]).mi_ for order in (rng.permutation(len(X)) for _ in range(4))]
    assert np.ptp(values) < 1e-12


@pytest.mark.parametrize("times", [2, 3])
def test_copies_of_rounded_rows_warn(times, pair):
    X, y = (Z.round(1) for Z in pair)
    KSG().fit(X, y)
    with pytest.warns(RepeatedRowsWarning, match="occur more than once"):
        KSG().fit(np.tile(X, (times, 1)), np.tile(y, (times, 1)))


@quiet
def test_a_function_of_a_rounded_column_is_no_copy():
    wage = np.exp(np.random.default_rng(0).normal(size=(1000, 1))).round(2) + 1
    with pytest.warns() as caught:
        KSG().fit(wage, np.log(wage))
    assert not any(issubclass(warning.category, RepeatedRowsWarning) for warning in caught)


def test_many_zeros_in_many_rows_are_no_copies():
    rng = np.random.default_rng(0)
    Z = np.where(rng.random((120_000, 2)) < 0.6, 0.0, rng.normal(size=(120_000, 2)))
    assert KSG().fit(Z[:, :1], Z[:, 1]).mi_ == pytest.approx(0.0, abs=0.02)


@quiet
@pytest.mark.parametrize("spoil", ["outlier", "sentinel", "heavy tails"])
def test_outliers_warn_and_ranks_serve(spoil, pair):
    X, y = pair[0].copy(), pair[1]
    if spoil == "heavy tails":
        X = np.exp(5 * X)
    else:
        X[: 1 if spoil == "outlier" else 60] = 1e5 if spoil == "outlier" else -999.0
    for estimator in (KSG(), KernelDensityMI(), GaussianMI(), KozachenkoLeonenko(), ConditionalKSG()):
        with pytest.warns(UnreliableEstimateWarning, match=r"Columns \[0\] of X have outliers"):
            estimator.fit(X, y)
    # Sixty rows of 1500 say nothing any more.
    truth = 0.7 * (0.96 if spoil == "sentinel" else 1.0)
    assert KSG(marginals="normal").fit(X, y).mi_ == pytest.approx(truth, abs=0.12)
    if spoil != "sentinel":  # whose rows stand at the wrong end of the ranks, which a correlation feels
        assert GaussianCopulaMI().fit(X, y).mi_ == pytest.approx(truth, abs=0.12)
    with pytest.warns(UnreliableEstimateWarning, match='Column 0 of X: outliers.*marginals="normal"'):
        mi_scores(X, y[:, 0])
    assert mutual_info(X, y[:, 0], marginals="normal")[0] == pytest.approx(truth, abs=0.12)


def test_values_on_a_grid_warn_where_a_density_is_needed():
    with pytest.warns(TiesWarning, match="neighbours at the same distance"):
        KozachenkoLeonenko().fit(np.arange(1200.0)[:, None], np.random.default_rng(0).normal(size=1200))


def test_counting_is_exact_for_labels_without_spread():
    names = np.random.default_rng(0).choice(["x", "y", "z"], 900)
    fitted = GaussianMI().fit(names[:, None], names)
    assert fitted.mi_ == pytest.approx(np.log(3), abs=0.01)
    assert fitted.score(names[:, None], names) > 0.9
    with pytest.warns(UnreliableEstimateWarning, match="too few rows for a discriminant"):
        GaussianMI().fit(np.random.default_rng(0).normal(size=(100, 2)), np.arange(100) % 20)


SMALL_MINE = MINE(max_epochs=2, hidden_sizes=(8,), random_state=0)


@quiet
@pytest.mark.parametrize("estimator", [KernelDensityMI(), SMALL_MINE], ids=str)
@pytest.mark.parametrize("map_", [lambda x: x, lambda x: 3 - 2 * x, lambda x: x + 1e-7 * x**2])
def test_infinite_information_warns(estimator, map_, pair):
    with pytest.warns() as caught:
        estimator.fit(pair[0], map_(pair[0]))
    assert any(issubclass(warning.category, InfiniteMIWarning) for warning in caught)


def series(phi, n_samples, seed):
    steps = np.random.default_rng(seed).standard_normal(n_samples + 300)
    for i in range(1, len(steps)):
        steps[i] = phi * steps[i - 1] + np.sqrt(1 - phi**2) * steps[i]
    return steps[300:, None]


@pytest.mark.parametrize("phi", [0.9, 0.97, 0.995])
def test_independent_series_warn(phi):
    x, y = series(phi, 1200, 1), series(phi, 1200, 2)
    estimators = KSG(), KernelDensityMI(), KozachenkoLeonenko(), ConditionalKSG(), GaussianMI(), GaussianCopulaMI()
    for estimator in estimators:
        with pytest.warns(SerialDependenceWarning, match="rows are worth some [0-9]+ independent ones"):
            estimator.fit(x, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SMALL_MINE.fit(x, y)
        CompressedMI(KSG(), compressor=PCA(1), random_state=0).fit(np.hstack([x, x + y]), y)
    # Once for both folds.
    assert [warning.category for warning in caught].count(SerialDependenceWarning) == 2
    with pytest.warns(SerialDependenceWarning, match="rows are worth some"):
        mi_scores(np.hstack([x, series(phi, 1200, 3)]), y[:, 0])


def test_the_effective_number_of_rows_is_bartletts():
    # With autocorrelations phi^k on both sides it is n (1 - phi^2) / (1 + phi^2).
    for phi in (0.5, 0.8):
        worth = np.mean([effective_rows(series(phi, 8000, s), series(phi, 8000, 50 + s)) for s in range(5)]) / 8000
        assert worth == pytest.approx((1 - phi**2) / (1 + phi**2), rel=0.12)


def test_one_series_beside_noise_and_sorted_tables_do_not_warn():
    x, noise = series(0.99, 2000, 0), np.random.default_rng(0).standard_normal((2000, 1))
    KSG().fit(x, noise)
    KSG().fit(np.sort(noise, axis=0), np.sort(noise, axis=0) + noise[::-1])
    order = np.argsort(noise[:, 0])
    KSG().fit(noise[order], noise[order] + 0.5 * np.roll(noise, 7)[order])


@pytest.mark.parametrize("load", ["iris", "wine", "breast_cancer", "diabetes", "linnerud"])
def test_bundled_tables_do_not_warn(load):
    X, y = getattr(datasets, f"load_{load}")(return_X_y=True)
    y = y[:, 0] if y.ndim == 2 else y
    if load != "linnerud":
        mi_scores(X, y)
    for i, j in itertools.islice(itertools.combinations(range(X.shape[1]), 2), 15):
        KSG().fit(X[:, [i]], X[:, j])


def test_clean_data_do_not_warn():
    for n_features, mi in itertools.product((1, 2, 4), (0.0, 0.5, 2.0)):
        X, y = CorrelatedNormal(mi, n_features, n_features).sample(1000, random_state=n_features)
        # In eight dimensions densities of 1000 rows are biased, and warn of it.
        of_densities = [KozachenkoLeonenko(), KernelDensityMI()] if n_features < 4 else []
        for estimator in (KSG(), GaussianMI(), GaussianCopulaMI(), *of_densities):
            estimator.fit(X, y)
        mi_scores(X, y[:, 0])
        mi_scores(X, y[:, 0] > 0)


@pytest.mark.parametrize(("n_features", "warns"), [(25, True), (12, True), (4, False), (2, False)])
def test_many_columns_warn_where_correlations_show_more(n_features, warns):
    X, y = CorrelatedNormal(1.5, n_features, n_features).sample(2500, random_state=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        KSG().fit(X, y)
    assert [warning.category for warning in caught] == [LowEstimateWarning] * warns
    if warns:
        assert "with the correlations of the" in str(caught[0].message)
        losing = CompressedMI(KSG(), compressor=PCA(1, random_state=0), random_state=0)
        with pytest.warns(UnreliableEstimateWarning, match="compare linear_baseline"):
            losing.fit(X, y)


def test_the_linear_value_is_unbiased_at_independence():
    values = [linear_mi(*np.random.default_rng(seed).normal(size=(2, 400, 20))) for seed in range(20)]
    # One draw has a spread of 0.025.
    assert np.mean(values) == pytest.approx(0.0, abs=0.02)


def with_noise(n_noise, n_samples=3000, labels=False):
    """Return one column that knows much of y, beside others that know nothing."""
    rng = np.random.default_rng(7)
    signal, noise = rng.standard_normal((n_samples, 1)), rng.standard_normal((n_samples, n_noise))
    y = signal + 0.2 * rng.standard_normal((n_samples, 1))
    return np.hstack([noise, signal]), (y[:, 0] > 0) if labels else y


@pytest.mark.parametrize("labels", [True, False], ids=["labels", "numbers"])
@pytest.mark.parametrize("estimator", [KSG(), ConditionalKSG(), KernelDensityMI()], ids=str)
def test_an_estimate_below_that_of_one_column_warns(estimator, labels):
    X, y = with_noise(8 if labels else 5, labels=labels)
    for table in (X, X[:, ::-1]):
        with pytest.warns(
            LowEstimateWarning, match=f"column {(8 if labels else 5) if table is X else 0} of X shows alone"
        ):
            estimator.fit(table, y)
    estimator.fit(X[:, -1:], y)  # one column alone is its own best part


def test_pairs_of_columns_are_looked_at_on_both_sides():
    X, y = with_noise(3)
    with pytest.warns(LowEstimateWarning, match="column 3 of one side and 2 of the other show alone"):
        KSG().fit(X, np.hstack([np.random.default_rng(1).standard_normal((len(X), 2)), y]))


@pytest.mark.parametrize("n_given", [0, 2])
def test_correlations_are_compared_with_conditional_estimates_too(n_given):
    X, y = CorrelatedNormal(2.0, 15, 15).sample(2500, random_state=1)
    given = np.random.default_rng(0).standard_normal((2500, n_given))
    with pytest.warns(LowEstimateWarning, match="with the correlations of the"):
        ConditionalKSG(list(range(15, 15 + n_given)) or None).fit(np.hstack([X, given]), y)


def test_labels_that_a_discriminant_finds_warn():
    X, y = datasets.load_digits(return_X_y=True)
    with pytest.warns(LowEstimateWarning, match="which a linear discriminant shows on rows held out.*latent_dim"):
        CompressedMI(KSG(), compressor=PCA(2, random_state=0), random_state=0).fit(X, y)
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=1000)
    X = rng.standard_normal((1000, 60)) + 0.2 * np.where(y, 1, -1)[:, None]  # all columns know a little
    with pytest.warns(LowEstimateWarning, match="which a linear discriminant shows on rows held out"):
        KSG().fit(X, y)
    KSG().fit(X, rng.permutation(y))


@pytest.mark.parametrize("correction", ["curvature", "boundary"])
def test_corrections_in_many_columns_warn(correction):
    X, y = CorrelatedNormal(1.5, 12, 12).sample(2500, random_state=0)
    with pytest.warns(UnreliableEstimateWarning, match="In 24 columns of X and y together"):
        fitted = KozachenkoLeonenko(correction=correction).fit(X, y)
    assert abs(fitted.mi_ - 1.5) > 0.3  # what the warning says of normal data


@quiet
def test_outliers_warn_in_critics_of_scaled_columns(pair):
    X = pair[0].copy()
    X[0] = 1e5
    critic = clone(SMALL_MINE).set_params(marginals="standardize")
    with pytest.warns(UnreliableEstimateWarning, match='outliers or heavy tails.*marginals="normal"'):
        critic.fit(X, pair[1])


@pytest.mark.parametrize("n_labels", [12, 20])
def test_classes_of_two_rows_are_left_out_of_a_discriminant(n_labels):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(n_labels), [2] * (n_labels - 4) + [50] * 4).astype(str)
    with pytest.warns(RareClassWarning, match="occurs fewer than 3 times"):
        fitted = GaussianMI().fit(rng.standard_normal((len(labels), 2)), labels)
    assert len(fitted.pointwise_) == 200


@quiet
@pytest.mark.parametrize(
    ("draw", "tolerance"),
    [
        (lambda rng: rng.integers(3, size=(2, 400)), 0.15),
        (lambda rng: rng.integers(6, size=(2, 400)), 0.15),
        (channel(6, 400, 0.8), 0.15),
        (channel(12, 1500, 0.5), 0.15),
        (lambda rng: rng.integers(40, size=(2, 500)), 0.25),
    ],
    ids=["3 labels", "6 labels", "weak channel", "strong channel", "few rows a cell"],
)
def test_the_standard_error_of_labels_is_their_spread(draw, tolerance):
    fitted = [KSG().fit(*(side.astype(str) for side in (x[:, None], y))) for x, y in map(draw, generators(150))]
    estimates, errors = (np.array([getattr(one, name) for one in fitted]) for name in ("mi_", "standard_error_"))
    assert errors.mean() == pytest.approx(estimates.std(), rel=tolerance)
    x, y = draw(np.random.default_rng(0))
    assert mi_scores(x[:, None].astype(str), y.astype(str)).standard_error[0] == pytest.approx(errors[0])
    with_given = ConditionalKSG(1).fit(np.column_stack([x, np.zeros_like(x)]).astype(str), y.astype(str))
    assert with_given.standard_error_ == pytest.approx(errors[0])


def test_independent_labels_are_not_many_errors_below_zero():
    # The spread of the rows' contributions vanishes at independence, and put one in eight three errors below zero.
    fitted = [KSG().fit(x[:, None], y) for x, y in (rng.integers(2, size=(2, 250)) for rng in generators(300))]
    assert min(one.mi_ / one.standard_error_ for one in fitted) > -3


def generators(n):
    return [np.random.default_rng(seed) for seed in range(n)]


def test_labels_that_hardly_repeat_among_the_rows_looked_at_do_not_raise():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((9000, 9)), np.repeat(np.arange(4500), 2)
    KSG(discrete_target=True).fit(X, y)
    X, y = with_noise(8, labels=True)
    with pytest.warns(LowEstimateWarning, match="column 8 of y shows alone|a linear discriminant"):
        KSG().fit(y[:, None], X)


def test_columns_that_follow_from_others_leave_a_gaussian_value_as_it_is():
    X, y = CorrelatedNormal(1.0, 3, 3).sample(3000, random_state=0)
    expected = GaussianMI().fit(X, y).mi_
    rng = np.random.default_rng(0)
    wide = X @ rng.standard_normal((3, 50))
    assert GaussianMI().fit(wide, y).mi_ == pytest.approx(expected, abs=1e-6)
    assert GaussianMI().fit(y @ rng.standard_normal((3, 40)), wide).mi_ == pytest.approx(expected, abs=1e-6)
    assert GaussianMI().fit(np.hstack([X, X.sum(axis=1, keepdims=True)]), y).mi_ == pytest.approx(expected, abs=1e-6)


def test_columns_that_nearly_determine_one_another_warn():
    X, y = blob_images(2.0, 12).sample(2000, random_state=0)
    with pytest.warns(UnreliableEstimateWarning, match="nearly determine one another"):
        GaussianMI().fit(X, y)


@pytest.mark.parametrize(("n_samples", "rare", "n_columns"), [(1000, 0.1, 3), (600, 0.05, 1), (2000, 0.2, 2)])
def test_rows_that_were_oversampled_by_label_warn(n_samples, rare, n_columns):
    rng = np.random.default_rng(n_samples)
    X, y = rng.standard_normal((n_samples, n_columns)), (rng.random(n_samples) < rare).astype(int)
    n_rare = np.count_nonzero(y)
    rows = np.r_[np.flatnonzero(y == 0), rng.choice(np.flatnonzero(y), n_samples - n_rare)]
    rng.shuffle(rows)
    with pytest.warns(RepeatedRowsWarning, match="always with the same label"):
        mi_scores(X[rows], y[rows])
    with pytest.warns(RepeatedRowsWarning):
        KSG().fit(X[rows], y[rows])
    assert not skmi.estimate(X[rows], y[rows], max_seconds=2, random_state=0).reliable
    twice = np.tile(np.arange(n_samples), 2)
    with pytest.warns(RepeatedRowsWarning):
        mi_scores(X[twice], y[twice])


def test_rounded_values_few_values_and_sorted_labels_are_no_copies_and_no_series():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 1))
    for decimals in (0.5, 1, 2, 3):
        rounded = np.round(x * 10**decimals) / 10**decimals
        mi_scores(rounded, rounded[:, 0] > 0.3)
    prices = rng.choice(rng.uniform(10, 99, 40).round(2), (2000, 1))
    mi_scores(prices, prices[:, 0] > 50)
    inflated = np.where(rng.random((2000, 1)) < 0.5, 0.0, rng.lognormal(size=(2000, 1)))
    mi_scores(inflated, inflated[:, 0] > 0.5)
    labels = np.sort(rng.integers(3, size=2000))
    mi_scores(x + labels[:, None], labels)


@pytest.mark.parametrize("n_labels", [2, 4])
def test_slow_series_and_labels_warn(n_labels):
    first, second = np.random.default_rng(n_labels).standard_normal((2, 1200)).cumsum(axis=1)
    labels = pd.qcut(second, n_labels, labels=list("abcd")[:n_labels])
    for call in (lambda: mi_scores(first[:, None], labels), lambda: KSG().fit(first[:, None], labels)):
        with pytest.warns(SerialDependenceWarning):
            call()
    assert not skmi.estimate(first, labels, max_seconds=2, random_state=0).reliable


@pytest.mark.parametrize(("mark", "share"), [(9999.0, 0.3), (-999.0, 0.45), (9999.0, 0.6), (-1e6, 0.26)])
def test_a_mark_of_missing_values_in_many_rows_is_an_outlier(mark, share):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1500)
    y = 0.9 * x + np.sqrt(0.19) * rng.standard_normal(1500)
    x = np.where(rng.random(1500) < share, mark, x)
    with pytest.warns(UnreliableEstimateWarning, match="outliers or heavy tails"):
        mi_scores(x[:, None], y)
    with pytest.warns(UnreliableEstimateWarning, match="have outliers"):
        KSG().fit(x[:, None], y)


@pytest.mark.parametrize(("n_codes", "n_samples"), [(80, 1000), (200, 1500), (45, 400)])
def test_codes_of_labels_that_are_numbers_warn(n_codes, n_samples):
    rng = np.random.default_rng(n_codes)
    codes = rng.integers(n_codes, size=n_samples)
    y = rng.standard_normal(n_codes)[codes] + 0.5 * rng.standard_normal(n_samples)
    shops = 500 + 3 * codes
    for target in (y, y > 0):
        with pytest.warns(UnreliableEstimateWarning, match="codes of labels"):
            mi_scores(shops[:, None], target)
    found = skmi.estimate(shops, y, max_seconds=1, random_state=0)
    assert any("codes of labels" in reason for reason in found.reasons)
    x = rng.standard_normal(n_codes)[codes] + rng.standard_normal(n_samples)
    found = skmi.estimate(x, y, given=shops, max_seconds=1, random_state=0)
    assert not found.reliable


@pytest.mark.parametrize(
    "curve",
    [lambda x: 0 * x, lambda x: x / 20, lambda x: 30.0 * x, lambda x: (x - 50) ** 2 / 300, lambda x: 4.0 * (x > 40)],
    ids=["none", "line", "steep", "valley", "step"],
)
def test_whole_numbers_that_are_quantities_are_no_codes(curve):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 2000)
    mi_scores(age[:, None], curve(age) + rng.standard_normal(2000))
