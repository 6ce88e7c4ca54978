"""What every table of estimates needs: estimators as text, seeds, and interruptions that a training outlived."""

import re
from numbers import Integral

from sklearn.base import BaseEstimator, clone


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


def stop_if_interrupted(caught):
    """Raise KeyboardInterrupt if one of the caught warnings says that a training was interrupted.

    Networks keep their best weights then; an estimate from them is not what was asked for.
    """
    if any(str(w.message).startswith("Training was interrupted") for w in caught):
        raise KeyboardInterrupt
