"""The nearest-neighbour estimator of Kraskov, Stögbauer and Grassberger, for continuous, discrete and mixed data."""

import warnings
from numbers import Integral

import numpy as np
from scipy.special import digamma
from sklearn.utils import check_array, check_consistent_length

from .._neighbors import count_neighbors, neighbor_distances
from .._sklearn import Interval, StrOptions
from ..exceptions import InfiniteMIWarning, SaturationWarning
from ._base import ColumnEstimator
from ._columns import (
    normal_scores,
    repeated_labels,
    standardize,
    warn_rare,
    warn_repeated_rows,
    warn_sparse_table,
)
from ._kernel_critic import KernelCritic

_SAME = 1e-10  # distances closer than this share count as tied: rounded values differ in the last digits
_JITTER = 1e-9  # in standard deviations: what breaks ties
_CAP_MARGIN = 1.5  # nats below the ceiling from which the estimate saturates


class KSG(ColumnEstimator):
    """Mutual information by nearest neighbours, after Kraskov, Stögbauer and Grassberger.

    The first choice for up to about four columns on each side: nearly unbiased when X and y are independent, no
    bandwidth to choose. Continuous, discrete and mixed columns and ties are handled by one formula, which is the
    first estimator of the original paper on continuous data, that of Ross for labels, and that of Gao et al. where
    values repeat. On continuous data it cannot read more than ``digamma(n_samples) - digamma(n_neighbors)`` and falls
    short well before that: at high information prefer :class:`KozachenkoLeonenko`, in high dimension compress first.
    Skewed or heavy-tailed columns want ``marginals="normal"``.

    ``score`` looks at the sample through a kernel of its own, so that it ranks compressors and choices of columns; it
    does not depend on ``n_neighbors`` or ``marginals`` and cannot choose them.

    Parameters
    ----------
    n_neighbors : int, default=3
        Neighbours in the joint space. More lower the variance and raise the bias.
    marginals : {"standardize", "normal"} or None, default="standardize"
        What happens to each continuous column before distances are taken: unit variance, normal scores by rank
        (which mends heavy tails), or nothing.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are, and integers
        where no column has more than 32 distinct values.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    n_jobs : int, default=None
        Threads of the neighbour search; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_`` from ``pointwise_``, in nats; it is 12 to 35 % too small because neighbours overlap.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KozachenkoLeonenko : Has no ceiling; for continuous data only.
    GaussianMI : The linear baseline.

    Notes
    -----
    With eps_i the max-norm distance from row i to its k-th neighbour among the rows that share its discrete values,
    and m_x, m_y the number of rows, itself included, strictly within eps_i in X and in y,

    .. math:: I = \\langle \\psi(k) + \\psi(n) - \\psi(m_x) - \\psi(m_y) \\rangle .

    A stratum of fewer than k + 1 rows uses all it has; rows alone in their stratum are dropped with a warning. If all
    columns are discrete, k is the size of the stratum, which makes the value the plug-in estimate with the correction
    of Miller and Madow. Where neighbours of continuous columns are tied, uniform noise of 1e-9 standard deviations,
    always the same, is added to the columns whose values repeat: it lies far below their spacing, so that no
    information is lost.

    References
    ----------
    Kraskov, Stögbauer, Grassberger (2004). "Estimating mutual information". arXiv:cond-mat/0305641.

    Ross (2014). "Mutual Information between Discrete and Continuous Data Sets". doi:10.1371/journal.pone.0087357.

    Gao, Kannan, Oh, Viswanath (2017). "Estimating Mutual Information for Discrete-Continuous Mixtures".
    arXiv:1709.06212.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=0.5).sample(5000, random_state=0)
    >>> round(KSG().fit(X, y).mi_, 1)
    0.5
    """

    _parameter_constraints = {
        **ColumnEstimator._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"standardize", "normal"}), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors=3,
        *,
        marginals="standardize",
        discrete_features="auto",
        discrete_target="auto",
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.marginals = marginals
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        warn_repeated_rows(x, y)
        warn_sparse_table(x, y)
        pointwise, kept = pointwise_ksg(x, y, self.n_neighbors, marginals=self.marginals, n_jobs=self.n_jobs)
        warn_rare(kept, x, y)
        if not (x.is_discrete.all() or y.is_discrete.all()):
            _warn_saturated(pointwise, self.n_neighbors)
        self._critic = KernelCritic(x, y, n_jobs=self.n_jobs)
        return pointwise

    def _log_density_ratio(self, x, y):
        return self._critic(x, y)


