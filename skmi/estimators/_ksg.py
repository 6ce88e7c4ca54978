"""The nearest-neighbour estimator of Kraskov, Stögbauer and Grassberger, for continuous, discrete and mixed data."""

from numbers import Integral

import numpy as np

from .._sklearn import Interval, Options, StrOptions, validate_params
from ._base import KernelCriticEstimator
from ._kernel_critic import KernelCritic
from ._ksg_error import ksg_error
from ._ksg_rows import check_pair, ksg_rows, pointwise_ksg, prepared
from ._lower_values import warn_too_low
from ._warnings import warn_of_data, warn_rare, warn_saturated


class KSG(KernelCriticEstimator):
    """Mutual information by nearest neighbours, after Kraskov, Stögbauer and Grassberger.

    The first choice for up to about four columns per side: nearly unbiased if X and y are independent, and without a
    bandwidth to choose. One formula handles continuous, discrete and mixed columns and ties. It equals the first
    estimator of the original paper on continuous data, that of Ross for labels, and that of Gao et al. for repeated
    values. On continuous data the estimate is at most ``digamma(n_samples) - digamma(n_neighbors)``, and too low well
    before that: at high information prefer :class:`KozachenkoLeonenko`, in high dimension compress first. Use
    ``marginals="normal"`` for skewed or heavy-tailed columns.

    ``score`` uses a separate kernel density of the sample. It ranks compressors and choices of columns; it does not
    depend on ``n_neighbors`` or ``marginals``, so it cannot choose them.

    Parameters
    ----------
    n_neighbors : int, default=3
        Neighbours in the joint space. More neighbours lower the variance and raise the bias.
    variant : {1, 2}, default=1
        The first or the second estimator of the paper: one radius for both sides, or one per side. The second has
        more variance if X and y are nearly independent, and less bias at high information.
    marginals : {"standardize", "normal"} or None, default="standardize"
        Scaling of each continuous column before distances are computed: unit variance, normal scores by rank (which
        remove heavy tails), or none.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass).
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
        Standard error of ``mi_``, in nats, by the infinitesimal jackknife. It says how much the estimate varies from
        sample to sample, not how far it is off on average.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    KozachenkoLeonenko : Without a ceiling; each side wholly continuous or wholly discrete.
    GaussianMI : The linear baseline.

    Notes
    -----
    With eps_i the max-norm distance from row i to its k-th neighbour among the rows that share its discrete values,
    and m_x, m_y the number of rows, itself included, strictly within eps_i in X and in y,

    .. math:: I = \\langle \\psi(k) + \\psi(n) - \\psi(m_x) - \\psi(m_y) \\rangle .

    The second variant has one radius per side, the largest distance on that side to any of the k neighbours. With m_x
    and m_y the numbers of other rows up to these distances, it subtracts 1/k from the same expression.

    A stratum is a set of rows that share their discrete values. One of fewer than k + 1 rows uses all its rows; a row
    alone in its stratum is dropped with a warning. If all columns are discrete, k is the size of the stratum, which
    gives a digamma sum over the counts; to each entropy the term of Chao, Wang and Jost for values that the sample has
    not shown is added. If distances are tied, noise far below the spacing of the values, is added to
    the continuous columns whose values repeat or are evenly spaced, so that no information is lost.

    References
    ----------
    Kraskov, Stögbauer, Grassberger (2004). "Estimating mutual information". arXiv:cond-mat/0305641.

    Chao, Wang, Jost (2013). "Entropy and the species accumulation curve". doi:10.1111/2041-210X.12108.

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
        **KernelCriticEstimator._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "variant": [Options(Integral, {1, 2})],
        "marginals": [StrOptions({"standardize", "normal"}), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors=3,
        *,
        variant=1,
        marginals="standardize",
        discrete_features="auto",
        discrete_target="auto",
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.variant = variant
        self.marginals = marginals
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        warn_of_data(x, y, None if self.marginals == "normal" else 'pass marginals="normal"')
        pointwise, kept, ceiling = pointwise_ksg(
            x, y, self.n_neighbors, variant=self.variant, marginals=self.marginals, n_jobs=self.n_jobs
        )
        warn_rare(kept, x, y)
        if not (x.is_discrete.all() or y.is_discrete.all()):
            warn_saturated(pointwise, ceiling, self.n_neighbors, "Use KozachenkoLeonenko, or more rows.")
        warn_too_low(pointwise, x, y, "Use fewer columns, or CompressedMI(KSG(), compressor=CanonicalCompressor()).")
        self._critic, self._kept = KernelCritic(x, y, n_jobs=self.n_jobs), kept
        return pointwise

    def _own_error(self, x, y):
        x, y = (prepared(side.rows(self._kept), self.marginals) for side in (x, y))
        return ksg_error(self.pointwise_, x, y, self.n_neighbors)


@validate_params(
    {"n_neighbors": [Interval(Integral, 1, None, closed="left")], "variant": [Options(Integral, {1, 2})]},
    prefer_skip_nested_validation=True,
)
def ksg_mutual_info(X, Y, *, n_neighbors=3, variant=1, n_jobs=None):
    """Return the nearest-neighbour estimate of I(X; Y) for continuous data.

    The plain formula of :class:`KSG`, without scaling and without discrete columns.

    Parameters
    ----------
    X : array-like of shape (n_samples,) or (n_samples, n_features_x)
        First sample.
    Y : array-like of shape (n_samples,) or (n_samples, n_features_y)
        Second sample.
    n_neighbors : int, default=3
        Neighbours in the joint space.
    variant : {1, 2}, default=1
        The first or the second estimator of the paper.
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
    return float(np.mean(ksg_rows(*check_pair(X=X, Y=Y), n_neighbors, variant=variant, n_jobs=n_jobs)[0]))
