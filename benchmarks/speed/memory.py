"""Peak memory and seconds of estimates on large samples, each in a process of its own.

Run: python benchmarks/speed/memory.py --csv docs/results/memory.csv
"""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

TASK = """
import json, resource, time
from skmi import {name}
from skmi.datasets import CorrelatedNormal
X, y = CorrelatedNormal(1.0, {d}, {d}).sample({n}, random_state=0)
{name}().fit(X[:5000], y[:5000])
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
mi = {name}().fit(X, y).mi_
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(dict(mi=mi, s=time.perf_counter() - start, peak=used / 2**20, above=(used - before) / 2**20)))
"""


def run(quick):
    tasks = [("KSG", 1, 10**5)] if quick else [("KSG", 1, 10**6), ("KSG", 2, 10**6), ("KozachenkoLeonenko", 2, 10**6)]
    tasks += [] if quick else [("KernelDensityMI", 2, 50_000)]
    rows = []
    for name, d, n in tasks:
        command = [sys.executable, "-c", TASK.format(name=name, d=d, n=n)]
        answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        rows.append(
            {
                "estimator": name,
                "columns": f"{d}+{d}",
                "rows": n,
                "mi (truth 1)": answer["mi"],
                "s": answer["s"],
                "peak, GiB": answer["peak"],
                "of which the estimate, GiB": answer["above"],
            }
        )
    return rows


if __name__ == "__main__":
    main(run, __doc__)
