"""Compiled loops behind :mod:`skmi._neighbors`; importing this file loads numba.

Each kernel fills the rows ``start`` to ``stop`` of its last argument and releases the interpreter's lock. Limits are
inclusive, and a negative limit counts nothing.
"""

import numpy as np

from ._simd import compiled, set_largest, set_squares

_MAX_DEPTH = 64  # of the stack of nodes, more than any balanced tree that fits into memory needs


@compiled
def _insert(best, where, distance, j):
    """Insert a distance into ascending ``best`` and its row into ``where``; the largest entry falls out."""
    k = best.shape[0] - 1
    while k > 0 and best[k - 1] > distance:
        best[k], where[k] = best[k - 1], where[k - 1]
        k -= 1
    best[k], where[k] = distance, j


@compiled
def _box_distance(row, lower, upper, chebyshev):
    """Return the smallest distance (squared if Euclidean) from a row to a box."""
    distance = 0.0
    for f in range(row.shape[0]):
        gap = max(lower[f] - row[f], row[f] - upper[f], 0.0)
        distance = max(distance, gap) if chebyshev else distance + gap * gap
    return distance


@compiled
def _row_distance(a, b, chebyshev):
    """Return the distance (squared if Euclidean) between two rows."""
    distance = 0.0
    for f in range(a.shape[0]):
        gap = abs(a[f] - b[f])
        distance = max(distance, gap) if chebyshev else distance + gap * gap
    return distance


@compiled
def tree_neighbors(
    rows, lower, upper, first, last, is_leaf, table, table_rows, scale, margin, start, stop, chebyshev, out, where
):
    """Fill ``out[i]`` with the ascending distances (squared if Euclidean) to the nearest other rows ``where[i]``.

    ``rows`` are in the order of the tree, whose node m has children 2m + 1 and 2m + 2 and rows first[m] to last[m].
    ``table`` holds their columns, and ``table_rows`` the same by rows, in single precision, divided by ``scale``.
    They select the rows of a leaf that may be near, up to ``margin``, and those are compared in double precision.
    """
    nodes = np.empty(_MAX_DEPTH, dtype=np.int64)
    bounds = np.empty(_MAX_DEPTH)
    found = np.empty(np.max(last - first), dtype=np.float32)
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
                near = found[: last[node] - first[node]]
                # 4 and 1e10 stand for infinity: scaled entries lie in [-1, 1], and the square of 1e10 is still a number
                # in single precision.
                if chebyshev:
                    limit = np.float32(min(best[-1] / scale, 4.0) + margin)
                    set_largest(table, table_rows[i], first[node], near)
                else:
                    worst = min(np.sqrt(best[-1]) / scale, 1e10) + margin
                    limit = np.float32(worst * worst * (1 + margin))
                    set_squares(table, table_rows[i], first[node], near)
                candidates = 0
                for j in range(near.shape[0]):
                    candidates += np.int32(near[j] <= limit)
                if candidates == 0:
                    continue
                for j in range(near.shape[0]):
                    other = first[node] + j
                    if near[j] <= limit and other != i:
                        distance = _row_distance(row, rows[other], chebyshev)
                        if distance < best[-1]:
                            _insert(best, where[i], distance, other)
                continue
            left, right = 2 * node + 1, 2 * node + 2
            to_left = _box_distance(row, lower[left], upper[left], chebyshev)
            to_right = _box_distance(row, lower[right], upper[right], chebyshev)
            # The nearer child is searched first, so that the farther one can often be skipped. If both boxes contain
            # the row, its own child comes first.
            if to_right < to_left or (to_right == to_left and i >= first[right]):
                left, right, to_left, to_right = right, left, to_right, to_left
            if to_right < best[-1]:
                nodes[depth], bounds[depth] = right, to_right
                depth += 1
            nodes[depth], bounds[depth] = left, to_left
            depth += 1


