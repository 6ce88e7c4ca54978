"""Images as injective functions of a few parameters, whose mutual information they keep."""

from dataclasses import dataclass

import numpy as np

from ._base import MappedPair, check_number
from ._normal import correlated_uniform


@dataclass(frozen=True)
class BlobRenderer:
    """Draw a Gaussian blob for each row of two centre coordinates.

    Parameters
    ----------
    image_size : int, default=16
        Side of the square image, in pixels, at least 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import BlobRenderer
    >>> BlobRenderer(5)(np.array([[0.5, 0.5]])).reshape(5, 5)[2].round(2)
    array([0.08, 0.54, 1.  , 0.54, 0.08])
    """

    image_size: int = 16

    def __post_init__(self):
        check_number("image_size", self.image_size, 2, whole=True)

    def __call__(self, parameters):
        """Render images.

        Parameters
        ----------
        parameters : ndarray of shape (n_samples, 2)
            Centres of the blobs, in (0, 1).

        Returns
        -------
        images : ndarray of shape (n_samples, image_size**2)
            Flattened images with values in (0, 1].
        """
        grid = np.linspace(0, 1, self.image_size)
        # exp(-10 * (a**2 + b**2)) is the product of one factor per axis.
        rows, columns = (np.exp(-10 * (grid - parameters[:, [axis]]) ** 2) for axis in (0, 1))
        return _outer(rows, columns)


@dataclass(frozen=True)
class RectangleRenderer:
    """Draw an axis-parallel rectangle for each row of four parameters.

    The value of a pixel is the share of its area that the rectangle covers.

    Parameters
    ----------
    image_size : int, default=16
        Side of the square image, in pixels, above ``min_side``.
    min_side : float, default=2.0
        Shortest side of a rectangle, in pixels, at least 2. Every side then covers at least one whole pixel, without
        which the image would not determine where the side begins and ends.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import RectangleRenderer
    >>> images = RectangleRenderer(8)(np.random.default_rng(0).uniform(size=(3, 4)))
    >>> images.shape, float(images.max())
    ((3, 64), 1.0)
    """

    image_size: int = 16
    min_side: float = 2.0

    def __post_init__(self):
        check_number("min_side", self.min_side, 2)
        check_number("image_size", self.image_size, np.floor(self.min_side) + 1, whole=True)

    def __call__(self, parameters):
        """Render images.

        Parameters
        ----------
        parameters : ndarray of shape (n_samples, 4)
            Values in (0, 1): two for the vertical extent, two for the horizontal one.

        Returns
        -------
        images : ndarray of shape (n_samples, image_size**2)
            Flattened images with values in [0, 1].
        """
        return _outer(self._coverage(*parameters[:, :2].T), self._coverage(*parameters[:, 2:].T))

    def _coverage(self, a, b):
        """Return the share of each pixel that the segment encoded by (a, b) covers along one axis.

        Uniform (a, b) give a segment that is uniform among those of sufficient length.
        """
        shortest = self.min_side / self.image_size
        # The smaller of two uniform values has the distribution function 1 - (1 - t)**2, which is inverted here. Given
        # the smaller one, the larger one is uniform above it.
        left = (1 - shortest) * (1 - np.sqrt(1 - a))
        right = left + shortest + b * (1 - left - shortest)
        edges = np.linspace(0, 1, self.image_size + 1)
        overlap = np.minimum(right[:, None], edges[1:]) - np.maximum(left[:, None], edges[:-1])
        return np.clip(overlap * self.image_size, 0, 1)


@dataclass(frozen=True)
class CorrelatedBlobRenderer:
    """Draw a blob of varying width, height and slant for each row of five parameters.

    Parameters
    ----------
    image_size : int, default=16
        Side of the square image, in pixels, at least 3: smaller images do not determine five parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import CorrelatedBlobRenderer
    >>> CorrelatedBlobRenderer(5)(np.array([[0.5, 0.5, 0.0, 0.0, 0.5]])).reshape(5, 5)[2].round(2)
    array([0.08, 0.54, 1.  , 0.54, 0.08])
    """

    image_size: int = 16

    def __post_init__(self):
        check_number("image_size", self.image_size, 3, whole=True)

    def __call__(self, parameters):
        """Render images.

        Parameters
        ----------
        parameters : ndarray of shape (n_samples, 5)
            Values in (0, 1): two for the centre, two for the sharpness along the axes, one for the slant.

        Returns
        -------
        images : ndarray of shape (n_samples, image_size**2)
            Flattened images with values in (0, 1].
        """
        grid = np.linspace(0, 1, self.image_size)
        p = parameters.T[:, :, None]
        u, v = (1 + p[2]) * (grid - p[0]), (1 + p[3]) * (grid - p[1])
        # u**2 + v**2 + s u v with |s| < 1 is positive definite: every image is a blob.
        slant = (2 * p[4] - 1) * u
        exponent = (u**2)[:, :, None] + (v**2)[:, None, :] + slant[:, :, None] * v[:, None, :]
        return np.exp(-10 * exponent).reshape(len(parameters), -1)


def _outer(rows, columns):
    """Return flattened images of shape (n_samples, size**2) from their factors along each axis."""
    return (rows[:, :, None] * columns[:, None, :]).reshape(len(rows), -1)


def blob_images(mi=1.0, image_size=16):
    """Pair of images of Gaussian blobs whose centres share a given mutual information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    image_size : int, default=16
        Side of the square images, in pixels.

    Returns
    -------
    pair : MappedPair
        Its ``base`` is the pair of centres, two uniform parameters each.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi.datasets import blob_images
    >>> X, y = blob_images(mi=2.0).sample(10, random_state=0)
    >>> X.shape
    (10, 256)
    """
    return MappedPair(correlated_uniform(mi, 2, 2), BlobRenderer(image_size), BlobRenderer(image_size))


def correlated_blob_images(mi=1.0, image_size=16):
    """Pair of images of slanted blobs whose five parameters share a given mutual information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    image_size : int, default=16
        Side of the square images, in pixels.

    Returns
    -------
    pair : MappedPair
        Its ``base`` is the pair of parameters, five uniform ones each.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi.datasets import correlated_blob_images
    >>> X, y = correlated_blob_images(mi=2.0).sample(10, random_state=0)
    >>> X.shape
    (10, 256)
    """
    return MappedPair(
        correlated_uniform(mi, 5, 5), CorrelatedBlobRenderer(image_size), CorrelatedBlobRenderer(image_size)
    )


def rectangle_images(mi=1.0, image_size=16):
    """Pair of images of rectangles whose sides and positions share a given mutual information.

    Unlike blobs, rectangles are not a smooth function of their parameters, and a linear compressor loses much of the
    information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    image_size : int, default=16
        Side of the square images, in pixels.

    Returns
    -------
    pair : MappedPair
        Its ``base`` is the pair of parameters, four uniform ones each.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi.datasets import rectangle_images
    >>> X, y = rectangle_images(mi=2.0, image_size=32).sample(10, random_state=0)
    >>> X.shape
    (10, 1024)
    """
    return MappedPair(correlated_uniform(mi, 4, 4), RectangleRenderer(image_size), RectangleRenderer(image_size))
