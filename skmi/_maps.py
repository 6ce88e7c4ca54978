"""Maps of continuous columns that are learned from some rows and applied to others."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

RANK_TOLERANCE = 1e-10  # relative to the largest eigenvalue of a correlation matrix


class Scale:
    """Zero mean and unit variance, remembered for later rows; constant columns become zero."""

    def __init__(self, values):
        self.mean = values.mean(axis=0)
        centred = values - self.mean
        # Dividing by the largest value first keeps tiny and huge columns from under- and overflowing when squared.
        peak = np.max(np.abs(centred), axis=0, initial=0.0)
        constant = (np.ptp(values, axis=0) == 0) | (peak == 0)
        self.peak = np.where(constant, 1.0, peak)
        self.std = np.where(constant, np.inf, np.std(centred / self.peak, axis=0))

    def __call__(self, values):
        return (values - self.mean) / self.peak / self.std


def whitening(covariance, null="drop", tolerance=RANK_TOLERANCE):
    """Return the matrix that gives rows of this covariance unit variance on its principal axes.

    Parameters
    ----------
    covariance : ndarray of shape (n_features, n_features)
    null : {"drop", "zero", "keep"}, default="drop"
        What becomes of axes whose variance is at most ``tolerance`` of the largest, which is what rounding leaves of
        none: they are left out, mapped to zero, or scaled as if they had that much.
    tolerance : float, default=RANK_TOLERANCE

    Returns
    -------
    matrix : ndarray of shape (n_features, n_axes)
    log_det : float
        Log determinant of the covariance on the axes that are left.
    """
    eigenvalues, axes = np.linalg.eigh(covariance) if len(covariance) else (np.empty(0), np.empty((0, 0)))
    least = tolerance * max(eigenvalues.max(initial=0.0), 1e-300)
    if null == "keep":
        eigenvalues = np.maximum(eigenvalues, least)
        return axes / np.sqrt(eigenvalues), float(np.log(eigenvalues).sum())
    kept = eigenvalues > least
    log_det = float(np.log(eigenvalues[kept]).sum())
    if null == "drop":
        return axes[:, kept] / np.sqrt(eigenvalues[kept]), log_det
    return axes * np.where(kept, 1 / np.sqrt(np.where(kept, eigenvalues, 1.0)), 0.0), log_det


class Whitening:
    """Unit variance on each principal axis of the standardised columns, remembered for later rows; null axes go.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
    ranks : bool, default=False
        Whether columns are turned to normal scores first.
    """

    def __init__(self, values, ranks=False):
        self.scores = NormalScores(values) if ranks else None
        values = values if self.scores is None else self.scores(values)
        self.scale = Scale(values)
        Z = self.scale(values)
        self.matrix, _ = whitening(Z.T @ Z / len(Z))

    def __call__(self, values):
        return self.scale(values if self.scores is None else self.scores(values)) @ self.matrix


class Radius:
    """The log of the squared distance from the medians, columns scaled by their quartiles; no column of one or none."""

    def __init__(self, values):
        self.medians = np.median(values, axis=0)
        low, high = np.quantile(values, (0.25, 0.75), axis=0)
        self.spread = np.where(high > low, high - low, np.inf)
        self.wanted = np.count_nonzero(high > low) > 1

    def __call__(self, values):
        """Return shape (n_samples, 1), or (n_samples, 0) if there are not two columns that vary."""
        if not self.wanted:
            return np.empty((len(values), 0))
        scaled = (values - self.medians) / self.spread
        # Divided by the largest first, since squares of huge values overflow.
        peak = np.maximum(np.abs(scaled).max(axis=1, keepdims=True), 1e-150)
        return 2 * np.log(peak) + np.log(np.maximum(np.sum((scaled / peak) ** 2, axis=1, keepdims=True), 1e-300))


class NormalScores:
    """Standard normal margins by rank, remembered for later rows, which take the rank they would have had."""

    def __init__(self, values):
        self.ascending = np.sort(values, axis=0)

    def __call__(self, values):
        n_samples = len(self.ascending)
        scores = np.empty(values.shape)
        for i, (column, known) in enumerate(zip(values.T, self.ascending.T, strict=True)):
            rank = 0.5 * (np.searchsorted(known, column, "left") + np.searchsorted(known, column, "right"))
            scores[:, i] = ndtri(np.clip(rank, 0.5, n_samples - 0.5) / n_samples)
        return scores


def standardize(values):
    """Return columns of zero mean and unit variance; constant columns become zero."""
    return Scale(values)(values)


def normal_scores(values):
    """Return columns whose ranks are kept and whose margins are standard normal; ties stay ties."""
    # The same as NormalScores(values)(values), in half the time.
    return ndtri((ranks(values) - 0.5) / len(values))


def ranks(values, order=None):
    """Return the rank of each value in its column, from 1 on, and of ties their mean.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
    order : ndarray of shape (n_samples,) or None, default=None
        Result of ``argsort`` for a single column, if the caller has it.
    """
    order = np.argsort(values, axis=0) if order is None else order[:, None]
    ascending = np.take_along_axis(values, order, axis=0)
    if not (ascending[1:] > ascending[:-1]).all():
        return rankdata(values, axis=0)
    # Without ties, in half the time.
    found = np.empty(values.shape)
    np.put_along_axis(found, order, np.arange(1.0, len(values) + 1)[:, None], axis=0)
    return found
