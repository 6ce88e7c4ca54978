"""The information plane section of Butakov et al. (2024), arXiv:2305.08013, and what of it survives error bars.

Experiments, each a network trained on handwritten digits and a plane of its layers on 2000 images that it was not
trained on. ``paper`` has the paper's convolutional network and settings: relative noise, Adam at 1e-5, 300 epochs,
PCA(4) of the layers, an autoencoder of X, KL with 5 neighbours; the paper trains on 60 000 images in batches of 1024,
and here batches are smaller in proportion, so that as many steps are made. The others have additive noise, 40 epochs at
1e-3 and KSG of PCA(4) codes; bounds from the known noise; three seeds; tanh and leaky ReLU; noise
of 0.5, 0.1 and 0.01; labels shuffled. ``contrastive codes`` replaces PCA.

Images are those of ``skmi.datasets.fetch_mnist``, else Fashion-MNIST, else scikit-learn's digits with a dense network.
Recordings and points are kept in ``--folder``, and a second call goes on where the first stopped.

Run: python benchmarks/paper/information_plane.py --folder plane --csv docs/results/information_plane.csv --figures
docs/figures
"""

import argparse
import json
import sys
import time
import warnings
from math import isfinite
from pathlib import Path

import torch
from torch import nn
from tqdm.auto import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

from skmi import KSG, AutoencoderCompressor, ContrastiveCompressor, KozachenkoLeonenko
from skmi.cli._experiment import dense_network, load_images, recorded_epochs, run_experiment
from skmi.information_plane import GaussianNoise, InformationPlaneDisplay
from skmi.information_plane._findings import phases

_PAPER_IMAGES, _PAPER_BATCH = 60_000, 1024
LAYERS = ["conv1", "conv2", "conv3", "dense4", "dense5"]


def convolutional(noise, relative, activation):
    """Return the paper's network; noise follows every layer, the class scores included."""
    act = {"relu": lambda: nn.LeakyReLU(0.01), "tanh": nn.Tanh}[activation]
    net = nn.Sequential()
    for i, (n_in, n_out) in enumerate(((1, 8), (8, 16), (16, 32)), start=1):
        block = nn.Conv2d(n_in, n_out, 3), nn.MaxPool2d(2), act(), GaussianNoise(noise, relative)
        net.add_module(f"conv{i}", nn.Sequential(*block))
    net.add_module("flatten", nn.Sequential(nn.Flatten(), nn.Dropout(0.1)))
    net.add_module("dense4", nn.Sequential(nn.Linear(32, 32), act(), GaussianNoise(noise, relative)))
    net.add_module("dropout", nn.Dropout(0.1))
    net.add_module("dense5", nn.Sequential(nn.Linear(32, 10), GaussianNoise(noise, relative)))
    return net


def experiments(quick):
    """Yield the name of each experiment and its settings."""
    ours = {"noise": 0.5, "relative": False, "activation": "relu", "seed": 0, "max_epochs": 3 if quick else 40}
    if not quick:
        yield "paper", {"noise": 0.01, "relative": True, "activation": "relu", "seed": 0, "max_epochs": 300}
    for seed in range(1 if quick else 3):
        yield f"relu, seed {seed}", ours | {"seed": seed}
    if quick:
        return
    for seed in range(3):
        yield f"tanh, seed {seed}", ours | {"seed": seed, "activation": "tanh"}
    yield "noise 0.1", ours | {"noise": 0.1}
    yield "noise 0.01", ours | {"noise": 0.01}
    yield "shuffled labels", ours | {"shuffle_labels": True}
    yield "contrastive codes", ours


def load():
    for name in ("mnist", "fashion-mnist", "digits"):
        try:
            return (name, *load_images(name))
        except OSError:
            continue
    raise AssertionError("scikit-learn's digits are always there")


def plane_options(name, folder):
    options = {"estimator": KSG(), "path": folder / "points.csv"}
    if name == "paper":
        options |= {
            "estimator": KozachenkoLeonenko(n_neighbors=5),
            "x_compressor": AutoencoderCompressor(4, max_epochs=60),
        }
    if name == "contrastive codes":
        options |= {"compressor": ContrastiveCompressor(4, max_epochs=30)}
    return options