def ksg_mutual_info(X, Y, *, n_neighbors=3, n_jobs=None):
    """Return the nearest-neighbour estimate of I(X; Y) for continuous data, as it stands.

    The function under :class:`KSG`: no scaling and no discrete columns.

    Parameters
    ----------
    X : array-like of shape (n_samples,) or (n_samples, n_features_x)
        First sample.
    Y : array-like of shape (n_samples,) or (n_samples, n_features_y)
        Second sample.
    n_neighbors : int, default=3
        Neighbours in the joint space.
    n_jobs : int, default=None
        Threads of the neighbour search.

    Returns
    -------
    mi : float
        In nats.

    References
    ----------
    Kraskov, Stögbauer, Grassberger (2004). "Estimating mutual information". arXiv:cond-mat/0305641.

    Examples
    --------
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.estimators import ksg_mutual_info
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(ksg_mutual_info(X, y), 1)
    1.0
    """
    X, Y = (np.asarray(A, dtype=float).reshape(len(A), -1) for A in (X, Y))
    X, Y = check_array(X, input_name="X", ensure_min_samples=2), check_array(Y, input_name="Y", ensure_min_samples=2)
    check_consistent_length(X, Y)
    whole = np.zeros(len(X), dtype=np.intp)
    return float(np.mean(stratified_ksg(X, Y, whole, whole, n_neighbors, n_jobs=n_jobs)[0]))


def pointwise_ksg(x, y, n_neighbors, *, marginals="standardize", n_jobs=None):
    """Return the pointwise estimate of two Columns and the rows kept, after the margins were prepared."""
    prepare = {"standardize": standardize, "normal": normal_scores, None: np.asarray}[marginals]
    X, Y = prepare(x.continuous), prepare(y.continuous)
    return stratified_ksg(X, Y, x.strata, y.strata, n_neighbors, n_jobs=n_jobs)


def stratified_ksg(X, Y, x_strata, y_strata, n_neighbors, *, n_jobs=None):
    """Return the pointwise estimate and the rows kept.

    Parameters
    ----------
    X, Y : ndarray of shape (n_samples, n_continuous_x) and (n_samples, n_continuous_y)
        Continuous columns, possibly none.
    x_strata, y_strata : ndarray of shape (n_samples,), int
        Number of each row's combination of discrete values.
    n_neighbors : int
    n_jobs : int, default=None

    Returns
    -------
    pointwise : ndarray of shape (n_kept,)
    kept : ndarray of shape (n_samples,), bool
        False for rows alone in their stratum, where continuous columns leave nothing to compare them with.
    """
    joint_strata = _joint_strata(x_strata, y_strata)
    # Centred, so that a large offset leaves digits for what breaks ties.
    X, Y = ((Z - Z.mean(axis=0))[:, np.ptp(Z, axis=0) > 0] for Z in (X, Y))
    continuous = X.shape[1] + Y.shape[1] > 0
    kept = repeated_labels(joint_strata) if continuous else np.ones(len(X), dtype=bool)
    X, Y, x_strata, y_strata, joint_strata = (A[kept] for A in (X, Y, x_strata, y_strata, joint_strata))
    n_samples = len(X)
    if n_neighbors >= n_samples:
        raise ValueError(
            f"Expected n_neighbors < n_samples, got n_neighbors={n_neighbors} and n_samples={n_samples}. "
            "Lower n_neighbors or pass more rows."
        )
    radius, joint, tied = _joint_neighborhoods(np.hstack([X, Y]), joint_strata, n_neighbors, n_jobs)
    if tied:
        rng = np.random.RandomState(0)
        X, Y = _break_ties(X, rng), _break_ties(Y, rng)
        radius, joint, _ = _joint_neighborhoods(np.hstack([X, Y]), joint_strata, n_neighbors, n_jobs)
    marginal = digamma(_stratum_counts(X, x_strata, radius, n_jobs))
    marginal += digamma(_stratum_counts(Y, y_strata, radius, n_jobs))
    return digamma(joint) + digamma(n_samples) - marginal, kept


