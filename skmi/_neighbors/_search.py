"""Nearest-neighbour distances and range counts: pure functions of arrays, the hot code of the package.

Every function excludes the row itself, compares differences in double precision, and returns the same numbers for any
``n_jobs``. The engines are a sorted array in one dimension; strips in two, for the max-norm; and otherwise a compiled
search of scikit-learn's k-d tree. Its leaves hold many rows, because comparing them in single precision, eight at once,
is faster than pruning. Small samples are left to SciPy's tree and to NumPy, which need nothing compiled, unless the
kernels are loaded already and return the same numbers.
"""

import sys

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from scipy.spatial import cKDTree

# (columns up to, rows): rows up to which SciPy's tree costs less than loading the compiled kernels; it prunes less in
# more columns.
_SMALL = (4, 2500), (10, 1000), (np.inf, 300)
_MIN_ROWS_PER_TASK, _TASKS_PER_JOB = 2048, 4
_LEAF_SIZES = ((4, 48), (10, 128), (np.inf, 256))  # (columns up to, rows): boxes prune less in more columns
_STRIP_WIDTH = 2.0  # rows per strip, divided by the square root of the number of rows


def nearest_neighbors(Z, n_neighbors, *, metric="chebyshev", orders=None, return_where=True, n_jobs=None):
    """Return the distances from each row to its nearest other rows, and which they are.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features), float64
    n_neighbors : int
        At most ``n_samples - 1``.
    metric : {"chebyshev", "euclidean"}, default="chebyshev"
    orders : sequence of ndarray or None, default=None
        Result of ``argsort`` for each column, if the caller has it.
    return_where : bool, default=True
        If False, the second array is meaningless, which saves time with two columns.
    n_jobs : int, default=None

    Returns
    -------
    distances : ndarray of shape (n_samples, n_neighbors)
        Ascending along each row.
    neighbors : ndarray of shape (n_samples, n_neighbors), int64
        Their row numbers.
    """
    n_samples, n_features = Z.shape
    if n_neighbors >= n_samples:
        raise ValueError(
            f"Expected n_neighbors < n_samples, got n_neighbors={n_neighbors} and n_samples={n_samples}. "
            "Lower n_neighbors or pass more rows."
        )
    if n_features == 0:
        # Without columns all rows coincide, and any others are nearest.
        others = (np.arange(n_samples)[:, None] + np.arange(1, n_neighbors + 1)) % n_samples
        return np.zeros((n_samples, n_neighbors)), others
    if n_features == 1:
        return _along_line(Z[:, 0], n_neighbors, _order(Z, orders, 0))
    chebyshev = metric == "chebyshev"
    in_strips = n_features == 2 and chebyshev
    # Which of several tied rows is a neighbour differs between engines, and must not depend on what was loaded before.
    if is_small(n_samples, n_features) and not (in_strips and not return_where and _is_loaded("_kernels")):
        return _scipy_neighbors(Z, n_neighbors, np.inf if chebyshev else 2, effective_n_jobs(n_jobs))
    from . import _kernels as kernels

    out, where = np.empty((n_samples, n_neighbors)), np.zeros((n_samples, n_neighbors), dtype=np.int64)
    if in_strips:
        order, strips = _strips(Z[:, 0], Z[:, 1], _order(Z, orders, 0), _order(Z, orders, 1))
        if n_neighbors <= 4 and not return_where:
            over_rows(lambda *rows: kernels.strip_distances(*strips, *rows, out), n_samples, n_jobs)
        else:
            over_rows(lambda *rows: kernels.strip_neighbors(*strips, *rows, out, where), n_samples, n_jobs)
    else:
        order, tree = _tree(Z)
        over_rows(lambda *rows: kernels.tree_neighbors(*tree, *rows, chebyshev, out, where), n_samples, n_jobs)
    # Back from the order of the engine to that of the caller.
    out[order] = out.copy()
    if return_where:
        where[order] = order[where]
    return (out if chebyshev else np.sqrt(out, out=out)), where


