"""The one call: ``skmi.estimate``."""

from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.model_selection import GroupKFold
from sklearn.utils import check_consistent_length, check_random_state

from .._maps import normal_scores
from .._tables import ColumnCoder, flattened
from ..estimators import ConditionalMI, has_outliers
from ..exceptions import issue, kept_warnings
from ..uncertainty import Result, mi_interval
from ._auto import AutoMI
from ._doubts import codes_of_labels
from ._route import Route

_SETTLED = 0.02, 0.05  # nats, and share of the value, within which an interval settles the question
_MOST_MORE = 100  # times the rows, beyond which an interval is wide for other reasons than their number


@dataclass(frozen=True)
class Estimate(Result):
    """Result of :func:`skmi.estimate`.

    Attributes
    ----------
    mi : float
        Estimate of I(X; Y), in nats.
    low, high : float
        Interval, in nats.
    lower_bound : float
        Exceeded by I(X; Y) with probability ``confidence`` for any distribution, in nats; NaN where there are too few
        rows to show one.
    standard_error : float
        Of the estimate, in nats: how much it varies from sample to sample.
    reliable : bool
        Whether nothing was found that speaks against the interval.
    reasons : tuple of str
        What was found.
    method : str
        What gave the value.
    n_samples : int
        Number of rows.
    half : float
        Value from half of the rows, in nats; NaN where it was not computed.
    confidence : float
        Nominal share of intervals that contain the true value.
    routes : tuple of Route
        What was tried, in order.

    Examples
    --------
    >>> import skmi
    >>> from skmi.datasets import CorrelatedNormal
    >>> found = skmi.estimate(*CorrelatedNormal(mi=1.0).sample(1000, random_state=0), random_state=0)
    >>> found.low < 1.0 < found.high, found.reliable
    (True, True)
    """

    mi: float
    low: float
    high: float
    lower_bound: float
    standard_error: float
    reliable: bool
    reasons: tuple
    method: str
    n_samples: int
    half: float = np.nan
    confidence: float = 0.95
    routes: tuple = field(default=(), repr=False)

    @property
    def bits(self):
        """The estimate in bits."""
        return self.mi / float(np.log(2))

    def __repr__(self):
        text = (
            f"Estimate({self.mi:.3f} nats, {self.confidence:.0%} interval [{self.low:.3f}, {self.high:.3f}], "
            f"n_samples={self.n_samples}, reliable={self.reliable})"
        )
        return "\n- ".join([text, *self.reasons])

    @property
    def report(self):
        """What was tried, in order, what it gave and cost, and how many rows would settle the answer, as text."""
        lines = [
            f"I(X; Y) = {self.mi:.3f} nats = {self.bits:.3f} bits, by {self.method}",
            f"{self.confidence:.0%} interval: {self.low:.3f} to {self.high:.3f} nats"
            + ("" if np.isnan(self.lower_bound) else f"; at least {self.lower_bound:.3f} whatever the distribution"),
            f"rows: {self.n_samples}{self._more_rows()}",
            "reliable: yes" if self.reliable else "reliable: no",
            *(f"  - {reason}" for reason in self.reasons),
            "",
            f"{'tried':<28}{'nats':>8}{'from':>8}{'to':>8}{'score':>8}{'seconds':>9}",
        ]
        for route in self.routes:
            numbers = (route.mi, route.low, route.high, route.score)
            columns = "".join("       -" if np.isnan(number) else f"{number:8.3f}" for number in numbers)
            seconds = "        -" if np.isnan(route.seconds) else f"{route.seconds:9.1f}"
            lines.append(f"{route.name[:27]:<28}{columns}{seconds}  {route.note}".rstrip())
        return "\n".join(lines)

    def _more_rows(self):
        grown = "" if np.isnan(self.half) else f"; half of them: {self.half:.3f} nats"
        half = 0.5 * (self.high - self.low)
        wanted = max(_SETTLED[0], _SETTLED[1] * self.mi)
        if half <= wanted:
            return f"{grown}; enough"
        # The width of an interval falls with the root of the number of rows, where bias does not prevent it.
        needed = self.n_samples * (half / wanted) ** 2
        if needed > _MOST_MORE * self.n_samples:
            return f"{grown}; more of them alone would hardly narrow the interval"
        digits = 10 ** max(0, int(np.log10(needed)) - 1)
        return f"{grown}; some {round(needed / digits) * digits} would narrow the interval to ± {wanted:.2f}"

    def _row(self):
        row = super()._row() | {"reasons": "; ".join(self.reasons), "bits": self.bits}
        del row["routes"]
        return row

    def plot(self, ax=None):
        """Draw the answer and what was tried.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : EstimateDisplay
            With ``ax_`` and ``figure_``.
        """
        from ._display import EstimateDisplay

        return EstimateDisplay(self).plot(ax=ax)


