"""Nearest-neighbour estimates within strata of discrete values: one formula for continuous, discrete and mixed data."""

from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from scipy.special import digamma
from sklearn.utils import check_consistent_length

from .._neighbors import count_neighbors, counts_of_columns, is_small, nearest_neighbors, nearest_of_label
from .._scaling import standardize
from .._tables import as_rows, repeated_labels

_SAME = 1e-10  # distances closer than this share count as tied: rounded values differ in the last digits
_JITTER = 1e-9  # in standard deviations: what breaks ties


def check_pair(**arrays):
    """Return continuous arrays as Sides of equal length, or raise; one-dimensional ones are columns."""
    arrays = {name: as_rows(A, name) for name, A in arrays.items()}
    check_consistent_length(*arrays.values())
    return [Side(A, np.zeros(len(A), dtype=np.intp)) for A in arrays.values()]


def pointwise_ksg(x, y, n_neighbors, *, variant=1, marginals="standardize", n_jobs=None):
    """Return what stratified_ksg does of two Columns, after the margins were prepared."""
    sides = [Side(prepared(side, marginals), side.strata, side.order) for side in (x, y)]
    return stratified_ksg(*sides, n_neighbors, variant=variant, n_jobs=n_jobs)


def ksg_of_columns(columns, y, n_neighbors):
    """Return the pointwise estimates of many continuous columns with one y, or None for those that need more care.

    Parameters
    ----------
    columns : ndarray of shape (n_samples, n_columns), float64
    y : Columns
        Of one column, whose ``order`` and ``standardized`` are shared.
    n_neighbors : int

    Returns
    -------
    estimates : list of ndarray of shape (n_samples,) or None
    """
    n_samples = len(y)
    labels = y.strata if y.is_discrete[0] else None
    rare = labels is not None and np.bincount(labels).min() < 2
    if n_neighbors >= n_samples or rare or np.ptp(y.values) == 0:
        return [None] * columns.shape[1]
    Z = standardize(columns)
    Z = np.ascontiguousarray((Z - Z.mean(axis=0)).T)
    psi = _digamma_table(n_samples)
    if labels is None:
        target = y.standardized[:, 0] - y.standardized[:, 0].mean()
        counts, tied = counts_of_columns(Z, n_neighbors, _SAME, y=target, y_order=y.order)
        estimates = psi[n_neighbors] + psi[n_samples] - psi[counts[:, 0] + 1] - psi[counts[:, 1] + 1]
    else:
        counts, tied = counts_of_columns(Z, n_neighbors, _SAME, labels=labels)
        sizes = np.bincount(labels)
        of_label = psi[np.minimum(n_neighbors, sizes - 1)] - psi[sizes]
        estimates = of_label[labels] + psi[n_samples] - psi[counts[:, 0] + 1]
    constant = np.ptp(columns, axis=0) == 0
    return [None if bad else estimate for bad, estimate in zip(tied | constant, estimates, strict=True)]


def prepared(columns, marginals):
    """Return the continuous columns, scaled as ``marginals`` says."""
    return getattr(columns, {"standardize": "standardized", "normal": "normal_scores", None: "continuous"}[marginals])


@dataclass(frozen=True)
class Side:
    """One variable: its continuous columns, and the number of each row's combination of discrete values."""

    continuous: np.ndarray  # shape (n_samples, n_continuous), possibly none
    strata: np.ndarray  # shape (n_samples,), int
    order: np.ndarray | None = None  # what sorts the continuous column if there is just one

    def centred(self):
        """Return it without constant columns and offset, so that a large one leaves digits for what breaks ties."""
        Z = self.continuous
        varies = np.ptp(Z, axis=0) > 0
        centred = (Z - Z.mean(axis=0))[:, varies]
        return Side(centred, self.strata, self.order if varies.all() else None)

    def rows(self, kept):
        """Return some of the rows."""
        return self if kept.all() else Side(self.continuous[kept], _renumbered(self.strata[kept]))

    def and_(self, other):
        """Return both variables as one."""
        if self.strata.max() == 0:
            strata = other.strata
        elif other.strata.max() == 0:
            strata = self.strata
        else:
            strata = _renumbered(self.strata * (other.strata.max() + 1) + other.strata)
        if other.continuous.shape[1] == 0:
            return Side(self.continuous, strata, self.order)
        if self.continuous.shape[1] == 0:
            return Side(other.continuous, strata, other.order)
        return Side(np.hstack([self.continuous, other.continuous]), strata)

    def count(self, radius, n_jobs):
        """Count the rows of the same stratum strictly within each row's radius, the row itself included."""
        if self.continuous.shape[1] == 0:
            return np.bincount(self.strata)[self.strata]
        counts = np.empty(len(radius), dtype=np.int64)
        for rows in rows_by_stratum(self.strata):
            order = self.order if isinstance(rows, slice) else None
            counts[rows] = count_neighbors(self.continuous[rows], radius[rows], order=order, n_jobs=n_jobs) + 1
        return counts


def _renumbered(strata):
    return np.unique(strata, return_inverse=True)[1]