def neighbor_distances(Z, n_neighbors, *, metric="chebyshev", n_jobs=None):
    """Return only the distances of :func:`nearest_neighbors`."""
    return nearest_neighbors(Z, n_neighbors, metric=metric, return_where=False, n_jobs=n_jobs)[0]


def nearest_of_label(values, labels, n_neighbors, *, order=None):
    """Return the distances to the k-th nearest other value with the same label and to the next, for a single column.

    Parameters
    ----------
    values : ndarray of shape (n_samples,), float64
    labels : ndarray of shape (n_samples,), int
        From 0 on, each with at least two rows.
    n_neighbors : int
    order : ndarray of shape (n_samples,) or None, default=None
        Result of ``argsort`` for ``values``, if the caller has it.

    Returns
    -------
    radius, beyond : ndarray of shape (n_samples,)
        Distance to the k-th neighbour and to the next one, infinite if there is none.
    k : ndarray of shape (n_samples,), int64
        ``n_neighbors``, or the number of others if there are fewer.
    """
    from . import _kernels as kernels

    order = np.argsort(values) if order is None else order
    found = np.empty((2, len(values)))
    k = np.empty(len(values), dtype=np.int64)
    kernels.nearest_of_label(values[order], labels[order], np.bincount(labels), n_neighbors, found[0], k, found[1])
    out, out_k = np.empty_like(found), np.empty_like(k)
    out[:, order], out_k[order] = found, k
    return out[0], out[1], out_k


def counts_of_columns(columns, n_neighbors, same, *, y=None, y_order=None, labels=None):
    """Count, for each of many columns x, the rows strictly within the distance to the k-th neighbour in (x, y).

    The same as :func:`nearest_neighbors` and :func:`count_neighbors` column by column, in one compiled call that
    releases the interpreter's lock.

    Parameters
    ----------
    columns : ndarray of shape (n_columns, n_samples), float64
    n_neighbors : int
        With labels, all others of the label if there are fewer.
    same : float
        Two distances are tied if they differ by less than this share.
    y, y_order : ndarray of shape (n_samples,), float64 and int, or None
        The other side if it is continuous, and its ``argsort``.
    labels : ndarray of shape (n_samples,), int, or None
        The other side if it is discrete; from 0 on, each with at least two rows. Neighbours have the same label.

    Returns
    -------
    counts : ndarray of shape (n_columns, 2, n_samples), int64, or (n_columns, 1, n_samples) with labels
        Number of other rows within the distance in the column and in y.
    tied : ndarray of shape (n_columns,), bool
        Whether a k-th neighbour is tied with the row or with the next neighbour.
    """
    from . import _column_kernels as kernels

    orders = np.argsort(columns, axis=1)
    counts = np.empty((len(columns), 2 if labels is None else 1, columns.shape[1]), dtype=np.int64)
    tied = np.zeros(len(columns), dtype=bool)
    if labels is None:
        size = _strip_size(columns.shape[1])
        kernels.columns_against_column(columns, orders, y, y_order, size, n_neighbors, same, counts, tied)
    else:
        kernels.columns_against_labels(columns, orders, labels, np.bincount(labels), n_neighbors, same, counts, tied)
    return counts, tied


