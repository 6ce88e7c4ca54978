"""The neighbour engine against the plain SciPy oracle."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from skmi._neighbors import count_neighbors, nearest_neighbors, neighbor_distances

# Every engine, and both sides of its choice.
SHAPES = [(200, 1), (200, 3), (200, 20), (2600, 1), (2600, 2), (2600, 3), (2600, 7), (2600, 20)]


def oracle(Z, metric):
    distances = cdist(Z, Z, metric)
    np.fill_diagonal(distances, np.inf)
    return distances


def data(shape, kind):
    Z = np.random.default_rng(0).standard_normal(shape)
    return {"smooth": Z, "tied": Z.round(1), "large": 1e3 * Z + 1e6}[kind]


@pytest.mark.parametrize("kind", ["smooth", "tied", "large"])
@pytest.mark.parametrize("metric", ["chebyshev", "euclidean"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_distances_equal_the_oracle(shape, metric, kind):
    Z = data(shape, kind)
    expected = np.sort(oracle(Z, metric), axis=1)[:, :4]
    np.testing.assert_allclose(neighbor_distances(Z, 4, metric=metric), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["smooth", "tied", "large"])
@pytest.mark.parametrize("metric", ["chebyshev", "euclidean"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_neighbors_lie_at_their_distances(shape, metric, kind):
    Z = data(shape, kind)
    distances, where = nearest_neighbors(Z, 4, metric=metric)
    found = np.take_along_axis(oracle(Z, metric), where, axis=1)
    np.testing.assert_allclose(found, distances, rtol=1e-12, atol=1e-12)  # an infinite one would be the row itself
    assert (np.diff(np.sort(where, axis=1)) > 0).all()


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_wide_rows_of_any_scale(scale, offset):
    Z = np.random.default_rng(0).standard_normal((400, 12))
    Z[::8] = Z[3::8]  # rows that coincide
    Z[0] *= 1e5  # and one far away, next to which the others are close in single precision
    Z = scale * (Z + offset)
    expected = np.sort(oracle(Z, "chebyshev"), axis=1)[:, :4]
    found = neighbor_distances(Z, 4)
    np.testing.assert_array_equal(found, expected)
    counts = (oracle(Z, "chebyshev") < expected[:, 3:]).sum(axis=1)
    np.testing.assert_array_equal(count_neighbors(Z, expected[:, 3]), counts)


@pytest.mark.parametrize("kind", ["smooth", "tied", "large"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_counts_equal_the_oracle_at_the_radius_itself(shape, kind):
    Z = data(shape, kind)
    distances = oracle(Z, "chebyshev")
    radius = np.sort(distances, axis=1)[:, 3]
    np.testing.assert_array_equal(count_neighbors(Z, radius), (distances < radius[:, None]).sum(axis=1))


def test_a_radius_of_zero_counts_nothing():
    assert count_neighbors(np.repeat(np.arange(3.0), 2)[:, None], np.zeros(6)).tolist() == [0] * 6


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_threads_change_nothing(shape):
    Z = data(shape, "smooth")
    one, two = (neighbor_distances(Z, 3, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(*(count_neighbors(Z, one[:, 2], n_jobs=n_jobs) for n_jobs in (1, 2)))


def test_no_columns_means_everything_is_near():
    Z = np.empty((5, 0))
    assert not neighbor_distances(Z, 2).any()
    assert count_neighbors(Z, np.ones(5)).tolist() == [4] * 5


def test_too_many_neighbors():
    with pytest.raises(ValueError, match=r"n_neighbors=5 and n_samples=5.*Lower n_neighbors"):
        neighbor_distances(np.ones((5, 1)), 5)


@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e300])
def test_small_samples_are_counted_exactly_with_and_without_the_kernels(scale, loaded, monkeypatch):
    monkeypatch.setattr("skmi._neighbors._search._is_loaded", lambda name: loaded)
    rng = np.random.default_rng(0)
    for n_columns in (1, 2, 3):
        # Ties, an offset that swallows digits, and radii that are distances between rows.
        Z = scale * rng.standard_normal((150, n_columns))
        Z[::7], Z[::3] = Z[3], Z[::3] + 1e6 * min(scale, 1e290)
        distances = oracle(Z, "chebyshev")
        radius = distances[np.arange(150), rng.integers(150, size=150)]
        radius[radius == np.inf] = 0.0
        np.testing.assert_array_equal(count_neighbors(Z, radius), (distances < radius[:, None]).sum(axis=1))
        np.testing.assert_array_equal(neighbor_distances(Z, 4), np.sort(distances, axis=1)[:, :4])


def test_which_tied_rows_are_neighbors_does_not_depend_on_what_is_loaded(monkeypatch):
    Z = np.random.default_rng(0).integers(4, size=(300, 2)).astype(float)
    found = []
    for loaded in (False, True):
        monkeypatch.setattr("skmi._neighbors._search._is_loaded", lambda name, loaded=loaded: loaded)
        found.append(nearest_neighbors(Z, 5)[1])
    np.testing.assert_array_equal(*found)
