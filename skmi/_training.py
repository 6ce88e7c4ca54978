"""The skorch glue that everything trained shares: batched data, device, seeding, threads, early stopping, progress."""

import contextlib
import threading
from abc import ABC, abstractmethod

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, GradientNormClipping, LRScheduler
from skorch.helper import predefined_split
from threadpoolctl import threadpool_limits
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from ._rows import for_inference
from .exceptions import InterruptedWarning, TrainingWarning, warn

_ONE_AT_A_TIME = threading.RLock()
_WATCHED_AT_ONCE = 4096
RISING = 0.3  # share of the epochs in which the rate of the one-cycle schedule rises
_STILL_FALLING = 0.1  # share of all that the loss fell, in the last tenth of the epochs, from which more would help


class BatchedRows(Dataset, ABC):
    """Rows handed out a batch at a time, by arrays of their numbers: no collating row by row."""

    @abstractmethod
    def __len__(self):
        """Return the number of rows."""

    @abstractmethod
    def __getitem__(self, index):
        """Return inputs and targets of one row or, by a tensor of numbers, of many."""

    def __getitems__(self, indices):
        return self[torch.as_tensor(indices)]


class TensorRows(BatchedRows):
    """Rows of tensors in memory."""

    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class MappedRows(BatchedRows):
    """Rows of an array on disk, of which no more than a batch is in memory; inputs are their own targets."""

    def __init__(self, rows, selection, prepare):
        self.rows, self.selection, self.prepare = rows, selection, prepare

    def __len__(self):
        return len(self.selection)

    def __getitem__(self, index):
        inputs = torch.as_tensor(self.prepare(self.rows[self.selection[index]]), dtype=torch.float32)
        return inputs, inputs


def as_batch(batch):
    """Return the batch as it is: :class:`TensorRows` has collated it already."""
    return batch


class PatientStopping(EarlyStopping):
    """Early stopping that loses no patience while the learning rate of a cycle rises."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) <= RISING * net.max_epochs:
            self.misses_ = -1  # a miss makes it 0
        super().on_epoch_end(net, **kwargs)


class EpochBar(Callback):
    """A tqdm bar over the epochs of a fit, with the validation loss beside it.

    Parameters
    ----------
    description : str
        Text before the bar.
    """

    def __init__(self, description="epochs"):
        self.description = description

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(total=net.max_epochs, desc=self.description, leave=False, unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        self.bar_.set_postfix(loss=f"{net.history[-1].get('valid_loss', net.history[-1]['train_loss']):.4f}")
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()


def resolve_device(device):
    """Return the torch device that ``device`` names; "auto" takes CUDA, then MPS, then the CPU."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@contextlib.contextmanager
def reproducible(seed, device):
    """Seed torch inside, leave the caller's generators and thread count as they were.

    One thread, for torch on the CPU and for NumPy's matrices, because sums over several are rounded differently, and
    the same seed must give the same network in a worker process, which has fewer threads.
    """
    accelerators = [device] if device.type == "cuda" else []
    # The generator and the number of threads belong to the process: fits in several threads take turns.
    with (
        _ONE_AT_A_TIME,
        _restored_threads(),
        torch.random.fork_rng(devices=accelerators),
        threadpool_limits(1, user_api="blas"),
    ):
        torch.manual_seed(seed)
        if device.type == "cpu":
            torch.set_num_threads(1)
        yield


