"""Neural bounds side by side on pairs whose information is known, with neighbours and peers beside them.

10 000 rows of columns, 5000 of images. The spiral turns the rows of a normal pair in the plane of their first two
columns by an angle that grows with their length, which keeps the information. To peers pixels are columns; ``cpu`` is
what an estimate takes in seconds of one processor.

Run: python benchmarks/accuracy/neural.py --csv docs/results/neural_estimates.csv; with SKMI_PEERS those of benchmark-mi
stand beside. The CSV file has one column for each estimator in SHOWN.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main
from _peers import peer

from skmi import KSG, MINE, NWJ, SMILE, CompressedMI, ContrastiveCompressor, InfoNCE, JensenShannonMI
from skmi.datasets import (
    CorrelatedNormal,
    CorrelatedStudent,
    MappedPair,
    blob_images,
    rectangle_images,
)

_PEERS = "bmi-mine", "bmi-infonce", "bmi-nwj"
SHOWN = "MINE", "InfoNCE", "NWJ", *_PEERS, "MINE, joint", "KSG", "CompressedMI"
_ALL_COLUMNS = 256  # of a side, up to which more is tried than what peers have
_NEIGHBOUR_COLUMNS = 25  # of a side, up to which neighbours of the columns themselves are tried


def spiral(rows):
    """Return rows turned in the plane of their first two columns by an angle of one radian for each unit of length."""
    angle = np.linalg.norm(rows, axis=1)
    turned = rows.copy()
    turned[:, 0] = np.cos(angle) * rows[:, 0] - np.sin(angle) * rows[:, 1]
    turned[:, 1] = np.sin(angle) * rows[:, 0] + np.cos(angle) * rows[:, 1]
    return turned


SUITE = {
    "normal 1+1, weak": CorrelatedNormal(0.4),
    "normal 1+1": CorrelatedNormal(1.0),
    "normal 1+1, strong": CorrelatedNormal(1.96),
    "normal 5+5": CorrelatedNormal(2.0, 5, 5),
    "normal 25+25": CorrelatedNormal(2.0, 25, 25),
    "Student 2+2": CorrelatedStudent(1.0, 2, 2, degrees_of_freedom=3),
    "spiral 3+3": MappedPair(CorrelatedNormal(2.0, 3, 3), spiral, spiral),
    "blobs 16x16": blob_images(2.0, 16),
    "rectangles 16x16": rectangle_images(2.0, 16),
    "blobs 32x32": blob_images(2.0, 32),
    "rectangles 32x32": rectangle_images(2.0, 32),
}
_CODES = {"blobs 16x16": 2, "rectangles 16x16": 4, "blobs 32x32": 2, "rectangles 32x32": 4}  # parameters of an image
_QUICK = "normal 1+1", "normal 5+5"


def estimators(n_columns, n_codes):
    """Yield what is compared: on images, of which ``n_codes`` is given, neighbours look at codes."""
    side = round(n_columns**0.5)
    shapes = {} if n_codes is None else {"image_shape": (side, side), "y_image_shape": (side, side)}
    for kind in (MINE, NWJ, InfoNCE):
        yield kind.__name__, kind(random_state=0, **shapes)
    if n_columns <= _ALL_COLUMNS:
        for kind in (SMILE, JensenShannonMI):
            yield kind.__name__, kind(random_state=0, **shapes)
        yield "MINE, joint", MINE("joint", random_state=0, **shapes)
    if n_codes is None:
        yield "MINE, standardized", MINE(marginals="standardize", random_state=0)
    if n_columns <= _NEIGHBOUR_COLUMNS:
        yield "KSG", KSG()
    if n_codes is not None:
        compressor = ContrastiveCompressor(n_codes, random_state=0)
        yield "CompressedMI", CompressedMI(KSG(), compressor=compressor, random_state=0)


def rows_of(name, n_samples, with_peers=True):
    """Yield a row for each estimator of one line of the suite."""
    pair, n_codes = SUITE[name], _CODES.get(name)
    X, y = pair.sample(n_samples, random_state=0)
    about = {"data": name, "rows": n_samples, "truth": pair.mi}
    for estimator_name, estimator in estimators(X.shape[1], n_codes):
        start = time.process_time()
        try:
            mi = estimator.fit(X, y).mi_
        except ValueError as error:  # training diverged
            yield {**about, "estimator": estimator_name, "mi": None, "cpu, s": str(error).split(":")[0]}
        else:
            yield {**about, "estimator": estimator_name, "mi": mi, "cpu, s": time.process_time() - start}
    for peer_name in _PEERS if with_peers else ():
        found = peer(peer_name, X, y, limit=300) or {"mi": None, "error": "absent"}
        yield {**about, "estimator": peer_name, "mi": found["mi"], "cpu, s": found.get("error") or found["cpu"]}


def run(quick):
    warnings.simplefilter("ignore")
    KSG().fit(*CorrelatedNormal().sample(200, random_state=0))  # compiled before the clock starts
    rows = []
    for name in _QUICK if quick else SUITE:
        n_samples = 2000 if quick else 5000 if name in _CODES else 10_000
        rows += rows_of(name, n_samples, not quick)
    return rows


def one_column_each(rows):
    """Return one row for each line of the suite: estimates with seconds in brackets, or why there is none."""
    table = []
    for name in dict.fromkeys(row["data"] for row in rows):
        lines = {row["estimator"]: row for row in rows if row["data"] == name}
        about = next(iter(lines.values()))
        cells = {estimator: _cell(lines[estimator]) if estimator in lines else "" for estimator in SHOWN}
        table.append({"data": name, "truth": about["truth"], **cells})
    return table


def _cell(row):
    return row["cpu, s"] if row["mi"] is None else f"{row['mi']:.2f} ({row['cpu, s']:.0f} s)"


if __name__ == "__main__":
    main(run, __doc__, table=one_column_each, floatfmt=".2f")
