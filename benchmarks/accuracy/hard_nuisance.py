"""Shared factors behind two layers of random maps: is it the data, the network or its training that limits the codes?

Each side has three shared factors, which carry 1.8 nats, and six of its own that are three times as large, mixed by two
random layers of 24 tanh units. Compressors with three codes per side are fitted to 2000 or 16 000 pairs, and KSG
estimates from the codes of 5000 others. "Supervised" regresses the true factors, which no compressor knows, by a
network of the same size: what it misses cannot be found in so many rows. One draw; ten minutes on one core.

Run: python benchmarks/accuracy/hard_nuisance.py --csv docs/results/hard_nuisance.csv
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPRegressor

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi import KSG, CanonicalCompressor, ContrastiveCompressor
from skmi.datasets import CorrelatedNormal

COMPRESSORS = {
    "canonical": CanonicalCompressor(3),
    'canonical, marginals="normal"': CanonicalCompressor(3, marginals="normal"),
    "contrastive": ContrastiveCompressor(3, random_state=0),
    "contrastive, no reconstruction": ContrastiveCompressor(
        3, reconstruction_weight=0, learning_rate=5e-3, random_state=0
    ),
    "contrastive, no reconstruction, dropout 0.4": ContrastiveCompressor(
        3, reconstruction_weight=0, learning_rate=5e-3, dropout=0.4, random_state=0
    ),
}


def draw(n_samples, seed):
    """Return both sides, and the shared factors behind them."""
    maps = np.random.default_rng(0)
    shared = CorrelatedNormal(1.8, 3, 3).sample(n_samples, random_state=seed)
    rng = np.random.default_rng(1000 + seed)
    sides = []
    for side in shared:
        factors = np.hstack([side, 3 * rng.standard_normal((n_samples, 6))])
        hidden = np.tanh(factors @ maps.standard_normal((9, 24)) / 9)
        sides.append(np.tanh(2 * hidden @ maps.standard_normal((24, 24)) / np.sqrt(24)))
    return sides, shared


def supervised(sides, shared, test_sides):
    """Return predictions of the shared factors of the test rows, for each side."""
    network = MLPRegressor(
        hidden_layer_sizes=(256, 128, 128), early_stopping=True, n_iter_no_change=30, max_iter=300, random_state=0
    )
    return [
        network.fit((X - X.mean(axis=0)) / X.std(axis=0), factors).predict((new - X.mean(axis=0)) / X.std(axis=0))
        for X, factors, new in zip(sides, shared, test_sides, strict=True)
    ]


def run(quick):
    warnings.simplefilter("ignore")
    test_sides, test_shared = draw(1000 if quick else 5000, 99)
    rows = [{"codes": "the shared factors themselves", "pairs": "", "estimate": KSG().fit(*test_shared).mi_}]
    for n_samples in (500,) if quick else (2000, 16_000):
        sides, shared = draw(n_samples, 1)
        for name, compressor in COMPRESSORS.items():
            if quick and hasattr(compressor, "max_epochs"):
                compressor.set_params(max_epochs=5)
            _, seconds = timed(compressor.fit, *sides, of_processor=True)
            estimate = KSG().fit(*compressor.transform(*test_sides)).mi_
            rows.append({"codes": name, "pairs": n_samples, "estimate": estimate, "CPU s": seconds})
        codes, seconds = timed(supervised, sides, shared, test_sides, of_processor=True)
        rows.append({"codes": "supervised", "pairs": n_samples, "estimate": KSG().fit(*codes).mi_, "CPU s": seconds})
    return rows


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".2f")
