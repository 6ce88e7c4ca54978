"""Pairs with a discrete side: channels between labels, and labels paired with continuous values."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr, rel_entr
from sklearn.utils import check_random_state

from ._base import KnownMIPair, check_number


def symmetric_channel_mi(n_classes, error):
    """Mutual information of a uniform label and a noisy copy of it.

    The copy equals the label, except that with a given probability it is drawn again, uniformly from all classes.

    Parameters
    ----------
    n_classes : int
        Number of labels, all equally likely.
    error : float
        Probability in [0, 1] that the copy is drawn again. It can then still equal the label.

    Returns
    -------
    mi : float
        In nats; from log(n_classes) at ``error=0`` to 0 at ``error=1``.

    Examples
    --------
    >>> from skmi.datasets import symmetric_channel_mi
    >>> round(symmetric_channel_mi(10, 0.2), 3)
    1.436
    """
    check_number("n_classes", n_classes, 2, whole=True)
    check_number("error", error, 0, 1)
    other = error / n_classes
    # I = H(Y) - H(Y | X): given x, one label has the probability 1 - (n_classes - 1) * other, each of the rest other.
    return float(np.log(n_classes) - entr(max(0.0, 1 - (n_classes - 1) * other)) - (n_classes - 1) * entr(other))


def symmetric_channel_error(n_classes, mi):
    """Probability of drawing again that gives a mutual information; the inverse of :func:`symmetric_channel_mi`.

    Parameters
    ----------
    n_classes : int
        Number of labels, all equally likely.
    mi : float
        In nats, from 0 to log(n_classes).

    Returns
    -------
    error : float
        Probability in [0, 1] that the copy is drawn again.

    Examples
    --------
    >>> from skmi.datasets import symmetric_channel_error
    >>> round(symmetric_channel_error(10, 1.436), 2)
    0.2
    """
    most = symmetric_channel_mi(n_classes, 0.0)
    check_number("mi", mi, 0)
    if mi > most + 1e-12:
        raise ValueError(f"Expected 0 <= mi <= log(n_classes) = {most:.4f} nats, got mi={mi!r}.")
    if mi >= most:
        return 0.0
    if mi <= symmetric_channel_mi(n_classes, 1.0):  # 0, up to rounding
        return 1.0
    return float(brentq(lambda error: symmetric_channel_mi(n_classes, error) - mi, 0.0, 1.0, xtol=1e-14))


@dataclass(frozen=True)
class DiscreteChannel(KnownMIPair):
    """Two discrete variables with a given table of probabilities.

    Parameters
    ----------
    probabilities : tuple of tuples of float
        Row i, column j: the probability of x = i and y = j. They sum to 1.

    Examples
    --------
    >>> from skmi.datasets import DiscreteChannel
    >>> round(DiscreteChannel(((0.4, 0.1), (0.1, 0.4))).mi, 4)
    0.1927
    """

    probabilities: tuple = ((0.4, 0.1), (0.1, 0.4))

    def __post_init__(self):
        table = np.asarray(self.probabilities, dtype=float)
        if table.ndim != 2 or not (table >= 0).all() or abs(table.sum() - 1) > 1e-9:
            raise ValueError(
                "Expected a table of probabilities, all of them at least 0, with sum 1; got "
                f"shape {table.shape} and sum {table.sum():.6g}."
            )
        # Tuples keep the frozen pair hashable and printable, whatever table was passed.
        object.__setattr__(self, "probabilities", tuple(map(tuple, table.tolist())))

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        table = np.asarray(self.probabilities)
        independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)
        return float(rel_entr(table, independent).sum())

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
        X : ndarray of shape (n_samples, 1), dtype int
            First variable.
        y : ndarray of shape (n_samples, 1), dtype int
            Second variable.
        """
        table = np.asarray(self.probabilities)
        rng = check_random_state(random_state)
        cells = rng.choice(table.size, size=n_samples, p=table.ravel() / table.sum())
        return tuple(side[:, None] for side in np.unravel_index(cells, table.shape))


