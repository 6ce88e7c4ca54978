"""One estimate on one draw of one task."""

import time
from dataclasses import dataclass, fields
from math import isfinite

import joblib

from .._seeding import seeded, stop_if_interrupted
from ..exceptions import kept_warnings

_FINGERPRINT_ROWS = 16


@dataclass(frozen=True)
class Cell:
    """One estimate and its truth; also one line of the file of results.

    Attributes
    ----------
    estimator : str
        Name of the estimator.
    task : str
        Name of the task.
    n_samples, seed : int
        Number of rows, and the seed that drew them.
    truth, estimate, standard_error : float
        In nats; NaN if there is none.
    seconds : float
        Seconds spent in ``fit``, without drawing the sample.
    message : str
        Why there is no estimate, or what skmi warned about.
    settings : str
        The estimator as it is printed, with its parameters.
    fingerprint : str
        Hash of the pair. Together with the settings it identifies a finished cell.
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
        """The fields that identify a cell: it is not computed again if they are equal."""
        return self.estimator, self.settings, self.task, self.n_samples, self.seed, self.fingerprint


NAMES = [field.name for field in fields(Cell)]


def fingerprint_of(pair):
    """Return a short hash of a pair's mutual information and of a few of its rows.

    Two pairs whose noise does not show in these rows draw the same ones; their mutual information tells them apart.
    """
    return joblib.hash((float(pair.mi), pair.sample(_FINGERPRINT_ROWS, random_state=0)))[:12]


def run_cell(name, estimator, settings, task, pair, fingerprint, n_samples, seed, raise_errors):
    """Return the finished cell. An interruption ends the run, even if the training turned it into a warning."""
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
        except Exception as error:  # one failure must not lose the other cells
            if raise_errors:
                raise
            messages = [f"{type(error).__name__}: {error}"]
    seconds = time.perf_counter() - start
    message = " | ".join(dict.fromkeys(" ".join(m.split()) for m in messages))
    numbers = float(pair.mi), estimate, standard_error, seconds
    return Cell(name, task, n_samples, seed, *numbers, message, settings, fingerprint)
