"""Every estimator on the forty tasks of "Beyond Normal" (Czyż et al. 2023, arXiv:2306.11078), peers beside them.

10 000 rows a task. Estimators that are done in a second see three draws of each, others and peers the first. Finished
estimates are kept in ``--results``, and a second call goes on where the first stopped. "Chosen by score" fits each
candidate to half of the rows, takes the one with the highest ``score`` on the other half, and fits it to all rows; as
the score bounds the information from below, it is the estimate where that of the estimator is lower. No truth is looked
at. Everything takes about five hours on two cores.

Run: python benchmarks/accuracy/leaderboard.py --results leaderboard.csv --csv docs/results; with SKMI_PEERS the peers
stand beside
"""

import argparse
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, clone
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
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    JensenShannonMI,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import BEYOND_NORMAL
from skmi.validation import ValidationResult, validate


class ChosenByScore(BaseEstimator):
    """The candidate that scores best on rows that it was not fitted to, fitted to all; no less than that score."""

    def __init__(self, candidates=(), random_state=None):
        self.candidates = candidates
        self.random_state = random_state

    def fit(self, X, y):
        order = np.random.default_rng(self.random_state).permutation(len(X))
        fit, score = np.array_split(order, 2)
        scores = [self._with_seed(model).fit(X[fit], y[fit]).score(X[score], y[score]) for model in self.candidates]
        self.best_ = self._with_seed(self.candidates[int(np.argmax(scores))]).fit(X, y)
        self.mi_, self.standard_error_ = max(self.best_.mi_, *scores), self.best_.standard_error_
        return self

    def _with_seed(self, model):
        model = clone(model)
        names = [name for name in model.get_params() if name.rpartition("__")[2] == "random_state"]
        return model.set_params(**dict.fromkeys(names, self.random_state))


_CANONICAL = CompressedMI(KSG(), compressor=CanonicalCompressor())
_CANDIDATES = KSG(marginals="normal"), GaussianCopulaMI(), _CANONICAL, KernelDensityMI()
QUICK = {
    "KSG": KSG(),
    "KSG, normal scores": KSG(marginals="normal"),
    "KSG, variant 2": KSG(variant=2),
    "KozachenkoLeonenko": KozachenkoLeonenko(),
    "KozachenkoLeonenko, boundary": KozachenkoLeonenko(correction="boundary"),
    "KernelDensityMI, ml": KernelDensityMI("ml"),
    "KernelDensityMI, lsq": KernelDensityMI("lsq"),
    "GaussianMI": GaussianMI(),
    "GaussianCopulaMI": GaussianCopulaMI(),
    "canonical pairs, KSG": _CANONICAL,
}
TRAINED = {
    "chosen by score": ChosenByScore(_CANDIDATES),
    "MINE": MINE(),
    "chosen by score, with InfoNCE": ChosenByScore((*_CANDIDATES, InfoNCE())),
    "contrastive codes, KSG": CompressedMI(KSG(), compressor=ContrastiveCompressor(2)),
    "InfoNCE": InfoNCE(),
    "JensenShannonMI": JensenShannonMI(),
    "SMILE": SMILE(),
    "NWJ": NWJ(),
}
SHOWN = (
    "KSG, normal scores",
    "GaussianCopulaMI",
    "canonical pairs, KSG",
    "MINE",
    "InfoNCE",
    "chosen by score, with InfoNCE",
    "bmi-infonce",
)


def run(path, quick, verbose, only):
    tasks = BEYOND_NORMAL[::13] if quick else BEYOND_NORMAL
    options = {"n_samples": 1000 if quick else 10_000, "path": path, "verbose": verbose}
    groups = [(QUICK, 1 if quick else 3)]
    if not quick:
        groups += [({name: model}, 1) for name, model in TRAINED.items()]
        if os.environ.get("SKMI_PEERS"):
            groups += [({name: PeerEstimator(name)}, 1) for name in PEERS]
    for models, seeds in groups:
        models = {name: model for name, model in models.items() if not only or name in only}
        if models:
            validate(models, tasks, seeds=seeds, **options)


def errors(result):
    """Return one row for each estimator, the most accurate first."""
    rows = []
    for line in sorted(result.summary(), key=lambda line: line["mean"]):
        within = f"{line['within_0.05']} of {line['tasks']}"
        if line["failed"]:
            within += f" ({line['failed']} without an estimate)"
        draws = len({cell.seed for cell in result.cells if cell.estimator == line["estimator"]})
        row = {"estimator": line["estimator"], "draws": draws, "mean": line["mean"], "median": line["median"]}
        rows.append(row | {"RMSE": line["rmse"], "within 0.05": within, "s": line["seconds"]})
    return rows


def estimates(result):
    """Return one row for each task, with the mean over draws of the estimators in SHOWN."""
    rows = {}
    for name, n_samples in result.groups():
        for task, found in result.by_task(name, n_samples).items() if name in SHOWN else ():
            row = rows.setdefault(task, {"task": task, "truth": found["truth"], **dict.fromkeys(SHOWN, "")})
            row[name] = found["estimate"]
    return list(rows.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="four tasks, no networks, no peers")
    parser.add_argument(
        "--results", type=Path, default=Path("leaderboard.csv"), help="kept estimates; made when missing"
    )
    parser.add_argument("--only", action="append", help="name of an estimator or peer; may be given several times")
    parser.add_argument(
        "--csv", type=Path, metavar="FOLDER", help="write forty_tasks_errors.csv and forty_tasks_estimates.csv there"
    )
    parser.add_argument("--html", type=Path, help="write the report with pictures there")
    parser.add_argument("--report-only", action="store_true", help="the table of what there is")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if not arguments.report_only:
        run(arguments.results, arguments.quick, sys.stderr.isatty(), arguments.only)
    result = ValidationResult.from_csv(arguments.results)
    print(tabulate(errors(result), headers="keys", floatfmt=".3f"))
    if arguments.csv:
        write_csv(arguments.csv / "forty_tasks_errors.csv", errors(result), floatfmt=".3f")
        write_csv(arguments.csv / "forty_tasks_estimates.csv", estimates(result), floatfmt=".2f")
    if arguments.html:
        result.to_html(arguments.html)
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
