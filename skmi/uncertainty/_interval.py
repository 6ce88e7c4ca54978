"""An interval for mutual information: how far an estimate may be off, by chance and by too few rows."""

from dataclasses import dataclass
from inspect import signature
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student
from sklearn.utils import check_random_state

from .._sklearn import Interval, validate_params
from ..estimators import GaussianMI
from ..exceptions import issue, kept_warnings
from ._doubts import doubts
from ._result import Result
from ._rows import Table, check_has_fit, estimate_of, estimates_of_parts, final, fitted, fitted_on

FEWEST_ROWS = 40
_PARTS = 2, 2, 4, 8  # disjoint parts of each split, halves twice
_FEWEST_IN_PART = 20
_OF_DRIFT = 0.5  # standard errors of the estimate that the drift varies by, where X and y depend on one another
_LEAST_RATE = 0.2  # of the bias, as a power of the number of rows: 2/D in D columns, which amplifies noise in many


@dataclass(frozen=True)
class MIInterval(Result):
    """Result of :func:`mi_interval`.

    Attributes
    ----------
    estimate : float
        From all rows, in nats.
    corrected : float
        The estimate extrapolated to infinitely many rows, in nats.
    low, high : float
        The interval, in nats.
    standard_error : float
        Of the estimate, in nats: from disjoint parts of the rows, or by the estimator if that is larger.
    drift : float
        The estimate less the mean estimate from halves of the rows, in nats.
    reliable : bool
        Whether nothing was found that speaks against the interval.
    reasons : tuple of str
        What was found.
    confidence : float
        Nominal share of intervals that contain the true value.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_interval
    >>> interval = mi_interval(KSG(), *CorrelatedNormal(mi=0.5).sample(1000, random_state=0), random_state=0)
    >>> interval.low < 0.5 < interval.high, interval.reliable
    (True, True)
    """

    estimate: float
    corrected: float
    low: float
    high: float
    standard_error: float
    drift: float
    reliable: bool
    reasons: tuple
    confidence: float = 0.95

    def __repr__(self):
        text = (
            f"MIInterval({self.estimate:.3f} nats, {self.confidence:.0%} interval [{self.low:.3f}, {self.high:.3f}], "
            f"standard error {self.standard_error:.3f}, reliable={self.reliable})"
        )
        return "\n- ".join([text, *self.reasons])

    def _row(self):
        return super()._row() | {"reasons": "; ".join(self.reasons)}


