"""Mutual information by Gaussian kernel densities, with a bandwidth chosen from the data."""

from numbers import Integral, Real

import numpy as np

from .._maps import Whitening
from .._neighbors import DensitySums
from .._sklearn import Interval, StrOptions
from .._tables import repeated_labels, strata_of
from ..exceptions import TiesWarning, UnreliableEstimateWarning, warn
from ._base import KernelCriticEstimator
from ._kernel_critic import KernelCritic
from ._ksg_rows import ksg_rows
from ._lower_values import warn_too_low
from ._warnings import warn_linear_identity, warn_negative, warn_of_data, warn_rare

_MAX_TIED_SHARE = 0.05
_MANY_DIMENSIONS = 10
_FEW_ROWS = 10  # per whitened column
_MAX_STEPS = 50
_OVERLAP = 1.28  # of true and naive standard errors of dependent normal columns
_ABSURD = -1e5  # nats, as bandwidths far below the distance of any two rows give
_MANY_ROWS = 1000  # from here on, the search starts with the densities of half of that many rows
_PRECISION = 1e-4  # relative precision of the bandwidth
_LARGEST_STEP = 0.7  # of the log of the bandwidth, about a factor of two
_SMALLEST, _LARGEST = 1e-6, 1e2  # bandwidths, in standard deviations


class KernelDensityMI(KernelCriticEstimator):
    """Mutual information by leave-one-out Gaussian kernel densities.

    The mean of log p(x, y) - log p(x) - log p(y), with leave-one-out densities of whitened variables. All three use
    the same bandwidth, so that p(x) and p(y) are exactly the marginals of p(x, y), and ``score`` uses the densities
    of the estimate. It is too low above about 4 nats, where the dependence is finer than a kernel that also has to
    cover the margins. With more than four columns per side, compress first.

    Parameters
    ----------
    bandwidth : {"ml", "lsq"} or float, default="ml"
        Standard deviation of the kernels, in standard deviations of the whitened variables. "ml" maximises the
        likelihood of each row under the density of the others, "lsq" minimises the integrated squared error of the
        joint density; both are found by Newton's method.
    marginals : {"standardize", "normal"}, default="standardize"
        Scaling of each continuous column before whitening: unit variance, or normal scores by rank. Use the latter for
        skewed and heavy-tailed columns, because one bandwidth cannot fit both their middle and their tails.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    n_jobs : int, default=None
        Threads of the kernel sums; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    bandwidth_ : float
        The bandwidth used.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_``, in nats: from the spread of ``pointwise_``, times a factor for the overlap of kernels
        that was found by simulation; with ``bandwidth="ml"`` it is too large near independence.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KSG : Adapts to the density around each row, without a bandwidth.
    GaussianMI : The linear baseline.

    Notes
    -----
    X and y are whitened separately. With K the normal density of standard deviation h,

    .. math:: p_i = \\frac{1}{n - 1} \\sum_{j \\ne i} K(z_i - z_j).

    "ml" maximises the mean of log p_i over the joint density, "lsq" minimises the integral of p**2 minus twice the
    mean of p_i. Discrete columns have the kernel "equal or not"; if all are discrete the estimate is by counting.
    The sums run over all pairs of rows, but keep one row of them in memory at a time. Leaving each row out of its own
    density is necessary: otherwise the estimate would rise to log n as the bandwidth falls.

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

    def _own_error(self, x, y):
        return _OVERLAP * super()._own_error(x, y)

    def _fit(self, x, y):
        warn_of_data(x, y, None if self.marginals == "normal" else 'pass marginals="normal"')
        warn_linear_identity(x, y)
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
                # Each evaluation costs O(n**2), so most Newton steps are taken on a subset of the rows.
                start = _minimise(lambda h: objective(sums, h, _MANY_ROWS // 2), start)
            self.bandwidth_ = _minimise(lambda h: objective(sums, h), start)
        else:
            self.bandwidth_ = float(self.bandwidth)
        self._critic = KernelCritic(x, y, scales=scales, bandwidth=self.bandwidth_)
        marginal = [
            DensitySums(side.continuous, side.strata, self.n_jobs).log_density(self.bandwidth_) for side in sides
        ]
        pointwise = sums.log_density(self.bandwidth_) - marginal[0] - marginal[1]
        # A search may try small bandwidths on purpose, and its score tells.
        if isinstance(self.bandwidth, str) or pointwise.mean() < _ABSURD:
            warn_negative(
                pointwise,
                "the bandwidth is too small for most rows, because of heavy tails, ties or sharp edges. Try "
                'marginals="normal", bandwidth="ml", or KSG.',
            )
            warn_too_low(pointwise, x, y, "Use fewer columns, or compress first.")
        return pointwise


def silverman(n_samples, n_features):
    """Return Silverman's bandwidth, the best one for normal data of unit covariance."""
    return (4 / ((n_features + 2) * n_samples)) ** (1 / (n_features + 4))


