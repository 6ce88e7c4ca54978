"""From a matrix of log density ratios to a number.

In a matrix T of shape (n, n), entry [i, j] is the value of the critic for (x_i, y_j): the diagonal holds pairs drawn
together, and the other entries are draws from the product of the marginals. "In expectation" below means on new data,
on which the critic was not fitted.
"""

import numpy as np
from scipy.special import logsumexp
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from ._sklearn import rows_of

_MOST_ROWS, _FEWEST_ROWS = 4096, 1000  # in a part, whose rows are compared with one another
_MAX_PAIRS = 4 * 10**7  # in all parts together, above which parts get smaller
_ROWS_AT_ONCE = 128  # rows of the matrix that fit into a processor's cache
_MAX_LOG_RATIO = 700.0  # exp of more than 709 is infinite in double precision

# Bounds as functions of the critic's values at pairs, shape (n,), and at unpaired rows, shape (n, m). ``lib`` holds the
# functions that differ between NumPy and torch, so that training and reporting share one formula.
FORMULAS = {
    "info_nce": lambda pairs, apart, lib: (pairs - lib.log_mean_exp_with(pairs, apart)).mean(),
    "nwj": lambda pairs, apart, lib: 1 + pairs.mean() - lib.exp(lib.log_mean_exp(apart)),
    "donsker_varadhan": lambda pairs, apart, lib: pairs.mean() - lib.log_mean_exp(apart),
    "smile": lambda pairs, apart, lib, clip=5.0: pairs.mean() - lib.log_mean_exp(apart.clip(-clip, clip)),
    # Twice the Jensen–Shannon divergence, at most log 4: the objective of a classifier of pairs.
    "jensen_shannon": lambda pairs, apart, lib: (
        2 * np.log(2) - lib.softplus(-pairs).mean() - lib.softplus(apart).mean()
    ),
}


class _NumPy:
    """The functions of NumPy that the formulas call."""

    @staticmethod
    def exp(value):
        return np.exp(np.minimum(value, _MAX_LOG_RATIO))

    @staticmethod
    def log_mean_exp(values):
        return logsumexp(values) - np.log(values.size)


def info_nce(log_ratios):
    """Return the InfoNCE value of a matrix of log density ratios, in nats.

    In expectation it is a lower bound of I(X; Y) for any critic. It is at most ``log(n_samples)``, and its variance is
    small, so of the variational bounds it is the one to maximise in a model search.

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
    >>> round(float(info_nce(50 * np.eye(4))), 4)  # a critic that identifies all pairs: log 4
    1.3863
    """
    return float(np.mean(info_nce_rows(_checked(log_ratios, 1))))


