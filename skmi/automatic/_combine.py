"""From what several routes found to one answer."""

from typing import NamedTuple

import numpy as np

from ._route import Found

_MARGIN = 0.05  # nats by which routes may differ beyond their intervals
_FEWEST_ROWS_A_COLUMN = 5


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

    Routes that see a part of the information only, by codes or a critic, raise the value and the lower end.

    Parameters
    ----------
    found : list of Found
    pair : Pair

    Returns
    -------
    answer : Answer
    """
    whole = [part for part in found if part.is_whole]
    parts = [part for part in found if not part.is_whole]
    best = whole[0] if whole else max(parts, key=lambda part: part.route.mi)
    mi, low, high = best.route.mi, best.route.low, best.route.high
    reasons = [warning.message for part in found for warning in part.warnings]
    reasons += best.reasons
    for part in parts:
        route = part.route
        if route.low > high + _MARGIN:
            reasons.append(
                f"Two routes disagree: {route.name} finds at least {route.low:.2f} nats, and {best.route.name} at most "
                f"{high:.2f}."
            )
        if route.mi > mi + route.standard_error:
            mi, best = route.mi, part
        low = max(low, route.low)
        high = np.nanmax([high, route.high, mi + route.standard_error])
    if pair.n_columns > len(pair) / _FEWEST_ROWS_A_COLUMN:
        reasons.append(f"{len(pair)} rows are few for {pair.n_columns} columns.")
    bounds = [part.lower_bound for part in found if np.isfinite(part.lower_bound)]
    # Each bound fails with the stated probability; that of the first route was fixed before any other was seen.
    bound = bounds[0] if bounds else np.nan
    return Answer(
        float(mi), float(min(low, mi)), float(max(high, mi)), float(bound), list(dict.fromkeys(reasons)), best
    )
