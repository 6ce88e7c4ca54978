"""Mixtures of normal distributions, whose log density ratio is known and its mean computed by Monte Carlo."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair

_DRAWS, _SEED = 400_000, 0  # for the mean of the log density ratio


@dataclass(frozen=True)
class NormalMixture(KnownMIPair):
    """A mixture of normal distributions of (X, y), whose mutual information is a Monte Carlo mean with known error.

    The log density ratio of a mixture is known exactly, since its margins are mixtures of the margins; its mean over
    draws of the pair is the mutual information.

    Parameters
    ----------
    means : array-like of shape (n_components, n_features_x + n_features_y)
        Mean of each component, columns of X first.
    covariances : array-like of shape (n_components, n_features_x + n_features_y, n_features_x + n_features_y)
        Covariance of each component.
    weights : array-like of shape (n_components,) or None, default=None
        Shares of the components; None for equal ones.
    n_features_x : int, default=1
        Columns of X.

    References
    ----------
    Czyż, Grabowski, Vogt, Beerenwinkel, Marx (2023). "The Mixtures and the Neural Critics: On the Pointwise Mutual
    Information Profiles of Fine Distributions". arXiv:2310.10240.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import NormalMixture
    >>> cross = [[[1.0, 0.9], [0.9, 1.0]], [[1.0, -0.9], [-0.9, 1.0]]]
    >>> pair = NormalMixture(np.zeros((2, 2)), cross)
    >>> print(f"{pair.mi:.2f} ± {pair.mi_standard_error:.3f}")
    0.41 ± 0.001
    """

    means: np.ndarray = field(repr=False)
    covariances: np.ndarray = field(repr=False)
    weights: np.ndarray | None = field(default=None, repr=False)
    n_features_x: int = 1

    def __post_init__(self):
        means = np.array(self.means, dtype=float)
        if means.ndim != 2 or not 1 <= self.n_features_x < means.shape[1]:
            raise ValueError(
                f"Expected means of shape (n_components, n_features) with more than n_features_x={self.n_features_x!r} "
                f"columns, got shape {means.shape}."
            )
        n_components, n_columns = means.shape
        covariances = np.array(self.covariances, dtype=float)
        weights = np.full(n_components, 1 / n_components) if self.weights is None else np.array(self.weights, float)
        if covariances.shape != (n_components, n_columns, n_columns):
            raise ValueError(
                f"Expected covariances of shape {(n_components, n_columns, n_columns)}, got {covariances.shape}."
            )
        if weights.shape != (n_components,) or (weights < 0).any() or abs(weights.sum() - 1) > 1e-9:
            raise ValueError(f"Expected {n_components} weights, none below 0, with sum 1, got {weights.tolist()}.")
        if not np.allclose(covariances, covariances.transpose(0, 2, 1)) or np.linalg.eigvalsh(covariances).min() <= 0:
            raise ValueError("Expected symmetric positive definite covariances.")
        for name, array in (("means", means), ("covariances", covariances), ("weights", weights)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def sample(self, n_samples, random_state=None):
        """Draw independent rows of the pair.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features_x)
            First variable.
        y : ndarray of shape (n_samples, n_features_y)
            Second variable.
        """
        rng = check_random_state(random_state)
        of_rows = rng.choice(len(self.weights), size=n_samples, p=self.weights / self.weights.sum())
        noise = rng.standard_normal((n_samples, self.means.shape[1]))
        factors = np.linalg.cholesky(self.covariances)
        rows = self.means[of_rows] + np.einsum("nij,nj->ni", factors[of_rows], noise)
        return rows[:, : self.n_features_x], rows[:, self.n_features_x :]

    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) of paired rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features_x)
            Rows of the first variable.
        y : ndarray of shape (n_samples, n_features_y)
            Rows of the second variable.

        Returns
        -------
        log_ratios : ndarray of shape (n_samples,)
            In nats.
        """
        x, both = slice(0, self.n_features_x), slice(None)
        Z = np.hstack([X, y])
        joint, of_x, of_y = (self._log_density(Z, part) for part in (both, x, slice(self.n_features_x, None)))
        return joint - of_x - of_y

    def _log_density(self, rows, part):
        means, covariances, rows = self.means[:, part], self.covariances[:, part, part], rows[:, part]
        logs = np.empty((len(means), len(rows)))
        for log, mean, covariance in zip(logs, means, covariances, strict=True):
            factor = np.linalg.cholesky(covariance)
            scaled = np.linalg.solve(factor, (rows - mean).T)
            log[:] = -0.5 * (scaled**2).sum(axis=0) - np.log(np.diag(factor)).sum()
        with np.errstate(divide="ignore"):  # a component of weight 0
            logs += np.log(self.weights)[:, None] - 0.5 * len(mean) * np.log(2 * np.pi)
        return logsumexp(logs, axis=0)

    @cached_property
    def _moments(self):
        ratios = self.log_density_ratio(*self.sample(_DRAWS, random_state=_SEED))
        return float(ratios.mean()), float(ratios.std(ddof=1) / np.sqrt(len(ratios)))

    @property
    def mi(self):
        """The true I(X; Y), in nats, up to ``mi_standard_error``."""
        return self._moments[0]

    @property
    def mi_standard_error(self):
        """Standard error of ``mi``, in nats."""
        return self._moments[1]


