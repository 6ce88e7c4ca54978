"""Rows that follow one another in time: how many independent rows they are worth."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from .._maps import ranks

_WINDOWS = 10  # per sample: slower changes are taken for groups or a sorted table, not for a series
_MIN_WINDOW, _MAX_WINDOW = 20, 1000  # rows
_MAX_ROWS = 20_000  # looked at, from the first on
_MAX_COLUMNS = 8  # per side
_FLAT = 1e-3  # share of the variance of ranks that has to be left for correlations to mean anything
_NOISE = 3.0  # standard errors of a correlation, below which it counts as none


def effective_rows(X, Y, y_order=None):
    """Return how many independent rows two samples of continuous columns are worth, at least one.

    After Bartlett (1935), n / (1 + 2 sum over k of r_x(k) r_y(k)) with the autocorrelations of both sides at lag k:
    what counts is that *both* change slowly. Ranks are taken less their moving average, so that a table that is sorted
    or grouped does not look like a series: within a group its rows are independent.

    Parameters
    ----------
    X, Y : ndarray of shape (n_samples, n_columns)
        Rows in their order.
    y_order : ndarray of shape (n_samples,) or None, default=None
        Result of ``argsort`` for Y, if it is a single column and the caller has it.
    """
    n_samples = min(len(X), _MAX_ROWS)
    window = int(np.clip(n_samples // _WINDOWS, _MIN_WINDOW, _MAX_WINDOW))
    if n_samples < 4 * _MIN_WINDOW:
        return len(X)
    sides = []
    for Z, order in ((Y, y_order), (X, None)):  # y first: mostly it is no series, and nothing else has to be looked at
        order = order if n_samples == len(Z) else None
        sides.append(_autocorrelations(Z[:n_samples, :_MAX_COLUMNS], order, window))
        if not sides[-1].any():
            return len(X)
    # Shape (n_columns of Y, n_columns of X): the pair that is worst off decides.
    sums = sides[0] @ sides[1].T
    return float(len(X) / (1 + 2 * max(0.0, sums.max())))


def _autocorrelations(Z, order, window):
    """Return correlations of each column with itself at lags from 1 on, shape (n_columns, n_lags)."""
    centred, noise = ranks(Z, order) - (len(Z) + 1) / 2, _NOISE / np.sqrt(len(Z))
    found = np.zeros((Z.shape[1], window // 2 - 1))
    # Mostly there is nothing at the first lag, and the rest needs no look.
    for i in np.flatnonzero(_products(centred[1:], centred[:-1]) >= noise * _products(centred, centred)):
        rest = centred[:, i] - uniform_filter1d(centred[:, i], window, mode="nearest")
        rest -= rest.mean()
        size = 1 << int(np.ceil(np.log2(2 * len(rest))))
        products = np.fft.irfft(np.abs(np.fft.rfft(rest, size)) ** 2)[: window // 2]
        if products[0] <= _FLAT * (centred[:, i] @ centred[:, i]) or products[1] < noise * products[0]:
            continue
        correlations = products[1:] / products[0]
        # Up to the first lag at which nothing is left, as what follows is noise.
        n_lags = int(np.argmax(correlations < noise)) if (correlations < noise).any() else len(correlations)
        found[i, :n_lags] = correlations[:n_lags]
    return found


def _products(A, B):
    return np.einsum("ij,ij->j", A, B)
