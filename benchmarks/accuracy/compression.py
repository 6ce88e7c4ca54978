"""Compressors side by side, and the contrastive one without each of its parts, on pairs whose information is known.

Rectangles: 5000 pairs fit the compressor, 5000 others are estimated from. All others: two folds, each half estimated on
codes fitted to the other. Nuisance: columns are tanh of random sums of a few factors, some of which are shared. One of
four: a column that is shared beside three that are not. Many columns: a few normal factors in 1000 columns, mean of
five draws, and the mean distance of the five from the truth. Digits: images of the same class through a noisy channel
on the label; they need the folder of ``mnist-10k.npz`` in the environment variable ``SKMI_DATA``. ``cpu`` is what a row
took in seconds of one processor.

Run: python benchmarks/accuracy/compression.py --csv docs/results/compressors.csv; with SKMI_PEERS latentmi and MINE of
benchmark-mi stand beside
"""

import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, without
from _peers import peer

from skmi import (
    KSG,
    MINE,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
    GaussianMI,
    KozachenkoLeonenko,
)
from skmi.datasets import CorrelatedNormal, NuisanceFactors, SameClassPairs, WithNuisance, rectangle_images


def compressors(n_codes):
    yield "canonical pairs", CanonicalCompressor(n_codes)
    yield "autoencoder", AutoencoderCompressor(n_codes, random_state=0)
    yield "cross-predictive", CrossPredictiveCompressor(n_codes, random_state=0)
    yield "contrastive", ContrastiveCompressor(n_codes, random_state=0)
    yield "without linear start", ContrastiveCompressor(n_codes, linear_start=False, random_state=0)
    yield "without reconstruction", ContrastiveCompressor(n_codes, reconstruction_weight=0.0, random_state=0)
    yield "without contrast", ContrastiveCompressor(n_codes, contrastive_weight=0.0, random_state=0)
    yield "without the last network", ContrastiveCompressor(n_codes, refine=False, random_state=0)
    yield "without normal scores", ContrastiveCompressor(n_codes, marginals="standardize", random_state=0)


def of_rectangles(mi, n_samples, draw, named):
    pair = rectangle_images(float(mi))
    (X, Y), (p, q) = (source.sample(2 * n_samples, random_state=draw) for source in (pair, pair.base))
    estimators = {"KSG": KSG(), "KL": KozachenkoLeonenko(), "KL, edges": KozachenkoLeonenko(correction="boundary")}
    train, test = slice(0, n_samples), slice(n_samples, None)

    def row(name, codes, seconds):
        values = {key: estimator.fit(*codes).mi_ for key, estimator in estimators.items()}
        return {"data": f"rectangles, draw {draw}", "truth": float(mi), "compressor": name, **values, "cpu, s": seconds}

    yield row("true parameters", (p[test], q[test]), 0.0)
    for name, compressor in named:
        start = time.process_time()
        if isinstance(compressor, AutoencoderCompressor):
            codes = [compressor.fit(A[train]).transform(A[test]) for A in (X, Y)]
        else:
            codes = compressor.fit(X[train], Y[train]).transform(X[test], Y[test])
        yield row(name, codes, time.process_time() - start)


def in_folds(data, truth, X, y, named, estimator=None):
    for name, compressor in named:
        start = time.process_time()
        fitted = CompressedMI(estimator or KSG(), compressor=compressor, random_state=0).fit(X, y)
        seconds = time.process_time() - start
        yield {"data": data, "truth": truth, "compressor": name, "KSG": fitted.mi_, "cpu, s": seconds}


def without_compressor(data, truth, X, y):
    start = time.process_time()
    mi = MINE(random_state=0).fit(X, y).mi_
    yield {"data": data, "truth": truth, "compressor": "MINE", "KSG": mi, "cpu, s": time.process_time() - start}
    for name in ("latentmi", "bmi-mine"):
        found = peer(name, X, y, limit=1200)
        if found is not None:
            yield {"data": data, "truth": truth, "compressor": name, "KSG": found["mi"], "cpu, s": found["cpu"]}


