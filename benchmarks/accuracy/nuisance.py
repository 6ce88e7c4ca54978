"""What compressors keep where shared factors are small: information about y, and variance of X.

Each side has three shared factors, which carry 1.8 nats, and six of its own that are three times as large, mixed into
24 columns that tanh bends. Three codes per side, fitted on one half of 4000 rows and estimated on the other by KSG. The
share of the variance is that which the mean of the rows with the nearest codes predicts.

Run: python benchmarks/accuracy/nuisance.py --csv docs/results/nuisance.csv
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsRegressor

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

from skmi import (
    KSG,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
)
from skmi.datasets import CorrelatedNormal


def run(quick):
    n_samples = 800 if quick else 4000
    shared = CorrelatedNormal(1.8, 3, 3).sample(n_samples, random_state=0)
    X, y = _mixed(shared, n_samples)
    compressors = {
        "PCA": PCA(3),
        "autoencoder": AutoencoderCompressor(3),
        "cross-predictive": CrossPredictiveCompressor(3),
        "canonical": CanonicalCompressor(3),
        'contrastive, marginals="standardize"': ContrastiveCompressor(3, marginals="standardize"),
        'canonical, marginals="normal"': CanonicalCompressor(3, marginals="normal"),
        "contrastive": ContrastiveCompressor(3),
        "PCA, nine components": PCA(9),
    }
    rows = []
    for name, compressor in compressors.items():
        fitted = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, y)
        codes, _ = fitted.compressions_[0].transform(X, y)
        rebuilt = cross_val_predict(KNeighborsRegressor(20), codes, X)
        kept = 1 - np.sum((X - rebuilt) ** 2) / np.sum((X - X.mean(axis=0)) ** 2)
        rows.append(_row(name, fitted, kept))
    return [*rows, _row("the shared factors themselves", KSG().fit(*shared), "")]


def _mixed(shared, n_samples):
    rng = np.random.default_rng(0)
    sides = []
    for side in shared:
        factors = np.hstack([side, 3 * rng.standard_normal((n_samples, 6))])
        sides.append(np.tanh(factors @ rng.standard_normal((9, 24)) / 9))
    return sides


def _row(name, fitted, kept):
    return {
        "compressor": name,
        "estimate": fitted.mi_,
        "standard error": fitted.standard_error_,
        "share of the variance": kept,
    }


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".2f")
