"""Estimates on images whose mutual information is known: raw, through PCA, through an autoencoder, on the parameters.

The compressors are fitted once, on other images.

Run: python benchmarks/accuracy/compressed_images.py --csv docs/results/compressed_images.csv
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed, without

from skmi import KSG, AutoencoderCompressor, KozachenkoLeonenko
from skmi.datasets import blob_images, rectangle_images


def run(quick):
    n_samples, epochs, seeds = (1500, 30, 1) if quick else (5000, 60, 3)
    truths = (2.0, 4.0) if quick else (0.0, 2.0, 4.0, 6.0)
    rows = []
    for name, make, latent_dim in (("blobs", blob_images, 2), ("rectangles", rectangle_images, 4)):
        others = np.vstack(make(0.0).sample(n_samples, random_state=1000))
        autoencoder, training = timed(AutoencoderCompressor(latent_dim, max_epochs=epochs, random_state=0).fit, others)
        compressors = {"PCA": PCA(latent_dim).fit(others), "autoencoder": autoencoder}
        for truth in truths:
            values = {}
            for seed in range(seeds):
                pair = make(truth)
                X, y = pair.sample(n_samples, random_state=seed)
                codes = {key: (c.transform(X), c.transform(y)) for key, c in compressors.items()}
                codes["parameters"] = pair.base.sample(n_samples, random_state=seed)
                for key, (a, b) in codes.items():
                    for method, estimator in (("KSG", KSG()), ("KL", KozachenkoLeonenko())):
                        values.setdefault(f"{key}, {method}", []).append(estimator.fit(a, b).mi_)
            means = {key: round(float(np.mean(value)), 3) for key, value in values.items()}
            rows.append({"data": name, "truth": f"{truth:g}", **means, "training, s": round(training, 1)})
    return rows


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # saturation and curved codes are what is being measured
    main(run, __doc__, table=without("training, s"), floatfmt=".2f")
