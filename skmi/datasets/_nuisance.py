"""Data whose variance is mostly uninformative: mixtures with nuisance factors, backgrounds and noise."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.utils import check_random_state

from ._base import KnownMIPair, check_number
from ._normal import CorrelatedNormal

_PIXELS_PER_PATTERN = 4


@dataclass(frozen=True)
class NuisanceFactors(KnownMIPair):
    """Columns that mix a few factors, only some of which X and y share: tanh of random sums.

    A compressor that reconstructs well keeps what varies most, here the nuisance, and loses what X and y share. The map
    from factors to columns is injective, so the mutual information is that of the shared factors.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, spread evenly over the shared factors.
    n_features : int, default=20
        Columns of X and of y, at least ``n_factors``.
    n_factors : int, default=6
        Factors per side.
    n_shared : int, default=2
        Number of factors that both sides share.
    nuisance_scale : float, default=1.0
        Standard deviation of the factors that are not shared. That of the shared factors is 1.
    seed : int, default=0
        Seed of the random maps, one for each side.

    Examples
    --------
    >>> from skmi.datasets import NuisanceFactors
    >>> X, y = NuisanceFactors(mi=1.8, n_features=24, n_factors=9, n_shared=3).sample(100, random_state=0)
    >>> X.shape
    (100, 24)
    """

    mi: float = 1.0
    n_features: int = 20
    n_factors: int = 6
    n_shared: int = 2
    nuisance_scale: float = 1.0
    seed: int = 0

    def __post_init__(self):
        if not 1 <= self.n_shared <= self.n_factors <= self.n_features:
            raise ValueError(
                "Expected 1 <= n_shared <= n_factors <= n_features, got "
                f"{self.n_shared}, {self.n_factors} and {self.n_features}."
            )
        check_number("nuisance_scale", self.nuisance_scale, 0, at_least=False)
        CorrelatedNormal(self.mi)  # raises if mi is impossible

    @property
    def shared(self):
        """Pair of the shared factors: its sample with a seed holds the factors behind ``sample`` with the same seed."""
        return CorrelatedNormal(self.mi, self.n_shared, self.n_shared)

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
            First variable, values in (-1, 1).
        y : ndarray of shape (n_samples, n_features)
            Second variable, values in (-1, 1).
        """
        rng = check_random_state(random_state)
        maps = np.random.RandomState(self.seed).standard_normal((2, self.n_factors, self.n_features))
        # The sums get a scale at which tanh is not linear but does not saturate either.
        maps /= np.sqrt(self.n_factors) * max(1.0, self.nuisance_scale)
        sides = []
        for shared, weights in zip(self.shared.sample(n_samples, rng), maps, strict=True):
            own = self.nuisance_scale * rng.standard_normal((n_samples, self.n_factors - self.n_shared))
            sides.append(np.tanh(np.hstack([shared, own]) @ weights))
        return tuple(sides)


@dataclass(frozen=True)
class WithBackground(KnownMIPair):
    """Square images on random smooth backgrounds, which are independent for X and y.

    If there are far more pixels than parameters and patterns, the image determines both: nothing is lost, and the
    mutual information is that of the base pair. At least four pixels per pattern are required.

    Parameters
    ----------
    base : KnownMIPair
        A pair of flattened square images.
    n_patterns : int, default=8
        Number of patterns whose weighted sum is the background.
    amplitude : float, default=0.3
        The weights are uniform on (-amplitude, amplitude).
    seed : int, default=0
        Seed of the patterns, which have unit variance over the image.

    Examples
    --------
    >>> from skmi.datasets import WithBackground, blob_images
    >>> X, y = WithBackground(blob_images(mi=2.0)).sample(10, random_state=0)
    >>> X.shape
    (10, 256)
    """

    base: KnownMIPair
    n_patterns: int = 8
    amplitude: float = 0.3
    seed: int = 0

    def __post_init__(self):
        check_number("n_patterns", self.n_patterns, 1, whole=True)
        check_number("amplitude", self.amplitude, 0)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        return self.base.mi

    def sample(self, n_samples, random_state=None):
        """Draw independent rows, each image on its own background.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, n_pixels)
            First variable.
        y : ndarray of shape (n_samples, n_pixels)
            Second variable.
        """
        rng = check_random_state(random_state)
        X, y = self.base.sample(n_samples, rng)
        patterns = self._patterns(X.shape[1])
        return tuple(
            Z + rng.uniform(-self.amplitude, self.amplitude, size=(n_samples, self.n_patterns)) @ patterns
            for Z in (X, y)
        )

    def _patterns(self, n_pixels):
        """Return smooth random images, flattened, of shape (n_patterns, n_pixels)."""
        side = round(n_pixels**0.5)
        if side**2 != n_pixels or n_pixels < _PIXELS_PER_PATTERN * self.n_patterns:
            raise ValueError(
                f"Expected square images with at least {_PIXELS_PER_PATTERN} pixels for each of the n_patterns="
                f"{self.n_patterns}, got {n_pixels} columns."
            )
        # The patterns are part of the task: the same for every sample.
        fields = np.random.RandomState(self.seed).standard_normal((self.n_patterns, side, side))
        fields = np.array([gaussian_filter(field, side / 8, mode="wrap") for field in fields])
        fields -= fields.mean(axis=(1, 2), keepdims=True)
        return (fields / fields.std(axis=(1, 2), keepdims=True)).reshape(self.n_patterns, -1)


@dataclass(frozen=True)
class NoisyPair:
    """A pair with independent normal noise in every column; only an upper bound of its information is known.

    How much information the noise removes depends on the data. The pair is therefore not a :class:`KnownMIPair` and has
    no ``mi``: compare estimates with the bound, or with estimates without noise.

    Parameters
    ----------
    base : KnownMIPair
        The pair without noise.
    noise : float, default=0.1
        Standard deviation of the noise.

    Examples
    --------
    >>> from skmi.datasets import NoisyPair, blob_images
    >>> pair = NoisyPair(blob_images(mi=2.0), noise=0.05)
    >>> pair.mi_upper_bound
    2.0
    """

    base: KnownMIPair
    noise: float = 0.1

    def __post_init__(self):
        check_number("noise", self.noise, 0)

    @property
    def mi_upper_bound(self):
        """Mutual information of the base pair, in nats; noise can only lower it."""
        return self.base.mi

    def sample(self, n_samples, random_state=None):
        """Draw independent rows of the noisy pair.

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
        return tuple(Z + self.noise * rng.standard_normal(Z.shape) for Z in self.base.sample(n_samples, rng))
