"""AutoMI: chooses how to estimate by size, kinds of columns and held-out rows, and says how sure it is."""

import re
import time
from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from .._seeding import text_of
from .._sklearn import Interval, StrOptions, _fit_context
from .._tables import ColumnCoder, check_table, flattened, mostly_unique, refuse_masked, strata_of
from ..estimators import KSG, GaussianCopulaMI, GaussianMI, MutualInfoEstimator, warn_constant
from ..exceptions import InterruptedWarning, UnreliableEstimateWarning, issue, one_of_each, warn
from ._candidates import by_candidates
from ._combine import combined
from ._doubts import alike_in_groups, codes_of_labels, copies_of_target, rows_left, sentinels
from ._pair import Pair
from ._plan import plan
from ._route import Route
from ._routes import by_codes, by_columns, by_correlations, by_critic, canonical

_NARROW = 0.12, 0.15  # nats, and share of the value: intervals that a critic could hardly narrow
_MOST_VALUES, _FEWEST_OF_EACH = 32, 10  # of numbers that are taken as labels, and rows for each
_FEWEST_CALIBRATED = 150  # rows; the calibrator has seen pairs of 200 and more


class AutoMI(MutualInfoEstimator):
    """Mutual information by whatever suits the data, chosen without knowing the truth.

    Columns of numbers, and labels beside them, are read by a calibrator: a regression on fifteen cheap estimates that
    was fitted to random pairs of known information. Wide tables and images are compressed first, and where its interval
    is wide, a critic is trained besides. The interval contains the bias of estimates, which no resampling shows;
    ``reliable_`` is False, with reasons, where it should not be trusted.

    Parameters
    ----------
    candidates : list of estimators, or list of (str, estimator), default=None
        Estimators to choose among by their score on held-out rows. None chooses among the routes of skmi.
    max_seconds : float, default=60
        Which routes are tried is planned from the numbers of rows and columns, so that they fit into this time on one
        core. The clock can only cut the plan short, and the report says so.
    confidence : float, default=0.95
        Nominal share of intervals that contain the true value.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass). Without candidates, numbers of any type are, too, if their rows
        take at most 32 values in all, each some ten times: the information is the same.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    random_state : int, RandomState instance or None, default=None
        Seed of splits and networks.
    n_jobs : int, default=None
        Fits in parallel, where there are several; the result does not depend on it.
    verbose : int, default=0
        If positive, show a progress bar.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats.
    low_, high_ : float
        Interval, in nats.
    lower_bound_ : float
        Exceeded by I(X; Y) with probability ``confidence`` for any distribution, in nats; NaN where too few rows are
        left to show one, and for groups, since it needs independent rows.
    standard_error_ : float
        Standard error of ``mi_``, in nats, of the route that gave it.
    pointwise_ : ndarray of shape (n_kept,)
        Contribution of each row by the estimator of that route, moved so that their mean is ``mi_``.
    reliable_ : bool
        Whether nothing was found that speaks against the interval.
    reasons_ : list of str
        What was found.
    method_ : str
        Route that gave the value.
    routes_ : list of Route
        What was tried, in order: value, interval, score on held-out rows, seconds, and what became of it.
    best_estimator_ : estimator
        Fitted estimator that gives ``score`` and ``log_density_ratio``.
    half_ : float
        Value from half of the rows by the calibrator, which shows how the answer grows with the rows; NaN for codes and
        candidates.
    n_samples_ : int
        Number of rows.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    skmi.estimate : The same as one call.
    skmi.uncertainty.mi_interval : An interval of an estimator of your choice.

    Notes
    -----
    Fifteen estimates enter the calibrator: nearest neighbours on standardised columns and on normal scores, entropies
    plain and with a correction, the Gaussian and copula values with the latter on held-out rows, canonical pairs, a
    mixture of normals, radii, squares, and what neighbours find in normal rows with the same rank correlations, which
    shows their bias. Its interval is conformal on families of pairs that it was not fitted to. A pair far from all of
    these is said to be so. Codes and critics see a part of the information: their readings are weighed with that of all
    columns by the widths of the intervals, and raise its lower end.

    References
    ----------
    Romano, Patterson, Candès (2019). "Conformalized Quantile Regression". arXiv:1905.03222.

    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import AutoMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0, n_features_x=2, n_features_y=1).sample(1000, random_state=0)
    >>> auto = AutoMI(max_seconds=3, random_state=0).fit(X, y)
    >>> auto.low_ < 1.0 < auto.high_
    True
    """

    _parameter_constraints = {
        "candidates": [list, tuple, None],
        "max_seconds": [Interval(Real, 0, None, closed="neither")],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        candidates=None,
        *,
        max_seconds=60,
        confidence=0.95,
        discrete_features="auto",
        discrete_target="auto",
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.candidates = candidates
        self.max_seconds = max_seconds
        self.confidence = confidence
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None):
        """Choose how to estimate I(X; Y) from paired rows, and estimate it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or images
            First variable: numbers, a DataFrame with columns of any kind, or images of shape (n_samples, height, width)
            or (n_samples, channels, height, width).
        y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
            Second variable, or labels.
        groups : array-like of shape (n_samples,) or None, default=None
            Rows of one group belong together: no row is judged by what saw others of its group, and the interval is
            that of groups.

        Returns
        -------
        self : object
            Fitted estimator, with ``mi_`` in nats.
        """
        started = time.monotonic()
        (X, x_shape), (y, y_shape) = flattened(X, None, "X"), flattened(y, None, "y")
        self._image_shapes = x_shape, y_shape
        check_table(self, X, y, reset=True)
        refuse_masked(X, "X")
        self._x_coder, self._y_coder = ColumnCoder("X"), ColumnCoder("y")
        x = self._coded(self._x_coder, X, self.discrete_features)
        y = self._coded(self._y_coder, y, self.discrete_target)
        check_consistent_length(x.values, y.values, groups)
        if len(x) < 2:
            raise ValueError(f"Expected at least 2 rows, got n_samples={len(x)} (1 sample). Pass more rows.")
        self.discrete_features_, self.discrete_target_ = x.is_discrete, y.is_discrete
        self._used = self._usable(x)
        x = x.some(self._used)
        doubts = [*sentinels(x, "X"), *sentinels(y, "y"), *copies_of_target(x, y), *codes_of_labels(x, y)]
        doubts += alike_in_groups(x, y, groups)
        self.n_samples_ = len(x)
        if x_shape is None and y_shape is None:  # pixels at the border of images are often constant
            warn_constant(x, "X")
            warn_constant(y, "y")
        # Labels alone on the side of X change places with y, which all routes expect them on.
        self._swapped = bool(x.is_discrete.all() and not y.is_discrete.all())
        shapes = self._image_shapes
        if self._swapped:
            x, y, shapes = y, x, shapes[::-1]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        pair = Pair(x, y, shapes, None if groups is None else np.asarray(groups), seed)
        if self.candidates is not None or pair.is_mixed or all(pair.are_labels) or len(pair) < _FEWEST_CALIBRATED:
            trusted = ("KSG",) if self.candidates is None else ()
            tried, found = by_candidates(pair, self._candidates(pair), self.confidence, self.n_jobs, trusted)
            answer, found = combined([found], pair), [found]
        else:
            tried, found = self._by_plan(pair, started + self.max_seconds)
            answer = combined(found, pair)
        self.routes_ = tried
        self.mi_, self.low_, self.high_ = answer.mi, answer.low, answer.high
        doubts += rows_left(answer.best.critic, len(pair))
        self.reasons_ = [*doubts, *(_of_swapped(reason) if self._swapped else reason for reason in answer.reasons)]
        self.reliable_ = not self.reasons_
        self.method_, self.lower_bound_ = answer.best.route.name, answer.lower_bound
        self._error = float(answer.best.route.standard_error)
        self.best_estimator_, self.half_ = answer.best.critic, answer.best.half
        values = getattr(self.best_estimator_, "pointwise_", np.zeros(len(pair)))
        self.pointwise_ = values - values.mean() + self.mi_
        # Of several routes that look at the same data each warning counts once.
        notices = one_of_each([warning for part in found for warning in (*part.notices, *part.warnings)])
        if self._swapped:
            notices = [warning._replace(message=_of_swapped(warning.message)) for warning in notices]
        issue(notices)
        return self

    def _coded(self, coder, table, discrete):
        columns = coder.fit(table, discrete)
        # Numbers of few values tell what labels tell, and only labels are counted without error.
        varies = np.ptp(columns.values, axis=0).any()
        if varies and isinstance(discrete, str) and self.candidates is None and not columns.is_discrete.any():
            most = min(_MOST_VALUES, len(columns) // _FEWEST_OF_EACH)
            # The first rows tell most tables apart, and cost nothing.
            if all(len(np.unique(columns.values[rows], axis=0)) <= most for rows in (slice(100), slice(None))):
                return coder.fit(table, True)
        return columns

    def _usable(self, x):
        """Return which columns of X can tell something: no labels that name rows."""
        used = np.ones(len(x.is_discrete), dtype=bool)
        if self.candidates is None:
            used = np.array(
                [not label or not mostly_unique(strata_of(x.values[:, [i]])) for i, label in enumerate(x.is_discrete)]
            )
        if not used.any():
            raise ValueError(
                "Expected columns of X that can tell something, got labels only, of which nearly every one occurs once "
                "only: they name rows. Pass discrete_features=False if they are quantities."
            )
        if not used.all():
            warn(
                f"{x.listed(np.flatnonzero(~used))} of X are left out. Most of their labels occur once: they name "
                "rows, and a sample shows nothing of what they tell.",
                UnreliableEstimateWarning,
            )
        return used

    @property
    def standard_error_(self):
        """Standard error of ``mi_``, in nats, of the route that gave it."""
        check_is_fitted(self, "mi_")
        return self._error

    def _candidates(self, pair):
        if self.candidates is None:
            of_ranks = [("KSG", KSG(marginals="normal")), ("GaussianCopulaMI", GaussianCopulaMI())]
            return of_ranks[:1] if all(pair.are_labels) else [*of_ranks, ("GaussianMI", GaussianMI())]
        if not self.candidates:
            raise ValueError("Expected at least one estimator in candidates, got an empty list.")
        return [
            candidate if isinstance(candidate, tuple) else (text_of(candidate), candidate)
            for candidate in self.candidates
        ]

    def _by_plan(self, pair, deadline):
        """Run the planned routes; return what was tried, and what was found."""
        steps, left_out = plan(
            len(pair), pair.n_columns, pair.widest, pair.has_images, pair.are_labels[1], self.max_seconds
        )
        tried, found = [], []
        for step in tqdm(steps, desc="AutoMI", leave=False, disable=self.verbose <= 0):
            why_not = _needless(step, found, pair)
            if why_not is None and found and time.monotonic() > deadline:
                why_not = "cut short by the clock: the time was over"
            if why_not is not None:
                tried.append(Route(step.name, note=why_not))
                continue
            started = time.monotonic()
            try:
                with _until(deadline if found else np.inf, step):
                    found.append(self._run(step, pair))
                tried.append(found[-1].route)
            except KeyboardInterrupt:
                if not found:
                    raise
                in_time = time.monotonic() < deadline
                note = "interrupted" if in_time else "cut short by the clock while it was trained"
                tried.append(Route(step.name, seconds=time.monotonic() - started, note=note))
                if in_time:
                    warn(f"{step.name} was interrupted. What was found by then is kept.", InterruptedWarning)
                    break
        tried += [
            Route(step.name, note=f"left out: some {step.seconds:.0f} s of max_seconds={self.max_seconds:g}")
            for step in left_out
        ]
        return tried, found

    def _run(self, step, pair):
        if step.name == "columns":
            return by_columns(pair, self.confidence)
        if step.name == "rank correlations":
            return by_correlations(pair, self.confidence)
        if step.name == "critic":
            return by_critic(pair, step.n_rows, self.confidence)
        if step.name == "canonical codes":
            return by_codes(pair, step.name, canonical(), self.confidence)
        from ..compression import ContrastiveCompressor

        shapes = pair.shapes if step.convolutional else (None, None)
        return by_codes(pair, step.name, ContrastiveCompressor(), self.confidence, shapes)

    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) for all pairs of rows, according to ``best_estimator_``.

        Parameters
        ----------
        X : array-like of shape (n_samples_x, n_features)
            Rows of the first variable.
        y : array-like of shape (n_samples_y,) or (n_samples_y, n_targets)
            Rows of the second variable.

        Returns
        -------
        log_ratios : ndarray of shape (n_samples_x, n_samples_y)
            Entry [i, j] belongs to (x_i, y_j), in nats.
        """
        check_is_fitted(self)
        x, y = self._read_new_rows(X, y)
        if self._swapped:
            return self.best_estimator_.log_density_ratio(y.values, x.values).T
        return self.best_estimator_.log_density_ratio(x.values, y.values)

    def _read_new_rows(self, X, y):
        X, y = flattened(X, self._image_shapes[0], "X")[0], flattened(y, self._image_shapes[1], "y")[0]
        check_table(self, X, y, reset=False)
        refuse_masked(X, "X")
        return self._x_coder.transform(X).some(self._used), self._y_coder.transform(y)

    def _score_terms(self, X, y):
        self._warn_new_labels(self._read_new_rows(X, y)[1])
        yield from super()._score_terms(X, y)


def _of_swapped(text):
    """Return a sentence on X and y for sides that have changed places."""
    return re.sub(r"\b(X|y)\b", lambda match: "y" if match[0] == "X" else "X", text)


def _needless(step, found, pair):
    """Return why a route can add nothing to what was found, or None."""
    if step.name != "critic" or not found:
        return None
    route = found[0].route
    if found[0].is_known and route.high - route.low < max(_NARROW[0], _NARROW[1] * route.mi):
        return "not needed: the interval is narrow"
    return None


def _until(deadline, step):
    """Return a context in which training stops when the time is over."""
    if step.name in ("critic", "contrastive codes") and np.isfinite(deadline):
        from .._networks import training_until

        return training_until(deadline)
    return nullcontext()
