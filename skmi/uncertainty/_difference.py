"""Is one set of columns, or one way of compressing them, worth more than another on the same rows?"""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.stats import t as student
from sklearn.utils import check_random_state

from .._sklearn import Interval, validate_params
from ..exceptions import issue, kept_warnings
from ._interval import FEWEST_ROWS, of_splits, pooled_error, splits_of
from ._result import Result
from ._rows import Table, check_has_fit, estimate_of, estimates_of_parts, fitted


@dataclass(frozen=True)
class MIDifference(Result):
    """Result of :func:`mi_difference`.

    Attributes
    ----------
    difference : float
        I(X_a; Y) less I(X_b; Y), in nats.
    low, high : float
        Confidence interval, in nats.
    pvalue : float
        Of no difference, two-sided.
    standard_error : float
        Of the difference, from disjoint parts of the rows, in nats.
    estimates : tuple of float
        Both estimates, in nats.
    confidence : float
        Nominal share of intervals that contain the true difference.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi import KSG
    >>> from skmi.uncertainty import mi_difference
    >>> X, y = load_diabetes(return_X_y=True)
    >>> found = mi_difference(KSG(), X[:, [2]], X[:, [0]], y, random_state=0)  # body mass index against age
    >>> found.low > 0
    True
    """

    difference: float
    low: float
    high: float
    pvalue: float
    standard_error: float
    estimates: tuple
    confidence: float = 0.95

    def __repr__(self):
        return (
            f"MIDifference({self.difference:+.3f} nats, {self.confidence:.0%} interval [{self.low:.3f}, "
            f"{self.high:.3f}], pvalue={self.pvalue:.3g})"
        )

    def _row(self):
        row = super()._row()
        row["estimate_a"], row["estimate_b"] = row.pop("estimates")
        return row


@validate_params(
    {
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "groups": ["array-like", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def mi_difference(
    estimator, X_a, X_b, y, *, estimator_b=None, confidence=0.95, groups=None, random_state=None, n_jobs=None
):
    """Return I(X_a; Y) less I(X_b; Y) on the same rows, with an interval and a p-value.

    Both are estimated from the same disjoint parts of the rows, and it is their differences that count: what varies
    from sample to sample in the same way for both cancels. So does not the bias of the estimator, which grows with the
    number of columns: compare sets of as many columns, or compressors with as many codes.

    Parameters
    ----------
    estimator : estimator
        With ``fit`` and ``mi_``, such as ``KSG()``.
    X_a, X_b : array-like of shape (n_samples, n_features), or images
        Two versions of the first variable, of the same rows; at least 40.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
        Second variable.
    estimator_b : estimator or None, default=None
        For X_b, if it is another one, such as CompressedMI with another compressor; pass the same X twice then.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true difference.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together in a part.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, and of every part of the estimators whose own ``random_state`` is None.
    n_jobs : int, default=None
        Fits in parallel; the result does not depend on it.

    Returns
    -------
    difference : MIDifference
        Difference, interval and p-value.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_difference
    >>> X, y = CorrelatedNormal(mi=0.5, n_features_x=2).sample(1000, random_state=0)
    >>> mi_difference(KSG(), X, X[::-1], y, random_state=0).pvalue < 0.01  # rows in order, and not
    True
    """
    others = estimator if estimator_b is None else estimator_b
    for model in (estimator, others):
        check_has_fit(model)
    tables = [Table.of(X, y, groups, fewest=FEWEST_ROWS) for X in (X_a, X_b)]
    if len(tables[0]) != len(tables[1]):
        raise ValueError(f"Expected X_a and X_b of as many rows, got {len(tables[0])} and {len(tables[1])}.")
    rng = check_random_state(random_state)
    models, seed = (estimator, others), rng.randint(2**31 - 1)
    with kept_warnings() as kept:
        whole = [fitted(model, table, table.X, table.y, seed) for model, table in zip(models, tables, strict=True)]
    issue(kept)
    splits = splits_of(tables[0], rng)
    parts = [part for split in splits for part in split]
    seeds = rng.randint(2**31 - 1, size=len(parts))
    # The same seed for both sides of a part: so are their networks' starts and batches.
    values = [estimates_of_parts(*of_all, parts, seeds, n_jobs) for of_all in zip(whole, models, tables, strict=True)]
    apart = of_splits(np.subtract(*np.array(values)), splits)
    error, n_degrees = pooled_error(apart)
    estimates = tuple(estimate_of(model) for model in whole)
    difference = estimates[0] - estimates[1]
    reach = float(student.ppf(0.5 + confidence / 2, n_degrees)) * error
    pvalue = 2 * student.sf(abs(difference) / error, n_degrees) if error > 0 else float(difference == 0)
    return MIDifference(difference, difference - reach, difference + reach, float(pvalue), error, estimates, confidence)
