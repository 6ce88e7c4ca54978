"""Random pairs with known mutual information, for calibration and tests of properties."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair, check_number
from ._couplings import CommonScale, MixtureLabels, NoisyCurve, RandomMap
from ._discrete import DiscreteChannel
from ._mixtures import NormalMixture
from ._normal import MultivariateNormal
from ._tiled import Tiled

_APART = 40.0  # standard deviations
_FAMILIES = {  # with how often each is drawn
    "normal": 0.1,
    "few normal": 0.14,
    "scaled normal": 0.18,
    "mixture": 0.12,
    "flips": 0.08,
    "curves": 0.16,
    "labels": 0.08,
    "groups": 0.04,
    "classes": 0.1,
}


def random_pair(random_state=None):
    """Draw a pair of known mutual information at random: dependence, amount, columns, maps and nuisance.

    None is one of ``TASKS``, so that what is calibrated on random pairs can be tried on the tasks.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Pass an int for a reproducible pair.

    Returns
    -------
    pair : KnownMIPair
        Mostly of up to six columns a side and up to 3 nats; some of up to thirty columns, or up to 9 nats. Kinds are
        normal pairs, all or few of whose columns are correlated; normal pairs of a common random scale; mixtures of
        normal distributions; curves with noise; labels; groups; and classes of a mixture. All but labels may pass
        through maps, and columns that tell nothing may be mixed in.

    Examples
    --------
    >>> from skmi.datasets import random_pair
    >>> pair = random_pair(0)
    >>> X, y = pair.sample(100, random_state=0)
    >>> len(X) == len(y) == 100 and pair.mi >= 0
    True
    """
    rng = check_random_state(random_state)
    family = list(_FAMILIES)[rng.choice(len(_FAMILIES), p=list(_FAMILIES.values()))]
    most = 9.0 if rng.uniform() < 0.2 else 3.0
    mi = 0.0 if rng.uniform() < 0.12 else float(rng.uniform(0.02, most))
    most_columns = 30 if rng.uniform() < 0.3 and "normal" in family else 6
    n_x, n_y = (1 + int((most_columns - 0.01) * rng.uniform() ** 1.5) for _ in range(2))
    seed = int(rng.randint(2**31 - 1))
    if family == "labels":
        table = rng.dirichlet(np.full(36, rng.uniform(0.05, 2.0))).reshape([(6, 6), (4, 9), (12, 3)][rng.randint(3)])
        return DiscreteChannel(table / table.sum())
    if family == "groups":
        base = GroupedNormal(int(rng.randint(2, 9)), n_x, float(rng.uniform(0.0, 4.0)), seed)
        return MappedPair(base, RandomMap(seed, n_x), None)
    base = _BASES[family](mi, n_x, n_y, rng)
    if family == "classes":
        return MappedPair(_Hidden(base, int(rng.randint(4)), seed), RandomMap(seed, n_x), None)
    n_x, n_y = (side.shape[1] for side in base.sample(2, 0))
    n_nuisance = int(rng.randint(1, 4)) if rng.uniform() < 0.4 else 0
    if n_nuisance or rng.uniform() < 0.5:
        base = _Hidden(base, n_nuisance, seed)
    return MappedPair(base, RandomMap(seed, n_x + n_nuisance), RandomMap(seed + 1, n_y))


def _random_normal(mi, n_x, n_y, rng):
    """Return a normal pair of random correlations of all columns, with this mutual information or what they hold."""
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


def _random_few_normal(mi, n_x, n_y, rng):
    """Return a normal pair of which few columns are correlated, with shares of the information at random."""
    n_pairs = int(rng.randint(1, min(n_x, n_y) + 1))
    covariance = np.eye(n_x + n_y)
    for i, share in enumerate(mi * rng.dirichlet(np.full(n_pairs, 2.0))):
        covariance[i, n_x + i] = covariance[n_x + i, i] = np.sqrt(-np.expm1(-2 * share))
    return MultivariateNormal(covariance, n_x)


def _random_scaled_normal(mi, n_x, n_y, rng):
    kind = (_random_normal, _random_few_normal)[rng.randint(2)]
    return CommonScale(kind(mi if rng.uniform() < 0.7 else 0.0, n_x, n_y, rng), float(rng.uniform(0.2, 1.2)))


def _random_mixture(mi, n_x, n_y, rng):
    n, n_components = n_x + n_y, int(rng.randint(2, 6))
    factors = rng.standard_normal((n_components, n, n + 2)) / np.sqrt(n)
    covariances = factors @ factors.transpose(0, 2, 1)
    means, weights = 2 * rng.standard_normal((n_components, n)), rng.dirichlet(np.full(n_components, 2.0))
    return NormalMixture(means, covariances, weights, n_x)


def _random_flips(mi, n_x, n_y, rng):
    """Return a pair whose columns are correlated with a random sign, different for each, and so without correlation."""
    rho = float(rng.uniform(0.6, 0.98))
    cross = [[[1.0, sign * rho], [sign * rho, 1.0]] for sign in (1, -1)]
    return Tiled(NormalMixture(np.zeros((2, 2)), cross), int(rng.randint(1, min(3, n_x, n_y) + 1)))


def _random_curves(mi, n_x, n_y, rng):
    curve = ("line", "line", "wave", "valley", "step")[rng.randint(5)]
    shape, noise = (("normal", "laplace", "uniform", "gamma")[k] for k in rng.randint(4, size=2))
    return Tiled(NoisyCurve(curve, shape, noise, float(np.exp(rng.uniform(-3.0, 0.7)))), int(rng.randint(1, 4)))


def _random_classes(mi, n_x, n_y, rng):
    mixture = _random_mixture(mi, n_x, 1, rng)
    means, covariances = mixture.means[:, :-1], mixture.covariances[:, :-1, :-1]
    return MixtureLabels(rng.uniform(0.0, 1.5) * means, covariances, mixture.weights)


_BASES = {
    "normal": _random_normal,
    "few normal": _random_few_normal,
    "scaled normal": _random_scaled_normal,
    "mixture": _random_mixture,
    "flips": _random_flips,
    "curves": _random_curves,
    "classes": _random_classes,
}


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