@contextlib.contextmanager
def _restored_threads():
    n_threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def train(
    module,
    criterion,
    data,
    valid,
    *,
    max_epochs,
    batch_size,
    learning_rate,
    patience,
    device,
    verbose,
    name,
    schedule="one-cycle",
    patient=False,
    baseline=None,
    unfinished="loss was still falling",
    max_norm=None,
):
    """Train a module by skorch with early stopping that restores the best weights.

    Interrupted by the user after the first epoch, it keeps the best weights so far and says so.

    Parameters
    ----------
    module : torch.nn.Module
        Called with the inputs of ``data``.
    criterion : torch.nn.Module
        Called with the module's output and the targets.
    data, valid : BatchedRows
        Training rows, and the rows that early stopping watches.
    max_epochs, batch_size, patience : int
    learning_rate : float
        Largest rate of the cycle, or the constant one.
    device : torch.device
    verbose : int
        Positive: a progress bar.
    name : str
        Text before the bar.
    schedule : {"one-cycle", "constant"}, default="one-cycle"
        Of the learning rate.
    patient : bool, default=False
        Whether epochs in which the rate of the cycle rises do not count against ``patience``, as suits networks that
        start well: high rates take them back at first.
    baseline : float or None
        Held-out loss that a network has to beat to have learned anything; None does not ask.
    unfinished : str, default="loss was still falling"
        What to say if more epochs would have helped.
    max_norm : float or None, default=None
        Length to which longer gradients are cut.

    Returns
    -------
    net : skorch.NeuralNet
        Fitted; its module holds the best weights and is in evaluation mode.
    """
    # PyTorch takes NumPy's integers for no integers.
    max_epochs, batch_size = int(max_epochs), min(int(batch_size), len(data))
    stopping = PatientStopping if patient else EarlyStopping
    callbacks = [("early_stopping", stopping(patience=patience, load_best=True, sink=_silent))]
    if schedule == "one-cycle":
        options = {"max_lr": learning_rate, "total_steps": max_epochs * (len(data) // batch_size), "pct_start": RISING}
        cycle = LRScheduler(OneCycleLR, step_every="batch", **options)
        callbacks.insert(0, ("rate", cycle))
    if max_norm is not None:
        callbacks.append(("clipping", GradientNormClipping(max_norm)))
    if verbose > 0:
        callbacks.append(("bar", EpochBar(name)))
    net = NeuralNet(
        module,
        criterion,
        optimizer=torch.optim.AdamW,
        lr=learning_rate,
        max_epochs=max_epochs,
        batch_size=batch_size,
        iterator_train=DataLoader,
        iterator_train__shuffle=True,
        iterator_train__drop_last=True,  # a last batch of one row would break batch normalisation
        iterator_train__collate_fn=as_batch,
        iterator_valid__batch_size=_equal_parts(len(valid)),
        iterator_valid__collate_fn=as_batch,
        train_split=predefined_split(valid),
        callbacks=callbacks,
        device=device,
        verbose=0,
    )
    try:
        net.fit(data, y=None)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if "out of memory" not in str(error).lower():
            raise
        raise torch.OutOfMemoryError(
            f"Training needs more memory than {device} has free. Lower batch_size (now {batch_size}), "
            "validation_fraction, of which up to 4096 rows are looked at in one go, or the widths of the layers, or "
            'train with device="cpu".'
        ) from error
    net.train_split = None  # it holds rows, which would go into every pickle
    for_inference(net.module_.eval())
    _check_finished(net, patience, unfinished)
    _check_learned(net, baseline)
    return net


def _equal_parts(n_rows):
    """Return the rows of parts of at most 4096 and much the same size: a last part of one row has no unpaired rows."""
    return -(-n_rows // -(-n_rows // _WATCHED_AT_ONCE))


def trained_already(module, weights, device):
    """Return a skorch net around a module that takes on the given weights, arrays by name, and needs no training."""
    weights = {name: torch.as_tensor(value) for name, value in weights.items()}
    if any(value.dtype == torch.float64 for value in weights.values()) and device.type != "mps":
        module = module.double()
    module.load_state_dict(weights)
    net = NeuralNet(module, torch.nn.MSELoss, device=device, verbose=0).initialize()
    net.module_.eval()
    return net


def _check_finished(net, patience, unfinished):
    """Warn if training was interrupted or stopped too early; raise if it was interrupted before its first epoch."""
    complete = [row for row in net.history if "valid_loss" in row]
    stopped_early = dict(net.callbacks_)["early_stopping"].misses_ >= patience
    if len(complete) < net.max_epochs and not stopped_early:
        if not complete:
            raise KeyboardInterrupt
        del net.history[len(complete) :]
        net.interrupted_ = True
        best = 1 + int(np.argmin([row["valid_loss"] for row in complete]))
        warn(
            f"Training was interrupted in epoch {len(complete) + 1}. The best weights so far, of epoch {best}, "
            "are kept.",
            InterruptedWarning,
        )
        return
    losses = np.array([row["valid_loss"] for row in complete])
    if not np.isfinite(losses).all():
        return  # spoken of next
    tenth = max(1, len(losses) // 10)
    fall = losses[-2 * tenth : -tenth].mean() - losses[-tenth:].mean() if len(losses) > tenth else 0.0
    # Where the last epochs are not the best, more of them would not have helped.
    best_is_last = np.argmin(losses) >= len(losses) - tenth
    share = fall / max(np.ptp(losses), np.finfo(float).tiny)
    if not stopped_early and best_is_last and share > _STILL_FALLING:
        warn(
            f"The {unfinished} when training stopped after {len(losses)} epochs: the last {tenth} brought {share:.0%} "
            "of all that was learned. Raise max_epochs.",
            TrainingWarning,
        )


def _check_learned(net, baseline):
    """Raise if training diverged at once, warn if it did later, or if the network is no better than knowing nothing."""
    losses = np.array(net.history[:, "valid_loss"])
    finite = np.isfinite(losses)
    if not finite.all():
        diverged = f"Training diverged: the held-out loss was not finite at epoch {int(np.argmin(finite)) + 1}. "
        advice = "Lower learning_rate, or look for extreme values in the data."
        if not finite[0]:
            raise ValueError(diverged + advice)
        warn(f"{diverged}The best weights until then are kept. {advice}", TrainingWarning)
        losses = losses[finite]
    if baseline is not None and losses.min() > baseline > 0:
        warn(
            f"The network learned nothing in {len(losses)} epochs: its held-out loss {losses.min():.3g} is no lower "
            f"than that of a constant, {baseline:.3g}. Raise max_epochs, lower learning_rate, or look for extreme "
            "values.",
            TrainingWarning,
        )


def _silent(*args, **kwargs):
    """Swallow a callback's report."""


def history_of(net):
    """Return the learning curve as arrays: ``train_loss`` and ``valid_loss``, each of shape (n_epochs,)."""
    return {key: np.array(net.history[:, key]) for key in ("train_loss", "valid_loss")}
