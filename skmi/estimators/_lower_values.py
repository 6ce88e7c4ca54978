"""Cheap values that an estimate should reach: of correlations, of a linear discriminant, of two single columns."""

import numpy as np
from scipy.special import digamma, softmax

from .._maps import normal_scores, ranks, standardize
from .._tables import Columns
from ..exceptions import LowEstimateWarning, are_wanted, warn
from ._ksg_rows import pointwise_ksg

_MANY_COLUMNS, _MAX_COLUMNS = 8, 400  # of both sides, where neighbours begin to fail, and determinants to cost much
_ROWS_PER_COLUMN, _ROWS, _MAX_ROWS = 5, 1000, 4000  # from which the bias of determinants is small; looked at
_SHARE = 0.5  # of the linear value, which exceeds the truth itself where data are far from normal
_LEAST, _ERRORS = 0.1, 3.0  # nats and standard errors that have to be missing
_SINGULAR = 1e-9  # smallest eigenvalue of a correlation matrix with a determinant to speak of
_MAX_FEATURES, _MAX_CLASSES, _SHRINKAGE = 1000, 50, 0.1  # for which a discriminant costs little
_FEWEST, _MOST, _PART = 300, 10_000, 8  # rows of which single columns are looked at, an eighth where that is between
_PROMISING = 0.8  # share of the estimate that the rank correlation of two columns has to show
_NEIGHBORS = 3


def warn_too_low(pointwise, x, y, advice, given=None):
    """Warn of an estimate that is clearly below a value which costs a small part of the time.

    Parameters
    ----------
    pointwise : ndarray of shape (n_rows,)
        The estimate is their mean.
    x, y : Columns
        Both sides; x with the columns given.
    advice : str
        What to use instead.
    given : Columns or None, default=None
        If the estimate is one of I(x; y | given), which is compared with what correlations show alone.
    """
    if not are_wanted():
        return
    mi, error = float(pointwise.mean()), float(pointwise.std() / np.sqrt(len(pointwise)))
    lower_values = (_of_correlations, _of_discriminant, _of_single_columns) if given is None else (_of_correlations,)
    for lower in lower_values:
        value, its_error, share, reason = lower(x, y, mi)
        if given is not None:
            value -= max(0.0, lower(given, y, mi)[0])
        if _is_below(mi, np.hypot(error, its_error), value, share):
            warn(f"The estimate {mi:.2f} lies below {value:.2f}, {reason}. {advice}", LowEstimateWarning)
            return


def _is_below(mi, error, value, share):
    return value > _LEAST and mi < min(share * value, value - _LEAST) and mi + _ERRORS * error < value


