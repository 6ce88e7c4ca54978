"""InfoNCE: a critic that identifies the partner of each row within a batch."""

from ._documented import documented
from ._neural import ATTRIBUTES, BOUND_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=BOUND_CURVE)
class InfoNCE(NeuralEstimator):
    """Mutual information by a critic that identifies the partner of each row within a batch.

    The most stable of the neural bounds, and the only one with a cap: the training objective is at most the log of
    ``batch_size``, and the reported value at most the log of the number of test rows.

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
    skmi.bounds.info_nce : The bound, and its cap.
    ContrastiveCompressor : Learns codes by InfoNCE, for an estimate by nearest neighbours.

    Notes
    -----
    The bound is E log[ exp T(x_i, y_i) / mean_j exp T(x_i, y_j) ] over the n rows of a batch, at most log n.

    References
    ----------
    van den Oord, Li, Vinyals (2018). "Representation Learning with Contrastive Predictive Coding". arXiv:1807.03748.

    Examples
    --------
    >>> from skmi import InfoNCE
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(InfoNCE(random_state=0).fit(X, y).mi_)
    1
    """

    _gradient, _reported = "info_nce", ("info_nce", {})