def crossed_normals(correlation=0.9):
    """Mixture of two normal distributions of opposite correlation: an X, whose columns are uncorrelated.

    Parameters
    ----------
    correlation : float, default=0.9
        Correlation of one component; that of the other is its negative.

    Returns
    -------
    pair : NormalMixture
        Of one column on each side.

    Examples
    --------
    >>> from skmi.datasets import crossed_normals
    >>> bool(abs(crossed_normals().mi - 0.41) < 0.01)
    True
    """
    off = correlation * np.array([[0.0, 1.0], [1.0, 0.0]])
    return NormalMixture(np.zeros((2, 2)), np.stack([np.eye(2) + off, np.eye(2) - off]))


def letters():
    """Mixture of normal distributions along the strokes of the letters A and I.

    Returns
    -------
    pair : NormalMixture
        Of one column on each side.

    Examples
    --------
    >>> from skmi.datasets import letters
    >>> letters().sample(5, random_state=0)[0].shape
    (5, 1)
    """
    # Ends of the strokes: two slants and a bar, and an upright.
    strokes = np.array([[(0, 0), (1, 2)], [(1, 2), (2, 0)], [(0.5, 0.8), (1.5, 0.8)], [(3, 0), (3, 2)]], dtype=float)
    along = strokes[:, 1] - strokes[:, 0]
    covariances = along[:, :, None] * along[:, None, :] / 12 + 0.01 * np.eye(2)
    lengths = np.linalg.norm(along, axis=1)
    return NormalMixture(strokes.mean(axis=1), covariances, lengths / lengths.sum())


def waves(n_components=12):
    """Mixture of upright normal distributions side by side, their heights alternating.

    Parameters
    ----------
    n_components : int, default=12
        Number of them.

    Returns
    -------
    pair : MappedPair
        One column on each side; X is bent by a map that increases, which keeps the information.

    Examples
    --------
    >>> from skmi.datasets import waves
    >>> waves().sample(5, random_state=0)[1].shape
    (5, 1)
    """
    at = np.arange(n_components)
    means = np.column_stack([at - at.mean(), 1.5 * np.where(at % 2, 1.0, -1.0)])
    covariances = np.repeat(np.diag([0.04, 0.5])[None], n_components, axis=0)
    return MappedPair(NormalMixture(means, covariances), x_map=_bent)


def _bent(rows):
    """Return increasing sines of the rows."""
    return rows + 0.8 * np.sin(rows)


def galaxy(distance=2.0, turns=1.0):
    """Two normal clouds in three columns, of which the two of X are wound up to spirals.

    Parameters
    ----------
    distance : float, default=2.0
        Distance of either centre from the origin.
    turns : float, default=1.0
        Radians by which X is turned for each unit of its distance from the origin.

    Returns
    -------
    pair : MappedPair
        Two columns of X and one of y.

    Examples
    --------
    >>> from skmi.datasets import galaxy
    >>> galaxy().sample(5, random_state=0)[0].shape
    (5, 2)
    """
    centre = np.array([distance, 0.0, distance / 2])
    pair = NormalMixture(np.stack([centre, -centre]), np.repeat(np.diag([0.5, 0.5, 0.3])[None], 2, axis=0), None, 2)
    return MappedPair(pair, x_map=_Winding(turns))


@dataclass(frozen=True)
class _Winding:
    """Turns rows of two columns by an angle that grows with their distance from the origin."""

    turns: float

    def __call__(self, rows):
        angle = self.turns * np.linalg.norm(rows, axis=1)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.column_stack([cos * rows[:, 0] - sin * rows[:, 1], sin * rows[:, 0] + cos * rows[:, 1]])


def concentric_normals(n_features=2, scales=(0.2, 1.0, 3.0)):
    """Mixture of normal distributions around one centre, wide and narrow: only the distances from it are dependent.

    Parameters
    ----------
    n_features : int, default=2
        Columns of X and of y.
    scales : tuple of float, default=(0.2, 1.0, 3.0)
        Standard deviations of the components.

    Returns
    -------
    pair : NormalMixture
        All columns are uncorrelated.

    Examples
    --------
    >>> from skmi.datasets import concentric_normals
    >>> bool(concentric_normals().mi > 0.4)
    True
    """
    scales = np.asarray(scales, dtype=float)
    covariances = scales[:, None, None] ** 2 * np.eye(2 * n_features)
    return NormalMixture(np.zeros((len(scales), 2 * n_features)), covariances, None, n_features)


def with_inliers(correlation=0.95, share=0.4):
    """Correlated normal pair, of whose rows a share is independent with the same margins.

    Parameters
    ----------
    correlation : float, default=0.95
        Of the other rows.
    share : float, default=0.4
        Share of the rows that are independent, and look like the others on each side.

    Returns
    -------
    pair : NormalMixture
        One column on each side.

    Examples
    --------
    >>> from skmi.datasets import with_inliers
    >>> bool(with_inliers(share=0.4).mi < with_inliers(share=0.2).mi)
    True
    """
    covariances = np.array([[[1.0, correlation], [correlation, 1.0]], np.eye(2)])
    return NormalMixture(np.zeros((2, 2)), covariances, (1 - share, share))


def with_outliers(correlation=0.9, share=0.05, scale=10.0):
    """Correlated normal pair, of whose rows a share is independent and far spread.

    Parameters
    ----------
    correlation : float, default=0.9
        Of the other rows.
    share : float, default=0.05
        Share of the outliers.
    scale : float, default=10.0
        Their standard deviation on both sides.

    Returns
    -------
    pair : NormalMixture
        One column on each side. That both values of an outlier are large is information, too.

    Examples
    --------
    >>> from skmi.datasets import with_outliers
    >>> bool(with_outliers().mi > 0.7)
    True
    """
    covariances = np.array([[[1.0, correlation], [correlation, 1.0]], scale**2 * np.eye(2)])
    return NormalMixture(np.zeros((2, 2)), covariances, (1 - share, share))
