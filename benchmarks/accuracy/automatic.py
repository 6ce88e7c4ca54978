"""The one call on every named task: how far its answer is off, whether its interval holds the truth, what it costs.

The forty tasks of "Beyond Normal" with 10 000 rows, the others with 4000, all of them with as many draws as ``--draws``
says. Images come as images. Twice: without networks (``max_seconds`` of a second), and with the default time.

Each finished answer is kept in ``--results``, and a second call goes on where the first stopped. Everything takes some
hours; ``--quick`` shows four tasks. Run:

    python benchmarks/accuracy/automatic.py --draws 3 --results automatic.csv --csv docs/results
"""

import argparse
import csv
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from tabulate import tabulate
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

import skmi
from skmi.datasets import BEYOND_NORMAL, TASKS

SETTINGS = {"without networks": 1.0, "default": 60.0}
QUICK = "1x1-normal", "spiral @ 3x3-sparse", "1x1-labels-30-channel", "2x2-normal-8-nats"
NAMES = "task", "setting", "draw", "true", "estimate", "low", "high", "bound", "reliable", "method", "CPU s", "reasons"
CLOSE = 0.05  # nats


def sample(task, draw):
    """Return rows of a task, images as images."""
    pair = TASKS[task]
    X, y = pair.sample(10_000 if task in BEYOND_NORMAL else 4000, random_state=draw)
    if any(word in task for word in ("blobs", "rectangles", "brightness")):
        X, y = _images(X), _images(y)
    return X, y


def _images(rows):
    """Return images for rows of as many pixels as a square has, or two squares beside one another."""
    n_pixels = rows.shape[1]
    for n_wide in (1, 2):
        side = round(np.sqrt(n_pixels / n_wide))
        if side > 7 and n_wide * side**2 == n_pixels:
            return rows.reshape(len(rows), side, n_wide * side)
    return rows


def answer(task, setting, draw):
    """Return a row of the table."""
    X, y = sample(task, draw)
    started = time.process_time()
    found = skmi.estimate(X, y, max_seconds=SETTINGS[setting], random_state=draw)
    return {
        "task": task,
        "setting": setting,
        "draw": draw,
        "true": float(TASKS[task].mi),
        "estimate": found.mi,
        "low": found.low,
        "high": found.high,
        "bound": found.lower_bound,
        "reliable": found.reliable,
        "method": found.method,
        "CPU s": time.process_time() - started,
        "reasons": " | ".join(found.reasons),
    }


def run(path, tasks, settings, n_draws):
    """Append the answers that are missing."""
    done = set()
    if path.exists():
        with path.open() as file:
            done = {(row["task"], row["setting"], int(row["draw"])) for row in csv.DictReader(file)}
    cells = [(task, setting, draw) for draw in range(n_draws) for setting in settings for task in tasks]
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, NAMES)
        if not done:
            writer.writeheader()
        for cell in tqdm([cell for cell in cells if cell not in done], disable=not sys.stderr.isatty()):
            writer.writerow(answer(*cell))
            file.flush()


def read(path):
    """Return the answers, numbers as numbers."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row |= {key: float(row[key]) for key in ("true", "estimate", "low", "high", "bound", "CPU s")}
        row["reliable"] = row["reliable"] == "True"
        row["error"] = abs(row["estimate"] - row["true"])
        row["covered"] = row["low"] <= row["true"] <= row["high"]
    return rows


def summary(rows):
    """Return a row for each setting and group of tasks."""
    groups = {"forty of Beyond Normal": lambda task: task in BEYOND_NORMAL, "other tasks": lambda task: True}
    table, seen = [], set()
    for setting in SETTINGS:
        seen = set()
        for group, belongs in groups.items():
            these = [r for r in rows if r["setting"] == setting and belongs(r["task"]) and r["task"] not in seen]
            seen |= {row["task"] for row in these}
            if these:
                table.append({"setting": setting, "tasks": group} | _numbers(these))
        these = [row for row in rows if row["setting"] == setting]
        if these:
            table.append({"setting": setting, "tasks": "all"} | _numbers(these))
    return table


def _numbers(rows):
    errors = np.array([row["error"] for row in rows])
    honest = [row["covered"] or not row["reliable"] for row in rows]
    return {
        "answers": len(rows),
        "mean error": float(errors.mean()),
        "median": float(np.median(errors)),
        "share within 0.05": float(np.mean(errors <= CLOSE)),
        "truth in interval": float(np.mean([row["covered"] for row in rows])),
        "in interval or said": honest_share(honest),
        "not reliable": float(np.mean([not row["reliable"] for row in rows])),
        "median width": float(np.median([row["high"] - row["low"] for row in rows])),
        "CPU s, mean": float(np.mean([row["CPU s"] for row in rows])),
    }


def honest_share(honest):
    """Return the share of answers that contain the truth or say that they may not."""
    return float(np.mean(honest))


def tasks(rows, setting="default"):
    """Return a row for each task, of the first draw."""
    return [
        {
            "task": row["task"],
            "true": row["true"],
            "estimate": row["estimate"],
            "low": row["low"],
            "high": row["high"],
            "reliable": "yes" if row["reliable"] else "no",
            "method": row["method"],
            "CPU s": row["CPU s"],
        }
        for row in rows
        if row["setting"] == setting and row["draw"] == "0"
    ]


def main():
    """Run what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("automatic.csv"), metavar="FILE")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--setting", choices=SETTINGS, action="append")
    parser.add_argument("--task", choices=TASKS, action="append", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="four tasks, without networks")
    parser.add_argument("--report-only", action="store_true", help="the tables of what there is")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write automatic.csv and automatic_tasks.csv there")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if not arguments.report_only:
        chosen = arguments.task or (QUICK if arguments.quick else list(TASKS))
        settings = arguments.setting or (["without networks"] if arguments.quick else list(SETTINGS))
        run(arguments.results, chosen, settings, arguments.draws)
    rows = read(arguments.results)
    for name, table in {"automatic.csv": summary(rows), "automatic_tasks.csv": tasks(rows)}.items():
        print(tabulate(table, headers="keys", floatfmt=".3f"), end="\n\n")
        if arguments.csv and table:
            write_csv(arguments.csv / name, table, ".3f")
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
