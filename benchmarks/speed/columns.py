"""Mutual information of each of many columns with one target, against scikit-learn's function, same data, same run.

The pixels of handwritten digits, most of whose values are tied, are added where SKMI_DATA names a folder with them.

Run: python benchmarks/speed/columns.py
"""

import os
import sys
from pathlib import Path

import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi.feature_selection import mutual_info


def run(quick):
    n_samples, n_columns, repeat = (5000, 20, 1) if quick else (10_000, 100, 3)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, n_columns))
    y = X[:, 0] + rng.standard_normal(n_samples)
    tasks = {
        "continuous": (X, y, mutual_info_regression),
        "five classes": (X, np.digitize(y, [-2, -0.5, 0.5, 2]), mutual_info_classif),
    }
    digits = Path(os.environ.get("SKMI_DATA", "")) / "mnist-10k.npz"
    if not quick and "SKMI_DATA" in os.environ and digits.exists():
        data = np.load(digits)
        tasks["digits from pixels"] = (
            data["images"].reshape(10_000, -1)[:, 200:600].astype(float),
            data["labels"],
            mutual_info_classif,
        )
    rows = []
    for name, (X, y, theirs) in tasks.items():
        mutual_info(X[:, :2], y, n_jobs=2)  # compiled kernels and workers are there before the clock starts
        theirs(X[:, :2], y, n_jobs=-1)
        (ours, seconds), (peers, peer_seconds) = (
            timed(mutual_info, X, y, n_jobs=-1, repeat=repeat),
            timed(theirs, X, y, n_jobs=-1, random_state=0, repeat=repeat),
        )
        _, one_thread = timed(mutual_info, X, y, repeat=repeat)
        rows.append(
            {
                "target": name,
                "columns": X.shape[1],
                "skmi, s": seconds,
                "skmi, one thread, s": one_thread,
                "scikit-learn, s": peer_seconds,
                "ratio": peer_seconds / seconds,
                "largest difference": float(np.abs(np.maximum(ours, 0) - peers).max()),
            }
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__)
