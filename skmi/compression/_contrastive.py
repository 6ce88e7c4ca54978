"""The paired compressor: codes of X and y that recognise one another."""

from numbers import Integral, Real

import numpy as np
import torch
from scipy.linalg import svd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from .._kinds import as_labels
from .._sklearn import ClassNamePrefixFeaturesOutMixin, Interval, _fit_context
from .._training import TensorRows, history_of, reproducible, resolve_device, train
from ._networks import Residual, dense
from ._rows import Rotation, for_inference, in_passes, split

_MIN_SAMPLES = 4
_RANK_TOLERANCE = 1e-10


class ContrastiveCompressor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Compress X and y to codes that tell paired rows from unpaired ones.

    Two networks are trained together so that the codes of a pair lie close and those of unrelated rows do not. What X
    and y share decides what is kept, not what is large in either: nuisances fall out. Each encoder is a linear map,
    started at canonical correlation analysis, plus a network that corrects it; a decoder for each side keeps fine
    detail that telling pairs apart does not need. It learns from pairs, so estimate on other rows than those it was
    fitted on, as :class:`~skmi.CompressedMI` does: on its own rows noise reads as information.

    Parameters
    ----------
    latent_dim : int, default=2
        Number of codes of each side. A side with no more columns than that is returned as it is.
    hidden_sizes : tuple of int, default=(128, 128)
        Widths of the networks' layers.
    n_components : int, default=64
        Principal components of the rows that the networks see, whitened, at most as many as the data have.
    linear_start : bool, default=True
        Whether the encoders contain a linear map that starts at canonical correlation analysis.
    contrastive_weight : float, default=1.0
        Weight of the InfoNCE loss. At 0 each code is only asked to reconstruct its own side.
    reconstruction_weight : float, default=10.0
        Weight of the share of each side's variance that its code does not reconstruct. At 0 codes are only asked to
        recognise one another, which leaves them coarse above about 4 nats.
    dropout : float, default=0.1
        Share of the hidden units left out at each step.
    max_epochs : int, default=100
        Most passes over the training rows.
    batch_size : int, default=512
        Pairs compared with one another at each step.
    learning_rate : float, default=2e-3
        Largest rate of the one-cycle schedule.
    patience : int, default=20
        Epochs without a better held-out loss after which training stops.
    validation_fraction : float, default=0.2
        Share of the rows on which training is watched.
    device : str, default="auto"
        "cpu", "cuda", "mps", ...; "auto" takes an accelerator where there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of the weights, the split and the batches.
    verbose : int, default=0
        Positive: a progress bar.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        Trained networks.
    history_ : dict of ndarray
        ``train_loss`` and ``valid_loss`` of each epoch; the former has all terms, the latter only that which training
        stops by, minus the held-out InfoNCE plus the log of the rows compared.
    classes_ : ndarray or None
        Labels of y, where y holds labels.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    AutoencoderCompressor : Looks at one side alone.
    CanonicalCompressor : The linear baseline.

    Notes
    -----
    With codes f(x) and g(y) of unit variance, the log ratio of densities is modelled as the negative squared distance
    between them times a number tau, up to functions of x or y alone, and the symmetric InfoNCE of a batch is maximised
    over the networks and tau. After training the codes of each side are whitened and rotated to their canonical pairs.
    If y holds labels, the network of X is trained by cross-entropy to name them, and ``transform`` returns y as it is.

    References
    ----------
    van den Oord, Li, Vinyals (2018). "Representation Learning with Contrastive Predictive Coding". arXiv:1807.03748.

    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import KSG, CompressedMI, ContrastiveCompressor
    >>> from skmi.datasets import blob_images
    >>> X, y = blob_images(mi=2.0).sample(1000, random_state=0)
    >>> compressor = ContrastiveCompressor(2, max_epochs=20, random_state=0).fit(X, y)
    >>> x_codes, y_codes = compressor.transform(X, y)
    >>> x_codes.shape, y_codes.shape
    ((1000, 2), (1000, 2))
    """

    _parameter_constraints = {
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_sizes": ["array-like"],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "linear_start": ["boolean"],
        "contrastive_weight": [Interval(Real, 0, None, closed="left")],
        "reconstruction_weight": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
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
        hidden_sizes=(128, 128),
        n_components=64,
        linear_start=True,
        contrastive_weight=1.0,
        reconstruction_weight=10.0,
        dropout=0.1,
        max_epochs=100,
        batch_size=512,
        learning_rate=2e-3,
        patience=20,
        validation_fraction=0.2,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.latent_dim = latent_dim
        self.hidden_sizes = hidden_sizes
        self.n_components = n_components
        self.linear_start = linear_start
        self.contrastive_weight = contrastive_weight
        self.reconstruction_weight = reconstruction_weight
        self.dropout = dropout
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train the networks on pairs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable, or labels.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        validate_data(self, X, y, skip_check_array=True)
        X = check_array(X, dtype=np.float64, input_name="X", ensure_min_samples=_MIN_SAMPLES)
        self.classes_, codes = as_labels(y)
        y = self._y_columns(y)
        check_consistent_length(X, y)
        if self.contrastive_weight == 0 and self.reconstruction_weight == 0:
            raise ValueError("Expected a positive contrastive_weight or reconstruction_weight, got 0 for both.")
        random_state = check_random_state(self.random_state)
        training, watched, seed = split(len(X), self.validation_fraction, random_state)
        device = resolve_device(self.device)
        with reproducible(seed, device):
            self._x_rotation = Rotation(X, self.n_components, True)
            x = self._x_rotation(X)
            if self.classes_ is None:
                self._y_rotation = Rotation(y, self.n_components, True)
                y = self._y_rotation(y)
            starts = self._starts(x[training], y[training])
            inputs = torch.as_tensor(x, dtype=torch.float32)
            targets = torch.as_tensor(codes) if self.classes_ is not None else torch.as_tensor(y, dtype=torch.float32)
            module, criterion = self._module(x, y, starts)
            data, valid = (_Pairs(inputs[rows], targets[rows]) for rows in (training, watched))
            self.net_ = train(
                module,
                criterion,
                data,
                valid,
                max_epochs=self.max_epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                patience=self.patience,
                device=device,
                verbose=self.verbose > 0,
                name="contrastive",
            )
        self.history_ = history_of(self.net_)
        self._as_it_is = X.shape[1] <= self.latent_dim, self.classes_ is not None or y.shape[1] <= self.latent_dim
        self._n_features_out = X.shape[1] if self._as_it_is[0] else self.latent_dim
        self._turn(x, None if self.classes_ is not None else y)
        return self

    def transform(self, X, y=None):
        """Return the codes of the rows of X, or of both variables.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets) or None, default=None
            Second variable.

        Returns
        -------
        codes : ndarray of shape (n_samples, latent_dim), or a tuple of two
            Codes of X, and of y if it was passed. A side with no more columns than ``latent_dim``, and labels, are
            returned as they are.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        x_codes = X if self._as_it_is[0] else self._encode("x", self._x_rotation(X)) @ self._x_turn
        if y is None:
            return x_codes
        if self._as_it_is[1]:
            return x_codes, np.asarray(y)
        return x_codes, self._encode("y", self._y_rotation(self._y_columns(y))) @ self._y_turn

    def _y_columns(self, y):
        if self.classes_ is not None:
            return np.asarray(y)
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        return y.reshape(len(y), -1)

    def _encode(self, side, rows):
        module = for_inference(self.net_.module_)
        return in_passes(lambda batch: module.encode(side, batch), rows, next(module.parameters()))

    def _starts(self, x, y):
        """Return the linear maps that the encoders start from."""
        if not self.linear_start:
            return None, None
        if self.classes_ is not None:
            y = (np.asarray(y).reshape(-1, 1) == self.classes_[1:]).astype(float)
        left, _, right = svd(x.T @ (y - y.mean(axis=0)) / len(x), full_matrices=False)
        return _filled(left, self.latent_dim), _filled(right.T, self.latent_dim)

    def _module(self, x, y, starts):
        sizes, dropout = tuple(self.hidden_sizes), self.dropout
        encoders = {"x": Residual(x.shape[1], self.latent_dim, sizes, dropout, starts[0])}
        decoders = {}
        if self.reconstruction_weight > 0:
            decoders["x"] = dense(self.latent_dim, x.shape[1], sizes[::-1])
        if self.classes_ is not None:
            head = nn.Linear(self.latent_dim, len(self.classes_))
            return _PairNet(encoders, decoders, head), _LabelLoss(self, self._x_rotation)
        encoders["y"] = Residual(y.shape[1], self.latent_dim, sizes, dropout, starts[1])
        if self.reconstruction_weight > 0:
            decoders["y"] = dense(self.latent_dim, y.shape[1], sizes[::-1])
        return _PairNet(encoders, decoders, None), _PairLoss(self, self._x_rotation, self._y_rotation)

    def _turn(self, x, y):
        """Learn the linear maps that whiten the codes of each side and align them with those of the other."""
        a = self._encode("x", x)
        white_a = _whitening(a)
        self._x_turn = white_a
        if y is None:
            return
        b = self._encode("y", y)
        white_b = _whitening(b)
        left, _, right = svd((a @ white_a).T @ (b @ white_b))
        self._x_turn, self._y_turn = white_a @ left, white_b @ right.T


