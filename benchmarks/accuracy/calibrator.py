"""Make the table of random pairs that the calibrator learns from, and fit it.

    python benchmarks/accuracy/calibrator.py --pairs 6000 --raw calibrator_pairs.csv
    python benchmarks/accuracy/calibrator.py --pairs 2000 --raw calibrator_plain.csv --plain
    python benchmarks/accuracy/calibrator.py --raw calibrator_pairs.csv calibrator_plain.csv --fit \
        --csv docs/results/calibrator.csv

The first two commands take about 1.3 CPU seconds a pair, and go on where they stopped; several may run side by side
with ``--part 0/2`` and ``--part 1/2``, each to a file of its own.
"""

import argparse
import csv
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from tabulate import tabulate
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import write_csv

from skmi import automatic
from skmi.automatic._calibrator import FILE, LEVELS, distances, half_width, inputs_of
from skmi.automatic._cheap import DESCRIPTIONS, ESTIMATES, cheap_estimates
from skmi.datasets import random_pair

FIRST_SEED = 1_000_000  # others are for tests
FIRST_PLAIN = 2_000_000  # from here on pairs go without their maps
FEWEST, MOST = 200, 20_000  # rows
QUANTILES = dict(zip(LEVELS, (0.03, 0.5, 0.97), strict=True))
TREES = {"max_iter": 400, "learning_rate": 0.05, "max_leaf_nodes": 15, "min_samples_leaf": 20, "random_state": 0}
NAMES = "seed", "family", "n_samples", "mi", *ESTIMATES, *DESCRIPTIONS


def row_of(seed):
    """Return a row of the table, or None for labels on both sides, which need no calibrator."""
    pair = random_pair(seed)
    if seed >= FIRST_PLAIN and hasattr(pair, "x_map"):
        pair = pair.base
    rng = np.random.RandomState(seed)
    n_samples = int(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST))))
    X, y = pair.sample(n_samples, rng)
    labels = y.dtype.kind in "iu"
    if X.dtype.kind in "iu" or (labels and len(np.unique(y)) < 2):
        return None
    found = cheap_estimates(X, y.ravel() if labels else y, labels)
    return {"seed": seed, "family": family_of(pair), "n_samples": n_samples, "mi": pair.mi} | found


def family_of(pair):
    """Return the names of the classes of a pair, inside out, without maps and nuisance."""
    names = []
    while hasattr(pair, "base"):
        names.append(type(pair).__name__)
        pair = pair.base
    names.append(type(pair).__name__)
    return "/".join(name for name in names[::-1] if name not in ("MappedPair", "_Hidden"))


def make(path, n_pairs, part, first):
    """Append rows to a CSV until it has seen so many seeds from the first on."""
    done = -1
    if path.exists():
        with path.open() as file:
            done = max((int(row["seed"]) for row in csv.DictReader(file) if row["entropy"]), default=-1)
    seeds = range(first + part[0], first + n_pairs, part[1])
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, NAMES)
        if done < 0:
            writer.writeheader()
        for seed in tqdm([seed for seed in seeds if seed > done], disable=not sys.stderr.isatty()):
            row = row_of(seed)
            if row is not None:
                writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
                file.flush()


def table_of(paths):
    """Return the rows of one or several CSV files as a DataFrame, incomplete ones left out."""
    frames = [pd.read_csv(path) for path in paths]
    return pd.concat(frames).dropna(subset=["entropy", "log_n"]).drop_duplicates("seed").reset_index(drop=True)


def arrays_of(table):
    """Return inputs, what the simple rule reads, and the truth."""
    pairs = [inputs_of(row) for row in table.to_dict("records")]
    return np.array([inputs for inputs, _ in pairs]), np.array([base for _, base in pairs]), table["mi"].to_numpy()


def regressions(inputs, errors):
    """Return a regression for each level."""
    return {
        level: HistGradientBoostingRegressor(loss="quantile", quantile=quantile, **TREES).fit(inputs, errors)
        for level, quantile in QUANTILES.items()
    }


def predicted(models, inputs):
    """Return lower end, median and upper end, in order."""
    low, median, high = (models[level].predict(inputs) for level in LEVELS)
    return np.minimum(low, median), median, np.maximum(high, median)


