"""Kernel densities against their plain definition."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from skmi import KSG, KernelDensityMI
from skmi._maps import Whitening
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import TiesWarning, UnreliableEstimateWarning


def log_density(Z, bandwidth):
    """Return log leave-one-out densities by the definition."""
    exponents = -0.5 * cdist(Z, Z, "sqeuclidean") / bandwidth**2
    np.fill_diagonal(exponents, -np.inf)
    n, d = Z.shape
    return logsumexp(exponents, axis=1) - np.log(n - 1) - 0.5 * d * np.log(2 * np.pi * bandwidth**2)


def squared_error(Z, bandwidth):
    kernels = np.exp(-0.25 * cdist(Z, Z, "sqeuclidean") / bandwidth**2)
    integral = np.mean(kernels) / (4 * np.pi * bandwidth**2) ** (Z.shape[1] / 2)
    return integral - 2 * np.mean(np.exp(log_density(Z, bandwidth)))


OBJECTIVES = {"ml": lambda Z, h: -np.mean(log_density(Z, h)), "lsq": squared_error}


@pytest.mark.filterwarnings("ignore:The estimate .* below zero:skmi.exceptions.UnreliableEstimateWarning")
@pytest.mark.parametrize("bandwidth", ["ml", "lsq", 0.3])
@pytest.mark.parametrize("n_features", [1, 2, 4])
def test_bandwidth_and_estimate_equal_the_definition(bandwidth, n_features):
    X, y = CorrelatedNormal(1.0, n_features, n_features).sample(600, random_state=0)
    x, y_ = Whitening(X)(X), Whitening(y)(y)
    Z = np.hstack([x, y_])
    fitted = KernelDensityMI(bandwidth).fit(X, y)
    if bandwidth == 0.3:
        h = bandwidth
    else:
        found = minimize_scalar(
            lambda t: OBJECTIVES[bandwidth](Z, np.exp(t)), bounds=(-3, 0.5), method="bounded", options={"xatol": 1e-6}
        )
        h = np.exp(found.x)
    assert fitted.bandwidth_ == pytest.approx(h, rel=1e-3)
    expected = (
        log_density(Z, fitted.bandwidth_) - log_density(x, fitted.bandwidth_) - log_density(y_, fitted.bandwidth_)
    )
    np.testing.assert_allclose(fitted.pointwise_, expected, atol=1e-4)


@pytest.mark.filterwarnings("ignore::skmi.exceptions.UnreliableEstimateWarning")  # two rows far out, on purpose
def test_pairs_far_from_all_others_keep_their_density():
    X, y = CorrelatedNormal(1.0).sample(500, random_state=0)
    X[0], y[0] = 400.0, -400.0
    x, y_ = Whitening(X)(X), Whitening(y)(y)
    fitted = KernelDensityMI(0.001).fit(X, y)
    expected = log_density(np.hstack([x, y_]), 0.001) - log_density(x, 0.001) - log_density(y_, 0.001)
    assert len(fitted.pointwise_) == 500
    np.testing.assert_allclose(fitted.pointwise_, expected, rtol=1e-4, atol=1e-3)


def test_score_uses_the_densities_that_made_the_estimate():
    X, y = CorrelatedNormal(1.0).sample(300, random_state=0)
    fitted = KernelDensityMI(0.4).fit(X, y)
    new_x, new_y = CorrelatedNormal(1.0).sample(4, random_state=1)

    def density(A, B):
        return np.exp(-0.5 * cdist(A, B, "sqeuclidean") / 0.16)

    kx, ky = (density(Whitening(A)(new), Whitening(A)(A)) for A, new in ((X, new_x), (y, new_y)))
    ratio = 300 * (kx @ ky.T) / np.outer(kx.sum(1), ky.sum(1))
    expected = np.log(300 / 301 * ratio + 1 / 301)  # independence has a weight of one in 301
    np.testing.assert_allclose(fitted.log_density_ratio(new_x, new_y), expected, atol=1e-9)


@pytest.mark.parametrize("bandwidth", ["ml", "lsq"])
@pytest.mark.parametrize("mi", [0.0, 0.5, 1.0, 2.0])
def test_normal_pairs(bandwidth, mi):
    X, y = CorrelatedNormal(mi).sample(4000, random_state=0)
    assert KernelDensityMI(bandwidth).fit(X, y).mi_ == pytest.approx(mi, abs=0.06)


def test_labels_and_mixed_columns():
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=1500)
    X = 2 * np.eye(3)[label] + rng.standard_normal((1500, 3))
    assert KernelDensityMI().fit(X, label).mi_ == pytest.approx(KSG().fit(X, label).mi_, abs=0.06)
    fitted = KernelDensityMI().fit(label[:, None], label % 2)
    assert fitted.mi_ == pytest.approx(np.log(3) - 2 / 3 * np.log(2), abs=0.02)


def test_ties_and_many_columns_warn():
    rng = np.random.default_rng(0)
    X, y = CorrelatedNormal(1.0).sample(900, random_state=0)
    with pytest.warns(TiesWarning, match="of X that occur more than once"):
        fitted = KernelDensityMI().fit(X.round(1), y)
    assert fitted.mi_ == pytest.approx(1.0, abs=0.2)
    with pytest.warns(TiesWarning, match="of y that occur"):
        KernelDensityMI().fit(X, y.round(1))
    with pytest.warns(UnreliableEstimateWarning, match="Kernel densities of 12 continuous columns"):
        KernelDensityMI().fit(rng.standard_normal((900, 11)), y)


@pytest.mark.parametrize("bandwidth", [0, -1.0, "silverman"])
def test_wrong_bandwidths(bandwidth):
    with pytest.raises(ValueError, match="bandwidth"):
        KernelDensityMI(bandwidth).fit(np.arange(9.0)[:, None], np.arange(9.0))


def test_threads_change_nothing():
    X, y = CorrelatedNormal(1.0).sample(5000, random_state=0)
    np.testing.assert_array_equal(*(KernelDensityMI(n_jobs=n).fit(X, y).pointwise_ for n in (1, 2)))


@pytest.mark.parametrize("bandwidth", ["ml", "lsq"])
def test_normal_scores_serve_skewed_columns(bandwidth):
    X, y = CorrelatedNormal(1.0).sample(2000, random_state=0)
    skewed = np.exp(2 * X)
    assert KernelDensityMI(bandwidth, marginals="normal").fit(skewed, y).mi_ == pytest.approx(1.0, abs=0.06)
    with pytest.warns(UnreliableEstimateWarning, match="standard errors below zero.*normal"):
        KernelDensityMI("lsq").fit(skewed[::-1], y)
