"""The contract of every estimator of mutual information."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from .._sklearn import StrOptions, _fit_context
from .._tables import ColumnCoder, check_table
from ..bounds import info_nce_rows, matrices, parts_of
from ..exceptions import SaturationWarning, UnreliableEstimateWarning, warn, without_warnings
from ._labels import labels_error
from ._warnings import warn_constant

_MANY_NEW = 0.5  # warn if more than this share of the held-out rows has labels that fit has not seen
_CAP_MARGIN = 1.5  # warn if InfoNCE comes closer than this to its cap log(n), in nats


class MutualInfoEstimator(BaseEstimator, ABC):
    """Base class of all estimators of mutual information.

    A subclass sets ``mi_`` and, if it has them, ``pointwise_`` in ``fit(X, y)``, and returns in
    ``log_density_ratio(X, y)`` its log density ratio of new pairs. The latter gives ``score``, which ranks any two
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
        return self._spread_error()

    def _spread_error(self):
        """Return the standard error if rows contributed independently of one another."""
        n_samples = len(self.pointwise_)
        return float(np.std(self.pointwise_, ddof=1) / np.sqrt(n_samples)) if n_samples > 1 else float("nan")

    def score(self, X, y):
        """Return the InfoNCE lower bound of I(X; Y) on data that the estimator has not seen.

        In expectation it lies below the true value for any estimator, compressor and bandwidth, so maximising it does
        not reward overfitting. Up to 4096 rows are all compared with one another. More rows are split into parts of
        1000 to 4096 rows, with smaller parts for more rows, and each row is compared with those of its part; the time
        is then linear in the number of rows. The score is at most the log of the number of rows compared.

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
        terms = list(self._score_terms(X, y))
        value = float(np.mean(np.concatenate(terms)))
        # The last part is never larger than the others, so its cap is the lowest.
        n_parts, cap = len(terms), float(np.log(len(terms[-1])))
        if value > max(cap - _CAP_MARGIN, 0.5 * cap):
            more = " Score on more rows to distinguish higher values." if n_parts == 1 else ""
            warn(
                f"The score {value:.2f} is close to its largest possible value, log(n_samples) = {cap:.2f}.{more}",
                SaturationWarning,
            )
        return value

    def _score_terms(self, X, y):
        """Yield the terms of InfoNCE of each row, part by part."""
        for matrix in matrices(self.log_density_ratio, X, y):
            yield info_nce_rows(matrix)

    def _warn_new_labels(self, y):
        """Warn if many rows have labels that ``fit`` has not seen, since a score cannot judge them."""
        if not self.discrete_target_.all():
            return
        new = float(np.mean(self._y_coder.class_numbers(y) < 0))
        if new > _MANY_NEW:
            warn(
                f"{new:.0%} of the rows have labels in y that were not there in fit, which no score can "
                "judge. scikit-learn's cv=5 does not shuffle: for sorted rows pass "
                "cv=KFold(5, shuffle=True), or StratifiedKFold.",
                UnreliableEstimateWarning,
            )


class ColumnEstimator(MutualInfoEstimator):
    """Base class of the estimators that work on the columns of X and y directly, without compressing them."""

    _parameter_constraints = {
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

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
        check_table(self, X, y, reset=True)
        self._x_coder, self._y_coder = ColumnCoder("X"), ColumnCoder("y")
        x = self._x_coder.fit(X, self.discrete_features)
        y_ = self._y_coder.fit(y, self.discrete_target)
        check_consistent_length(x.values, y_.values)
        if len(x) < 2:
            raise ValueError(f"Expected at least 2 rows, got n_samples={len(x)} (1 sample). Pass more rows.")
        self.discrete_features_, self.discrete_target_ = x.is_discrete, y_.is_discrete
        self._warn_constant(x, y_)
        self.pointwise_ = self._fit(x, y_)
        self.mi_ = float(np.mean(self.pointwise_))
        self._error, self._sides = None, (x, y_)
        return self

    @property
    def standard_error_(self):
        """Standard error of ``mi_``, in nats; computed when first asked for."""
        check_is_fitted(self, "pointwise_")
        if self._error is None:
            self._error, self._sides = self._error_of(*self._sides), None
        return self._error

    def _error_of(self, x, y):
        """Return the standard error for two Columns."""
        if x.is_discrete.all() and y.is_discrete.all():
            return labels_error(self.pointwise_, x.strata, y.strata)
        return self._own_error(x, y)

    def _own_error(self, x, y):
        """Return the standard error for two Columns that are not all labels."""
        return self._spread_error()

    def __getstate__(self):
        if getattr(self, "_sides", None) is not None:
            self.standard_error_  # noqa: B018 - computed now, so that files do not hold the data
        return super().__getstate__()

    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) for all pairs of rows, according to the fitted estimator.

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
        return self._log_density_ratio(*self._read_new_rows(X, y))

    def _read_new_rows(self, X, y):
        """Return rows not used in ``fit`` as two Columns."""
        check_table(self, X, y, reset=False)
        return self._x_coder.transform(X), self._y_coder.transform(y)

    def _score_terms(self, X, y):
        x, y = self._read_new_rows(X, y)
        check_consistent_length(x.values, y.values)
        self._warn_new_labels(y)
        for rows in parts_of(len(x)):
            yield self._info_nce_rows(x.rows(rows), y.rows(rows))

    def _warn_constant(self, x, y):
        """Warn of columns that do not vary."""
        warn_constant(x, "X")
        warn_constant(y, "y")

    @abstractmethod
    def _fit(self, x, y):
        """Return the pointwise estimates of two Columns, ndarray of shape (n_kept,); their mean is ``mi_``."""

    @abstractmethod
    def _log_density_ratio(self, x, y):
        """Return the critic's matrix for two Columns."""

    def _info_nce_rows(self, x, y):
        """Return the terms of InfoNCE of paired rows of two Columns, shape (n_samples,)."""
        return info_nce_rows(self._log_density_ratio(x, y))


def can_estimate_parts(model):
    """Return whether :class:`MIOfRows` takes a fitted estimator: one of columns, and without chance."""
    return isinstance(model, ColumnEstimator) and not hasattr(model, "random_state") and model._sides is not None


class MIOfRows:
    """The estimate from some of the rows that an estimator was fitted to, NaN where there is none.

    The same as that of a clone fitted to them, without reading and checking them again.

    Parameters
    ----------
    model : ColumnEstimator
        Fitted, and not asked for its standard error yet.
    """

    def __init__(self, model):
        # The rows apart from the estimator, which lets go of them when it is pickled.
        self._sides, self._kind = model._sides, type(model)
        self._state = model.__dict__ | {"_sides": None, "_error": None}

    def __call__(self, rows):
        """Return the estimate.

        Parameters
        ----------
        rows : ndarray of int
        """
        part = object.__new__(self._kind)
        part.__dict__.update(self._state)
        try:
            with without_warnings():
                return float(np.mean(part._fit(*(side.rows(rows) for side in self._sides))))
        except ValueError:
            return float("nan")


class KernelCriticEstimator(ColumnEstimator):
    """Base class of the estimators that need a separate ``_critic`` for the log density ratio of new pairs."""

    def _log_density_ratio(self, x, y):
        return self._critic(x, y)

    def _info_nce_rows(self, x, y):
        return self._critic.info_nce_rows(x, y)
