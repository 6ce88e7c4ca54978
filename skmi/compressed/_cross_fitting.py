"""Cross-fitting: codes of rows from encoders fitted to other rows, and one estimate from those of the folds."""

import gc

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_memory

from .._seeding import stop_if_interrupted
from .._sklearn import rows_of
from ..exceptions import issue, kept_warnings

_LARGE = 32 * 2**20  # bytes that are worth a collection


class FittedCompression:
    """The encoders of one fold: one for each side, or one for both.

    Parameters
    ----------
    x_compressor, y_compressor : transformer or None
        None leaves the side as it is.
    paired : transformer or None
        For both sides, with ``transform(X, y)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.compressed import FittedCompression
    >>> codes, y = FittedCompression().transform(np.ones((2, 3)), np.ones(2))
    >>> codes.shape, y.shape
    ((2, 3), (2,))
    """

    def __init__(self, x_compressor=None, y_compressor=None, paired=None):
        self.x_compressor = x_compressor
        self.y_compressor = y_compressor
        self.paired = paired

    def fit(self, X, y):
        """Return a compression whose parts are fitted clones of these.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable.

        Returns
        -------
        fitted : FittedCompression
            Fitted clones.
        """
        if self.paired is not None:
            return FittedCompression(paired=clone(self.paired).fit(X, y))
        # X's compressor sees y, as the steps of a Pipeline do, so that supervised ones serve.
        return FittedCompression(
            None if self.x_compressor is None else clone(self.x_compressor).fit(X, y),
            None if self.y_compressor is None else clone(self.y_compressor).fit(y),
        )

    def transform(self, X, y):
        """Return the codes of both sides, whose numbers of rows may differ.

        Parameters
        ----------
        X : array-like of shape (n_samples_x, n_features)
            First variable.
        y : array-like of shape (n_samples_y,) or (n_samples_y, n_targets)
            Second variable.

        Returns
        -------
        x_codes : ndarray of shape (n_samples_x, n_codes_x)
            Codes of X.
        y_codes : ndarray of shape (n_samples_y, n_codes_y)
            Codes of y.
        """
        if self.paired is None:
            x_codes, y_codes = (
                side if part is None else part.transform(side)
                for part, side in ((self.x_compressor, X), (self.y_compressor, y))
            )
            return x_codes, y_codes
        n_x, n_y = (np.shape(side)[0] for side in (X, y))
        if n_x == n_y:
            return self.paired.transform(X, y)
        # A paired transform takes as many rows of one as of the other; the rows that fill up are cut off again.
        fill = [rows_of(side, np.resize(np.arange(n), max(n_x, n_y))) for side, n in ((X, n_x), (y, n_y))]
        x_codes, y_codes = self.paired.transform(*fill)
        return x_codes[:n_x], y_codes[:n_y]


def codes_of_fold(compression, X, y, train, test, memory=None):
    """Compress some rows by encoders that are fitted to others: the one place where cross-fitting is done.

    Parameters
    ----------
    compression : FittedCompression
        Unfitted, or fitted if ``train`` is None.
    X : array-like of shape (n_samples, n_features)
        First variable.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or None
        Second variable, if there is one.
    train, test : ndarray of int
        Rows to fit on, and rows to compress.
    memory : None, str or object with the interface of joblib.Memory, default=None
        Caches fitted encoders.

    Returns
    -------
    compression : FittedCompression
        Fitted.
    rows : tuple
        The rows of X and y that were compressed.
    codes : tuple
        What became of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from skmi.compressed import FittedCompression, codes_of_fold
    >>> X = np.random.default_rng(0).standard_normal((10, 3))
    >>> _, _, (codes, _) = codes_of_fold(FittedCompression(PCA(1)), X, None, np.arange(5), np.arange(5, 10))
    >>> codes.shape
    (5, 1)
    """
    if train is not None:
        fit = check_memory(memory).cache(_fit_compression)
        compression, kept = fit(compression, _rows(X, train), _rows(y, train))
        if getattr(X, "nbytes", 0) > _LARGE:
            gc.collect()  # frames of a training stand in cycles with its rows
        stop_if_interrupted(kept)
        issue(kept)
    rows = _rows(X, test), _rows(y, test)
    return compression, rows, compression.transform(*rows)


def pooled(estimators, tests):
    """Return the mean over folds of the estimates, and each row's contribution where all estimators have them.

    Parameters
    ----------
    estimators : list of estimator
        Fitted on the rows of each fold.
    tests : list of ndarray of int
        Those rows.

    Returns
    -------
    mi : float
        In nats.
    pointwise : ndarray of shape (n_rows,), or None
        Their mean is ``mi``.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi import KSG
    >>> from skmi.compressed import pooled
    >>> x = np.random.default_rng(0).standard_normal((100, 1))
    >>> fitted = KSG().fit(x, x + np.roll(x, 1))
    >>> pooled([fitted], [np.arange(100)])[0] == fitted.mi_
    True
    """
    if not all(hasattr(part, "pointwise_") for part in estimators):
        weights = [len(test) for test in tests]
        return float(np.average([part.mi_ for part in estimators], weights=weights)), None
    pointwise = _by_row([part.pointwise_ for part in estimators], tests)
    return float(np.mean(pointwise)), pointwise


def _fit_compression(compression, X, y):
    """Return the fitted compression and the warnings of fitting it, which a cache keeps with it."""
    with kept_warnings() as kept:
        fitted = compression.fit(X, y)
    return fitted, kept


def _rows(table, rows):
    return None if table is None else rows_of(table, rows)


def _by_row(pointwise, tests):
    """Return one value a row, averaged over folds; fold after fold where an estimator dropped rows."""
    if any(len(values) != len(test) for values, test in zip(pointwise, tests, strict=True)):
        return np.concatenate(pointwise)
    rows = np.concatenate(tests)
    times = np.bincount(rows)
    totals = np.bincount(rows, weights=np.concatenate(pointwise))
    return totals[times > 0] / times[times > 0]
