"""Compressors side by side, and the contrastive one without each of its parts, on pairs whose information is known.

Rectangles: 5000 pairs fit the compressor, 5000 others are estimated from. Nuisance: the columns are random tanh maps of
a few factors, some of which are shared; 4000 rows in two folds, each half estimated on codes fitted to the other.

Run: python benchmarks/accuracy/compression.py
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

from skmi import (
    KSG,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    KozachenkoLeonenko,
)
from skmi.datasets import CorrelatedNormal, rectangle_images


def compressors(n_codes):
    yield "canonical pairs", CanonicalCompressor(n_codes)
    yield "autoencoder", AutoencoderCompressor(n_codes, random_state=0)
    yield "contrastive", ContrastiveCompressor(n_codes, random_state=0)
    yield "– without linear start", ContrastiveCompressor(n_codes, linear_start=False, random_state=0)
    yield "– without reconstruction", ContrastiveCompressor(n_codes, reconstruction_weight=0.0, random_state=0)
    yield "– without contrast", ContrastiveCompressor(n_codes, contrastive_weight=0.0, random_state=0)


def nuisance(n_columns, n_factors, n_shared, mi, scale, n_samples, seed):
    """Return X and y, each a random map of shared factors and of nuisances of the given scale."""
    rng = np.random.default_rng(seed)
    sides = []
    for shared in CorrelatedNormal(mi, n_shared, n_shared).sample(n_samples, random_state=seed):
        factors = np.hstack([shared, scale * rng.standard_normal((n_samples, n_factors - n_shared))])
        hidden = np.tanh(factors @ rng.standard_normal((n_factors, 64)) / np.sqrt(n_factors))
        sides.append(hidden @ rng.standard_normal((64, n_columns)))
    return sides


def of_rectangles(mi, n_samples):
    pair = rectangle_images(float(mi))
    (X, Y), (p, q) = (source.sample(2 * n_samples, random_state=0) for source in (pair, pair.base))
    estimators = {"KSG": KSG(), "KL": KozachenkoLeonenko(), "KL, edges": KozachenkoLeonenko(correction="boundary")}
    train, test = slice(0, n_samples), slice(n_samples, None)

    def row(name, codes, seconds):
        values = {key: estimator.fit(*codes).mi_ for key, estimator in estimators.items()}
        return {"data": "rectangles", "truth": mi, "compressor": name, **values, "s": seconds}

    yield row("true parameters", (p[test], q[test]), 0.0)
    for name, compressor in compressors(4):
        start = time.perf_counter()
        if isinstance(compressor, AutoencoderCompressor):
            codes = [compressor.fit(A[train]).transform(A[test]) for A in (X, Y)]
        else:
            codes = compressor.fit(X[train], Y[train]).transform(X[test], Y[test])
        yield row(name, codes, time.perf_counter() - start)


def of_nuisance(n_columns, n_factors, n_shared, mi, scale, n_samples):
    X, y = nuisance(n_columns, n_factors, n_shared, mi, scale, n_samples, 0)
    for name, compressor in compressors(n_shared):
        start = time.perf_counter()
        value = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, y).mi_
        yield {
            "data": f"{n_shared} of {n_factors} factors in {n_columns} columns",
            "truth": mi,
            "compressor": name,
            "KSG": value,
            "s": time.perf_counter() - start,
        }


def run(quick):
    warnings.simplefilter("ignore")
    rows = []
    for mi in (4,) if quick else (2, 4, 6):
        rows += of_rectangles(mi, 500 if quick else 5000)
    for task in ((20, 6, 2, 1.661, 1.0), (24, 9, 3, 1.8, 3.0))[: 1 if quick else 2]:
        rows += of_nuisance(*task, 600 if quick else 4000)
    return rows


if __name__ == "__main__":
    main(run, __doc__)
