"""A choice among estimators by their score on rows held out."""

import time
from dataclasses import replace

import numpy as np
from scipy.stats import norm
from sklearn.base import clone

from .._seeding import declared, seeded
from ..exceptions import kept_warnings
from ..uncertainty import FEWEST_ROWS, mi_interval
from ._route import Found, Route
from ._routes import MARGIN, at_most_entropy, by_meaning, certified


def by_candidates(pair, candidates, confidence, n_jobs=None, trusted=()):
    """Choose among estimators by their score on rows held out, and report an interval of the best.

    Parameters
    ----------
    pair : Pair
    candidates : list of (str, estimator)
    confidence : float
    n_jobs : int or None
    trusted : sequence of str, default=()
        Names of those whose estimate less two standard errors counts where it exceeds their score: neighbours in small
        cells of labels find more than they can predict.

    Returns
    -------
    tried : list of Route
    found : Found
        Of the best.
    """
    tried, fitted = [], {}
    for name, candidate in candidates:
        started = time.perf_counter()
        score, note, model = np.nan, "", None
        estimator = _ready(candidate, pair)
        if len(candidates) > 1:
            try:
                with kept_warnings():
                    model = clone(estimator).fit(*pair.rows(pair.parts[0]))
                    score = model.score(*pair.rows(pair.parts[1]))
            except ValueError as error:
                note = f"failed: {error}"
        fitted[name] = estimator, model
        tried.append(Route(name, score=score, seconds=time.perf_counter() - started, note=note))
    scores = [-np.inf if np.isnan(route.score) else route.score for route in tried]
    for i, route in enumerate(tried):
        if route.name in trusted and len(candidates) > 1 and not route.note:
            with kept_warnings():
                shown = clone(fitted[route.name][0]).fit(pair.x.values, pair.y.values)
            scores[i] = max(scores[i], shown.mi_ - 2 * shown.standard_error_)
    best = int(np.argmax(scores))
    if len(candidates) > 1 and np.isneginf(scores[best]):
        raise ValueError(f"None of the candidates could be fitted: {'; '.join(route.note for route in tried)}")
    lower = "lower score" if not trusted else "shows less"
    tried = [route if route.note or i == best else replace(route, note=lower) for i, route in enumerate(tried)]
    name = tried[best].name
    estimator, model = fitted[name]
    started = time.perf_counter()
    with kept_warnings() as kept:
        whole = clone(estimator).fit(pair.x.values, pair.y.values)
        interval = None
        if len(pair) >= FEWEST_ROWS and (pair.groups is None or len(np.unique(pair.groups)) >= 8):
            interval = mi_interval(
                estimator,
                pair.x.values,
                pair.y.values,
                confidence=confidence,
                groups=pair.groups,
                random_state=pair.seed,
                n_jobs=n_jobs,
            )
    error = float(getattr(whole, "standard_error_", np.nan))
    if interval is None:
        reach = norm.ppf(0.5 + confidence / 2) * error
        mi, low, high = whole.mi_, whole.mi_ - reach, whole.mi_ + reach
        reasons = (f"There are too few rows or groups, {len(pair)} rows, for an interval that knows of the bias.",)
    else:
        mi, low, high = interval.estimate, interval.low, interval.high
        error, reasons = interval.standard_error, interval.reasons
    score, bound = tried[best].score, np.nan
    if pair.can_hold_out and hasattr(whole, "log_density_ratio"):
        if model is None:
            with kept_warnings():
                model = clone(estimator).fit(*pair.rows(pair.parts[0]))
        bound = certified(model, pair.table, pair.parts[2], confidence)
        with kept_warnings():
            score = model.score(*pair.rows(pair.parts[2]))
    if score > high + MARGIN:
        # An estimate below its own score on rows held out is too low.
        mi, high = score, score + (high - mi)
    mi, low, high = at_most_entropy(pair, mi, low, high)
    seconds = tried[best].seconds + time.perf_counter() - started
    # The score that was compared, where there were others: that on further rows varies.
    shown = tried[best].score if len(candidates) > 1 else score
    route = Route(name, mi, low, high, error, shown, seconds)
    tried[best] = route
    return tried, Found(route, whole, bound, tuple(reasons), **by_meaning(kept))


def _ready(candidate, pair):
    return declared(seeded(candidate, pair.seed), **pair.kinds)