@validate_params(
    {
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "groups": ["array-like", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def mi_interval(estimator, X, y, *, confidence=0.95, groups=None, random_state=None, n_jobs=None):
    """Return an estimate of I(X; Y) with an interval, and whether to believe it.

    The estimator is fitted to all rows and to disjoint halves, quarters and eighths of them. How estimates from parts
    spread gives the standard error, and how their mean changes with the number of rows gives the bias that is left: the
    interval reaches from the estimate to its extrapolation, and beyond both by the standard error. Encoders of
    :class:`~skmi.CompressedMI` are fitted again in each part, so that their variance counts.

    No method can bound mutual information from above by samples alone. What makes an interval doubtful is looked for
    and said: see ``reasons``.

    Parameters
    ----------
    estimator : estimator
        With ``fit`` and ``mi_``, such as ``KSG()``.
    X : array-like of shape (n_samples, n_features), or images
        First variable; at least 40 rows.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
        Second variable.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true value.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together in a part. The standard error is then one of groups.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, and of every part of the estimator whose own ``random_state`` is None.
    n_jobs : int, default=None
        Fits in parallel; the result does not depend on it.

    Returns
    -------
    interval : MIInterval
        Estimate, interval, standard error, drift and doubts.

    Raises
    ------
    ValueError
        For fewer than 40 rows, or fewer than eight groups.

    Notes
    -----
    With s_m² the variance of the estimates from m disjoint parts of n rows in all, s_m² / m estimates the variance at n
    rows; the m are pooled with weights m - 1. The larger of this and the estimator's own standard error counts. The
    bias is taken to fall as n^(-r), with r = 1 for estimators that fit few parameters or count labels, and otherwise r
    between 2/D and 1 for D columns of both sides. The interval contains the estimate and its extrapolation at the
    slowest rate, each with its error, and the mean of the extrapolations with that of the drift besides.

    References
    ----------
    Holmes, Nemenman (2019). "Estimation of mutual information for real-valued data with error bars and controlled
    bias". doi:10.1103/PhysRevE.100.022404.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi import KSG
    >>> from skmi.uncertainty import mi_interval
    >>> X, y = load_diabetes(return_X_y=True)
    >>> interval = mi_interval(KSG(), X[:, [2, 8]], y, random_state=0)
    >>> interval.low > 0
    True
    """
    check_has_fit(estimator)
    table = Table.of(X, y, groups, fewest=FEWEST_ROWS)
    if table.groups is not None and table.groups.max() + 1 < max(_PARTS):
        raise ValueError(f"Expected at least {max(_PARTS)} groups, got {table.groups.max() + 1}.")
    rng = check_random_state(random_state)
    seed = rng.randint(2**31 - 1)
    options = {"groups": table.groups} if table.groups is not None and _takes_groups(estimator) else {}
    with kept_warnings() as kept:
        model = fitted(estimator, table, table.X, table.y, seed, **options)
    issue(kept)
    table = table.with_kinds_of(model)
    mi = estimate_of(model)
    splits = splits_of(table, rng)
    parts = [part for split in splits for part in split]
    seeds = rng.randint(2**31 - 1, size=len(parts))
    values = estimates_of_parts(model, estimator, table, parts[1:], seeds[1:], n_jobs)
    half = fitted_on(estimator, table, parts[0], seeds[0])
    values = of_splits([np.nan if half is None else estimate_of(half), *values], splits)
    own = _own_error(model) if table.groups is None else 0.0
    found = summarise(mi, values, rate_of(model), confidence, own)
    reasons = doubts(model, table, found, kept, splits[0], half)
    return MIInterval(mi, *found, not reasons, tuple(reasons), confidence)


def splits_of(table, rng):
    """Return splits of the rows into disjoint parts: halves twice, to see how the estimate grows with the rows."""
    n_parts = [n for n in _PARTS if n == 2 or len(table) >= n * _FEWEST_IN_PART]
    return [table.parts(n, rng) for n in n_parts]


def of_splits(values, splits):
    """Return values of parts as one array for each split."""
    return np.split(np.array(values, dtype=float), np.cumsum([len(split) for split in splits])[:-1])


class Summary(NamedTuple):
    """The numbers of an interval."""

    corrected: float
    low: float
    high: float
    standard_error: float
    drift: float


def summarise(mi, values, rate, confidence, own):
    """Return the numbers of an interval, a Summary.

    Parameters
    ----------
    mi : float
        From all rows.
    values : list of ndarray
        From the disjoint parts of each split, halves first.
    rate : float
        Slowest rate at which the bias may fall, as a power of the number of rows.
    confidence : float
    own : float
        Standard error by the estimator itself. It varies little from sample to sample; that of the parts shows what
        it may not know of, such as the training of encoders.
    """
    error, n_degrees = pooled_error(values)
    quantile = student.ppf(0.5 + confidence / 2, n_degrees) if error > own else norm.ppf(0.5 + confidence / 2)
    error = max(error, own)
    halves = np.array([np.nanmean(part) for part in values if len(part) == 2])
    drift = float(mi - halves.mean())
    # Halves of n rows have 2^rate times the bias of n rows.
    factors = np.array([1 / (2**power - 1) for power in (rate, 1.0)])
    corrected = mi + factors.mean() * drift
    # What the drift varies by is amplified with it.
    of_corrected = quantile * error * np.hypot(1.0, _OF_DRIFT * factors.mean())
    ends = np.array([mi, mi + factors[0] * drift, corrected])
    reach = np.array([quantile * error, quantile * error, of_corrected])
    return Summary(corrected, float(np.min(ends - reach)), float(np.max(ends + reach)), error, drift)


def pooled_error(values):
    """Return the standard error of an estimate from all rows, and its degrees of freedom.

    Parameters
    ----------
    values : list of ndarray
        Estimates from the disjoint parts of each split.
    """
    degrees = np.array([len(part) - 1 for part in values])
    variances = [np.nanvar(part, ddof=1) / len(part) for part in values]
    return float(np.sqrt(np.average(variances, weights=degrees))), int(degrees.sum())


def _takes_groups(estimator):
    return "groups" in signature(estimator.fit).parameters


def _own_error(model):
    error = getattr(final(model), "standard_error_", None)
    return float(error) if error is not None and np.isfinite(error) else 0.0


def rate_of(model):
    """Return the slowest rate at which the bias of an estimator may fall."""
    inner = final(model)
    inner = inner.estimators_[0] if hasattr(inner, "estimators_") else inner
    labels = (
        getattr(inner, "discrete_features_", np.zeros(1)).all()
        and getattr(inner, "discrete_target_", np.zeros(1)).all()
    )
    if isinstance(inner, GaussianMI) or labels:
        return 1.0
    n_columns = sum(
        np.count_nonzero(~getattr(inner, name))
        for name in ("discrete_features_", "discrete_target_")
        if hasattr(inner, name)
    )
    return float(np.clip(2 / max(n_columns, 2), _LEAST_RATE, 1.0))
