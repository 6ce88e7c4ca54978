"""Root mean square error over I = 0, 1, ..., 10 nats of estimates from true parameters and from codes of images.

The codes are those of autoencoders fitted once a seed to other images of the same kind, 20 000 of them; estimated are
5000 new pairs. Anti-PCA goes to 4 nats.

Run: python benchmarks/accuracy/images_by_information.py
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main
from sklearn.decomposition import PCA

from skmi import KSG, AutoencoderCompressor, KozachenkoLeonenko
from skmi.datasets import anti_pca, blob_images, correlated_blob_images, rectangle_images

KINDS = {
    "blobs 16x16": (blob_images, {"image_size": 16}, 2),
    "blobs 32x32": (blob_images, {"image_size": 32}, 2),
    "rectangles 16x16": (rectangle_images, {"image_size": 16}, 4),
    "rectangles 32x32": (rectangle_images, {"image_size": 32}, 4),
    "slanted blobs 32x32": (correlated_blob_images, {"image_size": 32}, 5),
    "Anti-PCA": (anti_pca, {}, 2),
}
ESTIMATORS = {"KSG": KSG(), "KL": KozachenkoLeonenko(), "KL, edges": KozachenkoLeonenko(correction="boundary")}


def parameters(pair, n_samples, seed):
    """Return the informative columns behind a sample."""
    base = pair.base if not hasattr(pair.base, "base") else pair.base.base
    return base.sample(n_samples, random_state=seed)


def of_kind(name, seeds, n_samples, n_images, **training):
    make, options, n_codes = KINDS[name]
    grid = range(5 if name == "Anti-PCA" else 11)
    errors, seconds = {}, 0.0
    for seed in seeds:
        images, _ = make(1.0, **options).sample(n_images, random_state=100 + seed)
        start = time.perf_counter()
        if name == "Anti-PCA":
            training = training | {"whiten": True, "n_components": 4}
        encoder = AutoencoderCompressor(n_codes, random_state=seed, **training).fit(images)
        seconds += time.perf_counter() - start
        linear = PCA(n_codes, random_state=seed).fit(images)
        for mi in grid:
            pair = make(float(mi), **options)
            X, y = pair.sample(n_samples, random_state=seed)
            sides = {
                "parameters": parameters(pair, n_samples, seed),
                "PCA": [linear.transform(Z) for Z in (X, y)],
                "autoencoder": [encoder.transform(Z) for Z in (X, y)],
            }
            for where, codes in sides.items():
                for estimator, model in ESTIMATORS.items():
                    errors.setdefault((where, estimator, mi), []).append(model.fit(*codes).mi_ - mi)
    for where in sides:
        found = {
            estimator: float(np.sqrt(np.mean([np.mean(errors[where, estimator, mi]) ** 2 for mi in grid])))
            for estimator in ESTIMATORS
        }
        at = {f"at {mi}": mi + float(np.mean(errors[where, "KL, edges", mi])) for mi in grid[::2]}
        yield {"data": name, "from": where, **found, **at, "training, s": seconds / len(seeds)}


def run(quick):
    warnings.simplefilter("ignore")
    rows = []
    for name in list(KINDS)[:1] if quick else KINDS:
        rows += of_kind(name, range(1 if quick else 3), 1000 if quick else 5000, 2000 if quick else 20_000)
    return rows


if __name__ == "__main__":
    main(run, __doc__)
