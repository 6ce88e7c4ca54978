"""Mutual information by Gaussian kernel densities, with a bandwidth that the data choose."""

from numbers import Integral, Real

import numpy as np

from .._maps import Whitening
from .._neighbors import DensitySums
from .._sklearn import Interval, StrOptions
from .._tables import repeated_labels, strata_of
from ..exceptions import TiesWarning, UnreliableEstimateWarning, warn
from ._base import KernelCriticEstimator
from ._kernel_critic import KernelCritic
from ._ksg import ksg_rows
from ._warnings import warn_negative, warn_rare, warn_repeated_rows, warn_sparse_table

_MAX_TIED_SHARE = 0.05
_MANY_DIMENSIONS = 10
_FEW_ROWS = 10  # per whitened column
_MAX_STEPS = 50
_MANY_ROWS = 1000  # from which the search begins with the densities of half as many rows
_PRECISION = 1e-4  # relative, of the bandwidth
_SMALLEST, _LARGEST = 1e-6, 1e2  # bandwidths, in standard deviations


class KernelDensityMI(KernelCriticEstimator):
    """Mutual information by Gaussian kernel densities, each row's from all the others.

    The mean of log p(x, y) - log p(x) - log p(y), with leave-one-out densities of whitened variables. One bandwidth
    serves all three, so that p(x) and p(y) are the marginals of p(x, y) exactly, and the log ratio of densities that
    ``score`` looks at is the one that made the estimate. It reads too low above about 4 nats, where the dependence is
    finer than a kernel that also has to cover the margins; in more than four columns a side it wants compression
    first.

    Parameters
    ----------
    bandwidth : {"ml", "lsq"} or float, default="ml"
        Standard deviation of the kernels, in standard deviations of the whitened variables. "ml" maximises the
        likelihood of each row under the density of the others, "lsq" minimises the integrated squared error of the
        joint density; both are found by Newton's method.
    marginals : {"standardize", "normal"}, default="standardize"
        What happens to each continuous column before whitening: unit variance, or normal scores by rank, which skewed
        and heavy-tailed columns need: one bandwidth cannot serve both their middle and their tails.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are, and integers
        where no column has more than 32 distinct values.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    n_jobs : int, default=None
        Threads of the sums; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    bandwidth_ : float
        The bandwidth used.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_`` from ``pointwise_``, in nats.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KSG : Adapts to the density around each row, and has no bandwidth.
    GaussianMI : The linear baseline.

    Notes
    -----
    X and y are whitened apart. With K the normal density of standard deviation h,

    .. math:: p_i = \\frac{1}{n - 1} \\sum_{j \\ne i} K(z_i - z_j).

    "ml" maximises the mean of log p_i over the joint density, "lsq" minimises the integral of p**2 minus twice the
    mean of p_i. Discrete columns have the kernel "equal or not"; if all are discrete the estimate is by counting.
    The sums run over all pairs of rows, with memory for one row of them at a time. Fitted on the rows themselves
    instead of the others, the estimate would rise to log n as the bandwidth falls.

    References
    ----------
    Silverman (1986). "Density Estimation for Statistics and Data Analysis". Chapman and Hall.

    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import KernelDensityMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=0.5).sample(3000, random_state=0)
    >>> kde = KernelDensityMI().fit(X, y)
    >>> round(kde.mi_, 1), round(kde.bandwidth_, 1)
    (0.5, 0.2)
    """

    _parameter_constraints = {
        **KernelCriticEstimator._parameter_constraints,
        "bandwidth": [StrOptions({"ml", "lsq"}), Interval(Real, _SMALLEST, _LARGEST, closed="both")],
        "marginals": [StrOptions({"standardize", "normal"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        bandwidth="ml",
        *,
        marginals="standardize",
        discrete_features="auto",
        discrete_target="auto",
        n_jobs=None,
    ):
        self.bandwidth = bandwidth
        self.marginals = marginals
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        warn_repeated_rows(x, y)
        warn_sparse_table(x, y)
        scales = [Whitening(side.continuous, ranks=self.marginals == "normal") for side in (x, y)]
        _warn_tied(x, "X")
        _warn_tied(y, "y")
        sides = [side.with_continuous(scale(side.continuous)) for scale, side in zip(scales, (x, y), strict=True)]
        joint = sides[0].and_(sides[1])
        n_features = joint.continuous.shape[1]
        if n_features == 0:
            self.bandwidth_ = 1.0
            self._critic = KernelCritic(x, y, scales=scales, bandwidth=1.0)
            return ksg_rows(*sides, 1)[0]
        kept = repeated_labels(joint.strata)
        warn_rare(kept, x, y)
        sides, joint = [side.rows(kept) for side in sides], joint.rows(kept)
        _warn_wide(*joint.continuous.shape)
        sums = DensitySums(joint.continuous, joint.strata, self.n_jobs)
        if isinstance(self.bandwidth, str):
            objective = {"ml": _negative_log_likelihood, "lsq": _squared_error}[self.bandwidth]
            start = silverman(*joint.continuous.shape)
            if len(joint.strata) >= _MANY_ROWS:
                start = _minimise(lambda h: objective(sums, h, _MANY_ROWS // 2), start)
            self.bandwidth_ = _minimise(lambda h: objective(sums, h), start)
        else:
            self.bandwidth_ = float(self.bandwidth)
        self._critic = KernelCritic(x, y, scales=scales, bandwidth=self.bandwidth_)
        marginal = [
            DensitySums(side.continuous, side.strata, self.n_jobs).log_density(self.bandwidth_) for side in sides
        ]
        pointwise = sums.log_density(self.bandwidth_) - marginal[0] - marginal[1]
        if isinstance(self.bandwidth, str):
            warn_negative(
                pointwise,
                "by a bandwidth that is too small for most rows, as heavy tails, ties and sharp edges make it. Try "
                'marginals="normal", bandwidth="ml", or KSG.',
            )
        return pointwise


def silverman(n_samples, n_features):
    """Return the bandwidth that suits normal data of unit covariance."""
    return (4 / ((n_features + 2) * n_samples)) ** (1 / (n_features + 4))


def _negative_log_likelihood(sums, bandwidth, n_rows=None):
    """Return the first and second derivative, by the log of the bandwidth."""
    _, s0, s1, s2 = sums(0.5 / bandwidth**2, n_rows)
    mean, square = s1 / s0, s2 / s0
    return sums.n_features - 2 * mean.mean(), -4 * np.mean(square - mean - mean**2)


def _squared_error(sums, bandwidth, n_rows=None):
    """Return the first and second derivative, by the log of the bandwidth, up to a positive factor."""
    n, d = sums.n_samples, sums.n_features
    first, second = np.zeros(2), np.zeros(2)
    for term, (factor, itself) in enumerate(((0.25, 1.0), (0.5, 0.0))):
        nearest, *moments = sums(factor / bandwidth**2, n_rows)
        s0, s1, s2 = (moment * np.exp(-nearest) for moment in moments)
        first[term] = np.sum(2 * s1 - d * s0) - d * itself * len(s0)
        second[term] = np.sum(4 * s2 - 4 * d * s1 + d * d * s0 - 4 * s1) + d * d * itself * len(s0)
    # In units of (2 pi h**2)**(-d / 2) / n**2, the same for both derivatives but for h, which cannot change the sign.
    weights = np.array([2.0 ** (-d / 2), -2 * n / (n - 1)])
    return weights @ first, weights @ second


def _minimise(derivatives, start):
    """Return where the first derivative by the log of the bandwidth is zero, by Newton's method within a bracket."""
    low, high = np.log(_SMALLEST), np.log(_LARGEST)
    position = np.log(start)
    for _ in range(_MAX_STEPS):
        slope, curvature = derivatives(float(np.exp(position)))
        low, high = (low, position) if slope > 0 else (position, high)
        step = -slope / curvature if curvature > 0 else -np.sign(slope) * 0.7
        step = np.clip(step, -0.7, 0.7)
        following = position + step
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - position) < _PRECISION:
            break
        position = following
    return float(np.exp(position))


def _warn_tied(columns, name):
    if columns.continuous.shape[1] == 0 or np.ptp(columns.continuous, axis=0).max() == 0:
        return
    numbers, counts = strata_of(columns.continuous, return_counts=True)
    share = np.mean(counts[numbers] > 1)
    if share > _MAX_TIED_SHARE:
        warn(
            f"{share:.0%} of the rows have values in the continuous columns of {name} that occur more than once, which "
            "no density describes. Use KSG, which handles ties, or declare discrete columns.",
            TiesWarning,
        )


def _warn_wide(n_samples, n_features):
    if n_features > _MANY_DIMENSIONS or n_samples < _FEW_ROWS * n_features:
        warn(
            f"Kernel densities of {n_features} continuous columns of X and y from {n_samples} rows say little: the "
            "estimate is drawn towards 0. Compress to fewer columns, or pass more rows.",
            UnreliableEstimateWarning,
        )
