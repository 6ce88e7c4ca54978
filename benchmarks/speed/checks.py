"""What looking for trouble costs: estimates with and without what only serves warnings, in CPU seconds.

KSG on normal columns, and on a column and labels. Both kinds of fit take turns, and the medians are compared.

Run: python benchmarks/speed/checks.py --csv docs/results/checks.csv
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi import KSG
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import kept_warnings, without_warnings


def run(quick):
    rows = []
    for n_columns in (1, 3, 10, 20):
        for n_samples in (300, 1000) if quick else (300, 1000, 4000, 10_000):
            X, y = CorrelatedNormal(1.0, n_columns, n_columns).sample(n_samples, random_state=0)
            repeat = 5 if quick else max(5, 100_000 // n_samples // n_columns)
            rows.append({"data": f"{n_columns}+{n_columns} columns", "rows": n_samples} | of_checks(X, y, repeat))
            if n_columns == 1:
                rows.append({"data": "a column, labels", "rows": n_samples} | of_checks(X, y > 0, repeat))
    return rows


def of_checks(X, y, repeat):
    seconds = {kept_warnings: [], without_warnings: []}
    with kept_warnings():
        KSG().fit(np.vstack([X] * 10)[:3000], np.concatenate([y] * 10)[:3000])  # kernels are loaded
    for _ in range(repeat):
        for context, found in seconds.items():
            with context():
                found.append(timed(KSG().fit, X, y, of_processor=True)[1])
    both, one = (float(np.median(found)) for found in seconds.values())
    return {"estimate, ms": 1e3 * one, "checks, ms": 1e3 * (both - one), "checks, %": 100 * (both / one - 1)}


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".3g")
