"""Every estimator on every named task: which tasks break which, and whether it is said; peers beside them.

4000 rows a task, one draw. An estimate counts as wrong if it is more than 0.1 nats and a tenth of the truth away. The
table has the error of each estimator on each task; "!" after it says that there was a warning, and "!" alone that there
was no estimate but an error. Peers compute what they can: ``ennemi`` takes one column a side, and ``latentmi``, which
needs minutes a task, sees only the tasks of more than eight columns. NeuralMI 1.0 is in no registry of packages. The
conditional tasks are in a table of their own. Finished estimates are kept in ``--results``, and a second call goes on
where the first stopped. Without networks and peers about twenty minutes on one core; with them many hours.

Run: python benchmarks/accuracy/all_tasks.py --results all_tasks.csv --csv docs/results --trained; with SKMI_PEERS and
--peers the peers stand beside
"""

import argparse
import statistics
import sys
import warnings
from pathlib import Path

from sklearn.base import clone
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv
from _peers import PeerEstimator
from peers._run import PEERS

from skmi import (
    KSG,
    MINE,
    NWJ,
    SMILE,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ConditionalKSG,
    ConditionalMI,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    JensenShannonMI,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import CONDITIONAL_TASKS, TASKS
from skmi.validation import ValidationResult, validate

ESTIMATORS = {
    "KSG": KSG(),
    "KSG, normal scores": KSG(marginals="normal"),
    "KozachenkoLeonenko": KozachenkoLeonenko(),
    "KernelDensityMI": KernelDensityMI(),
    "GaussianMI": GaussianMI(),
    "GaussianCopulaMI": GaussianCopulaMI(),
    "canonical pairs, KSG": CompressedMI(KSG(), compressor=CanonicalCompressor()),
}
TRAINED = {
    "InfoNCE": InfoNCE(),
    "CompressedMI": CompressedMI(random_state=0),
    "MINE": MINE(),
    "SMILE": SMILE(),
    "NWJ": NWJ(),
    "JensenShannonMI": JensenShannonMI(),
    "autoencoder, KSG": CompressedMI(KSG(), compressor=AutoencoderCompressor(2)),
}
CONDITIONAL = {
    "ConditionalKSG": ConditionalKSG(),
    "ConditionalKSG, normal scores": ConditionalKSG(marginals="normal"),
    "ConditionalMI": ConditionalMI(),
}
_PEERS = {name: PeerEstimator(name) for name in PEERS}
_WIDE = 8  # columns of either side, from which on latentmi is worth its minutes
_FAR, _SHARE = 0.1, 0.1  # nats, and share of the truth, that make an estimate wrong


def is_wrong(cell):
    """Return whether an estimate is far from the truth."""
    return abs(cell.estimate - cell.truth) > max(_FAR, _SHARE * cell.truth)


def tasks(cells, estimators, names=TASKS):
    """Return one row for each task, with the error of each estimator that has run."""
    found = {cell.estimator for cell in cells}
    estimators = [name for name in estimators if name in found]
    rows = {}
    for cell in cells:
        if cell.estimator not in estimators or cell.task not in names:
            continue
        row = rows.setdefault(cell.task, {"task": cell.task, "truth": cell.truth, **dict.fromkeys(estimators, "")})
        said = "!" if cell.message else ""
        row[cell.estimator] = "!" if cell.failed else f"{cell.error:+.2f}{said}"
    return [rows[name] for name in names if name in rows]


def counts(cells, names=TASKS):
    """Return one row for each estimator: how many tasks it gets right and wrong, and how many of the latter it says."""
    rows = []
    for name in dict.fromkeys(cell.estimator for cell in cells if cell.task in names):
        found = [cell for cell in cells if cell.estimator == name and cell.task in names]
        numbers = [cell for cell in found if not cell.failed]
        wrong = [cell for cell in numbers if is_wrong(cell)]
        rows.append(
            {
                "estimator": name,
                "right": len(numbers) - len(wrong),
                "wrong, said": sum(bool(cell.message) for cell in wrong),
                "wrong, not said": sum(not cell.message for cell in wrong),
                "no estimate": len(found) - len(numbers),
                "median error": statistics.median(abs(cell.error) for cell in numbers) if numbers else "",
                "median s": statistics.median(cell.seconds for cell in numbers) if numbers else "",
            }
        )
    return rows


def run(path, quick, groups, only, verbose):
    """Compute what the file does not hold yet."""
    names, n_samples = (list(TASKS)[::12], 1000) if quick else (list(TASKS), 4000)
    options = {"n_samples": n_samples, "seeds": 1, "path": path, "verbose": verbose, "n_jobs": 1}
    wide = [name for name in names if TASKS[name].sample(2, random_state=0)[0].shape[1] > _WIDE]
    for name, model in {name: model for group in groups for name, model in group.items()}.items():
        if only and name not in only:
            continue
        if name not in CONDITIONAL:
            validate({name: model}, wide if name.startswith("latentmi") else names, **options)
            continue
        for task, pair in list(CONDITIONAL_TASKS.items())[:: 10 if quick else 1]:
            validate({name: clone(model).set_params(conditioning=pair.conditioning)}, {task: pair}, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every twelfth task, 1000 rows")
    parser.add_argument("--results", type=Path, default=Path("all_tasks.csv"), help="kept estimates; made when missing")
    parser.add_argument("--trained", action="store_true", help="also estimators that train networks")
    parser.add_argument("--peers", action="store_true", help="also other packages")
    parser.add_argument("--only", action="append", help="name of an estimator or peer; may be given several times")
    parser.add_argument("--report-only", action="store_true", help="the tables of what there is")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write the tables all_tasks*.csv there")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    groups = [ESTIMATORS, CONDITIONAL, *[TRAINED] * arguments.trained, *[_PEERS] * arguments.peers]
    if not arguments.report_only:
        run(arguments.results, arguments.quick, groups, arguments.only, sys.stderr.isatty())
    cells = ValidationResult.from_csv(arguments.results).cells
    tables = {
        "all_tasks.csv": tasks(cells, ESTIMATORS),
        "all_tasks_trained.csv": tasks(cells, TRAINED),
        "all_tasks_peers.csv": tasks(cells, PEERS),
        "all_tasks_counts.csv": counts(cells),
        "all_tasks_conditional.csv": tasks(cells, CONDITIONAL, CONDITIONAL_TASKS),
    }
    for name, rows in tables.items():
        print(tabulate(rows, headers="keys"), end="\n\n")
        if arguments.csv and rows:
            write_csv(arguments.csv / name, rows, floatfmt=".2f")
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
