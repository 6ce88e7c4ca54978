"""Kernel density bandwidth and estimate against one pass of scikit-learn's ball tree for each bandwidth tried.

Run: python benchmarks/speed/kde.py --csv docs/results/kernel_density.csv
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.neighbors import BallTree

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi import KernelDensityMI
from skmi._maps import Whitening
from skmi.datasets import CorrelatedNormal


def by_ball_tree(X, y):
    """Return (bandwidth, estimate, bandwidths tried) of the same leave-one-out maximum likelihood."""
    x, y = Whitening(X)(X), Whitening(y)(y)
    Z = np.hstack([x, y])

    def log_density(A, h):
        n, d = A.shape
        log_all = BallTree(A).kernel_density(A, h, atol=0, rtol=1e-8, return_log=True)
        itself = -d * np.log(np.sqrt(2 * np.pi) * h)
        return log_all + np.log1p(-np.exp(np.minimum(itself - log_all, -1e-12))) - np.log(n - 1)

    found = minimize_scalar(
        lambda t: -np.mean(log_density(Z, np.exp(t))), bounds=(-4, 1), method="bounded", options={"xatol": 1e-4}
    )
    h = np.exp(found.x)
    mi = np.mean(log_density(Z, h) - log_density(x, h) - log_density(y, h))
    return h, mi, found.nfev


def run(quick):
    warnings.simplefilter("ignore")
    rows = []
    for n_samples, d in [(1500, 2)] if quick else [(5000, 2), (5000, 4), (50_000, 2)]:
        X, y = CorrelatedNormal(1.0, d, d).sample(n_samples, random_state=0)
        KernelDensityMI().fit(X[:500], y[:500])  # compiled before the clock starts
        row = {"rows": n_samples, "columns": f"{d}+{d}"}
        for bandwidth in ("ml", "lsq"):
            repeat = 3 if n_samples < 10_000 else 1
            model, seconds = timed(KernelDensityMI(bandwidth).fit, X, y, repeat=repeat)
            row |= {f"{bandwidth}: s": seconds, "h": model.bandwidth_, "mi": model.mi_}
            if bandwidth == "ml":
                ours = seconds
                _, row["two threads: s"] = timed(KernelDensityMI(n_jobs=2).fit, X, y, repeat=repeat)
                row |= {"ml: h": row.pop("h"), "ml: mi": row.pop("mi")}
        row |= {"lsq: h": row.pop("h"), "lsq: mi": row.pop("mi")}
        if n_samples < 10_000:
            (h, mi, n_tried), seconds = timed(by_ball_tree, X, y)
            row |= {"ball tree: s": seconds, "tried": n_tried, "h there": h, "mi there": mi, "ratio": seconds / ours}
        rows.append(row)
    return rows


if __name__ == "__main__":
    main(run, __doc__)
