"""The contrastive compressor: codes that distinguish pairs of X and y from unpaired rows."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
import torch
from skorch import NeuralNet

from .._networks import RISING, history_of
from .._sklearn import Interval, StrOptions
from ..exceptions import InterruptedWarning, issue, kept_warnings, warn
from ._canonical_pairs import canonical_axes, weigh_pairs
from ._pair_networks import ContrastLoss, PairRows, RefinerNet, contrast
from ._paired import PairedCompressor

_LIGHTER = 0.01  # factor on the weight of reconstruction in a second training
_SLACK = 0.1  # nats by which the estimate from codes may be below that from their linear start
_COMPARED = 2000  # validation rows on which both are estimated
# Refiners have few weights, so that large batches and long steps do not overfit.
_REFINING = {"batch_size": 1000, "learning_rate": 5e-3, "patient": True}


class ContrastiveCompressor(PairedCompressor):
    r"""Compress X and y to codes that distinguish paired rows from unpaired ones.

    Two encoders are trained together so that the codes of a pair are close and those of unpaired rows are not. They
    keep what X and y share, and drop nuisances however large. Each encoder is a linear map, started at canonical
    correlation analysis, plus a network that corrects it. A decoder per side keeps fine detail that the contrast of
    pairs does not need, and a last small network adjusts the distances between codes, which nearest neighbours depend
    on. It learns from pairs, so estimate on other rows than those it was fitted on, as :class:`~skmi.CompressedMI`
    does: on its own rows the estimate would count noise as information.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Number of codes of each side. A side with at most this many columns is returned unchanged. "auto" trains eight
        codes, keeps as many canonical pairs of them as tell most of one another on the validation rows by nearest
        neighbours, and trains so many codes again if that tells more. For labels it is one less than the classes, and
        at most eight.
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
    marginals : {"auto", "standardize", "normal"}, default="auto"
        Scaling of the columns of both sides before that: none, because whitening follows, or normal scores by rank.
        "auto" uses normal scores if they give a higher Gaussian estimate on the validation rows, and never if a tenth
        of the values are repeated, such as black in images: scores jump there.
    critic : {"distance", "cosine"}, default="distance"
        How codes are compared. Use "distance" for pairs that vary continuously with one another, and "cosine" for pairs
        that share a class: it is bounded, so it tolerates many pairs that do not match.
    linear_start : bool, default=True
        Whether the encoders contain a linear map that starts at canonical correlation analysis of the leading principal
        components; their number is the one with the highest Gaussian estimate on the validation rows. Ignored if a
        side has images.
    contrastive_weight : float, default=1.0
        Weight of the InfoNCE loss. With 0, each code only reconstructs its own side.
    reconstruction_weight : float, default=100.0
        Weight of the reconstruction loss (unexplained share of each side's variance). It starts at 1 % of this value
        and reaches it after 30 % of ``max_epochs``. With 0 there is only the contrast of pairs, and codes are coarse
        above about 4 nats. If the codes give a lower estimate on the validation rows than the linear start, as with
        large nuisances at high information, training is repeated with 1 % of this weight. Ignored with labels.
    refine : bool, default=True
        Whether a small network on the codes of each side is trained last, by the InfoNCE loss alone. Ignored with
        labels or ``critic="cosine"``, which do not compare distances.
    dropout : float, default=0.0
        Share of the encoders' hidden units left out at each step.
    max_epochs : int, default=100
        Maximum number of passes over the training rows.
    batch_size : int, default=256
        Pairs compared with one another at each step.
    learning_rate : float, default=0.02
        Largest learning rate of the one-cycle schedule.
    patience : int, default=20
        Epochs without a lower validation loss after which training stops, counted from the peak of the learning rate.
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
        ``"train_loss"`` and ``"valid_loss"`` of each epoch. The former has all terms; the latter is the one for early
        stopping, minus InfoNCE on the validation rows plus the log of the number of rows compared. Those of the last
        network are ``"refine_train_loss"`` and ``"refine_valid_loss"``.
    n_codes_ : int
        Number of codes.
    classes_ : ndarray of shape (n_classes,) or (n_classes, n_targets), or None
        Labels of y, if all its columns are discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    AutoencoderCompressor : Compresses one side without looking at the other.
    CanonicalCompressor : The linear baseline.
    CrossPredictiveCompressor : Codes that predict the other side.

    Notes
    -----
    With codes f(x) and g(y) of unit variance, the log ratio of densities is modelled as the negative sum of
    :math:`\tau_i (f_i(x) - g_i(y))^2`, up to functions of x or y alone, and the symmetric InfoNCE of a batch is
    maximised over the networks and tau. Normal codes whose pairs are correlated by rho have that log ratio with
    :math:`\tau = \rho / (2 - 2 \rho^2)`, where tau starts, between 0.1 and 10. A code without information about
    the other side gets a small tau and is free for reconstruction. After training the codes of each side are whitened
    and rotated to their canonical pairs, unless ``critic="cosine"``.

    If y holds labels, the network of X is trained by cross-entropy to predict them, and ``transform`` returns y
    unchanged.

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
        "latent_dim": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "critic": [StrOptions({"distance", "cosine"})],
        "linear_start": ["boolean"],
        "contrastive_weight": [Interval(Real, 0, None, closed="left")],
        "reconstruction_weight": [Interval(Real, 0, None, closed="left")],
        "refine": ["boolean"],
    }

    def __init__(
        self,
        latent_dim="auto",
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
                "Expected a positive contrastive_weight or reconstruction_weight, and with labels the former; got "
                f"{self.contrastive_weight} and {self.reconstruction_weight}."
            )
        attempts = [self._attempt(data, valid, self.reconstruction_weight)]
        # Reconstruction can pull few codes towards large nuisances; then the lighter weight is tried as well.
        if self._fell_behind(attempts[0].estimate, data, valid) and not getattr(self.net_, "interrupted_", False):
            try:
                attempts.append(self._attempt(data, valid, _LIGHTER * self.reconstruction_weight))
            except KeyboardInterrupt:
                attempts[0].net.interrupted_ = True
                message = "The second training was interrupted. The networks of the first are kept."
                warn(message, InterruptedWarning)
        kept = max(attempts, key=lambda attempt: attempt.estimate)
        self.net_, self.history_ = kept.net, kept.history
        # Warnings of the training that was dropped would mislead.
        issue(kept.warnings)

    def _attempt(self, data, valid, reconstruction_weight):
        """Train with the given weight of reconstruction."""
        shares = {side: rotation.weights for side, rotation in self._rotations.items()}
        # In batches; the last, incomplete batch of each epoch is dropped, hence the floor division.
        n_rising = int(RISING * self.max_epochs * (len(data) // min(self.batch_size, len(data))))
        loss = ContrastLoss(self.critic, self.contrastive_weight, reconstruction_weight, shares, n_rising)
        with kept_warnings() as warnings:
            self._train(self._module(), loss, data, valid, "contrastive", patient=True)
            if self.net_.module_.refiners and not getattr(self.net_, "interrupted_", False):
                self._refine(data, valid)
        estimate = 0.0
        if self._may_fall_behind:
            codes = ([self._encode("encode", *side) for side in _sides(part)] for part in (data, valid))
            estimate = _validation_estimate(*codes)
        return _Attempt(estimate, self.net_, self.history_, warnings)

    @property
    def _may_fall_behind(self):
        """Whether there is a linear start that reconstruction can pull codes away from."""
        codes_are_compared = self.critic == "distance" and self.contrastive_weight > 0
        return bool(codes_are_compared and self._starts_linear and self._ways and "start_y" in self._arrays)

    def _fell_behind(self, estimate, data, valid):
        """Whether codes give a lower estimate than their linear start, as when nuisances outnumber the codes.

        At high information a code that helps to reconstruct nuisances a little loses more nats than InfoNCE, which is
        capped by the log of the batch, shows.
        """
        if not self._may_fall_behind:
            return False
        codes = (
            [rows.numpy() @ self._arrays[f"start_{side}"] for side, rows in _sides(part)] for part in (data, valid)
        )
        return estimate < _validation_estimate(*codes) - _SLACK

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
            # Refiners start close to the identity, so within the first epoch the codes have hardly changed.
            message = "Training was interrupted before the codes were refined. The codes are kept without refinement."
            warn(message, InterruptedWarning)
            whole.module_.eval()
            whole.interrupted_ = True
        else:
            whole.interrupted_ = getattr(whole, "interrupted_", False) or getattr(self.net_, "interrupted_", False)
        self.net_, self.history_ = whole, history


class _Attempt(NamedTuple):
    """Result of one training; ``estimate`` is that from its codes on the validation rows, in nats."""

    estimate: float
    net: NeuralNet
    history: dict
    warnings: list


def _sides(part):
    """Return the names and the inputs of both sides."""
    return zip("xy", (part.inputs, part.targets), strict=True)


def _validation_estimate(training, validation):
    """Return InfoNCE of codes of validation rows, in nats, with the critic that is exact for normal canonical pairs."""
    axes = canonical_axes(*(codes - codes.mean(axis=0) for codes in training))
    a, b = ((codes[:_COMPARED] @ turn) for codes, turn in zip(validation, axes, strict=True))
    a, b = (codes - codes.mean(axis=0) for codes in (a, b))
    _, tau = weigh_pairs(a, b)
    # The critic expects unit variance; the minimum is for codes that do not vary.
    a, b = (torch.as_tensor(codes / np.maximum(codes.std(axis=0), 1e-300)) for codes in (a, b))
    return float(np.log(len(a)) - contrast(a, b, torch.as_tensor(tau), "distance"))
