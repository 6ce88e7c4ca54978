"""The numbers that the estimators promise, on data whose mutual information is known."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import digamma
from sklearn.decomposition import PCA
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from skmi import KSG, AutoencoderCompressor, CompressedMI, GaussianMI, KozachenkoLeonenko
from skmi.datasets import (
    CorrelatedNormal,
    SmoothedUniform,
    anti_pca,
    blob_images,
    correlated_uniform,
    rectangle_images,
)
from skmi.estimators import kl_entropy, ksg_mutual_info
from skmi.estimators._entropy import entropy_weights
from skmi.exceptions import UnreliableEstimateWarning

plain_estimators = pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko(), GaussianMI()], ids=str)


@plain_estimators
def test_bivariate_normal(estimator):
    mi = -0.5 * np.log(1 - 0.9**2)
    # The standard error is 0.011 for this n, so 0.03 is nearly three of them.
    assert estimator.fit(*CorrelatedNormal(mi).sample(10_000, random_state=0)).mi_ == pytest.approx(mi, abs=0.03)


@pytest.mark.parametrize("mi", [0.0, 5.0, 10.0])
@pytest.mark.parametrize("n_features", [1, 2, 3])
@pytest.mark.parametrize(
    "make", [correlated_uniform, SmoothedUniform, CorrelatedNormal], ids=lambda make: make.__name__
)
def test_edges_are_corrected(make, n_features, mi):
    arguments = (mi, n_features) if make is SmoothedUniform else (mi, n_features, n_features)
    estimator = KozachenkoLeonenko(correction="boundary")
    values = [estimator.fit(*make(*arguments).sample(5000, random_state=seed)).mi_ for seed in range(3)]
    # The mean of three has a standard error of 0.03; without the correction, the estimate on uniform data of three
    # columns per side would be 0.35 too low.
    assert np.mean(values) == pytest.approx(mi, abs=0.12)


@pytest.mark.parametrize("correction", ["boundary", "curvature"])
@pytest.mark.parametrize("n_features", range(1, 21))
@pytest.mark.parametrize("n_neighbors", [5, 20])
@pytest.mark.filterwarnings("ignore:No bounded weights")
def test_weights_sum_to_one_and_are_bounded(correction, n_features, n_neighbors):
    weights = entropy_weights(n_neighbors, n_features, correction)
    if weights is not None:
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert np.linalg.norm(weights) <= 10


def test_impossible_weights_warn():
    with pytest.warns(UnreliableEstimateWarning, match="No bounded weights.*Raise n_neighbors"):
        assert entropy_weights(2, 20, "boundary") is None


@pytest.mark.parametrize(("correction", "n_features"), [(None, 1), (None, 3), ("boundary", 2), ("curvature", 4)])
def test_entropy_of_normal_data(correction, n_features):
    X = 3.0 * np.random.default_rng(0).standard_normal((10_000, n_features))
    entropy = kl_entropy(X, n_neighbors=20, correction=correction)
    # The standard error is sqrt(n_features / 2 / n) = 0.007 to 0.014 for the sample, and about as much by neighbours.
    assert entropy == pytest.approx(0.5 * n_features * np.log(2 * np.pi * np.e * 9), abs=0.08)


def test_entropy_of_a_constant_is_refused():
    with pytest.raises(ValueError, match="minus infinity"):
        kl_entropy(np.ones((10, 1)))


def test_whitened_entropies_at_high_information():
    X, y = CorrelatedNormal(8.0, 2, 2, mixing=0).sample(10_000, random_state=0)
    assert KozachenkoLeonenko().fit(X, y).mi_ == pytest.approx(8.0, abs=0.15)


def test_gaussian_estimate_in_high_dimension_is_unbiased():
    pair = CorrelatedNormal(1.0, 30, 30, mixing=0)
    values = [GaussianMI().fit(*pair.sample(1000, random_state=seed)).mi_ for seed in range(20)]
    # Without the correction the mean would be about 30 * 30 / 2000 = 0.45 too high.
    assert np.mean(values) == pytest.approx(1.0, abs=3 * np.std(values) / np.sqrt(20))


def test_gaussian_estimate_with_more_columns_than_rows_warns_and_is_near_zero():
    rng = np.random.default_rng(0)
    with pytest.warns(UnreliableEstimateWarning, match="200 rows are too few for 600 columns"):
        fitted = GaussianMI().fit(rng.standard_normal((200, 300)), rng.standard_normal((200, 300)))
    assert abs(fitted.mi_) < 0.1


@pytest.mark.parametrize("n_neighbors", [1, 3, 7])
def test_equals_scikit_learns_regression_function(n_neighbors):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2500, 1))
    y = X[:, 0] ** 2 + rng.standard_normal(2500)
    # scikit-learn adds noise of 1e-10 to the values, which moves a neighbour now and then by one count.
    theirs = mutual_info_regression(X, y, n_neighbors=n_neighbors, random_state=0)[0]
    assert KSG(n_neighbors).fit(X, y).mi_ == pytest.approx(theirs, abs=1e-6)


def test_equals_scikit_learns_classification_function():
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=2500)
    X = y[:, None] + rng.standard_normal((2500, 1))
    assert KSG().fit(X, y).mi_ == pytest.approx(mutual_info_classif(X, y, random_state=0)[0], abs=1e-6)


@pytest.mark.filterwarnings("ignore:Columns .* have outliers or heavy tails:skmi.exceptions.UnreliableEstimateWarning")
def test_normal_scores_serve_heavy_tails():
    # Student's t, one degree of freedom, two columns per side: c(1) + c(5) - 2 c(3), c(m) = ln G(m/2) - m/2 psi(m/2).
    from scipy.special import digamma, gammaln

    def c(m):
        return gammaln(m / 2) - m / 2 * digamma(m / 2)

    X, y = CorrelatedNormal(0.0, 2, 2).sample(5000, random_state=0)
    radius = np.sqrt(np.random.RandomState(1).chisquare(1, size=(5000, 1)))
    truth = c(1) + c(5) - 2 * c(3)
    assert KSG(marginals="normal").fit(X / radius, y / radius).mi_ == pytest.approx(truth, abs=0.06)
    assert KSG().fit(X / radius, y / radius).mi_ < truth - 0.06


@pytest.fixture(scope="module")
def blob_compressor():
    images = np.vstack(blob_images(0.0).sample(5000, random_state=7))
    return AutoencoderCompressor(2, max_epochs=60, random_state=0).fit(images)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko()], ids=str)
@pytest.mark.parametrize("mi", [2.0, 4.0])
def test_compressed_blobs(mi, estimator, blob_compressor):
    X, y = blob_images(mi).sample(5000, random_state=0)
    fitted = CompressedMI(estimator, compressor=blob_compressor, cv="prefit").fit(X, y)
    assert fitted.mi_ == pytest.approx(mi, abs=0.20)


@pytest.fixture(scope="module")
def rectangle_compressors():
    images = np.vstack(rectangle_images(0.0).sample(5000, random_state=7))
    autoencoder = AutoencoderCompressor(4, max_epochs=60, random_state=0).fit(images)
    return autoencoder, PCA(4, random_state=0).fit(images)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
@pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko(), KozachenkoLeonenko(correction="boundary")], ids=str)
@pytest.mark.parametrize("mi", [2.0, 4.0, 6.0])
def test_codes_of_rectangles_close_half_of_the_gap_to_the_parameters(mi, estimator, rectangle_compressors):
    pair = rectangle_images(mi)
    X, y = pair.sample(5000, random_state=0)
    of_codes, of_pca = (estimator.fit(c.transform(X), c.transform(y)).mi_ for c in rectangle_compressors)
    of_parameters = estimator.fit(*pair.base.sample(5000, random_state=0)).mi_
    assert (of_codes - of_pca) / (of_parameters - of_pca) > 0.5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
def test_an_autoencoder_finds_what_principal_components_lose():
    pair = anti_pca(2.0)
    others, (X, y) = np.vstack(pair.sample(3000, random_state=7)), pair.sample(3000, random_state=0)
    autoencoder = AutoencoderCompressor(2, n_components=4, whiten=True, noise_std=0.02, max_epochs=60, random_state=0)
    values = [
        CompressedMI(compressor=compressor.fit(others), cv="prefit").fit(X, y).mi_
        for compressor in (PCA(2), autoencoder)
    ]
    assert values[0] < 0.4
    assert values[1] > 1.0


@pytest.mark.parametrize("n_features", [1, 2])
def test_second_variant_equals_its_definition(n_features):
    X, Y = CorrelatedNormal(1.0, n_features, n_features).sample(300, random_state=0)
    k = 4
    dx, dy = (cdist(A, A, "chebyshev") for A in (X, Y))
    joint = np.maximum(dx, dy)
    np.fill_diagonal(joint, np.inf)
    near = np.argsort(joint, axis=1)[:, :k]
    counts = [(d <= np.take_along_axis(d, near, axis=1).max(axis=1, keepdims=True)).sum(axis=1) - 1 for d in (dx, dy)]
    expected = digamma(k) - 1 / k + digamma(300) - np.mean(digamma(counts[0]) + digamma(counts[1]))
    assert ksg_mutual_info(X, Y, n_neighbors=k, variant=2) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_neighbors", [1, 3])
def test_second_variant_on_values_that_repeat_on_one_side(n_neighbors):
    differences = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        label = rng.integers(2, size=1000) * 1.0
        y = rng.standard_normal(1000) + 2 * label
        one, two = (KSG(n_neighbors, variant=variant).fit(label[:, None], y).mi_ for variant in (1, 2))
        differences.append(two - one)
    # The noise that breaks ties differs: with one neighbour by 0.03 to 0.04 a draw.
    assert np.mean(differences) == pytest.approx(0.0, abs=0.02)
    assert KSG(n_neighbors, variant=2).fit(label[:, None], y[::-1]).mi_ == pytest.approx(0.0, abs=0.06)
