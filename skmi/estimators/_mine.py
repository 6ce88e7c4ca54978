"""MINE: a critic that climbs the bound of Donsker and Varadhan."""

from ._documented import documented
from ._neural import ATTRIBUTES, BOUND_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=BOUND_CURVE)
class MINE(NeuralEstimator):
    """Mutual information by a critic that climbs the bound of Donsker and Varadhan.

    The neural estimator that others are compared with. It is reported on rows not used in training; on training rows
    the same number has no upper limit. Unlike InfoNCE it has no cap at the log of the batch, and in exchange a
    variance that grows as exp(I): above 3 nats or so use many rows.

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
    InfoNCE : Lower variance, and a cap.
    skmi.CompressedMI : Neighbours on learned codes, mostly closer from few rows.

    Notes
    -----
    With the critic T, pairs (x, y) and unpaired rows (x, y'), the bound is E T(x, y) − log E exp T(x, y'). The gradient
    of the log over a batch is biased; as in the paper it is taken with the batch's mean of exp T replaced, in the
    denominator, by a moving average over batches.

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
