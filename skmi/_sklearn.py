"""The one file that names scikit-learn's private things, so that a change there is mended here."""

from sklearn.base import ClassNamePrefixFeaturesOutMixin, _fit_context
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_params,
)

__all__ = [
    "ClassNamePrefixFeaturesOutMixin",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "_fit_context",
    "_safe_indexing",
    "validate_params",
]