def _joint_strata(x_strata, y_strata):
    """Return for each row the number of its combination of the strata on both sides."""
    if x_strata.max() == 0:
        return y_strata
    if y_strata.max() == 0:
        return x_strata
    return np.unique(x_strata * (y_strata.max() + 1) + y_strata, return_inverse=True)[1]


def _joint_neighborhoods(Z, strata, n_neighbors, n_jobs):
    """Return each row's radius, the number of rows in it, and whether any neighbour was tied with the next."""
    radius, joint, tied = np.zeros(len(Z)), np.empty(len(Z), dtype=np.int64), False
    for rows in rows_by_stratum(strata):
        stratum = Z[rows]
        if Z.shape[1] == 0:
            joint[rows] = len(stratum)
            continue
        k = min(n_neighbors, len(stratum) - 1)
        distances = neighbor_distances(stratum, min(k + 1, len(stratum) - 1), n_jobs=n_jobs)
        radius[rows], joint[rows] = distances[:, k - 1], k
        gap = distances[:, -1] - distances[:, k - 1] if distances.shape[1] > k else np.inf
        tied |= bool(np.any((distances[:, k - 1] == 0) | (gap <= _SAME * distances[:, -1])))
    return radius, joint, tied


def _stratum_counts(Z, strata, radius, n_jobs):
    """Count the rows of the same stratum strictly within each row's radius, the row itself included."""
    counts = np.empty(len(Z), dtype=np.int64)
    for rows in rows_by_stratum(strata):
        stratum = Z[rows]
        counts[rows] = count_neighbors(stratum, radius[rows], n_jobs=n_jobs) + 1 if Z.shape[1] else len(stratum)
    return counts


def _break_ties(Z, rng):
    """Add noise far below the spacing of the values to the columns in which values repeat.

    The information is unchanged, since the values can be read through the noise, and the neighbours of equal values
    become those of a continuous variable.
    """
    noise = rng.uniform(-_JITTER, _JITTER, size=Z.shape) * Z.std(axis=0)
    repeats = [len(np.unique(column)) < len(column) for column in Z.T]
    return Z + np.where(repeats, noise, 0.0) if Z.shape[1] else Z


def _warn_saturated(pointwise, n_neighbors):
    """Warn of an estimate near the largest one that the sample size allows."""
    ceiling, mi = digamma(len(pointwise)) - digamma(n_neighbors), pointwise.mean()
    if ceiling - mi < 1e-3 * ceiling:
        warnings.warn(
            f"X and y determine each other up to the resolution of the sample: the estimate {mi:.2f} is the largest "
            "one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
            stacklevel=5,
        )
    elif mi > max(ceiling - _CAP_MARGIN, 0.5 * ceiling):
        warnings.warn(
            f"The estimate {mi:.2f} is close to {ceiling:.2f}, the largest one that {len(pointwise)} rows and "
            f"n_neighbors={n_neighbors} allow, and is likely too low. Use KozachenkoLeonenko, or more rows.",
            SaturationWarning,
            stacklevel=5,
        )


def rows_by_stratum(strata):
    """Return the row numbers of each stratum."""
    if strata.max() == 0:
        return [slice(None)]
    order = np.argsort(strata, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)
