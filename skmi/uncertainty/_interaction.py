"""What columns tell only together: interaction information, and total correlation."""

from dataclasses import dataclass, replace
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import HasMethods, Interval, validate_params
from .._tables import ColumnCoder
from ..estimators import KSG
from ..exceptions import issue, kept_warnings, one_of_each
from ._interval import FEWEST_ROWS, of_splits, rate_of, splits_of, summarise
from ._result import Result
from ._rows import Table, check_has_fit, estimate_of, estimates_of_parts, fitted

_OPTIONS = {
    "estimator": [HasMethods(["fit"]), None],
    "confidence": [Interval(Real, 0, 1, closed="neither")],
    "groups": ["array-like", None],
    "random_state": ["random_state"],
    "n_jobs": [Integral, None],
}


@dataclass(frozen=True)
class MISum(Result):
    """A sum of estimates of mutual information, with an interval.

    Attributes
    ----------
    value : float
        The sum, in nats.
    low, high : float
        Interval, in nats.
    standard_error : float
        Of the sum, from disjoint parts of the rows, in nats.
    estimates : tuple of float
        The terms, in nats.
    confidence : float
        Nominal share of intervals that contain the true value.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.uncertainty import interaction_information
    >>> a, b = np.random.default_rng(0).choice([-1, 1], (2, 500))
    >>> found = interaction_information(a, b, a * b, random_state=0)
    >>> round(found.value, 1), found.low > 0.5  # log 2
    (0.7, True)
    """

    value: float
    low: float
    high: float
    standard_error: float
    estimates: tuple
    confidence: float = 0.95

    def __repr__(self):
        return f"MISum({self.value:+.3f} nats, {self.confidence:.0%} interval [{self.low:.3f}, {self.high:.3f}])"

    def _row(self):
        return super()._row() | {"estimates": "; ".join(f"{value:.4f}" for value in self.estimates)}


@validate_params(_OPTIONS, prefer_skip_nested_validation=True)
def interaction_information(
    X_a, X_b, y, *, estimator=None, confidence=0.95, groups=None, random_state=None, n_jobs=None
):
    """Return I(X_a, X_b; Y) - I(X_a; Y) - I(X_b; Y): positive if they tell more together than apart.

    Negative values mean that they say the same about y. It is the same whichever of the three takes the place of y.

    Parameters
    ----------
    X_a, X_b : array-like of shape (n_samples,) or (n_samples, n_features)
        Two sets of columns, of the same rows; at least 40.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Second variable.
    estimator : estimator or None, default=None
        With ``fit`` and ``mi_``; None takes ``KSG()``.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true value.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together in a part.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, and of every part of the estimator whose own ``random_state`` is None.
    n_jobs : int, default=None
        Fits in parallel; the result does not depend on it.

    Returns
    -------
    interaction : MISum
        Value, interval and the three estimates.

    Notes
    -----
    The sign is that of co-information after Bell for three variables, reversed: synergy is positive. The interval is
    that of :func:`mi_interval`, from the sums of disjoint parts.

    References
    ----------
    McGill (1954). "Multivariate information transmission". doi:10.1007/BF02289159.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.uncertainty import interaction_information
    >>> x = np.random.default_rng(0).standard_normal((1000, 3))
    >>> noisy = x[:, 0] + 0.5 * x[:, 1], x[:, 0] + 0.5 * x[:, 2]
    >>> interaction_information(*noisy, x[:, 0], random_state=0).high < 0  # two copies
    True
    """
    coded = [_coded(side, name) for side, name in ((X_a, "X_a"), (X_b, "X_b"), (y, "y"))]
    a, b, target = (values for values, _ in coded)
    kinds = [kind for _, kind in coded]
    pairs = [
        (np.hstack([a, b]), target, np.concatenate(kinds[:2]), kinds[2]),
        (a, target, kinds[0], kinds[2]),
        (b, target, kinds[1], kinds[2]),
    ]
    return _sum_of(pairs, (1.0, -1.0, -1.0), estimator, confidence, groups, random_state, n_jobs)


@validate_params(_OPTIONS, prefer_skip_nested_validation=True)
def total_correlation(X, *, estimator=None, confidence=0.95, groups=None, random_state=None, n_jobs=None):
    """Return the total correlation of the columns of a table: how far they are from independent of one another.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        At least two columns and 40 rows.
    estimator : estimator or None, default=None
        With ``fit`` and ``mi_``; None takes ``KSG()``.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true value.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together in a part.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, and of every part of the estimator whose own ``random_state`` is None.
    n_jobs : int, default=None
        Fits in parallel; the result does not depend on it.

    Returns
    -------
    total : MISum
        Value, interval and the terms.

    Notes
    -----
    By the chain rule it is the sum over the columns of what each shares with all before it. Neighbours fail in many
    columns: of more than about ten the sum is too low.

    References
    ----------
    Watanabe (1960). "Information Theoretical Analysis of Multivariate Correlation". doi:10.1147/rd.41.0066.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.uncertainty import total_correlation
    >>> X = np.random.default_rng(0).standard_normal((1000, 3))
    >>> X[:, 2] += X[:, 0] + X[:, 1]
    >>> found = total_correlation(X, random_state=0)
    >>> bool(found.low < 0.5 * np.log(3) < found.high)
    True
    """
    values, kinds = _coded(X, "X")
    if values.shape[1] < 2:
        raise ValueError(f"Expected at least 2 columns, got {values.shape[1]}.")
    pairs = [(values[:, :i], values[:, i : i + 1], kinds[:i], kinds[i : i + 1]) for i in range(1, values.shape[1])]
    return _sum_of(pairs, np.ones(len(pairs)), estimator, confidence, groups, random_state, n_jobs)


def _coded(side, name):
    """Return columns as numbers, and which of them are discrete."""
    columns = ColumnCoder(name).fit(side)
    return columns.values, columns.is_discrete


def _sum_of(pairs, signs, estimator, confidence, groups, random_state, n_jobs):
    """Return an MISum of the estimates of some pairs, which share their rows."""
    estimator = KSG() if estimator is None else estimator
    check_has_fit(estimator)
    rng = check_random_state(random_state)
    tables = [
        replace(Table.of(X, y, groups, fewest=FEWEST_ROWS), kinds={"discrete_features": of_x, "discrete_target": of_y})
        for X, y, of_x, of_y in pairs
    ]
    seed = rng.randint(2**31 - 1)
    with kept_warnings() as kept:
        whole = [fitted(estimator, table, table.X, table.y, seed) for table in tables]
    issue(one_of_each(kept))
    splits = splits_of(tables[0], rng)
    parts = [part for split in splits for part in split]
    seeds = rng.randint(2**31 - 1, size=len(parts))
    found = np.array(
        [
            estimates_of_parts(model, estimator, table, parts, seeds, n_jobs)
            for model, table in zip(whole, tables, strict=True)
        ]
    )
    estimates = tuple(estimate_of(model) for model in whole)
    value = float(np.dot(signs, estimates))
    rate = min(rate_of(model) for model in whole)
    numbers = summarise(value, of_splits(np.dot(signs, found), splits), rate, confidence, 0.0)
    return MISum(value, numbers.low, numbers.high, numbers.standard_error, estimates, confidence)
