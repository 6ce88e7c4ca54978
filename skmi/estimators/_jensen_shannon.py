"""A classifier of pairs against unpaired rows, and a bound computed from its logits."""

from .._sklearn import StrOptions
from ._documented import documented
from ._neural import ATTRIBUTES, CLASSIFIER_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=CLASSIFIER_CURVE)
class JensenShannonMI(NeuralEstimator):
    """Mutual information by a critic trained to classify pairs against unpaired rows, and a bound of your choice.

    The logit of a classifier between pairs and unpaired rows is the log ratio of their densities. Training is stable
    at any information, because the slope of the loss is bounded, where those of the bounds grow exponentially.

    Parameters
    ----------
    {parameters}
    bound : {"info_nce", "donsker_varadhan", "nwj"}, default="info_nce"
        Bound that is reported. "donsker_varadhan" and "nwj" mostly give lower estimates: errors of the critic that
        depend on x alone cancel in InfoNCE but count in these, and in "nwj" a constant error counts as well.

    Attributes
    ----------
    mi_ : float
        The bound on the test rows, in nats; its sign is kept.
    {attributes}

    See Also
    --------
    SMILE : The same critic with a clipped estimate.

    References
    ----------
    Hjelm et al. (2019). "Learning deep representations by mutual information estimation and maximization".
    arXiv:1808.06670.

    Examples
    --------
    >>> from skmi import JensenShannonMI
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(JensenShannonMI(random_state=0).fit(X, y).mi_)
    1
    """

    _parameter_constraints = {
        **NeuralEstimator._parameter_constraints,
        "bound": [StrOptions({"info_nce", "donsker_varadhan", "nwj"})],
    }
    # Early stopping goes by the training objective: the reported bounds contain exponentials that training does not
    # hold down, so that they jump from epoch to epoch.
    _gradient = _stopping = "jensen_shannon"

    def __init__(
        self,
        critic="separable",
        *,
        image_shape=None,
        y_image_shape=None,
        hidden_sizes=(128, 128),
        channels=(16, 32),
        marginals="normal",
        radius=False,
        max_epochs=100,
        batch_size=256,
        learning_rate=1e-3,
        patience=50,
        validation_fraction=0.15,
        test_fraction=0.3,
        cv=None,
        discrete_features="auto",
        discrete_target="auto",
        device="auto",
        random_state=None,
        verbose=0,
        bound="info_nce",
    ):
        super().__init__(
            critic,
            image_shape=image_shape,
            y_image_shape=y_image_shape,
            hidden_sizes=hidden_sizes,
            channels=channels,
            marginals=marginals,
            radius=radius,
            max_epochs=max_epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            patience=patience,
            validation_fraction=validation_fraction,
            test_fraction=test_fraction,
            cv=cv,
            discrete_features=discrete_features,
            discrete_target=discrete_target,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.bound = bound

    @property
    def _reported(self):
        return self.bound, {}
