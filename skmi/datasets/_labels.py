"""Real images with known mutual information: pairs of images of the same class, up to a noisy label."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

from ._base import KnownMIPair
from ._discrete import symmetric_channel_error


@dataclass(frozen=True, eq=False)
class SameClassPairs(KnownMIPair):
    """Pairs of rows of the same class, up to a noisy label with given mutual information.

    The label of X is uniform over the classes. The label of y is the same, or drawn again from all classes with the
    probability that gives the mutual information asked for. Given the labels, the rows are drawn independently: X from
    one half of the rows of its class, y from the other half. If each row determines its label, the mutual information
    of the rows is that of the labels, whatever else differs between rows of one class. No row repeats before all rows
    of its class and half are used.

    Parameters
    ----------
    rows : array-like of shape (n_rows, n_features)
        Flattened images, or other rows that determine their label. An array is not copied: do not change it later.
    labels : array-like of shape (n_rows,)
        Classes of the rows, each with at least two rows.
    mi : float, default=1.0
        The true mutual information, in nats, at most the log of the number of classes.

    References
    ----------
    Lee, Rhee (2024). "A Benchmark Suite for Evaluating Neural Mutual Information Estimators on Unstructured Datasets".
    arXiv:2410.10924.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmi.datasets import SameClassPairs
    >>> X, y = SameClassPairs(*load_digits(return_X_y=True), mi=1.5).sample(100, random_state=0)
    >>> X.shape
    (100, 64)
    """

    rows: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    mi: float = 1.0

    def __post_init__(self):
        rows, labels = np.asarray(self.rows).view(), np.asarray(self.labels).view()
        if rows.ndim != 2 or labels.shape != rows.shape[:1]:
            raise ValueError(
                "Expected rows of shape (n_rows, n_features) and as many labels, got shapes "
                f"{rows.shape} and {labels.shape}. Flatten images with rows.reshape(len(rows), -1)."
            )
        classes, counts = np.unique(labels, return_counts=True)
        if len(classes) < 2 or counts.min() < 2:
            raise ValueError(
                f"Expected at least two classes of at least two rows each, got {len(classes)} classes, the smallest "
                f"with {counts.min()} rows."
            )
        # These are views: the caller's own arrays stay writeable.
        for name, array in (("rows", rows), ("labels", labels)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        symmetric_channel_error(len(classes), self.mi)  # raises if labels cannot have this information

    @property
    def error(self):
        """Probability that the label of y is drawn again, from all classes."""
        return symmetric_channel_error(len(np.unique(self.labels)), self.mi)

    def sample(self, n_samples, random_state=None):
        """Draw rows of the pair.

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
        X, y, _, _ = self.sample_with_labels(n_samples, random_state)
        return X, y

    def sample_with_labels(self, n_samples, random_state=None):
        """Draw rows of the pair and return their labels too.

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
        x_labels : ndarray of shape (n_samples,)
            Classes of the rows of X.
        y_labels : ndarray of shape (n_samples,)
            Classes of the rows of y.
        """
        rng = check_random_state(random_state)
        classes, codes = np.unique(self.labels, return_inverse=True)
        wanted = rng.randint(len(classes), size=n_samples)
        again = rng.uniform(size=n_samples) < self.error
        wanted = wanted, np.where(again, rng.randint(len(classes), size=n_samples), wanted)
        chosen = np.empty((2, n_samples), dtype=int)
        for code in range(len(classes)):
            # Disjoint halves: a row that is on both sides would give more away than its label.
            pools = np.array_split(rng.permutation(np.flatnonzero(codes == code)), 2)
            for side in range(2):
                places = np.flatnonzero(wanted[side] == code)
                chosen[side, places] = _without_repeats(pools[side], len(places), rng)
        return self.rows[chosen[0]], self.rows[chosen[1]], classes[wanted[0]], classes[wanted[1]]


def _without_repeats(pool, n, rng):
    """Return n members of the pool; none repeats before all are used."""
    rounds = -(-n // len(pool))  # rounded up
    return np.concatenate([rng.permutation(pool) for _ in range(rounds)] or [pool[:0]])[:n]


def digits_pairs(mi=1.0):
    """Pair scikit-learn's 8×8 images of the same digit, up to a noisy label.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, at most log(10).

    Returns
    -------
    pair : SameClassPairs
        About 90 images per digit and side; larger samples repeat them.

    Examples
    --------
    >>> from skmi.datasets import digits_pairs
    >>> X, y = digits_pairs(mi=1.5).sample(100, random_state=0)
    >>> X.shape
    (100, 64)
    """
    images, labels = load_digits(return_X_y=True)
    return SameClassPairs(images / 16, labels, mi)