def estimate(
    X, y, groups=None, max_seconds=60, confidence=0.95, random_state=None, n_jobs=None, verbose=0, *, given=None
):
    """Return how much X tells about y, with an interval, and whether to believe it.

    Nothing needs to be said about the data: columns of any kind, labels and images are recognised, and the way to
    estimate is chosen without knowing the truth. See :class:`~skmi.AutoMI`, which is the same as an estimator.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), or images
        First variable: numbers, a DataFrame with columns of any kind, or images of shape (n_samples, height, width) or
        (n_samples, channels, height, width). One-dimensional arrays are one column.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
        Second variable, or labels.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group belong together, such as several of one patient.
    max_seconds : float, default=60
        Time for which routes are planned, and after which no more is tried.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true value.
    random_state : int, RandomState instance or None, default=None
        Seed of splits and networks.
    n_jobs : int, default=None
        Fits in parallel, where there are several; the result does not depend on it.
    verbose : int, default=0
        If positive, show a progress bar.
    given : array-like of shape (n_samples, n_conditions), or None, default=None
        Columns Z that are known already: the estimate is of I(X; y | Z), what X adds, as :class:`~skmi.ConditionalMI`
        finds it.

    Returns
    -------
    found : Estimate
        The estimate in nats, with interval, lower bound, doubts and a report of what was tried.

    Raises
    ------
    ValueError
        For missing or infinite values, fewer than two rows, or rows of X and y that differ in number.

    Examples
    --------
    >>> import skmi
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> found = skmi.estimate(X, y, random_state=0)
    >>> 0.8 < found.mi < 1.1  # at most log 3
    True
    """
    if np.ndim(X) == 1 and not hasattr(X, "columns"):
        X = np.asarray(X)[:, None] if not hasattr(X, "to_frame") else X.to_frame()
    if given is not None:
        return _conditional(X, y, given, groups, max_seconds, confidence, random_state, n_jobs, verbose)
    with kept_warnings() as kept:
        model = AutoMI(
            max_seconds=max_seconds, confidence=confidence, random_state=random_state, n_jobs=n_jobs, verbose=verbose
        ).fit(X, y, groups=groups)
    # What the result says in its reasons needs no second voice.
    issue(warning for warning in kept if warning.message not in model.reasons_)
    return Estimate(
        model.mi_,
        model.low_,
        model.high_,
        model.lower_bound_,
        model.standard_error_,
        model.reliable_,
        tuple(model.reasons_),
        model.method_,
        model.n_samples_,
        model.half_,
        confidence,
        tuple(model.routes_),
    )


def _tame(columns):
    """Return values, those of columns with outliers as normal scores, which tell the same."""
    wild = ~columns.is_discrete & has_outliers(columns.values)
    values = columns.values.copy()
    values[:, wild] = normal_scores(values[:, wild])
    return values


def _conditional(X, y, given, groups, max_seconds, confidence, random_state, n_jobs, verbose):
    """Return an Estimate of I(X; y | given): of residuals, or by neighbours where there are none."""
    X, y, given = (flattened(side, None, name)[0] for side, name in ((X, "X"), (y, "y"), (given, "given")))
    x, Z, y = ColumnCoder("X").fit(X), ColumnCoder("given").fit(given), ColumnCoder("y").fit(y)
    check_consistent_length(x.values, y.values, Z.values)
    rng = check_random_state(random_state)
    seed = int(rng.randint(2**31 - 1))
    folds = 5
    if groups is not None:
        # A regression fitted to other rows of a group would predict what the rows of the group share.
        by_groups = GroupKFold(max(2, min(5, len(np.unique(groups)))), shuffle=True, random_state=seed)
        folds = list(by_groups.split(x.values, groups=groups))
    model = ConditionalMI(
        np.arange(x.values.shape[1], x.values.shape[1] + Z.values.shape[1]),
        discrete_features=np.r_[x.is_discrete, Z.is_discrete],
        discrete_target=y.is_discrete,
        cv=folds,
        random_state=seed,
        n_jobs=n_jobs,
    )
    values, target = np.hstack([_tame(x), _tame(Z)]), _tame(y)
    with kept_warnings() as kept:
        model.fit(values, target)
    issue(kept)
    name = f"given {Z.values.shape[1]} columns"
    # Of codes that are read as quantities a regression leaves much.
    doubts = [doubt.replace("of X", "given") for doubt in codes_of_labels(Z, y)]
    if model.residuals_ is not None:
        found = estimate(*model.residuals_, groups, max_seconds, confidence, seed, n_jobs, verbose)
        reasons = (*doubts, *found.reasons)
        method = f"{found.method}, of residuals {name}"
        # What regressions leave holds labels no more, and no bound without the regressions is known.
        return replace(found, method=method, lower_bound=np.nan, reasons=reasons, reliable=not reasons)
    with kept_warnings():
        found = mi_interval(
            model.estimator_, values, target, confidence=confidence, groups=groups, random_state=seed, n_jobs=n_jobs
        )
    route = Route("neighbours", found.estimate, found.low, found.high, found.standard_error, note=name)
    reasons = tuple(dict.fromkeys([*doubts, *(warning.message for warning in kept), *found.reasons]))
    return Estimate(
        found.estimate,
        found.low,
        found.high,
        np.nan,
        found.standard_error,
        not reasons,
        reasons,
        f"neighbours {name}",
        len(x),
        found.estimate - found.drift,
        confidence,
        (route,),
    )
