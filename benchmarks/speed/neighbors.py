"""The neighbour searches behind KSG against SciPy's k-d tree, one thread, same data, same numbers.

Run: python benchmarks/speed/neighbors.py --csv docs/results/neighbor_searches.csv
"""

import sys
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed, without

from skmi._neighbors import count_neighbors, neighbor_distances


def tree_distances(Z):
    return cKDTree(Z).query(Z, [2, 3, 4], p=np.inf)[0]


def tree_counts(Z, radius):
    return cKDTree(Z).query_ball_point(Z, np.nextafter(radius, 0), p=np.inf, return_length=True) - 1


def run(quick):
    shapes = [(10_000, 1), (10_000, 2), (10_000, 5), (5_000, 20)]
    if not quick:
        shapes += [(100_000, 1), (100_000, 2), (100_000, 4), (5_000, 64)]
    rng = np.random.default_rng(0)
    neighbor_distances(rng.standard_normal((3000, 2)), 3)  # compiled before the clock starts
    rows = []
    for n_samples, n_features in shapes:
        Z = rng.standard_normal((n_samples, n_features))
        count_neighbors(Z[:3000], neighbor_distances(Z[:3000], 3)[:, 2])
        ours, seconds = timed(neighbor_distances, Z, 3)
        theirs, tree_seconds = timed(tree_distances, Z)
        counts, count_seconds = timed(count_neighbors, Z, 3 * ours[:, 2])
        tree, tree_count_seconds = timed(tree_counts, Z, 3 * ours[:, 2])
        rows.append(
            {
                "rows": n_samples,
                "columns": n_features,
                "distances, s": seconds,
                "SciPy, s": tree_seconds,
                "counts, s": count_seconds,
                "SciPy counts, s": tree_count_seconds,
                "equal": bool(np.array_equal(ours, theirs) and np.array_equal(counts, tree)),
            }
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__, table=without("equal"))
