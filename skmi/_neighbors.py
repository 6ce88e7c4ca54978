"""Nearest-neighbour distances and range counts: pure functions of arrays, the hot code of the package.

Every function excludes the point itself, compares differences in double precision, and returns the same numbers
whatever ``n_jobs``. The engines are SciPy's k-d tree for small samples, which needs nothing compiled; a compiled
search of scikit-learn's k-d tree in low dimension; strips for distances in two; compiled brute force in high
dimension; and a sorted array in one. Crossovers were measured on two cores.
"""

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from scipy.spatial import cKDTree

_SMALL = 2500  # rows up to which SciPy's tree costs less than loading the compiled kernels, in low dimension,
_SMALL_WIDE = 300  # and in high dimension, where a tree prunes nothing
_ROWS_PER_TASK = 2048
_LEAF_SIZE = 12
_STRIP_WIDTH = 2.0  # rows of a strip over the square root of all rows


def _tree_pays(n_samples, n_features):
    """Return whether a tree beats brute force: up to six dimensions always, then only for ever larger samples."""
    return n_features <= 6 or n_samples > 300 * 2 ** (n_features - 6)


def neighbor_distances(Z, n_neighbors, *, metric="chebyshev", n_jobs=None):
    """Return the distances from each row to its nearest other rows.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features), float64
    n_neighbors : int
        At most ``n_samples - 1``.
    metric : {"chebyshev", "euclidean"}, default="chebyshev"
    n_jobs : int, default=None

    Returns
    -------
    distances : ndarray of shape (n_samples, n_neighbors)
        Ascending along each row.
    """
    n_samples, n_features = Z.shape
    if n_neighbors >= n_samples:
        raise ValueError(
            f"Expected n_neighbors < n_samples, got n_neighbors={n_neighbors} and n_samples={n_samples}. "
            "Lower n_neighbors or pass more rows."
        )
    if n_features == 0:
        return np.zeros((n_samples, n_neighbors))
    if n_features == 1:
        return _sorted_distances(Z[:, 0], n_neighbors)
    chebyshev = metric == "chebyshev"
    if _is_small(n_samples, n_features):
        tree = cKDTree(Z)
        k = np.arange(2, n_neighbors + 2)
        return tree.query(Z, k, p=np.inf if chebyshev else 2, workers=effective_n_jobs(n_jobs))[0]
    from . import _neighbors_kernels as kernels

    out = np.empty((n_samples, n_neighbors))
    if n_features == 2 and chebyshev:
        order, strips = _strips(Z[:, 0], Z[:, 1])
        found = np.empty_like(out)
        _over_rows(lambda *rows: kernels.strip_distances(*strips, *rows, found), n_samples, n_jobs)
        out[order] = found
    elif _tree_pays(n_samples, n_features):
        order, tree = _tree(Z)
        found = np.empty_like(out)
        _over_rows(lambda *rows: kernels.tree_distances(*tree, *rows, chebyshev, found), n_samples, n_jobs)
        out[order] = found
    else:
        Z = np.ascontiguousarray(Z)
        _over_rows(lambda *rows: kernels.brute_distances(Z, *rows, chebyshev, out), n_samples, n_jobs)
    return out if chebyshev else np.sqrt(out, out=out)


