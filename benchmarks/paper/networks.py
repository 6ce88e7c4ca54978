"""Do the phases of the information plane show in networks that were written without noise?

Two networks for handwritten digits, a residual convolutional network and a small transformer whose tokens are patches
of the image, are defined here without noise; ``with_noise`` adds it. The images of ``skmi.datasets.fetch_mnist`` are
cut into two folds. A network is trained on one fold, and its plane is that of 2000 rows of the other, for each seed.
Estimates are those of KSG on PCA(4) codes, with bounds from the known noise.

Each finished plane is kept in ``--folder``, and a second call goes on where the first stopped. The images are searched
in the folder named by SKMI_DATA.

Run: SKMI_DATA=... python benchmarks/paper/networks.py --folder networks --csv docs/results/networks.csv --figures
docs/figures
"""

import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import t as student
from skorch import NeuralNetClassifier
from torch import nn
from tqdm.auto import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

from skmi.cli._experiment import recorded_epochs
from skmi.datasets import fetch_mnist
from skmi.information_plane import (
    InformationPlane,
    InformationPlaneDisplay,
    InformationPlaneRecorder,
    PlanePoint,
    information_plane,
    with_noise,
)
from skmi.information_plane._findings import phases


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        same = n_in == n_out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(self, images):
        return torch.relu(self.shortcut(images) + self.convolutions(images))


class Residual(nn.Module):
    """A residual network of three blocks."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, 2, padding=1)
        self.block1, self.block2, self.block3 = Block(8, 8, 1), Block(8, 16, 2), Block(16, 32, 2)
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(32))
        self.scores = nn.Linear(32, 10)

    def forward(self, images):
        return self.scores(self.pool(self.block3(self.block2(self.block1(self.stem(images))))))


class Transformer(nn.Module):
    """A transformer encoder of sixteen patches of 7x7 pixels."""

    def __init__(self, width=32):
        super().__init__()
        self.patches = nn.Conv2d(1, width, 7, 7)
        self.positions = nn.Parameter(0.1 * torch.randn(16, width))
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.pool = nn.LayerNorm(width)
        self.scores = nn.Linear(width, 10)

    def forward(self, images):
        tokens = self.patches(images).flatten(2).transpose(1, 2) + self.positions
        return self.scores(self.pool(self.encoder(tokens).mean(1)))


# Standard deviations by layer. BatchNorm and LayerNorm hold the values of "pool" near a scale of 1, so that there the
# noise limits the information; it is less further up, where the same noise in hundreds of units would drown the rest.
NETWORKS = {
    "residual": (Residual, {"block1": 0.2, "block2": 0.3, "block3": 0.5, "pool": 1.0}),
    "transformer": (
        Transformer,
        {"encoder.layers.0": 0.2, "encoder.layers.1": 0.3, "encoder.layers.2": 0.5, "pool": 1.0},
    ),
}
FOLDS = range(2)
ROWS = 2000  # of the fold that a network was not trained on, for its plane; its accuracy is that of all


def load():
    images, labels = fetch_mnist(return_X_y=True)
    images = (images[:10_000].reshape(-1, 1, 28, 28) / 255).astype(np.float32)
    order = np.random.RandomState(0).permutation(len(images))
    return images, labels[: len(images)], np.array_split(order, 2)


def one_plane(name, seed, training, evaluation, max_epochs, folder):
    """Return the plane of a network on one fold, trained on the other, and its accuracy."""
    network, stds = NETWORKS[name]
    every = recorded_epochs(max_epochs, 8)
    recorder = InformationPlaneRecorder(*(part[:ROWS] for part in evaluation), every=every, n_noise_draws=4, seed=seed)
    torch.manual_seed(seed)
    module = network()
    with_noise(module, stds)
    net = NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=2e-3,
        max_epochs=max_epochs,
        batch_size=64,
        iterator_train__shuffle=True,
        iterator_valid__batch_size=1024,
        train_split=None,
        callbacks=[recorder],
        callbacks__print_log=None,
        verbose=0,
    )
    net.fit(*training)
    if len(net.history) < max_epochs:  # skorch swallows interruptions
        raise KeyboardInterrupt
    accuracy = float(net.score(*evaluation))
    plane = information_plane(recorder.recording_, path=folder / "points.csv")
    if not plane.complete:
        raise KeyboardInterrupt
    return plane, accuracy


def kept_plane(folder):
    """Return a finished plane from its folder, or None."""
    if not (folder / "about.json").is_file():
        return None
    about = json.loads((folder / "about.json").read_text())
    frame = pd.read_csv(folder / "plane.csv", keep_default_na=False, na_values={"lower": "nan"})
    points = []
    for row in frame.to_dict("records"):
        texts = {name: str(row[name]) for name in ("layer", "method", "flags", "fingerprint")}
        whole = {name: int(row[name]) for name in ("epoch", "n_samples")}
        numbers = {n: float(v) if v != "" else np.nan for n, v in row.items() if n not in {*texts, *whole}}
        points.append(PlanePoint(**texts, **whole, **numbers))
    losses = {int(epoch): values for epoch, values in about["losses"].items()}
    layers = tuple(dict.fromkeys(point.layer for point in points))
    return InformationPlane(tuple(points), layers, about["target_entropy"], losses), about["accuracy"]


def keep(folder, plane, accuracy):
    plane.to_csv(folder / "plane.csv")
    about = {"accuracy": accuracy, "target_entropy": plane.target_entropy, "losses": plane.losses}
    (folder / "about.json").write_text(json.dumps(about))  # last: it says that the plane is there


def interval(values):
    """Return the mean of trainings and half the length of its 95 % interval by Student's t."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return float(values.mean()), float("nan")
    return float(values.mean()), float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def text_of(values):
    return "{:.2f} ± {:.2f}".format(*interval(values))


