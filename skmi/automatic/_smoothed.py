"""Columns with outliers or ties, as columns of the same information whose margins are smooth."""

import numpy as np
from scipy.special import ndtri

from ..estimators import has_outliers

_TIED = 0.05  # share of the rows whose value repeats, from which densities of a column mislead


def smoothed(values, seed):
    """Return columns of which those with outliers or ties have normal margins; the same array if there is none.

    Values are replaced by their ranks, equal ones in random order. The rank gives back the value, and the random order
    is independent of the other side, so that the mutual information is the same.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_columns)
    seed : int
        Another one for each side, or chance would make them alike.

    References
    ----------
    Rüschendorf (2009). "On the distributional transform, Sklar's theorem, and the empirical copula process".
    doi:10.1016/j.jspi.2009.05.030.
    """
    rough = has_outliers(values) | (_tied(values) > _TIED)
    if not rough.any():
        return values
    values = np.array(values, dtype=float)
    rng = np.random.RandomState(seed)
    for i in np.flatnonzero(rough):
        order = np.lexsort((rng.random_sample(len(values)), values[:, i]))
        # Sorted random numbers and not the ranks themselves: densities of evenly spaced values mislead, too.
        values[order, i] = ndtri(np.sort(rng.random_sample(len(values))))
    return values


def may_be_codes(values):
    """Return whether a column holds whole numbers that repeat, which may stand for labels."""
    return bool(((values == np.round(values)).all(axis=0) & (_tied(values) > _TIED)).any())


def _tied(values):
    """Return for each column the share of rows whose value another row has as well."""
    ascending = np.sort(values, axis=0)
    same = np.zeros((len(values) + 1, values.shape[1]), dtype=bool)
    same[1:-1] = ascending[1:] == ascending[:-1]
    return np.mean(same[1:] | same[:-1], axis=0)
