"""The one file that names scikit-learn's private things, so that a change there is mended here."""

import numpy as np
from sklearn import config_context
from sklearn.base import ClassNamePrefixFeaturesOutMixin, _fit_context
from sklearn.utils import _safe_indexing as _indexed
from sklearn.utils._param_validation import (
    HasMethods,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_params,
)
from sklearn.utils._param_validation import Interval as _Interval

__all__ = [
    "ClassNamePrefixFeaturesOutMixin",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "_fit_context",
    "rows_of",
    "validate_params",
]


def rows_of(table, rows):
    """Return rows of an array, a table or a list by their numbers."""
    # With array dispatch, scikit-learn 1.7 hands the numbers to torch, which takes no arrays of NumPy.
    with config_context(array_api_dispatch=False):
        return _indexed(table, rows)


class Interval(_Interval):
    """scikit-learn's interval without True and False, which are integers to Python and indices to NumPy."""

    def is_satisfied_by(self, val):
        """Return whether a value is a number of the interval."""
        return not isinstance(val, bool | np.bool_) and super().is_satisfied_by(val)
