"""When integers are labels, and when y is: one rule for estimators, compressors and folds."""

import numpy as np
from sklearn.utils import column_or_1d

_MAX_DISTINCT = 32  # integers with more distinct values than this are quantities,
_MIN_ROWS_PER_VALUE = 3  # and so are those whose values hardly repeat


def most_labels(n_samples):
    """Return how many combinations of integers so many rows can hold that still count as labels."""
    return max(2, n_samples // _MIN_ROWS_PER_VALUE)


def few_values(integers):
    """Return whether a column of integers has so few values that they are labels."""
    return len(np.unique(integers)) <= min(_MAX_DISTINCT, most_labels(len(integers)))


def _is_missing(value):
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither the same as itself nor different
        return True


def as_labels(y):
    """Return the classes of y and each row's number among them, or (None, None) if y holds quantities."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype.kind == "O":
        missing = [_is_missing(value) for value in y.ravel().tolist()]
        if any(missing):
            raise ValueError(f"Input y contains missing values (NaN or None) in {sum(missing)} rows: drop those rows.")
        labels = all(isinstance(value, (str, bytes, bool, np.bool_)) for value in y.ravel())
    else:
        labels = y.dtype.kind in "USb" or (y.ndim == 1 and y.dtype.kind in "iu" and few_values(y))
    if not labels:
        return None, None
    return np.unique(column_or_1d(y), return_inverse=True)