def stratified_ksg(x, y, n_neighbors, *, given=None, variant=1, n_jobs=None):
    """Return the pointwise estimate of I(x; y), or of I(x; y | given), and the rows kept.

    Parameters
    ----------
    x, y : Side
    n_neighbors : int
    given : Side or None, default=None
        What is known already.
    variant : {1, 2}, default=1
    n_jobs : int, default=None

    Returns
    -------
    pointwise : ndarray of shape (n_kept,)
    kept : ndarray of shape (n_samples,), bool
        False for rows alone in their stratum, where continuous columns leave nothing to compare them with.
    ceiling : float
        The largest value that the sample allows on continuous data.
    """
    sides = [side.centred() for side in (x, y, given) if side is not None]
    strata = reduce(Side.and_, sides).strata
    continuous = any(side.continuous.shape[1] for side in sides)
    kept = repeated_labels(strata) if continuous else np.ones(len(strata), dtype=bool)
    sides = [side.rows(kept) for side in sides]
    n_samples = np.count_nonzero(kept)
    if n_neighbors >= n_samples:
        raise ValueError(
            f"Expected n_neighbors < n_samples, got n_neighbors={n_neighbors} and n_samples={n_samples}. "
            "Lower n_neighbors or pass more rows."
        )
    hood = _Neighborhoods.of(sides, n_neighbors, variant == 2, n_jobs)
    # With a radius for each side, ties on one side alone matter too: all neighbours may have the same value there.
    flat = [(hood.reach(side.continuous) == 0).any() for side in sides if variant == 2 and side.continuous.shape[1]]
    if hood.tied or (len(flat) == 2 and any(flat)):
        rng = np.random.RandomState(0)
        sides = [Side(_break_ties(side.continuous, rng), side.strata) for side in sides]
        hood = _Neighborhoods.of(sides, n_neighbors, variant == 2, n_jobs)
    psi = _digamma_table(n_samples)
    least, near_given = psi[hood.k], np.full(n_samples, n_samples)
    if given is not None:
        given = sides.pop()
        near_given = given.count(hood.radius, n_jobs)
        sides = [side.and_(given) for side in sides]
    ceiling = float(np.mean(psi[near_given] - least))
    if variant == 2 and all(side.continuous.shape[1] for side in sides):
        # Each side has a radius of its own, and its farthest neighbour counts.
        radii = [np.nextafter(hood.reach(side.continuous), np.inf) for side in sides]
        counts = [side.count(radius, n_jobs) - 1 for side, radius in zip(sides, radii, strict=True)]
        least = least - 1 / hood.k
    else:
        counts = [side.count(hood.radius, n_jobs) for side in sides]
    return least + psi[near_given] - sum(psi[count] for count in counts), kept, ceiling


@lru_cache(maxsize=4)
def _digamma_table(n_samples):
    """Return digamma of 0, ..., n_samples: looking counts up is much faster than computing it for each."""
    return digamma(np.arange(n_samples + 1))


@dataclass(frozen=True)
class _Neighborhoods:
    """Each row's nearest other rows with the same discrete values."""

    radius: np.ndarray  # shape (n_samples,); max-norm distance to the k-th
    k: np.ndarray  # shape (n_samples,), int; n_neighbors or fewer, or the size of the stratum if nothing is continuous
    tied: bool  # whether any k-th neighbour is tied with the row or with the next
    neighbors: np.ndarray | None = None  # shape (n_samples, n_neighbors), int; repeated in strata with fewer

    @classmethod
    def of(cls, sides, n_neighbors, with_neighbors, n_jobs):
        joint = reduce(Side.and_, sides)
        Z, strata = joint.continuous, joint.strata
        if Z.shape[1] == 0:
            return cls(np.zeros(len(Z)), joint.count(np.zeros(len(Z)), n_jobs), False)
        if Z.shape[1] == 1 and strata.max() > 0 and not is_small(*Z.shape):
            radius, beyond, k = nearest_of_label(Z[:, 0], strata, n_neighbors, order=joint.order)
            return cls(radius, k, _any_tied(radius, beyond))
        radius, ks, tied = np.empty(len(Z)), np.empty(len(Z), dtype=np.int64), False
        neighbors = np.empty((len(Z), n_neighbors), dtype=np.int64) if with_neighbors else None
        orders = None
        if Z.shape[1] == 2 and strata.max() == 0:
            # Columns stand in the order of the sides.
            orders = [side.order for side in sides if side.continuous.shape[1]]
            orders = orders if len(orders) == 2 else None
        for rows in rows_by_stratum(strata):
            stratum = Z[rows]
            k = min(n_neighbors, len(stratum) - 1)
            distances, where = nearest_neighbors(
                stratum, min(k + 1, len(stratum) - 1), orders=orders, return_where=with_neighbors, n_jobs=n_jobs
            )
            radius[rows], ks[rows] = distances[:, k - 1], k
            tied |= _any_tied(distances[:, k - 1], distances[:, k] if distances.shape[1] > k else np.inf)
            if with_neighbors:
                numbers = np.arange(len(Z))[rows]
                neighbors[rows] = numbers[where[:, np.minimum(np.arange(n_neighbors), k - 1)]]
        return cls(radius, ks, tied, neighbors)

    def reach(self, continuous):
        """Return the largest max-norm distance on one side to any of the neighbours."""
        return np.max(np.abs(continuous[self.neighbors] - continuous[:, None]), axis=(1, 2))


def _any_tied(radius, beyond):
    with np.errstate(invalid="ignore"):
        return bool(np.any((radius == 0) | (beyond - radius <= _SAME * beyond)))


def _break_ties(Z, rng):
    """Add noise far below the spacing of the values to the columns in which values repeat.

    The information is unchanged, since the values can be read through the noise, and the neighbours of equal values
    become those of a continuous variable.
    """
    noise = rng.uniform(-_JITTER, _JITTER, size=Z.shape) * Z.std(axis=0)
    repeats = [len(np.unique(column)) < len(column) for column in Z.T]
    return Z + np.where(repeats, noise, 0.0) if Z.shape[1] else Z


def rows_by_stratum(strata):
    """Return the row numbers of each stratum."""
    if strata.max() == 0:
        return [slice(None)]
    order = np.argsort(strata, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)
