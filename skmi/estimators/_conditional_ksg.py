"""The nearest-neighbour estimator of conditional mutual information."""

from numbers import Integral

import numpy as np

from .._sklearn import Interval, StrOptions, validate_params
from .._tables import Columns, column_numbers, strata_of
from ..exceptions import UnreliableEstimateWarning, warn
from ._base import KernelCriticEstimator
from ._kernel_critic import KernelCritic
from ._ksg_error import ksg_error
from ._ksg_rows import check_pair, ksg_rows, prepared
from ._labels import labels_error
from ._lower_values import warn_too_low
from ._warnings import warn_of_data, warn_rare, warn_saturated

_LOW_CEILING = 1.5  # nats; warn if the sample allows no larger estimate


class ConditionalKSG(KernelCriticEstimator):
    """Conditional mutual information I(X; y | Z) by nearest neighbours, where Z is some of the columns passed as X.

    The information that X adds about y if Z is known: zero if Z explains the whole dependence, and more than I(X; y)
    if X and Z are informative only together. Columns may be continuous, discrete or mixed, as in :class:`KSG`.

    The conditioning columns are part of X, so that Pipelines, searches and cross-validation pass them on. ``score``
    and ``log_density_ratio`` use all columns of X, those of Z included: I(X, Z; y) = I(Z; y) + I(X; y | Z). The first
    term is the same for all candidates of a search, so the ranking is that of I(X; y | Z).

    Parameters
    ----------
    conditioning : int, str, array-like of int, str or bool, or None, default=None
        The columns of X to condition on, Z: numbers, names if X is a DataFrame, or a mask. None conditions on
        nothing, and the estimate is that of KSG.
    n_neighbors : int, default=3
        Neighbours in the joint space. More neighbours lower the variance and bias the estimate towards 0.
    marginals : {"standardize", "normal"} or None, default="standardize"
        Scaling of each continuous column before distances are computed: unit variance, normal scores by rank, or
        none.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    n_jobs : int, default=None
        Threads of the neighbour search; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; y | Z), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_`` from ``pointwise_``, in nats; too small, because neighbours overlap.
    conditioning_ : ndarray of int
        Numbers of the conditioning columns.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KSG : Without conditioning.

    Notes
    -----
    With eps_i the max-norm distance from row i to its k-th neighbour in (x, y, z) among the rows that share its
    discrete values, and m_xz, m_yz, m_z the number of rows, itself included, strictly within eps_i there,

    .. math:: I = \\langle \\psi(k) + \\psi(m_z) - \\psi(m_{xz}) - \\psi(m_{yz}) \\rangle .

    The estimate is biased towards 0, and more so with more conditioning columns.

    References
    ----------
    Frenzel, Pompe (2007). "Partial Mutual Information for Coupling Analysis of Multivariate Time Series".
    doi:10.1103/PhysRevLett.99.204101.

    Mesner, Shalizi (2021). "Conditional Mutual Information Estimation for Mixed, Discrete and Continuous Data".
    arXiv:1912.03387.

    Examples
    --------
    Both columns are noisy copies of a common cause, and are independent given the cause:

    >>> import numpy as np
    >>> from skmi import KSG, ConditionalKSG
    >>> rng = np.random.default_rng(0)
    >>> cause = rng.standard_normal(3000)
    >>> x, y = cause + rng.standard_normal(3000), cause + rng.standard_normal(3000)
    >>> X = np.column_stack([x, cause])
    >>> round(KSG().fit(X[:, :1], y).mi_, 1), round(abs(ConditionalKSG(conditioning=1).fit(X, y).mi_), 1)
    (0.1, 0.0)
    """

    _parameter_constraints = {
        **KernelCriticEstimator._parameter_constraints,
        "conditioning": [Integral, str, "array-like", None],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"standardize", "normal"}), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        conditioning=None,
        *,
        n_neighbors=3,
        marginals="standardize",
        discrete_features="auto",
        discrete_target="auto",
        n_jobs=None,
    ):
        self.conditioning = conditioning
        self.n_neighbors = n_neighbors
        self.marginals = marginals
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        self.conditioning_ = given_columns(self, x.values.shape[1])
        given = np.isin(np.arange(x.values.shape[1]), self.conditioning_)
        z, free = (x.some(part) for part in (given, ~given))
        warn_of_data(x, y, None if self.marginals == "normal" else 'pass marginals="normal"')
        sides = [prepared(columns, self.marginals) for columns in (free, y, z)]
        pointwise, kept, ceiling = ksg_rows(
            *sides[:2], self.n_neighbors, given=sides[2] if given.any() else None, n_jobs=self.n_jobs
        )
        warn_rare(kept, x, y)
        # If all columns are discrete the estimate counts, and n_neighbors sets no ceiling.
        if given.any() and ceiling < _LOW_CEILING and not (x.is_discrete.all() and y.is_discrete.all()):
            warn(
                f"So few rows share their values of the conditioning columns that no estimate can exceed {ceiling:.2f} "
                f"nats: groups of {self.n_neighbors + 1} rows or fewer (n_neighbors + 1) always give 0. Merge values "
                "of the conditioning columns, or condition on fewer of them.",
                UnreliableEstimateWarning,
            )
        elif not (free.is_discrete.all() or y.is_discrete.all()):
            warn_saturated(pointwise, ceiling, self.n_neighbors, "Use more rows, or fewer conditioning columns.")
        warn_too_low(pointwise, x, y, "Use fewer columns, or compress first.", z if given.any() else None)
        self._critic, self._kept = KernelCritic(x, y, n_jobs=self.n_jobs), kept
        return pointwise

    def _error_of(self, x, y):
        given = np.isin(np.arange(x.values.shape[1]), self.conditioning_)
        if x.is_discrete.all() and y.is_discrete.all():
            free, z = (strata_of(x.values[:, part]) for part in (~given, given))
            return labels_error(self.pointwise_, free, y.strata, z)
        z, free = (Columns(x.values[self._kept][:, part], x.is_discrete[part]) for part in (given, ~given))
        sides = [prepared(columns, self.marginals) for columns in (free, y.rows(self._kept), z)]
        return ksg_error(self.pointwise_, *sides[:2], self.n_neighbors, sides[2] if given.any() else None)


