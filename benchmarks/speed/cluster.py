"""On a Dask cluster: seconds of whole calls with one process and with two workers, overhead of a task, and scaling.

The overhead is measured with tasks that do nothing, sent one by one. The scaling is simulated with it: one scheduler
that sends task after task, each to a worker that has finished, for as many workers as the table says.

Run: python benchmarks/speed/cluster.py --csv docs/results
"""

import argparse
import heapq
import sys
import time
from pathlib import Path

import joblib
import numpy as np
from distributed import Client, LocalCluster
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, timed, write_csv

from skmi import KSG
from skmi.datasets import CorrelatedNormal
from skmi.feature_selection import mi_matrix, mi_scores
from skmi.uncertainty import mi_permutation_test
from skmi.validation import validate

TASKS = 10_000  # in the simulation


def nothing(i):
    return i


def overhead(n_tasks):
    """Return the seconds that a task takes from sending it to its result, beside its own."""
    empty = [joblib.delayed(nothing)(i) for i in range(n_tasks)]
    with joblib.parallel_config(backend="dask"):
        parallel = joblib.Parallel(batch_size=1, pre_dispatch="all")
        parallel(empty[:20])
        return timed(parallel, empty)[1] / n_tasks


def calls(quick):
    """Return calls by name."""
    n_samples, n_columns = (500, 20) if quick else (5000, 100)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, n_columns))
    y = X[:, 0] + rng.standard_normal(n_samples)
    pair = CorrelatedNormal(1.0, 3, 3).sample(n_samples, random_state=0)
    return {
        "mi_scores": lambda: mi_scores(X, y, pvalues=True, random_state=0).mi,
        "mi_matrix": lambda: mi_matrix(X).mi,
        "mi_permutation_test": lambda: mi_permutation_test(KSG(), *pair, random_state=0).null,
        "validate": lambda: validate(KSG(), "3x3-dense", n_samples=n_samples, seeds=20).to_frame()["estimate"],
    }


def measured(quick):
    """Return the table of calls, and the overhead of a task."""
    rows = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster):
        cost = overhead(100 if quick else 1000)
        for name, call in calls(quick).items():
            call()  # kernels are loaded
            alone, one = timed(call)
            with joblib.parallel_config(backend="dask"):
                call()
                together, two = timed(call)
            same = bool(np.array_equal(alone, together, equal_nan=True))
            row = {"call": name, "s, one process": one, "s, two workers": two, "the same numbers": same}
            rows.append(row | {"ms of overhead per task": 1000 * cost})
    return rows, cost


def seconds(n_tasks, n_workers, length, cost):
    """Return how long tasks take that are sent one after the other, each to a worker that is free."""
    free, sent = [0.0] * n_workers, 0.0
    for _ in range(n_tasks):
        sent += cost
        start = max(sent, heapq.heappop(free))
        heapq.heappush(free, start + length)
    return max(free)


def simulated(cost):
    """Return the table of the simulation."""
    rows = []
    for length in (0.1, 1.0, 10.0):
        row = {"tasks": TASKS, "s per task": length}
        for n_workers in (10, 100, 1000):
            row[f"times faster, {n_workers} workers"] = TASKS * length / seconds(TASKS, n_workers, length, cost)
        rows.append(row | {"workers kept busy": length / cost})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small tables, few tasks")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write cluster.csv and cluster_scaling.csv there")
    arguments = parser.parse_args()
    start = time.perf_counter()
    rows, cost = measured(arguments.quick)
    for name, table in (("cluster", rows), ("cluster_scaling", simulated(cost))):
        print(tabulate(table, headers="keys", floatfmt=".3g"), end="\n\n")
        if arguments.csv:
            write_csv(arguments.csv / f"{name}.csv", table)
    print("; ".join(f"{key} {value}" for key, value in machine().items()), f"; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
