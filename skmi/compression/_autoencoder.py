"""The autoencoder: reconstruct one variable alone from a few codes."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from .._sklearn import ClassNamePrefixFeaturesOutMixin, Interval, StrOptions, _fit_context
from .._training import TensorRows, history_of, reproducible, resolve_device, train
from ._networks import Autoencoder, convolutional_decoder, convolutional_encoder, dense
from ._rows import Rotation, for_inference, in_passes, split

_MIN_SAMPLES = 4


class AutoencoderCompressor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Compress rows to a few codes from which a network reconstructs them.

    The compressor of Butakov et al.: it looks at one variable alone and keeps what is large, so it serves where a few
    factors make up all of the data, as in images of simple objects; where large nuisances hide a small shared factor,
    it loses the latter. Fit it on other rows than those on which mutual information is estimated.

    Parameters
    ----------
    latent_dim : int, default=2
        Number of codes.
    image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of images passed as flattened rows. Given, the network is
        convolutional; None makes it dense.
    hidden_sizes : tuple of int, default=(128, 128)
        Widths of the dense encoder's layers; the decoder mirrors them.
    channels : tuple of int, default=(8, 16)
        Channels of the convolutional encoder's blocks, each of which halves the sides; the decoder mirrors them.
    n_components : int or None, default=32
        Principal components of the rows that the dense network sees and reconstructs, at most as many as the data
        have. None shows it all columns, at one common scale. Convolutional networks see the pixels.
    whiten : bool, default=False
        Whether the principal components are brought to unit variance each. True lets the network see factors of tiny
        variance; choose ``n_components`` small then, since noise is enlarged as well.
    loss : {"mse", "mae"}, default="mse"
        Mean squared or mean absolute error of the reconstruction.
    noise_std : float, default=0.1
        Standard deviation of the noise added to the codes, of unit variance, in training. It makes near codes decode
        to near rows, which neighbours of codes rely on.
    max_epochs : int, default=100
        Epochs at most.
    batch_size : int, default=256
        Rows a step.
    learning_rate : float, default=0.01
        Largest rate of the one-cycle schedule.
    patience : int, default=30
        Epochs without a lower held-out loss after which training stops; the best weights are kept.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping.
    device : str, default="auto"
        Where to train: "auto" takes CUDA, then MPS, then the CPU; or any name that torch knows.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, the weights and the batches. On one machine and device the same int gives the same codes to
        the last bit.
    verbose : int, default=0
        Positive: a progress bar over the epochs.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The fitted network; its module has ``encode`` and ``decoder``.
    history_ : dict of ndarray of shape (n_epochs,)
        ``"train_loss"`` and ``"valid_loss"`` by epoch.
    n_features_in_ : int
        Number of columns in fit.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if they were strings.

    See Also
    --------
    sklearn.decomposition.PCA : The linear compressor; compare with it always.
    skmi.CompressedMI : Fits compressors and estimates on other rows.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import AutoencoderCompressor
    >>> from skmi.datasets import blob_images
    >>> X, _ = blob_images(image_size=8).sample(500, random_state=0)
    >>> compressor = AutoencoderCompressor(latent_dim=2, max_epochs=5, random_state=0).fit(X)
    >>> compressor.transform(X).shape
    (500, 2)
    """

    _parameter_constraints = {
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "image_shape": [tuple, list, None],
        "hidden_sizes": [tuple, list],
        "channels": [tuple, list],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "whiten": ["boolean"],
        "loss": [StrOptions({"mse", "mae"})],
        "noise_std": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        latent_dim=2,
        *,
        image_shape=None,
        hidden_sizes=(128, 128),
        channels=(8, 16),
        n_components=32,
        whiten=False,
        loss="mse",
        noise_std=0.1,
        max_epochs=100,
        batch_size=256,
        learning_rate=0.01,
        patience=30,
        validation_fraction=0.1,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.latent_dim = latent_dim
        self.image_shape = image_shape
        self.hidden_sizes = hidden_sizes
        self.channels = channels
        self.n_components = n_components
        self.whiten = whiten
        self.loss = loss
        self.noise_std = noise_std
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Train the network to reconstruct the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; images are flattened, with their shape in ``image_shape``.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=_MIN_SAMPLES)
        random_state = check_random_state(self.random_state)
        image_shape = self._checked_image_shape(X.shape[1])
        training, watched, seed = split(len(X), self.validation_fraction, random_state)
        device = resolve_device(self.device)
        with reproducible(seed, device):
            self._rotation = Rotation(X, self.n_components if image_shape is None else None, self.whiten)
            inputs = torch.as_tensor(self._rotation(X), dtype=torch.float32)
            valid, data = (TensorRows(part, part) for part in (inputs[watched], inputs[training]))
            criterion = torch.nn.MSELoss() if self.loss == "mse" else torch.nn.L1Loss()
            constant = valid.targets.mean(dim=0).expand_as(valid.targets)
            self.net_ = train(
                self._module(inputs.shape[1], image_shape),
                criterion,
                data,
                valid,
                max_epochs=self.max_epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                patience=self.patience,
                device=device,
                verbose=self.verbose > 0,
                name="autoencoder",
                baseline=float(criterion(constant, valid.targets)),
            )
        self.history_ = history_of(self.net_)
        self._n_features_out = self.latent_dim
        return self

    def transform(self, X):
        """Return the codes of the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        codes : ndarray of shape (n_samples, latent_dim)
            Codes.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        module = for_inference(self.net_.module_)
        return in_passes(module.encode, self._rotation(X), next(module.parameters()))

    def inverse_transform(self, X):
        """Reconstruct rows from codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, latent_dim)
            Codes.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            Reconstructed rows, in the units of the data.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=np.float64, input_name="codes")
        if codes.shape[1] != self._n_features_out:
            raise ValueError(f"Expected codes with {self._n_features_out} columns, got {codes.shape[1]}.")
        module = for_inference(self.net_.module_)
        return self._rotation.inverse(in_passes(module.decoder, codes, next(module.parameters())))

    def _module(self, n_inputs, image_shape):
        if image_shape is None:
            encoder = dense(n_inputs, self.latent_dim, self.hidden_sizes)
            decoder = dense(self.latent_dim, n_inputs, self.hidden_sizes[::-1])
        else:
            encoder = convolutional_encoder(image_shape, self.latent_dim, self.channels)
            decoder = convolutional_decoder(image_shape, self.latent_dim, self.channels)
        return Autoencoder(encoder, decoder, self.latent_dim, self.noise_std)

    def _checked_image_shape(self, n_features):
        """Return (channels, height, width), or None for a dense network."""
        if self.image_shape is None:
            return None
        shape = tuple(int(side) for side in self.image_shape)
        if len(shape) not in (2, 3) or min(shape) < 1 or np.prod(shape) != n_features:
            raise ValueError(
                f"Expected image_shape (height, width) or (channels, height, width) with {n_features} pixels in all, "
                f"the number of columns of X; got {self.image_shape!r}."
            )
        return shape if len(shape) == 3 else (1, *shape)
