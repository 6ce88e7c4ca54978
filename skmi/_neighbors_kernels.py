"""Compiled loops behind :mod:`skmi._neighbors`; importing this file loads numba.

Each kernel fills the rows ``start`` to ``stop`` of its last argument and releases the interpreter's lock. Limits are
inclusive and a negative limit counts nothing. Sums may be reordered for SIMD, maxima are exact in any order.
"""

import numpy as np
from llvmlite import ir
from numba import njit
from numba.extending import intrinsic

_MAX_DEPTH = 64

_compiled = njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})


@_compiled
def _insert(best, where, distance, j):
    """Insert a distance into ascending ``best`` and its row into ``where``; the largest entry falls out."""
    k = best.shape[0] - 1
    while k > 0 and best[k - 1] > distance:
        best[k], where[k] = best[k - 1], where[k - 1]
        k -= 1
    best[k], where[k] = distance, j


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


@intrinsic
def _larger(typing_context, a, b):
    """Return the larger of two numbers by the one instruction that compiles to SIMD; ``max`` compiles to a branch."""

    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        larger = builder.module.declare_intrinsic("llvm.maxnum", [kind], ir.FunctionType(kind, [kind, kind]))
        return builder.call(larger, arguments, fastmath=("nnan", "nsz"))

    return a(a, b), generate


@_compiled
def _set_largest(table, row, start, near):
    """Set ``near[j]`` to the max-norm distance between the row and entry start + j of the columns.

    Columns come in groups of four, so that ``near`` is loaded and stored once for all four.
    """
    stop = start + near.shape[0]
    near[:] = 0.0
    for f in range(0, table.shape[0], 4):
        a, b, c, d = table[f, start:stop], table[f + 1, start:stop], table[f + 2, start:stop], table[f + 3, start:stop]
        at_a, at_b, at_c, at_d = row[f], row[f + 1], row[f + 2], row[f + 3]
        for j in range(near.shape[0]):
            one, other = _larger(abs(a[j] - at_a), abs(b[j] - at_b)), _larger(abs(c[j] - at_c), abs(d[j] - at_d))
            near[j] = _larger(near[j], _larger(one, other))


@_compiled
def _set_squares(table, row, start, squares):
    """Set ``squares[j]`` to the squared distance between the row and entry start + j of the columns."""
    stop = start + squares.shape[0]
    squares[:] = 0.0
    for f in range(0, table.shape[0], 4):
        a, b, c, d = table[f, start:stop], table[f + 1, start:stop], table[f + 2, start:stop], table[f + 3, start:stop]
        at_a, at_b, at_c, at_d = row[f], row[f + 1], row[f + 2], row[f + 3]
        for j in range(squares.shape[0]):
            t, u, v, w = a[j] - at_a, b[j] - at_b, c[j] - at_c, d[j] - at_d
            squares[j] += (t * t + u * u) + (v * v + w * w)


