"""The autoencoder: codes from which one variable can be reconstructed, without looking at the other."""

from copy import deepcopy
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_is_fitted
from torch import nn

from .._networks import (
    Autoencoder,
    PreparedRows,
    Rotation,
    Unlabelled,
    checked_image_shape,
    convolutional_decoder,
    convolutional_encoder,
    dense,
    in_passes,
    reproducible,
    resolve_device,
    selected,
    split,
)
from .._sklearn import Interval, StrOptions, _fit_context
from .._tables import flattened, validated
from ._base import NetworkCompressor

_MIN_SAMPLES = 4


class AutoencoderCompressor(NetworkCompressor):
    """Compress rows to a few codes from which a network reconstructs them.

    The compressor of Butakov et al. It sees one variable alone and keeps what has large variance. Use it if a few
    factors make up all of the data, as in images of simple objects; it loses a small shared factor among large
    nuisances. Fit it on other rows than those on which mutual information is estimated. Rows of a
    :class:`numpy.memmap` are read from disk when they are needed.

    Parameters
    ----------
    latent_dim : int, default=2
        Number of codes.
    image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of images passed as flattened rows, for a convolutional
        network. None gives a dense network.
    hidden_sizes : tuple of int, default=(128, 128)
        Widths of the dense encoder's layers; the decoder mirrors them.
    channels : tuple of int, default=(8, 16)
        Channels of the convolutional encoder's blocks, each of which halves height and width; the decoder mirrors them.
    n_components : int or None, default=32
        Number of principal components that the dense network takes and reconstructs, at most as many as the data have.
        None uses all columns, at one common scale. Convolutional networks take the pixels.
    whiten : bool, default=False
        Whether each principal component is scaled to unit variance, so that the network also reconstructs factors of
        tiny variance. Choose a small ``n_components`` then, because noise is enlarged as well.
    encoder, decoder : torch.nn.Module or None, default=None
        Networks of your own instead of the dense or convolutional ones, both or neither; copies of them are trained.
        The encoder maps a batch to (batch, latent_dim), the decoder back. A batch has all columns, centred and at one
        common scale, or each at unit variance with ``whiten``; its shape is (batch, n_features), or
        (batch, channels, height, width) with ``image_shape``.
    loss : {"mse", "mae"}, default="mse"
        Mean squared or mean absolute error of the reconstruction.
    code : {"linear", "tanh"}, default="linear"
        Scaling of the codes: unit variance over a batch, or tanh into (-1, 1).
    noise_std : float, default=0.1
        Standard deviation of the noise added to the codes in training. It makes similar codes decode to similar rows,
        which nearest neighbours of codes rely on.
    max_epochs : int, default=100
        Maximum number of epochs.
    batch_size : int, default=256
        Rows per step.
    learning_rate : float, default=0.01
        Largest learning rate of the one-cycle schedule, or the constant one.
    schedule : {"one-cycle", "constant"}, default="one-cycle"
        Learning rate over the epochs.
    patience : int, default=30
        Epochs without a lower validation loss after which training stops; the best weights are kept.
    validation_fraction : float, default=0.1
        Share of the rows used as validation rows, for early stopping.
    device : str, default="auto"
        Where to train: "auto" uses CUDA, else MPS, else the CPU; or any device name of torch.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, the weights and the batches. On one machine and device the same int gives the same codes to
        the last bit.
    verbose : int, default=0
        If positive, show a progress bar over the epochs.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The fitted network; its module has ``encode`` and ``decoder``.
    history_ : dict of ndarray of shape (n_epochs,)
        ``"train_loss"`` and ``"valid_loss"`` by epoch; the latter is computed without noise on the codes.
    n_features_in_ : int
        Number of columns in fit.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if they were strings.

    See Also
    --------
    sklearn.decomposition.PCA : The linear compressor; always compare with it.
    skmi.CompressedMI : Fits compressors, and estimates on other rows.

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
        **NetworkCompressor._parameter_constraints,
        "image_shape": [tuple, list, None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "whiten": ["boolean"],
        "encoder": [nn.Module, None],
        "decoder": [nn.Module, None],
        "loss": [StrOptions({"mse", "mae"})],
        "code": [StrOptions({"linear", "tanh"})],
        "noise_std": [Interval(Real, 0, None, closed="left")],
        "schedule": [StrOptions({"one-cycle", "constant"})],
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
        encoder=None,
        decoder=None,
        loss="mse",
        code="linear",
        noise_std=0.1,
        max_epochs=100,
        batch_size=256,
        learning_rate=0.01,
        schedule="one-cycle",
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
        self.encoder = encoder
        self.decoder = decoder
        self.loss = loss
        self.code = code
        self.noise_std = noise_std
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @classmethod
    def paper(cls, image_shape, latent_dim, **parameters):
        """Return the autoencoder of Butakov et al. for images, with the settings of their synthetic experiments.

        A convolutional encoder with few filters and a tanh code, absolute error, batches of 5000, and a constant
        learning rate of 1e-3 for 2000 epochs, without early stopping. What the paper does not say is as in the
        defaults: the number of blocks, the noise on the code, weight decay, and keeping the weights with the lowest
        validation loss. Use this to reproduce the paper; the defaults of the class train in a hundredth of the time.

        Parameters
        ----------
        image_shape : tuple of int
            ``(height, width)`` or ``(channels, height, width)``.
        latent_dim : int
            Number of codes: 2 for blobs and 4 for rectangles in the paper.
        **parameters : dict
            Parameters of the class that replace these settings.

        Returns
        -------
        compressor : AutoencoderCompressor
            Unfitted.

        Examples
        --------
        >>> from skmi import AutoencoderCompressor
        >>> AutoencoderCompressor.paper((16, 16), 2).max_epochs
        2000
        """
        settings = {
            "channels": (4, 8),
            "loss": "mae",
            "code": "tanh",
            "max_epochs": 2000,
            "batch_size": 5000,
            "learning_rate": 1e-3,
            "schedule": "constant",
            "patience": 2000,
        }
        return cls(latent_dim, image_shape=image_shape, **(settings | parameters))

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Train the network to reconstruct the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or images
            Rows. Images may be flattened, with their shape in ``image_shape``, or have shape (n_samples, height, width)
            or (n_samples, channels, height, width).
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        X, shape = flattened(X, self.image_shape, "X")
        self._image_shapes = {"x": shape}
        X = validated(self, X, dtype="numeric", ensure_min_samples=_MIN_SAMPLES)
        random_state = check_random_state(self.random_state)
        training, validation, seed = split(len(X), self.validation_fraction, random_state)
        with reproducible(seed, resolve_device(self.device)):
            rotation = Rotation(X, self._n_components(X.shape[1]), self.whiten)
            self._rotations, self._arrays = {"x": rotation}, {}
            # Principal components are few enough for memory; pixels, and columns of a file, may not be.
            inputs = PreparedRows(X, rotation) if rotation.components is None else rotation.inputs(X)
            data, valid = (Unlabelled(selected(inputs, rows)) for rows in (training, validation))
            # Reading a file in ascending order is fastest.
            sample = inputs[np.sort(validation[:4096])]
            module = self._module()
            self._check_networks(module, sample[:2])
            criterion = nn.MSELoss() if self.loss == "mse" else nn.L1Loss()
            # The loss of the mean row, which a network that has learned anything must beat.
            constant = sample.mean(dim=0).expand_as(sample)
            self._train(
                module,
                criterion,
                data,
                valid,
                "autoencoder",
                schedule=self.schedule,
                baseline=float(criterion(constant, sample)),
            )
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
        X = validated(self, flattened(X, self._image_shapes["x"], "X")[0], dtype="numeric", reset=False)
        return in_passes(self.net_.module_.encode, self.net_.module_, X, self._rotations["x"])

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
        return self._rotations["x"].inverse(in_passes(self.net_.module_.decode, self.net_.module_, codes))

    def reconstruction_error(self, X):
        """Return the share of the variance of the rows that their codes do not reconstruct.

        It does not measure the loss of information: a small shared factor can be lost at an error near 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, preferably not used in ``fit``.

        Returns
        -------
        error : float
            0 for perfect reconstruction, 1 for predicting the mean row.
        """
        X = flattened(X, self._image_shapes["x"], "X")[0]
        X = np.asarray(validated(self, X, dtype="numeric", reset=False), dtype=np.float64)
        lost = np.sum((self.inverse_transform(self.transform(X)) - X) ** 2)
        total = np.sum((X - X.mean(axis=0)) ** 2)
        if total == 0:
            raise ValueError("Expected rows that differ, got rows all alike, which have no variance to reconstruct.")
        return float(lost / total)

    def _n_components(self, n_features):
        """Return the number of principal components that the network takes, or None if it takes the columns."""
        shape = self._image_shape(n_features)
        if (self.encoder is None) != (self.decoder is None):
            raise ValueError("Expected encoder and decoder, or neither of them; got one. Pass the other as well.")
        return None if shape is not None or self.encoder is not None else self.n_components

    def _module(self):
        shape, n_inputs = self._image_shape(self.n_features_in_), self._rotations["x"].n_outputs
        if self.encoder is not None:
            encoder, decoder = deepcopy(self.encoder), deepcopy(self.decoder)
            if shape is not None:
                encoder, decoder = nn.Sequential(nn.Unflatten(1, shape), encoder), nn.Sequential(decoder, nn.Flatten())
        elif shape is None:
            encoder = dense(n_inputs, self.latent_dim, self.hidden_sizes)
            decoder = dense(self.latent_dim, n_inputs, self.hidden_sizes[::-1])
        else:
            encoder = convolutional_encoder(shape, self.latent_dim, self.channels)
            decoder = convolutional_decoder(shape, self.latent_dim, self.channels)
        return Autoencoder(encoder, decoder, self.latent_dim, self.noise_std, self.code)

    def _check_networks(self, module, rows):
        """Raise before training if networks of the caller return the wrong shapes."""
        if self.encoder is None:
            return
        module.eval()  # batch normalisation in training mode would change its running statistics
        with torch.inference_mode():
            codes = module.encoder(rows)
            if codes.shape != (len(rows), self.latent_dim):
                raise ValueError(
                    f"Expected encoder to return shape ({len(rows)}, latent_dim={self.latent_dim}) for {len(rows)} "
                    f"rows, got {tuple(codes.shape)}."
                )
            rebuilt = module.decoder(codes)
        if rebuilt.shape != rows.shape:
            raise ValueError(
                f"Expected decoder to return what the encoder takes, {tuple(rows.shape)} once flattened, got "
                f"{tuple(rebuilt.shape)}."
            )
        module.train()

    def _image_shape(self, n_features):
        """Return (channels, height, width), or None if rows are not images."""
        return checked_image_shape(self._image_shapes["x"], n_features, "image_shape", "X")
