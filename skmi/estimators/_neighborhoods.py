"""Neighbours among the rows that share their discrete values: radii, counts and ties."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from .._neighbors import count_neighbors, is_small, nearest_neighbors, nearest_of_label
from .._tables import Columns

SAME = 1e-10  # distances that differ by less than this share are tied: rounded values differ in the last digits
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
            return cls(radius, k, any_tied(radius, beyond))
        radius, ks, tied = np.empty(len(Z)), np.empty(len(Z), dtype=np.int64), False
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
            tied |= any_tied(distances[:, k - 1], distances[:, k] if distances.shape[1] > k else np.inf)
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


def any_tied(radius, beyond):
    with np.errstate(invalid="ignore"):  # infinite minus infinite if there is no next neighbour
        return bool(np.any((radius == 0) | (beyond - radius <= SAME * beyond)))


def break_ties(columns, rng):
    """Add noise far below the spacing of the values to the columns in which values repeat.

    The information is unchanged, since the values can be recovered from the noisy ones, and the neighbours of equal
    values become those of a continuous variable.
    """
    Z = columns.continuous
    noise = rng.uniform(-_JITTER, _JITTER, size=Z.shape) * Z.std(axis=0)
    repeats = [len(np.unique(column)) < len(column) for column in Z.T]
    return columns.with_continuous(Z + np.where(repeats, noise, 0.0)) if Z.shape[1] else columns


def rows_by_stratum(strata):
    """Return the row numbers of each stratum."""
    if strata.max() == 0:
        return [slice(None)]
    order = np.argsort(strata, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)
