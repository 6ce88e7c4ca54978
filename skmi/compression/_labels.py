"""Whether y holds labels, for compressors that look at y."""

import numpy as np
from sklearn.utils import column_or_1d

_MAX_DISTINCT = 32  # integers with more distinct values than this are quantities
_MIN_ROWS_PER_VALUE = 3


def as_labels(y):
    """Return the classes and each row's number among them, or (None, None) if y holds quantities."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    integers = y.ndim == 1 and y.dtype.kind in "iu"
    few = integers and len(np.unique(y)) <= min(_MAX_DISTINCT, max(2, len(y) // _MIN_ROWS_PER_VALUE))
    if not few and y.dtype.kind not in "OUSb":
        return None, None
    return np.unique(column_or_1d(y), return_inverse=True)
