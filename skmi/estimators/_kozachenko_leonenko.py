"""The three-entropies estimator of Kozachenko and Leonenko, whitened."""

from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.stats import entropy

from .._maps import RANK_TOLERANCE, Whitening
from .._sklearn import Interval, StrOptions
from .._tables import repeated_labels, strata_of
from ..exceptions import InfiniteMIWarning, UnreliableEstimateWarning, warn
from ._base import KernelCriticEstimator
from ._entropy import kl_entropy_rows, whiten
from ._kernel_critic import KernelCritic
from ._ksg_rows import check_neighbors, ksg_rows
from ._lower_values import warn_too_low
from ._neighborhoods import rows_by_stratum
from ._warnings import warn_negative, warn_of_data, warn_rare

_OVERLAP = 1.22  # of true and naive standard errors of normal columns; 1.09 to 1.39 over 27 settings
_MANY_ERRORS = 5
_PLAIN_NEIGHBORS = 5
_MAX_CORRECTED = 10  # columns of both sides beyond which corrections are far off even on normal data


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
        Standard error of ``mi_``, in nats: from the spread of ``pointwise_``, times a factor for the overlap of
        neighbourhoods that was found by simulation.
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

    def _own_error(self, x, y):
        return _OVERLAP * super()._own_error(x, y)

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
        Z, log_det = whiten(Z)
        return kl_entropy_rows(Z, self._k, self.correction, name, n_jobs=self.n_jobs) + 0.5 * log_det

    def _resolved_neighbors(self, n_samples):
        if self.n_neighbors is None:
            k = _PLAIN_NEIGHBORS if self.correction is None else max(_PLAIN_NEIGHBORS, round(n_samples ** (1 / 3)))
            return min(k, n_samples - 1)
        check_neighbors(self.n_neighbors, n_samples)
        return self.n_neighbors