@_compiled
def tree_neighbors(
    rows, lower, upper, first, last, is_leaf, table, table_rows, scale, margin, start, stop, chebyshev, out, where
):
    """Fill ``out[i]`` with the ascending distances (squared if Euclidean) to the nearest other rows ``where[i]``.

    ``rows`` are in the order of the tree, whose node m has children 2m + 1 and 2m + 2 and rows first[m] to last[m].
    ``table`` holds their columns, and ``table_rows`` the same by rows, in single precision, divided by ``scale``:
    within ``margin`` it tells which rows of a leaf may be near, and those are compared in double precision.
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
                if chebyshev:
                    limit = np.float32(min(best[-1] / scale, 4.0) + margin)
                    _set_largest(table, table_rows[i], first[node], near)
                else:
                    worst = min(np.sqrt(best[-1]) / scale, 1e10) + margin
                    limit = np.float32(worst * worst * (1 + margin))
                    _set_squares(table, table_rows[i], first[node], near)
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
            # The nearer child is looked at first, so that the farther one is often not looked at at all. Between two
            # that hold the row, its own comes first.
            if to_right < to_left or (to_right == to_left and i >= first[right]):
                left, right, to_left, to_right = right, left, to_right, to_left
            if to_right < best[-1]:
                nodes[depth], bounds[depth] = right, to_right
                depth += 1
            nodes[depth], bounds[depth] = left, to_left
            depth += 1


@_compiled
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
        inner, outer = np.float32(scaled - margin), np.float32(scaled + margin)
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
                near = found[: last[node] - first[node]]
                _set_largest(table, table_rows[i], first[node], near)
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


@_compiled
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


@_compiled
def strip_neighbors(x, y, lower, upper, size, start, stop, out, where):
    """Fill ``out[i]`` with the ascending max-norm distances to the nearest other rows ``where[i]``.

    Rows (x, y) come in strips of ``size``: strip s holds the values of y from lower[s] to upper[s], and x ascends
    within it.
    """
    n_samples, n_strips = x.shape[0], lower.shape[0]
    cursor = np.empty(n_strips, dtype=np.int64)  # of each strip the first row whose x is not below that of the last i
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
            low, high = strip * size, min((strip + 1) * size, n_samples)
            position = cursor[strip]
            while position < high and x[position] < x[i]:
                position += 1
            cursor[strip] = position
            _walk(x, y, x[i], y[i], position, low, high, best, where[i])


@_compiled
def strip_count(x, y, lower, upper, size, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``; strips are those of strip_neighbors.

    Of a strip whose values of y are all near, the rows are counted by where they start and end to be near in x. Both
    places lie close to those of the row before, whose x and limit are much the same.
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
        count = -1
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


@_compiled
def nearest_of_label(values, labels, sizes, n_neighbors, radius, joint, beyond):
    """Fill the distance of each of ascending ``values`` to its k-th nearest other value of the same label.

    k is ``n_neighbors``, or all the others of the label if there are fewer; it goes to ``joint``, and the distance
    to the neighbour after that to ``beyond``.
    """
    n_samples, n_labels = values.shape[0], sizes.shape[0]
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


@_compiled
def sorted_count(values, limit, start, stop, out):
    """Count the other entries of ascending ``values`` at distance at most ``limit[i]``.

    The search starts where the density around the row before lets it expect the edge, and compares
    ``|values[j] - values[i]|`` itself: ``values[i] + limit[i]`` would round once more and miscount.
    """
    n_samples = values.shape[0]
    above, below, last = 1.0, 1.0, 1.0  # rows above and below, and reach, of the row before
    for i in range(start, stop):
        reach, centre = limit[i], values[i]
        if reach < 0:
            out[i] = 0
            continue
        grown = reach / last if last > 0 else 1.0
        right = min(i + np.int64(min(above * grown, n_samples)), n_samples - 1)
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


@_compiled
def _strictly_within(radius):
    """Return the largest limit that leaves the radius itself out; none for a radius of zero."""
    return np.nextafter(radius, 0.0) if radius > 0 else -1.0


@_compiled
def columns_against_column(columns, orders, y, y_order, size, n_neighbors, same, counts, tied):
    """Count for each column x the rows strictly within the k-th neighbour's max-norm distance in (x, y), k among them.

    ``counts[c, 0]`` are those in column c, ``counts[c, 1]`` those in y, and ``tied[c]`` says that a k-th distance is
    zero or within the share ``same`` of the next. ``orders`` sort the columns; strips of ``size`` rows serve them all.
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
        free = np.arange(n_strips) * size
        for r in range(n_samples):
            i = order[r]
            p = free[strip[i]]
            free[strip[i]] += 1
            rows[p], x[p], partner[p] = i, column[i], y[i]
        strip_neighbors(x, partner, lower, upper, size, 0, n_samples, found, where)
        for p in range(n_samples):
            radius, beyond = found[p, n_neighbors - 1], found[p, n_neighbors]
            tied[c] |= radius == 0 or beyond - radius <= same * beyond
            limit[rows[p]] = _strictly_within(radius)
        for side in range(2):
            by = y_order if side else order
            values = y_sorted if side else column[order]
            for r in range(n_samples):
                sorted_limit[r] = limit[by[r]]
            sorted_count(values, sorted_limit, 0, n_samples, found_counts)
            for r in range(n_samples):
                counts[c, side, by[r]] = found_counts[r]


@_compiled
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
            # Infinite where there is no next neighbour to be tied with.
            tied[c] |= radius[r] == 0 or (beyond[r] < np.inf and beyond[r] - radius[r] <= same * beyond[r])
            limit[r] = _strictly_within(radius[r])
        sorted_count(values, limit, 0, n_samples, found_counts)
        for r in range(n_samples):
            counts[c, 0, order[r]] = found_counts[r]