def symmetric_channel(mi=1.0, n_classes=10):
    """Pair of a uniform label and its copy from a symmetric noisy channel, with given mutual information.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, at most log(n_classes).
    n_classes : int, default=10
        Number of labels.

    Returns
    -------
    pair : DiscreteChannel
        Both sides are labels 0, ..., n_classes - 1.

    Examples
    --------
    >>> from skmi.datasets import symmetric_channel
    >>> X, y = symmetric_channel(mi=1.0).sample(5, random_state=0)
    >>> X.shape, X.dtype.kind
    ((5, 1), 'i')
    """
    other = symmetric_channel_error(n_classes, mi) / n_classes
    table = np.full((n_classes, n_classes), other)
    np.fill_diagonal(table, 1 - (n_classes - 1) * other)
    return DiscreteChannel(table / n_classes)


@dataclass(frozen=True)
class QuantisedUniform(KnownMIPair):
    """A uniform value and the number of the interval that contains it: a label that is a function of X.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information, in nats, which is the entropy of the label. All intervals have the same length,
        except the last one, which can be shorter.

    Examples
    --------
    >>> from skmi.datasets import QuantisedUniform
    >>> QuantisedUniform(1.0).edges.round(3)
    array([0.   , 0.43 , 0.861, 1.   ])
    """

    mi: float = 1.0

    def __post_init__(self):
        check_number("mi", self.mi, 0, np.log(1e6))

    @property
    def edges(self):
        """Ends of the intervals, from 0 to 1."""
        # exp(log(k)) can be just below k, which must still give k intervals.
        n_equal = max(1, int(np.floor(np.exp(self.mi) + 1e-12)))

        def entropy(last):
            return entr(last) + n_equal * entr((1 - last) / n_equal)

        # The entropy grows from log(n_equal) to log(n_equal + 1) as the last interval grows to the others' length.
        most = 1 / (n_equal + 1)
        # At either end rounding can hide the change of sign that brentq needs.
        if entropy(0.0) >= self.mi:
            last = 0.0
        elif entropy(most) <= self.mi:
            last = most
        else:
            last = brentq(lambda share: entropy(share) - self.mi, 0.0, most, xtol=1e-15)
        inner = np.linspace(0, 1 - last, n_equal + 1)
        return np.append(inner, 1.0) if last > 0 else inner

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
        X : ndarray of shape (n_samples, 1)
            Uniform values on (0, 1).
        y : ndarray of shape (n_samples, 1), dtype int
            Numbers of the intervals.
        """
        X = check_random_state(random_state).uniform(size=(n_samples, 1))
        return X, np.searchsorted(self.edges[1:-1], X, side="right")


@dataclass(frozen=True)
class NoisySteps(KnownMIPair):
    """A uniform label x in 0, ..., n_levels - 1 and a value y that is uniform between x and x + 2.

    Parameters
    ----------
    n_levels : int, default=5
        Number of labels.

    References
    ----------
    Gao, Kannan, Oh, Viswanath (2017). "Estimating Mutual Information for Discrete-Continuous Mixtures".
    arXiv:1709.06212.

    Examples
    --------
    >>> from skmi.datasets import NoisySteps
    >>> round(NoisySteps(5).mi, 4)
    1.0549
    """

    n_levels: int = 5

    def __post_init__(self):
        check_number("n_levels", self.n_levels, 1, whole=True)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        # h(y) - h(y | x): the density of y is 1 / n_levels, but half of that on the first and last unit interval.
        return float(np.log(self.n_levels) - (self.n_levels - 1) * np.log(2) / self.n_levels)

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
        X : ndarray of shape (n_samples, 1), dtype int
            Labels.
        y : ndarray of shape (n_samples, 1)
            Values.
        """
        rng = check_random_state(random_state)
        X = rng.randint(self.n_levels, size=(n_samples, 1))
        return X, X + rng.uniform(0, 2, size=(n_samples, 1))
