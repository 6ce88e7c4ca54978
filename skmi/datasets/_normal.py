"""Jointly normal pairs with a given mutual information, and their uniform twins."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair


@dataclass(frozen=True)
class CorrelatedNormal(KnownMIPair):
    """Jointly normal pair whose mutual information is spread evenly over its correlated pairs of columns.

    The first ``min(n_features_x, n_features_y)`` columns of X and y are correlated pairwise, with
    ``rho = sqrt(1 - exp(-2 mi / n_pairs))``; the remaining columns are independent noise.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, at least 0.
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.
    mixing : int or None, default=None
        Seed of the random rotations applied to X and to y, so that no single column carries a whole pair; None
        leaves the pairs column by column.

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

    def __post_init__(self):
        if not (np.isfinite(self.mi) and self.mi >= 0):
            raise ValueError(f"Expected a finite mi >= 0 in nats, got {self.mi!r}.")
        if min(self.n_features_x, self.n_features_y) < 1:
            raise ValueError(
                f"Expected at least one column on each side, got n_features_x={self.n_features_x} "
                f"and n_features_y={self.n_features_y}."
            )

    @property
    def correlation(self):
        """Correlation of each informative pair of columns."""
        return float(np.sqrt(-np.expm1(-2 * self.mi / min(self.n_features_x, self.n_features_y))))

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
        n_pairs = min(self.n_features_x, self.n_features_y)
        X = rng.standard_normal((n_samples, self.n_features_x))
        y = rng.standard_normal((n_samples, self.n_features_y))
        # 1 - rho^2 = exp(-2 mi / n_pairs) is formed directly: from rho it would lose digits at high information.
        noise_scale = np.exp(-self.mi / n_pairs)
        y[:, :n_pairs] = self.correlation * X[:, :n_pairs] + noise_scale * y[:, :n_pairs]
        if self.mixing is not None:
            X, y = X @ _rotation(self.n_features_x, self.mixing), y @ _rotation(self.n_features_y, self.mixing + 1)
        return X, y


def _rotation(n_features, seed):
    """Return an orthogonal matrix of shape (n_features, n_features)."""
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
        :class:`CorrelatedNormal` through the normal distribution function, column by column.

    Examples
    --------
    >>> from skmi.datasets import correlated_uniform
    >>> X, y = correlated_uniform(mi=1.0).sample(1000, random_state=0)
    >>> bool(X.min() > 0 and X.max() < 1)
    True
    """
    return MappedPair(CorrelatedNormal(mi, n_features_x, n_features_y), ndtr, ndtr)