def found_phases(points, value, error):
    return phases([getattr(p, value) for p in points], [getattr(p, error) for p in points])


def fall_of(points, value, error):
    """Return by how many nats a curve falls in phases that exceed its error bars."""
    found = found_phases(points, value, error)
    return sum(getattr(points[a], value) - getattr(points[b], value) for kind, a, b in found if kind == "compression")


def steepest(plane):
    """Return the epoch at which the steepest fall of the training loss ends."""
    epochs = [epoch for epoch, losses in plane.losses.items() if "train_loss" in losses]
    losses = [plane.losses[epoch]["train_loss"] for epoch in epochs]
    return epochs[1 + int(np.argmin(np.diff(losses) / np.diff(epochs)))]


def rows_of(name, planes, accuracies):
    """Return one row for each layer, over all trainings."""
    rows = []
    for layer in planes[0].layers:
        curves = [plane.of(layer) for plane in planes]
        falls = [fall_of(points, "mi_xl", "mi_xl_se") for points in curves]
        of_bound = [fall_of(points, "lower", "lower_se") for points in curves]
        late = []
        for plane, points in zip(planes, curves, strict=True):
            starts = [points[a].epoch for kind, a, _ in found_phases(points, "mi_xl", "mi_xl_se") if kind[0] == "c"]
            late += [starts[0] - steepest(plane)] if starts else []
        last = [points[-1] for points in curves]
        rows.append(
            {
                "network": name,
                "accuracy": text_of(accuracies),
                "layer": layer,
                "noise": NETWORKS[name][1][layer],
                "I(X; L) from codes": text_of([p.mi_xl for p in last]),
                "lower bound": text_of([p.lower for p in last]),
                "upper bound": text_of([p.upper for p in last]),
                "codes fall by": text_of(falls),
                "codes fall in": f"{sum(fall > 0 for fall in falls)} of {len(falls)}",
                "from the steepest loss, epochs": text_of(late) if len(late) > 1 else "",
                "bound falls by": text_of(of_bound),
                "bound falls in": f"{sum(fall > 0 for fall in of_bound)} of {len(falls)}",
                "I(L; Y) from codes": text_of([p.mi_ly for p in last]),
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, two epochs, a tenth of the images")
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds")
    parser.add_argument("--folder", type=Path, default=Path("networks"), help="kept planes; made when missing")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each layer there")
    parser.add_argument("--figures", type=Path, help="folder for the pictures")
    arguments = parser.parse_args()
    if "SKMI_DATA" not in os.environ:
        sys.exit("Nothing done: set SKMI_DATA to a folder with mnist*.npz.")
    warnings.simplefilter("ignore")
    images, labels, folds = load()
    if arguments.quick:
        folds = [fold[:500] for fold in folds]
    max_epochs, seeds = (2, [0]) if arguments.quick else (15, range(arguments.seeds))
    rows = []
    todo = [(name, seed, fold) for seed in seeds for fold in FOLDS for name in NETWORKS]
    done = {}
    for name, seed, fold in tqdm(todo, disable=not sys.stderr.isatty()):
        place = arguments.folder / f"{name}-{seed}-{fold}{'-quick' if arguments.quick else ''}"
        place.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        if (found := kept_plane(place)) is None:
            training, evaluation = ((images[part], labels[part]) for part in (folds[1 - fold], folds[fold]))
            found = one_plane(name, seed, training, evaluation, max_epochs, place)
            keep(place, *found)
        done[name, seed, fold] = found
        print(f"== {place.name}: accuracy {found[1]:.3f}, {time.process_time() - start:.0f} s", flush=True)
        print(found[0].findings(), flush=True)
    for name in NETWORKS:
        planes, accuracies = zip(*[found for key, found in done.items() if key[0] == name], strict=True)
        rows += rows_of(name, planes, accuracies)
        if arguments.figures:
            arguments.figures.mkdir(parents=True, exist_ok=True)
            figure = InformationPlaneDisplay.from_plane(planes[0]).figure_
            figure.savefig(arguments.figures / f"plane-{name}.png", dpi=100)
    if arguments.csv:
        write_csv(arguments.csv, rows)
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
