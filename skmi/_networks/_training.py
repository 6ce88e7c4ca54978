"""The training loop of skorch, with early stopping, a schedule, and warnings about bad training."""

from dataclasses import dataclass

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, GradientNormClipping, LRScheduler
from skorch.helper import predefined_split
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader

from ._batches import as_batch
from ._callbacks import RISING, AveragedWeights, Deadline, EpochBar, PatientStopping
from ._diagnosis import check_finished, check_learned
from ._inputs import for_inference

_VALIDATED_AT_ONCE = 4096  # validation rows per batch


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained.

    Parameters
    ----------
    max_epochs, batch_size, patience : int
    learning_rate : float
        Largest learning rate of the one-cycle schedule, or the constant one.
    device : torch.device
    verbose : int
        If positive, show a progress bar.
    name : str
        Text before the progress bar.
    schedule : {"one-cycle", "constant"}, default="one-cycle"
        Schedule of the learning rate.
    patient : bool, default=False
        Whether epochs in which the one-cycle learning rate rises do not count against ``patience``. For networks that
        start well, because high rates make them worse at first.
    baseline : float or None, default=None
        Warn if the validation loss is not lower than this; None does not check.
    unfinished : str, default="loss was still falling"
        Start of the warning that more epochs would have helped.
    max_norm : float or None, default=None
        Gradients with a larger norm are clipped to it.
    averaged : bool, default=False
        Whether weights are averaged over batches.
    """

    max_epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    device: torch.device
    verbose: int
    name: str
    schedule: str = "one-cycle"
    patient: bool = False
    baseline: float | None = None
    unfinished: str = "loss was still falling"
    max_norm: float | None = None
    averaged: bool = False


def train(module, criterion, data, valid, options):
    """Train a module by skorch with early stopping that restores the best weights.

    If the user interrupts it after the first epoch, it keeps the best weights so far and warns.

    Parameters
    ----------
    module : torch.nn.Module
        Called with the inputs of ``data``.
    criterion : torch.nn.Module
        Called with the module's output and the targets.
    data, valid : BatchedRows
        Training rows, and the validation rows of early stopping.
    options : TrainingOptions

    Returns
    -------
    net : skorch.NeuralNet
        Fitted; its module holds the best weights and is in evaluation mode.
    """
    # PyTorch does not accept NumPy integers.
    max_epochs, batch_size = int(options.max_epochs), min(int(options.batch_size), len(data))
    net = NeuralNet(
        module,
        criterion,
        optimizer=torch.optim.AdamW,
        lr=options.learning_rate,
        max_epochs=max_epochs,
        batch_size=batch_size,
        iterator_train=DataLoader,
        iterator_train__shuffle=True,
        iterator_train__drop_last=True,  # a last batch of one row would break batch normalisation
        iterator_train__collate_fn=as_batch,
        iterator_valid__batch_size=_equal_parts(len(valid)),
        iterator_valid__collate_fn=as_batch,
        train_split=predefined_split(valid),
        callbacks=_callbacks(options, max_epochs * (len(data) // batch_size)),
        device=options.device,
        verbose=0,
    )
    try:
        net.fit(data, y=None)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if "out of memory" not in str(error).lower():
            raise
        raise torch.OutOfMemoryError(
            f"Training needs more memory than {options.device} has free. Lower batch_size (now {batch_size}), "
            "validation_fraction (up to 4096 validation rows are evaluated at once) or the widths of the layers, or "
            'train with device="cpu".'
        ) from error
    net.train_split = None  # it holds the validation rows, which would go into every pickle
    _forget_training(net)
    for_inference(net.module_.eval())
    check_finished(net, options.patience, options.unfinished)
    check_learned(net, options.baseline)
    return net


def _forget_training(net):
    """Free gradients, moments of the optimiser and the copy of the best weights, which pickles would hold too."""
    net.module_.zero_grad(set_to_none=True)
    net.optimizer_.state.clear()
    dict(net.callbacks_)["early_stopping"].best_model_weights_ = None


def _callbacks(options, n_steps):
    """Return the callbacks for a training of ``n_steps`` batches, by name, in calling order."""
    callbacks = [("deadline", Deadline())]
    if options.schedule == "one-cycle":
        cycle = {"max_lr": options.learning_rate, "total_steps": n_steps, "pct_start": RISING}
        callbacks.append(("rate", LRScheduler(OneCycleLR, step_every="batch", **cycle)))
    stopping = PatientStopping if options.patient else EarlyStopping
    callbacks.append(("early_stopping", stopping(patience=options.patience, load_best=True, sink=_silent)))
    if options.averaged:
        callbacks.append(("average", AveragedWeights()))
    if options.max_norm is not None:
        callbacks.append(("clipping", GradientNormClipping(options.max_norm)))
    if options.verbose > 0:
        callbacks.append(("bar", EpochBar(options.name)))
    return callbacks


def _equal_parts(n_rows):
    """Return the batch size that splits rows into nearly equal parts of at most 4096.

    A last part of one row would have no unpaired rows.
    """
    # -(-a // b) is a / b rounded up.
    return -(-n_rows // -(-n_rows // _VALIDATED_AT_ONCE))


def trained_already(module, weights, device):
    """Return a skorch net around a module with the given weights, arrays by name, that needs no training."""
    weights = {name: torch.as_tensor(value) for name, value in weights.items()}
    if any(value.dtype == torch.float64 for value in weights.values()) and device.type != "mps":
        module = module.double()
    module.load_state_dict(weights)
    net = NeuralNet(module, torch.nn.MSELoss, device=device, verbose=0).initialize()
    net.module_.eval()
    return net


def _silent(*args, **kwargs):
    """Discard the messages of a callback."""


def history_of(net):
    """Return the learning curve as arrays: ``train_loss`` and ``valid_loss``, each of shape (n_epochs,)."""
    return {key: np.array(net.history[:, key]) for key in ("train_loss", "valid_loss")}