class _Pairs(TensorRows):
    """Rows of both sides as inputs, since the network needs both; with labels, rows of X and what to name them."""

    def __getitem__(self, index):
        x, y = self.inputs[index], self.targets[index]
        return ({"x": x, "y": y} if y.is_floating_point() else {"x": x}), y


class _PairNet(nn.Module):
    """Encoders and decoders of the sides, and the scale of the critic."""

    def __init__(self, encoders, decoders, head):
        super().__init__()
        self.encoders, self.decoders = nn.ModuleDict(encoders), nn.ModuleDict(decoders)
        scales = {side: nn.BatchNorm1d(net.n_outputs, affine=False) for side, net in encoders.items()}
        self.normalize = nn.ModuleDict(scales)
        self.head = head
        self.log_tau = nn.Parameter(torch.zeros(()))

    def encode(self, side, rows):
        """Return codes of unit variance, shape (batch, latent_dim)."""
        return self.normalize[side](self.encoders[side](rows))

    def forward(self, **sides):
        """Return what the losses need, by name."""
        codes = {side: self.encode(side, rows) for side, rows in sides.items()}
        rebuilt = {side: (decoder(codes[side]), sides[side]) for side, decoder in self.decoders.items()}
        named = self.head(codes["x"]) if self.head is not None else None
        return codes, rebuilt, named, self.log_tau.exp()


