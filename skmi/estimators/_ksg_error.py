"""The standard error of nearest-neighbour estimates: what each row does to its own term and to those of others."""

import numpy as np

from ._neighborhoods import Neighborhoods, break_ties, centred, count_within

_MOST_ROWS, _FEWEST_ROWS, _MAX_PAIRS = 1000, 200, 2 * 10**7  # of which the influence is computed
_AT_ONCE = 10**6  # distances held in memory
# Of n times the variance: what pairs of rows contribute, which influences count twice, times the number of neighbours.
# By simulation with three neighbours; benchmarks/accuracy/interval_coverage.py measures how right it is.
_PAIRS = 0.7


def ksg_error(pointwise, x, y, n_neighbors, given=None):
    """Return the standard error of the mean of the terms of :func:`~skmi.estimators._ksg_rows.ksg_rows`, in nats.

    The spread of the terms is too small: a row also lies in the neighbourhoods of others, and where these are wide, the
    terms move together. By the infinitesimal jackknife, a row contributes its own term, 1/k for each row whose
    neighbour it is, and minus one over the count for each row in whose margin it is counted. The variance of these
    influences counts twice what pairs of rows contribute, which is subtracted.

    Parameters
    ----------
    pointwise : ndarray of shape (n_samples,)
        The terms.
    x, y : Columns
        Scaled, the rows of the terms.
    n_neighbors : int
    given : Columns or None, default=None
    """
    n_samples = len(pointwise)
    if n_samples < 2:
        return float("nan")
    sides = [centred(side) for side in (x, y, given) if side is not None]
    hood = Neighborhoods.of(sides, n_neighbors, False, None)
    if hood.tied:
        sides = break_ties(sides)
        hood = Neighborhoods.of(sides, n_neighbors, False, None)
    margins, signs = sides, [-1.0, -1.0]
    if given is not None:
        margins, signs = [sides[0].and_(sides[2]), sides[1].and_(sides[2]), sides[2]], [-1.0, -1.0, 1.0]
    # Without the row itself, which always counts; where it is alone there is nothing to remove.
    weights = [1 / np.maximum(count_within(margin, hood.radius, None) - 1, 1) for margin in margins]
    n_rows = int(np.clip(_MAX_PAIRS // n_samples, _FEWEST_ROWS, _MOST_ROWS))
    rows = np.random.RandomState(0).permutation(n_samples)[:n_rows]
    step = max(1, _AT_ONCE // n_samples)
    parts = [rows[first : first + step] for first in range(0, len(rows), step)]
    influence = np.concatenate([_influence(part, margins, signs, weights, hood) for part in parts])
    spread = np.var(pointwise, ddof=1)
    variance = np.var(pointwise[rows] + influence, ddof=1) - _PAIRS * np.mean(1 / hood.k)
    return float(np.sqrt(max(variance, spread) / n_samples))


def _influence(rows, margins, signs, weights, hood):
    """Return what rows contribute to the terms of other rows, shape (n_rows,)."""
    total, joint = np.zeros(len(rows)), True
    own = np.arange(len(rows)), rows
    for margin, sign, weight in zip(margins, signs, weights, strict=True):
        distance = _distances(margin, rows)
        near = distance < hood.radius
        near[own] = False
        total += sign * (near @ weight)
        joint = joint & (distance <= hood.radius)
    joint[own] = False
    return total + joint @ (1 / hood.k)


def _distances(columns, rows):
    """Return max-norm distances from some rows to all, infinite between strata, shape (n_rows, n_samples)."""
    distance = np.zeros((len(rows), len(columns)))
    for column in columns.continuous.T:
        np.maximum(distance, np.abs(column[rows, None] - column), out=distance)
    if columns.strata.max() > 0:
        distance[columns.strata[rows, None] != columns.strata] = np.inf
    return distance
