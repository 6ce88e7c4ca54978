"""What every benchmark shares: --quick, --json, --csv, a table, and which machine and versions made it."""

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

from tabulate import tabulate

_PACKAGES = ("skmi", "numpy", "scipy", "scikit-learn", "numba", "torch", "skorch")


def machine():
    """Return what a reader needs to know to compare."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        **versions,
    }


def _processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def timed(function, *arguments, repeat=1, of_processor=False, **options):
    """Return the function's result and the shortest of its times, in seconds of the clock or of the processor."""
    clock = time.process_time if of_processor else time.perf_counter
    seconds = []
    for _ in range(repeat):
        start = clock()
        result = function(*arguments, **options)
        seconds.append(clock() - start)
    return result, min(seconds)


def write_csv(path, rows, floatfmt=".3g"):
    """Write rows as a table for a page of the documentation; a column that a row lacks stays empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: format(value, f"z{floatfmt}") if isinstance(value, float) else value for name, value in row.items()}
            for row in rows
        )


def without(*names):
    """Return a function that drops these columns from rows."""
    return lambda rows: [{name: value for name, value in row.items() if name not in names} for row in rows]


def main(run, description, table=None, floatfmt=".3g"):
    """Parse the command line, call ``run(quick)``, which returns rows as dicts, and print them.

    ``table(rows)`` returns the rows of the CSV file, by default all; ``floatfmt`` is the format of its floats.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="less of everything, under 50 s")
    parser.add_argument("--json", metavar="FILE", help="write rows and machine there")
    parser.add_argument("--csv", metavar="FILE", help="write rows there, for a page of the documentation")
    arguments = parser.parse_args()
    start = time.perf_counter()
    rows = run(arguments.quick)
    print(tabulate(rows, headers="keys", floatfmt=".3g", disable_numparse=False))
    about = machine()
    print(
        "; ".join(f"{key} {value}" for key, value in about.items()),
        f"; total {time.perf_counter() - start:.0f} s",
        sep="",
    )
    if arguments.csv:
        write_csv(arguments.csv, table(rows) if table else rows, floatfmt)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": about, "rows": rows}, file, indent=1)
