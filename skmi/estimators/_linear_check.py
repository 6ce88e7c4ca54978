"""What the correlations alone show, to set beside an estimate in many columns."""

import numpy as np
from scipy.special import digamma

from .._maps import normal_scores
from ..exceptions import UnreliableEstimateWarning, warn

_MIN_COLUMNS, _MAX_COLUMNS = 8, 400  # of both sides, where neighbours begin to fail, and determinants to cost much
_ROWS_PER_COLUMN = 5  # from which the correction of the bias of determinants is small
_SHARE = 0.5  # of the linear value: what neighbours lose in a few columns is no cause for a warning
_LEAST = 0.1  # nats that have to be missing
_SINGULAR = 1e-9  # smallest eigenvalue of a correlation matrix with a determinant to speak of


def warn_linear_exceeds(mi, standard_error, X, Y, advice):
    """Warn of an estimate far below that of normal scores by their correlations, which costs milliseconds.

    Parameters
    ----------
    mi, standard_error : float
        The estimate, in nats.
    X, Y : ndarray of shape (n_samples, n_columns)
        Continuous columns of both sides.
    advice : str
        What to use instead.
    """
    n_samples, n_columns = len(X), X.shape[1] + Y.shape[1]
    if not _MIN_COLUMNS <= n_columns <= min(_MAX_COLUMNS, n_samples // _ROWS_PER_COLUMN):
        return
    linear = linear_mi(X, Y)
    if mi + 3 * standard_error < min(_SHARE * linear, linear - _LEAST):
        warn(
            f"The estimate {mi:.2f} lies far below {linear:.2f}, which the correlations of the {n_columns} columns "
            f"alone show: it is too low. {advice}",
            UnreliableEstimateWarning,
        )


def linear_mi(X, Y):
    """Return the mutual information of normal data with the same rank correlations, less its bias; 0 if singular."""
    Z = normal_scores(np.hstack([X, Y]))
    Z = Z[:, Z.std(axis=0) > 0]
    n_x = np.count_nonzero(X.std(axis=0) > 0)
    n_samples, n_columns = Z.shape
    if n_x in (0, n_columns):
        return 0.0
    correlation = np.corrcoef(Z, rowvar=False)
    if np.linalg.eigvalsh(correlation)[0] < _SINGULAR:
        return 0.0
    blocks = correlation[:n_x, :n_x], correlation[n_x:, n_x:], correlation
    log_dets = [np.linalg.slogdet(block)[1] for block in blocks]
    bias = [digamma((n_samples - np.arange(1, len(block) + 1)) / 2).sum() for block in blocks]
    return 0.5 * (log_dets[0] + log_dets[1] - log_dets[2] - bias[0] - bias[1] + bias[2])
