"""Properties of mutual information that any estimate must have, whatever the truth is."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import t as student
from sklearn.utils import check_array, check_consistent_length, check_random_state
from tqdm.auto import tqdm

from .._seeding import seeded, text_of
from ..datasets import CorrelatedNormal

_ALPHA = 0.01  # chance that noise alone breaks one property
_MIN_ROWS = 40  # per part; the smallest estimate uses a quarter of them


@dataclass(frozen=True)
class ConsistencyCheck:
    """One property, and by how much it is broken.

    Attributes
    ----------
    name : str
        Name of the property.
    expected : str
        What should hold, in words.
    difference : float
        By how much it does not hold, in nats: the mean over parts.
    margin : float
        Largest difference allowed: the larger of its statistical error and the tolerance.
    holds : bool
        Whether the difference is within the margin.
    message : str
        The error, if the estimator raised one.
    """

    name: str
    expected: str
    difference: float
    margin: float
    holds: bool
    message: str = ""


@dataclass(frozen=True)
class SelfConsistency:
    """All properties of an estimator on one set of data.

    Attributes
    ----------
    estimator : str
        The estimator.
    mi : float
        Mean estimate on the parts, in nats.
    n_samples, n_parts : int
        Rows per part, and number of parts.
    checks : tuple of ConsistencyCheck
        One per property.
    """

    estimator: str
    mi: float
    n_samples: int
    n_parts: int
    checks: tuple[ConsistencyCheck, ...]

    @property
    def holds(self):
        """Whether all properties hold."""
        return all(check.holds for check in self.checks)

    def to_frame(self):
        """Return the checks as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per check.
        """
        import pandas as pd

        return pd.DataFrame([vars(check) for check in self.checks])

    def __repr__(self):
        lines = [f"{self.estimator}: {self.mi:.3f} nats on {self.n_parts} parts of {self.n_samples} rows"]
        for check in self.checks:
            verdict = "holds" if check.holds else "FAILS"
            what = check.message or f"off by {check.difference:+.3f}, allowed {check.margin:.3f}"
            lines.append(f"  {verdict}  {check.name:<26} {check.expected:<38} {what}")
        return "\n".join(lines)


def check_mi_estimator(estimator, X=None, y=None, *, n_parts=4, tolerance=0.1, random_state=0, verbose=0):
    """Check properties that any estimate of mutual information must have, without knowing the truth.

    The rows are split into parts, and each property is measured on every part. It fails if its mean difference over the
    parts exceeds both its statistical error and the tolerance. The properties are

    - independence: the estimate is 0 if y is shuffled;
    - symmetry in X and y;
    - invariance under increasing maps of every column, and under a change of units;
    - data processing: a column that is a function of another adds nothing, and absolute values do not raise the
      estimate;
    - additivity over independent blocks of columns;
    - more data: the last doubling of the rows changes the estimate less than the doubling before.

    Parameters
    ----------
    estimator : estimator
        With ``fit(X, y)`` and ``mi_``. Each estimate comes from a clone.
    X : array-like of shape (n_samples, n_features) or None, default=None
        First variable, numbers. None uses 8000 rows of a normal pair with 1 nat and two mixed columns per side.
    y : array-like of shape (n_samples,) or (n_samples, n_targets) or None, default=None
        Second variable, numbers.
    n_parts : int, default=4
        Number of parts, at least 2; each has ``n_samples // n_parts`` rows.
    tolerance : float, default=0.1
        Difference that is always allowed, as a share of the estimate, or in nats if the estimate is below 1 nat.
    random_state : int, RandomState instance or None, default=0
        Seed for splitting and shuffling the rows.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    report : SelfConsistency
        Which properties hold, and by how much the others are broken.

    Raises
    ------
    ValueError
        For too few rows, different lengths, values that are not finite numbers, or an impossible tolerance.

    References
    ----------
    Song, Ermon (2020). "Understanding the Limitations of Variational Mutual Information Estimators". arXiv:1910.06222.

    Examples
    --------
    >>> from skmi import GaussianMI
    >>> from skmi.validation import check_mi_estimator
    >>> check_mi_estimator(GaussianMI()).holds
    True
    """
    if (X is None) != (y is None):
        raise ValueError("Expected X and y, or neither of them, got only one.")
    if X is None:
        X, y = CorrelatedNormal(1.0, 2, 2, mixing=0).sample(8000, random_state=0)
    X = check_array(X, dtype=float, input_name="X")
    y = check_array(y, dtype=float, ensure_2d=False, input_name="y")
    y = y[:, None] if y.ndim == 1 else y
    check_consistent_length(X, y)
    if not 0 <= tolerance < np.inf:
        raise ValueError(f"Expected a finite tolerance >= 0, got {tolerance!r}.")
    if n_parts < 2 or len(X) < n_parts * _MIN_ROWS:
        raise ValueError(
            f"Expected n_parts >= 2 and at least {_MIN_ROWS} rows per part, got n_parts={n_parts!r} and {len(X)} rows. "
            "Pass more rows or lower n_parts."
        )
    rng = check_random_state(random_state)
    rows = rng.permutation(len(X))[: len(X) // n_parts * n_parts].reshape(n_parts, -1)
    parts = [(X[part], y[part]) for part in rows]
    orders = [rng.permutation(len(part)) for part in rows]
    measure = _Measure(estimator, parts, tolerance, int(rng.randint(2**31 - 1)))
    properties = _properties(measure, orders)
    checks = tuple(check() for check in tqdm(properties, desc="check_mi_estimator", disable=not verbose))
    return SelfConsistency(text_of(estimator), measure.base.mean(), rows.shape[1], n_parts, checks)


def _properties(measure, orders):
    """Return one function per check."""

    # Both terms of an increasing map: arcsinh bends, and the linear term keeps far values apart.
    def bent(Z):
        return np.arcsinh(2 * _standard(Z)) + 0.1 * _standard(Z)

    def rescaled(Z):
        return Z * 10.0 ** (np.arange(Z.shape[1]) % 3 - 1) + 1

    def with_copy(Z):
        return np.column_stack([Z, np.tanh(_standard(Z[:, 0]))])

    def folded(Z):
        return np.abs(_standard(Z))

    def moved(change):
        """Check that a change of X, or of X and y, does not change the estimate."""
        return lambda name, expected: measure.check(name, expected, lambda: measure.on_parts(change) - measure.base)

    def not_above(name, expected):
        def differences():
            return measure.on_parts(lambda X, y, i: (folded(X), y)) - measure.base

        return measure.check(name, expected, differences, one_sided=True)

    def independent(name, expected):
        return measure.check(name, expected, lambda: measure.on_parts(lambda X, y, i: (X, y[orders[i]])))

    return [
        partial(independent, "independence", "0 if y is shuffled"),
        partial(moved(lambda X, y, i: (y, X)), "symmetry", "I(y; X) = I(X; y)"),
        partial(moved(lambda X, y, i: (rescaled(X), y)), "units", "same for columns x 0.1, 1, 10"),
        partial(moved(lambda X, y, i: (bent(X), bent(y))), "increasing maps", "same for mapped columns"),
        partial(moved(lambda X, y, i: (with_copy(X), y)), "data processing, added", "a function of X adds nothing"),
        partial(not_above, "data processing, folded", "absolute values do not raise it"),
        partial(measure.additivity, "additivity", "independent blocks add up"),
        partial(measure.more_data, "more data", "the last doubling changes it less"),
    ]


def _standard(Z):
    scale = Z.std(axis=0)
    return (Z - Z.mean(axis=0)) / np.where(scale > 0, scale, 1.0)


class _Measure:
    """Estimates on every part, and checks of their differences."""

    def __init__(self, estimator, parts, tolerance, seed):
        self.estimator, self.parts, self.tolerance, self.seed = estimator, parts, tolerance, seed
        self.base = np.array([self._mi(X, y) for X, y in parts])
        if not np.isfinite(self.base).all():
            raise ValueError(f"Expected finite estimates on the unchanged data, got {self.base}.")

    def _mi(self, X, y):
        return float(seeded(self.estimator, self.seed).fit(X, y).mi_)

    def on_parts(self, change):
        return np.array([self._mi(*change(X, y, i)) for i, (X, y) in enumerate(self.parts)])

    def check(self, name, expected, differences, one_sided=False):
        """Compare the mean difference with its statistical error and with the tolerance."""
        try:
            values = differences()
        except Exception as error:  # the report says which check failed and why
            return ConsistencyCheck(name, expected, np.nan, np.nan, False, f"{type(error).__name__}: {error}")
        n = len(values)
        # Half-width of a t interval: the parts are few.
        noise = student.ppf(1 - _ALPHA / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
        margin = float(max(noise, self.tolerance * max(1.0, abs(self.base.mean()))))
        mean = float(values.mean())
        off = mean if one_sided else abs(mean)
        return ConsistencyCheck(name, expected, mean, margin, bool(off <= margin))

    def additivity(self, name, expected):
        """Compare the estimate of two halves side by side, which are independent blocks, with the sum of both."""

        def differences():
            values = []
            for X, y in self.parts:
                n = len(X) // 2
                halves = [(X[:n], y[:n]), (X[n : 2 * n], y[n : 2 * n])]
                both = self._mi(*(np.hstack(sides) for sides in zip(*halves, strict=True)))
                values.append(both - sum(self._mi(*half) for half in halves))
            return np.array(values)

        return self.check(name, expected, differences)

    def more_data(self, name, expected):
        """Compare the change from half to all rows with the change from a quarter to half."""

        def differences():
            found = [[self._mi(X[: len(X) // m], y[: len(y) // m]) for m in (4, 2)] for X, y in self.parts]
            quarter, half = np.array(found).T
            # The sign of the mean drift, not that of each part: absolute values would count noise as drift.
            drift_before, drift_now = half - quarter, self.base - half
            return np.sign(drift_now.mean()) * drift_now - np.sign(drift_before.mean()) * drift_before

        return self.check(name, expected, differences, one_sided=True)
