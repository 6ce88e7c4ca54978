"""Cheap values that an estimate should reach: of correlations, of a linear discriminant, of two single columns."""

import numpy as np
from scipy.special import digamma
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .._maps import normal_scores, standardize
from .._tables import Columns, repeated_labels
from ..exceptions import LowEstimateWarning, warn
from ._ksg_rows import pointwise_ksg

_MANY_COLUMNS, _MAX_COLUMNS = 8, 400  # of both sides, where neighbours begin to fail, and determinants to cost much
_ROWS_PER_COLUMN = 5  # from which the correction of the bias of determinants is small
_SHARE = 0.5  # of the linear value: what neighbours lose in a few columns is no cause for a warning
_LEAST, _ERRORS = 0.1, 3.0  # nats and standard errors that have to be missing
_SINGULAR = 1e-9  # smallest eigenvalue of a correlation matrix with a determinant to speak of
_MAX_FEATURES, _MAX_ROWS, _MAX_CLASSES = 1000, 4000, 50  # for which a discriminant costs little
_FEWEST, _MOST, _PART = 300, 10_000, 8  # rows of which single columns are looked at, an eighth where that is between
_NEIGHBORS = 3


def warn_too_low(pointwise, x, y, advice):
    """Warn of an estimate that is clearly below a value which costs a small part of the time.

    Parameters
    ----------
    pointwise : ndarray of shape (n_rows,)
        The estimate is their mean.
    x, y : Columns
        Both sides.
    advice : str
        What to use instead.
    """
    mi, error = float(pointwise.mean()), float(pointwise.std() / np.sqrt(len(pointwise)))
    for lower in (_of_correlations, _of_discriminant, _of_single_columns):
        value, its_error, share, shown_by = lower(x, y)
        if _is_below(mi, np.hypot(error, its_error), value, share):
            warn(
                f"The estimate {mi:.2f} lies below {value:.2f}, which {shown_by}: it is too low. {advice}",
                LowEstimateWarning,
            )
            return


def warn_too_low_given(pointwise, x, y, given, advice):
    """Warn of an estimate of I(x; y | given) that is clearly below what correlations show; as :func:`warn_too_low`."""
    mi, error = float(pointwise.mean()), float(pointwise.std() / np.sqrt(len(pointwise)))
    with_given, given_alone = (_of_correlations(side, y)[0] for side in (x.and_(given), given))
    value = with_given - max(0.0, given_alone)
    if _is_below(mi, error, value, _SHARE):
        warn(
            f"The estimate {mi:.2f} lies below {value:.2f}, which the correlations of the columns alone show: it is "
            f"too low. {advice}",
            LowEstimateWarning,
        )


def _is_below(mi, error, value, share):
    return value > _LEAST and mi < min(share * value, value - _LEAST) and mi + _ERRORS * error < value


def _of_correlations(x, y):
    """Return the value of normal scores with the correlations of the columns, its error, and what to say of it."""
    n_samples, n_columns = len(x), x.values.shape[1] + y.values.shape[1]
    few = not _MANY_COLUMNS <= n_columns <= min(_MAX_COLUMNS, n_samples // _ROWS_PER_COLUMN)
    if few or x.is_discrete.any() or y.is_discrete.any():
        return _NOTHING
    return linear_mi(x.values, y.values), 0.0, _SHARE, f"the correlations of the {n_columns} columns alone show"


def _of_discriminant(x, y):
    """Return the same of labels: their entropy less the loss of a linear discriminant on held-out rows."""
    if x.is_discrete.all():
        x, y = y, x
    n_features = x.values.shape[1]
    if x.is_discrete.any() or not y.is_discrete.all() or not _MANY_COLUMNS <= n_features + 1 <= _MAX_FEATURES:
        return _NOTHING
    chosen = np.random.RandomState(0).permutation(len(x))[:_MAX_ROWS]
    chosen = chosen[repeated_labels(y.strata[chosen])]
    classes, labels = np.unique(y.strata[chosen], return_inverse=True)
    halves = np.arange(len(chosen)) % 2 == 0, np.arange(len(chosen)) % 2 == 1
    fewest = min((np.bincount(labels[half], minlength=len(classes)).min() for half in halves), default=0)
    if not 2 <= len(classes) <= _MAX_CLASSES or fewest < 2:
        return _NOTHING
    X, shares, gains = standardize(x.values[chosen]), np.bincount(labels) / len(labels), np.empty(len(labels))
    for train, test in (halves, halves[::-1]):
        discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(X[train], labels[train])
        posterior = discriminant.predict_proba(X[test])[np.arange(test.sum()), labels[test]]
        # Mixed with the shares of the labels, as no sample shows a label to be impossible.
        weight = 1 / (1 + train.sum())
        gains[test] = np.log((1 - weight) * posterior / shares[labels[test]] + weight)
    return gains.mean(), gains.std() / np.sqrt(len(gains)), 1.0, "a linear discriminant shows on rows held out"


def _of_single_columns(x, y):
    """Return the same of one column of X and one of y, or its labels: those that are most correlated."""
    if x.is_discrete.all():
        x, y = y, x
    widths = x.values.shape[1], 1 if y.is_discrete.all() else y.values.shape[1]
    mixed = x.is_discrete.any() or (y.is_discrete.any() and not y.is_discrete.all())
    if mixed or max(widths) < 2:
        return _NOTHING
    rows = np.random.RandomState(0).permutation(len(x))[: int(np.clip(len(x) // _PART, _FEWEST, _MOST))]
    x, y = x.rows(rows), y.rows(rows)
    X, Y = standardize(x.values), standardize(y.values)
    if y.is_discrete.all():
        kept = repeated_labels(y.strata)
        if not kept.all():
            x, y, X = x.rows(kept), y.rows(kept), X[kept]
        if len(x) <= _NEIGHBORS:
            return _NOTHING
        # Squared correlations with the mean of a row's label: what labels explain of a column.
        sums = np.stack([np.bincount(y.strata, weights=column) for column in X.T])
        products = np.sum(sums**2 / np.maximum(np.bincount(y.strata), 1), axis=1)[:, None]
    else:
        products = np.abs(X.T @ Y)
    i, j = np.unravel_index(np.argmax(products), products.shape)
    column = Columns.of_numbers(x.values[:, [i]])
    other = y if y.is_discrete.all() else Columns.of_numbers(y.values[:, [j]])
    if len(column) <= _NEIGHBORS or np.ptp(column.values) == 0 or np.ptp(other.values) == 0:
        return _NOTHING
    values = pointwise_ksg(column, other, _NEIGHBORS, marginals="normal")[0]
    shown_by = f"column {i} of X shows" if widths[1] == 1 else f"column {i} of one side and {j} of the other show"
    return values.mean(), values.std() / np.sqrt(len(values)), 1.0, f"{shown_by} alone"


_NOTHING = -np.inf, 0.0, 1.0, ""


def linear_mi(X, Y):
    """Return the mutual information of normal data with the same rank correlations, less its bias; 0 if singular."""
    Z = normal_scores(np.hstack([X, Y]))
    Z = Z[:, Z.std(axis=0) > 0]
    n_x = np.count_nonzero(X.std(axis=0) > 0)
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
