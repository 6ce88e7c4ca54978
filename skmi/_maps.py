"""Maps of continuous columns that are learned from some rows and applied to others."""

import numpy as np
from scipy.linalg import eigh
from scipy.special import ndtri

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


class Whitening:
    """Unit variance on each principal axis of the standardised columns, remembered for later rows; null axes go."""

    def __init__(self, values):
        self.scale = Scale(values)
        Z = self.scale(values)
        eigenvalues, axes = eigh(Z.T @ Z / len(Z)) if Z.shape[1] else (np.empty(0), np.empty((0, 0)))
        kept = eigenvalues > RANK_TOLERANCE * max(eigenvalues.max(initial=0.0), 1e-300)
        self.axes = axes[:, kept] / np.sqrt(eigenvalues[kept])

    def __call__(self, values):
        return self.scale(values) @ self.axes


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
    return NormalScores(values)(values)
