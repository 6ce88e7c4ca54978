"""The held-out score: processor seconds beside those of fit, and what fewer reference rows would do to it.

KSG is fitted on 5000 rows and scores 20 000 others; GaussianMI scores 100 000. "by the matrix" computes the same score
from the matrix of log ratios; the last columns have as many reference rows in the kernel critic instead of 4000.

Run: python benchmarks/speed/score.py --csv docs/results/score.csv
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

import skmi.estimators._kernel_critic as kernel_critic
from skmi import KSG, CompressedMI, GaussianMI
from skmi.bounds import info_nce_rows, matrices
from skmi.datasets import CorrelatedNormal, blob_images


def run(quick):
    share = 10 if quick else 1
    two, blobs = CorrelatedNormal(1.0, 2, 2), blob_images(2.0)
    compressed = CompressedMI(KSG(), compressor=PCA(3, random_state=0), random_state=0)
    normal = {f"normal, {d} columns a side": CorrelatedNormal(1.0, d, d) for d in (1, 3, 10)}
    cases = [("KSG", KSG(), name, pair, 5000 // share, 20_000 // share) for name, pair in normal.items()]
    cases.append(("GaussianMI", GaussianMI(), "normal, 2 columns a side", two, 5000, 100_000 // share))
    cases.append(("CompressedMI, PCA(3), KSG", compressed, "blobs, 16x16", blobs, 5000 // share, 5000 // share))
    KSG().fit(*normal["normal, 3 columns a side"].sample(3000, random_state=0))  # loads the kernels
    rows = []
    for name, model, of, pair, n_fit, n_score in cases:
        X, y = pair.sample(n_fit + n_score, random_state=0)
        new = X[n_fit:], y[n_fit:]
        fitted, fit_seconds = timed(model.fit, X[:n_fit], y[:n_fit], of_processor=True)
        score, seconds = timed(fitted.score, *new, repeat=3, of_processor=True)
        row = {"estimator": name, "data": of, "rows fitted": n_fit, "rows scored": n_score}
        row |= {"fit, CPU s": fit_seconds, "score, CPU s": seconds, "score": score}
        if name == "KSG":
            terms, by_matrix = timed(_by_matrix, fitted, *new, of_processor=True)
            row |= {"by the matrix": terms, "by the matrix, CPU s": by_matrix}
            row |= {f"{n} references": _with_references(n, model, X[:n_fit], y[:n_fit], *new) for n in (2000, 1000)}
        rows.append(row)
    return rows


def _by_matrix(fitted, X, y):
    return float(np.mean(np.concatenate([info_nce_rows(T) for T in matrices(fitted.log_density_ratio, X, y)])))


def _with_references(n_references, model, X, y, X_new, y_new):
    most = kernel_critic._MAX_REFERENCES
    kernel_critic._MAX_REFERENCES = n_references
    try:
        return model.fit(X, y).score(X_new, y_new)
    finally:
        kernel_critic._MAX_REFERENCES = most


if __name__ == "__main__":
    main(run, __doc__)
