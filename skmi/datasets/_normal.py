"""Jointly normal pairs with given mutual information, and the same dependence between uniform margins."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair, check_number


@dataclass(frozen=True)
class CorrelatedNormal(KnownMIPair):
    """Jointly normal pair whose mutual information is spread evenly over its correlated pairs of columns.

    The first ``n_pairs`` columns of X and y are correlated pairwise, with ``rho = sqrt(1 - exp(-2 mi / n_pairs))``; the
    remaining columns are independent noise.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, at least 0.
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.
    mixing : int or None, default=None
        Seed of the random rotations applied to X and to y, after which no single column carries a whole pair. None
        leaves the pairs column by column.
    n_pairs : int or None, default=None
        Number of correlated pairs of columns. None uses all columns of the narrower side.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import CorrelatedNormal
    >>> pair = CorrelatedNormal(mi=0.5)
    >>> X, y = pair.sample(100_000, random_state=0)
    >>> rho = np.corrcoef(X[:, 0], y[:, 0])[0, 1]
    >>> round(float(-0.5 * np.log(1 - rho**2)), 2)
    0.5
    """

    mi: float = 1.0
    n_features_x: int = 1
    n_features_y: int = 1
    mixing: int | None = None
    n_pairs: int | None = None

    def __post_init__(self):
        check_number("mi", self.mi, 0)
        check_number("n_features_x", self.n_features_x, 1, whole=True)
        check_number("n_features_y", self.n_features_y, 1, whole=True)
        if self.n_pairs is not None and not 1 <= self.n_pairs <= min(self.n_features_x, self.n_features_y):
            raise ValueError(
                f"Expected 1 <= n_pairs <= {min(self.n_features_x, self.n_features_y)}, the columns of the narrower "
                f"side, got {self.n_pairs!r}."
            )

    @property
    def correlation(self):
        """Correlation of each informative pair of columns."""
        # rho**2 = 1 - exp(-2 mi / n_pairs); expm1 keeps its digits at low information.
        return float(np.sqrt(-np.expm1(-2 * self.mi / self._n_pairs)))

    @property
    def _n_pairs(self):
        return min(self.n_features_x, self.n_features_y) if self.n_pairs is None else self.n_pairs

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
            First variable, standard normal columns.
        y : ndarray of shape (n_samples, n_features_y)
            Second variable, standard normal columns.
        """
        rng = check_random_state(random_state)
        n_pairs = self._n_pairs
        X = rng.standard_normal((n_samples, self.n_features_x))
        y = rng.standard_normal((n_samples, self.n_features_y))
        # 1 - rho**2 = exp(-2 mi / n_pairs) is computed directly: from rho it would lose digits at high information.
        noise_scale = np.exp(-self.mi / n_pairs)
        y[:, :n_pairs] = self.correlation * X[:, :n_pairs] + noise_scale * y[:, :n_pairs]
        if self.mixing is not None:
            X, y = X @ _rotation(self.n_features_x, self.mixing), y @ _rotation(self.n_features_y, self.mixing + 1)
        return X, y


@dataclass(frozen=True, eq=False)
class MultivariateNormal(KnownMIPair):
    """Normal pair with a given covariance.

    Parameters
    ----------
    covariance : array-like of shape (n_features_x + n_features_y, n_features_x + n_features_y)
        Covariance of the columns of X followed by those of y; symmetric and positive definite.
    n_features_x : int
        Columns of X.

    Examples
    --------
    >>> from skmi.datasets import MultivariateNormal
    >>> pair = MultivariateNormal([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]], n_features_x=2)
    >>> round(pair.mi, 4)
    0.2027
    """

    covariance: np.ndarray = field(repr=False)
    n_features_x: int = 1

    def __post_init__(self):
        covariance = np.array(self.covariance, dtype=float)
        if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
            raise ValueError(f"Expected a square covariance, got shape {covariance.shape}.")
        if not np.isfinite(covariance).all():
            raise ValueError("Expected a finite covariance, got one with NaN or infinity in it.")
        if not 1 <= self.n_features_x < len(covariance):
            raise ValueError(
                f"Expected 1 <= n_features_x < {len(covariance)}, the number of all columns, got {self.n_features_x!r}."
            )
        lowest = np.linalg.eigvalsh(covariance)[0]
        if not np.allclose(covariance, covariance.T) or lowest <= 0:
            raise ValueError(
                f"Expected a symmetric positive definite covariance, got one whose lowest eigenvalue is {lowest:.3g}."
            )
        covariance.setflags(write=False)
        object.__setattr__(self, "covariance", covariance)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        n = self.n_features_x
        # I = (log det S_x + log det S_y - log det S) / 2; slogdet does not overflow in many columns.
        parts = self.covariance[:n, :n], self.covariance[n:, n:], self.covariance
        log_dets = [np.linalg.slogdet(part)[1] for part in parts]
        return float(0.5 * (log_dets[0] + log_dets[1] - log_dets[2]))

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
        rows = check_random_state(random_state).standard_normal((n_samples, len(self.covariance)))
        rows = rows @ np.linalg.cholesky(self.covariance).T
        return rows[:, : self.n_features_x], rows[:, self.n_features_x :]


def dense_normal(n_features_x=1, n_features_y=1, correlation=0.5):
    """Normal pair in which any two columns, of the same side or not, have the same correlation.

    Parameters
    ----------
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.
    correlation : float, default=0.5
        Correlation of any two columns.

    Returns
    -------
    pair : MultivariateNormal
        Columns have unit variance.

    Examples
    --------
    >>> from skmi.datasets import dense_normal
    >>> round(dense_normal(5, 5).mi, 4)
    0.5928
    """
    n_columns = n_features_x + n_features_y
    return MultivariateNormal((1 - correlation) * np.eye(n_columns) + correlation, n_features_x)


def _rotation(n_features, seed):
    """Return a random orthogonal matrix of shape (n_features, n_features)."""
    return np.linalg.qr(np.random.RandomState(seed).standard_normal((n_features, n_features)))[0]


def correlated_uniform(mi=1.0, n_features_x=1, n_features_y=1):
    """Pair with uniform margins on (0, 1) and a Gaussian dependence of given mutual information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.

    Returns
    -------
    pair : MappedPair
        :class:`CorrelatedNormal` with each column mapped by the normal distribution function.

    Examples
    --------
    >>> from skmi.datasets import correlated_uniform
    >>> X, y = correlated_uniform(mi=1.0).sample(1000, random_state=0)
    >>> bool(X.min() > 0 and X.max() < 1)
    True
    """
    return MappedPair(CorrelatedNormal(mi, n_features_x, n_features_y), ndtr, ndtr)
