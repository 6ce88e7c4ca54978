"""Independent copies of a pair side by side, which have so many times its information."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from ._base import KnownMIPair, check_number


@dataclass(frozen=True)
class Tiled(KnownMIPair):
    """Independent copies of a pair side by side: so many times the mutual information, in so many times the columns.

    With images, several nats of information lie in what real images show, as several digits in a row do.

    Parameters
    ----------
    base : KnownMIPair
        The pair to repeat.
    n_copies : int, default=2
        Number of copies.
    image_shape : tuple of int or None, default=None
        (height, width) of the images of X and y of the base pair. They are then put side by side to one image of shape
        (height, n_copies * width); otherwise, and for sides that do not have so many columns, columns of one copy
        follow those of the other.

    References
    ----------
    Lee, Rhee (2024). "A Benchmark Suite for Evaluating Neural Mutual Information Estimators on Unstructured Datasets".
    arXiv:2410.10924.

    Examples
    --------
    >>> from skmi.datasets import Tiled, blob_images
    >>> pair = Tiled(blob_images(mi=2.0, image_size=16), 3, image_shape=(16, 16))
    >>> X, y = pair.sample(10, random_state=0)
    >>> X.shape, pair.mi
    ((10, 768), 6.0)
    """

    base: KnownMIPair
    n_copies: int = 2
    image_shape: tuple | None = None

    def __post_init__(self):
        check_number("n_copies", self.n_copies, 1, whole=True)
        if self.image_shape is not None:
            if len(self.image_shape) != 2:
                raise ValueError(f"Expected image_shape=(height, width), got {self.image_shape!r}.")
            object.__setattr__(self, "image_shape", tuple(self.image_shape))

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        return self.n_copies * self.base.mi

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
        X : ndarray of shape (n_samples, n_copies * n_features_x)
            First variable.
        y : ndarray of shape (n_samples, n_copies * n_features_y)
            Second variable.
        """
        rng = check_random_state(random_state)
        sides = zip(*(self.base.sample(n_samples, rng) for _ in range(self.n_copies)), strict=True)
        return tuple(self._side_by_side([np.asarray(copy).reshape(n_samples, -1) for copy in side]) for side in sides)

    def _side_by_side(self, copies):
        if self.image_shape is None or copies[0].shape[1] != np.prod(self.image_shape):
            return np.hstack(copies)
        images = [copy.reshape(len(copy), *self.image_shape) for copy in copies]
        return np.concatenate(images, axis=2).reshape(len(images[0]), -1)
