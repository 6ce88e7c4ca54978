"""Compiled loops behind :mod:`skmi._neighbors`; importing this file loads numba.

Each kernel fills the rows ``start`` to ``stop`` of its last argument and releases the interpreter's lock.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
def brute_distances(Z, start, stop, chebyshev, out):
    """Fill ``out[i]`` with the ascending distances (squared if Euclidean) to the nearest other rows."""
    n_samples, n_features = Z.shape
    n_neighbors = out.shape[1]
    for i in range(start, stop):
        best = out[i]
        best[:] = np.inf
        for j in range(n_samples):
            if j == i:
                continue
            worst = best[n_neighbors - 1]
            distance = 0.0
            f = 0
            while f < n_features:
                # Eight features between two looks at the exit: enough for SIMD, few enough to leave early.
                end = min(f + 8, n_features)
                if chebyshev:
                    for g in range(f, end):
                        distance = max(distance, abs(Z[i, g] - Z[j, g]))
                else:
                    for g in range(f, end):
                        distance += (Z[i, g] - Z[j, g]) ** 2
                if distance >= worst:
                    break
                f = end
            if distance < worst:
                k = n_neighbors - 1
                while k > 0 and best[k - 1] > distance:
                    best[k] = best[k - 1]
                    k -= 1
                best[k] = distance


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
def brute_count(Z, limit, start, stop, out):
    """Count the other rows whose max-norm distance is at most ``limit[i]``."""
    n_samples, n_features = Z.shape
    for i in range(start, stop):
        count = 0
        for j in range(n_samples):
            inside = True
            f = 0
            while inside and f < n_features:
                end = min(f + 8, n_features)
                distance = 0.0
                for g in range(f, end):
                    distance = max(distance, abs(Z[i, g] - Z[j, g]))
                inside = distance <= limit[i]
                f = end
            count += inside
        out[i] = count - 1 if limit[i] >= 0 else 0


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
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
