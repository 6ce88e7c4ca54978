"""Pairs with margins or dependence that are not normal, and mutual information in closed form."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair, check_number
from ._maps import NormalMixtureQuantile
from ._normal import CorrelatedNormal, correlated_uniform

_LEAST_DEGREES = 0.1  # with fewer degrees of freedom, values overflow
_MANY_DEGREES = 1e5  # with more, the terms of the closed form cancel
_MOST_PER_COLUMN = 500  # nats of a log-gamma-exponential column; with more, values overflow


@dataclass(frozen=True)
class CorrelatedStudent(KnownMIPair):
    """Multivariate Student pair: heavy tails, and information beyond the correlation.

    Each row of a correlated normal pair is divided by a random scale that X and y share. Even uncorrelated columns are
    then dependent.

    Parameters
    ----------
    gaussian_mi : float, default=1.0
        Mutual information of the normal pair, in nats; ``mi`` adds the information in the common scale.
    n_features_x : int, default=1
        Columns of X.
    n_features_y : int, default=1
        Columns of y.
    degrees_of_freedom : float, default=3.0
        Degrees of freedom, at least 0.1. The fewer, the heavier the tails: 1 is the Cauchy distribution, and many come
        close to the normal one.

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
        check_number("degrees_of_freedom", self.degrees_of_freedom, _LEAST_DEGREES)
        self._normal()  # raises if its parameters are impossible

    def _normal(self):
        return CorrelatedNormal(self.gaussian_mi, self.n_features_x, self.n_features_y)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        v, n_x, n_y = self.degrees_of_freedom, self.n_features_x, self.n_features_y
        if v > _MANY_DEGREES:  # leading order in 1 / v of the sum below, whose terms would cancel
            return self.gaussian_mi + n_x * n_y / (2 * v**2)

        def c(m):  # Arellano-Valle et al. (2013)
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
    """Uniform X, and y = X + uniform noise, column by column: sharp edges in the margins and in the dependence.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, spread evenly over the columns.
    n_features : int, default=1
        Columns of X and of y.

    Notes
    -----
    X is uniform on (0, 1) and the noise on (-e, e). With s = 1 / (2 e), a column has log s + 1 / (2 s) nats if s > 1,
    and s / 2 nats otherwise.

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
        check_number("mi", self.mi, 0)
        check_number("n_features", self.n_features, 1, whole=True)

    @property
    def noise(self):
        """Half-width of the noise; infinite if ``mi`` is 0."""
        per_column = self.mi / self.n_features
        if per_column == 0:
            return np.inf
        if per_column <= 0.5:  # s <= 1
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
        # Without information y is the bounded noise alone, not an infinite sum.
        return X, noise if np.isinf(self.noise) else X + self.noise * noise


def additive_uniform_noise(noise=0.1):
    """Pair of a uniform value and the same value plus uniform noise of given half-width.

    Parameters
    ----------
    noise : float, default=0.1
        X is uniform on (0, 1), and y - X on (-noise, noise).

    Returns
    -------
    pair : SmoothedUniform
        The pair with this noise; ``mi`` is computed from it.

    Examples
    --------
    >>> from skmi.datasets import additive_uniform_noise
    >>> round(additive_uniform_noise(0.75).mi, 4)
    0.3333
    """
    check_number("noise", noise, 0, at_least=False)
    s = 1 / (2 * noise)
    return SmoothedUniform(float(np.log(s) + 1 / (2 * s)) if s > 1 else s / 2)


def bimodal_normal(mi=1.0, x_weights=(0.3, 0.7), x_means=(0.0, 5.0), y_weights=(0.5, 0.5), y_means=(-1.0, 3.0)):
    """Pair of bimodal columns with a Gaussian dependence and given mutual information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    x_weights : tuple of float, default=(0.3, 0.7)
        Weights of the components of X.
    x_means : tuple of float, default=(0.0, 5.0)
        Means of the components of X; each has unit variance.
    y_weights : tuple of float, default=(0.5, 0.5)
        Weights of the components of y.
    y_means : tuple of float, default=(-1.0, 3.0)
        Means of the components of y; each has unit variance.

    Returns
    -------
    pair : MappedPair
        Its ``base`` has uniform margins.

    Examples
    --------
    >>> from skmi.datasets import bimodal_normal
    >>> X, y = bimodal_normal(mi=1.0).sample(1000, random_state=0)
    >>> bool(3 < X.mean() < 4)
    True
    """
    maps = NormalMixtureQuantile(x_weights, x_means), NormalMixtureQuantile(y_weights, y_means)
    return MappedPair(correlated_uniform(mi), *maps)


@dataclass(frozen=True)
class LogGammaExponential(KnownMIPair):
    """Log of a gamma variable, and log of an exponential variable with the gamma variable as rate; column by column.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, spread evenly over the columns; above 0, and at most 500 per column.
    n_features : int, default=1
        Columns of X and of y.

    Notes
    -----
    With a gamma variable of shape a, each column has psi(a) - log(a) + 1 / a nats. The smaller a, the heavier the left
    tail of X.

    References
    ----------
    Darbellay, Vajda (2000). "Entropy expressions for multivariate continuous distributions". doi:10.1109/18.825848.

    Examples
    --------
    >>> from skmi.datasets import LogGammaExponential
    >>> round(LogGammaExponential(mi=1.0).shape, 3)
    0.316
    """

    mi: float = 1.0
    n_features: int = 1

    def __post_init__(self):
        check_number("n_features", self.n_features, 1, whole=True)
        # Zero information is only the limit of large shapes.
        check_number("mi", self.mi, 0, _MOST_PER_COLUMN * self.n_features, at_least=False)

    @property
    def shape(self):
        """Shape of the gamma variable."""

        def excess(log_shape):  # psi(a) + 1 / a = psi(a + 1), which has no pole at 0
            a = np.exp(log_shape)
            return digamma(a + 1) - log_shape - self.mi / self.n_features

        return float(np.exp(brentq(excess, -self.mi / self.n_features - 2, 40.0)))

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
            First variable.
        y : ndarray of shape (n_samples, n_features)
            Second variable.
        """
        rng = check_random_state(random_state)
        size, a = (n_samples, self.n_features), self.shape
        # A gamma variable of shape a is one of shape a + 1 times U**(1/a); in logs nothing underflows at small shapes.
        X = np.log(rng.gamma(a + 1, size=size)) + np.log(rng.uniform(size=size)) / a
        return X, np.log(rng.exponential(size=size)) - X
