"""Neighbours among the rows that share their discrete values: radii, counts and ties."""

import zlib
from dataclasses import dataclass
from functools import reduce

import numpy as np

from .._neighbors import count_neighbors, is_small, nearest_neighbors, nearest_of_label
from .._tables import Columns

SAME = 1e-10  # distances that differ by less than this share are tied: rounded values differ in the last digits
_EVEN, _MANY_EVEN = 1e-6, 0.05  # relative difference of gaps that counts as none; share of gaps that has none
_SHARE_OF_GAP = 1e-2  # of the distance to the next value
ROUNDING = 1e-12  # share of a distance that depends on the order in which numbers were added up
_JITTER = 1e-9  # size of the noise that breaks ties, in standard deviations


@dataclass(frozen=True)
class Neighborhoods:
    """The nearest other rows of each row with the same discrete values."""

    radius: np.ndarray  # shape (n_samples,); max-norm distance to the k-th neighbour
    k: np.ndarray  # shape (n_samples,), int; n_neighbors or fewer, or the size of the stratum if nothing is continuous
    tied: bool  # whether any k-th neighbour is tied with the row or with the next
    neighbors: np.ndarray | None = None  # shape (n_samples, n_neighbors), int; repeated in strata with fewer

    @classmethod
    def of(cls, sides, n_neighbors, with_neighbors, n_jobs):
        joint = reduce(Columns.and_, sides)
        Z, strata = joint.continuous, joint.strata
        if Z.shape[1] == 0:
            return cls(np.zeros(len(Z)), count_within(joint, np.zeros(len(Z)), n_jobs), False)
        if Z.shape[1] == 1 and strata.max() > 0 and not is_small(*Z.shape):
            radius, beyond, k = nearest_of_label(Z[:, 0], strata, n_neighbors, order=joint.order)
            return cls(radius, k, any_tied(radius, beyond) or is_evenly_spaced(Z[:, 0], joint.order))
        radius, ks = np.empty(len(Z)), np.empty(len(Z), dtype=np.int64)
        # Distances on one side tie there although those to the neighbours do not.
        tied = any(is_evenly_spaced(column, side.order) for side in sides for column in side.continuous.T)
        neighbors = np.empty((len(Z), n_neighbors), dtype=np.int64) if with_neighbors else None
        orders = None
        if Z.shape[1] == 2 and strata.max() == 0:
            # Two continuous columns, one per side: their orders are known already and save two sorts.
            orders = [side.order for side in sides if side.continuous.shape[1]]
            orders = orders if len(orders) == 2 else None
        for rows in rows_by_stratum(strata):
            stratum = Z[rows]
            k = min(n_neighbors, len(stratum) - 1)
            # One neighbour more than asked for shows whether the k-th is tied with the next.
            distances, where = nearest_neighbors(
                stratum, min(k + 1, len(stratum) - 1), orders=orders, return_where=with_neighbors, n_jobs=n_jobs
            )
            radius[rows], ks[rows] = distances[:, k - 1], k
            tied |= any_tied(
                distances[:, k - 1],
                distances[:, k] if distances.shape[1] > k else np.inf,
                distances[:, k - 2] if k > 1 else -1.0,
            )
            if with_neighbors:
                numbers = np.arange(len(Z))[rows]
                neighbors[rows] = numbers[where[:, np.minimum(np.arange(n_neighbors), k - 1)]]
        return cls(radius, ks, tied, neighbors)

    def reach(self, continuous):
        """Return the largest max-norm distance on one side to any of the neighbours."""
        return np.max(np.abs(continuous[self.neighbors] - continuous[:, None]), axis=(1, 2))


def count_within(columns, radius, n_jobs):
    """Count the rows of the same stratum strictly within each row's radius, the row itself included."""
    if columns.continuous.shape[1] == 0:
        return np.bincount(columns.strata)[columns.strata]
    radius = radius * (1 - ROUNDING)
    counts = np.empty(len(radius), dtype=np.int64)
    for rows in rows_by_stratum(columns.strata):
        order = columns.order if isinstance(rows, slice) else None
        counts[rows] = count_neighbors(columns.continuous[rows], radius[rows], order=order, n_jobs=n_jobs) + 1
    return counts


