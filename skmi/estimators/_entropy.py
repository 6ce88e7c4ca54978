"""Differential entropy by nearest neighbours, after Kozachenko and Leonenko, with weights that remove a bias."""

from numbers import Integral

import numpy as np
from scipy.special import digamma, gammaln

from .._maps import Scale, whitening
from .._neighbors import neighbor_distances
from .._sklearn import Interval, StrOptions, validate_params
from .._tables import as_rows
from ..exceptions import TiesWarning, UnreliableEstimateWarning, warn
from ._ksg_rows import check_neighbors

_MAX_TIED_SHARE = 0.05
_MAX_WEIGHT_NORM = 10.0  # bounds how far weights amplify the noise
_MIN_DIMENSION_RATIO = 0.8  # local over ambient dimension; normal data in up to ten dimensions stay above 0.9


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
    Z, log_det = whiten(scale(X))
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


def whiten(Z):
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
