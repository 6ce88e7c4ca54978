"""What must hold of any estimate of mutual information, whatever the truth is."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import t as student
from sklearn.utils import check_array, check_consistent_length, check_random_state
from tqdm.auto import tqdm

from .._seeding import seeded, text_of
from ..datasets import CorrelatedNormal

_ALPHA = 0.01
_MIN_ROWS = 40  # of a part, of which a quarter is estimated from


@dataclass(frozen=True)
class ConsistencyCheck:
    """One property, measured.

    Attributes
    ----------
    name : str
        What is checked.
    expected : str
        What should hold, in words.
    difference : float
        The mean over parts by which it does not, in nats.
    margin : float
        What the difference may be: the larger of its statistical error and the tolerance.
    holds : bool
        Whether it stays within.
    message : str
        Why there is no number, where the estimator raised.
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
        Rows of a part, and parts.
    checks : tuple of ConsistencyCheck
        One a property.
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
            One row a check.
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
    """Check what must hold of any estimate of mutual information, without knowing the truth.

    The rows are cut into parts, and each property is measured on every part: independence (y shuffled) reads 0;
    symmetry; invariance under increasing maps of every column, and under a change of their units; data processing (a
    column that is a function of another adds nothing, and folded columns tell no more); additivity over independent
    blocks; and more data comes closer: the last doubling of the rows moves the estimate less than the one before. A
    property fails where its mean difference over the parts exceeds both its statistical error and the tolerance.

    Parameters
    ----------
    estimator : estimator
        With ``fit(X, y)`` and ``mi_``. Each estimate is that of a clone.
    X : array-like of shape (n_samples, n_features) or None, default=None
        First variable, numbers. None takes a normal pair of two mixed columns a side and 1 nat, 8000 rows.
    y : array-like of shape (n_samples,) or (n_samples, n_targets) or None, default=None
        Second variable, numbers.
    n_parts : int, default=4
        Parts of the rows, at least 2; each has ``n_samples // n_parts`` rows.
    tolerance : float, default=0.1
        Differences below this share of the estimate, or this many nats where the estimate is below 1, count as none.
    random_state : int, RandomState instance or None, default=0
        Cuts the rows and shuffles them.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    report : SelfConsistency
        Which properties hold, and by how much the others do not.

    Raises
    ------
    ValueError
        For too few rows, lengths that differ, values that are no finite numbers, and an impossible tolerance.

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
            f"Expected n_parts >= 2 and at least {_MIN_ROWS} rows a part, got n_parts={n_parts!r} and {len(X)} rows. "
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
    """Return functions that each make one check."""

    def bent(Z):
        return np.arcsinh(2 * _standard(Z)) + 0.1 * _standard(Z)

    def rescaled(Z):
        return Z * 10.0 ** (np.arange(Z.shape[1]) % 3 - 1) + 1

    def with_copy(Z):
        return np.column_stack([Z, np.tanh(_standard(Z[:, 0]))])

    def folded(Z):
        return np.abs(_standard(Z))

    def moved(change):
        """Check that a change of X, or of X and y, leaves the estimate as it is."""
        return lambda name, expected: measure.check(name, expected, lambda: measure.on_parts(change) - measure.base)

    def not_above(name, expected):
        def differences():
            return measure.on_parts(lambda X, y, i: (folded(X), y)) - measure.base

        return measure.check(name, expected, differences, one_sided=True)

    def independent(name, expected):
        return measure.check(name, expected, lambda: measure.on_parts(lambda X, y, i: (X, y[orders[i]])))

    return [
        partial(independent, "independence", "y shuffled reads 0"),
        partial(moved(lambda X, y, i: (y, X)), "symmetry", "I(y; X) = I(X; y)"),
        partial(moved(lambda X, y, i: (rescaled(X), y)), "units", "columns x 0.1, 1, 10 read the same"),
        partial(moved(lambda X, y, i: (bent(X), bent(y))), "increasing maps", "bent columns read the same"),
        partial(moved(lambda X, y, i: (with_copy(X), y)), "data processing, added", "a function of X adds nothing"),
        partial(not_above, "data processing, folded", "absolute values tell no more"),
        partial(measure.additivity, "additivity", "independent blocks add up"),
        partial(measure.more_data, "more data", "the last doubling moves it less"),
    ]


def _standard(Z):
    scale = Z.std(axis=0)
    return (Z - Z.mean(axis=0)) / np.where(scale > 0, scale, 1.0)


class _Measure:
    """Estimates on every part, and what follows from their differences."""

    def __init__(self, estimator, parts, tolerance, seed):
        self.estimator, self.parts, self.tolerance, self.seed = estimator, parts, tolerance, seed
        self.base = np.array([self._mi(X, y) for X, y in parts])
        if not np.isfinite(self.base).all():
            raise ValueError(f"Expected finite estimates on the data as they are, got {self.base}.")

    def _mi(self, X, y):
        return float(seeded(self.estimator, self.seed).fit(X, y).mi_)

    def on_parts(self, change):
        return np.array([self._mi(*change(X, y, i)) for i, (X, y) in enumerate(self.parts)])

    def check(self, name, expected, differences, one_sided=False):
        """Compare the mean difference with its statistical error and with the tolerance."""
        try:
            values = differences()
        except Exception as error:  # a check that an estimator cannot do is part of the report
            return ConsistencyCheck(name, expected, np.nan, np.nan, False, f"{type(error).__name__}: {error}")
        n = len(values)
        noise = student.ppf(1 - _ALPHA / 2, n - 1) * values.std(ddof=1) / np.sqrt(n)
        margin = float(max(noise, self.tolerance * max(1.0, abs(self.base.mean()))))
        mean = float(values.mean())
        off = mean if one_sided else abs(mean)
        return ConsistencyCheck(name, expected, mean, margin, bool(off <= margin))

    def additivity(self, name, expected):
        """Two halves of a part side by side are independent blocks of as many rows as each half has."""

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
        """Compare the doubling from a quarter of the rows with that from a half."""

        def differences():
            found = [[self._mi(X[: len(X) // m], y[: len(y) // m]) for m in (4, 2)] for X, y in self.parts]
            quarter, half = np.array(found).T
            # Means over parts move by noise too; what counts is how far they still drift.
            drift_before, drift_now = half - quarter, self.base - half
            return np.sign(drift_now.mean()) * drift_now - np.sign(drift_before.mean()) * drift_before

        return self.check(name, expected, differences, one_sided=True)
