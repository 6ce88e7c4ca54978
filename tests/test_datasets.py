"""Pairs with known mutual information: samples, maps and images."""

import numpy as np
import pytest

from skmi.datasets import (
    TASKS,
    CorrelatedBlobRenderer,
    CorrelatedNormal,
    CorrelatedStudent,
    MappedPair,
    RectangleRenderer,
    SmoothedUniform,
    WithNuisance,
    anti_pca,
    blob_images,
    correlated_blob_images,
    correlated_uniform,
    rectangle_images,
)

PAIRS = [
    CorrelatedNormal(2.0, 3, 2),
    CorrelatedNormal(2.0, 2, 3, mixing=1),
    correlated_uniform(1.0, 2, 2),
    blob_images(1.0, 8),
    correlated_blob_images(1.0, 8),
    rectangle_images(1.0, 8),
    anti_pca(1.0),
    CorrelatedStudent(1.0, 2, 1),
    SmoothedUniform(1.0, 2),
    WithNuisance(CorrelatedNormal(1.0), 2),
    *TASKS.values(),
]
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: repr(pair)[:60])


@every_pair
def test_samples_are_reproducible_and_finite(pair):
    (X, y), (X_again, y_again) = (pair.sample(50, random_state=0) for _ in range(2))
    np.testing.assert_array_equal(X, X_again)
    np.testing.assert_array_equal(y, y_again)
    assert np.isfinite(X).all()
    assert np.isfinite(y).all()
    assert len(X) == len(y) == 50
    # Fifty rows of a rare event are all alike.
    assert np.ptp(X) == 0 or not np.array_equal(X, pair.sample(50, random_state=1)[0])


@every_pair
def test_pairs_are_frozen(pair):
    with pytest.raises(AttributeError):
        pair.mi = 3.0


@pytest.mark.parametrize(("n_x", "n_y", "mixing"), [(1, 1, None), (3, 2, None), (2, 4, 0)])
def test_normal_pairs_have_the_information_they_say(n_x, n_y, mixing):
    X, y = CorrelatedNormal(1.5, n_x, n_y, mixing).sample(1_000_000, random_state=0)
    log_dets = [np.linalg.slogdet(np.cov(Z, rowvar=False).reshape(Z.shape[1], -1))[1] for Z in (X, y, np.c_[X, y])]
    # The plug-in estimate errs by about sqrt(n_pairs / n) = 0.0017 here.
    assert 0.5 * (log_dets[0] + log_dets[1] - log_dets[2]) == pytest.approx(1.5, abs=0.005)


def test_slanted_blobs_follow_their_formula():
    p = np.random.default_rng(0).uniform(size=5)
    grid = np.linspace(0, 1, 6)
    expected = [
        np.exp(
            -10
            * (
                (1 + p[2]) ** 2 * (u - p[0]) ** 2
                + (1 + p[3]) ** 2 * (v - p[1]) ** 2
                + (2 * p[4] - 1) * (1 + p[2]) * (1 + p[3]) * (u - p[0]) * (v - p[1])
            )
        )
        for u in grid
        for v in grid
    ]
    np.testing.assert_allclose(CorrelatedBlobRenderer(6)(p[None])[0], expected, rtol=1e-12)


def test_high_information_keeps_its_digits():
    pair = CorrelatedNormal(20.0)
    X, y = pair.sample(1000, random_state=0)
    assert 0 < np.std(y - pair.correlation * X) == pytest.approx(np.exp(-20), rel=0.1)


def test_parameters_of_images_are_those_of_the_base_pair():
    pair = rectangle_images(1.0, 8)
    X, _ = pair.sample(20, random_state=3)
    np.testing.assert_array_equal(X, RectangleRenderer(8)(pair.base.sample(20, random_state=3)[0]))


def test_rectangles_cover_the_area_their_parameters_say():
    parameters = np.random.default_rng(0).uniform(size=(100, 4))
    images = RectangleRenderer(16)(parameters).reshape(100, 16, 16)
    assert images.min() >= 0
    assert images.max() <= 1

    def length(a, b, shortest=2 / 16):
        left = (1 - shortest) * (1 - np.sqrt(1 - a))
        return shortest + b * (1 - left - shortest)

    area = length(*parameters[:, :2].T) * length(*parameters[:, 2:].T)
    np.testing.assert_allclose(images.mean(axis=(1, 2)), area, atol=1e-12)