@validate_params({"n_neighbors": [Interval(Integral, 1, None, closed="left")]}, prefer_skip_nested_validation=True)
def ksg_conditional_mutual_info(X, Y, Z, *, n_neighbors=3, n_jobs=None):
    """Return the nearest-neighbour estimate of I(X; Y | Z) for continuous data.

    The plain formula of :class:`ConditionalKSG`, without scaling and without discrete columns.

    Parameters
    ----------
    X : array-like of shape (n_samples,) or (n_samples, n_features_x)
        First sample.
    Y : array-like of shape (n_samples,) or (n_samples, n_features_y)
        Second sample.
    Z : array-like of shape (n_samples,) or (n_samples, n_features_z)
        Sample of the conditioning variable.
    n_neighbors : int, default=3
        Neighbours in the joint space.
    n_jobs : int, default=None
        Threads of the neighbour search.

    Returns
    -------
    mi : float
        In nats.

    References
    ----------
    Frenzel, Pompe (2007). "Partial Mutual Information for Coupling Analysis of Multivariate Time Series".
    doi:10.1103/PhysRevLett.99.204101.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.estimators import ksg_conditional_mutual_info
    >>> x, y = np.random.default_rng(0).standard_normal((2, 3000))
    >>> round(ksg_conditional_mutual_info(x, y, x + y), 1) > 0  # independent, but not given their sum
    True
    """
    sides = check_pair(X=X, Y=Y, Z=Z)
    return float(np.mean(ksg_rows(*sides[:2], n_neighbors, given=sides[2], n_jobs=n_jobs)[0]))


def given_columns(estimator, n_columns):
    """Return the column numbers that the ``conditioning`` of an estimator stands for."""
    if estimator.conditioning is None:
        return np.empty(0, dtype=np.intp)
    if np.ndim(estimator.conditioning) > 1:
        raise ValueError(
            "Expected conditioning as names or numbers of columns of X, got an array of shape "
            f"{np.shape(estimator.conditioning)}. Pass X and Z side by side as X, or skmi.estimate(X, y, given=Z)."
        )
    names = getattr(estimator, "feature_names_in_", None)
    columns = column_numbers(estimator.conditioning, n_columns, names, "conditioning columns")
    if len(columns) == n_columns:
        raise ValueError(
            f"conditioning={estimator.conditioning!r} takes every column of X, and none is left whose information "
            f"could be estimated: n_features = {n_columns}. Pass the columns of both X and Z as X."
        )
    return columns
