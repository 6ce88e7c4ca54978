"""Compiled counts for many columns against one target, in one call; importing this file loads numba."""

import numpy as np

from ._kernels import nearest_of_label, sorted_count, strip_distances, strip_neighbors
from ._simd import compiled


@compiled
def _strictly_within(radius):
    """Return an inclusive limit below the radius, or a negative one, which counts nothing, for radius zero."""
    return np.nextafter(radius * (1 - 1e-12), 0.0) if radius > 0 else -1.0


@compiled
def columns_against_column(columns, orders, y, y_order, size, n_neighbors, same, counts, tied):
    """Count for each column x the rows strictly within the k-th neighbour's max-norm distance in (x, y), k among them.

    ``counts[c, 0]`` are those in column c, ``counts[c, 1]`` those in y, and ``tied[c]`` is true if a k-th distance is
    zero or within the share ``same`` of the next. ``orders`` sort the columns. The strips of ``size`` rows are cut
    along y, so that they are the same for all columns.
    """
    n_samples = y.shape[0]
    strip = np.empty(n_samples, dtype=np.int64)
    for r in range(n_samples):
        strip[y_order[r]] = r // size
    n_strips = strip[y_order[-1]] + 1
    y_sorted = y[y_order]
    lower, upper = y_sorted[::size].copy(), np.empty(n_strips)
    for s in range(n_strips):
        upper[s] = y_sorted[min((s + 1) * size, n_samples) - 1]
    x, partner, rows = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples, dtype=np.int64)
    found, where = np.empty((n_samples, n_neighbors + 1)), np.empty((n_samples, n_neighbors + 1), dtype=np.int64)
    limit, sorted_limit, found_counts = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples, dtype=np.int64)
    for c in range(columns.shape[0]):
        column, order = columns[c], orders[c]
        # Filling the strips in the order of x leaves x ascending within each, without another sort.
        free = np.arange(n_strips) * size
        for r in range(n_samples):
            i = order[r]
            p = free[strip[i]]
            free[strip[i]] += 1
            rows[p], x[p], partner[p] = i, column[i], y[i]
        if n_neighbors <= 3:  # strip_distances finds four distances, one more than k for the ties
            strip_distances(x, partner, lower, upper, size, 0, n_samples, found)
        else:
            strip_neighbors(x, partner, lower, upper, size, 0, n_samples, found, where)
        for p in range(n_samples):
            radius, beyond = found[p, n_neighbors - 1], found[p, n_neighbors]
            before = found[p, n_neighbors - 2] if n_neighbors > 1 else -1.0
            tied[c] |= radius == 0 or beyond - radius <= same * beyond or radius - before <= same * radius
            limit[rows[p]] = _strictly_within(radius)
        for side in range(2):
            by = y_order if side else order
            values = y_sorted if side else column[order]
            for r in range(n_samples):
                sorted_limit[r] = limit[by[r]]
            sorted_count(values, sorted_limit, 0, n_samples, found_counts)
            for r in range(n_samples):
                counts[c, side, by[r]] = found_counts[r]


@compiled
def columns_against_labels(columns, orders, labels, sizes, n_neighbors, same, counts, tied):
    """Count for each column the rows strictly within the distance to the k-th neighbour of the same label.

    ``tied`` and ``orders`` are those of columns_against_column.
    """
    n_samples = labels.shape[0]
    radius, beyond, limit = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples)
    k, found_counts = np.empty(n_samples, dtype=np.int64), np.empty(n_samples, dtype=np.int64)
    for c in range(columns.shape[0]):
        order = orders[c]
        values = columns[c][order]
        nearest_of_label(values, labels[order], sizes, n_neighbors, radius, k, beyond)
        for r in range(n_samples):
            # ``beyond`` is infinite if there is no next neighbour to be tied with.
            tied[c] |= radius[r] == 0 or (beyond[r] < np.inf and beyond[r] - radius[r] <= same * beyond[r])
            limit[r] = _strictly_within(radius[r])
        sorted_count(values, limit, 0, n_samples, found_counts)
        for r in range(n_samples):
            counts[c, 0, order[r]] = found_counts[r]