@compiled
def tree_count(rows, lower, upper, first, last, is_leaf, table, table_rows, scale, margin, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``; the arrays are those of tree_neighbors."""
    nodes = np.empty(_MAX_DEPTH, dtype=np.int64)
    found = np.empty(np.max(last - first), dtype=np.float32)
    n_features = rows.shape[1]
    for i in range(start, stop):
        row, reach = rows[i], limit[i]
        if reach < 0:
            out[i] = 0
            continue
        scaled = min(reach / scale, 4.0)
        # Within inner a row is near for certain, beyond outer it is not; between them double precision decides.
        inner, outer = np.float32(scaled - margin), np.float32(scaled + margin)
        count, depth = -1, 1  # the search counts the row itself
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
                near = found[: last[node] - first[node]]
                set_largest(table, table_rows[i], first[node], near)
                surely, perhaps = 0, 0
                for j in range(near.shape[0]):
                    surely += np.int32(near[j] <= inner)
                    perhaps += np.int32(near[j] <= outer)
                count += surely
                if surely < perhaps:
                    for j in range(near.shape[0]):
                        if inner < near[j] <= outer:
                            count += _row_distance(row, rows[first[node] + j], True) <= reach
            else:
                nodes[depth], nodes[depth + 1] = 2 * node + 1, 2 * node + 2
                depth += 2
        out[i] = count


@compiled
def _walk(x, y, centre_x, centre_y, position, low, high, best, where):
    """Improve ``best`` by the rows low to high of one strip, walking both ways along ascending x from a position."""
    j = position
    while j < high and x[j] - centre_x < best[-1]:
        distance = max(x[j] - centre_x, abs(y[j] - centre_y))
        if distance < best[-1]:
            _insert(best, where, distance, j)
        j += 1
    j = position - 1
    while j >= low and centre_x - x[j] < best[-1]:
        distance = max(centre_x - x[j], abs(y[j] - centre_y))
        if distance < best[-1]:
            _insert(best, where, distance, j)
        j -= 1


@compiled
def _enter(x, centre_x, strip, size, cursor):
    """Return where the strip reaches ``centre_x``, its first row and its end; moves the strip's cursor there."""
    low, high = strip * size, min((strip + 1) * size, x.shape[0])
    position = cursor[strip]
    while position < high and x[position] < centre_x:
        position += 1
    cursor[strip] = position
    return position, low, high


@compiled
def strip_neighbors(x, y, lower, upper, size, start, stop, out, where):
    """Fill ``out[i]`` with the ascending max-norm distances to the nearest other rows ``where[i]``.

    Rows (x, y) come in strips of ``size``: strip s holds the values of y from lower[s] to upper[s], and x ascends
    within it.
    """
    n_samples, n_strips = x.shape[0], lower.shape[0]
    cursor = np.empty(n_strips, dtype=np.int64)  # for each strip, the first row whose x is not below x[i]
    for i in range(start, stop):
        best = out[i]
        best[:] = np.inf
        own = i // size
        if i == start or i % size == 0:
            for strip in range(n_strips):
                cursor[strip] = strip * size
        low, high = own * size, min((own + 1) * size, n_samples)
        _walk(x, y, x[i], y[i], i + 1, i + 1, high, best, where[i])
        _walk(x, y, x[i], y[i], i, low, i, best, where[i])
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
            position, low, high = _enter(x, x[i], strip, size, cursor)
            _walk(x, y, x[i], y[i], position, low, high, best, where[i])


@compiled
def _walk_four(x, y, centre_x, centre_y, position, low, high, a, b, c, d):
    """Return the four smallest of a <= b <= c <= d and the distances that ``_walk`` visits.

    Minima and maxima of plain numbers compile to no branches, whose mispredictions cost more than the comparisons.
    """
    j = position
    while j < high and x[j] - centre_x < d:
        distance = max(x[j] - centre_x, abs(y[j] - centre_y))
        d, c, b, a = min(d, max(c, distance)), min(c, max(b, distance)), min(b, max(a, distance)), min(a, distance)
        j += 1
    j = position - 1
    while j >= low and centre_x - x[j] < d:
        distance = max(centre_x - x[j], abs(y[j] - centre_y))
        d, c, b, a = min(d, max(c, distance)), min(c, max(b, distance)), min(b, max(a, distance)), min(a, distance)
        j -= 1
    return a, b, c, d


@compiled
def strip_distances(x, y, lower, upper, size, start, stop, out):
    """Fill ``out[i]``, of at most four entries, as ``strip_neighbors`` does, in half the time."""
    n_samples, n_strips, k = x.shape[0], lower.shape[0], out.shape[1]
    cursor = np.empty(n_strips, dtype=np.int64)
    for i in range(start, stop):
        a = b = c = d = np.inf
        own = i // size
        if i == start or i % size == 0:
            for strip in range(n_strips):
                cursor[strip] = strip * size
        low, high = own * size, min((own + 1) * size, n_samples)
        a, b, c, d = _walk_four(x, y, x[i], y[i], i + 1, i + 1, high, a, b, c, d)
        a, b, c, d = _walk_four(x, y, x[i], y[i], i, low, i, a, b, c, d)
        below, above = own - 1, own + 1
        while True:
            down = y[i] - upper[below] if below >= 0 else np.inf
            up = lower[above] - y[i] if above < n_strips else np.inf
            if min(down, up) >= d:
                break
            if down < up:
                strip, below = below, below - 1
            else:
                strip, above = above, above + 1
            position, low, high = _enter(x, x[i], strip, size, cursor)
            a, b, c, d = _walk_four(x, y, x[i], y[i], position, low, high, a, b, c, d)
        out[i, 0] = a
        if k > 1:
            out[i, 1] = b
        if k > 2:
            out[i, 2] = c
        if k > 3:
            out[i, 3] = d


@compiled
def strip_count(x, y, lower, upper, size, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``; strips are those of strip_neighbors.

    In a strip whose values of y are all near, the rows near in x are a range, and its two ends give the count. The
    ends are close to those of the row before, whose x and limit are similar.
    """
    n_samples, n_strips = x.shape[0], lower.shape[0]
    first, last = np.empty(n_strips, dtype=np.int64), np.empty(n_strips, dtype=np.int64)
    for i in range(start, stop):
        reach = limit[i]
        own = i // size
        if i == start or i % size == 0:
            for s in range(n_strips):
                first[s], last[s] = s * size, s * size
        if reach < 0:
            out[i] = 0
            continue
        count = -1  # the search counts the row itself
        for step in (-1, 1):
            strip = own if step < 0 else own + 1
            while 0 <= strip < n_strips and (
                y[i] - upper[strip] <= reach if step < 0 else lower[strip] - y[i] <= reach
            ):
                low, high = strip * size, min((strip + 1) * size, n_samples)
                a, b = first[strip], last[strip]
                while a > low and x[i] - x[a - 1] <= reach:
                    a -= 1
                while a < high and x[i] - x[a] > reach:
                    a += 1
                b = max(a, b)
                while b < high and x[b] - x[i] <= reach:
                    b += 1
                while b > a and x[b - 1] - x[i] > reach:
                    b -= 1
                first[strip], last[strip] = a, b
                if y[i] - lower[strip] <= reach and upper[strip] - y[i] <= reach:
                    count += b - a
                else:
                    for j in range(a, b):
                        count += abs(y[j] - y[i]) <= reach
                strip += step
        out[i] = count


@compiled
def nearest_of_label(values, labels, sizes, n_neighbors, radius, joint, beyond):
    """Fill ``radius`` with the distance of each of ascending ``values`` to its k-th nearest other value of its label.

    k is ``n_neighbors``, or the number of others of the label if there are fewer. ``joint`` is filled with k, and
    ``beyond`` with the distance to the next neighbour.
    """
    n_samples, n_labels = values.shape[0], sizes.shape[0]
    # Rows by label, ascending in value within each: a counting sort.
    ends = np.cumsum(sizes)
    position = ends - sizes
    rows = np.empty(n_samples, dtype=np.int64)
    for i in range(n_samples):
        rows[position[labels[i]]] = i
        position[labels[i]] += 1
    for label in range(n_labels):
        low, high = ends[label] - sizes[label], ends[label]
        k = min(n_neighbors, sizes[label] - 1)
        for p in range(low, high):
            i = rows[p]
            left, right, distance = p - 1, p + 1, 0.0
            joint[i], beyond[i] = k, np.inf
            for found in range(k + 1):
                down = values[i] - values[rows[left]] if left >= low else np.inf
                up = values[rows[right]] - values[i] if right < high else np.inf
                distance = min(down, up)
                if down <= up:
                    left -= 1
                else:
                    right += 1
                if found == k - 1:
                    radius[i] = distance
            if k < sizes[label] - 1:
                beyond[i] = distance


@compiled
def sorted_count(values, limit, start, stop, out):
    """Count the other entries of ascending ``values`` at distance at most ``limit[i]``.

    The search starts at the edge that the density around the row before predicts. It compares
    ``|values[j] - values[i]|`` itself, because ``values[i] + limit[i]`` would be rounded once more and miscount.
    """
    n_samples = values.shape[0]
    above, below, last = 1.0, 1.0, 1.0  # of the row before: rows in reach above and below, and its reach
    for i in range(start, stop):
        reach, centre = limit[i], values[i]
        if reach < 0:
            out[i] = 0
            continue
        grown = reach / last if last > 0 else 1.0
        right = min(i + np.int64(min(above * grown, n_samples)), n_samples - 1)
        # Inwards in doubling steps until within reach, outwards in doubling steps, then halving steps to the edge.
        step = 1
        while values[right] - centre > reach:
            right = max(right - step, i)
            step *= 2
        step = 1
        while right + step < n_samples and values[right + step] - centre <= reach:
            right += step
            step *= 2
        while step > 0:
            if right + step < n_samples and values[right + step] - centre <= reach:
                right += step
            step //= 2
        left = max(i - np.int64(min(below * grown, n_samples)), 0)
        step = 1
        while centre - values[left] > reach:
            left = min(left + step, i)
            step *= 2
        step = 1
        while left - step >= 0 and centre - values[left - step] <= reach:
            left -= step
            step *= 2
        while step > 0:
            if left - step >= 0 and centre - values[left - step] <= reach:
                left -= step
            step //= 2
        above, below, last = np.float64(right - i), np.float64(i - left), reach
        out[i] = right - left
