"""Whole numbers that may be codes of labels, such as numbers of shops: neighbouring ones have nothing in common."""

import numpy as np

from .._maps import ranks

_FEWEST_VALUES, _FEWEST_OF_EACH = 20, 3  # different values, and rows of each
_MEDIAN = 0.455  # of chi-squared with one degree of freedom
_ERRORS, _ROUGH = 8.0, 1.5  # standard errors; second over first differences, three for codes and small for curves


def look_like_codes(column, target):
    """Return whether means of the target jump from each whole number to the next, as they do between labels.

    Parameters
    ----------
    column : ndarray of shape (n_samples,)
    target : ndarray of shape (n_samples,)
        Numbers, or numbers of labels.
    """
    if (column != np.round(column)).any():
        return False
    values, numbers, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(values) < _FEWEST_VALUES or len(column) < _FEWEST_OF_EACH * len(values):
        return False
    kept = counts[numbers] >= _FEWEST_OF_EACH
    values, numbers, counts = np.unique(column[kept], return_inverse=True, return_counts=True)
    if len(values) < _FEWEST_VALUES:
        return False
    scores = ranks(target[kept, None].astype(float))[:, 0]
    means = np.bincount(numbers, weights=scores) / counts
    spread = np.sum((scores - means[numbers]) ** 2) / (len(scores) - len(values))
    if spread <= 0:
        return False
    first, second = np.diff(means), np.diff(means, 2)
    of_first = spread * (1 / counts[:-1] + 1 / counts[1:])
    of_second = spread * (1 / counts[:-2] + 4 / counts[1:-1] + 1 / counts[2:])
    # One for a smooth curve, whose second differences are noise; by the median, since rare labels have wide tails.
    roughness = np.median(second**2 / of_second) / _MEDIAN
    jumps, steps = np.sum(second**2 - of_second), np.sum(first**2 - of_first)
    return bool(roughness > 1 + _ERRORS * np.sqrt(4 / len(second)) and jumps > _ROUGH * steps)
