"""Measure estimators where the truth is known, and check them where it is not."""

from ._display import ValidationDisplay
from ._result import ValidationResult
from ._self_consistency import ConsistencyCheck, SelfConsistency, check_mi_estimator
from ._validate import validate

__all__ = [
    "ConsistencyCheck",
    "SelfConsistency",
    "ValidationDisplay",
    "ValidationResult",
    "check_mi_estimator",
    "validate",
]