def fit(table):
    """Return the arrays of the calibrator, and a table of how well it does on families it has not seen."""
    inputs, base, truth = arrays_of(table)
    families = table["family"].to_numpy()
    held_out = np.full((3, len(table)), np.nan)
    for family in tqdm(np.unique(families), disable=not sys.stderr.isatty()):
        test = families == family
        held_out[:, test] = predicted(regressions(inputs[~test], (truth - base)[~test]), inputs[test])
    low, median, high = held_out + base
    outside = np.maximum(low - truth, truth - high) / half_width(low, high)
    confidences = np.linspace(0.5, 0.995, 100)
    arrays = {"confidences": confidences, "reach": np.quantile(outside, confidences)}
    for level, model in regressions(inputs, truth - base).items():
        arrays |= {f"{level}_{name}": value for name, value in trees_of(model).items()}
    arrays |= domain(inputs)
    reach = np.interp(0.95, confidences, arrays["reach"])
    margin = reach * half_width(low, high)
    covered = (low - margin <= truth) & (truth <= high + margin)
    rows = []
    for family in [*np.unique(families), "all"]:
        these = (families == family) | (family == "all")
        rows.append(
            {
                "family": family,
                "pairs": int(these.sum()),
                "largest of three": float(np.abs(base - truth)[these].mean()),
                "calibrated": float(np.abs(median - truth)[these].mean()),
                "calibrated, median": float(np.median(np.abs(median - truth)[these])),
                "covered": float(covered[these].mean()),
                "width": float(np.median((high - low + 2 * margin)[these])),
            }
        )
    return arrays, rows


def trees_of(model):
    """Return the trees of a regression as arrays."""
    # scikit-learn has no public form of its trees.
    nodes = [predictors[0].nodes for predictors in model._predictors]
    roots = np.cumsum([0, *(len(tree) for tree in nodes[:-1])])
    first = np.repeat(roots, [len(tree) for tree in nodes])
    nodes = np.concatenate(nodes)
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "roots": roots.astype(np.int32),
        "feature": np.where(leaf, -1, nodes["feature_idx"]).astype(np.int16),
        "threshold": nodes["num_threshold"],
        "missing_left": nodes["missing_go_to_left"].astype(bool),
        "left": np.where(leaf, 0, first + nodes["left"]).astype(np.int32),
        "right": np.where(leaf, 0, first + nodes["right"]).astype(np.int32),
        "value": np.where(leaf, nodes["value"], 0.0),
        "baseline": np.float64(model._baseline_prediction.item()),
    }


def domain(inputs, n_kept=2000):
    """Return inputs of some pairs, their scale, and the distance within which all but one in a hundred lie."""
    rng = np.random.RandomState(0)
    order, n_kept = rng.permutation(len(inputs)), min(n_kept, len(inputs) // 2)
    kept, rest = inputs[order[:n_kept]], inputs[order[n_kept : n_kept + 2000]]
    low, high = np.nanquantile(inputs, (0.05, 0.95), axis=0)
    scale = np.maximum(0.25 * (high - low), 1e-6)
    kept = kept.astype(np.float32)
    found = [distances(row, kept.astype(float), scale) for row in rest]
    return {"known": kept, "scale": scale, "farthest": np.quantile(found, 0.99)}


def main():
    """Make the table, or fit the calibrator to it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, nargs="+", default=[Path("calibrator_pairs.csv")])
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--plain", action="store_true", help="pairs without maps, as most tables have them")
    parser.add_argument("--part", default="0/1", metavar="I/N")
    parser.add_argument("--fit", action="store_true", help="fit the calibrator to the pairs that there are")
    parser.add_argument("--file", type=Path, default=Path(automatic.__file__).with_name(FILE))
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table of held-out families there")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if not arguments.fit:
        first = FIRST_PLAIN if arguments.plain else FIRST_SEED
        make(arguments.raw[0], arguments.pairs, tuple(map(int, arguments.part.split("/"))), first)
        return
    arrays, rows = fit(table_of(arguments.raw))
    np.savez_compressed(arguments.file, **arrays)
    print(tabulate(rows, headers="keys", floatfmt=".3f"))
    if arguments.csv:
        write_csv(arguments.csv, rows, ".3f")


if __name__ == "__main__":
    main()
