"""Mutual information of each of many columns with one target, against scikit-learn's function, same data, same run.

Seconds are those of the processor, on one thread, so that other work on the machine counts little. Kernels are loaded
before the clock starts. The pixels of handwritten digits, most of whose values are tied, are added where SKMI_DATA
names a folder with them.

Run: python benchmarks/speed/columns.py --csv docs/results/columns.csv
"""

import os
import sys
from pathlib import Path

import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi.feature_selection import mi_scores, mutual_info

_SHAPES = (10_000, 100), (6000, 60), (2400, 300), (1000, 600), (200, 3000)


def run(quick):
    rng = np.random.default_rng(0)
    tasks = []
    for n_samples, n_columns in [(2400, 30), (200, 300)] if quick else _SHAPES:
        X = rng.standard_normal((n_samples, n_columns))
        y = X[:, 0] + rng.standard_normal(n_samples)
        tasks.append(("continuous", X, y, mutual_info_regression))
        tasks.append(("five classes", X, np.digitize(y, [-2, -0.5, 0.5, 2]), mutual_info_classif))
    digits = Path(os.environ.get("SKMI_DATA", "")) / "mnist-10k.npz"
    if not quick and "SKMI_DATA" in os.environ and digits.exists():
        data = np.load(digits)
        pixels = data["images"].reshape(10_000, -1)[:, 200:600].astype(float)
        tasks.append(("digits from pixels", pixels, data["labels"], mutual_info_classif))
    for _, X, y, _ in tasks[:2]:
        mi_scores(X, y)
    rows = []
    for name, X, y, theirs in tasks:
        _, seconds = timed(mi_scores, X, y, repeat=3, of_processor=True)
        peers, peer_seconds = timed(theirs, X, y, random_state=0, of_processor=True)
        rows.append(
            {
                "target": name,
                "rows": X.shape[0],
                "columns": X.shape[1],
                "skmi, CPU s": seconds,
                "scikit-learn, CPU s": peer_seconds,
                "ratio": peer_seconds / seconds,
                "largest difference": float(np.abs(np.maximum(mutual_info(X, y), 0) - peers).max()),
            }
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__)
