"""All pairs of columns: seconds, beside calling scikit-learn's function for each column.

Normal columns, of which some are related. scikit-learn's function is called for some columns as targets, and its
seconds are extrapolated to all; it computes each pair twice.

Run: python benchmarks/speed/matrix.py --csv docs/results/matrix.csv
"""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.feature_selection import mutual_info_regression

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi.feature_selection import mi_matrix


def run(quick):
    rows = []
    for n_columns, n_samples in [(20, 2000)] if quick else [(50, 1000), (50, 10_000), (200, 10_000)]:
        rng = np.random.RandomState(0)
        X = rng.standard_normal((n_samples, n_columns))
        X[:, ::5] += X[:, 1::5]
        mi_matrix(rng.standard_normal((3000, 20)))  # kernels are loaded
        start = time.process_time()
        _, clock = timed(mi_matrix, X, n_jobs=2)
        ours = time.process_time() - start
        some = range(0, n_columns, 40)
        start = time.process_time()
        for i in some:
            mutual_info_regression(np.delete(X, i, axis=1), X[:, i], random_state=0)
        theirs = (time.process_time() - start) * n_columns / len(some)
        row = {"columns": n_columns, "rows": n_samples, "pairs": n_columns * (n_columns - 1) // 2}
        rows.append(
            row | {"s, two threads": clock, "CPU s": ours, "CPU s, scikit-learn": theirs, "times": theirs / ours}
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".3g")