def centred(columns):
    """Return columns centred and without constant ones: a large offset would swallow the noise that breaks ties."""
    Z = columns.continuous
    varies = np.ptp(Z, axis=0) > 0
    return columns.with_continuous((Z - Z.mean(axis=0))[:, varies], same_order=bool(varies.all()))


def any_tied(radius, beyond, before=-1.0):
    """Return whether any distance to the k-th neighbour is zero, or that to the next or to the one before."""
    with np.errstate(invalid="ignore"):  # infinite minus infinite if there is no next neighbour
        same = (beyond - radius <= SAME * beyond) | (radius - before <= SAME * radius)
        return bool(np.any((radius == 0) | same))


def is_evenly_spaced(column, order=None):
    """Return whether many neighbouring values of a column are equally far apart; ``order`` is what sorts it."""
    if order is None:
        return bool(_is_even(np.diff(np.unique(column))))
    gaps = np.diff(column[order])
    return bool(_is_even(gaps[gaps > 0]))


def break_ties(sides):
    """Add noise far below the spacing of the values, so that no two distances are equal.

    The information is unchanged, since the values can be recovered from the noisy ones, and the neighbours of equal
    values become those of a continuous variable. The noise goes to rows in the order of their values and to columns in
    the order of their contents, so that the estimate depends neither on the order of rows or columns nor on which
    variable is called X; its seed is that of the ranks of the values, since one seed for all data would give all of
    them the same error.

    Parameters
    ----------
    sides : list of Columns
        All variables, of the same rows.
    """
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for side in sides for column in side.values.T])
    sums = ranks.sum(axis=0)
    places = np.argsort([_signature(of_column, sums) for of_column in ranks], kind="stable")
    order = np.lexsort((*ranks[places], sums))
    rng = np.random.RandomState(_checksum(ranks[places][:, order]))
    noise = np.empty(ranks.shape)
    noise[np.ix_(places, order)] = rng.uniform(-1.0, 1.0, size=ranks.shape)
    alone = sum(side.continuous.shape[1] for side in sides) == 1
    of_sides = np.split(noise, np.cumsum([side.values.shape[1] for side in sides])[:-1])
    return [_with_noise(side, part[~side.is_discrete].T, alone) for side, part in zip(sides, of_sides, strict=True)]


def _signature(ranks, sums):
    """Return a number for the contents of a column and how they go with those of the others, in whatever order."""
    order = np.lexsort((sums, ranks))
    return _checksum(np.stack([ranks[order], sums[order]]))


def _checksum(ranks):
    return zlib.crc32(np.ascontiguousarray(ranks, dtype=np.int64).tobytes())


def _with_noise(columns, noise, alone):
    Z = columns.continuous
    if Z.shape[1] == 0:
        return columns
    return columns.with_continuous(Z + noise * np.column_stack([_noise_sizes(column, alone) for column in Z.T]))


def _noise_sizes(column, alone):
    """Return how much noise each value of a column gets."""
    distinct, numbers, counts = np.unique(column, return_inverse=True, return_counts=True)
    gaps = np.diff(distinct)
    if not gaps.size:
        return np.zeros(len(column))
    to_next = _SHARE_OF_GAP * np.minimum(np.r_[np.inf, gaps], np.r_[gaps, np.inf])[numbers]
    if alone:
        # A column on its own can have much noise, and needs it: among a million rows of two values, less runs out of
        # the digits of a double.
        return to_next
    # Beside other columns the noise must stay below the distance of neighbours there.
    size = _JITTER * column.std()
    return np.where(counts[numbers] > 1, size, np.minimum(size, to_next))


def _is_even(gaps):
    """Return whether many neighbouring gaps are equal, as those of row numbers, ranks and time stamps."""
    if len(gaps) < 2:
        return False
    # A relative difference, so that rounding of large values does not hide that gaps are equal.
    return np.mean(np.abs(np.diff(gaps)) <= _EVEN * gaps[1:]) > _MANY_EVEN


def rows_by_stratum(strata):
    """Return the row numbers of each stratum."""
    if strata.max() == 0:
        return [slice(None)]
    order = np.argsort(strata, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)
