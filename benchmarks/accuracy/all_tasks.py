"""Every estimator that needs no network on every named task: which tasks break which, and whether it is said.

4000 rows a task, one draw. An estimate counts as wrong if it is more than 0.1 nats and a tenth of the truth away. The
table has the error of each estimator on each task; "!" after it says that there was a warning, and "!" alone that there
was no estimate but an error. Finished estimates are kept in ``--results``, and a second call goes on where the first
stopped. About twenty minutes on two cores.

Run: python benchmarks/accuracy/all_tasks.py --results all_tasks.csv --csv docs/results
"""

import argparse
import sys
import warnings
from pathlib import Path

from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

from skmi import (
    KSG,
    CanonicalCompressor,
    CompressedMI,
    GaussianCopulaMI,
    GaussianMI,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import TASKS
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
_FAR, _SHARE = 0.1, 0.1  # nats, and share of the truth, that make an estimate wrong


def is_wrong(cell):
    """Return whether an estimate is far from the truth."""
    return abs(cell.estimate - cell.truth) > max(_FAR, _SHARE * cell.truth)


def tasks(cells):
    """Return one row for each task, with the error of each estimator."""
    rows = {}
    for cell in cells:
        row = rows.setdefault(cell.task, {"task": cell.task, "truth": cell.truth, **dict.fromkeys(ESTIMATORS, "")})
        said = "!" if cell.message else ""
        row[cell.estimator] = "!" if cell.failed else f"{cell.error:+.2f}{said}"
    return [rows[name] for name in TASKS if name in rows]


def counts(cells):
    """Return one row for each estimator: how many tasks it gets right and wrong, and how many of the latter it says."""
    rows = []
    for name in ESTIMATORS:
        found = [cell for cell in cells if cell.estimator == name]
        numbers = [cell for cell in found if not cell.failed]
        wrong = [cell for cell in numbers if is_wrong(cell)]
        rows.append(
            {
                "estimator": name,
                "right": len(numbers) - len(wrong),
                "wrong, said": sum(bool(cell.message) for cell in wrong),
                "wrong, not said": sum(not cell.message for cell in wrong),
                "no estimate": len(found) - len(numbers),
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every twelfth task, 1000 rows")
    parser.add_argument("--results", type=Path, default=Path("all_tasks.csv"), help="kept estimates; made when missing")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write all_tasks.csv and all_tasks_counts.csv there")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    names, n_samples = (list(TASKS)[::12], 1000) if arguments.quick else (list(TASKS), 4000)
    validate(
        ESTIMATORS, names, n_samples=n_samples, seeds=1, path=arguments.results, verbose=sys.stderr.isatty(), n_jobs=1
    )
    cells = ValidationResult.from_csv(arguments.results).cells
    print(tabulate(tasks(cells), headers="keys"), "", tabulate(counts(cells), headers="keys"), sep="\n")
    if arguments.csv:
        write_csv(arguments.csv / "all_tasks.csv", tasks(cells), floatfmt=".2f")
        write_csv(arguments.csv / "all_tasks_counts.csv", counts(cells))
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
