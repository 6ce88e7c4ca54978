"""MINE: a critic that maximises the bound of Donsker and Varadhan."""

from ._documented import documented
from ._neural import ATTRIBUTES, BOUND_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=BOUND_CURVE)
class MINE(NeuralEstimator):
    """Mutual information by a critic that maximises the bound of Donsker and Varadhan.

    The neural estimator that others are compared with. The bound is reported on rows not used in training; on training
    rows it can become arbitrarily large. Unlike InfoNCE it has no cap, but its variance grows as exp(I): above about
    3 nats use many rows.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    mi_ : float
        Donsker–Varadhan bound on the test rows, in nats; its sign is kept.
    {attributes}

    See Also
    --------
    InfoNCE : Lower variance, with a cap.
    skmi.CompressedMI : Neighbours on learned codes, mostly more accurate with few rows.

    Notes
    -----
    With the critic T, pairs (x, y) and unpaired rows (x, y'), the bound is E T(x, y) − log E exp T(x, y'). The gradient
    of the log over a batch is biased. As in the paper, the batch mean of exp T in its denominator is replaced by a
    moving average over batches.

    References
    ----------
    Belghazi et al. (2018). "MINE: Mutual Information Neural Estimation". arXiv:1801.04062.

    Examples
    --------
    >>> from skmi import MINE
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(MINE(random_state=0).fit(X, y).mi_)
    1
    """

    _gradient, _reported = "mine", ("donsker_varadhan", {})