class _Loss(nn.Module):
    """Weighted terms in training; in evaluation only the one by which training stops."""

    def __init__(self, compressor, *rotations):
        super().__init__()
        self.contrastive, self.reconstruction = compressor.contrastive_weight, compressor.reconstruction_weight
        # Shares of the variance of the rows before whitening.
        for side, rotation in zip("xy", rotations, strict=False):
            variance = torch.ones(rotation.n_outputs) * torch.as_tensor(rotation.scale**2, dtype=torch.float32)
            self.register_buffer(f"share_{side}", variance / variance.sum())

    def forward(self, output, target):
        """Return the loss of a batch."""
        codes, rebuilt, named, tau = output
        main = self.main(codes, named, tau, target) if self.contrastive > 0 else 0.0
        if not self.training and self.contrastive > 0:
            return main
        unexplained = [
            (((rows - there) ** 2).mean(dim=0) * getattr(self, f"share_{side}")).sum()
            for side, (there, rows) in rebuilt.items()
        ]
        return self.contrastive * main + self.reconstruction * sum(unexplained)


class _PairLoss(_Loss):
    def main(self, codes, named, tau, target):
        """Return symmetric InfoNCE of the distances between codes, as a loss."""
        logits = -tau * torch.cdist(codes["x"], codes["y"]).square()
        own = torch.arange(len(logits), device=logits.device)
        return 0.5 * (nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.T, own))


class _LabelLoss(_Loss):
    def main(self, codes, named, tau, target):
        """Return the cross-entropy of the labels."""
        return nn.functional.cross_entropy(named, target)


def _filled(axes, n_columns):
    """Return the first columns of ``axes``, filled up with zeros."""
    kept = axes[:, :n_columns]
    return np.hstack([kept, np.zeros((len(kept), n_columns - kept.shape[1]))])


def _whitening(codes):
    """Return the matrix that gives codes unit covariance; null directions become zero."""
    values, axes = np.linalg.eigh(np.cov(codes, rowvar=False).reshape(codes.shape[1], -1))
    kept = values > _RANK_TOLERANCE * max(values[-1], 1e-300)
    return axes * np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
