"""Seconds of the first estimate in a fresh process: with nothing compiled yet, and with the compiled code on disk.

Run: python benchmarks/speed/first_call.py --csv docs/results/first_call.csv
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

TASK = """
import json, time
start = time.perf_counter()
from skmi import {name}
imported = time.perf_counter()
from skmi.datasets import CorrelatedNormal
X, y = CorrelatedNormal(1.0, {d}, {d}).sample({n}, random_state=0)
begun = time.perf_counter()
{name}().fit(X, y)
first = time.perf_counter()
{name}().fit(X, y)
print(json.dumps([imported - start, first - begun, time.perf_counter() - first]))
"""


def run(quick):
    tasks = [("KSG", 1, 5000)] if quick else [("KSG", 1, 1000), ("KSG", 1, 5000), ("KSG", 3, 5000)]
    tasks += [] if quick else [("KernelDensityMI", 1, 5000)]
    rows = []
    for name, d, n in tasks:
        with tempfile.TemporaryDirectory() as cache:
            found = []
            for _ in ("cold", "warm"):
                done = subprocess.run(
                    [sys.executable, "-c", TASK.format(name=name, d=d, n=n)],
                    capture_output=True,
                    text=True,
                    check=True,
                    env=os.environ | {"NUMBA_CACHE_DIR": cache},
                )
                found.append(json.loads(done.stdout))
        (_, cold, _), (imported, warm, again) = found
        rows.append(
            {
                "estimator": name,
                "columns": f"{d}+{d}",
                "rows": n,
                "import, s": imported,
                "first, cold, s": cold,
                "first, warm, s": warm,
                "second, s": again,
            }
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__)
