"""SMILE: a clipped Donsker–Varadhan estimate from the logits of a classifier."""

from numbers import Real

from .._sklearn import Interval
from ._documented import documented
from ._neural import ATTRIBUTES, CLASSIFIER_CURVE, PARAMETERS, NeuralEstimator


@documented(parameters=PARAMETERS, attributes=ATTRIBUTES, curve=CLASSIFIER_CURVE)
class SMILE(NeuralEstimator):
    """Mutual information by a stably trained critic and a clipped Donsker–Varadhan estimate, which is not a bound.

    The critic learns to classify pairs against unpaired rows; the estimate is Donsker and Varadhan's with the ratios of
    unpaired rows clipped. It has low variance at high information, where it can be too high.

    Parameters
    ----------
    {parameters}
    clip : float, default=5.0
        Log ratios of unpaired rows are clipped to [-clip, clip].

    Attributes
    ----------
    mi_ : float
        Estimate on the test rows, in nats; its sign is kept.
    {attributes}

    See Also
    --------
    JensenShannonMI : The same critic with a bound of your choice.

    References
    ----------
    Song, Ermon (2020). "Understanding the Limitations of Variational Mutual Information Estimators". arXiv:1910.06222.

    Examples
    --------
    >>> from skmi import SMILE
    >>> from skmi.datasets import CorrelatedNormal
    >>> X, y = CorrelatedNormal(mi=1.0).sample(2000, random_state=0)
    >>> round(SMILE(random_state=0).fit(X, y).mi_)
    1
    """

    _parameter_constraints = {
        **NeuralEstimator._parameter_constraints,
        "clip": [Interval(Real, 0, None, closed="neither")],
    }
    # Early stopping goes by the training objective: the reported estimate is not a bound, so the epoch with the largest
    # value need not be the best.
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
        clip=5.0,
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
        self.clip = clip

    @property
    def _reported(self):
        return "smile", {"clip": self.clip}
