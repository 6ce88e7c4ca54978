"""The contrastive compressor: codes of X and y that recognise one another."""

from numbers import Real
from typing import NamedTuple

import numpy as np
import torch
from skorch import NeuralNet

from .._networks import RISING, history_of
from .._sklearn import Interval, StrOptions
from ..exceptions import InterruptedWarning, issue, kept_warnings, warn
from ._pair_networks import ContrastLoss, PairRows, RefinerNet, contrast
from ._paired import PairedCompressor, canonical_axes, weigh_pairs

_LIGHTER = 0.01  # share of the weight of reconstruction that a second training has
_SLACK = 0.1  # nats by which codes may fall behind their linear start
_COMPARED = 2000  # watched rows that both are compared on
# Few weights: large batches tell more, and steps may be long.
_REFINING = {"batch_size": 1000, "learning_rate": 5e-3, "patient": True}


class ContrastiveCompressor(PairedCompressor):
    r"""Compress X and y to codes that tell paired rows from unpaired ones.

    Two networks are trained together so that the codes of a pair lie close and those of unrelated rows do not. What X
    and y share decides what is kept, not what is large in either: nuisances fall out. Each encoder is a linear map,
    started at canonical correlation analysis, plus a network that corrects it; a decoder for each side keeps fine
    detail that telling pairs apart does not need; a last small network sets how far apart codes lie, which is what
    nearest neighbours go by. It learns from pairs, so estimate on other rows than those it was fitted on, as
    :class:`~skmi.CompressedMI` does: on its own rows noise reads as information.

    Parameters
    ----------
    latent_dim : int, default=2
        Number of codes of each side. A side with no more columns than that is returned as it is.
    image_shape, y_image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of X, and of y, where they are images passed as flattened
        rows. The encoder of such a side is convolutional and sees the pixels.
    max_shift : int, default=0
        Pixels by which images are moved at random in training, where that does not change what they tell.
    hidden_sizes : tuple of int, default=(256, 128, 128)
        Widths of the dense networks' layers.
    channels : tuple of int, default=(16, 32)
        Channels of the convolutional encoders' blocks, each of which halves the sides.
    n_components : int, default=64
        Principal components of the rows that dense networks see, whitened, at most as many as the data have.
    marginals : {"auto", "standardize", "normal"}, default="auto"
        What happens to columns before that: nothing, as whitening sees to it, or normal scores by rank. "auto" takes
        that whose canonical pairs tell more on the rows on which training is watched, and no scores where a tenth of
        the values are repeated, such as black in images: scores jump there.
    critic : {"distance", "cosine"}, default="distance"
        What codes are compared by. Distances suit pairs that vary with one another; the cosine, which is bounded and
        so bears many mismatched pairs, suits pairs that share a class.
    linear_start : bool, default=True
        Whether the encoders contain a linear map that starts at canonical correlation analysis, of as many of the
        leading principal components as tell most on the rows on which training is watched. Not where a side is images.
    contrastive_weight : float, default=1.0
        Weight of the InfoNCE loss. At 0 each code is only asked to reconstruct its own side.
    reconstruction_weight : float, default=100.0
        Weight of the share of each side's variance that its code does not reconstruct, to which it rises from a
        hundredth of it in the first 30 % of ``max_epochs``. At 0 codes are only asked to recognise one another, which
        leaves them coarse above about 4 nats. Where codes tell less of the watched rows than the linear start does, as
        among nuisances at high information, training is done again with a hundredth of it. Not with labels.
    refine : bool, default=True
        Whether a small network on the codes of each side is trained last, by the InfoNCE loss alone. Not with labels
        or the cosine, which leave distances as they are.
    dropout : float, default=0.0
        Share of the encoders' hidden units left out at each step.
    max_epochs : int, default=100
        Most passes over the training rows.
    batch_size : int, default=256
        Pairs compared with one another at each step.
    learning_rate : float, default=0.02
        Largest rate of the one-cycle schedule.
    patience : int, default=20
        Epochs without a better held-out loss after which training stops, once the learning rate is past its peak.
    validation_fraction : float, default=0.2
        Share of the rows on which training is watched.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        Which columns of y are discrete. "auto" goes by dtype: strings, categories and booleans are, and integers that
        take few values. If all are, y is taken as labels.
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
        ``"train_loss"`` and ``"valid_loss"`` of each epoch; the former has all terms, the latter only that which
        training stops by, minus the held-out InfoNCE plus the log of the rows compared. Those of the last network are
        ``"refine_train_loss"`` and ``"refine_valid_loss"``.
    classes_ : ndarray of shape (n_classes,) or (n_classes, n_targets), or None
        Labels of y, where all its columns are discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    AutoencoderCompressor : Looks at one side alone.
    CanonicalCompressor : The linear baseline.
    CrossPredictiveCompressor : Codes that predict the other side.

    Notes
    -----
    With codes f(x) and g(y) of unit variance, the log ratio of densities is modelled as the negative sum of
    :math:`\tau_i (f_i(x) - g_i(y))^2`, up to functions of x or y alone, and the symmetric InfoNCE of a batch is
    maximised over the networks and tau. Normal codes whose pairs are correlated by rho have that log ratio with
    :math:`\tau = \rho / (2 - 2 \rho^2)`, which is where tau starts, within 0.1 and 10. A code with nothing to tell gets
    a small tau and is left to reconstruction. After training the codes of each side are whitened and rotated to their
    canonical pairs, unless they are compared by cosine.
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
    >>> compressor = ContrastiveCompressor(2, max_epochs=60, random_state=0).fit(X, y)
    >>> x_codes, y_codes = compressor.transform(X, y)
    >>> x_codes.shape, y_codes.shape
    ((1000, 2), (1000, 2))
    """

    _parameter_constraints = {
        **PairedCompressor._parameter_constraints,
        "critic": [StrOptions({"distance", "cosine"})],
        "linear_start": ["boolean"],
        "contrastive_weight": [Interval(Real, 0, None, closed="left")],
        "reconstruction_weight": [Interval(Real, 0, None, closed="left")],
        "refine": ["boolean"],
    }

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
        marginals="auto",
        critic="distance",
        linear_start=True,
        contrastive_weight=1.0,
        reconstruction_weight=100.0,
        refine=True,
        dropout=0.0,
        max_epochs=100,
        batch_size=256,
        learning_rate=0.02,
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
        self.critic = critic
        self.linear_start = linear_start
        self.contrastive_weight = contrastive_weight
        self.reconstruction_weight = reconstruction_weight
        self.refine = refine
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

    @property
    def _ways(self):
        # Labels have no fine detail for reconstruction to keep.
        return ("x_to_x", "y_to_y") if self.reconstruction_weight > 0 and self.classes_ is None else ()

    @property
    def _starts_linear(self):
        return self.linear_start

    @property
    def _scales_each(self):
        return self.critic == "distance"

    @property
    def _whitens(self):
        return self.critic == "distance"

    @property
    def _refines(self):
        return self.refine and self.critic == "distance" and self.contrastive_weight > 0

    def _fit_networks(self, data, valid):
        if self.contrastive_weight == 0 and not self._ways:
            raise ValueError(
                "Expected a positive contrastive_weight or reconstruction_weight, and the former with labels, got "
                f"{self.contrastive_weight} and {self.reconstruction_weight}."
            )
        attempts = [self._attempt(data, valid, self.reconstruction_weight)]
        if self._fell_behind(attempts[0].told, data, valid) and not getattr(self.net_, "interrupted_", False):
            try:
                attempts.append(self._attempt(data, valid, _LIGHTER * self.reconstruction_weight))
            except KeyboardInterrupt:
                attempts[0].net.interrupted_ = True
                message = "Training was interrupted when it was done again. What came of the first is kept."
                warn(message, InterruptedWarning)
        kept = max(attempts, key=lambda attempt: attempt.told)
        self.net_, self.history_ = kept.net, kept.history
        issue(kept.warnings)

    def _attempt(self, data, valid, reconstruction_weight):
        """Train with some weight of reconstruction."""
        shares = {side: rotation.weights for side, rotation in self._rotations.items()}
        n_rising = int(RISING * self.max_epochs * (len(data) // min(self.batch_size, len(data))))
        loss = ContrastLoss(self.critic, self.contrastive_weight, reconstruction_weight, shares, n_rising)
        with kept_warnings() as warnings:
            self._train(self._module(), loss, data, valid, "contrastive", patient=True)
            if self.net_.module_.refiners and not getattr(self.net_, "interrupted_", False):
                self._refine(data, valid)
        told = 0.0
        if self._may_fall_behind:
            told = _told(*([self._encode("encode", *side) for side in _sides(part)] for part in (data, valid)))
        return _Attempt(told, self.net_, self.history_, warnings)

    @property
    def _may_fall_behind(self):
        """Whether there is a linear start, and reconstruction to pull codes away from it."""
        codes_are_compared = self.critic == "distance" and self.contrastive_weight > 0
        return bool(codes_are_compared and self._starts_linear and self._ways and "start_y" in self._arrays)

    def _fell_behind(self, told, data, valid):
        """Whether codes tell less than those of the linear start, as where nuisances outnumber the codes.

        Whatever little they help to reconstruct those costs more than contrast can see where information is high.
        """
        if not self._may_fall_behind:
            return False
        codes = ([rows @ self._arrays[f"start_{side}"] for side, rows in _sides(part)] for part in (data, valid))
        return told < _told(*codes) - _SLACK

    def _refine(self, data, valid):
        """Train the small networks on the codes."""
        whole, history = self.net_, self.history_
        codes = [
            PairRows(*(torch.as_tensor(self._encode("coarse", *side)).float() for side in _sides(part)))
            for part in (data, valid)
        ]
        loss = ContrastLoss(self.critic)
        try:
            self._train(RefinerNet(whole.module_.float()), loss, *codes, "refining", **_REFINING)
            history |= {f"refine_{key}": values for key, values in history_of(self.net_).items()}
        except KeyboardInterrupt:
            # Before its first epoch the last network leaves codes as they are, so what came before is not lost.
            message = "Training was interrupted before the codes were refined. They are kept as they are."
            warn(message, InterruptedWarning)
            whole.module_.eval()
            whole.interrupted_ = True
        else:
            whole.interrupted_ = getattr(whole, "interrupted_", False) or getattr(self.net_, "interrupted_", False)
        self.net_, self.history_ = whole, history


class _Attempt(NamedTuple):
    """One training: what its codes tell of watched rows, in nats, and what came of it."""

    told: float
    net: NeuralNet
    history: dict
    warnings: list


def _sides(part):
    """Return the names and the arrays of both sides of rows."""
    return zip("xy", (part.inputs.numpy(), part.targets.numpy()), strict=True)


def _told(training, watched):
    """Return what codes of watched rows tell, in nats: InfoNCE, as if canonical pairs of training rows were normal."""
    axes = canonical_axes(*(codes - codes.mean(axis=0) for codes in training))
    a, b = ((codes[:_COMPARED] @ turn) for codes, turn in zip(watched, axes, strict=True))
    a, b = (codes - codes.mean(axis=0) for codes in (a, b))
    _, tau = weigh_pairs(a, b)
    a, b = (torch.as_tensor(codes / np.maximum(codes.std(axis=0), 1e-300)) for codes in (a, b))
    return float(np.log(len(a)) - contrast(a, b, torch.as_tensor(tau), "distance"))