def of_digits(n_samples, quick):
    with np.load(Path(os.environ["SKMI_DATA"]) / "mnist-10k.npz") as data:
        images, labels = data["images"].reshape(len(data["labels"]), -1).astype(np.float32), data["labels"]
    classes = ContrastiveCompressor(
        8,
        image_shape=(28, 28),
        y_image_shape=(28, 28),
        critic="cosine",
        reconstruction_weight=0.0,
        max_shift=2,
        dropout=0.3,
        learning_rate=3e-3,
        max_epochs=2 if quick else 150,
        validation_fraction=0.1,
        random_state=0,
    )
    for mi in (1.45,) if quick else (0.0, 1.45, 2.29):
        X, y = SameClassPairs(images, labels, mi).sample(n_samples, random_state=0)
        yield from in_folds("digits, ten classes", mi, X, y, [("contrastive, cosine, images", classes)])
    two = ContrastiveCompressor(1, reconstruction_weight=0.0, max_epochs=30, random_state=0)
    rows = labels < 2
    for mi in (0.19,) if quick else (0.0, 0.08, 0.19, 0.35, 0.5, 0.69):
        X, y = SameClassPairs(images[rows], labels[rows], mi).sample(n_samples, random_state=0)
        named = [("contrastive", two), ("canonical pairs", CanonicalCompressor(1))]
        yield from in_folds("digits, two classes", mi, X, y, named)


def of_one_column(n_samples, quick):
    for mi in (5.0,) if quick else (1.0, 3.0, 5.0):
        X, y = WithNuisance(CorrelatedNormal(mi), 3).sample(n_samples, random_state=0)
        named = [("canonical pairs", CanonicalCompressor(1)), ("contrastive", ContrastiveCompressor(1, random_state=0))]
        yield from in_folds("one of four columns", mi, X, y, named)


def of_many_columns(n_samples, quick):
    named = [("canonical pairs, GaussianMI", CanonicalCompressor())]
    for n_factors in (3,) if quick else (1, 3, 6, 9):
        for truth in np.log(2) * np.array([0.5, 1.0, 2.0]):
            rows = []
            for draw in range(1 if quick else 5):
                rng = np.random.default_rng(draw)
                factors = CorrelatedNormal(truth, n_factors, n_factors).sample(n_samples, random_state=draw)
                X, y = (side @ rng.standard_normal((n_factors, 1000)) for side in factors)
                rows += in_folds(f"{n_factors} factors in 1000 columns", truth, X, y, named, GaussianMI())
            mean = {name: np.mean([row[name] for row in rows]) for name in ("KSG", "cpu, s")}
            yield rows[0] | mean | {"distance, bits": np.mean([abs(row["KSG"] - truth) for row in rows]) / np.log(2)}


def run(quick):
    warnings.simplefilter("ignore")
    rows = []
    for mi in (4,) if quick else (2, 4, 6):
        rows += of_rectangles(mi, 500 if quick else 5000, 0, compressors(4))
        for draw in () if quick else (1, 2):
            named = [("contrastive", ContrastiveCompressor(4, random_state=draw))]
            rows += of_rectangles(mi, 5000, draw, named)
    easy = NuisanceFactors(1.661)
    hard = NuisanceFactors(1.8, n_features=24, n_factors=9, n_shared=3, nuisance_scale=3.0)
    for task in (easy,) if quick else (easy, hard):
        X, y = task.sample(600 if quick else 4000, random_state=0)
        data = f"{task.n_shared} of {task.n_factors} factors in {task.n_features} columns"
        rows += in_folds(data, task.mi, X, y, compressors(task.n_shared))
        if not quick:
            rows += without_compressor(data, task.mi, X, y)
    rows += of_one_column(600 if quick else 3000, quick)
    rows += of_many_columns(2000, quick)
    if "SKMI_DATA" in os.environ:
        rows += of_digits(1000 if quick else 5000, quick)
    return rows


if __name__ == "__main__":
    main(run, __doc__, table=without("distance, bits"), floatfmt=".2f")
