"""Pairs whose margins or dependence are not normal, with their information in closed form."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln
from sklearn.utils import check_random_state

from ._base import KnownMIPair
from ._normal import CorrelatedNormal


@dataclass(frozen=True)
class CorrelatedStudent(KnownMIPair):
    """Multivariate Student pair: heavy tails, and information beyond the correlation.

    Rows of a correlated normal pair are divided by one common random scale, which X and y share; even uncorrelated
    columns then tell of one another.

    Parameters
    ----------
    gaussian_mi : float, default=1.0
        Mutual information of the normal pair behind it, in nats; ``mi`` adds what the common scale tells.
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.
    degrees_of_freedom : float, default=3.0
        Weight of the tails: 1 is Cauchy's distribution, and the larger, the nearer to the normal one.

    References
    ----------
    Arellano-Valle, Contreras-Reyes, Genton (2013). "Shannon Entropy and Mutual Information for Multivariate
    Skew-Elliptical Distributions". doi:10.1111/j.1467-9469.2011.00774.x.

    Examples
    --------
    >>> from skmi.datasets import CorrelatedStudent
    >>> round(CorrelatedStudent(0.0, 2, 2, degrees_of_freedom=1).mi, 3)
    0.432
    """

    gaussian_mi: float = 1.0
    n_features_x: int = 1
    n_features_y: int = 1
    degrees_of_freedom: float = 3.0

    def __post_init__(self):
        if not (np.isfinite(self.degrees_of_freedom) and self.degrees_of_freedom > 0):
            raise ValueError(f"Expected finite degrees_of_freedom > 0, got {self.degrees_of_freedom!r}.")
        self._normal()

    def _normal(self):
        return CorrelatedNormal(self.gaussian_mi, self.n_features_x, self.n_features_y)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        v, n_x, n_y = self.degrees_of_freedom, self.n_features_x, self.n_features_y

        def c(m):
            return gammaln(m / 2) - m / 2 * digamma(m / 2)

        return self.gaussian_mi + float(c(v) + c(v + n_x + n_y) - c(v + n_x) - c(v + n_y))

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
        X, y = self._normal().sample(n_samples, rng)
        scale = np.sqrt(rng.chisquare(self.degrees_of_freedom, size=(n_samples, 1)) / self.degrees_of_freedom)
        return X / scale, y / scale


@dataclass(frozen=True)
class SmoothedUniform(KnownMIPair):
    """Uniform X and y = X + uniform noise, column by column: sharp edges in the margins and in the dependence.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, spread evenly over the columns.
    n_features : int, default=1
        Columns of X and of y.

    Notes
    -----
    X is uniform on (0, 1) and the noise on (-e, e). With s = 1 / (2 e), a column has log s + 1 / (2 s) nats if s > 1
    and s / 2 otherwise.

    References
    ----------
    Czyż, Grabowski, Vogt, Beerenwinkel, Marx (2023). "Beyond Normal: On the Evaluation of Mutual Information
    Estimators". arXiv:2306.11078.

    Examples
    --------
    >>> from skmi.datasets import SmoothedUniform
    >>> X, y = SmoothedUniform(mi=2.0).sample(1000, random_state=0)
    >>> float(abs(y - X).max().round(2))  # the noise of half-width e
    0.07
    """

    mi: float = 1.0
    n_features: int = 1

    def __post_init__(self):
        if not (np.isfinite(self.mi) and self.mi >= 0):
            raise ValueError(f"Expected a finite mi >= 0 in nats, got {self.mi!r}.")
        if self.n_features < 1:
            raise ValueError(f"Expected at least one column, got n_features={self.n_features}.")

    @property
    def noise(self):
        """Half-width of the noise; infinite at zero information."""
        per_column = self.mi / self.n_features
        if per_column == 0:
            return np.inf
        if per_column <= 0.5:
            return 1 / (4 * per_column)
        log_s = brentq(lambda u: u + 0.5 * np.exp(-u) - per_column, 0.0, per_column + 1)
        return float(0.5 * np.exp(-log_s))

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
        X : ndarray of shape (n_samples, n_features)
            First variable, uniform on (0, 1).
        y : ndarray of shape (n_samples, n_features)
            Second variable.
        """
        rng = check_random_state(random_state)
        X = rng.uniform(size=(n_samples, self.n_features))
        noise = rng.uniform(-1, 1, size=X.shape)
        return X, noise if np.isinf(self.noise) else X + self.noise * noise