def info_nce_rows(log_ratios):
    """Return the terms of InfoNCE of each row, whose mean is the bound.

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
    T = np.asarray(log_ratios)
    sums = np.empty(len(T))
    peak = T.max(axis=1, keepdims=True)
    # A row of minus infinity alone would give minus infinity minus itself.
    peak = np.where(np.isfinite(peak), peak, 0.0)
    for start in range(0, len(T), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        sums[rows] = np.exp(T[rows] - peak[rows]).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.diagonal(T) - peak[:, 0] - np.log(sums) + np.log(T.shape[1])


def nwj(log_ratios):
    """Return the bound of Nguyen, Wainwright and Jordan, in nats.

    With the critic shifted by one, ``1 + mean(T_ii) - mean over i != j of exp(T_ij)``. In expectation it is a lower
    bound of I(X; Y) for any critic, without a cap, and exact if the critic is the true log ratio. Its variance grows
    as exp(I), so that a few pairs dominate it above about 3 nats. Unlike the other bounds it changes if a constant is
    added to the critic.

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
    Nguyen, Wainwright, Jordan (2010). "Estimating divergence functionals and the likelihood ratio by convex risk
    minimization". arXiv:0809.0853.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import nwj
    >>> nwj(np.zeros((4, 4)))
    0.0
    """
    return _value("nwj", log_ratios)


def donsker_varadhan(log_ratios):
    """Return the bound of Donsker and Varadhan, in nats.

    ``mean(T_ii) - log mean over i != j of exp(T_ij)``. With infinitely many pairs it is a lower bound of I(X; Y) for
    any critic, and never below that of Nguyen, Wainwright and Jordan for the same critic. From finite samples it is
    biased upwards: by Jensen's inequality the log of a sample mean is, on average, below the log of the true mean. It
    has no cap; its variance grows as exp(I).

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
    Belghazi et al. (2018). "MINE: Mutual Information Neural Estimation". arXiv:1801.04062.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import donsker_varadhan
    >>> abs(round(donsker_varadhan(3 + np.zeros((4, 4))), 9))  # a constant changes nothing
    0.0
    """
    return _value("donsker_varadhan", log_ratios)


def smile(log_ratios, *, clip=5.0):
    """Return the smoothed estimate of Song and Ermon, in nats; it is not a bound.

    Donsker–Varadhan with exp(T_ij) clipped to [exp(-clip), exp(clip)] in the mean over unpaired rows. The variance is
    that of a bounded variable, but the value can exceed I(X; Y), because clipping makes that mean too small.

    Parameters
    ----------
    log_ratios : array-like of shape (n_samples, n_samples)
        Critic values; entry [i, j] belongs to (x_i, y_j).
    clip : float, default=5.0
        Log ratios of unpaired rows are clipped to [-clip, clip]; infinite gives Donsker–Varadhan.

    Returns
    -------
    estimate : float
        In nats.

    References
    ----------
    Song, Ermon (2020). "Understanding the Limitations of Variational Mutual Information Estimators". arXiv:1910.06222.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import smile
    >>> smile(np.zeros((4, 4)))
    0.0
    """
    if not clip > 0:
        raise ValueError(f"Expected clip > 0, got {clip}.")
    return _value("smile", log_ratios, clip=clip)


def plug_in(log_ratios):
    """Return the mean log ratio of the pairs, in nats; it is not a bound.

    It is I(X; Y) minus the divergence between the true and the fitted joint density, plus those of the marginals: a
    critic with wrong marginals can give too high a value, and adding a constant to any critic raises it. It has the
    smallest variance.

    Parameters
    ----------
    log_ratios : array-like of shape (n_samples, n_samples)
        Critic values; entry [i, j] belongs to (x_i, y_j).

    Returns
    -------
    estimate : float
        In nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import plug_in
    >>> plug_in(np.eye(3))
    1.0
    """
    return float(np.mean(np.diagonal(_checked(log_ratios, 1))))


def pointwise(bound, log_ratios, **options):
    """Return the contribution of each row to a bound: the mean is the bound, the spread gives its standard error.

    A contribution is, to first order, the influence of a row on the bound, both as a pair and as an unpaired row.

    Parameters
    ----------
    bound : {"info_nce", "nwj", "donsker_varadhan", "smile", "plug_in"}
        Name of a function of this module.
    log_ratios : array-like of shape (n_samples, n_samples)
        Critic values; entry [i, j] belongs to (x_i, y_j).
    **options : dict
        Passed to that function.

    Returns
    -------
    contributions : ndarray of shape (n_samples,)
        In nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import nwj, pointwise
    >>> T = np.random.default_rng(0).standard_normal((50, 50))
    >>> bool(np.isclose(pointwise("nwj", T).mean(), nwj(T)))
    True
    """
    value = _bound(bound)(log_ratios, **options)
    T = np.asarray(log_ratios, dtype=float)
    if bound == "info_nce":
        return info_nce_rows(T)
    own = np.diagonal(T)
    contributions = own - own.mean() + value
    if bound == "plug_in":
        return contributions
    apart = np.clip(T, -options.get("clip", 5.0), options.get("clip", 5.0)) if bound == "smile" else T.copy()
    np.fill_diagonal(apart, -np.inf)
    # The derivative of Donsker and Varadhan's log of a mean divides by the mean; NWJ has the mean itself.
    shift = 0.0 if bound == "nwj" else _log_mean_exp_apart(apart)
    ratios = np.exp(np.minimum(apart - shift, _MAX_LOG_RATIO))
    # A row of (X, y) is unpaired both as x_i, in row i of the matrix, and as y_i, in column i. Both are centred, so
    # that the mean of the contributions stays the bound.
    rows, columns = ratios.sum(axis=1) / (len(T) - 1), ratios.sum(axis=0) / (len(T) - 1)
    return contributions - (rows - rows.mean()) - (columns - columns.mean())


_BOUNDS = {
    "info_nce": info_nce,
    "nwj": nwj,
    "donsker_varadhan": donsker_varadhan,
    "smile": smile,
    "plug_in": plug_in,
}


def scorer(bound, **options):
    """Return a scorer for ``GridSearchCV(scoring=...)`` and ``cross_validate`` that evaluates a bound on held-out rows.

    Parameters
    ----------
    bound : {"info_nce", "nwj", "donsker_varadhan", "smile", "plug_in"}
        Name of a function of this module.
    **options : dict
        Passed to that function.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y)`` for a fitted estimator with ``log_density_ratio``, or a Pipeline that ends in one.
        More than 4096 rows are split into parts of at most that many, and the values of the parts are averaged.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from skmi import KSG
    >>> from skmi.bounds import scorer
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> values = cross_val_score(KSG(), X, y, scoring=scorer("nwj"), cv=3)
    >>> bool(abs(values.mean() - 1) < 0.2)
    True
    """
    _bound(bound)(np.zeros((2, 2)), **options)  # wrong options raise here, instead of giving scores of NaN in a search
    return _Scorer(bound, options)


def _bound(name):
    """Return the function of a bound."""
    if name not in _BOUNDS:
        raise ValueError(f"Expected bound to be one of {sorted(_BOUNDS)}, got {name!r}.")
    return _BOUNDS[name]


class _Scorer:
    """The name and the options of a bound, as a class so that it can be pickled for worker processes."""

    def __init__(self, bound, options):
        self.bound, self.options = bound, options

    def __call__(self, estimator, X, y):
        estimator, X = critic_of(estimator, X)
        values, sizes = [], []
        for matrix in matrices(estimator.log_density_ratio, X, y):
            values.append(_BOUNDS[self.bound](matrix, **self.options))
            sizes.append(len(matrix))
        return float(np.average(values, weights=sizes))

    def __repr__(self):
        return f"scorer({', '.join([repr(self.bound), *(f'{k}={v!r}' for k, v in self.options.items())])})"


def critic_of(estimator, X):
    """Return what has ``log_density_ratio`` in a fitted estimator, Pipeline or search, and X as it takes it.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like of shape (n_samples, n_features)
        First variable.

    Returns
    -------
    critic : estimator
        With ``log_density_ratio``.
    X : array-like of shape (n_samples, n_features_out)
        After the steps before it.

    Raises
    ------
    TypeError
        If there is none.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.bounds import critic_of
    >>> critic_of(KSG(), [[0.0]])
    (KSG(), [[0.0]])
    """
    while not hasattr(estimator, "log_density_ratio"):
        if isinstance(estimator, Pipeline):
            X, estimator = (estimator[:-1].transform(X) if len(estimator) > 1 else X), estimator[-1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            raise TypeError(
                "Expected an estimator with log_density_ratio, a Pipeline that ends in one, or a search over them, "
                f"got {type(estimator).__name__}."
            )
    return estimator, X


def matrices(log_density_ratio, X, y, max_rows=None):
    """Yield the matrices of log ratios of parts of the rows.

    Parameters
    ----------
    log_density_ratio : callable
        Function of X and y that returns a matrix.
    X : array-like of shape (n_samples, n_features)
        First variable.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Second variable.
    max_rows : int or None, default=None
        Maximum number of rows in a part. None is 4096, and falls to 1000 for more than about 10 000 rows.

    Yields
    ------
    matrix : ndarray of shape (n_part, n_part)
        Of one part. Parts take rows at a fixed stride, so that each is a mixture even of sorted rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import matrices
    >>> [len(T) for T in matrices(lambda X, y: X - y.T, np.ones((5000, 1)), np.ones((5000, 1)))]
    [2500, 2500]
    """
    check_consistent_length(X, y)
    for part in parts_of(np.shape(y)[0], max_rows):
        yield log_density_ratio(rows_of(X, part), rows_of(y, part))


def parts_of(n_samples, max_rows=None):
    """Return the row numbers of each part; rows are compared with others of their part.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    max_rows : int or None, default=None
        Maximum number of rows in a part, as in :func:`matrices`.

    Returns
    -------
    parts : list of ndarray of int
        Disjoint. They take rows at a fixed stride, so that each is a mixture even of sorted rows.

    Examples
    --------
    >>> from skmi.bounds import parts_of
    >>> [len(part) for part in parts_of(100_000)][:3]
    [1000, 1000, 1000]
    """
    if max_rows is None:
        max_rows = int(np.clip(_MAX_PAIRS // max(n_samples, 1), _FEWEST_ROWS, _MOST_ROWS))
    n_parts = -(-n_samples // max_rows)  # rounded up
    return [np.arange(first, n_samples, n_parts) for first in range(n_parts)]


def _checked(log_ratios, least):
    T = np.asarray(log_ratios, dtype=float)
    if T.ndim != 2 or T.shape[0] != T.shape[1] or len(T) < least:
        raise ValueError(
            f"Expected a square matrix of log density ratios of at least {least} rows, got shape {T.shape}."
        )
    if np.isnan(T).any() or np.isposinf(T).any():
        raise ValueError("Expected log density ratios below infinity, got NaN or infinity among them.")
    return T


def _value(name, log_ratios, **options):
    """Return the value of a bound for a matrix."""
    T = _checked(log_ratios, 2)
    apart = T[~np.eye(len(T), dtype=bool)].reshape(len(T), -1)
    return float(FORMULAS[name](np.diagonal(T), apart, _NumPy, **options))


def _log_mean_exp_apart(T):
    """Return the log of the mean of exp(T_ij) over i != j."""
    apart = T.copy()
    np.fill_diagonal(apart, -np.inf)
    return logsumexp(apart) - np.log(len(T) * (len(T) - 1.0))
