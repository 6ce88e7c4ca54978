"""Pairs as everyday tables have them: rare events, zeros, rounded values, rows in time, embeddings."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq
from scipy.signal import lfilter
from scipy.special import ndtr
from scipy.stats import multivariate_normal
from sklearn.utils import check_random_state

from ._base import KnownMIPair, MappedPair, WithNuisance, check_number
from ._discrete import DiscreteChannel
from ._maps import LinearEmbedding
from ._normal import CorrelatedNormal, MultivariateNormal

_MAX_CELLS = 400  # on each side of a table of rounded values


def rare_event(probability=0.01, sensitivity=0.9, specificity=0.99):
    """Pair of a rare event and a test for it.

    Parameters
    ----------
    probability : float, default=0.01
        Probability of the event.
    sensitivity : float, default=0.9
        Probability of a positive test given the event.
    specificity : float, default=0.99
        Probability of a negative test otherwise.

    Returns
    -------
    pair : DiscreteChannel
        Both sides are 0 or 1.

    Examples
    --------
    >>> from skmi.datasets import rare_event
    >>> round(rare_event().mi, 3)
    0.035
    """
    for name, value in (("probability", probability), ("sensitivity", sensitivity), ("specificity", specificity)):
        check_number(name, value, 0, 1)
    given = np.array([[specificity, 1 - specificity], [1 - sensitivity, sensitivity]])
    return DiscreteChannel(np.array([[1 - probability], [probability]]) * given)


def zipf_labels(n_classes=30, exponent=1.0, error=0.5):
    """Pair of a label whose frequencies fall as a power of its rank, and a noisy copy of it.

    Parameters
    ----------
    n_classes : int, default=30
        Number of labels.
    exponent : float, default=1.0
        The label of rank r is as frequent as r to minus this power; 0 for equal frequencies.
    error : float, default=0.5
        Probability that the copy is drawn again, independently of the label.

    Returns
    -------
    pair : DiscreteChannel
        With ``error=1`` both sides are independent.

    Examples
    --------
    >>> from skmi.datasets import zipf_labels
    >>> round(abs(zipf_labels(error=1.0).mi), 6)
    0.0
    """
    check_number("n_classes", n_classes, 2, whole=True)
    check_number("exponent", exponent, 0)
    check_number("error", error, 0, 1)
    shares = np.arange(1, n_classes + 1, dtype=float) ** -exponent
    shares /= shares.sum()
    return DiscreteChannel((1 - error) * np.diag(shares) + error * np.outer(shares, shares))


def gaussian_channel(mi=2.0, n_features=10, condition_number=100.0, seed=0):
    """Normal columns through a linear map of given condition number, plus normal noise.

    Parameters
    ----------
    mi : float, default=2.0
        The true mutual information, in nats.
    n_features : int, default=10
        Columns of X and of y.
    condition_number : float, default=100.0
        Largest over smallest singular value of the map; the others lie between, evenly on a log scale.
    seed : int, default=0
        Seed of the rotations before and after.

    Returns
    -------
    pair : MultivariateNormal
        The mutual information is the sum over singular values s of log(1 + s**2) / 2.

    Examples
    --------
    >>> from skmi.datasets import gaussian_channel
    >>> round(gaussian_channel(mi=2.0, condition_number=1e3).mi, 6)
    2.0
    """
    check_number("mi", mi, 0)
    check_number("n_features", n_features, 1, whole=True)
    check_number("condition_number", condition_number, 1)
    shape = np.geomspace(1.0, 1.0 / condition_number, n_features)

    def excess(log_scale):
        return 0.5 * np.log1p((np.exp(log_scale) * shape) ** 2).sum() - mi

    scale = float(np.exp(brentq(excess, -40.0, 60.0 + mi, xtol=1e-14))) if mi > 0 else 0.0
    rng = np.random.RandomState(seed)
    left, right = (np.linalg.qr(rng.standard_normal((n_features, n_features)))[0] for _ in range(2))
    map_ = left @ np.diag(scale * shape) @ right
    identity = np.eye(n_features)
    return MultivariateNormal(np.block([[identity, map_.T], [map_, map_ @ map_.T + identity]]), n_features)


@dataclass(frozen=True)
class ZeroInflatedPoisson(KnownMIPair):
    """A rate that is zero or exponential, and a Poisson count of that rate.

    Parameters
    ----------
    zeros : float, default=0.5
        Probability that the rate is zero, and so is the count.

    References
    ----------
    Gao, Kannan, Oh, Viswanath (2017). "Estimating Mutual Information for Discrete-Continuous Mixtures".
    arXiv:1709.06212. With no zeros: 2 log 2 - gamma - sum over k of log(k) / 2**k; zeros are counted by their own
    entropy here.

    Examples
    --------
    >>> from skmi.datasets import ZeroInflatedPoisson
    >>> round(ZeroInflatedPoisson(0.0).mi, 4)
    0.3012
    """

    zeros: float = 0.5

    def __post_init__(self):
        check_number("zeros", self.zeros, 0, 1)

    @property
    def mi(self):
        """The true I(X; Y), in nats."""
        share, k = 1 - self.zeros, np.arange(1, 200)
        if share == 0:
            return 0.0
        # Given a positive rate the count is geometric, P(k) = 2**-(k + 1), and H(count | rate) the mean Poisson
        # entropy, which is that entropy of 2 log 2 less the information without zeros.
        without_zeros = 2 * np.log(2) - np.euler_gamma - float(np.sum(np.log(k) * 0.5**k))
        p = share * 0.5 ** (np.arange(400) + 1)
        p[0] += self.zeros
        p = p[p > 0]
        return float(-np.sum(p * np.log(p)) - share * (2 * np.log(2) - without_zeros))

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
            Rates.
        y : ndarray of shape (n_samples, 1), dtype int
            Counts.
        """
        rng = check_random_state(random_state)
        X = np.where(rng.uniform(size=(n_samples, 1)) < self.zeros, 0.0, rng.exponential(size=(n_samples, 1)))
        return X, rng.poisson(X)


