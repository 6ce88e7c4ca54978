"""From a matrix of log density ratios to a number.

In a matrix T of shape (n, n), entry [i, j] is a critic's value for the pair (x_i, y_j): the diagonal holds pairs drawn
together, the rest are draws from the product of the marginals.
"""

import numpy as np
from scipy.special import logsumexp


def info_nce(log_ratios):
    """Return the InfoNCE value of a matrix of log density ratios, in nats.

    In expectation over fresh data it is a lower bound of I(X; Y) for any critic, it is at most ``log(n_samples)``, and
    its variance is small: of the variational bounds it is the one that a model search can maximise.

    Parameters
    ----------
    log_ratios : array-like of shape (n_samples, n_samples)
        Critic values; entry [i, j] belongs to (x_i, y_j).

    Returns
    -------
    bound : float
        In nats.

    References
    ----------
    van den Oord, Li, Vinyals (2018). "Representation Learning with Contrastive Predictive Coding". arXiv:1807.03748.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import info_nce
    >>> float(info_nce(np.zeros((4, 4))))  # a critic that knows nothing
    0.0
    >>> round(float(info_nce(50 * np.eye(4))), 4)  # a critic that tells all pairs apart: log 4
    1.3863
    """
    log_ratios = np.asarray(log_ratios, dtype=float)
    if log_ratios.ndim != 2 or log_ratios.shape[0] != log_ratios.shape[1] or log_ratios.shape[0] == 0:
        raise ValueError(f"Expected a square matrix of log density ratios, got an array of shape {log_ratios.shape}.")
    return float(np.mean(info_nce_rows(log_ratios)))


def info_nce_rows(log_ratios):
    """Return the rows' terms of InfoNCE, whose mean is the bound.

    Parameters
    ----------
    log_ratios : ndarray of shape (n_samples, n_samples)
        Critic values; entry [i, j] belongs to (x_i, y_j).

    Returns
    -------
    terms : ndarray of shape (n_samples,)
        In nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import info_nce_rows
    >>> info_nce_rows(np.zeros((2, 2)))
    array([0., 0.])
    """
    return np.diagonal(log_ratios) - logsumexp(log_ratios, axis=1) + np.log(log_ratios.shape[1])
