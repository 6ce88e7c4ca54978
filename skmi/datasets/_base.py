"""Base classes of pairs with known mutual information, and maps that leave it unchanged."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state


def check_number(name, value, low, high=np.inf, *, whole=False, at_least=True):
    """Raise unless a parameter is a finite number in its range; ``at_least=False`` excludes the lower end."""
    number = isinstance(value, Integral if whole else Real) and np.isfinite(value)
    if not (number and (value >= low if at_least else value > low) and value <= high):
        least = f" {'>=' if at_least else '>'} {low:g}" if np.isfinite(low) else ""
        most = f" and <= {high:g}" if np.isfinite(high) else ""
        raise ValueError(f"Expected a {'whole' if whole else 'finite'} number {name}{least}{most}, got {value!r}.")


class KnownMIPair(ABC):
    """Base class of pairs (X, y) with known mutual information.

    A pair is a small frozen object with its parameters, ``sample`` and ``mi``. Subclass it to add your own.

    Attributes
    ----------
    mi : float
        The true I(X; Y), in nats.

    Examples
    --------
    >>> from skmi.datasets import CorrelatedNormal
    >>> pair = CorrelatedNormal(mi=2.0, n_features_x=3, n_features_y=2)
    >>> X, y = pair.sample(100, random_state=0)
    >>> X.shape, y.shape, pair.mi
    ((100, 3), (100, 2), 2.0)
    """

    mi: float

    @abstractmethod
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


@dataclass(frozen=True)
class MappedPair(KnownMIPair):
    """A pair whose X and y are passed through maps.

    Injective maps lose no information, so the mutual information is that of the base pair. The caller must make sure
    that the maps are injective; all maps in :mod:`skmi.datasets` are.

    Parameters
    ----------
    base : KnownMIPair
        The pair whose samples are mapped. ``pair.base.sample(n, random_state)`` returns the rows of
        ``pair.sample(n, random_state)`` before the maps.
    x_map : callable or None, default=None
        Takes and returns an array with one row per sample. None leaves X unchanged.
    y_map : callable or None, default=None
        The same for y.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import CorrelatedNormal, MappedPair
    >>> pair = MappedPair(CorrelatedNormal(mi=1.0), x_map=np.arcsinh)
    >>> pair.mi
    1.0
    """

    base: KnownMIPair
    x_map: Callable | None = None
    y_map: Callable | None = None

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        return self.base.mi

    def sample(self, n_samples, random_state=None):
        """Draw independent rows of the base pair and map them.

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
        X, y = self.base.sample(n_samples, random_state)
        return (X if self.x_map is None else self.x_map(X)), (y if self.y_map is None else self.y_map(y))


@dataclass(frozen=True)
class WithNuisance(KnownMIPair):
    """A pair with independent uniform columns, which carry no information, appended to both sides.

    Parameters
    ----------
    base : KnownMIPair
        The informative pair.
    n_features : int, default=1
        Number of U(-1, 1) columns appended to X and, independently, to y.

    Examples
    --------
    >>> from skmi.datasets import CorrelatedNormal, WithNuisance
    >>> pair = WithNuisance(CorrelatedNormal(mi=1.0), n_features=2)
    >>> X, y = pair.sample(10, random_state=0)
    >>> X.shape, pair.mi
    ((10, 3), 1.0)
    """

    base: KnownMIPair
    n_features: int = 1

    def __post_init__(self):
        check_number("n_features", self.n_features, 0, whole=True)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        return self.base.mi

    def sample(self, n_samples, random_state=None):
        """Draw independent rows; the nuisance columns come last.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features_x + n_features)
            First variable.
        y : ndarray of shape (n_samples, n_features_y + n_features)
            Second variable.
        """
        rng = check_random_state(random_state)
        X, y = self.base.sample(n_samples, rng)
        nuisance = rng.uniform(-1, 1, size=(2, n_samples, self.n_features))
        return np.hstack([X, nuisance[0]]), np.hstack([y, nuisance[1]])