def count_neighbors(Z, radius, *, order=None, n_jobs=None):
    """Count for each row the other rows strictly within its max-norm radius.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features), float64
    radius : ndarray of shape (n_samples,)
    order : ndarray of shape (n_samples,) or None, default=None
        Result of ``argsort`` for a single column, if the caller has it.
    n_jobs : int, default=None

    Returns
    -------
    counts : ndarray of shape (n_samples,), int64
    """
    n_samples, n_features = Z.shape
    if n_features == 0:
        return np.where(radius > 0, n_samples - 1, 0).astype(np.int64)
    # All engines count distances up to and including the limit, hence the next smaller number. A radius is itself a
    # difference of two coordinates, so no wider margin is needed, and a wider one would undo the breaking of ties.
    limit = np.where(radius > 0, np.nextafter(radius, 0.0), -1.0)
    if is_small(n_samples, n_features) and not _is_loaded("_kernels"):
        if n_features == 1:
            return _count_along_line(Z[:, 0], limit, np.argsort(Z[:, 0]) if order is None else order)
        counts = cKDTree(Z).query_ball_point(
            Z, np.maximum(limit, 0.0), p=np.inf, return_length=True, workers=effective_n_jobs(n_jobs)
        )
        return np.where(limit >= 0, counts - 1, 0).astype(np.int64)
    from . import _kernels as kernels

    counts = np.empty(n_samples, dtype=np.int64)
    if n_features == 1:
        order = np.argsort(Z[:, 0]) if order is None else order
        values, sorted_limit = Z[order, 0], limit[order]
        over_rows(lambda *rows: kernels.sorted_count(values, sorted_limit, *rows, counts), n_samples, n_jobs)
    elif n_features == 2:
        order, strips = _strips(Z[:, 0], Z[:, 1], np.argsort(Z[:, 0]), np.argsort(Z[:, 1]))
        strip_limit = limit[order]
        over_rows(lambda *rows: kernels.strip_count(*strips, strip_limit, *rows, counts), n_samples, n_jobs)
    else:
        order, tree = _tree(Z)
        tree_limit = limit[order]
        over_rows(lambda *rows: kernels.tree_count(*tree, tree_limit, *rows, counts), n_samples, n_jobs)
    counts[order] = counts.copy()
    return counts


def _order(Z, orders, column):
    """Return the order of a column, from the caller if given."""
    return np.argsort(Z[:, column]) if orders is None or orders[column] is None else orders[column]


def _along_line(values, n_neighbors, order):
    """Return distances and row numbers of the nearest others of each value, from ``n_neighbors`` on each side of it."""
    n_samples = len(values)
    ascending = values[order]
    sides = np.full((n_samples, 2 * n_neighbors), np.inf)
    offsets = np.empty(2 * n_neighbors, dtype=np.int64)
    for j in range(1, n_neighbors + 1):
        gap = ascending[j:] - ascending[:-j]
        sides[:-j, 2 * j - 2] = gap
        sides[j:, 2 * j - 1] = gap
        offsets[2 * j - 2 : 2 * j] = j, -j
    nearest = np.argsort(sides, axis=1)[:, :n_neighbors]
    out, where = np.empty((n_samples, n_neighbors)), np.empty((n_samples, n_neighbors), dtype=np.int64)
    out[order] = np.take_along_axis(sides, nearest, axis=1)
    where[order] = order[np.arange(n_samples)[:, None] + offsets[nearest]]
    return out, where


def _count_along_line(values, limit, order):
    """Return how many others lie within the limit of each value, which is -1 for none."""
    ascending, reach = values[order], np.maximum(limit[order], 0.0)
    # Sums round, and differences are what counts: too many at first, and then fewer until the farthest is within reach.
    slack = 4 * np.spacing(np.maximum(np.abs(ascending), reach))
    last = np.searchsorted(ascending, ascending + (reach + slack), "right")
    while (beyond := ascending[last - 1] - ascending > reach).any():
        last[beyond] = np.searchsorted(ascending, ascending[last[beyond] - 1], "left")
    first = np.searchsorted(ascending, ascending - (reach + slack), "left")
    while (beyond := ascending - ascending[first] > reach).any():
        first[beyond] = np.searchsorted(ascending, ascending[first[beyond]], "right")
    counts = np.empty(len(values), dtype=np.int64)
    counts[order] = last - first - 1
    return np.where(limit >= 0, counts, 0)