def _negative_log_likelihood(sums, bandwidth, n_rows=None):
    """Return the first and second derivative, by the log of the bandwidth."""
    _, s0, s1, s2 = sums(0.5 / bandwidth**2, n_rows)
    # S_m = sum exp(-v) v**m with v = |z|**2 / (2 h**2), so that dv / dlog h = -2 v. The factor h**-d gives n_features.
    mean, square = s1 / s0, s2 / s0
    return sums.n_features - 2 * mean.mean(), -4 * np.mean(square - mean - mean**2)


def _squared_error(sums, bandwidth, n_rows=None):
    """Return the first and second derivative, by the log of the bandwidth, up to a positive factor."""
    n, d = sums.n_samples, sums.n_features
    first, second = np.zeros(2), np.zeros(2)
    # The integral of p**2 has kernels of variance 2 h**2 and includes each row itself; the mean of p_i has variance
    # h**2 and leaves it out.
    for term, (factor, itself) in enumerate(((0.25, 1.0), (0.5, 0.0))):
        nearest, *moments = sums(factor / bandwidth**2, n_rows)
        s0, s1, s2 = (moment * np.exp(-nearest) for moment in moments)
        first[term] = np.sum(2 * s1 - d * s0) - d * itself * len(s0)
        second[term] = np.sum(4 * s2 - 4 * d * s1 + d * d * s0 - 4 * s1) + d * d * itself * len(s0)
    # Both terms in units of (2 pi h**2)**(-d / 2) / n**2, a factor that cannot change the sign.
    weights = np.array([2.0 ** (-d / 2), -2 * n / (n - 1)])
    return weights @ first, weights @ second


def _minimise(derivatives, start):
    """Return the bandwidth at which the derivative by its log is zero, by Newton's method within a bracket."""
    low, high = np.log(_SMALLEST), np.log(_LARGEST)
    position = np.log(start)
    for _ in range(_MAX_STEPS):
        slope, curvature = derivatives(float(np.exp(position)))
        low, high = (low, position) if slope > 0 else (position, high)
        # Where the objective is not convex, Newton's step points the wrong way: go downhill instead.
        step = -slope / curvature if curvature > 0 else -np.sign(slope) * _LARGEST_STEP
        step = np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
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
            f"{share:.0%} of the rows have values in the continuous columns of {name} that occur more than once, so "
            "that no density exists. Use KSG, which handles ties, or declare discrete columns.",
            TiesWarning,
        )


def _warn_wide(n_samples, n_features):
    if n_features > _MANY_DIMENSIONS or n_samples < _FEW_ROWS * n_features:
        warn(
            f"Kernel densities of {n_features} continuous columns of X and y from {n_samples} rows are unreliable: the "
            "estimate is biased towards 0. Compress to fewer columns, or pass more rows.",
            UnreliableEstimateWarning,
        )
