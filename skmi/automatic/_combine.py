"""From what several routes found to one answer."""

from typing import NamedTuple

import numpy as np

from ._route import Found

_MARGIN = 0.05  # nats by which routes may differ beyond their intervals
_FEWEST_ROWS_A_COLUMN, _FEWEST_GROUPS = 5, 10
# How far a critic's bound falls short of the truth, as a share of it, and how much that varies, in nats and as a share.
_SHORT, _SPREAD = 0.2, (0.02, 0.2)


class Answer(NamedTuple):
    """One number, its interval, and what speaks against it.

    Attributes
    ----------
    mi, low, high : float
        In nats.
    lower_bound : float
        With a guarantee; NaN for none.
    reasons : list of str
    best : Found
        The route that gave the value.
    """

    mi: float
    low: float
    high: float
    lower_bound: float
    reasons: list
    best: Found


def combined(found, pair):
    """Return the answer of all routes.

    Routes that see a part of the information only, by codes or a critic, are weighed with what all columns show by the
    widths of their intervals, and raise the lower end.

    Parameters
    ----------
    found : list of Found
    pair : Pair

    Returns
    -------
    answer : Answer
    """
    whole = next((part for part in found if part.kind == "whole"), None)
    # No answer lies below what rows held out show; codes that do have lost what the other routes have seen.
    shown = max([part.route.score for part in found if np.isfinite(part.route.score)], default=-np.inf)
    codes = [part for part in found if part.kind == "codes"]
    seeing = [part for part in codes if part.route.high + _MARGIN > shown]
    codes = seeing if seeing or whole is not None else codes
    critic = next((part for part in found if part.kind == "critic"), None)
    reasons = [warning.message for part in found for warning in part.warnings]
    best = whole
    if codes:
        # The score is of rows held out, so that it ranks codes whatever their number and form.
        ranked = sorted(codes, key=lambda part: _or_nothing(part.route.score), reverse=True)
        best, others = ranked[0], [part for part in ranked[1:] if part.is_known]
        reasons += _disagreement(best, others)
    route = best.route
    mi, low, high = route.mi, route.low, route.high
    reasons += best.reasons
    if whole is not None and best is not whole:
        mi, low, high = _with_whole(best.route, whole)
        if whole.is_known and best.is_known and (route.low > whole.route.high + _MARGIN):
            reasons += _disagreement(whole, [best])
    if critic is not None:
        mi, low, high = _with_critic(mi, low, high, critic.route)
        if critic.route.low > high + _MARGIN:
            reasons += _disagreement(best, [critic])
        high = max(high, mi + critic.route.standard_error)
    if pair.n_columns > len(pair) / _FEWEST_ROWS_A_COLUMN:
        reasons.append(f"{len(pair)} rows are few for {pair.n_columns} columns.")
    n_groups = np.inf if pair.groups is None else len(np.unique(pair.groups))
    if n_groups < _FEWEST_GROUPS:
        reasons.append(f"{n_groups} groups are too few to see how much an estimate varies between groups.")
    bounds = [part.lower_bound for part in found if np.isfinite(part.lower_bound)]
    # Each bound fails with the stated probability; that of the first route was fixed before any other was seen. Rows of
    # a group are not independent, as it needs them to be.
    bound = bounds[0] if bounds and pair.groups is None else np.nan
    linear = next((part for part in found if part.kind == "correlations"), None)
    if linear is not None and linear.route.low > high + _MARGIN:
        best, reasons = linear, [*reasons, *linear.reasons]
        mi, high = linear.route.mi, linear.route.high
    if shown > mi + _MARGIN:
        reasons.append(f"On rows held out {shown:.2f} nats show, more than the {mi:.2f} of {best.route.name}.")
        mi, high = shown, max(high, shown + (high - mi))
    if bound > 0:
        mi, low = max(mi, bound), max(low, bound)
    low, high = min(low, mi), max(high, mi)
    return Answer(float(mi), float(low), float(high), float(bound), list(dict.fromkeys(reasons)), best)


def _or_nothing(score):
    return -np.inf if np.isnan(score) else score


def _disagreement(best, others):
    """Return a reason for each other route whose value is above what the best one allows."""
    route = best.route
    return [
        f"Two routes disagree: {other.route.name} find {other.route.mi:.2f} nats, and {route.name} at most "
        f"{route.high:.2f}."
        for other in others
        if other.route.mi > route.high + _MARGIN
    ]


def _with_whole(codes, whole):
    """Return value and interval of codes and of all columns together: by the squares of widths, as two readings."""
    widths = np.array([route.high - route.low for route in (codes, whole.route)])
    weights = 1 / np.maximum(widths, 0.01) ** 2
    mi = np.average([codes.mi, whole.route.mi], weights=weights)
    # Codes bound the information of all columns from below only.
    return mi, max(codes.low, whole.route.low), max(codes.high, whole.route.high)


def _with_critic(mi, low, high, critic):
    """Return value and interval after a critic's bound, which falls short by a share that random pairs show."""
    reading, spread = (1 + _SHORT) * critic.mi, _SPREAD[0] + _SPREAD[1] * critic.mi
    weights = 1 / np.array([max(0.25 * (high - low), 0.01), np.hypot(spread, critic.standard_error)]) ** 2
    mi = float(np.average([mi, reading], weights=weights))
    return max(mi, critic.mi), max(low, critic.low), high