def _scipy_neighbors(Z, n_neighbors, p, workers):
    distances, where = cKDTree(Z).query(Z, n_neighbors + 1, p=p, workers=workers)
    # Among rows that coincide, the row itself need not come first, or at all; then the last one is dropped.
    own = where == np.arange(len(Z))[:, None]
    own[~own.any(axis=1), -1] = True
    return tuple(found[~own].reshape(len(Z), n_neighbors) for found in (distances, where))


def single_precision(Z):
    """Return columns and rows of Z in single precision, their scale, and the largest error of a scaled distance.

    Columns are filled up with zeros to a multiple of four, the size of a group in :mod:`skmi._neighbors._simd`.
    """
    centred = Z - Z.mean(axis=0)
    scale = np.abs(centred).max() or 1.0
    rows = np.zeros((len(Z), -(-Z.shape[1] // 4) * 4), dtype=np.float32)
    rows[:, : Z.shape[1]] = centred / scale
    # Rounding of both entries and of their difference in single precision, and of centring in double precision.
    margin = rows.shape[1] * 2.0**-22 + np.abs(Z).max() / scale * 2.0**-50
    return np.ascontiguousarray(rows.T), rows, scale, margin


def kernels_are_loaded():
    """Return whether the compiled kernels of columns are loaded already, so that using them is cheap."""
    return _is_loaded("_column_kernels")


def _is_loaded(name):
    return f"{__package__}.{name}" in sys.modules


def is_small(n_samples, n_features):
    """Return whether SciPy's tree takes less time than loading the compiled kernels."""
    return n_samples <= next(rows for most, rows in _SMALL if n_features <= most)


def _tree(Z):
    """Return the order of the rows in a k-d tree, and the tree as the arrays that the kernels take."""
    from sklearn.neighbors import KDTree

    leaf_size = next(size for most, size in _LEAF_SIZES if Z.shape[1] <= most)
    _, order, nodes, bounds = KDTree(Z, leaf_size=leaf_size).get_arrays()
    order, lower, upper = np.asarray(order), np.asarray(bounds[0]), np.asarray(bounds[1])
    nodes = np.asarray(nodes)
    first, last, is_leaf = (np.ascontiguousarray(nodes[field]) for field in ("idx_start", "idx_end", "is_leaf"))
    rows = Z[order]
    return order, (rows, lower, upper, first, last, is_leaf, *single_precision(rows))


def _strip_size(n_samples):
    return max(16, int(_STRIP_WIDTH * np.sqrt(n_samples)))


def _strips(x, y, by_x, by_y):
    """Return the order of rows cut into strips of y with ascending x in each, and the arrays that the kernel takes.

    A strip is about as wide as the neighbourhoods, so that a search visits few strips, and few rows in each.
    """
    n_samples = len(x)
    size = _strip_size(n_samples)
    starts = np.arange(0, n_samples, size)
    ends = np.minimum(starts + size, n_samples)
    lower, upper = y[by_y[starts]], y[by_y[ends - 1]]
    # NumPy sorts short integers stably in linear time, so ordering by x and then by strip costs one sort.
    strip = np.empty(n_samples, dtype=np.uint16 if len(starts) < 2**16 else np.int64)
    strip[by_y] = np.arange(n_samples) // size
    order = by_x[np.argsort(strip[by_x], kind="stable")]
    return order, (x[order], y[order], lower, upper, size)


def over_rows(task, n_samples, n_jobs):
    """Run ``task(start, stop)`` over slices of rows in threads: the kernels release the interpreter's lock."""
    n_jobs = 1 if n_samples <= _MIN_ROWS_PER_TASK else effective_n_jobs(n_jobs)
    if n_jobs == 1:
        task(0, n_samples)
        return
    size = max(_MIN_ROWS_PER_TASK, -(-n_samples // (_TASKS_PER_JOB * n_jobs)))
    Parallel(n_jobs=n_jobs, backend="threading")(
        delayed(task)(start, min(start + size, n_samples)) for start in range(0, n_samples, size)
    )
