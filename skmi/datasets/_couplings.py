"""Couplings and maps from which random pairs are made."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import expit, logsumexp
from scipy.stats import chi2, gamma, laplace, multivariate_normal, norm, uniform
from sklearn.utils import check_random_state

from ._base import KnownMIPair
from ._normal import MultivariateNormal

_SCALES = 15  # normal scales of a mixture of them
_DRAWS = 100_000  # for a mean of log ratios
_QUANTILES = 2000  # midpoints of probability, over which integrals are means
_SHAPES = {
    "normal": norm(),
    "laplace": laplace(scale=np.sqrt(0.5)),
    "uniform": uniform(-np.sqrt(3), 2 * np.sqrt(3)),
    "gamma": gamma(2.0, loc=-np.sqrt(2), scale=np.sqrt(0.5)),
}
_CURVES = {
    "line": lambda x: x,
    "wave": lambda x: np.sqrt(2) * np.sin(2 * x),
    "valley": lambda x: np.abs(x),
    "step": lambda x: np.tanh(3 * x),
}


@dataclass(frozen=True)
class CommonScale(KnownMIPair):
    """A normal pair whose rows are multiplied by a random scale, which both sides share: heavy tails, rays, no labels.

    Parameters
    ----------
    base : MultivariateNormal
        The normal pair.
    spread : float
        Standard deviation of the log of the scale, which takes as many values as are equally likely quantiles.
    """

    base: MultivariateNormal
    spread: float

    @property
    def _logs(self):
        return self.spread * norm.ppf((np.arange(_SCALES) + 0.5) / _SCALES)

    @property
    def mi(self):
        """The true I(X; Y), in nats, from entropies that depend on the radius alone."""
        n_x, n = self.base.n_features_x, len(self.base.covariance)
        return float(self.base.mi + self._excess(n_x) + self._excess(n - n_x) - self._excess(n))

    def _excess(self, n_columns):
        """Return the entropy of a standard normal row times the scale, in so many columns."""
        squares = chi2.ppf((np.arange(_QUANTILES) + 0.5) / _QUANTILES, n_columns)
        logs = self._logs
        squares = (squares * np.exp(2 * logs)[:, None]).ravel()
        terms = -0.5 * n_columns * np.log(2 * np.pi) - n_columns * logs - 0.5 * squares[:, None] * np.exp(-2 * logs)
        return -float(np.mean(logsumexp(terms, axis=1))) + np.log(_SCALES)

    def sample(self, n_samples, random_state=None):
        """Draw independent rows."""
        rng = check_random_state(random_state)
        X, y = self.base.sample(n_samples, rng)
        scale = np.exp(rng.choice(self._logs, size=(n_samples, 1)))
        return X * scale, y * scale


@dataclass(frozen=True)
class NoisyCurve(KnownMIPair):
    """y is a curve of x plus noise, one column a side.

    Parameters
    ----------
    curve : {"line", "wave", "valley", "step"}
        The curve.
    shape, noise : {"normal", "laplace", "uniform", "gamma"}
        Distributions of x and of the noise, of unit variance.
    scale : float
        Of the noise.
    """

    curve: str
    shape: str
    noise: str
    scale: float

    @property
    def mi(self):
        """The true I(X; Y), in nats: the entropy of y, by quadrature of its density, less that of the noise."""
        levels = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
        centres = _CURVES[self.curve](_SHAPES[self.shape].ppf(levels))
        noise = _SHAPES[self.noise]
        reach = self.scale * np.array(noise.ppf([1e-7, 1 - 1e-7]))
        grid = np.linspace(centres.min() + reach[0], centres.max() + reach[1], 2 * _QUANTILES)
        density = np.zeros(len(grid))
        for part in np.array_split(centres, 20):
            density += noise.pdf((grid[:, None] - part) / self.scale).sum(axis=1) / (_QUANTILES * self.scale)
        density /= np.trapezoid(density, grid)
        terms = np.where(density > 0, -density * np.log(np.maximum(density, 1e-300)), 0.0)
        return float(np.trapezoid(terms, grid) - noise.entropy() - np.log(self.scale))

    def sample(self, n_samples, random_state=None):
        """Draw independent rows."""
        rng = check_random_state(random_state)
        x = _SHAPES[self.shape].ppf(rng.uniform(size=(n_samples, 1)))
        noise = _SHAPES[self.noise].ppf(rng.uniform(size=(n_samples, 1)))
        return x, _CURVES[self.curve](x) + self.scale * noise


@dataclass(frozen=True, eq=False)
class MixtureLabels(KnownMIPair):
    """Rows of a mixture of normal distributions, and the number of the component that each comes from as its label.

    Parameters
    ----------
    means : ndarray of shape (n_components, n_features)
    covariances : ndarray of shape (n_components, n_features, n_features)
    weights : ndarray of shape (n_components,)
    """

    means: np.ndarray = field(repr=False)
    covariances: np.ndarray = field(repr=False)
    weights: np.ndarray

    @cached_property
    def mi(self):
        """The true I(X; Y), in nats, as the mean log ratio of 100 000 rows."""
        X, y = self.sample(_DRAWS, 0)
        logs = np.stack(
            [multivariate_normal(*component).logpdf(X) for component in zip(self.means, self.covariances, strict=True)]
        ).reshape(len(self.means), -1)
        return float(np.mean(logs[y[:, 0], np.arange(len(y))] - logsumexp(logs, axis=0, b=self.weights[:, None])))

    def sample(self, n_samples, random_state=None):
        """Draw independent rows."""
        rng = check_random_state(random_state)
        labels = rng.choice(len(self.weights), size=n_samples, p=self.weights)
        noise = rng.standard_normal((n_samples, self.means.shape[1]))
        factors = np.linalg.cholesky(self.covariances)
        return self.means[labels] + np.einsum("nij,nj->ni", factors[labels], noise), labels[:, None]


@dataclass(frozen=True)
class RandomMap:
    """Up to four invertible layers: columns, rotation, radius, and columns shifted or turned by other columns.

    Parameters
    ----------
    seed : int
        Seed of the layers.
    n_columns : int
        Of the rows.
    """

    seed: int
    n_columns: int

    def __call__(self, rows):
        """Return mapped rows."""
        rng = np.random.RandomState(self.seed)
        layers = [_columns, _rotated, _radial, _shifted, _turned]
        for k in rng.randint(len(layers), size=rng.randint(4)):
            rows = layers[k](rows, rng)
        return _columns(rows, rng) if rng.uniform() < 0.6 else rows


def _columns(rows, rng):
    """Map each column by itself: not at all, or by a cube and more, a logistic curve, or a skewed power."""
    maps = (
        lambda column: column,
        lambda column: column,
        lambda column: column + 0.3 * column**3,
        lambda column: expit(1.5 * column) + 1e-3 * column,
        lambda column: np.exp(1.5 * np.arcsinh(0.5 * column)),
    )
    chosen = rng.randint(len(maps), size=rows.shape[1])
    return np.column_stack([maps[k](column) for k, column in zip(chosen, rows.T, strict=True)])


def _rotated(rows, rng):
    return rows @ np.linalg.qr(rng.standard_normal((rows.shape[1],) * 2))[0]


def _radial(rows, rng):
    """Move rows along rays from the origin."""
    radius = np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    return rows * radius ** rng.uniform(-0.4, 0.8)


def _shifted(rows, rng):
    """Shift some columns by waves of others."""
    order = rng.permutation(rows.shape[1])
    n_free = -(-len(order) // 2)
    rows = rows.copy()
    for i, j in zip(order[n_free:], order, strict=False):
        rows[:, i] += rng.uniform(0.3, 1.0) * np.sin(rng.uniform(0.5, 2.0) * rows[:, j] + rng.uniform(0, 2 * np.pi))
    return rows


def _turned(rows, rng):
    """Turn the plane of two columns by an angle that a third column gives."""
    if rows.shape[1] < 3:
        return rows
    i, j, k = rng.permutation(rows.shape[1])[:3]
    angle = rng.uniform(0.3, 1.0) * np.tanh(rows[:, k]) * np.pi
    rows = rows.copy()
    rows[:, i], rows[:, j] = (
        np.cos(angle) * rows[:, i] - np.sin(angle) * rows[:, j],
        np.sin(angle) * rows[:, i] + np.cos(angle) * rows[:, j],
    )
    return rows
