"""Networks, their inputs and the training loop; importing it loads torch."""

from ._batches import PreparedRows, TensorRows, Unlabelled, selected
from ._callbacks import RISING, training_until
from ._device import reproducible, resolve_device, seeded_cards
from ._inputs import Rotation, in_passes, split
from ._modules import (
    Autoencoder,
    Residual,
    checked_image_shape,
    convolutional_decoder,
    convolutional_encoder,
    dense,
    shifted,
)
from ._training import TrainingOptions, history_of, train, trained_already

__all__ = [
    "RISING",
    "Autoencoder",
    "PreparedRows",
    "Residual",
    "Rotation",
    "TensorRows",
    "TrainingOptions",
    "Unlabelled",
    "checked_image_shape",
    "convolutional_decoder",
    "convolutional_encoder",
    "dense",
    "history_of",
    "in_passes",
    "reproducible",
    "resolve_device",
    "seeded_cards",
    "selected",
    "shifted",
    "split",
    "train",
    "trained_already",
    "training_until",
]
