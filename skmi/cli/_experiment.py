"""A noisy classifier of images, its recording and its plane: what ``skmi information-plane`` runs."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn
from tqdm.auto import tqdm

from ..datasets import fetch_fashion_mnist, fetch_mnist
from ..information_plane import GaussianNoise, InformationPlane, InformationPlaneRecorder, information_plane

_ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}
_MAX_ROWS = 10_000, 2000  # at most, for training and for evaluation
_EVALUATED = 0.4  # share of the rows, at most


@dataclass(frozen=True)
class ExperimentResult:
    """A trained network's plane.

    Attributes
    ----------
    plane : InformationPlane
        The table.
    accuracy : float
        Share of the evaluation rows that the noisy network labels right after training.
    n_training, n_evaluation : int
        Rows.
    """

    plane: InformationPlane
    accuracy: float
    n_training: int
    n_evaluation: int


def load_images(name):
    """Return images of shape (n, 1, side, side) with values from 0 to 1, and labels."""
    if name == "digits":
        images, labels = load_digits(return_X_y=True)
        side, most = 8, 16
    else:
        images, labels = {"mnist": fetch_mnist, "fashion-mnist": fetch_fashion_mnist}[name](return_X_y=True)
        side, most = 28, 255
    return (images.reshape(-1, 1, side, side) / most).astype(np.float32), labels.astype(np.int64)


def dense_network(image_shape, widths, n_classes, activation, noise, relative=False):
    """Return a network of dense layers, each with an activation and noise behind it."""
    sizes = [int(np.prod(image_shape)), *widths]
    network = nn.Sequential()
    network.add_module("flatten", nn.Flatten())
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        block = nn.Linear(n_in, n_out), _ACTIVATIONS[activation](), GaussianNoise(noise, relative)
        network.add_module(f"dense{i}", nn.Sequential(*block))
    network.add_module("output", nn.Linear(sizes[-1], n_classes))
    return network


def recorded_epochs(max_epochs, n_points):
    """Return about so many epochs, dense in the beginning, with the last one."""
    return sorted({round(e) for e in np.geomspace(1, max_epochs, n_points)} | {max_epochs})


class _Bar(Callback):
    """A bar over epochs."""

    def __init__(self, total, disable):
        self.total = total
        self.disable = disable

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(total=self.total, desc="training", unit="epoch", disable=self.disable)

    def on_epoch_end(self, net, **kwargs):
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()


def run_experiment(
    network,
    images,
    labels,
    layers,
    *,
    max_epochs=100,
    epochs=None,
    learning_rate=1e-3,
    batch_size=64,
    optimizer=torch.optim.Adam,
    shuffle_labels=False,
    n_noise_draws=16,
    folder=None,
    plane=None,
    random_state=0,
    verbose=False,
):
    """Train a network on one part of the images, record it on the other, and estimate its plane.

    Parameters
    ----------
    network : callable
        Returns an untrained network; called under the seed.
    images, labels : ndarray
        All of them.
    layers : list of str
        Layers to record.
    max_epochs, learning_rate, batch_size, optimizer
        Training.
    epochs : list of int or None
        Epochs to record; None is about 15 of them.
    shuffle_labels : bool
        Whether labels are shuffled: nothing is left to learn but by heart.
    n_noise_draws, folder
        Of the recorder.
    plane : dict or None
        Options of :func:`information_plane`.
    random_state : int
        Cuts the rows, and seeds network, training and noise.
    verbose : bool
        Whether to show progress bars.

    Returns
    -------
    result : ExperimentResult
        Plane and accuracy.
    """
    rng = np.random.RandomState(random_state)
    order = rng.permutation(len(images))
    if shuffle_labels:
        labels = labels[rng.permutation(len(labels))]
    n_evaluation = min(_MAX_ROWS[1], int(_EVALUATED * len(images)))
    n_training = min(_MAX_ROWS[0], len(images) - n_evaluation)
    evaluation, training = order[:n_evaluation], order[n_evaluation : n_evaluation + n_training]
    every = recorded_epochs(max_epochs, 15) if epochs is None else epochs
    recorder = InformationPlaneRecorder(
        images[evaluation],
        labels[evaluation],
        layers,
        every=every,
        n_noise_draws=n_noise_draws,
        seed=random_state,
        folder=folder,
    )
    with torch.random.fork_rng():
        torch.manual_seed(random_state)
        net = NeuralNetClassifier(
            network(),
            criterion=nn.CrossEntropyLoss,
            optimizer=optimizer,
            lr=learning_rate,
            max_epochs=max_epochs,
            batch_size=batch_size,
            iterator_train__shuffle=True,
            iterator_valid__batch_size=1024,
            train_split=None,
            callbacks=[recorder, _Bar(max_epochs, not verbose)],
            callbacks__print_log=None,
            verbose=0,
        )
        net.fit(images[training], labels[training])
        if len(net.history) < max_epochs:  # skorch swallows it
            raise KeyboardInterrupt
        accuracy = float(net.score(images[evaluation], labels[evaluation]))
    table = information_plane(recorder.recording_, **({"verbose": verbose} | (plane or {})))
    return ExperimentResult(table, accuracy, n_training, n_evaluation)
