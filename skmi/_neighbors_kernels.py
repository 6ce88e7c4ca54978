"""Compiled loops behind :mod:`skmi._neighbors`; importing this file loads numba.

Each kernel fills the rows ``start`` to ``stop`` of its last argument and releases the interpreter's lock. Limits are
inclusive and a negative limit counts nothing. Sums may be reordered for SIMD, maxima are exact in any order.
"""

import numpy as np
from numba import njit

_CHUNK = 8  # columns between two looks at the exit of brute force: enough for SIMD, few enough to leave early
_MAX_DEPTH = 64

_compiled = njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})


@_compiled
def _insert(best, distance):
    """Insert a distance into ascending ``best``, whose largest entry falls out."""
    k = best.shape[0] - 1
    while k > 0 and best[k - 1] > distance:
        best[k] = best[k - 1]
        k -= 1
    best[k] = distance


@_compiled
def _box_distance(row, lower, upper, chebyshev):
    """Return the smallest distance (squared if Euclidean) from a row to a box."""
    distance = 0.0
    for f in range(row.shape[0]):
        gap = max(lower[f] - row[f], row[f] - upper[f], 0.0)
        distance = max(distance, gap) if chebyshev else distance + gap * gap
    return distance


@_compiled
def _row_distance(a, b, chebyshev):
    """Return the distance (squared if Euclidean) between two rows."""
    distance = 0.0
    for f in range(a.shape[0]):
        gap = abs(a[f] - b[f])
        distance = max(distance, gap) if chebyshev else distance + gap * gap
    return distance


@_compiled
def tree_distances(rows, lower, upper, first, last, is_leaf, start, stop, chebyshev, out):
    """Fill ``out[i]`` with the ascending distances (squared if Euclidean) to the nearest other rows.

    ``rows`` are in the order of the tree, whose node m has children 2m + 1 and 2m + 2 and rows first[m] to last[m].
    """
    nodes = np.empty(_MAX_DEPTH, dtype=np.int64)
    bounds = np.empty(_MAX_DEPTH)
    for i in range(start, stop):
        row, best = rows[i], out[i]
        best[:] = np.inf
        nodes[0], bounds[0], depth = 0, 0.0, 1
        while depth > 0:
            depth -= 1
            node = nodes[depth]
            if bounds[depth] >= best[-1]:
                continue
            if is_leaf[node]:
                for j in range(first[node], last[node]):
                    if j != i:
                        distance = _row_distance(row, rows[j], chebyshev)
                        if distance < best[-1]:
                            _insert(best, distance)
                continue
            left, right = 2 * node + 1, 2 * node + 2
            to_left = _box_distance(row, lower[left], upper[left], chebyshev)
            to_right = _box_distance(row, lower[right], upper[right], chebyshev)
            # The nearer child is looked at first, so that the farther one is often not looked at at all. Between two
            # that hold the row, its own comes first.
            if to_right < to_left or (to_right == to_left and i >= first[right]):
                left, right, to_left, to_right = right, left, to_right, to_left
            nodes[depth], bounds[depth] = right, to_right
            nodes[depth + 1], bounds[depth + 1] = left, to_left
            depth += 2


