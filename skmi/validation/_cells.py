"""One estimate on one draw of one task."""

import time
from dataclasses import dataclass, fields
from math import isfinite

import joblib

from .._seeding import seeded, stop_if_interrupted
from ..exceptions import kept_warnings

_LOOKED_AT = 16  # rows that tell pairs apart


@dataclass(frozen=True)
class Cell:
    """One estimate beside its truth; also a line of the file of results.

    Attributes
    ----------
    estimator : str
        Name of the estimator.
    task : str
        Name of the task.
    n_samples, seed : int
        Rows, and the seed that drew them.
    truth, estimate, standard_error : float
        In nats; NaN where there is none.
    seconds : float
        What drawing left aside, ``fit`` took.
    message : str
        Why there is no estimate, or skmi's warnings about it.
    settings : str
        The estimator in full.
    fingerprint : str
        Of the pair and its information, by which a kept cell is recognised, together with the settings.
    """

    estimator: str
    task: str
    n_samples: int
    seed: int
    truth: float
    estimate: float
    standard_error: float
    seconds: float
    message: str
    settings: str
    fingerprint: str

    @property
    def error(self):
        """Estimate minus truth."""
        return self.estimate - self.truth

    @property
    def failed(self):
        """Whether there is no estimate."""
        return not isfinite(self.estimate)

    @property
    def key(self):
        """What makes two cells the same piece of work."""
        return self.estimator, self.settings, self.task, self.n_samples, self.seed, self.fingerprint


NAMES = [field.name for field in fields(Cell)]


def fingerprint_of(pair):
    """Return a short text that tells a pair from others, whatever their names: its information and what it draws.

    Noise that few rows do not show makes pairs that draw alike, but not of the same information.
    """
    return joblib.hash((float(pair.mi), pair.sample(_LOOKED_AT, random_state=0)))[:12]


def run_cell(name, estimator, settings, task, pair, fingerprint, n_samples, seed, raise_errors):
    """Return the finished cell; an interruption goes through, also one that a training outlived."""
    X, y = pair.sample(n_samples, random_state=seed)
    start = time.perf_counter()
    estimate = standard_error = float("nan")
    with kept_warnings() as kept:
        try:
            fitted = seeded(estimator, seed).fit(X, y)
            estimate = float(fitted.mi_)
            if getattr(fitted, "standard_error_", None) is not None:
                standard_error = float(fitted.standard_error_)
            stop_if_interrupted(kept)
            messages = [warning.message for warning in kept]
            if not isfinite(estimate):
                messages.insert(0, f"mi_ is {estimate}")
        except Exception as error:  # one task that an estimator cannot do must not lose the others
            if raise_errors:
                raise
            messages = [f"{type(error).__name__}: {error}"]
    seconds = time.perf_counter() - start
    message = " | ".join(dict.fromkeys(" ".join(m.split()) for m in messages))
    numbers = float(pair.mi), estimate, standard_error, seconds
    return Cell(name, task, n_samples, seed, *numbers, message, settings, fingerprint)
