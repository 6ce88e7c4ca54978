"""Bounds of mutual information through channels with known normal noise."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.utils import gen_batches

from ._tables import numbers
from .exceptions import UnreliableEstimateWarning, warn

_CHUNK = 2**22  # entries of the likelihood matrix held in memory at once
_TRUSTED = 0.75  # share of log(n) up to which the bounds contained the truth in our tests
_MAX_EXCESS = 0.1  # relative difference of the variance of the noise from what it is said to be
_MAX_ROUNDING = 1e-6  # nats that a likelihood may be off by, of which bounds subtract many


@dataclass(frozen=True)
class GaussianChannelBounds:
    """Bounds of mutual information through a channel with known normal noise.

    Attributes
    ----------
    lower, upper : float
        In nats; each holds in expectation over the sample.
    lower_standard_error, upper_standard_error : float
        Their standard errors, in nats.
    reliable : bool
        Whether the noise is what it is said to be, and both bounds are below three quarters of log(n_samples). Above
        that, a sample of this size is too small: the lower bound cannot exceed log(n_samples), and the upper bound can
        be below the truth.
    """

    lower: float
    upper: float
    lower_standard_error: float
    upper_standard_error: float
    reliable: bool


def gaussian_channel_bounds(signal, noisy, noise_std, *, signal_draws=None):
    """Bound I(signal; noisy) if the noise between them is normal with known standard deviation.

    No network is trained and no density is estimated, so the number of columns does not matter: for noisy = signal +
    noise, the likelihood of each noisy row under each signal is known. If a layer of a network is a deterministic
    function of X plus noise, I(signal; noisy) equals I(X; noisy).

    Parameters
    ----------
    signal : array-like of shape (n_samples, n_features)
        Rows before the noise.
    noisy : array-like of shape (n_samples, n_features)
        The same rows with the noise.
    noise_std : float
        Standard deviation of the noise in every column.
    signal_draws : array-like of shape (n_draws, n_samples, n_features) or None, default=None
        Further draws of the signal for the same X, independent of ``noisy``. They are needed if noise in an earlier
        layer makes the signal random given X. The bounds are then bounds of I(X; noisy); more draws make them tighter.

    Returns
    -------
    bounds : GaussianChannelBounds
        Lower and upper bound with standard errors, in nats.

    Raises
    ------
    ValueError
        For different shapes, fewer than two rows, values that are not finite, or noise that is not above 0.

    Warns
    -----
    UnreliableEstimateWarning
        If noisy - signal has another variance than noise_std**2, or is correlated with signal.

    See Also
    --------
    gaussian_channel_capacity : The upper bound from the covariance of the signal alone.

    Notes
    -----
    With the log likelihoods L_ij of noisy row i under signal j, up to a constant -\\|t_i - f_j\\|^2 / 2 s^2,

    .. math:: \\langle L_{ii} - \\log \\tfrac1n \\sum_j e^{L_{ij}} \\rangle \\le I \\le
              \\langle L_{ii} - \\log \\tfrac1{n - 1} \\sum_{j \\ne i} e^{L_{ij}} \\rangle

    in expectation. The upper bound is the smaller of the right-hand side and the capacity. If the signal is random
    given X, the left-hand side treats it as normal, with the mean and the covariance of its draws, and the right-hand
    side averages the likelihood over the draws. For row i under its own X this average includes the signal that
    produced the row, which keeps the bound above the truth.

    References
    ----------
    Sobolev, Vetrov (2019). "Importance Weighted Hierarchical Variational Inference". arXiv:1905.03290.

    Poole, Ozair, van den Oord, Alemi, Tucker (2019). "On Variational Bounds of Mutual Information". arXiv:1905.06922.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.channel import gaussian_channel_bounds
    >>> rng = np.random.default_rng(0)
    >>> signal = rng.standard_normal((2000, 3)) @ rng.standard_normal((3, 50))
    >>> noisy = signal + 2.0 * rng.standard_normal((2000, 50))
    >>> truth = 0.5 * np.linalg.slogdet(np.eye(50) + np.cov(signal, rowvar=False) / 4)[1]
    >>> bounds = gaussian_channel_bounds(signal, noisy, 2.0)
    >>> print(f"{bounds.lower:.1f} to {bounds.upper:.1f}, truth {truth:.1f}")
    3.9 to 4.0, truth 4.0
    """
    signal = numbers(signal, "signal", dtype=np.float64, ensure_min_samples=2)
    noisy = numbers(noisy, "noisy", dtype=np.float64, ensure_min_samples=2)
    _check_noise(noise_std)
    if signal.shape != noisy.shape:
        raise ValueError(
            f"Expected signal and noisy rows of one shape, got {signal.shape} and {noisy.shape}: the same rows "
            "before and after the noise."
        )
    draws = np.empty((0, *signal.shape))
    if signal_draws is not None and np.size(signal_draws):
        draws = numbers(signal_draws, "signal_draws", dtype=np.float64, allow_nd=True)
    if draws.ndim != 3 or draws.shape[1:] != signal.shape:
        raise ValueError(
            f"Expected signal_draws of shape (n_draws, {len(signal)}, {signal.shape[1]}), got {draws.shape}."
        )
    n_samples, center = len(signal), signal.mean(axis=0)
    lower, upper = np.empty(n_samples), np.empty(n_samples)
    critic = _critic_of_draws(noisy, draws, noise_std) if len(draws) else None
    for rows in gen_batches(n_samples, max(1, _CHUNK // (n_samples * (len(draws) + 1)))):
        own = np.arange(n_samples)[rows]
        inside = np.arange(len(own)), own
        full = _mean_of([_log_likelihoods(noisy[rows] - center, Z - center, noise_std) for Z in (signal, *draws)])
        # The critic of the lower bound must not see the signal that produced the row; the upper bound must include it
        # (Sobolev and Vetrov, 2019).
        blind = full if critic is None else critic(rows)
        lower[rows] = blind[inside] - logsumexp(blind, axis=1) + np.log(n_samples)
        given = full[inside].copy()
        full[inside] = -np.inf  # the sum over j != i
        upper[rows] = given - logsumexp(full, axis=1) + np.log(n_samples - 1)
    errors = [float(terms.std(ddof=1) / np.sqrt(n_samples)) for terms in (lower, upper)]
    low, high = float(lower.mean()), float(upper.mean())
    reliable = _is_noise(noisy - signal, noise_std, signal - center) and max(low, high) < _TRUSTED * np.log(n_samples)
    return GaussianChannelBounds(low, min(high, gaussian_channel_capacity(signal, noise_std)), *errors, bool(reliable))


def gaussian_channel_capacity(signal, noise_std):
    """Return an upper bound of I(signal; noisy) from the covariance of the signal, in nats.

    A normal signal reaches this bound; any other signal with the same covariance stays below it:

    .. math:: I \\le \\frac12 \\log\\det (1 + \\Sigma / s^2) .

    Parameters
    ----------
    signal : array-like of shape (n_samples, n_features)
        Rows before the noise. With fewer rows than columns the covariance is singular and the bound too low: use more
        rows than columns, unless columns are redundant.
    noise_std : float
        Standard deviation of the noise in every column.

    Returns
    -------
    capacity : float
        In nats.

    Raises
    ------
    ValueError
        For fewer than two rows, values that are not finite, or noise that is not above 0.

    References
    ----------
    Cover, Thomas (2006). "Elements of Information Theory". Section 9.5.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.channel import gaussian_channel_capacity
    >>> signal = np.random.default_rng(0).standard_normal((10_000, 2)) * [3, 0]
    >>> print(f"{gaussian_channel_capacity(signal, 1.0):.2f}, log(10) / 2 = {np.log(10) / 2:.2f}")
    1.15, log(10) / 2 = 1.15
    """
    signal = numbers(signal, "signal", dtype=np.float64, ensure_min_samples=2)
    _check_noise(noise_std)
    centered = (signal - signal.mean(axis=0)) / np.sqrt(len(signal) - 1)
    # Both products have the same nonzero eigenvalues: use the smaller one.
    gram = centered @ centered.T if len(signal) < signal.shape[1] else centered.T @ centered
    return float(0.5 * np.sum(np.log1p(np.maximum(np.linalg.eigvalsh(gram), 0.0) / noise_std**2)))


def _log_likelihoods(noisy, signal, noise_std):
    """Return log N(noisy_i; signal_j, noise_std**2) for all i, j, up to a constant."""
    # |t - f|**2 expanded, so that a matrix product does the work; the caller centres the rows to keep digits.
    left, right = (noisy**2).sum(axis=1), (signal**2).sum(axis=1)
    rounding = np.finfo(float).eps * (left.max() + right.max()) / noise_std**2
    if rounding > _MAX_ROUNDING:
        squares = cdist(noisy, signal, "sqeuclidean")
    else:
        squares = left[:, None] + right - 2 * noisy @ signal.T
    return squares / (-2 * noise_std**2)


def _is_noise(noise, noise_std, centered):
    """Return whether noise is as large as it is said to be, and independent of the signal, with a warning if not."""
    ratio = float(np.mean((noise / noise_std) ** 2))
    # Of a mean of squares of normal noise; eight of them leave no doubt.
    standard_error = np.sqrt(2 / noise.size)
    size = np.sqrt(np.sum(centered**2))
    if abs(ratio - 1) > max(_MAX_EXCESS, 8 * standard_error):
        found = (
            f"to have the standard deviation noise_std={noise_std:.3g}, got {noise_std * np.sqrt(ratio):.3g}, so "
            "neither bound holds. Pass the same rows before and after the noise, in the same order, and the noise that "
            "was added."
        )
    elif abs(np.sum(noise * centered)) > 8 * noise_std * size:  # standard normal if one knows nothing of the other
        found = (
            "to be independent of signal, got correlated rows, so neither bound holds. Pass the signal first, and then "
            "the same rows with the noise."
        )
    else:
        return True
    warn(f"Expected noisy - signal {found}", UnreliableEstimateWarning)
    return False


def _critic_of_draws(noisy, draws, noise_std):
    """Return a function that gives the log likelihoods of rows under every X, treated as normal.

    The mean is that of the draws. The covariance, the same for every X, is the sum of those of the noise and of the
    draws around their means. This is exact in a linear network; elsewhere the bound still holds, as for any critic.
    """
    n_draws, n_samples, n_features = draws.shape
    mean = draws.mean(axis=0)
    around = (draws - mean).reshape(-1, n_features)
    spread = around.T @ around / (n_samples * max(n_draws - 1, 1))
    # The mean of n_draws draws has an error too, with covariance spread / n_draws.
    covariance = noise_std**2 * np.eye(n_features) + spread * (1 + 1 / n_draws)
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T
    left, right = noisy @ whitening, mean @ whitening
    return lambda rows: _log_likelihoods(left[rows], right, 1.0)


def _mean_of(likelihoods):
    """Return the log of the mean likelihood from log likelihoods."""
    total = likelihoods[0].copy()
    for other in likelihoods[1:]:
        np.logaddexp(total, other, out=total)
    return total - np.log(len(likelihoods))


def _check_noise(noise_std):
    if not (isinstance(noise_std, Real) and np.isfinite(noise_std) and noise_std > 0):
        raise ValueError(f"Expected a finite noise_std > 0, got {noise_std}. Without noise there is no bound.")


def pca_information_gap(X, n_components, noise_std):
    """Return an upper bound of the mutual information that PCA loses on noisy rows, in nats.

    For rows X = f + N with independent normal noise N of known standard deviation s in every column, and any y that
    depends on X through f alone, the information in the discarded components is at most the capacity of their channel:

    .. math:: I(X; y) - I(\\mathrm{PCA}(X); y) \\le \\frac{1}{2} \\sum_{i > k} \\log \\frac{\\lambda_i}{s^2},

    with λ the eigenvalues of the covariance of X. Eigenvalues below s², which only finite samples have, count as s².

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Noisy rows; many more than columns, since small samples spread the eigenvalues.
    n_components : int
        Components kept.
    noise_std : float
        Standard deviation of the noise.

    Returns
    -------
    gap : float
        In nats.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.channel import pca_information_gap
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((10_000, 3)) * [3, 2, 1]  # of which noise has 1
    >>> round(pca_information_gap(X, 1, 1.0), 1)  # 1/2 log 4
    0.7
    """
    X = numbers(X, "X", dtype=np.float64, ensure_min_samples=2)
    if not (isinstance(n_components, Integral) and 0 <= n_components <= X.shape[1]):
        raise ValueError(
            f"Expected an integer n_components from 0 to {X.shape[1]}, the columns of X, got {n_components}."
        )
    _check_noise(noise_std)
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(X, rowvar=False)))[::-1]
    ratios = np.maximum(eigenvalues[n_components:] / noise_std**2, 1.0)
    return float(0.5 * np.sum(np.log(ratios)))
