"""The cross-predictive compressor: codes that reconstruct their own side and predict the other."""

from numbers import Real

from .._sklearn import Interval
from ._pair_networks import PredictionLoss
from ._paired import PairedCompressor


class CrossPredictiveCompressor(PairedCompressor):
    """Compress X and y to codes from which networks reconstruct both sides.

    The compressor of Gowri et al.: the code of each side has to reconstruct that side and to predict the other. It is
    simple to train and keeps what predicts the mean of the other side. It misses dependence that does not change the
    mean, and large nuisances take up codes. It learns from pairs, so estimate on other rows than those it was fitted
    on, as :class:`~skmi.CompressedMI` does.

    Parameters
    ----------
    latent_dim : int, default=2
        Number of codes of each side. A side with at most this many columns is returned unchanged.
    image_shape, y_image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of X, and of y, if they are images passed as flattened
        rows. The encoder of such a side is convolutional and takes the pixels.
    max_shift : int, default=0
        Maximum number of pixels by which images are shifted at random in training. Use it only if the position of an
        object carries no information.
    hidden_sizes : tuple of int, default=(256, 128, 128)
        Widths of the dense networks' layers.
    channels : tuple of int, default=(16, 32)
        Channels of the convolutional encoders' blocks, each of which halves height and width.
    n_components : int, default=64
        Number of whitened principal components that dense networks take, at most as many as the data have.
    marginals : {"auto", "standardize", "normal"}, default="standardize"
        Scaling of the columns of both sides before that: none, because whitening follows, or normal scores by rank.
        "auto" uses normal scores if they give a higher Gaussian estimate on the validation rows, and never if a tenth
        of the values are repeated.
    cross_weight : float, default=1.0
        Weight of the prediction of the other side; reconstruction of the own side has weight 1.
    dropout : float, default=0.0
        Share of the encoders' hidden units left out at each step.
    max_epochs : int, default=100
        Maximum number of passes over the training rows.
    batch_size : int, default=256
        Rows per step.
    learning_rate : float, default=0.01
        Largest learning rate of the one-cycle schedule.
    patience : int, default=20
        Epochs without a lower validation loss after which training stops.
    validation_fraction : float, default=0.2
        Share of the rows used as validation rows, for early stopping.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        Which columns of y are discrete. "auto" goes by dtype: strings, categories and booleans are discrete;
        integer columns are if each has at most 32 distinct values and their joint combinations are at most a third of
        the number of rows (two values always pass). If all columns are discrete, y is used as labels.
    device : str, default="auto"
        "cpu", "cuda", "mps", ...; "auto" uses an accelerator if there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of the weights, the split and the batches.
    verbose : int, default=0
        If positive, show a progress bar.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        Trained networks.
    history_ : dict of ndarray
        ``"train_loss"`` and ``"valid_loss"`` of each epoch.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_codes_ : int
        Number of codes, ``latent_dim``.
    classes_ : ndarray of shape (n_classes,) or (n_classes, n_targets), or None
        Labels of y, if all its columns are discrete. The code of X then has to predict them, and y is returned
        unchanged.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    ContrastiveCompressor : Codes that distinguish pairs from unpaired rows.

    Notes
    -----
    The loss is a sum of unexplained shares of variance: of each side by its own code, and ``cross_weight`` times that
    of each side by the code of the other. With labels, the latter is a cross-entropy.

    References
    ----------
    Gowri, Lun, Klein, Yin (2024). "Approximating mutual information of high-dimensional variables using learned
    representations". arXiv:2409.02732.

    Examples
    --------
    >>> from skmi import CrossPredictiveCompressor
    >>> from skmi.datasets import blob_images
    >>> X, y = blob_images(mi=2.0).sample(1000, random_state=0)
    >>> x_codes, y_codes = CrossPredictiveCompressor(2, max_epochs=30, random_state=0).fit(X, y).transform(X, y)
    >>> x_codes.shape, y_codes.shape
    ((1000, 2), (1000, 2))
    """

    _parameter_constraints = {
        **PairedCompressor._parameter_constraints,
        "cross_weight": [Interval(Real, 0, None, closed="neither")],
    }

    _ways = ("x_to_x", "y_to_y", "x_to_y", "y_to_x")
    _starts_linear = False

    def __init__(
        self,
        latent_dim=2,
        *,
        image_shape=None,
        y_image_shape=None,
        max_shift=0,
        hidden_sizes=(256, 128, 128),
        channels=(16, 32),
        n_components=64,
        marginals="standardize",
        cross_weight=1.0,
        dropout=0.0,
        max_epochs=100,
        batch_size=256,
        learning_rate=0.01,
        patience=20,
        validation_fraction=0.2,
        discrete_target="auto",
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.latent_dim = latent_dim
        self.image_shape = image_shape
        self.y_image_shape = y_image_shape
        self.max_shift = max_shift
        self.hidden_sizes = hidden_sizes
        self.channels = channels
        self.n_components = n_components
        self.marginals = marginals
        self.cross_weight = cross_weight
        self.dropout = dropout
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.discrete_target = discrete_target
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _fit_networks(self, data, valid):
        shares = {side: rotation.weights for side, rotation in self._rotations.items()}
        self._train(self._module(), PredictionLoss(shares, cross=self.cross_weight), data, valid, "cross-predictive")
