"""The three-entropies estimator of Kozachenko and Leonenko, whitened."""

from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.special import digamma, gammaln
from scipy.stats import entropy

from .._maps import RANK_TOLERANCE, Scale, Whitening, whitening
from .._neighbors import neighbor_distances
from .._sklearn import Interval, StrOptions, validate_params
from .._tables import as_rows, repeated_labels, strata_of
from ..exceptions import InfiniteMIWarning, TiesWarning, UnreliableEstimateWarning, warn
from ._base import KernelCriticEstimator
from ._kernel_critic import KernelCritic
from ._ksg_rows import check_neighbors, ksg_rows
from ._lower_values import warn_too_low
from ._neighborhoods import rows_by_stratum
from ._warnings import warn_negative, warn_of_data, warn_rare

_MAX_TIED_SHARE = 0.05
_MANY_ERRORS = 5
_PLAIN_NEIGHBORS = 5
_MAX_WEIGHT_NORM = 10.0  # bounds how far weights amplify the noise
_MAX_CORRECTED = 10  # columns of both sides in which a correction has less than 0.3 nats of bias on normal data
_MIN_DIMENSION_RATIO = 0.8  # local over ambient dimension; normal data in up to ten dimensions stay above 0.9


class KozachenkoLeonenko(KernelCriticEstimator):
    """Mutual information as h(X) + h(Y) - h(X, Y), each entropy by nearest neighbours after whitening.

    The choice for high information in few continuous columns: unlike :class:`KSG` it has no ceiling. X, y and (X, y)
    are whitened separately and the log determinants are added back, so the Gaussian part of the information is exact
    and only the rest, which is small on smooth data, is estimated from neighbours. It needs a density: on data that
    lie on a curve or surface it fails, with a warning. Sharp edges, such as those of uniform margins, make it too low
    at any information, and more so in more dimensions, unless ``correction="boundary"``.

    Parameters
    ----------
    n_neighbors : int or None, default=None
        Neighbours for each density. None is 5 without a correction and, with one, the cube root of the number of
        rows, at least 5.
    correction : {"curvature", "boundary"} or None, default=None
        Bias that a weighted mean over 1, ..., n_neighbors neighbours removes. "boundary" is for margins or noise with
        sharp edges, such as uniform ones: its bias falls slowest, as n**(-1/d), and grows with the dimension d.
        "curvature" is for smooth densities in four dimensions and more (Berrett et al.). If the weights would have a
        large norm, constraints are dropped, with a warning if none is left.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y. One side may be wholly discrete (labels); columns of both kinds on one side raise an error.
    n_jobs : int, default=None
        Threads of the neighbour search; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
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
    KSG : Better at low information, on ties, and on columns of mixed kinds.
    GaussianMI : The Gaussian part alone.

    Notes
    -----
    With rho_i the Euclidean distance to the k-th neighbour among n whitened rows in d dimensions and V_d the volume of
    the unit ball,

    .. math:: h_k = \\psi(n) - \\psi(k) + \\log V_d + \\frac{d}{n} \\sum_i \\log \\rho_i + \\frac12 \\log\\det\\Sigma .

    A correction takes h = sum over j of w_j h_j with weights that sum to one and, among those, have the smallest norm
    for which the sum over j of w_j Gamma(j + e) / Gamma(j) vanishes at the exponents e of the bias: 1/d for
    "boundary", 2l/d for l = 1, ..., floor(d/4) for "curvature".

    ``score`` uses a separate kernel density of the sample, so it cannot choose ``n_neighbors`` or ``correction``.

    With labels, I = h(X) - sum over classes of p(c) h(X | c); with two discrete sides the entropies are those
    of :class:`KSG`.

    References
    ----------
    Kozachenko, Leonenko (1987). "Sample estimate of the entropy of a random vector". Problems of Information
    Transmission 23(2), 95-101.

    Berrett, Samworth, Yuan (2019). "Efficient multivariate entropy estimation via k-nearest neighbour distances".
    arXiv:1606.00304.

    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import KozachenkoLeonenko
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=8.0, n_features_x=2, n_features_y=2).sample(5000, random_state=0)
    >>> round(KozachenkoLeonenko().fit(X, y).mi_)
    8
    """

    _parameter_constraints = {
        **KernelCriticEstimator._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
        "correction": [StrOptions({"curvature", "boundary"}), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self, n_neighbors=None, *, correction=None, discrete_features="auto", discrete_target="auto", n_jobs=None
    ):
        self.n_neighbors = n_neighbors
        self.correction = correction
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        for side, name in ((x, "X"), (y, "y")):
            if side.is_discrete.any() and not side.is_discrete.all():
                raise ValueError(
                    f"{name} has {side.is_discrete.sum()} discrete columns among {len(side.is_discrete)}; "
                    "KozachenkoLeonenko needs each side to be wholly continuous or wholly discrete. Use KSG, which "
                    "takes columns of mixed kinds."
                )
        self._k = self._resolved_neighbors(len(x))
        warn_of_data(x, y, "turn columns to normal scores first, as QuantileTransformer does, or use KSG")
        self._critic = KernelCritic(x, y, n_jobs=self.n_jobs)
        if x.is_discrete.all() and y.is_discrete.all():
            return ksg_rows(x, y, self._k)[0]
        if x.is_discrete.all():
            pointwise = self._given_labels(y, x)
        else:
            pointwise = self._given_labels(x, y) if y.is_discrete.all() else self._three_entropies(x, y)
        self._warn_negative(pointwise)
        self._warn_wide(len(x.is_discrete) + len(y.is_discrete))
        warn_too_low(pointwise, x, y, "Use fewer columns, or compress first.")
        return pointwise

    def _three_entropies(self, x, y):
        X, Y = (Whitening(side.values)(side.values) for side in (x, y))
        Z = np.hstack([X, Y])
        if len(Z) <= Z.shape[1] + 1:
            raise ValueError(
                f"Expected more rows than columns, got n_samples={len(Z)} and {Z.shape[1]} columns of X and y that are "
                "not redundant: no density can be estimated. Pass more rows, or compress first."
            )
        eigenvalues = eigh(Z.T @ Z / len(Z), eigvals_only=True) if Z.shape[1] else np.ones(1)
        if eigenvalues[0] < RANK_TOLERANCE * eigenvalues[-1]:
            warn(
                "A linear combination of the columns of X equals one of the columns of y, so the mutual information of "
                "continuous data is infinite. The value only reflects the precision of the numbers.",
                InfiniteMIWarning,
            )
        return self._entropy(X, "X") + self._entropy(Y, "y") - self._entropy(Z, "(X, y)")

    def _given_labels(self, x, labels):
        X, strata = Whitening(x.values)(x.values), strata_of(labels.values)
        kept = repeated_labels(strata)
        warn_rare(kept, x, labels)
        X, strata = X[kept], strata[kept]
        pointwise = self._entropy(X, "X")
        for rows in rows_by_stratum(strata):
            pointwise[rows] -= self._entropy(X[rows], "X within a class")
        shares = np.unique(strata, return_counts=True)[1]
        error = pointwise.std() / np.sqrt(len(pointwise))
        if pointwise.mean() - _MANY_ERRORS * error > entropy(shares):
            warn(
                f"The estimate {pointwise.mean():.2f} exceeds the entropy of the labels, which mutual information "
                "cannot: the classes have too few rows for so many columns. Compress first, or use KSG.",
                UnreliableEstimateWarning,
            )
        return pointwise

    def _warn_negative(self, pointwise):
        """Warn of an estimate far below zero."""
        warn_negative(
            pointwise,
            "the data have sharp edges, or too many columns for so few rows. Try "
            'correction="boundary", KSG, or a compressor first.',
        )

    def _warn_wide(self, n_columns):
        """Warn of a correction in more columns than those in which it was seen to help."""
        if self.correction is not None and n_columns > _MAX_CORRECTED:
            warn(
                f'In {n_columns} columns of X and y together, correction="{self.correction}" amplifies noise and the '
                f"rest of the bias: in more than {_MAX_CORRECTED}, values of normal data are 0.3 nats and more off. "
                "Compress first, or use GaussianCopulaMI.",
                UnreliableEstimateWarning,
            )

    def _entropy(self, Z, name):
        """Return pointwise entropies after whitening, the log determinant included."""
        Z, log_det = _whiten(Z)
        return kl_entropy_rows(Z, self._k, self.correction, name, n_jobs=self.n_jobs) + 0.5 * log_det

    def _resolved_neighbors(self, n_samples):
        if self.n_neighbors is None:
            k = _PLAIN_NEIGHBORS if self.correction is None else max(_PLAIN_NEIGHBORS, round(n_samples ** (1 / 3)))
            return min(k, n_samples - 1)
        check_neighbors(self.n_neighbors, n_samples)
        return self.n_neighbors


@validate_params(
    {
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "correction": [StrOptions({"curvature", "boundary"}), None],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def kl_entropy(X, *, n_neighbors=5, correction=None, n_jobs=None):
    """Return the nearest-neighbour estimate of the differential entropy of continuous rows.

    The rows are whitened first and the log determinant is added back, so that scales do not matter.

    Parameters
    ----------
    X : array-like of shape (n_samples,) or (n_samples, n_features)
        Sample.
    n_neighbors : int, default=5
        Neighbours for the density.
    correction : {"curvature", "boundary"} or None, default=None
        Bias to remove, as in :class:`KozachenkoLeonenko`.
    n_jobs : int, default=None
        Threads of the neighbour search.

    Returns
    -------
    entropy : float
        In nats.

    References
    ----------
    Kozachenko, Leonenko (1987). "Sample estimate of the entropy of a random vector". Problems of Information
    Transmission 23(2), 95-101.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.estimators import kl_entropy
    >>> X = np.random.default_rng(0).uniform(0, 2, size=(20_000, 1))
    >>> round(kl_entropy(X), 1)  # log 2
    0.7
    """
    X = as_rows(X, "X")
    check_neighbors(n_neighbors, len(X))
    if (np.ptp(X, axis=0) == 0).any():
        raise ValueError("Expected columns that vary: the entropy of a constant column is minus infinity.")
    scale = Scale(X)
    Z, log_det = _whiten(scale(X))
    # Scaling divided each column by peak * std, which changes the entropy by their logs.
    unit = float(np.log(scale.peak * scale.std).sum())
    return float(kl_entropy_rows(Z, n_neighbors, correction, "X", n_jobs=n_jobs).mean()) + 0.5 * log_det + unit


def kl_entropy_rows(Z, n_neighbors, correction=None, name="Z", *, n_jobs=None):
    """Return pointwise estimates of the differential entropy, whose mean is the entropy in nats.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
    n_neighbors : int
        Lowered to ``n_samples - 1`` where the sample is smaller.
    correction : {"curvature", "boundary"} or None
    name : str
        Name of Z in messages.
    n_jobs : int, default=None

    Returns
    -------
    pointwise : ndarray of shape (n_samples,)
    """
    n_samples, n_features = Z.shape
    if n_features == 0:
        return np.zeros(n_samples)
    k = min(n_neighbors, n_samples - 1)
    distances = neighbor_distances(Z, k, metric="euclidean", n_jobs=n_jobs)
    _warn_manifold(distances, n_features, name)
    _warn_grid(distances, name)
    counts = np.full(n_samples, k)
    radius = distances[:, -1].copy()
    tied = radius == 0
    if tied.any():
        radius[tied], counts[tied] = _to_first_distinct(Z, tied, name)
    log_volume = 0.5 * n_features * np.log(np.pi) - gammaln(0.5 * n_features + 1)
    # Kozachenko and Leonenko's formula; tied rows use the count and radius of the first distinct row instead of k.
    constant = digamma(n_samples) + log_volume
    plain = constant - digamma(counts) + n_features * np.log(radius)
    weights = entropy_weights(k, n_features, correction)
    if weights is None:
        return plain
    # Rows with a tie among their neighbours keep the plain value: a distance of zero has no logarithm.
    positive = distances[:, 0] > 0
    logs = n_features * np.log(distances[positive])  # shape (n_positive, k)
    plain[positive] = constant + (logs - digamma(np.arange(1, k + 1))) @ weights
    return plain


def entropy_weights(n_neighbors, n_features, correction):
    """Return the weights of 1, ..., n_neighbors neighbours that remove a bias, or None for the plain estimate.

    Constraints are dropped, the last first, until the norm is bounded: weights of large norm amplify the noise.
    """
    if correction is None:
        return None
    exponents = [1.0] if correction == "boundary" else [2.0 * level for level in range(1, n_features // 4 + 1)]
    wanted = len(exponents) > 0
    neighbors = np.arange(1, n_neighbors + 1)
    while exponents:
        if len(exponents) < n_neighbors:
            moments = [np.exp(gammaln(neighbors + e / n_features) - gammaln(neighbors)) for e in exponents]
            # lstsq of an underdetermined system returns its solution of smallest norm.
            rows = np.vstack([np.ones(n_neighbors), *(moment / moment[-1] for moment in moments)])
            weights = np.linalg.lstsq(rows, np.eye(len(rows))[0], rcond=None)[0]
            if np.linalg.norm(weights) <= _MAX_WEIGHT_NORM:
                return weights / weights.sum()
        exponents.pop()
    if wanted:
        warn(
            f"No bounded weights remove the bias with n_neighbors={n_neighbors} in {n_features} dimensions, so "
            f'correction="{correction}" was not applied. Raise n_neighbors, or compress to fewer dimensions.',
            UnreliableEstimateWarning,
        )
    return None


def _to_first_distinct(Z, tied, name):
    """Return, for tied rows, the distance to the nearest distinct row and the number of rows up to it."""
    if tied.mean() > _MAX_TIED_SHARE:
        raise ValueError(
            f"Expected continuous values, but {tied.mean():.0%} of the rows of {name} coincide with n_neighbors other "
            "rows or more, so that no density exists. Drop repeated rows, use KSG, which handles ties, or declare "
            "discrete columns with discrete_features or discrete_target."
        )
    warn(
        f"{tied.sum()} of {len(Z)} rows of {name} coincide with others; the distance to the nearest distinct row was "
        "used for them.",
        TiesWarning,
    )
    distinct, inverse, multiplicity = np.unique(Z, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()[tied]
    # Tied rows are few, so all their distances are affordable.
    radius, counts = np.empty(len(inverse)), np.empty(len(inverse), dtype=np.int64)
    for i, number in enumerate(inverse):
        distances = np.sqrt(((distinct - distinct[number]) ** 2).sum(axis=1))
        radius[i] = distances[distances > 0].min()
        counts[i] = multiplicity[distances <= radius[i]].sum() - 1
    return radius, counts


def _warn_grid(distances, name):
    """Warn of rows on a grid, whose neighbours are all at the same few distances."""
    even = (distances[:, 1:] - distances[:, :-1] <= 1e-9 * distances[:, 1:]) & (distances[:, :-1] > 0)
    if even.any(axis=1).mean() > _MAX_TIED_SHARE:
        warn(
            f"Most rows of {name} have several neighbours at the same distance, as values on a grid have, which no "
            "density describes. Use KSG, which handles ties.",
            TiesWarning,
        )


def _warn_manifold(distances, n_features, name):
    """Warn if distances to neighbours grow as in fewer dimensions than there are columns."""
    k = distances.shape[1]
    nearest = distances[:, 0] > 0
    if k < 3 or nearest.sum() < 200 or n_features > 10:
        return  # too little data to estimate the dimension
    # Levina and Bickel's estimate with inverse averaging (MacKay, Ghahramani).
    ratios = np.log(distances[nearest, -1:] / distances[nearest, :-1])
    dimension = 1 / max(float(ratios.mean()), 1e-300)
    if dimension < _MIN_DIMENSION_RATIO * n_features:
        warn(
            f"The distances between neighbours in {name} grow as in {dimension:.1f} dimensions, not {n_features}: the "
            "data seem to lie on a curve or surface and have no density. Use KSG, or a compressor first.",
            UnreliableEstimateWarning,
        )


def _whiten(Z):
    """Return rows of unit covariance and the log determinant of the covariance that was taken out.

    Any invertible linear map would do, because its determinant is added back. With few rows the covariance is
    shrunk, so that the map is invertible.
    """
    n_samples, n_features = Z.shape
    if n_features == 0:
        return Z, 0.0
    centred = Z - Z.mean(axis=0)
    covariance = centred.T @ centred / n_samples
    if n_samples < 10 * n_features:
        weight = n_features / (n_features + n_samples)
        covariance = (1 - weight) * covariance + weight * np.eye(n_features)
    matrix, log_det = whitening(covariance, null="keep", tolerance=1e-14)
    return centred @ matrix, log_det
