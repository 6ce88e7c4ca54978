"""The synthetic section of Butakov et al. (2024), arXiv:2305.08013: estimated against true information, 0 to 10 nats.

Images of blobs, rectangles and slanted blobs and the Anti-PCA map; estimates from the true parameters, from principal
components, from codes of an autoencoder fitted once to 20 000 other images of the kind, and from codes of the
contrastive compressor fitted to 5000 other pairs; KSG on raw pixels, and MINE and InfoNCE on pairs
held out, at every second information.

Each finished row is kept in ``--results``, and a second call goes on where the first stopped. Everything takes three to
eight hours; ``--quick`` takes less than a minute.

Run: python benchmarks/paper/synthetic.py --results synthetic.csv --csv docs/results --figures docs/figures
"""

import argparse
import csv
import sys
import time
import warnings
from functools import lru_cache
from pathlib import Path

from sklearn.decomposition import PCA
from tqdm.auto import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv
from _synthetic_report import COLUMNS, error_rows, estimate_rows, figures, tables

from skmi import (
    KSG,
    MINE,
    AutoencoderCompressor,
    ContrastiveCompressor,
    InfoNCE,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import anti_pca, blob_images, correlated_blob_images, rectangle_images

# What makes the pairs, the side of the images, how many parameters each has, and the highest information.
KINDS = {
    "blobs 16x16": (blob_images, 16, 2, 10),
    "rectangles 16x16": (rectangle_images, 16, 4, 10),
    "blobs 32x32": (blob_images, 32, 2, 10),
    "rectangles 32x32": (rectangle_images, 32, 4, 10),
    "slanted blobs 32x32": (correlated_blob_images, 32, 5, 10),
    "Anti-PCA": (anti_pca, None, 2, 4),
}
ON_CODES = {
    "KDE-ML": KernelDensityMI("ml"),
    "KDE-LSQ": KernelDensityMI("lsq"),
    "KL": KozachenkoLeonenko(),
    "weighted KL": KozachenkoLeonenko(correction="boundary"),
    "KSG": KSG(),
}
OTHER_DRAWS = 1000  # seeds of what compressors are fitted to


class Sizes:
    """How many pairs are estimated from, fit the contrastive compressor, and images fit the autoencoder."""

    def __init__(self, quick):
        self.n_samples, self.n_pairs, self.n_images = (1000, 1000, 2000) if quick else (5000, 5000, 20_000)
        self.training = {"max_epochs": 5} if quick else {}


def pair_of(kind, mi):
    make, side, _, _ = KINDS[kind]
    return make(float(mi)) if side is None else make(float(mi), image_size=side)


def parameters(kind, mi):
    """Return the pair of informative parameters behind what is drawn: uniform margins, without nuisance."""
    base = pair_of(kind, mi).base
    return base.base if kind == "Anti-PCA" else base


@lru_cache(maxsize=2)
def fitted_alone(name, kind, seed, sizes):
    """Return PCA or an autoencoder of one kind of image; X and y are alike and share it."""
    images, _ = pair_of(kind, 1.0).sample(sizes.n_images, random_state=OTHER_DRAWS + seed)
    n_codes = KINDS[kind][2]
    if name == "PCA":
        return PCA(n_codes, random_state=seed).fit(images)
    # Factors hidden in a thousandth of the variance need whitening first.
    options = {"whiten": True, "n_components": 4} if kind == "Anti-PCA" else {}
    return AutoencoderCompressor(n_codes, random_state=seed, **options, **sizes.training).fit(images)


def sides(codes, kind, mi, seed, sizes):
    """Return what is estimated from: a pair of arrays with one row a sample."""
    pair = pair_of(kind, mi)
    X, y = pair.sample(sizes.n_samples, random_state=seed)
    if codes == "raw":
        return X, y
    if codes == "parameters":
        return parameters(kind, mi).sample(sizes.n_samples, random_state=seed)
    if codes == "contrastive":
        others = pair.sample(sizes.n_pairs, random_state=OTHER_DRAWS + seed)
        compressor = ContrastiveCompressor(KINDS[kind][2], random_state=seed, **sizes.training).fit(*others)
        return compressor.transform(X, y)
    compressor = fitted_alone(codes, kind, seed, sizes)
    return compressor.transform(X), compressor.transform(y)


def cell(kind, codes, mi, seed, sizes):
    """Yield one row an estimator."""
    start = time.perf_counter()
    if codes in ("MINE", "InfoNCE"):
        Z = sides("raw", kind, mi, seed, sizes)
        estimators = {codes: {"MINE": MINE, "InfoNCE": InfoNCE}[codes](random_state=seed, **sizes.training)}
    else:
        Z = sides(codes, kind, mi, seed, sizes)
        estimators = {"KSG": KSG()} if codes == "raw" else ON_CODES
    compression = time.perf_counter() - start
    for name, estimator in estimators.items():
        start = time.perf_counter()
        value = estimator.fit(*Z).mi_
        seconds = round(compression + time.perf_counter() - start, 2)
        where = "raw" if codes in ("MINE", "InfoNCE") else codes
        yield dict(zip(COLUMNS, (kind, where, name, mi, seed, f"{value:.5f}", seconds), strict=True))


def plan(quick):
    """Yield what is to be computed, the dear parts last."""
    kinds = list(KINDS)[:1] if quick else list(KINDS)
    seeds = range(1 if quick else 3)
    grid = {kind: range(0, KINDS[kind][3] + 1, 5 if quick else 1) for kind in kinds}
    codes_of = ("parameters", "PCA", "autoencoder")
    yield from ((k, c, mi, s) for s in seeds for k in kinds for c in codes_of for mi in grid[k])
    yield from ((k, "contrastive", mi, 0) for k in kinds for mi in grid[k])
    yield from ((k, c, mi, 0) for k in kinds for c in ("raw", "MINE", "InfoNCE") for mi in grid[k][::2])
    yield from ((k, "contrastive", mi, s) for s in seeds[1:] for k in kinds for mi in grid[k])


def finished(path):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def compute(path, quick):
    """Append to the file what is not in it yet."""
    sizes = Sizes(quick)
    # MINE and InfoNCE stand under the name of the estimator, everything else under that of the codes.
    keys = {
        (
            row["data"],
            row["estimator"] if row["estimator"] in ("MINE", "InfoNCE") else row["codes"],
            row["truth"],
            row["seed"],
        )
        for row in finished(path)
    }
    todo = [c for c in plan(quick) if (c[0], c[1], str(c[2]), str(c[3])) not in keys]
    for what in tqdm(todo, disable=not sys.stderr.isatty()):
        rows = list(cell(*what, sizes))
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one kind of image, few of everything")
    parser.add_argument("--results", type=Path, help="kept rows, of --quick in another file than of the whole")
    parser.add_argument(
        "--csv", type=Path, metavar="FOLDER", help="write paper_errors.csv and paper_estimates.csv there"
    )
    parser.add_argument("--figures", type=Path, help="folder for the pictures")
    parser.add_argument("--report-only", action="store_true", help="tables and pictures of what there is")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    path = arguments.results or Path("synthetic-quick.csv" if arguments.quick else "synthetic.csv")
    if not arguments.report_only:
        compute(path, arguments.quick)
    rows = finished(path)
    print(tables(rows))
    if arguments.csv:
        write_csv(arguments.csv / "paper_errors.csv", error_rows(rows), floatfmt=".2f")
        write_csv(arguments.csv / "paper_estimates.csv", estimate_rows(rows), floatfmt=".2f")
    if arguments.figures:
        arguments.figures.mkdir(parents=True, exist_ok=True)
        figures(rows, arguments.figures)
    print("; ".join(f"{key} {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
