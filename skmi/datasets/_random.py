"""Random pairs with known mutual information, for calibration and tests of properties."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair, check_number
from ._discrete import DiscreteChannel
from ._mixtures import NormalMixture
from ._normal import MultivariateNormal

_APART = 40.0  # standard deviations
_FAMILIES = "normal", "mixture", "labels", "groups"


def random_pair(random_state=None):
    """Draw a pair of known mutual information at random: kind of dependence, amount, columns, maps and nuisance.

    None is one of ``TASKS``, so that what is calibrated on random pairs can be tried on the tasks.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Pass an int for a reproducible pair.

    Returns
    -------
    pair : KnownMIPair
        With up to five informative columns a side, up to three more of X that tell nothing, and mostly below 3 nats.

    Examples
    --------
    >>> from skmi.datasets import random_pair
    >>> pair = random_pair(0)
    >>> X, y = pair.sample(100, random_state=0)
    >>> len(X) == len(y) == 100 and pair.mi >= 0
    True
    """
    rng = check_random_state(random_state)
    family = _FAMILIES[rng.randint(len(_FAMILIES))]
    mi = 0.0 if rng.uniform() < 0.15 else float(rng.uniform(0.02, 3.0))
    n_x, n_y = (int(n) for n in rng.randint(1, 6, size=2))
    seed = int(rng.randint(2**31 - 1))
    if family == "labels":
        table = rng.dirichlet(np.full(36, rng.uniform(0.05, 2.0))).reshape([(6, 6), (4, 9), (12, 3)][rng.randint(3)])
        return DiscreteChannel(table / table.sum())
    if family == "groups":
        base = GroupedNormal(int(rng.randint(2, 9)), n_x, float(rng.uniform(0.0, 4.0)), seed)
        return MappedPair(base, _Monotone(seed, n_x), None)
    base = _random_normal(mi, n_x, n_y, rng) if family == "normal" else _random_mixture(n_x, n_y, rng)
    n_nuisance = int(rng.randint(0, 4))
    return MappedPair(_Hidden(base, n_nuisance, seed), _Monotone(seed, n_x + n_nuisance), _Monotone(seed + 1, n_y))


def _random_normal(mi, n_x, n_y, rng):
    """Return a normal pair of random correlations of all columns, with this mutual information."""
    n = n_x + n_y
    factors = rng.standard_normal((n, n + 2))
    covariance = factors @ factors.T
    scale = 1 / np.sqrt(np.diag(covariance))
    correlation = covariance * np.outer(scale, scale)
    own = correlation.copy()
    own[:n_x, n_x:] = own[n_x:, :n_x] = 0.0

    def pair(strength):
        return MultivariateNormal((1 - strength) * own + strength * correlation, n_x)

    # The most that the drawn correlations hold, less where that is asked for.
    strength = brentq(lambda strength: pair(strength).mi - mi, 0.0, 1.0) if 0 < mi < pair(1.0).mi else float(mi > 0)
    return pair(strength)


def _random_mixture(n_x, n_y, rng):
    n, n_components = n_x + n_y, int(rng.randint(2, 6))
    factors = rng.standard_normal((n_components, n, n + 2)) / np.sqrt(n)
    covariances = factors @ factors.transpose(0, 2, 1)
    means, weights = 2 * rng.standard_normal((n_components, n)), rng.dirichlet(np.full(n_components, 2.0))
    return NormalMixture(means, covariances, weights, n_x)


@dataclass(frozen=True)
class GroupedNormal(KnownMIPair):
    """Equally likely labels y on a line, and normal columns around the centre of the label.

    Parameters
    ----------
    n_labels : int, default=4
        Number of labels.
    n_features : int, default=1
        Columns of X; the label moves the first alone.
    distance : float, default=2.0
        Distance between centres that follow one another, in standard deviations.
    seed : int, default=0
        Seed of the rotation of the columns.

    Examples
    --------
    >>> from skmi.datasets import GroupedNormal
    >>> round(GroupedNormal(2, 1, 100.0).mi, 4)  # log 2
    0.6931
    """

    n_labels: int = 4
    n_features: int = 1
    distance: float = 2.0
    seed: int = 0

    def __post_init__(self):
        check_number("n_labels", self.n_labels, 1, whole=True)
        check_number("n_features", self.n_features, 1, whole=True)
        check_number("distance", self.distance, 0)

    @property
    def mi(self):
        """The true I(X; Y), in nats, by quadrature of the entropy of the mixture."""
        # Farther apart the groups do not overlap, and a grid over all of them would be too coarse.
        centres = min(self.distance, _APART) * np.arange(self.n_labels)
        grid = np.linspace(-10.0, centres[-1] + 10.0, 20_001)
        density = np.mean(np.exp(-0.5 * (grid[:, None] - centres) ** 2), axis=1) / np.sqrt(2 * np.pi)
        terms = np.where(density > 0, -density * np.log(np.maximum(density, 1e-300)), 0.0)
        # Differences of entropies: the columns that the label does not move cancel.
        return float(max(0.0, np.trapezoid(terms, grid) - 0.5 * np.log(2 * np.pi * np.e)))

    def sample(self, n_samples, random_state=None):
        """Draw independent rows.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Values.
        y : ndarray of shape (n_samples, 1), dtype int
            Labels.
        """
        rng = check_random_state(random_state)
        y = rng.randint(self.n_labels, size=(n_samples, 1))
        X = rng.standard_normal((n_samples, self.n_features))
        X[:, :1] += self.distance * y
        rotation = np.linalg.qr(np.random.RandomState(self.seed).standard_normal((self.n_features,) * 2))[0]
        return X @ rotation, y


@dataclass(frozen=True)
class _Hidden(KnownMIPair):
    """A pair with columns of X that tell nothing, mixed into the others by a matrix that can be inverted."""

    base: KnownMIPair
    n_nuisance: int
    seed: int

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        return self.base.mi

    def sample(self, n_samples, random_state=None):
        """Draw independent rows."""
        rng = check_random_state(random_state)
        X, y = self.base.sample(n_samples, rng)
        X = np.hstack([X, rng.laplace(size=(n_samples, self.n_nuisance))])
        rng = np.random.RandomState(self.seed)
        rotation = np.linalg.qr(rng.standard_normal((X.shape[1],) * 2))[0]
        return X @ (rotation * rng.uniform(0.5, 2.0, size=X.shape[1])), y


@dataclass(frozen=True)
class _Monotone:
    """An increasing map for each column: none, a cube and more, a logistic curve, or an exponential."""

    seed: int
    n_columns: int

    def __call__(self, rows):
        maps = (
            lambda column: column,
            lambda column: column + 0.3 * column**3,
            lambda column: expit(1.5 * column),
            lambda column: np.exp(0.7 * column),
        )
        chosen = np.random.RandomState(self.seed).randint(len(maps), size=self.n_columns)
        return np.column_stack([maps[k](column) for k, column in zip(chosen, rows.T, strict=True)])
