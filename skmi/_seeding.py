"""What every table of estimates needs: estimators as text, seeds, and interruptions that a training outlived."""

import re
from numbers import Integral

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from .exceptions import InterruptedWarning


def text_of(thing):
    """Return an estimator or a pair with all its parameters as one line, the same in every process."""
    whole = isinstance(thing, BaseEstimator) and type(thing).__repr__ is BaseEstimator.__repr__
    text = thing.__repr__(N_CHAR_MAX=100_000) if whole else repr(thing)
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))


def seeded(estimator, random_state):
    """Return a clone whose random states that are None are the given int, or each an int that a RandomState draws."""
    estimator = clone(estimator)
    unset = sorted(
        name
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state" and value is None
    )
    fixed = isinstance(random_state, Integral)
    return estimator.set_params(**{name: random_state if fixed else random_state.randint(2**31 - 1) for name in unset})


def declared(estimator, discrete_features=None, discrete_target=None):
    """Return the estimator, which is changed, with these kinds of columns where its own parameters say "auto".

    Some rows of a table need not show what all of them do. X may be mapped by the steps of a Pipeline, y is not.
    """
    kinds = {"discrete_features": discrete_features, "discrete_target": discrete_target}
    found = {}
    for name, value in estimator.get_params(deep=True).items():
        own = name.rpartition("__")[2]
        is_mapped = own == "discrete_features" and own != name and isinstance(estimator, Pipeline)
        kind = None if is_mapped else kinds.get(own)
        if kind is not None and isinstance(value, str) and value == "auto":
            found[name] = kind
    return estimator.set_params(**found)


def stop_if_interrupted(kept):
    """Raise KeyboardInterrupt if one of the kept warnings says that a training was interrupted.

    Networks keep their best weights then; an estimate from them is not what was asked for.
    """
    if any(issubclass(warning.category, InterruptedWarning) for warning in kept):
        raise KeyboardInterrupt
