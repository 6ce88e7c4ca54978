"""From a matrix of log density ratios to a number.

In a matrix T of shape (n, n), entry [i, j] is a critic's value for the pair (x_i, y_j): the diagonal holds pairs drawn
together, the rest are draws from the product of the marginals. ``expectation`` below is over fresh data, which the
critic was not fitted on.
"""

import numpy as np
from scipy.special import logsumexp
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from ._sklearn import _safe_indexing

_MOST_ROWS, _FEWEST_ROWS = 4096, 1000  # compared with one another
_MAX_PAIRS = 4 * 10**7  # of rows, above which fewer are compared with one another
_ROWS_AT_ONCE = 128  # which stay in a processor's cache
_MAX_LOG_RATIO = 700.0  # of a double; larger ones stand for as much as any

# Bounds as formulas of the critic's values at pairs, shape (n,), and at unpaired rows, shape (n, m). ``lib`` has the
# functions that NumPy and torch call differently, so that training and reporting share these lines.
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
    """What the formulas need of NumPy."""

    @staticmethod
    def exp(value):
        return np.exp(np.minimum(value, _MAX_LOG_RATIO))

    @staticmethod
    def log_mean_exp(values):
        return logsumexp(values) - np.log(values.size)


def info_nce(log_ratios):
    """Return the InfoNCE value of a matrix of log density ratios, in nats.

    In expectation it is a lower bound of I(X; Y) for any critic, it is at most ``log(n_samples)``, and its variance is
    small: of the variational bounds it is the one that a model search can maximise.

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
    return float(np.mean(info_nce_rows(_checked(log_ratios, 1))))


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
    T = np.asarray(log_ratios)
    sums = np.empty(len(T))
    peak = T.max(axis=1, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    for start in range(0, len(T), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        sums[rows] = np.exp(T[rows] - peak[rows]).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.diagonal(T) - peak[:, 0] - np.log(sums) + np.log(T.shape[1])


def nwj(log_ratios):
    """Return the bound of Nguyen, Wainwright and Jordan, in nats.

    With the critic shifted by one, ``1 + mean(T_ii) - mean over i != j of exp(T_ij)``. In expectation it is a lower
    bound of I(X; Y) for any critic, with no cap, and it is exact where the critic is the true log ratio. Its variance
    grows as exp(I), so that a few pairs decide it above 3 nats or so. Unlike the other bounds it falls when a constant
    is added to the critic.

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
    any critic, and the tightest for a given one. From finite samples it is biased upwards: by Jensen's inequality the
    log of a sample mean is, on average, below the log of the true mean. It has no cap; its variance grows as exp(I).

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
    that of a bounded variable; in exchange the value can exceed I(X; Y), by up to the mass that was clipped off.

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
    critic whose marginals are wrong can read too much, and any critic gains by adding a constant. Its variance is the
    smallest.

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
    """Return what each row contributes to a bound: the mean is the bound, the spread gives its standard error.

    The spread is that of the influence of a row, as a pair and among the unpaired, to first order.

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
    # Donsker–Varadhan's term is a log, whose slope divides by the mean.
    shift = 0.0 if bound == "nwj" else _log_mean_exp_apart(apart)
    ratios = np.exp(np.minimum(apart - shift, _MAX_LOG_RATIO))
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
        More than 4096 rows are compared within parts of at most that many, whose values are averaged.

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
    _bound(bound)(np.zeros((2, 2)), **options)  # wrong options are told here, not as a score of NaN in a search
    return _Scorer(bound, options)


def _bound(name):
    """Return the function of a bound."""
    if name not in _BOUNDS:
        raise ValueError(f"Expected bound to be one of {sorted(_BOUNDS)}, got {name!r}.")
    return _BOUNDS[name]


class _Scorer:
    """A bound by name and its options: workers of other processes get it by pickle."""

    def __init__(self, bound, options):
        self.bound, self.options = bound, options

    def __call__(self, estimator, X, y):
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
        values, sizes = [], []
        for matrix in matrices(estimator.log_density_ratio, X, y):
            values.append(_BOUNDS[self.bound](matrix, **self.options))
            sizes.append(len(matrix))
        return float(np.average(values, weights=sizes))

    def __repr__(self):
        return f"scorer({', '.join([repr(self.bound), *(f'{k}={v!r}' for k, v in self.options.items())])})"


def matrices(log_density_ratio, X, y, max_rows=None):
    """Return the matrices of log ratios of parts of the rows, one after the other.

    Parameters
    ----------
    log_density_ratio : callable
        What takes X and y and returns a matrix.
    X : array-like of shape (n_samples, n_features)
        First variable.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Second variable.
    max_rows : int or None, default=None
        Rows of a part at most; None is 4096, and fewer, but 1000 at least, where there are over 10 000 rows.

    Yields
    ------
    matrix : ndarray of shape (n_part, n_part)
        Of a part that takes every so-many-th row, so that sorted rows are mixed in all of them.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bounds import matrices
    >>> [len(T) for T in matrices(lambda X, y: X - y.T, np.ones((5000, 1)), np.ones((5000, 1)))]
    [2500, 2500]
    """
    check_consistent_length(X, y)
    for part in parts_of(np.shape(y)[0], max_rows):
        yield log_density_ratio(_safe_indexing(X, part), _safe_indexing(y, part))


def parts_of(n_samples, max_rows=None):
    """Return the numbers of the rows that are compared with one another.

    Parameters
    ----------
    n_samples : int
        All rows.
    max_rows : int or None, default=None
        Rows of a part at most, as in :func:`matrices`.

    Returns
    -------
    parts : list of ndarray of int
        Disjoint; each takes every so-many-th row, so that sorted rows are mixed in all of them.

    Examples
    --------
    >>> from skmi.bounds import parts_of
    >>> [len(part) for part in parts_of(100_000)][:3]
    [1000, 1000, 1000]
    """
    if max_rows is None:
        max_rows = int(np.clip(_MAX_PAIRS // max(n_samples, 1), _FEWEST_ROWS, _MOST_ROWS))
    n_parts = -(-n_samples // max_rows)
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
    """Return a bound of a matrix."""
    T = _checked(log_ratios, 2)
    apart = T[~np.eye(len(T), dtype=bool)].reshape(len(T), -1)
    return float(FORMULAS[name](np.diagonal(T), apart, _NumPy, **options))


def _log_mean_exp_apart(T):
    """Return the log of the mean of exp(T_ij) over i != j."""
    apart = T.copy()
    np.fill_diagonal(apart, -np.inf)
    return logsumexp(apart) - np.log(len(T) * (len(T) - 1.0))
