"""The linear baseline: mutual information of jointly normal data, and of normal classes for labels."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.special import digamma
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from .._maps import RANK_TOLERANCE, NormalScores, Scale, whitening
from .._tables import Columns, Indicators, repeated_labels, strata_of
from ..exceptions import InfiniteMIWarning, UnreliableEstimateWarning, warn
from ._base import ColumnEstimator
from ._kernel_critic import KernelCritic
from ._labels import labels_mi_rows
from ._warnings import warn_negative, warn_outliers, warn_rare, warn_series, warn_sparse_table

_FEWEST_OF_CLASS = 3  # rows
_NEARLY_SINGULAR = 1e-6  # smallest over largest eigenvalue of the correlations of a side
_FEW_ROWS = 2  # rows per column below which the covariance is shrunk
_RANK_TOLERANCE = 1e-12  # per column, of eigenvalues of columns of unit variance


class GaussianMI(ColumnEstimator):
    """Mutual information of jointly normal variables: the linear baseline.

    Exact in any dimension if (X, y) is jointly normal; otherwise it measures linear dependence only. Report it
    beside every other estimate. For labels it is the information of a linear discriminant, on held-out rows.

    Parameters
    ----------
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete; they enter as indicator columns. "auto" goes by dtype: strings, categories and
        booleans are discrete; integer columns are if each has at most 32 distinct values and their joint combinations
        are at most a third of the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y. If all columns of y are discrete, y is used as labels.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_``, in nats: from the spread of ``pointwise_``, less what that exceeds it by near
        independence.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KozachenkoLeonenko : Adds the non-normal part by nearest neighbours.

    Notes
    -----
    I = (log det S_x + log det S_y - log det S_xy) / 2, less its bias under normality: the expectation of log det of a
    sample covariance in d dimensions exceeds the truth by the sum over i = 1..d of psi((n - i) / 2) - log((n - 1) / 2).
    With fewer than two rows per column the covariance is shrunk (Ledoit and Wolf), no bias is removed, and a warning
    says that the estimate is unreliable.

    With labels, I = H(Y) minus the held-out cross-entropy of a shrunken linear discriminant, in five folds.

    References
    ----------
    Misra, Singh, Demchuk (2005). "Estimation of the entropy of a multivariate normal distribution".
    doi:10.1016/j.jmva.2003.10.003.

    Ledoit, Wolf (2004). "A well-conditioned estimator for large-dimensional covariance matrices".
    doi:10.1016/S0047-259X(03)00096-4.

    Examples
    --------
    >>> from skmi import GaussianMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=3.0, n_features_x=20, n_features_y=20).sample(5000, random_state=0)
    >>> round(GaussianMI().fit(X, y).mi_, 1)
    3.0
    """

    def __init__(self, *, discrete_features="auto", discrete_target="auto"):
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target

    def _fit(self, x, y):
        self._warn_outliers(x, y)
        warn_series(x, y)
        if y.is_discrete.all():
            if not x.is_discrete.all():
                self._x_design = _Design(x)
            return self._fit_labels(x, y)
        self._x_design = _Design(x)
        self._y_design = _Design(y)
        if min(self._x_design.smallest, self._y_design.smallest) < _NEARLY_SINGULAR:
            warn(
                "Columns of X or of y nearly determine one another, as neighbouring pixels do. Directions in which "
                "hardly anything varies count as much as all others, so that the estimate can be far off unless the "
                "data are normal. Reduce the columns first, as PCA does.",
                UnreliableEstimateWarning,
            )
        X, Y = self._x_design(x), self._y_design(y)
        mi, self._precision = _gaussian_mi(X, Y)
        at_rows = _quadratic_terms(X, Y, self._precision)
        pointwise = at_rows - at_rows.mean() + mi
        warn_negative(pointwise, "the columns nearly determine one another. Reduce them first, as PCA does.")
        return pointwise

    def _own_error(self, x, y):
        error = super()._own_error(x, y)
        if y.is_discrete.all() or x.is_discrete.all():
            return error
        # Of independent columns 2 n times the estimate varies as chi square does; the spread of the rows' terms is that
        # of the same number of degrees of freedom, twice as much.
        n_pairs = self._x_design.n_columns * self._y_design.n_columns
        at_independence = n_pairs / (2 * len(x) ** 2)
        return float(np.sqrt(max(error**2 - at_independence, 0.5 * at_independence)))

    def _warn_outliers(self, x, y):
        warn_outliers(x, y, "use GaussianCopulaMI")

    def _fit_labels(self, x, y):
        self._critic = None
        if x.is_discrete.all():
            # Counting is exact where a discriminant has no spread within classes to go by.
            warn_sparse_table(x, y)
            self._critic = KernelCritic(x, y)
            return labels_mi_rows(x.strata, y.strata)
        strata = strata_of(y.values)
        # A covariance within a class takes two rows, also where a fold of three is left out.
        kept = repeated_labels(strata, _FEWEST_OF_CLASS)
        warn_rare(kept, x, y, f"fewer than {_FEWEST_OF_CLASS} times")
        self._classes, labels = np.unique(y.values[kept], axis=0, return_inverse=True)
        labels = labels.ravel()  # NumPy 2.0 returns a column for axis=0
        counts = np.bincount(labels)
        self._log_prior = np.log(counts / counts.sum())
        if len(counts) == 1:
            self._discriminant = None
            return np.zeros(len(labels))
        X = self._x_design(x.rows(kept))
        discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        folds = StratifiedKFold(min(5, counts.min()), shuffle=True, random_state=0)
        log_posterior = cross_val_predict(discriminant, X, labels, cv=folds, method="predict_log_proba")
        self._discriminant = discriminant.fit(X, labels)
        rows = np.arange(len(labels))
        pointwise = self._shrunk(log_posterior - self._log_prior)[rows, labels]
        advice = "the classes hold too few rows for a discriminant. Merge rare classes, or use KSG."
        warn_negative(pointwise, advice, n_errors=2)
        return pointwise

    def _shrunk(self, log_ratios):
        """Mix the ratio with independence at weight 1 / (n + 1): no finite sample shows a class to be impossible."""
        weight = 1 / (len(self._x_design) + 1)
        return np.logaddexp(np.log1p(-weight) + log_ratios, np.log(weight))

    def _log_density_ratio(self, x, y):
        if self._y_coder.is_discrete.all() and self._critic is not None:
            return self._critic(x, y)
        X = self._x_design(x)
        if not y.is_discrete.all():
            Y = self._y_design(y)
            return _quadratic_matrix(X, Y, self._precision)
        if self._discriminant is None:
            return np.zeros((len(x), len(y)))
        ratios = self._shrunk(self._discriminant.predict_log_proba(X) - self._log_prior)
        known = (y.values[:, None, :] == self._classes[None]).all(axis=2)  # shape (len(y), n_classes)
        # A label that fit has not seen carries no information: its log ratio is zero.
        return np.where(known.any(axis=1), ratios[:, known.argmax(axis=1)], 0.0)


class GaussianCopulaMI(GaussianMI):
    """Mutual information of the normal distribution with the same rank correlations: normal scores, then GaussianMI.

    Each continuous column is replaced by normal scores of its ranks, so that neither its scale nor its tails matter.
    It is exact if some monotone map of each column makes them jointly normal. Above a few nats the noise of ranks
    makes it too low, more so with fewer rows. It misses most of a dependence that is not monotone, and of tails that
    are heavy together; compare with :class:`KSG`.

    Parameters
    ----------
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_``, in nats: from the spread of ``pointwise_``, less what that exceeds it by near
        independence.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    GaussianMI : Without the ranks.

    References
    ----------
    Ince et al. (2017). "A statistical framework for neuroimaging data analysis based on mutual information estimated
    via a Gaussian copula". doi:10.1002/hbm.23471.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi import GaussianCopulaMI, GaussianMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(5000, random_state=0)
    >>> round(GaussianMI().fit(X**3, y).mi_, 1), round(GaussianCopulaMI().fit(X**3, y).mi_, 1)
    (0.4, 1.0)
    """

    def _warn_outliers(self, x, y):
        """Ranks know no outliers."""

    def _fit(self, x, y):
        self._x_scores, self._y_scores = NormalScores(x.continuous), NormalScores(y.continuous)
        return super()._fit(_with_scores(x, self._x_scores), _with_scores(y, self._y_scores))

    def _log_density_ratio(self, x, y):
        return super()._log_density_ratio(_with_scores(x, self._x_scores), _with_scores(y, self._y_scores))


def _with_scores(columns, scores):
    values = columns.values.copy()
    values[:, ~columns.is_discrete] = scores(columns.continuous)
    return Columns(values, columns.is_discrete)


class _Design:
    """Numeric columns of unit variance, with discrete columns as indicators of their values."""

    def __init__(self, columns):
        self.n_samples = len(columns)
        self.numbers = Indicators(columns, drop_first=True)
        self.scale = Scale(self.numbers(columns))
        self.informative = np.isfinite(self.scale.std)
        self.axes, self.smallest = None, 1.0
        Z = self(columns)
        if 1 < Z.shape[1] < len(Z):
            covariance = Z.T @ Z / len(Z)
            eigenvalues = np.linalg.eigvalsh(covariance)
            kept = eigenvalues > RANK_TOLERANCE * eigenvalues[-1]
            self.smallest = float(eigenvalues[kept][0] / eigenvalues[-1])
            # Columns of which some follow from others have a determinant of rounding errors.
            if not kept.all():
                self.axes = whitening(covariance)[0]

    def __len__(self):
        return self.n_samples

    @property
    def n_columns(self):
        """Number of columns that are not constant and do not follow from others."""
        return np.count_nonzero(self.informative) if self.axes is None else self.axes.shape[1]

    def __call__(self, columns):
        Z = self.scale(self.numbers(columns))[:, self.informative]
        return Z if self.axes is None else Z @ self.axes


def _gaussian_mi(X, Y):
    """Return the bias-corrected estimate and the factors that the pointwise values need."""
    n_samples, n_x = X.shape
    n_features = n_x + Y.shape[1]
    if n_x == 0 or n_features == n_x:
        return 0.0, None
    few = n_samples < _FEW_ROWS * n_features
    if few:
        warn(
            f"{n_samples} rows are too few for {n_features} columns of X and y, so the covariance was shrunk and the "
            "estimate can be far off in either direction. Pass more rows, or reduce the columns first.",
            UnreliableEstimateWarning,
        )
    Z = np.hstack([X, Y])
    covariance = ledoit_wolf(Z, assume_centered=True)[0] if few else Z.T @ Z / n_samples
    covariance = _full_rank(covariance, slice(0, n_x), slice(n_x, None))
    blocks = covariance[:n_x, :n_x], covariance[n_x:, n_x:], covariance
    log_dets = [np.linalg.slogdet(block)[1] for block in blocks]
    mi = 0.5 * (log_dets[0] + log_dets[1] - log_dets[2])
    if not few:
        # Misra et al.: the expected log det of each block. The terms log((n - 1) / 2), and the choice of n or n - 1 in
        # the covariance, cancel between the blocks, because the dimensions of X and y add up to that of (X, y).
        excess = [digamma((n_samples - np.arange(1, len(block) + 1)) / 2).sum() for block in blocks]
        mi -= 0.5 * (excess[0] + excess[1] - excess[2])
    return mi, (*(cho_factor(block) for block in blocks), 0.5 * (log_dets[0] + log_dets[1] - log_dets[2]))


def _full_rank(covariance, x, y):
    """Lift the null directions of a covariance, with a warning if X and y share one.

    Once lifted, a null direction inside X or inside y (a repeated column) cancels between the determinants.
    """
    smallest = [eigh(block, eigvals_only=True)[0] for block in (covariance[x, x], covariance[y, y], covariance)]
    if smallest[2] > _RANK_TOLERANCE * len(covariance):
        return covariance
    # Clearly of full rank apart, singular together: only then the dependence itself is singular.
    if min(smallest[:2]) > 1e3 * _RANK_TOLERANCE * len(covariance):
        warn(
            "A linear combination of the columns of X equals one of the columns of y, so the mutual information of "
            "continuous data is infinite. The value only reflects the precision of the numbers.",
            InfiniteMIWarning,
        )
    return covariance + _RANK_TOLERANCE * len(covariance) * np.eye(len(covariance))


def _quadratic_terms(X, Y, precision):
    """Return the log density ratio at paired rows, shape (n_samples,)."""
    if precision is None:
        return np.zeros(len(X))
    of_x, of_y, of_xy, constant = precision
    Z = np.hstack([X, Y])
    terms = [np.einsum("ij,ji->i", A, cho_solve(factor, A.T)) for A, factor in ((X, of_x), (Y, of_y), (Z, of_xy))]
    return constant + 0.5 * (terms[0] + terms[1] - terms[2])


def _quadratic_matrix(X, Y, precision):
    """Return the log density ratio at all pairs of rows, shape (len(X), len(Y))."""
    if precision is None:
        return np.zeros((len(X), len(Y)))
    of_x, of_y, of_xy, constant = precision
    n_x = X.shape[1]
    inverse = cho_solve(of_xy, np.eye(len(of_xy[0])))

    def quadratic(A, matrix):
        return 0.5 * np.einsum("ij,ij->i", A @ matrix, A)

    x_part = constant + quadratic(X, cho_solve(of_x, np.eye(n_x)) - inverse[:n_x, :n_x])
    y_part = quadratic(Y, cho_solve(of_y, np.eye(Y.shape[1])) - inverse[n_x:, n_x:])
    # The cross term and the two terms of one side in a single matrix product.
    left = np.column_stack([-X @ inverse[:n_x, n_x:], x_part, np.ones(len(X))])
    return left @ np.vstack([Y.T, np.ones(len(Y)), y_part])
