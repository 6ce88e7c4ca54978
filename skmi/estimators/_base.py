"""The contract of every estimator of mutual information."""

import warnings
from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data

from .._sklearn import StrOptions, _fit_context
from ..bounds import info_nce_rows, matrices
from ..exceptions import SaturationWarning, UnreliableEstimateWarning
from ._columns import ColumnCoder, refuse_sparse
from ._warnings import warn_constant

_MANY_NEW = 0.5  # share of held-out rows with unknown labels from which a score says nothing
_CAP_MARGIN = 1.5  # nats below log(n) from which InfoNCE saturates


class MutualInfoEstimator(BaseEstimator, ABC):
    """Base class of everything that estimates mutual information.

    A subclass sets ``mi_`` and, where it has them, ``pointwise_`` in ``fit(X, y)``, and says in
    ``log_density_ratio(X, y)`` how it sees new pairs. From the latter follows ``score``, which ranks any two
    estimators, compressors or bandwidths on data that neither has seen.

    Examples
    --------
    >>> from skmi import KSG, MutualInfoEstimator
    >>> isinstance(KSG(), MutualInfoEstimator)
    True
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    @abstractmethod
    def fit(self, X, y):
        """Estimate I(X; Y) from paired rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable.

        Returns
        -------
        self : object
            Fitted estimator.
        """

    @abstractmethod
    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) for all pairs of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples_x, n_features)
            Rows of the first variable.
        y : array-like of shape (n_samples_y,) or (n_samples_y, n_targets)
            Rows of the second variable.

        Returns
        -------
        log_ratios : ndarray of shape (n_samples_x, n_samples_y)
            Entry [i, j] belongs to (x_i, y_j), in nats.
        """

    @property
    def standard_error_(self):
        """Standard error of ``mi_`` from ``pointwise_``, in nats."""
        check_is_fitted(self, "pointwise_")
        n_samples = len(self.pointwise_)
        return float(np.std(self.pointwise_, ddof=1) / np.sqrt(n_samples)) if n_samples > 1 else float("nan")

    def _check_table(self, X, y, reset):
        """Check names and number of columns, that y is there, and that X is dense with two dimensions."""
        refuse_sparse(X, "X")
        validate_data(self, X, y, reset=reset, skip_check_array=True)
        shape = np.shape(X)
        if len(shape) == 1:
            raise ValueError(
                f"Expected 2D array for X, got 1D array of shape {shape} instead. Reshape your data using "
                "array.reshape(-1, 1) if it has a single feature or array.reshape(1, -1) if it is a single sample."
            )

    def score(self, X, y):
        """Return the InfoNCE lower bound of I(X; Y) on data that the estimator has not seen.

        In expectation it lies below the true value for any estimator, compressor and bandwidth, so that a search
        which maximises it cannot be fooled for long. It is at most ``log(n_samples)``; more than 4096 rows are
        compared within parts of at most that many, which keeps the time linear in the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable, rows not used in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable.

        Returns
        -------
        score : float
            In nats; higher is better.
        """
        check_is_fitted(self)
        self._look_at_new_rows(y)
        terms = [info_nce_rows(matrix) for matrix in matrices(self.log_density_ratio, X, y)]
        value = float(np.mean(np.concatenate(terms)))
        n_parts, cap = len(terms), float(np.log(len(terms[-1])))
        if value > max(cap - _CAP_MARGIN, 0.5 * cap):
            more = " Score on more rows to tell higher values apart." if n_parts == 1 else ""
            warnings.warn(
                f"The score {value:.2f} is close to its largest possible value, log(n_samples) = {cap:.2f}.{more}",
                SaturationWarning,
                stacklevel=2,
            )
        return value

    def _look_at_new_rows(self, y):
        """Warn of rows about which no score can tell anything, where the estimator sees that."""


class ColumnEstimator(MutualInfoEstimator):
    """Base class of the estimators that work on the columns as they are given."""

    _parameter_constraints = {
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Estimate I(X; Y) from paired rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable; numbers, or a DataFrame with columns of any kind.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable: continuous, discrete (labels) or columns of both kinds.

        Returns
        -------
        self : object
            Fitted estimator, with ``mi_`` in nats.
        """
        self._check_table(X, y, reset=True)
        self._x_coder, self._y_coder = ColumnCoder("X"), ColumnCoder("y")
        x = self._x_coder.fit(X, self.discrete_features)
        y_ = self._y_coder.fit(y, self.discrete_target)
        check_consistent_length(x.values, y_.values)
        if len(x) < 2:
            raise ValueError(f"Expected at least 2 rows, got n_samples={len(x)} (1 sample). Pass more rows.")
        self.discrete_features_, self.discrete_target_ = x.is_discrete, y_.is_discrete
        warn_constant(x.values, "X")
        warn_constant(y_.values, "y")
        self.pointwise_ = self._fit(x, y_)
        self.mi_ = float(np.mean(self.pointwise_))
        return self

    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) for all pairs of rows, as the fitted estimator sees it.

        Parameters
        ----------
        X : array-like of shape (n_samples_x, n_features)
            Rows of the first variable.
        y : array-like of shape (n_samples_y,) or (n_samples_y, n_targets)
            Rows of the second variable.

        Returns
        -------
        log_ratios : ndarray of shape (n_samples_x, n_samples_y)
            Entry [i, j] belongs to (x_i, y_j), in nats.
        """
        check_is_fitted(self)
        self._check_table(X, y, reset=False)
        return self._log_density_ratio(self._x_coder.transform(X), self._y_coder.transform(y))

    def _look_at_new_rows(self, y):
        if not self.discrete_target_.all():
            return
        new = self._y_coder.share_of_new_rows(y)
        if new > _MANY_NEW:
            warnings.warn(
                f"{new:.0%} of the rows have labels in y that were not there in fit, about which no score can tell "
                "anything. scikit-learn's cv=5 does not shuffle: for sorted rows pass "
                "cv=KFold(5, shuffle=True), or StratifiedKFold.",
                UnreliableEstimateWarning,
                stacklevel=3,
            )

    @abstractmethod
    def _fit(self, x, y):
        """Return the pointwise estimates of two Columns, ndarray of shape (n_kept,); their mean is ``mi_``."""

    @abstractmethod
    def _log_density_ratio(self, x, y):
        """Return the critic's matrix for two Columns."""
