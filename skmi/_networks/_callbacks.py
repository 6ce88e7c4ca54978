"""Callbacks of skorch."""

from skorch.callbacks import Callback, EarlyStopping
from tqdm.auto import tqdm

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
