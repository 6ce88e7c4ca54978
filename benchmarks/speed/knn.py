"""KSG against the same algorithm on the trees of SciPy and scikit-learn, and against other packages: one thread, same
data, same run, values beside times. Other packages run where SKMI_PEERS names a folder of their environments; see
benchmarks/peers/README.md.

Run: SKMI_PEERS=~/skmi-peers python benchmarks/speed/knn.py --csv docs/results/knn.csv
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression
from sklearn.neighbors import KDTree, NearestNeighbors

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed
from _peers import peer

from skmi.datasets import CorrelatedNormal
from skmi.estimators import ksg_mutual_info

K = 3
PEERS = ("npeet-plus", "ennemi", "infomeasure")


def on_scipy_trees(X, Y):
    radius = np.nextafter(cKDTree(np.hstack([X, Y])).query(np.hstack([X, Y]), [K + 1], p=np.inf)[0][:, 0], 0)
    counts = [cKDTree(A).query_ball_point(A, radius, p=np.inf, return_length=True) for A in (X, Y)]
    return digamma(K) + digamma(len(X)) - np.mean(digamma(counts[0]) + digamma(counts[1]))


def on_scikit_learn_trees(X, Y):
    joint = np.hstack([X, Y])
    distances, _ = NearestNeighbors(n_neighbors=K, metric="chebyshev").fit(joint).kneighbors()
    radius = np.nextafter(distances[:, -1], 0)
    counts = [KDTree(A, metric="chebyshev").query_radius(A, radius, count_only=True) for A in (X, Y)]
    return digamma(K) + digamma(len(X)) - np.mean(digamma(counts[0]) + digamma(counts[1]))


def by_scikit_learn(X, Y):
    return mutual_info_regression(X, Y[:, 0], n_neighbors=K, random_state=0, n_jobs=1)[0]


def by_peer(name, X, Y):
    """Return another package's value and seconds, or None and why there are none."""
    found = peer(name, X, Y)
    if found is None:
        return None, "absent"
    return found["mi"], found["error"][:40] if "error" in found else found["seconds"]


def run(quick):
    shapes = [(1, 10_000), (5, 3000)] if quick else [(1, 100_000), (2, 100_000), (5, 10_000), (10, 10_000)]
    rows = []
    for n_features, n_samples in shapes:
        X, Y = CorrelatedNormal(1.0, n_features, n_features).sample(n_samples, random_state=0)
        ksg_mutual_info(X[:5000], Y[:5000])  # compiled kernels are there before the clock starts
        ours, seconds = timed(ksg_mutual_info, X, Y, n_neighbors=K, repeat=3)
        what = {"columns": f"{n_features}+{n_features}", "rows": n_samples}
        rows.append(what | {"by": "skmi", "mi": ours, "s": seconds})
        others = {"skmi, two threads": partial(ksg_mutual_info, n_neighbors=K, n_jobs=2)}
        others |= {"SciPy's trees": on_scipy_trees, "scikit-learn's trees": on_scikit_learn_trees}
        if n_features == 1:
            others["mutual_info_regression"] = by_scikit_learn
        found = {name: timed(other, X, Y) for name, other in others.items()}
        found |= {name: by_peer(name, X, Y) for name in PEERS}
        for name, (mi, time) in found.items():
            ratio = "" if isinstance(time, str) else time / seconds
            rows.append(what | {"by": name, "mi": mi, "s": time, "time / skmi's": ratio})
    return rows


if __name__ == "__main__":
    main(run, __doc__)