@_compiled
def tree_count(rows, lower, upper, first, last, is_leaf, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``; rows are in the order of the tree."""
    nodes = np.empty(_MAX_DEPTH, dtype=np.int64)
    n_features = rows.shape[1]
    for i in range(start, stop):
        row, reach = rows[i], limit[i]
        if reach < 0:
            out[i] = 0
            continue
        count, depth = -1, 1
        nodes[0] = 0
        while depth > 0:
            depth -= 1
            node = nodes[depth]
            outside, within = False, True
            for f in range(n_features):
                below, above = row[f] - lower[node, f], upper[node, f] - row[f]
                outside |= below < -reach or above < -reach
                within &= below <= reach and above <= reach
            if outside:
                continue
            if within:
                count += last[node] - first[node]
            elif is_leaf[node]:
                for j in range(first[node], last[node]):
                    count += _row_distance(row, rows[j], True) <= reach
            else:
                nodes[depth], nodes[depth + 1] = 2 * node + 1, 2 * node + 2
                depth += 2
        out[i] = count


@_compiled
def _walk(x, y, centre_x, centre_y, position, low, high, best):
    """Improve ``best`` by the rows low to high of one strip, walking both ways along ascending x from a position."""
    j = position
    while j < high and x[j] - centre_x < best[-1]:
        distance = max(x[j] - centre_x, abs(y[j] - centre_y))
        if distance < best[-1]:
            _insert(best, distance)
        j += 1
    j = position - 1
    while j >= low and centre_x - x[j] < best[-1]:
        distance = max(centre_x - x[j], abs(y[j] - centre_y))
        if distance < best[-1]:
            _insert(best, distance)
        j -= 1


@_compiled
def strip_distances(x, y, lower, upper, size, start, stop, out):
    """Fill ``out[i]`` with the ascending max-norm distances to the nearest other rows (x, y).

    Rows come in strips of ``size``: strip s holds the values of y from lower[s] to upper[s], and x ascends in it.
    """
    n_samples, n_strips = x.shape[0], lower.shape[0]
    for i in range(start, stop):
        best = out[i]
        best[:] = np.inf
        own = i // size
        low, high = own * size, min((own + 1) * size, n_samples)
        _walk(x, y, x[i], y[i], i + 1, i + 1, high, best)
        _walk(x, y, x[i], y[i], i, low, i, best)
        below, above = own - 1, own + 1
        while True:
            down = y[i] - upper[below] if below >= 0 else np.inf
            up = lower[above] - y[i] if above < n_strips else np.inf
            if min(down, up) >= best[-1]:
                break
            if down < up:
                strip, below = below, below - 1
            else:
                strip, above = above, above + 1
            low, high = strip * size, min((strip + 1) * size, n_samples)
            left, right = low, high
            while left < right:
                middle = (left + right) // 2
                if x[middle] < x[i]:
                    left = middle + 1
                else:
                    right = middle
            _walk(x, y, x[i], y[i], left, low, high, best)


@_compiled
def brute_distances(rows, start, stop, chebyshev, out):
    """Fill ``out[i]`` with the ascending distances (squared if Euclidean) to the nearest other rows."""
    n_samples, n_features = rows.shape
    for i in range(start, stop):
        best = out[i]
        best[:] = np.inf
        for j in range(n_samples):
            worst = best[-1]
            distance, f = 0.0, 0
            while f < n_features and distance < worst:
                end = min(f + _CHUNK, n_features)
                if chebyshev:
                    for g in range(f, end):
                        distance = max(distance, abs(rows[i, g] - rows[j, g]))
                else:
                    for g in range(f, end):
                        distance += (rows[i, g] - rows[j, g]) ** 2
                f = end
            if distance < worst and j != i:
                _insert(best, distance)


@_compiled
def brute_count(rows, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``."""
    n_samples, n_features = rows.shape
    for i in range(start, stop):
        count = 0
        for j in range(n_samples):
            inside, f = True, 0
            while inside and f < n_features:
                end = min(f + _CHUNK, n_features)
                distance = 0.0
                for g in range(f, end):
                    distance = max(distance, abs(rows[i, g] - rows[j, g]))
                inside = distance <= limit[i]
                f = end
            count += inside
        out[i] = count - 1 if limit[i] >= 0 else 0


@_compiled
def sorted_count(values, limit, start, stop, out):
    """Count the other entries of ascending ``values`` at distance at most ``limit[i]``.

    The search gallops outwards from i and compares ``|values[j] - values[i]|`` itself: ``values[i] + limit[i]``
    would round once more and miscount.
    """
    n_samples = values.shape[0]
    for i in range(start, stop):
        reach, centre = limit[i], values[i]
        if reach < 0:
            out[i] = 0
            continue
        step, inside = 1, i
        while inside + step < n_samples and values[inside + step] - centre <= reach:
            inside += step
            step *= 2
        while step > 0:
            if inside + step < n_samples and values[inside + step] - centre <= reach:
                inside += step
            step //= 2
        right = inside
        step, inside = 1, i
        while inside - step >= 0 and centre - values[inside - step] <= reach:
            inside -= step
            step *= 2
        while step > 0:
            if inside - step >= 0 and centre - values[inside - step] <= reach:
                inside -= step
            step //= 2
        out[i] = right - inside