@dataclass(frozen=True)
class RoundedNormal(KnownMIPair):
    """Correlated normal values, both rounded to multiples of a step.

    Parameters
    ----------
    mi_unrounded : float, default=1.0
        Mutual information before rounding, in nats.
    step : float, default=0.5
        What is rounded to, in standard deviations.

    Examples
    --------
    >>> from skmi.datasets import RoundedNormal
    >>> round(RoundedNormal(1.0, step=0.5).mi, 2)
    0.89
    """

    mi_unrounded: float = 1.0
    step: float = 0.5

    def __post_init__(self):
        check_number("mi_unrounded", self.mi_unrounded, 0, 8)
        check_number("step", self.step, 16 / _MAX_CELLS)

    @property
    def mi(self):
        """The true I(X; Y), in nats, from the probabilities of the cells."""
        correlation = np.sqrt(-np.expm1(-2 * self.mi_unrounded))
        most = int(np.ceil(8 / self.step))
        edges = self.step * (np.arange(-most, most + 2) - 0.5)
        # Probabilities of cells are differences of the distribution function at their corners.
        x, y = np.meshgrid(edges, edges, indexing="ij")
        normal = multivariate_normal(cov=[[1.0, correlation], [correlation, 1.0]])
        cells = np.diff(np.diff(normal.cdf(np.stack([x, y], axis=-1)), axis=0), axis=1)
        cells = np.maximum(cells, 0.0)
        margin = np.diff(ndtr(edges))
        seen = cells > 1e-14
        return float(np.sum(cells[seen] * np.log(cells[seen] / np.outer(margin, margin)[seen])))

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
            First variable.
        y : ndarray of shape (n_samples, 1)
            Second variable.
        """
        X, y = CorrelatedNormal(self.mi_unrounded).sample(n_samples, random_state)
        return self.step * np.round(X / self.step), self.step * np.round(y / self.step)


@dataclass(frozen=True)
class NormalSeries(KnownMIPair):
    """Two normal series in which each row depends on the one before, with known information between their rows.

    The rows are not independent, which is what the pair is for: at ``mi=0`` two series that know nothing of each other.

    Parameters
    ----------
    mi : float, default=0.0
        I(X; Y) of the values at one time, in nats.
    memory : float, default=0.95
        Correlation of each value with the one before, the same for both series.

    Examples
    --------
    >>> from skmi.datasets import NormalSeries
    >>> X, y = NormalSeries().sample(1000, random_state=0)
    >>> bool(np.corrcoef(X[1:, 0], X[:-1, 0])[0, 1] > 0.9)
    True
    """

    mi: float = 0.0
    memory: float = 0.95

    def __post_init__(self):
        check_number("memory", self.memory, 0, 1 - 1e-9)
        CorrelatedNormal(self.mi)  # raises if mi is impossible

    def sample(self, n_samples, random_state=None):
        """Draw rows that follow one another.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, 1)
            First series.
        y : ndarray of shape (n_samples, 1)
            Second series.
        """
        steps = np.hstack(CorrelatedNormal(self.mi).sample(n_samples, random_state))
        # The first row has the variance of all others from the start.
        steps[1:] *= np.sqrt(1 - self.memory**2)
        rows = lfilter([1.0], [1.0, -self.memory], steps, axis=0)
        return rows[:, :1], rows[:, 1:]


def brightness_images(mi=1.0, image_size=16):
    """Pair of images, each of one pattern whose brightness alone is informative.

    Parameters
    ----------
    mi : float, default=1.0
        The true mutual information of the brightnesses, in nats.
    image_size : int, default=16
        Height and width of the images.

    Returns
    -------
    pair : MappedPair
        Images of image_size**2 columns on either side.

    Examples
    --------
    >>> from skmi.datasets import brightness_images
    >>> brightness_images().sample(3, random_state=0)[0].shape
    (3, 256)
    """
    return MappedPair(CorrelatedNormal(mi), _Brightness(image_size, 0), _Brightness(image_size, 1))


@dataclass(frozen=True)
class _Brightness:
    """One smooth pattern, as bright as a value says."""

    image_size: int
    seed: int

    def __call__(self, rows):
        pattern = gaussian_filter(np.random.RandomState(self.seed).uniform(size=(self.image_size,) * 2), 1.0)
        return (0.2 + 0.8 * ndtr(rows)) * (pattern / pattern.max()).reshape(1, -1)


def embeddings(mi=2.0, n_columns=300, n_shared=5, n_nuisance=40):
    """Pair of wide rows as embeddings are: a shared part of low rank, heavy tails, and much that is not shared.

    Parameters
    ----------
    mi : float, default=2.0
        The true mutual information, in nats, spread evenly over the shared factors.
    n_columns : int, default=300
        Columns of X and of y, at least ``n_shared + n_nuisance``.
    n_shared : int, default=5
        Factors that both sides share.
    n_nuisance : int, default=40
        Factors of either side alone.

    Returns
    -------
    pair : MappedPair
        Hyperbolic sines of linear combinations of the factors, which keep the information.

    Examples
    --------
    >>> from skmi.datasets import embeddings
    >>> X, y = embeddings().sample(100, random_state=0)
    >>> X.shape, y.shape
    ((100, 300), (100, 300))
    """
    base = WithNuisance(CorrelatedNormal(mi, n_shared, n_shared), n_nuisance)
    return MappedPair(base, _HeavyTailed(LinearEmbedding(n_columns)), _HeavyTailed(LinearEmbedding(n_columns, seed=1)))


@dataclass(frozen=True)
class _HeavyTailed:
    """Hyperbolic sines of columns of unit size."""

    embedding: LinearEmbedding

    def __call__(self, rows):
        return np.sinh(2 * self.embedding(rows))