def run_one(name, settings, images, labels, folder, quick):
    """Return the result; the network is trained again, and points that are kept are taken."""
    side = images.shape[-1]

    def network():
        if side < 28:
            widths, activation = (32, 16, 8), settings["activation"]
            return dense_network(images.shape[1:], widths, 10, activation, settings["noise"], settings["relative"])
        return convolutional(settings["noise"], settings["relative"], settings["activation"])

    layers = LAYERS if side >= 28 else ["dense1", "dense2", "dense3"]
    batch_size = 64
    if name == "paper":
        n_training = min(10_000, len(images) - 2000)
        batch_size = max(16, round(_PAPER_BATCH * n_training / _PAPER_IMAGES))
    epochs = settings["max_epochs"]
    n_points = 4 if quick else 8 if name == "contrastive codes" else 16
    return run_experiment(
        network,
        images,
        labels,
        layers,
        max_epochs=epochs,
        epochs=recorded_epochs(epochs, n_points),
        learning_rate=1e-5 if name == "paper" else 1e-3,
        batch_size=batch_size,
        optimizer=torch.optim.Adam,
        shuffle_labels=settings.get("shuffle_labels", False),
        n_noise_draws=8,
        plane=plane_options(name, folder),
        random_state=settings["seed"],
        verbose=sys.stderr.isatty(),
    )


def report(name, result):
    lines = [f"== {name}: accuracy {result['accuracy']:.3f}, {result['seconds']:.0f} s", result["findings"]]
    return "\n".join(lines)


def phase_counts(plane):
    """Return how many rises and falls of each layer exceed their error bars."""
    counts = {}
    for layer in plane.layers:
        points = plane.of(layer)
        found = phases([p.mi_xl for p in points], [p.mi_xl_se for p in points])
        counts[layer] = [sum(kind == name for kind, *_ in found) for name in ("fitting", "compression")]
    return counts


def rows_of(name, plane):
    """Return one row for each layer: its phases, and the values after the last epoch."""
    rows = []
    for layer, (rises, falls) in phase_counts(plane).items():
        points = plane.of(layer)
        last = points[-1]
        row = {"experiment": name, "layer": layer, "rises": rises, "falls": falls, "I(X; L) at the end": last.mi_xl}
        row |= {"its bounds": "", "falls of the lower bound": "", "I(L; Y) at the end": last.mi_ly}
        if isfinite(last.lower):
            of_bound = phases([p.lower for p in points], [p.lower_se for p in points])
            row["its bounds"] = f"{last.lower:.2f} to {last.upper:{'.0f' if last.upper >= 100 else '.2f'}}"
            row["falls of the lower bound"] = sum(kind == "compression" for kind, *_ in of_bound)
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one experiment of three epochs")
    parser.add_argument("--folder", type=Path, default=Path("plane"), help="kept points; made when missing")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each layer there")
    parser.add_argument("--figures", type=Path, help="folder for the pictures")
    parser.add_argument("--only", action="append", help="name of an experiment; may be given several times")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    data, images, labels = load()
    print(f"data: {data}, {len(images)} images")
    chosen = [item for item in experiments(arguments.quick) if not arguments.only or item[0] in arguments.only]
    rows = []
    for name, settings in tqdm(chosen, disable=not sys.stderr.isatty()):
        place = arguments.folder / name.replace(", ", "-").replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        result = run_one(name, settings, images, labels, place, arguments.quick)
        about = {
            "accuracy": result.accuracy,
            "seconds": time.perf_counter() - start,
            "findings": result.plane.findings(),
            "phases": phase_counts(result.plane),
            "losses": result.plane.losses,
        }
        (place / "about.json").write_text(json.dumps(about, indent=1))
        result.plane.to_csv(place / "plane.csv")
        rows += rows_of(name, result.plane)
        print(report(name, about), flush=True)
        if arguments.figures:
            arguments.figures.mkdir(parents=True, exist_ok=True)
            figure = InformationPlaneDisplay.from_plane(result.plane).figure_
            figure.savefig(arguments.figures / f"plane-{place.name}.png", dpi=100)
    if arguments.csv:
        write_csv(arguments.csv, rows, floatfmt=".2f")
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
