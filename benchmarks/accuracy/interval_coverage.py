"""How sure are you: calibration of standard errors, coverage of intervals, size and power of tests, lower bounds.

Four tables. *Standard errors*: the mean of ``standard_error_`` over the standard deviation of the estimates.
*Intervals*: the share of nominal 95 % intervals of ``mi_interval`` that contain the truth, and the share that is called
reliable. *Tests*: the share of permutation tests with 99 permutations that reject at 5 %, of independent data and of
dependent ones. *Lower bounds*: how many exceed the truth, and the mean share of the truth that they reach. 1000 draws,
or as many as ``--draws`` says, and a tenth of them where a network is trained; Monte Carlo errors stand beside.

Each finished cell is kept in ``--results``, and a second call goes on where the first stopped. Everything takes hours;
``--quick`` shows a few cells of each table with few draws.

Run: python benchmarks/accuracy/interval_coverage.py --results coverage.csv --csv docs/results
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from tabulate import tabulate
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

from skmi import (
    KSG,
    CanonicalCompressor,
    CompressedMI,
    ConditionalKSG,
    ConditionalMI,
    ContrastiveCompressor,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi._resume import RecordFile
from skmi.datasets import TASKS, ConfoundedPair, CorrelatedNormal, NormalSeries, blob_images, zipf_labels
from skmi.exceptions import kept_warnings
from skmi.uncertainty import mi_interval, mi_lower_bound, mi_permutation_test

ROWS = 300, 1000, 4000
ESTIMATORS = {
    "KSG": KSG(),
    "KozachenkoLeonenko": KozachenkoLeonenko(),
    "KernelDensityMI, lsq": KernelDensityMI("lsq"),
    "GaussianMI": GaussianMI(),
    "GaussianCopulaMI": GaussianCopulaMI(),
}
CODES = CompressedMI(KSG(), compressor=CanonicalCompressor(2))
CONTRASTIVE = CompressedMI(KSG(), compressor=ContrastiveCompressor(2, max_epochs=40))


class Job(NamedTuple):
    """One cell: what is done in each draw, and how the draws become numbers."""

    table: str
    estimator: str
    data: str
    n_samples: int
    one: Callable  # of a seed, returns a tuple of numbers
    trained: bool = False


@dataclass(frozen=True)
class Cell:
    """The numbers of one cell; also one line of the file of results."""

    table: str
    estimator: str
    data: str
    n_samples: int
    draws: int
    first: float
    second: float
    error: float
    seconds: float
    fingerprint: str

    @property
    def key(self):
        """What identifies the cell."""
        return self.table, self.estimator, self.data, self.n_samples, self.draws


def normal(n_columns, rho):
    """Return a pair of so many columns per side, each correlated with one of the other."""
    return CorrelatedNormal(-0.5 * n_columns * np.log(1 - rho**2), n_columns, n_columns)


def grouped(n_samples, seed):
    """Return independent sides whose rows share much within each of 40 groups of unequal sizes, and the groups."""
    rng = np.random.RandomState(seed)
    groups = np.repeat(np.arange(40), 1 + rng.multinomial(n_samples - 40, np.arange(1, 41) / 820))
    X, y = rng.standard_normal((2, 40))[:, groups] + 0.3 * rng.standard_normal((2, n_samples))
    return X[:, None], y, groups


def seeded(model, seed):
    """Return a clone with this random state if it has one."""
    model = clone(model)
    return model.set_params(random_state=seed) if "random_state" in model.get_params() else model


def standard_error(model, pair, n_samples):
    """Return what gives an estimate and its standard error for a seed."""

    def one(seed):
        fitted = seeded(model, seed).fit(*pair.sample(n_samples, random_state=seed))
        return fitted.mi_, fitted.standard_error_

    return one


def interval(model, pair, n_samples):
    """Return what says for a seed whether the truth is in the interval, and whether that is called reliable."""

    def one(seed):
        found = mi_interval(model, *pair.sample(n_samples, random_state=seed), random_state=seed)
        return found.low <= pair.mi <= found.high, found.reliable

    return one


def rejects(model, draw, **options):
    """Return what says for a seed whether the test rejects."""

    def one(seed):
        X, y, *groups = draw(seed)
        options["groups"] = groups[0] if groups else None
        return (mi_permutation_test(model, X, y, n_permutations=99, random_state=seed, **options).pvalue <= 0.05,)

    return one


def lower(model, pair, n_samples):
    """Return what says for a seed whether the bound exceeds the truth, and what share of it the bound is."""

    def one(seed):
        bound = mi_lower_bound(model, *pair.sample(n_samples, random_state=seed), random_state=seed).bound
        return bound > pair.mi, bound / pair.mi if pair.mi else 0.0

    return one


def jobs():
    """Return all cells."""
    cells, blobs = [], blob_images(2.0)
    for n in ROWS:
        for name, model in ESTIMATORS.items():
            if name.startswith("KernelDensityMI") and n > 1000:
                continue  # hours, as densities take the square of the rows
            for d in (1, 2, 3):
                for rho in (0, 0.6, 0.95):
                    cells.append(
                        Job("errors", name, f"{d}+{d}, rho {rho}", n, standard_error(model, normal(d, rho), n))
                    )
        for data, pair in {
            "10 labels, independent": zipf_labels(10, 0.0, 1.0),
            "10 labels, dependent": zipf_labels(10, 0.0, 0.5),
            "labels, continuous": TASKS["1x1-noisy-steps"],
        }.items():
            cells.append(Job("errors", "KSG", data, n, standard_error(KSG(), pair, n)))
    for rho in (0, 0.6, 0.95):
        data, pair = f"3+3, rho {rho}", normal(3, rho)
        cells.append(Job("errors", "CompressedMI, canonical", data, 1000, standard_error(CODES, pair, 1000)))
    cells.append(
        Job(
            "errors",
            "CompressedMI, contrastive",
            "blobs",
            1000,
            standard_error(CONTRASTIVE, blob_images(2.0), 1000),
            True,
        )
    )
    for rho in (0, 0.6):
        of_critic = standard_error(InfoNCE(max_epochs=30), normal(2, rho), 1000)
        cells.append(Job("errors", "InfoNCE", f"2+2, rho {rho}", 1000, of_critic, True))
    for n in ROWS:
        for d in (1, 3):
            for rho in (0, 0.6, 0.9):
                cells.append(Job("intervals", "KSG", f"{d}+{d}, rho {rho}", n, interval(KSG(), normal(d, rho), n)))
    for n in ROWS[:2]:
        for name in ("2x2-uniform", "2x2-student-2", "1x1-noisy-steps", "1x1-waves", "1x1-outliers", "1x1-labels"):
            cells.append(Job("intervals", "KSG", name, n, interval(KSG(), TASKS[name], n)))
        cells.append(Job("intervals", "GaussianMI", "3+3, rho 0.6", n, interval(GaussianMI(), normal(3, 0.6), n)))
    of_draw = interval(CONTRASTIVE, blobs, 1000)
    cells.append(Job("intervals", "CompressedMI, contrastive", "blobs", 1000, of_draw, True))
    cells += tests()
    for mi in (0.5, 1.0, 1.7):
        pair = CorrelatedNormal(mi, 2, 2)
        cells.append(Job("bounds", "KSG", f"2+2, {mi} nats", 3000, lower(KSG(), pair, 3000)))
        cells.append(Job("bounds", "GaussianMI", f"2+2, {mi} nats", 3000, lower(GaussianMI(), pair, 3000)))
    cells.append(Job("bounds", "KSG", "2+2, 0 nats", 3000, lower(KSG(), CorrelatedNormal(0.0, 2, 2), 3000)))
    return cells


def tests():
    """Return the cells of permutation tests."""

    def of(pair, n):
        return lambda seed: pair.sample(n, random_state=seed)

    def more_columns_than_rows(seed):
        rng = np.random.RandomState(seed)
        return rng.standard_normal((200, 300)), rng.standard_normal((200, 300))

    def groups(seed):
        return grouped(400, seed)

    ksg, given = KSG(), ConditionalKSG(conditioning=[1])
    slow, slower, coupled = NormalSeries(0.0, 0.9), NormalSeries(0.0, 0.99), NormalSeries(0.14, 0.9)
    found = [
        ("KSG", "independent", 300, rejects(ksg, of(normal(1, 0), 300))),
        ("KSG", "rho 0.2", 300, rejects(ksg, of(normal(1, 0.2), 300))),
        ("KSG", "3+3, independent", 300, rejects(ksg, of(normal(3, 0), 300))),
        ("KSG", "labels, independent", 300, rejects(ksg, of(zipf_labels(10, 0.0, 1.0), 300))),
        ("CompressedMI, canonical", "noise, 300 columns of 200 rows", 200, rejects(CODES, more_columns_than_rows)),
        ("KSG, rows shuffled", "series, memory 0.9", 1000, rejects(ksg, of(slow, 1000))),
        ("KSG, serial", "series, memory 0.9", 1000, rejects(ksg, of(slow, 1000), serial=True)),
        ("KSG, serial", "series, memory 0.99", 1000, rejects(ksg, of(slower, 1000), serial=True)),
        ("KSG, serial", "series, memory 0.9, 0.14 nats", 1000, rejects(ksg, of(coupled, 1000), serial=True)),
        ("KSG, groups", "40 groups, independent", 400, rejects(ksg, groups)),
        ("KSG, within", "40 groups, independent", 400, rejects(ksg, groups, permute="within")),
        ("ConditionalKSG", "confounded, independent given Z", 500, rejects(given, of(ConfoundedPair(0.0, 1), 500))),
        ("ConditionalKSG", "confounded, 0.2 nats given Z", 500, rejects(given, of(ConfoundedPair(0.2, 1), 500))),
    ]
    cells = [Job("tests", *cell) for cell in found]
    noise = rejects(CONTRASTIVE, lambda seed: tuple(side[:, :40] for side in more_columns_than_rows(seed)))
    cells.append(Job("tests", "CompressedMI, contrastive", "noise, 40 columns of 200 rows", 200, noise, True))
    for mi, kind in ((0.0, "linear"), (0.0, "noise level"), (0.2, "linear")):
        pair = ConfoundedPair(mi, 10, kind)
        data = f"10 confounders, {kind}, {f'{mi} nats' if mi else 'independent'} given Z"
        left = rejects(ConditionalMI(pair.conditioning), of(pair, 1000))
        cells.append(Job("tests", "ConditionalMI", data, 1000, left, True))
    return cells


def run(path, draws, chosen, report_only=False):
    """Compute the cells that the file does not hold yet, and return all, or those that it holds."""
    file = RecordFile(Cell, path)
    kept = {cell.key: cell for cell in file.read()}
    cells = []
    for job in tqdm(chosen, disable=not sys.stderr.isatty()):
        n_draws = max(5, draws // 10) if job.trained else draws
        key = job.table, job.estimator, job.data, job.n_samples, n_draws
        if key not in kept and report_only:
            continue
        if key not in kept:
            start = time.process_time()
            with kept_warnings():
                found = np.array([job.one(seed) for seed in range(n_draws)], dtype=float)
            kept[key] = Cell(*key, *_numbers(job.table, found), (time.process_time() - start) / n_draws, "0" * 12)
            file.append(kept[key])
        cells.append(kept[key])
    return cells


def _numbers(table, found):
    """Return the two numbers of a cell, and the Monte Carlo error of the first."""
    n_draws = len(found)
    if table == "errors":
        spread = found[:, 0].std(ddof=1)
        ratio = found[:, 1].mean() / spread
        return ratio, spread, ratio / np.sqrt(2 * (n_draws - 1))
    share = found[:, 0].mean()
    error = np.sqrt(max(share * (1 - share), 1 / n_draws) / n_draws)
    return share, found[:, 1].mean() if found.shape[1] > 1 else np.nan, error


TABLES = {
    "errors": ("mean error / true", "true standard deviation"),
    "intervals": ("contain the truth", "called reliable"),
    "tests": ("reject at 5 %", None),
    "bounds": ("exceed the truth", "mean share of the truth"),
}


def rows_of(table, cells):
    """Return the rows of a table."""
    first, second = TABLES[table]
    rows = []
    for cell in cells:
        if cell.table != table:
            continue
        row = {"estimator": cell.estimator, "data": cell.data, "rows": cell.n_samples, "draws": cell.draws}
        row |= {first: cell.first, "Monte Carlo error": cell.error}
        if second:
            row[second] = cell.second
        rows.append(row | {"CPU s a draw": cell.seconds})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few cells of each table, 20 draws")
    parser.add_argument("--results", type=Path, default=Path("coverage.csv"), help="finished cells; made when missing")
    parser.add_argument("--draws", type=int, default=1000, help="draws of each cell")
    parser.add_argument("--only", choices=list(TABLES), action="append", help="table; may be given several times")
    parser.add_argument("--report-only", action="store_true", help="the tables of what there is")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write the tables coverage_*.csv there")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    chosen = [job for job in jobs() if not arguments.only or job.table in arguments.only]
    if arguments.quick:
        chosen = [job for table in TABLES for job in [j for j in chosen if j.table == table and not j.trained][:3]]
    draws = 20 if arguments.quick else arguments.draws
    cells = run(arguments.results, draws, chosen, arguments.report_only)
    for table in TABLES:
        rows = rows_of(table, cells)
        if rows:
            print(tabulate(rows, headers="keys", floatfmt=".3f"), end="\n\n")
        if rows and arguments.csv:
            write_csv(arguments.csv / f"coverage_{table}.csv", rows, floatfmt=".3f")
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
