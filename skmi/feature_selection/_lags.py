"""Columns of the past of a series."""

from numbers import Integral

import numpy as np

from .._tables import column_names, plain_array


def lagged(X, lags, y=None):
    """Return the past of each column of a series, and the y that goes with it.

    Row t of the result holds the values of X at t - lag for each lag, and nothing later. The first rows, whose past is
    not known, are left out of both.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples,) or (n_samples, n_features)
        Rows that follow one another in time.
    lags : int or sequence of int
        How many rows back; 0 is the row itself.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or None, default=None
        What is to be explained.

    Returns
    -------
    X_lagged : ndarray or DataFrame of shape (n_samples - max(lags), n_features * n_lags)
        Lag by lag; names are those of the columns with the lag, as ``"price, lag 2"``.
    y : array-like of shape (n_samples - max(lags), ...)
        Rows of y; only if it was passed.

    Raises
    ------
    ValueError
        For negative lags, which would show the future, or fewer rows than lags.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.feature_selection import lagged
    >>> X_lagged, y = lagged(np.arange(5), [1, 2], y=np.arange(5))
    >>> X_lagged.tolist(), y.tolist()
    ([[1, 0], [2, 1], [3, 2]], [2, 3, 4])
    """
    asked = np.atleast_1d(np.asarray(lags))
    if asked.ndim != 1 or not asked.size or not all(isinstance(lag, Integral | np.integer) for lag in asked.tolist()):
        raise ValueError(f"Expected lags as whole numbers, got {lags!r}.")
    if asked.min() < 0:
        raise ValueError(f"Expected lags of at least 0, got {asked.min()}: a negative one would show the future.")
    names, most = column_names(X), int(asked.max())
    values = plain_array(X, "X")
    values = values[:, None] if values.ndim == 1 else values
    n_samples = len(values)
    if n_samples <= most:
        raise ValueError(f"Expected more rows than the largest lag, {most}, got n_samples={n_samples}.")
    parts = [slice(most - lag, n_samples - lag) for lag in asked.tolist()]
    if hasattr(X, "iloc") and names is not None:
        import pandas as pd

        shifted = [
            X.iloc[part].set_axis([f"{name}, lag {lag}" for name in names], axis=1).reset_index(drop=True)
            for part, lag in zip(parts, asked.tolist(), strict=True)
        ]
        found = pd.concat(shifted, axis=1)
    else:
        found = np.hstack([values[part] for part in parts])
    if y is None:
        return found
    if len(y) != n_samples:
        raise ValueError(f"Expected X and y with as many rows, got {n_samples} and {len(y)}.")
    rows = slice(most, n_samples)
    return found, y.iloc[rows].reset_index(drop=True) if hasattr(y, "iloc") else np.asarray(y)[rows]
