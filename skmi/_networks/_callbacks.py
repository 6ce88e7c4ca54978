"""Callbacks of skorch."""

import time
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy

from skorch.callbacks import Callback, EarlyStopping
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm

# When training has to stop, by time.monotonic(); of one thread, as a context variable is.
_DEADLINE = ContextVar("deadline", default=None)
RISING = 0.3  # share of the epochs in which the one-cycle learning rate rises


class PatientStopping(EarlyStopping):
    """Early stopping that does not count epochs in which the one-cycle learning rate rises."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) <= RISING * net.max_epochs:
            self.misses_ = -1  # the parent adds 1 for an epoch without improvement
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


class AveragedWeights(Callback):
    """Validation, early stopping and the result use a moving average of the weights over batches.

    To be called after early stopping, which keeps the weights that were validated.

    Parameters
    ----------
    decay : float, default=0.995
        Weight of the average at each batch.
    """

    def __init__(self, decay=0.995):
        self.decay = decay

    def on_train_begin(self, net, **kwargs):
        self.average_ = AveragedModel(net.module_, multi_avg_fn=get_ema_multi_avg_fn(self.decay))
        self.trained_ = None

    def on_batch_begin(self, net, training=False, **kwargs):
        if not training and self.trained_ is None:
            self.trained_ = deepcopy(net.module_.state_dict())
            # Buffers, which are no weights, stay as they are.
            averages = dict(self.average_.module.named_parameters())
            net.module_.load_state_dict({**self.trained_, **averages})

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.average_.update_parameters(net.module_)

    def on_epoch_end(self, net, **kwargs):
        if self.trained_ is not None:
            net.module_.load_state_dict(self.trained_)
            self.trained_ = None

    def on_train_end(self, net, **kwargs):
        self.average_ = self.trained_ = None  # no part of the result


@contextmanager
def training_until(deadline):
    """Stop every training inside, as if it were interrupted, when ``time.monotonic()`` passes the deadline."""
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


class Deadline(Callback):
    """Stops training at the deadline of :func:`training_until`."""

    def on_batch_end(self, net, training=False, **kwargs):
        deadline = _DEADLINE.get()
        if training and deadline is not None and time.monotonic() > deadline:
            raise KeyboardInterrupt
