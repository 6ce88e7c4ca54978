"""Injective maps of columns, which leave mutual information unchanged.

``numpy.arcsinh`` and ``scipy.special.ndtr``, the normal distribution function, can be used as maps too.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ._base import check_number


def half_cube(rows):
    """Map each value v to v sqrt(abs(v)), which makes tails heavier.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Any values.

    Returns
    -------
    mapped : ndarray of shape (n_samples, n_features)
        ``sign(v) * abs(v) ** 1.5`` for each value v.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import half_cube
    >>> half_cube(np.array([[-4.0, 9.0]]))
    array([[-8., 27.]])
    """
    return rows * np.sqrt(np.abs(rows))


def swiss_roll(rows):
    """Roll one column with values in (0, 1) up in a plane.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, 1)
        Values in (0, 1).

    Returns
    -------
    mapped : ndarray of shape (n_samples, 2)
        Points on a spiral of one and a half turns, scaled to about (-1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import swiss_roll
    >>> swiss_roll(np.array([[0.5]])).round(3)
    array([[-0.449,  0.   ]])
    """
    if rows.ndim != 2 or rows.shape[1] != 1:
        raise ValueError(f"Expected one column to roll up, got an array of shape {rows.shape}.")
    angle = 1.5 * np.pi * (1 + 2 * rows)
    return angle * np.hstack([np.cos(angle), np.sin(angle)]) / 21


@dataclass(frozen=True)
class Wiggly:
    """Add sine waves to each value, small enough that the map stays increasing.

    Parameters
    ----------
    waves : tuple of (float, float, float)
        Amplitude a, frequency w and phase p of each wave a sin(w v + p). The sum of abs(a w) must stay below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import Wiggly
    >>> Wiggly(((0.5, 1.0, 0.0),))(np.array([[0.0, np.pi / 2]])).round(3)
    array([[0.   , 2.071]])
    """

    waves: tuple = ((0.4, 1.0, 0.0), (0.2, 1.7, 1.0), (0.03, 3.3, -2.5))

    def __post_init__(self):
        # The derivative of the map is at least 1 - steepest.
        steepest = sum(abs(a * w) for a, w, _ in self.waves)
        if not (np.isfinite(self.waves).all() and steepest < 1):
            raise ValueError(
                f"Expected finite waves whose amplitude times frequency adds up to less than 1, got {steepest:.3g}: "
                "the map would turn back and lose information. Lower the amplitudes."
            )

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            Any values.

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            The values with the waves added.
        """
        return rows + sum(a * np.sin(w * rows + p) for a, w, p in self.waves)


@dataclass(frozen=True)
class Spiral:
    """Rotate each row in the plane of two columns, by an angle that grows with the squared length of the row.

    Parameters
    ----------
    first, second : int, default=(0, 1)
        The columns that span the plane.
    speed : float, default=1.0
        Angle in radians per unit of squared length.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import Spiral
    >>> Spiral(speed=np.pi / 2)(np.array([[1.0, 0.0]])).round(3)
    array([[0., 1.]])
    """

    first: int = 0
    second: int = 1
    speed: float = 1.0

    def __post_init__(self):
        check_number("first", self.first, 0, whole=True)
        check_number("second", self.second, 0, whole=True)
        check_number("speed", self.speed, -np.inf)

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            At least two columns.

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            The rotated rows, whose lengths are unchanged.
        """
        if max(self.first, self.second) >= rows.shape[1] or self.first == self.second:
            raise ValueError(
                f"Expected rows with two different columns {self.first} and {self.second} to rotate, got "
                f"{rows.shape[1]} columns."
            )
        # A rotation keeps the length of the row, so the angle can be computed from the result: the map is injective.
        angle = self.speed * (rows**2).sum(axis=1)
        mapped = rows.copy()
        a, b = rows[:, self.first], rows[:, self.second]
        mapped[:, self.first] = np.cos(angle) * a - np.sin(angle) * b
        mapped[:, self.second] = np.sin(angle) * a + np.cos(angle) * b
        return mapped


@dataclass(frozen=True)
class NormalMixtureQuantile:
    """Map uniform values to a mixture of normal distributions with unit variance, by its quantile function.

    Parameters
    ----------
    weights : tuple of float, default=(0.5, 0.5)
        Share of each component; they sum to 1.
    means : tuple of float, default=(-2.0, 2.0)
        Mean of each component.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import NormalMixtureQuantile
    >>> NormalMixtureQuantile()(np.array([[0.3, 0.7]])).round(3)
    array([[-1.747,  1.747]])
    """

    weights: tuple = (0.5, 0.5)
    means: tuple = (-2.0, 2.0)

    def __post_init__(self):
        whole = min(self.weights) > 0 and abs(sum(self.weights) - 1) <= 1e-9
        if len(self.weights) != len(self.means) or not (whole and np.isfinite(self.means).all()):
            raise ValueError(
                f"Expected as many positive weights, with sum 1, as finite means; got weights={self.weights} and "
                f"means={self.means}."
            )

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            Values in (0, 1).

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            Quantiles of the mixture.
        """
        # 40 standard deviations from a mean ndtr is 0 or 1 to double precision.
        low = np.full(rows.shape, min(self.means) - 40.0)
        high = np.full(rows.shape, max(self.means) + 40.0)
        for _ in range(80):  # bisection down to the last bit of a double
            middle = (low + high) / 2
            below = sum(w * ndtr(middle - m) for w, m in zip(self.weights, self.means, strict=True)) < rows
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2


@dataclass(frozen=True)
class LinearEmbedding:
    """Embed columns in more columns by a random matrix of full rank.

    Parameters
    ----------
    n_features : int, default=100
        Columns of the result, at least as many as the input has.
    seed : int, default=0
        Seed of the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import LinearEmbedding
    >>> LinearEmbedding(5)(np.ones((3, 2))).shape
    (3, 5)
    """

    n_features: int = 100
    seed: int = 0

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_columns)
            At most ``n_features`` columns.

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            Random combinations of the columns, with about the same variance.
        """
        n_columns = rows.shape[1]
        if n_columns > self.n_features:
            raise ValueError(
                f"Expected at most n_features={self.n_features} columns to embed, got {n_columns}: fewer would lose "
                "information. Raise n_features."
            )
        # The map is part of the task: the same for every sample, whatever the sample's random state.
        weights = np.random.RandomState(self.seed).standard_normal((n_columns, self.n_features))
        return rows @ weights / np.sqrt(n_columns)


@dataclass(frozen=True)
class InvertibleNetwork:
    """Map columns by a random invertible network of affine coupling layers.

    Each layer rotates the columns, keeps the first half of them, and scales and shifts the second half by bounded
    random functions of the first. Since the first half is kept, the layer can be inverted.

    Parameters
    ----------
    n_layers : int, default=3
        Number of layers; more layers make the map less linear.
    seed : int, default=0
        Seed of the weights.

    References
    ----------
    Dinh, Sohl-Dickstein, Bengio (2017). "Density estimation using Real NVP". arXiv:1605.08803.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import InvertibleNetwork
    >>> InvertibleNetwork()(np.ones((3, 2))).shape
    (3, 2)
    """

    n_layers: int = 3
    seed: int = 0

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            At least two columns, of about unit variance.

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            The mapped rows.
        """
        if rows.shape[1] < 2:
            raise ValueError("Expected at least two columns: one half maps the other. Use Wiggly for a single column.")
        for rotation, kept, scale, shift in self._layers(rows.shape[1]):
            rows = rows @ rotation
            # Affine coupling, as in Real NVP; tanh keeps the scale between exp(-0.5) and exp(0.5).
            given, bent = rows[:, :kept], rows[:, kept:]
            rows = np.hstack([given, bent * np.exp(0.5 * np.tanh(scale(given))) + shift(given)])
        return rows

    def _layers(self, n_features):
        """Yield for each layer its rotation, the number of columns that it keeps, its scale and its shift."""
        rng = np.random.RandomState(self.seed)
        kept = n_features // 2
        for _ in range(self.n_layers):
            rotation = np.linalg.qr(rng.standard_normal((n_features, n_features)))[0]
            yield rotation, kept, *(_random_function(rng, kept, n_features - kept) for _ in range(2))


def _random_function(rng, n_in, n_out, n_hidden=16):
    """Return a random bounded smooth function of rows."""
    first = rng.standard_normal((n_in, n_hidden)) / np.sqrt(n_in)
    offset = rng.standard_normal(n_hidden)
    last = rng.standard_normal((n_hidden, n_out)) * 1.5 / np.sqrt(n_hidden)
    return lambda rows: np.tanh(rows @ first + offset) @ last
