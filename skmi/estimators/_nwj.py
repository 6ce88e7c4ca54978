"""NWJ: a critic that maximises the bound of Nguyen, Wainwright and Jordan."""

from ._documented import documented
from ._neural import ATTRIBUTES, BOUND_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=BOUND_CURVE)
class NWJ(NeuralEstimator):
    """Mutual information by a critic that maximises the bound of Nguyen, Wainwright and Jordan.

    Unlike the bound of Donsker and Varadhan, it is a lower bound in expectation with any number of rows. It is less
    stable to train, because a constant added to the critic changes it. Its variance grows as exp(I).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    mi_ : float
        The bound on the test rows, in nats; its sign is kept.
    {attributes}

    See Also
    --------
    MINE : The bound of Donsker and Varadhan.

    Notes
    -----
    The bound is 1 + E T(x, y) − E exp T(x, y'), with y' from another row.

    References
    ----------
    Nguyen, Wainwright, Jordan (2010). "Estimating divergence functionals and the likelihood ratio by convex risk
    minimization". arXiv:0809.0853.

    Examples
    --------
    >>> from skmi import NWJ
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(NWJ(random_state=0).fit(X, y).mi_)
    1
    """

    _gradient, _reported = "nwj", ("nwj", {})
