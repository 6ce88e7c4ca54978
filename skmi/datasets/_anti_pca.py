"""Data on which principal components keep the variance but lose the information."""

from dataclasses import dataclass

import numpy as np

from ._base import MappedPair, WithNuisance, check_number
from ._normal import correlated_uniform


@dataclass(frozen=True)
class AntiPCAMap:
    """Embed (informative, nuisance) rows in many dimensions so that the nuisance has nearly all the variance.

    With ``a_j = x + j z``, column j is ``max(a_j, 0.1 j a_j)``. The first two columns are x and z themselves, which
    makes the map injective.

    Parameters
    ----------
    n_features : int, default=32
        Columns of the result, at least 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.datasets import AntiPCAMap
    >>> AntiPCAMap(4)(np.array([[0.75, 0.5]])).round(3)
    array([[0.5, 0.5, 1.5, 2. ]])
    """

    n_features: int = 32

    def __post_init__(self):
        check_number("n_features", self.n_features, 2, whole=True)

    def __call__(self, rows):
        """Map rows.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, 2)
            The informative value in (0, 1) and the nuisance in (-1, 1).

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_features)
            Embedded rows.
        """
        if rows.shape[1] != 2:
            raise ValueError(f"Expected two columns, the informative value and the nuisance, got {rows.shape[1]}.")
        # The informative value is moved to the range of the nuisance, (-1, 1).
        x, z = 2 * rows[:, 0] - 1, rows[:, 1]
        j = np.arange(self.n_features)
        a = x[:, None] + j * z[:, None]
        out = np.maximum(a, 0.1 * j * a)
        out[:, 0], out[:, 1] = x, z  # these two make the map injective
        return out


def anti_pca(mi=1.0, n_features=32):
    """Pair of which two principal components keep the variance and lose most of the information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats.
    n_features : int, default=32
        Columns of X and of y.

    Returns
    -------
    pair : MappedPair
        One informative and one nuisance factor on each side, embedded by :class:`AntiPCAMap`.

    Examples
    --------
    >>> from skmi.datasets import anti_pca
    >>> X, y = anti_pca(mi=2.0).sample(100, random_state=0)
    >>> X.shape
    (100, 32)
    """
    return MappedPair(WithNuisance(correlated_uniform(mi)), AntiPCAMap(n_features), AntiPCAMap(n_features))
