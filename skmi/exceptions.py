"""The warnings a user meets, and how they are issued. Each message says what was found and what to try."""

import os
import re
import sys
import threading
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import NamedTuple

_LIBRARIES = {"skmi", "sklearn", "joblib", "skorch", "torch"}  # whose lines are not the user's

# The list to which warnings go instead of being issued. A context variable belongs to one thread, as warning filters
# do not: they are process-wide, so that changing them here could switch off warnings elsewhere.
_KEPT = ContextVar("kept", default=None)


class SkmiWarning(UserWarning):
    """Base class of every warning of skmi, for filtering all of them at once."""


class ConstantColumnWarning(SkmiWarning):
    """A column has one value only: it carries no information and is ignored."""


class TiesWarning(SkmiWarning):
    """Many values coincide where an estimator expects continuous data."""


class RepeatedRowsWarning(SkmiWarning):
    """Whole rows of (X, y) occur several times, which reads as information."""


class RareClassWarning(SkmiWarning):
    """Rows were dropped because their discrete values occur only once."""


class SaturationWarning(SkmiWarning):
    """A value is close to the largest one that the sample size lets the method report."""


class SerialDependenceWarning(SkmiWarning):
    """Rows follow one another in time, so that they are worth fewer independent ones."""


class InfiniteMIWarning(SkmiWarning):
    """X determines a part of y exactly, so the mutual information of continuous data is infinite."""


class UnreliableEstimateWarning(SkmiWarning):
    """The data break an assumption of the estimator, such as a joint density of full dimension."""


class LowEstimateWarning(UnreliableEstimateWarning):
    """An estimate is below what correlations, a linear discriminant or single columns show: information was lost."""


class TrainingWarning(SkmiWarning):
    """A network was still improving, or had failed to improve, when its training stopped."""


class InterruptedWarning(SkmiWarning):
    """The user interrupted the work; what was finished by then is kept."""


class DeterministicLayerWarning(SkmiWarning):
    """A layer without noise was asked for: its information about a continuous input is infinite or an artefact."""


class KeptWarning(NamedTuple):
    """A warning that was kept instead of issued.

    Attributes
    ----------
    message : str
        Its text.
    category : type
        Its class.
    filename, lineno : str and int, or None
        Where another library raised it; None for skmi's own, which point at the line that called skmi.
    """

    message: str
    category: type
    filename: str | None = None
    lineno: int | None = None


def warn(message, category):
    """Issue a warning that points at the user's line: the innermost one outside skmi, scikit-learn and joblib.

    Parameters
    ----------
    message : str
        What was found, and what to try.
    category : type
        A subclass of :class:`SkmiWarning`.

    Examples
    --------
    >>> from skmi.exceptions import SkmiWarning, kept_warnings, warn
    >>> with kept_warnings() as kept:
    ...     warn("Pass more rows.", SkmiWarning)
    >>> kept[0].message
    'Pass more rows.'
    """
    kept = _KEPT.get()
    if kept is not None:
        kept.append(KeptWarning(message, category))
        return
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES:
        frame = frame.f_back
    known = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__") or "<unknown>"
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, module, known)


@contextmanager
def kept_warnings():
    """Keep the warnings that skmi raises inside, in this thread, in a list instead of issuing them.

    Yields
    ------
    kept : list of KeptWarning
        In the order in which they were raised.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi import KSG
    >>> from skmi.exceptions import kept_warnings
    >>> x = np.random.default_rng(0).standard_normal((50, 1))
    >>> with kept_warnings() as kept:
    ...     _ = KSG().fit(x, x)
    >>> kept[0].category.__name__
    'InfiniteMIWarning'
    """
    kept = []
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)


class _Unwanted(list):
    """Holds nothing."""

    def append(self, warning):
        pass


@contextmanager
def without_warnings():
    """Drop the warnings that skmi raises inside, in this thread, and leave out what only serves them.

    For fits to parts of rows that were checked as a whole.

    Examples
    --------
    >>> from skmi.exceptions import SkmiWarning, warn, without_warnings
    >>> with without_warnings():
    ...     warn("Pass more rows.", SkmiWarning)
    """
    token = _KEPT.set(_Unwanted())
    try:
        yield
    finally:
        _KEPT.reset(token)


def are_wanted():
    """Return whether anybody would see a warning, so that looking for its reasons is worth the time.

    Returns
    -------
    wanted : bool
        False inside :func:`without_warnings`.

    Examples
    --------
    >>> from skmi.exceptions import are_wanted
    >>> are_wanted()
    True
    """
    return not isinstance(_KEPT.get(), _Unwanted)


def issue(kept):
    """Issue warnings that were kept, each text once.

    Parameters
    ----------
    kept : iterable of KeptWarning
        Of :func:`kept_warnings` or :func:`keeping_warnings`.

    Examples
    --------
    >>> from skmi.exceptions import issue
    >>> issue([])
    """
    for message, category, filename, lineno in dict.fromkeys(kept):
        if filename is None:
            warn(message, category)
        else:
            warnings.warn_explicit(message, category, filename, lineno)


def one_of_each(kept):
    """Return kept warnings, of those that differ in their numbers alone the first.

    Parameters
    ----------
    kept : iterable of KeptWarning
        Of several fits that warn of the same.

    Returns
    -------
    first : list of KeptWarning
        In their order.

    Examples
    --------
    >>> from skmi.exceptions import KeptWarning, SkmiWarning, one_of_each
    >>> len(one_of_each([KeptWarning("Pass 3 more rows.", SkmiWarning), KeptWarning("Pass 5 more rows.", SkmiWarning)]))
    1
    """
    first = {}
    for warning in kept:
        first.setdefault((warning.category, re.sub(r"[-\d.]+", "", warning.message)), warning)
    return list(first.values())


def keeping_warnings(function):
    """Return a function for joblib's workers that returns its warnings too, for the caller to issue.

    Warnings raised in another process would not reach the caller. There, those of other libraries are kept as well.

    Parameters
    ----------
    function : callable
        What a worker is to call.

    Returns
    -------
    keeping : callable
        Takes the same arguments, and returns a result and a list of :class:`KeptWarning` for :func:`issue`.

    Examples
    --------
    >>> from skmi.exceptions import keeping_warnings
    >>> keeping_warnings(abs)(-1)
    (1, [])
    """
    return partial(_call_keeping_warnings, os.getpid(), function)


def _call_keeping_warnings(caller, function, *args, **kwargs):
    with kept_warnings() as kept:
        # A worker process that runs one task at a time has no other thread whose warnings this could swallow.
        if os.getpid() == caller or threading.current_thread() is not threading.main_thread():
            return function(*args, **kwargs), kept
        with warnings.catch_warnings(record=True) as foreign:
            result = function(*args, **kwargs)
        kept += [KeptWarning(str(w.message), w.category, w.filename, w.lineno) for w in foreign]
        return result, kept
