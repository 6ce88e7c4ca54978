"""Nearest-neighbour distances and range counts: pure functions of arrays, the hot code of the package.

Every function excludes the point itself, compares differences in double precision, and returns the same numbers
whatever ``n_jobs``. Three engines share the work, chosen by measured crossover: SciPy's k-d tree (low dimension),
compiled brute force with an early exit (high dimension) and, for counts in one dimension, a sorted array.
"""

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from scipy.spatial import cKDTree

_TREE_MAX_FEATURES = 10  # above it brute force wins at ten thousand rows and fewer
_COMPILED_MIN_SAMPLES = 2000  # below it, in low dimension, a tree costs less than loading the compiled kernel
_COMPILED_MIN_SAMPLES_WIDE = 300  # the same in high dimension, where a tree prunes nothing
_ROWS_PER_TASK = 2048


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
    if n_features <= _TREE_MAX_FEATURES or n_samples < _COMPILED_MIN_SAMPLES_WIDE:
        p = np.inf if metric == "chebyshev" else 2
        tree = cKDTree(Z)
        return tree.query(Z, np.arange(2, n_neighbors + 2), p=p, workers=effective_n_jobs(n_jobs))[0]
    from ._neighbors_kernels import brute_distances

    Z = np.ascontiguousarray(Z)
    out = np.empty((n_samples, n_neighbors))
    _over_rows(lambda start, stop: brute_distances(Z, start, stop, metric == "chebyshev", out), n_samples, n_jobs)
    return np.sqrt(out, out=out) if metric == "euclidean" else out


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
    # The kernels and the tree count distances up to and including the limit, hence the next smaller number. A radius is
    # itself a difference of two coordinates, so no wider margin is needed, and one would swallow broken ties.
    limit = np.where(radius > 0, np.nextafter(radius, 0.0), -1.0)
    enough = _COMPILED_MIN_SAMPLES if n_features <= _TREE_MAX_FEATURES else _COMPILED_MIN_SAMPLES_WIDE
    if n_samples < enough or 1 < n_features <= _TREE_MAX_FEATURES:
        return _tree_count(Z, limit, n_jobs)
    from ._neighbors_kernels import brute_count, sorted_count

    out = np.empty(n_samples, dtype=np.int64)
    if n_features == 1:
        order = np.argsort(Z[:, 0], kind="stable")
        values, sorted_limit = Z[order, 0], limit[order]
        counts = np.empty(n_samples, dtype=np.int64)
        _over_rows(lambda start, stop: sorted_count(values, sorted_limit, start, stop, counts), n_samples, n_jobs)
        out[order] = counts
    else:
        Z = np.ascontiguousarray(Z)
        _over_rows(lambda start, stop: brute_count(Z, limit, start, stop, out), n_samples, n_jobs)
    return out


def _tree_count(Z, limit, n_jobs):
    """Count by SciPy's tree; a negative limit counts nothing."""
    counts = cKDTree(Z).query_ball_point(
        Z, np.maximum(limit, 0.0), p=np.inf, return_length=True, workers=effective_n_jobs(n_jobs)
    )
    return np.where(limit >= 0, counts - 1, 0).astype(np.int64)


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
