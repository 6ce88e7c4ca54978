"""Linear compressors, the baseline of all learned ones."""

from numbers import Integral, Real

import numpy as np
from scipy.linalg import svd
from scipy.stats import chi2
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from .._maps import NormalScores, Whitening
from .._sklearn import ClassNamePrefixFeaturesOutMixin, Interval, StrOptions, _fit_context
from .._tables import ColumnCoder, Indicators, check_table, validated

_ROWS_PER_COLUMN = 10  # with more rows, all principal components are kept
_FEWEST_ROWS_PER_COLUMN = 3  # with fewer, none but those beyond noise
_FEWEST_TO_CHOOSE = 60  # rows, between all components and those beyond noise
_MEDIAN_GRID = 2000  # points of the numeric integration
_MIN_SAMPLES = 4
_RANK_TOLERANCE = 1e-13  # of an eigenvalue, relative to the largest: rounding leaves 1e-16 times the columns


class MarchenkoPasturPCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Principal components that stand out of noise of equal variance, whitened if asked for.

    With many columns per row, noise alone spreads the eigenvalues of a covariance over an interval known from the law
    of Marchenko and Pastur. The variance of the noise is estimated from the median eigenvalue, and components beyond
    the upper edge are kept: at least one, and at most ``max_components``. Use it for a few strong factors in many
    noisy columns; keep all components of a few columns without noise.

    Parameters
    ----------
    max_components : int or None, default=None
        Maximum number of components.
    whiten : bool, default=False
        Whether to scale components to unit variance.

    Attributes
    ----------
    n_components_ : int
        Components kept.
    noise_variance_ : float
        Variance of the noise in each column.
    components_ : ndarray of shape (n_kept, n_features)
        Principal axes kept, of unit length.
    n_features_in_ : int
        Number of columns.

    References
    ----------
    Marchenko, Pastur (1967). "Distribution of eigenvalues for some sets of random matrices".
    doi:10.1070/SM1967v001n04ABEH001994.

    Gavish, Donoho (2014). "The Optimal Hard Threshold for Singular Values is 4/sqrt(3)". arXiv:1305.5870.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi import MarchenkoPasturPCA
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 200)) + 0.5 * rng.standard_normal((300, 200))
    >>> MarchenkoPasturPCA().fit(X).n_components_
    2
    """

    _parameter_constraints = {
        "max_components": [Interval(Integral, 1, None, closed="left"), None],
        "whiten": ["boolean"],
    }

    def __init__(self, max_components=None, *, whiten=False):
        self.max_components = max_components
        self.whiten = whiten

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Find the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        X = validated(self, X, dtype=np.float64, ensure_min_samples=2)
        varies = np.ptp(X, axis=0) > 0
        # Centred and at one common scale, so that neither an offset nor huge units cost precision.
        self._mean = X.mean(axis=0)
        X = np.where(varies, X - self._mean, 0.0)
        self._scale = np.abs(X).max() or 1.0
        X = X / self._scale
        n_samples, n_features = len(X), max(1, np.count_nonzero(varies))
        with np.errstate(invalid="ignore", divide="ignore"):  # PCA divides by the variance, 0 for constant data
            pca = PCA(svd_solver="covariance_eigh" if X.shape[1] <= n_samples else "full").fit(X)
        # The mean takes one degree of freedom, and eigenvalues beyond the rank are zero by construction.
        eigenvalues = pca.explained_variance_[: min(n_samples - 1, n_features)]
        full, rank = len(eigenvalues), np.count_nonzero(eigenvalues > _RANK_TOLERANCE * eigenvalues[0])
        if rank < 0.5 * full:
            noise, edge = 0.0, 0.0  # noise would give full rank, so there is none
        else:
            # Data of reduced rank are noise in as many directions as the rank. Edge: Marchenko and Pastur.
            ratio = (n_features if rank == full else rank) / (n_samples - 1)
            noise = np.median(eigenvalues[:rank]) / _median_eigenvalue(ratio)
            edge = noise * (1 + np.sqrt(ratio)) ** 2
        with np.errstate(over="ignore"):
            self.noise_variance_ = float(noise * np.square(self._scale))
        n_components = max(1, np.count_nonzero(eigenvalues[:rank] > edge))
        self.n_components_ = self._n_features_out = int(min(n_components, self.max_components or n_components))
        self.components_ = pca.components_[: self.n_components_]
        kept = eigenvalues[: self.n_components_]
        self._units = np.sqrt(np.where(kept > 0, kept, 1.0)) if self.whiten else 1 / self._scale
        return self

    def transform(self, X):
        """Return the components of the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_kept)
            Components, largest first.
        """
        check_is_fitted(self)
        X = validated(self, X, dtype=np.float64, reset=False)
        return (X - self._mean) / self._scale @ self.components_.T / self._units


def _median_eigenvalue(ratio):
    """Return the median nonzero eigenvalue of the covariance of unit noise with ``ratio`` columns per row."""
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    # The density of Marchenko and Pastur is sqrt((high - v) (v - low)) / v. Integrating over the angle of v between the
    # ends turns the square roots, which a grid in v would resolve badly, into sines.
    angles = (np.arange(_MEDIAN_GRID) + 0.5) * np.pi / _MEDIAN_GRID
    values = 0.5 * (low + high) - 0.5 * (high - low) * np.cos(angles)
    mass = np.cumsum(np.sin(angles) ** 2 / values)
    return float(np.interp(0.5 * mass[-1], mass, values))


class CanonicalCompressor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The pairs of linear combinations of X and of y that are significantly correlated.

    Canonical correlation analysis of whitened columns. On data that are normal, or become so by a monotone map of each
    column, the significant pairs hold all the information, in a few columns instead of many. Unlike PCA it drops
    nuisances, however large. A side with fewer than ten rows per column is first reduced to the principal components
    that stand out of noise, by :class:`MarchenkoPasturPCA`; its columns should then have the same unit. With three rows
    per column or more all components are kept where that finds more correlated pairs on rows held out.

    Parameters
    ----------
    max_components : int or None, default=None
        Maximum number of pairs.
    alpha : float, default=0.01
        Level of the test that decides how many pairs are kept; at least one is.
    marginals : {"standardize", "normal"}, default="standardize"
        Scaling of each column: unit variance, if there are at least ten rows per column, or normal scores by rank.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete; they enter as indicators of their values. "auto" goes by dtype: strings,
        categories and booleans are discrete; integer columns are if each has at most 32 distinct values and their joint
        combinations are at most a third of the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.

    Attributes
    ----------
    n_components_ : int
        Pairs kept.
    canonical_correlations_ : ndarray of shape (n_pairs,)
        Correlations of all pairs on the rows of ``fit``, largest first.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    sklearn.cross_decomposition.CCA : For a given number of pairs.

    Notes
    -----
    Pairs are tested one after the other: with r_i the correlations, n rows, and p and q whitened columns of X and y,
    Bartlett's statistic for no correlation after the first m pairs is

    .. math:: -(n - 1 - (p + q + 1) / 2) \\sum_{i > m} \\log(1 - r_i^2),

    which is chi-squared with (p - m)(q - m) degrees of freedom on normal data.

    References
    ----------
    Hotelling (1936). "Relations between two sets of variates". doi:10.1093/biomet/28.3-4.321.

    Bartlett (1941). "The statistical significance of canonical correlations". doi:10.1093/biomet/32.1.29.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi import KSG, CanonicalCompressor, CompressedMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> noise = 5 * np.random.default_rng(0).standard_normal((2000, 20))
    >>> X = np.hstack([X, noise])
    >>> CanonicalCompressor().fit(X, y).n_components_
    1
    >>> round(CompressedMI(KSG(), compressor=CanonicalCompressor(), random_state=0).fit(X, y).mi_)
    1
    """

    _parameter_constraints = {
        "max_components": [Interval(Integral, 1, None, closed="left"), None],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "marginals": [StrOptions({"standardize", "normal"})],
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
    }

    def __init__(
        self,
        max_components=None,
        *,
        alpha=0.01,
        marginals="standardize",
        discrete_features="auto",
        discrete_target="auto",
    ):
        self.max_components = max_components
        self.alpha = alpha
        self.marginals = marginals
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Find the pairs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable; labels enter as indicators of their values.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        check_table(self, X, y, reset=True)
        self._x_coder, self._y_coder = ColumnCoder("X"), ColumnCoder("y")
        x, y = self._x_coder.fit(X, self.discrete_features), self._y_coder.fit(y, self.discrete_target)
        check_consistent_length(x.values, y.values)
        if len(x) < _MIN_SAMPLES:
            raise ValueError(f"Expected at least {_MIN_SAMPLES} rows, got n_samples={len(x)}. Pass more rows.")
        self.discrete_features_, self.discrete_target_ = x.is_discrete, y.is_discrete
        # Which sides are reduced to what stands out of noise: those of few rows, or those of very few.
        widths = [Indicators(side, drop_first=True)(side).shape[1] for side in (x, y)]
        ways = [
            tuple(len(x) < rows_per_column * width for width in widths)
            for rows_per_column in (_ROWS_PER_COLUMN, _FEWEST_ROWS_PER_COLUMN)
        ]
        choose = ways[0] != ways[1] and len(x) >= _FEWEST_TO_CHOOSE
        return self._fit_pairs(x, y, self._choose(x, y, ways) if choose else ways[0])

    def _choose(self, x, y, ways):
        """Return the way to whiten whose pairs are most correlated on rows that they were not found on."""
        held_out = np.arange(len(x)) % 3 == 0
        rows = [(x.rows(part), y.rows(part)) for part in (~held_out, held_out)]
        return max(ways, key=lambda way: clone(self)._fit_pairs(*rows[0], way)._found_in(*rows[1]))

    def _fit_pairs(self, x, y, beyond_noise):
        ranks = self.marginals == "normal"
        self._x_whitened, self._y_whitened = (
            _Whitened(side, ranks, few) for side, few in zip((x, y), beyond_noise, strict=True)
        )
        x, y = self._x_whitened(x), self._y_whitened(y)
        left, correlations, right = svd(x.T @ y / len(x), full_matrices=False)
        self.canonical_correlations_ = np.clip(correlations, 0.0, 1.0)
        kept = max(1, self._significant(len(x), x.shape[1], y.shape[1]))
        self.n_components_ = self._n_features_out = min(kept, self.max_components or kept)
        self._x_axes, self._y_axes = left[:, : self.n_components_], right[: self.n_components_].T
        return self

    def _found_in(self, x, y):
        """Return the information of normal codes with the correlations of the pairs in these rows."""
        sides = self._x_whitened(x) @ self._x_axes, self._y_whitened(y) @ self._y_axes
        a, b = (side - side.mean(axis=0) for side in sides)
        squares = np.sum(a * b, axis=0) ** 2 / np.maximum(np.sum(a**2, axis=0) * np.sum(b**2, axis=0), 1e-300)
        return float(-0.5 * np.sum(np.log1p(-np.minimum(squares, 1 - 1e-12))) - 0.5 * len(squares) / len(x))

    def transform(self, X, y=None):
        """Return the codes of the rows of X, or of both variables.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets) or None, default=None
            Second variable.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_kept), or a tuple of two
            Combinations of X, and of y if it was passed, each of unit variance; labels are returned unchanged.
        """
        check_is_fitted(self)
        check_table(self, X, reset=False)
        x = self._x_coder.transform(X)
        codes = self._x_whitened(x) @ self._x_axes
        if y is None:
            return codes
        columns = self._y_coder.transform(y)
        check_consistent_length(x.values, columns.values)
        return codes, y if self.discrete_target_.all() else self._y_whitened(columns) @ self._y_axes

    def _significant(self, n_samples, p, q):
        """Return the number of significantly correlated pairs, by Bartlett's test."""
        weight = n_samples - 1 - 0.5 * (p + q + 1)
        logs = np.log(np.maximum(1 - self.canonical_correlations_**2, 1e-300))
        for m in range(len(logs)):
            # With too few rows for the test no pair is significant.
            if weight <= 0 or chi2.sf(-weight * logs[m:].sum(), (p - m) * (q - m)) > self.alpha:
                return m
        return len(logs)


class _Whitened:
    """One side: normal scores if asked for, then whitened principal components, all or those beyond noise."""

    def __init__(self, columns, ranks, beyond_noise):
        self.numbers = Indicators(columns, drop_first=True)
        Z = self.numbers(columns)
        # Ranks of indicators carry no more than the indicators.
        self.scores = NormalScores(Z) if ranks and not columns.is_discrete.any() else None
        Z = Z if self.scores is None else self.scores(Z)
        # MarchenkoPasturPCA assumes equal noise in all columns, which scaling them to unit variance would undo.
        self.components = MarchenkoPasturPCA(whiten=True).fit(Z).transform if beyond_noise else Whitening(Z)

    def __call__(self, columns):
        Z = self.numbers(columns)
        rows = self.components(Z if self.scores is None else self.scores(Z))
        # Identical rows have no principal axis: return one column of zeros.
        return rows if rows.shape[1] else np.zeros((len(Z), 1))
