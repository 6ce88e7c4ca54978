"""A lower bound of mutual information that holds for any distribution and any number of rows."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._sklearn import Interval, validate_params
from ..bounds import critic_of
from ..exceptions import issue, kept_warnings
from ._result import Result
from ._rows import Table, check_has_fit, estimate_of, fitted

# Pairs that are compared with one another: 14 of 2000 rows at 1 nat, a number that grows with both to this power, which
# gave the largest bounds of normal pairs of .1 to 3 nats and 300 to 10 000 rows.
_SMALLEST, _AT_ONE_NAT, _LARGEST, _POWER = 4, 14, 256, 0.6
_MIXED = 0.1  # weight of equal probabilities, which bounds the loss of a pair; little depends on it
_SHARPER = 1.0, 0.5, 0.7, 1.4, 2.0  # factors of the log density ratio; that of the first block comes first
_TRAINED = 1 / 3  # share of the rows that the critic is fitted to


@dataclass(frozen=True)
class LowerBound(Result):
    """Result of :func:`mi_lower_bound`.

    Attributes
    ----------
    bound : float
        Lower bound of I(X; Y), in nats; 0 if nothing can be shown.
    confidence : float
        Probability, at least, with which the bound is below the true value.
    estimate : float
        InfoNCE of the held-out rows in the blocks that gave the bound, in nats.
    n_rows : int
        Number of held-out rows.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_lower_bound
    >>> X, y = CorrelatedNormal(mi=1.0).sample(3000, random_state=0)
    >>> 0.5 < mi_lower_bound(KSG(), X, y, random_state=0).bound < 1.0
    True
    """

    bound: float
    confidence: float
    estimate: float
    n_rows: int

    def __repr__(self):
        return f"LowerBound({self.bound:.3f} nats, confidence={self.confidence:.0%}, {self.n_rows} rows held out)"


@validate_params(
    {
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def mi_lower_bound(estimator, X, y, *, confidence=0.95, random_state=None, n_jobs=None):
    """Return a lower bound of I(X; Y) that is wrong with at most the stated probability, whatever the distribution.

    It needs independent rows and nothing else: not that the estimator is right, nor that there are many rows. The
    estimator is fitted to a third of the rows, and its log density ratio has to tell pairs from unpaired rows among the
    others. What it fails to tell is lost, so the bound is loose at high information: it is at most the log of the
    number of rows that are compared.

    Parameters
    ----------
    estimator : MutualInfoEstimator
        With ``log_density_ratio``, such as ``KSG()`` or ``InfoNCE()``; also a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features), or images
        First variable; at least 40 rows.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
        Second variable.
    confidence : float, default=0.95
        Probability, at least, with which the bound is below the true value.
    random_state : int, RandomState instance or None, default=None
        Seed of the split and the blocks, and of every part of the estimator whose own ``random_state`` is None.
    n_jobs : int, default=None
        Passed to the estimator, if it takes it.

    Returns
    -------
    bound : LowerBound
        Bound, confidence, and the held-out estimate.

    Raises
    ------
    ValueError
        For fewer than 40 rows, or an estimator that conditions on columns.

    Notes
    -----
    In blocks of K pairs, the critic's softmax over the K rows of y, mixed with equal probabilities at weight 0.1, gives
    InfoNCE between log 0.1 and log K, whose mean is a lower bound of I(X; Y) for any critic. A factor of it, which
    sharpens what is too smooth, is chosen for each block by the blocks before it. Blocks are independent, and a betting
    argument bounds their mean: the wealth of a gambler who bets that it is above m exceeds 1 / alpha with a
    probability of at most alpha if it is not. K grows with the rows, and with the estimate from those that the critic
    is fitted to.

    References
    ----------
    van den Oord, Li, Vinyals (2018). "Representation Learning with Contrastive Predictive Coding". arXiv:1807.03748.

    Waudby-Smith, Ramdas (2024). "Estimating means of bounded random variables by betting". arXiv:2010.09686.

    McAllester, Stratos (2020). "Formal Limitations on the Measurement of Mutual Information". arXiv:1811.04251: why
    there is no such bound from above.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmi import GaussianMI
    >>> from skmi.uncertainty import mi_lower_bound
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> mi_lower_bound(GaussianMI(), X[:, :7], y, random_state=0).bound > 0.05
    True
    """
    check_has_fit(estimator)
    if getattr(estimator, "conditioning", None) is not None:
        raise ValueError(
            f"Expected an estimator of I(X; Y), got {estimator!r}: no such bound of conditional information is known. "
            "Use mi_interval, or mi_permutation_test."
        )
    table = Table.of(X, y, fewest=40)
    rng = check_random_state(random_state)
    order = rng.permutation(len(table))
    n_trained = round(_TRAINED * len(table))
    with kept_warnings() as kept:
        model = fitted(_with_jobs(estimator, n_jobs), table, *table.rows(order[:n_trained]), rng.randint(2**31 - 1))
    issue(kept)
    return bound_of_critic(model, table, order[n_trained:], confidence)


def bound_of_critic(model, table, held_out, confidence):
    """Return the bound that a fitted critic shows on rows that it has not seen, in random order.

    Parameters
    ----------
    model : fitted estimator
        With ``log_density_ratio``.
    table : Table
    held_out : ndarray of int
        At least four rows.
    confidence : float
    """
    size = _block_size(len(held_out), estimate_of(model))
    with kept_warnings():
        terms = _best_so_far(_block_terms(model, table, held_out, size))
    # From [log 0.1, log K] to [0, 1], on which the gambler bets.
    lowest, highest = np.log(_MIXED), np.log(size)
    mean = lower_mean((terms - lowest) / (highest - lowest), 1 - confidence)
    bound = lowest + (highest - lowest) * mean
    return LowerBound(max(0.0, float(bound)), confidence, float(terms.mean()), len(held_out))


def _block_size(n_rows, mi):
    """Return the number of pairs in a block: many lower the cap of each, and few show chance in their mean."""
    size = _AT_ONE_NAT * (n_rows / 2000 * max(mi, 0.0)) ** _POWER
    return int(np.clip(round(size), _SMALLEST, _LARGEST))


def lower_mean(values, alpha):
    """Return a lower confidence bound, at level 1 - alpha, of the mean of independent values in [0, 1].

    Parameters
    ----------
    values : ndarray of shape (n_values,)
    alpha : float
    """
    n_values = len(values)
    t = np.arange(1, n_values + 1)
    # Predictable bets: the mean and variance of the values before, each with one made-up value.
    means = (0.5 + np.cumsum(values)) / (t + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (t + 1)
    bets = np.sqrt(2 * np.log(1 / alpha) / (np.r_[0.25, variances[:-1]] * n_values))

    def most_wealth(mean):
        stakes = np.minimum(bets, 0.75 / max(mean, 1e-12))
        return np.cumsum(np.log1p(stakes * (values - mean))).max() + np.log(alpha)

    if most_wealth(0.0) <= 0:
        return 0.0
    # Wealth falls with the mean that is bet against, so that all means below the root are rejected.
    return float(brentq(most_wealth, 0.0, 1.0, xtol=1e-6)) - 1e-6


def _best_so_far(terms):
    """Return of each block the term with the factor that was best in the blocks before, on which the gambler may go."""
    before = np.vstack([np.zeros(terms.shape[1]), np.cumsum(terms, axis=0)[:-1]])
    return terms[np.arange(len(terms)), np.argmax(before, axis=1)]


def _block_terms(model, table, rows, size):
    """Return InfoNCE of each block of so many pairs with each factor, shape (n_blocks, n_factors)."""
    n_blocks = len(rows) // size
    terms = np.empty((n_blocks, len(_SHARPER)))
    at_once = max(1, 1024 // size)
    for first in range(0, n_blocks, at_once):
        blocks = rows[first * size : min(first + at_once, n_blocks) * size]
        X, y = table.rows(blocks)
        critic, X = critic_of(model, X)
        n_here = len(blocks) // size
        ratios = critic.log_density_ratio(X, y).reshape(n_here, size, n_here, size)
        T = ratios[np.arange(n_here), :, np.arange(n_here)]
        for i, factor in enumerate(_SHARPER):
            # Both ways, rows of X among those of y and the reverse, are bounds, and so is their mean.
            gains = [_gains(log_softmax(factor * T, axis=axis)) for axis in (1, 2)]
            terms[first : first + n_here, i] = 0.5 * (gains[0] + gains[1])
    return terms


def _gains(log_shares):
    """Return the mean log of the probability of the true partner over chance, after mixing with chance, by block."""
    shares = np.exp(np.diagonal(log_shares, axis1=1, axis2=2))
    return np.mean(np.log((1 - _MIXED) * shares * shares.shape[1] + _MIXED), axis=1)


def _with_jobs(estimator, n_jobs):
    if n_jobs is None or not hasattr(estimator, "get_params") or "n_jobs" not in estimator.get_params():
        return estimator
    return clone(estimator).set_params(n_jobs=n_jobs)
