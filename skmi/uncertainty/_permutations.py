"""Random orders of the rows of y that break its dependence on X, and nothing else."""

import numpy as np

from .._neighbors import nearest_neighbors

_LEAST_SHIFT = 0.1  # share of the rows by which a series is shifted at least
_LOCAL = 5  # neighbours in Z among which rows are exchanged


def shift(rng, n_samples):
    """Return rows shifted circularly by at least a tenth of them, which keeps both series as they are."""
    least = max(1, int(np.ceil(_LEAST_SHIFT * n_samples)))
    return np.roll(np.arange(n_samples), rng.randint(least, max(n_samples - least, least) + 1))


def whole_groups(rng, groups):
    """Return an order in which each group has the rows of a group drawn at random, in their order.

    A longer group is cut and a shorter one repeated.

    Parameters
    ----------
    rng : RandomState
    groups : ndarray of shape (n_samples,), int
        Numbers of groups, from 0 on.
    """
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    order = np.empty(len(groups), dtype=np.intp)
    for rows, others in zip(members, rng.permutation(len(members)), strict=True):
        order[rows] = np.resize(members[others], len(rows))
    return order


def within_groups(rng, groups):
    """Return an order in which rows stay within their group."""
    place = np.lexsort((rng.random_sample(len(groups)), groups))
    order = np.empty(len(groups), dtype=np.intp)
    order[np.argsort(groups, kind="stable")] = place
    return order


def among_neighbors(rng, neighbors):
    """Return an order in which each row comes from a neighbour, each row once as far as possible.

    After Runge (2018), arXiv:1709.01447: rows take the first of their neighbours, in random order, that is left.

    Parameters
    ----------
    rng : RandomState
    neighbors : ndarray of shape (n_samples, n_neighbors), int
        Row numbers, the row itself among them.
    """
    shuffled = np.take_along_axis(neighbors, rng.random_sample(neighbors.shape).argsort(axis=1), axis=1).tolist()
    used, order = [False] * len(neighbors), np.empty(len(neighbors), dtype=np.intp)
    for row in rng.permutation(len(neighbors)).tolist():
        mine = shuffled[row]
        chosen = next((other for other in mine if not used[other]), mine[-1])
        used[chosen], order[row] = True, chosen
    return order


def coordinates(columns):
    """Return columns in which distances between rows count: normal scores, and labels far apart from one another."""
    labels = 1e3 * columns.strata[:, None].astype(float) if columns.is_discrete.any() else np.empty((len(columns), 0))
    return np.ascontiguousarray(np.hstack([columns.normal_scores, labels]))


def neighbors_of(Z, n_neighbors=_LOCAL):
    """Return the numbers of the rows nearest to each row, itself included, shape (n_samples, n_neighbors + 1)."""
    n_neighbors = min(n_neighbors, len(Z) - 1)
    return np.column_stack([np.arange(len(Z)), nearest_neighbors(Z, n_neighbors)[1]])
