"""Rows per second in training, on a graphics card and on one core, by batch size.

Compressors and critics are trained for one epoch and for several; the difference leaves out what is done once. Rows per
second count the training rows, and include validation after each epoch.

Run: python benchmarks/speed/gpu.py --csv gpu.csv
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import torch
from sklearn.base import clone
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

from skmi import AutoencoderCompressor, ContrastiveCompressor, InfoNCE
from skmi.datasets import CorrelatedNormal, blob_images

IMAGES = {"image_shape": (32, 32)}
BOTH = IMAGES | {"y_image_shape": (32, 32)}
TASKS = [
    ("InfoNCE, 20+20 columns", InfoNCE(), False),
    ("InfoNCE, 32x32 images", InfoNCE(**BOTH), True),
    ("AutoencoderCompressor, 20 columns", AutoencoderCompressor(2), False),
    ("AutoencoderCompressor, 32x32 images", AutoencoderCompressor(2, **IMAGES), True),
    ("ContrastiveCompressor, 20+20 columns", ContrastiveCompressor(2), False),
    ("ContrastiveCompressor, 32x32 images", ContrastiveCompressor(2, **BOTH), True),
]


def fit_seconds(estimator, data, n_epochs):
    estimator = clone(estimator).set_params(max_epochs=n_epochs, patience=n_epochs, random_state=0)
    start = time.perf_counter()
    estimator.fit(*data)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def rows_per_second(estimator, data, n_epochs):
    fit_seconds(estimator, data, 1)  # the first use of a device loads its kernels
    once, more = (min(fit_seconds(estimator, data, n) for _ in range(2)) for n in (1, 1 + n_epochs))
    kept = 1 - estimator.validation_fraction - getattr(estimator, "test_fraction", 0.0)
    return kept * len(data[0]) * n_epochs / (more - once)


def run(devices, quick):
    warnings.simplefilter("ignore")
    n_rows, n_epochs = (4000, 5) if quick else (50_000, 5)
    columns = CorrelatedNormal(2.0, 20, 20).sample(n_rows, random_state=0)
    images = blob_images(2.0, 32).sample(n_rows // 5, random_state=0)
    rows = []
    for name, estimator, of_images in TASKS:
        data = images if of_images else columns
        data = data[:1] if isinstance(estimator, AutoencoderCompressor) else data
        for batch_size in (256,) if quick else (256, 1024, 4096):
            row = {"trained": name, "batch_size": batch_size}
            for device, what in devices.items():
                chosen = clone(estimator).set_params(device=device, batch_size=batch_size)
                row[f"rows/s, {what}"] = rows_per_second(chosen, data, n_epochs)
            if len(devices) > 1:
                card, cpu = (row[f"rows/s, {what}"] for what in devices.values())
                row["ratio"] = card / cpu
            rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rows, one batch size")
    parser.add_argument("--csv", metavar="FILE", help="write rows there, with the name of the card")
    parser.add_argument("--cpu", action="store_true", help="also without a card: the CPU alone, nothing is written")
    arguments = parser.parse_args()
    if not torch.cuda.is_available() and not arguments.cpu:
        sys.exit("Nothing measured: torch finds no graphics card (CUDA) here. --cpu measures the CPU alone.")
    devices = {"cpu": "CPU, one thread"}
    if torch.cuda.is_available():
        devices = {"cuda": "card"} | devices
    rows = run(devices, arguments.quick)
    print(tabulate(rows, headers="keys", floatfmt=".3g"))
    about = machine()
    print("; ".join(f"{key} {value}" for key, value in about.items()))
    if arguments.csv and torch.cuda.is_available():
        card = torch.cuda.get_device_name()
        write_csv(arguments.csv, [row | {"card": card, "processor": about["processor"]} for row in rows])


if __name__ == "__main__":
    main()