def count_neighbors(Z, radius, *, n_jobs=None):
    """Count for each row the other rows strictly within a max-norm radius of its own.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features), float64
    radius : ndarray of shape (n_samples,)
    n_jobs : int, default=None

    Returns
    -------
    counts : ndarray of shape (n_samples,), int64
    """
    n_samples, n_features = Z.shape
    if n_features == 0:
        return np.where(radius > 0, n_samples - 1, 0).astype(np.int64)
    # All engines count distances up to and including the limit, hence the next smaller number. A radius is itself a
    # difference of two coordinates, so no wider margin is needed, and one would swallow broken ties.
    limit = np.where(radius > 0, np.nextafter(radius, 0.0), -1.0)
    if _is_small(n_samples, n_features):
        counts = cKDTree(Z).query_ball_point(
            Z, np.maximum(limit, 0.0), p=np.inf, return_length=True, workers=effective_n_jobs(n_jobs)
        )
        return np.where(limit >= 0, counts - 1, 0).astype(np.int64)
    from . import _neighbors_kernels as kernels

    out = np.empty(n_samples, dtype=np.int64)
    if not _tree_pays(n_samples, n_features):
        Z = np.ascontiguousarray(Z)
        _over_rows(lambda *rows: kernels.brute_count(Z, limit, *rows, out), n_samples, n_jobs)
        return out
    counts = np.empty_like(out)
    if n_features == 1:
        order = np.argsort(Z[:, 0])
        values, sorted_limit = Z[order, 0], limit[order]
        _over_rows(lambda *rows: kernels.sorted_count(values, sorted_limit, *rows, counts), n_samples, n_jobs)
    else:
        order, tree = _tree(Z)
        tree_limit = limit[order]
        _over_rows(lambda *rows: kernels.tree_count(*tree, tree_limit, *rows, counts), n_samples, n_jobs)
    out[order] = counts
    return out


def _sorted_distances(values, n_neighbors):
    """Return the distances of each value to its nearest others: they are among as many on each side in sorted order."""
    n_samples = len(values)
    order = np.argsort(values)
    ascending = values[order]
    sides = np.full((n_samples, 2 * n_neighbors), np.inf)
    for j in range(1, n_neighbors + 1):
        gap = ascending[j:] - ascending[:-j]
        sides[:-j, 2 * j - 2] = gap
        sides[j:, 2 * j - 1] = gap
    out = np.empty((n_samples, n_neighbors))
    out[order] = np.sort(sides, axis=1)[:, :n_neighbors]
    return out


def _is_small(n_samples, n_features):
    return n_samples <= (_SMALL if n_features <= 10 else _SMALL_WIDE)


def _tree(Z):
    """Return the order of the rows in a k-d tree, and the tree as the arrays that the kernels take."""
    from sklearn.neighbors import KDTree

    _, order, nodes, bounds = KDTree(Z, leaf_size=_LEAF_SIZE).get_arrays()
    order, lower, upper = np.asarray(order), np.asarray(bounds[0]), np.asarray(bounds[1])
    nodes = np.asarray(nodes)
    first, last, is_leaf = (np.ascontiguousarray(nodes[field]) for field in ("idx_start", "idx_end", "is_leaf"))
    return order, (Z[order], lower, upper, first, last, is_leaf)


def _strips(x, y):
    """Return the order of rows cut into strips of y with ascending x in each, and the arrays that the kernel takes.

    A strip is about as wide as the neighbourhoods, so that few strips are looked at, and few rows in each.
    """
    n_samples = len(x)
    size = max(16, int(_STRIP_WIDTH * np.sqrt(n_samples)))
    by_y = np.argsort(y)
    starts = np.arange(0, n_samples, size)
    ends = np.minimum(starts + size, n_samples)
    lower, upper = y[by_y[starts]], y[by_y[ends - 1]]
    # Short integers are sorted stably in linear time, so ordering by x first and by strip then costs one sort.
    strip = np.empty(n_samples, dtype=np.uint16 if len(starts) < 2**16 else np.int64)
    strip[by_y] = np.arange(n_samples) // size
    by_x = np.argsort(x)
    order = by_x[np.argsort(strip[by_x], kind="stable")]
    return order, (x[order], y[order], lower, upper, size)


def _over_rows(task, n_samples, n_jobs):
    """Run ``task(start, stop)`` over slices of rows in threads: the kernels release the interpreter's lock."""
    n_jobs = effective_n_jobs(n_jobs)
    if n_jobs == 1:
        task(0, n_samples)
        return
    starts = range(0, n_samples, _ROWS_PER_TASK)
    Parallel(n_jobs=n_jobs, backend="threading")(
        delayed(task)(start, min(start + _ROWS_PER_TASK, n_samples)) for start in starts
    )
