"""Rows that follow one another in time: how many independent rows they are worth."""

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import rankdata

_WINDOWS = 10  # per sample: slower changes are taken for groups or a sorted table, not for a series
_MIN_WINDOW, _MAX_WINDOW = 20, 1000  # rows
_MAX_ROWS = 20_000  # looked at, from the first on
_MAX_COLUMNS = 8  # per side
_FLAT = 1e-3  # share of the variance of ranks that has to be left for correlations to mean anything
_NOISE = 3.0  # standard errors of a correlation, below which it counts as none


def effective_rows(X, Y):
    """Return how many independent rows two samples of continuous columns are worth, at least one.

    After Bartlett (1935), n / (1 + 2 sum over k of r_x(k) r_y(k)) with the autocorrelations of both sides at lag k:
    what counts is that *both* change slowly. Ranks are taken less their moving average, so that a table that is sorted
    or grouped does not look like a series: within a group its rows are independent.

    Parameters
    ----------
    X, Y : ndarray of shape (n_samples, n_columns)
        Rows in their order.
    """
    n_samples = min(len(X), _MAX_ROWS)
    window = int(np.clip(n_samples // _WINDOWS, _MIN_WINDOW, _MAX_WINDOW))
    if n_samples < 4 * _MIN_WINDOW:
        return len(X)
    sides = []
    for Z in (Y, X):  # y first: mostly it is no series, and nothing else has to be looked at
        sides.append(_autocorrelations(Z[:n_samples, :_MAX_COLUMNS], window))
        if not sides[-1].any():
            return len(X)
    # Shape (n_columns of Y, n_columns of X): the pair that is worst off decides.
    sums = sides[0] @ sides[1].T
    return float(len(X) / (1 + 2 * max(0.0, sums.max())))


def _autocorrelations(Z, window):
    """Return correlations of each column with itself at lags from 1 on, shape (n_kept, n_lags); none if it is flat."""
    found = []
    for column in Z.T:
        ranks = _ranks(column)
        ranks -= ranks.mean()
        rest = ranks - uniform_filter1d(ranks, window, mode="nearest")
        if ranks.var() == 0 or rest.var() < _FLAT * ranks.var():
            continue
        rest -= rest.mean()
        noise = _NOISE / np.sqrt(len(rest))
        if rest[1:] @ rest[:-1] < noise * (rest @ rest):  # nothing at the first lag, as in most tables
            found.append(np.zeros(window // 2 - 1))
            continue
        size = 1 << int(np.ceil(np.log2(2 * len(rest))))
        spectrum = np.abs(np.fft.rfft(rest, size)) ** 2
        products = np.fft.irfft(spectrum)[: window // 2]
        correlations = products[1:] / products[0]
        # Up to the first lag at which nothing is left, as what follows is noise.
        n_lags = int(np.argmax(correlations < noise)) if (correlations < noise).any() else len(correlations)
        correlations[n_lags:] = 0.0
        found.append(correlations)
    return np.array(found)


def _ranks(column):
    order = np.argsort(column)
    ascending = column[order]
    if (ascending[1:] == ascending[:-1]).any():
        return rankdata(column)
    ranks = np.empty(len(column))
    ranks[order] = np.arange(len(column))  # without ties, half the time
    return ranks