def test_rectangles_determine_their_parameters():
    """The renderer is injective: the edges, and with them the parameters, follow from the covered shares."""
    parameters = np.random.default_rng(0).uniform(size=(100, 4))
    images = RectangleRenderer(16)(parameters).reshape(100, 16, 16)
    profile = images.max(axis=2)  # coverage along the vertical axis, up to the constant of the other one
    shares = profile / profile.max(axis=1, keepdims=True)
    first, length = shares.argmax(axis=1), shares.sum(axis=1) / 16
    rows = np.arange(100)
    left = (first - np.where(first > 0, shares[rows, np.maximum(first - 1, 0)], 0)) / 16
    a = 1 - (1 - left / (1 - 2 / 16)) ** 2
    b = (length - 2 / 16) / (1 - left - 2 / 16)
    inside = (shares == 1).any(axis=1)  # at least one pixel is fully covered, so no share is ambiguous
    np.testing.assert_allclose(np.c_[a, b][inside], parameters[inside, :2], atol=1e-9)


def test_maps_compose():
    pair = MappedPair(MappedPair(CorrelatedNormal(1.0), np.arcsinh), np.exp, np.exp)
    X, y = pair.sample(10, random_state=0)
    X_base, y_base = CorrelatedNormal(1.0).sample(10, random_state=0)
    np.testing.assert_allclose(X, np.exp(np.arcsinh(X_base)))
    np.testing.assert_allclose(y, np.exp(y_base))
    assert pair.mi == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1.0,), "mi >= 0"), ((np.inf,), "finite number mi"), ((1.0, 0), "n_features_x >= 1"), ((None,), "mi >= 0")],
)
def test_impossible_pairs_raise(arguments, message):
    with pytest.raises(ValueError, match=message):
        CorrelatedNormal(*arguments)


@pytest.mark.parametrize("degrees_of_freedom", [1, 3])
def test_student_pairs_have_the_information_they_say(degrees_of_freedom):
    from scipy.stats import multivariate_t

    pair = CorrelatedStudent(0.5, 1, 2, degrees_of_freedom)
    X, y = pair.sample(1_000_000, random_state=0)
    rho = CorrelatedNormal(0.5, 1, 2).correlation
    shape = np.eye(3)
    shape[0, 1] = shape[1, 0] = rho

    def log_density(Z, columns):
        return multivariate_t(shape=shape[np.ix_(columns, columns)], df=degrees_of_freedom).logpdf(Z)

    log_ratio = log_density(np.c_[X, y], [0, 1, 2]) - log_density(X, [0]) - log_density(y, [1, 2])
    # The mean of a million log ratios has a standard error of about 0.001.
    assert np.mean(log_ratio) == pytest.approx(pair.mi, abs=0.005)


@pytest.mark.parametrize("mi", [0.2, 0.5, 2.0, 9.0])
def test_smoothed_uniform_pairs_have_the_information_they_say(mi):
    """I = h(Y) - h(noise), and h(Y) by numeric integration of its trapezoidal density."""
    from itertools import pairwise

    from scipy.integrate import quad

    noise = SmoothedUniform(2 * mi, 2).noise

    def density(v):
        return max(0.0, min(1.0, v + noise) - max(0.0, v - noise)) / (2 * noise)

    corners = sorted([-noise, noise, 1 - noise, 1 + noise])
    entropy = sum(quad(lambda v: -density(v) * np.log(max(density(v), 1e-300)), a, b)[0] for a, b in pairwise(corners))
    assert entropy - np.log(2 * noise) == pytest.approx(mi, abs=1e-6)


def test_student_without_correlation_is_independent_in_the_limit():
    assert CorrelatedStudent(0.0, 3, 2, 1e7).mi == pytest.approx(0, abs=1e-6)
    assert CorrelatedStudent(1.0, 3, 2, 1e16).mi == pytest.approx(1.0, abs=1e-12)
    # Both formulas, on either side of the change from one to the other.
    below, above = (CorrelatedStudent(0.0, 30, 20, degrees).mi for degrees in (1e5, 1e5 * (1 + 1e-9)))
    assert below == pytest.approx(above, rel=1e-2)
