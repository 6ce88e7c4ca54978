"""What one route to the information found."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Route:
    """What one route found, in nats; NaN for what it does not give.

    Attributes
    ----------
    name : str
        Of the route.
    mi, low, high : float
        Value and interval of what the route sees: a part of the information, if it compresses or bounds it.
    standard_error : float
        Of the value.
    score : float
        InfoNCE on held-out rows.
    seconds : float
        It took.
    note : str
        What became of it.
    """

    name: str
    mi: float = np.nan
    low: float = np.nan
    high: float = np.nan
    standard_error: float = np.nan
    score: float = np.nan
    seconds: float = np.nan
    note: str = ""

    @property
    def gave_a_value(self):
        """Whether it found a number."""
        return bool(np.isfinite(self.mi))


@dataclass(frozen=True)
class Found:
    """What a route returns: a Route, a fitted critic, and reasons for doubt.

    Attributes
    ----------
    route : Route
    critic : object or None
        With ``log_density_ratio(X, y)`` of arrays of numbers.
    lower_bound : float
        With a guarantee; NaN for none.
    reasons : tuple of str
        Against believing the interval.
    kind : {"whole", "codes", "critic", "correlations"}
        Whether it sees all of the information, that of codes, a lower bound, or what correlations show.
    is_known : bool
        Whether the calibrator has seen pairs like it.
    half : float
        Value from half of the rows; NaN where it was not computed.
    warnings : tuple of KeptWarning
        About the data, which speak against any estimate.
    notices : tuple of KeptWarning
        About the data, which change the question and not the answer.
    """

    route: Route
    critic: object = None
    lower_bound: float = np.nan
    reasons: tuple = ()
    kind: str = "whole"
    is_known: bool = True
    half: float = np.nan
    warnings: tuple = ()
    notices: tuple = ()
