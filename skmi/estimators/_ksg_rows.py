"""The nearest-neighbour estimate of each row, of mutual and of conditional mutual information."""

from functools import lru_cache, reduce

import numpy as np
from scipy.special import digamma
from sklearn.utils import check_consistent_length

from .._maps import normal_scores, standardize
from .._neighbors import counts_of_columns
from .._tables import Columns, as_rows, repeated_labels
from ._labels import labels_mi_rows
from ._neighborhoods import ROUNDING, SAME, Neighborhoods, break_ties, centred, count_within, is_evenly_spaced


def check_pair(**arrays):
    """Return arrays as continuous Columns of equal length, or raise; a one-dimensional array is one column."""
    arrays = {name: as_rows(A, name) for name, A in arrays.items()}
    check_consistent_length(*arrays.values())
    return [Columns.of_numbers(A) for A in arrays.values()]


def check_neighbors(n_neighbors, n_samples):
    """Raise if there are no more rows than neighbours."""
    if n_neighbors >= n_samples:
        raise ValueError(
            f"Expected n_neighbors < n_samples, got n_neighbors={n_neighbors} and n_samples={n_samples}. "
            "Lower n_neighbors or pass more rows."
        )


def pointwise_ksg(x, y, n_neighbors, *, variant=1, marginals="standardize", n_jobs=None):
    """Return the result of :func:`ksg_rows` for two Columns, after scaling their continuous columns."""
    return ksg_rows(prepared(x, marginals), prepared(y, marginals), n_neighbors, variant=variant, n_jobs=n_jobs)


def ksg_rows(x, y, n_neighbors, *, given=None, variant=1, n_jobs=None):
    """Return the pointwise estimate of I(x; y), or of I(x; y | given), and the rows kept.

    Parameters
    ----------
    x, y : Columns
    n_neighbors : int
    given : Columns or None, default=None
        Variable to condition on.
    variant : {1, 2}, default=1
    n_jobs : int, default=None

    Returns
    -------
    pointwise : ndarray of shape (n_kept,)
    kept : ndarray of shape (n_samples,), bool
        False for rows alone in their stratum, which have no neighbours if there are continuous columns.
    ceiling : float
        The largest value that the sample allows on continuous data.
    """
    sides = [centred(side) for side in (x, y, given) if side is not None]
    strata = reduce(Columns.and_, sides).strata
    continuous = any(side.continuous.shape[1] for side in sides)
    kept = repeated_labels(strata) if continuous else np.ones(len(strata), dtype=bool)
    sides = sides if kept.all() else [side.rows(kept) for side in sides]
    n_samples = np.count_nonzero(kept)
    check_neighbors(n_neighbors, n_samples)
    if not continuous:
        return labels_mi_rows(*(side.strata for side in sides)), kept, np.inf
    hood = Neighborhoods.of(sides, n_neighbors, variant == 2, n_jobs)
    # With one radius per side, ties on one side matter too: all neighbours may have the row's own value there.
    flat = [(hood.reach(side.continuous) == 0).any() for side in sides if variant == 2 and side.continuous.shape[1]]
    if hood.tied or (len(flat) == 2 and any(flat)):
        sides = break_ties(sides)
        hood = Neighborhoods.of(sides, n_neighbors, variant == 2, n_jobs)
    psi = digamma_table(n_samples)
    # Without a condition all rows count as near in it, and psi(n) takes the place of psi(m_z).
    least, near_given = psi[hood.k], np.full(n_samples, n_samples)
    if given is not None:
        given = sides.pop()
        near_given = count_within(given, hood.radius, n_jobs)
        sides = [side.and_(given) for side in sides]
    ceiling = float(np.mean(psi[near_given] - least))
    if variant == 2 and all(side.continuous.shape[1] for side in sides):
        # The paper counts other rows up to and including the farthest neighbour: count_within is strict, hence a larger
        # radius, and includes the row itself, hence -1.
        radii = [hood.reach(side.continuous) * (1 + 3 * ROUNDING) for side in sides]
        counts = [count_within(side, radius, n_jobs) - 1 for side, radius in zip(sides, radii, strict=True)]
        least = least - 1 / hood.k
    else:
        counts = [count_within(side, hood.radius, n_jobs) for side in sides]
    return least + psi[near_given] - sum(psi[count] for count in counts), kept, ceiling


def ksg_of_columns(columns, y, n_neighbors, marginals="standardize"):
    """Return pointwise estimates of many continuous columns with one y, or None for columns that need :func:`ksg_rows`.

    Parameters
    ----------
    columns : ndarray of shape (n_samples, n_columns), float64
    y : Columns
        One column; its ``order`` and ``standardized`` are computed once for all columns.
    n_neighbors : int
    marginals : {"standardize", "normal"}, default="standardize"

    Returns
    -------
    estimates : list of ndarray of shape (n_samples,) or None
    """
    n_samples = len(y)
    labels = y.strata if y.is_discrete[0] else None
    rare = labels is not None and np.bincount(labels).min() < 2
    if n_neighbors >= n_samples or rare or np.ptp(y.values) == 0:
        return [None] * columns.shape[1]
    Z = standardize(columns) if marginals == "standardize" else normal_scores(columns)
    Z = np.ascontiguousarray((Z - Z.mean(axis=0)).T)
    psi = digamma_table(n_samples)
    # Counts here leave out the row itself, which the formula includes: hence + 1. Sums are in the order of ksg_rows, so
    # that the last digits are the same.
    if labels is None:
        target = prepared(y, marginals).continuous[:, 0]
        target = target - target.mean()
        counts, tied = counts_of_columns(Z, n_neighbors, SAME, y=target, y_order=y.order)
        if is_evenly_spaced(target, y.order):
            return [None] * len(Z)
        estimates = psi[n_neighbors] + psi[n_samples] - (psi[counts[:, 0] + 1] + psi[counts[:, 1] + 1])
    else:
        counts, tied = counts_of_columns(Z, n_neighbors, SAME, labels=labels)
        sizes = np.bincount(labels)
        least = psi[np.minimum(n_neighbors, sizes - 1)] + psi[n_samples]
        estimates = least[labels] - (psi[counts[:, 0] + 1] + psi[sizes][labels])
    tied |= [is_evenly_spaced(column) for column in Z]
    constant = np.ptp(columns, axis=0) == 0
    return [None if bad else estimate for bad, estimate in zip(tied | constant, estimates, strict=True)]


def prepared(columns, marginals):
    """Return columns with the continuous ones scaled according to ``marginals``."""
    if marginals is None:
        return columns
    scaled = {"standardize": "standardized", "normal": "normal_scores"}[marginals]
    return columns.with_continuous(getattr(columns, scaled), same_order=True)


@lru_cache(maxsize=4)
def digamma_table(n_samples):
    """Return digamma of 0, ..., n_samples: a table look-up is much faster than one evaluation per count."""
    return digamma(np.arange(n_samples + 1))