def _of_correlations(x, y, mi):
    """Return the value of normal scores with the correlations of the columns, its error, and what to say of it."""
    n_columns = x.values.shape[1] + y.values.shape[1]
    few = not _MANY_COLUMNS <= n_columns <= min(_MAX_COLUMNS, len(x) // _ROWS_PER_COLUMN)
    if few or x.is_discrete.any() or y.is_discrete.any():
        return _NOTHING
    rows = _some_rows(len(x), max(_ROWS, 2 * _ROWS_PER_COLUMN * n_columns))
    value = linear_mi(x.values[rows], y.values[rows])
    reason = f"which normal data with the correlations of the {n_columns} columns have: it is likely too low"
    return value, 0.0, _SHARE, reason


def _of_discriminant(x, y, mi):
    """Return the same of labels: their entropy less the loss of a linear discriminant on held-out rows."""
    x, y, _ = _labels_last(x, y)
    n_features = x.values.shape[1]
    if x.is_discrete.any() or not y.is_discrete.all() or not _MANY_COLUMNS <= n_features + 1 <= _MAX_FEATURES:
        return _NOTHING
    rows = _some_rows(len(x), _MAX_ROWS)
    rows = rows[_are_repeated(y.strata[rows])]
    classes, labels = np.unique(y.strata[rows], return_inverse=True)
    halves = np.arange(len(rows)) % 2 == 0, np.arange(len(rows)) % 2 == 1
    if not 2 <= len(classes) <= _MAX_CLASSES:
        return _NOTHING
    if min(np.bincount(labels[half], minlength=len(classes)).min() for half in halves) < 2:
        return _NOTHING
    X, shares = standardize(x.values[rows]), np.bincount(labels) / len(labels)
    # With few rows for the columns the quick value, less its bias, says nothing.
    if len(X) > _ROWS_PER_COLUMN * n_features and _explained(X, labels) < mi + _LEAST:
        return _NOTHING
    gains = np.empty(len(labels))
    for train, test in (halves, halves[::-1]):
        posterior = _posterior(X[train], labels[train], X[test])[np.arange(test.sum()), labels[test]]
        # Mixed with the shares of the labels, as no sample shows a label to be impossible.
        weight = 1 / (1 + train.sum())
        gains[test] = np.log((1 - weight) * posterior / shares[labels[test]] + weight)
    reason = "which a linear discriminant shows on rows held out: it is too low"
    return gains.mean(), gains.std() / np.sqrt(len(gains)), 1.0, reason


def _explained(X, labels):
    """Return what labels would tell of normal classes, less its bias: more than a discriminant gains, and quicker."""
    _, total, within = _classes(X, labels)
    bias = labels.max() * X.shape[1] / (2 * len(X))
    return 0.5 * (np.linalg.slogdet(total)[1] - np.linalg.slogdet(within)[1]) - bias


def _posterior(X, labels, X_new):
    """Return the probabilities of the labels of new rows by a linear discriminant, shape (n_new, n_classes)."""
    means, _, within = _classes(X, labels)
    weights = np.linalg.solve(within, means.T)
    offsets = np.log(np.bincount(labels)) - 0.5 * np.sum(means.T * weights, axis=0)
    return softmax(X_new @ weights + offsets, axis=1)


def _classes(X, labels):
    """Return the means of classes, and the covariances of all rows and within classes, shrunk towards no correlation.

    By hand, as scikit-learn's discriminant takes longer than the estimate itself.
    """
    members = np.eye(labels.max() + 1)[labels]
    means = members.T @ X / members.sum(axis=0)[:, None]
    rest = X - means[labels]
    unit = _SHRINKAGE * np.eye(X.shape[1])
    total, within = ((1 - _SHRINKAGE) * Z.T @ Z / len(Z) + unit for Z in (X - X.mean(axis=0), rest))
    return means, total, within


def _of_single_columns(x, y, mi):
    """Return the same of one column of X and one of y, or its labels: those that are most correlated."""
    x, y, name = _labels_last(x, y)
    names = [np.arange(side.values.shape[1]) if side.names is None else side.names for side in (x, y)]
    labels = bool(y.is_discrete.all())
    widths = x.values.shape[1], 1 if labels else y.values.shape[1]
    mixed = x.is_discrete.any() or (y.is_discrete.any() and not labels)
    if mixed or not 2 <= max(widths) <= _MAX_FEATURES:
        return _NOTHING
    rows = _some_rows(len(x), int(np.clip(len(x) // _PART, _FEWEST, _MOST)))
    if labels:
        rows = rows[_are_repeated(y.strata[rows])]
    if len(rows) <= 2 * _NEIGHBORS:
        return _NOTHING
    X = _standard_ranks(x.values[rows])
    if labels:
        counts = np.maximum(np.bincount(y.strata[rows]), 1)
        sums = np.stack([np.bincount(y.strata[rows], weights=column) for column in X.T])
        squared = np.sum(sums**2 / counts, axis=1)[:, None] / len(rows)
    else:
        squared = (X.T @ _standard_ranks(y.values[rows]) / len(rows)) ** 2
    i, j = np.unravel_index(np.argmax(squared), squared.shape)
    if -0.5 * np.log1p(-min(squared[i, j], 1 - 1e-12)) < _PROMISING * mi + _LEAST:
        return _NOTHING
    column = Columns.of_numbers(x.values[rows][:, [i]])
    other = y.rows(rows) if labels else Columns.of_numbers(y.values[rows][:, [j]])
    values = pointwise_ksg(column, other, _NEIGHBORS, marginals="normal")[0]
    which = f"column {names[0][i]} of {name} shows"
    if widths[1] > 1:
        which = f"column {names[0][i]} of one side and {names[1][j]} of the other show"
    return values.mean(), values.std() / np.sqrt(len(values)), 1.0, f"which {which} alone: it is too low"


_NOTHING = -np.inf, 0.0, 1.0, ""


def _labels_last(x, y):
    """Return both sides, labels second, and the name of the first."""
    return (y, x, "y") if x.is_discrete.all() else (x, y, "X")


def _are_repeated(labels):
    return np.bincount(labels)[labels] > 1


def _some_rows(n_samples, most):
    """Return so many rows, drawn the same way each time; all of them in order if there are no more."""
    if n_samples <= most:
        return np.arange(n_samples)
    return np.random.RandomState(0).permutation(n_samples)[:most]


def _standard_ranks(values):
    centred = ranks(values) - (len(values) + 1) / 2
    spread = np.sqrt(np.mean(centred**2, axis=0))
    return centred / np.where(spread > 0, spread, 1.0)


def linear_mi(X, Y):
    """Return the mutual information of normal data with the same rank correlations, less its bias; 0 if singular."""
    X, Y = (side[:, np.ptp(side, axis=0) > 0] for side in (X, Y))
    Z, n_x = normal_scores(np.hstack([X, Y])), X.shape[1]
    n_samples, n_columns = Z.shape
    if n_x in (0, n_columns):
        return 0.0
    correlation = np.corrcoef(Z, rowvar=False)
    if np.linalg.eigvalsh(correlation)[0] < _SINGULAR:
        return 0.0
    blocks = correlation[:n_x, :n_x], correlation[n_x:, n_x:], correlation
    log_dets = [np.linalg.slogdet(block)[1] for block in blocks]
    bias = [digamma((n_samples - np.arange(1, len(block) + 1)) / 2).sum() for block in blocks]
    return 0.5 * (log_dets[0] + log_dets[1] - log_dets[2] - bias[0] - bias[1] + bias[2])
