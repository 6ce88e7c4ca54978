"""Seconds and memory of training on many rows and on many columns, each in a process of its own; Linux only.

A million rows of 20 + 20 columns in single precision, and 50 000 rows of 784 columns against one, in memory or in a
memmap. Every network is trained for one epoch; ContrastiveCompressor then refines its codes. Memory is what the process
holds itself, without pages of the file, at its peak, beyond what it held before; small data have been fitted by then.
Seconds are those of the processor, on one thread, of the whole fit.

Run: python benchmarks/speed/large.py --csv docs/results/large.csv
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import machine, write_csv

IMAGES = "image_shape=(28, 28), channels=(4, 8)"
LONG, WIDE = (10**6, 20, 20), (50_000, 784, 1)
IN_FILES = "AutoencoderCompressor", "ContrastiveCompressor"
TASKS = [
    ("CompressedMI(compressor=ContrastiveCompressor(2, {}))", WIDE, 256),
    ("CompressedMI(x_compressor=AutoencoderCompressor(2, {}))", WIDE, 256),
    (f"CompressedMI(compressor=ContrastiveCompressor(2, {IMAGES}, {{}}))", WIDE, 256),
    (f"CompressedMI(x_compressor=AutoencoderCompressor(2, {IMAGES}, {{}}))", WIDE, 256),
    (f"AutoencoderCompressor(2, {IMAGES}, {{}})", WIDE, 256),
    (f"ContrastiveCompressor(2, {IMAGES}, {{}})", WIDE, 256),
    ("AutoencoderCompressor(2, {})", LONG, 256),
    ("InfoNCE({})", LONG, 256),
]


def held():
    """Return the MiB that this process holds, without pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


class Peak:
    """The most memory held meanwhile, by looking every few milliseconds."""

    def __enter__(self):
        self.mib, self.over = held(), threading.Event()
        self.watch = threading.Thread(target=self.look)
        self.watch.start()
        return self

    def look(self):
        while not self.over.wait(0.005):
            self.mib = max(self.mib, held())

    def __exit__(self, *error):
        self.over.set()
        self.watch.join()


def measure(code, shape, place):
    """Print what one fit takes, as JSON."""
    import numpy as np

    import skmi

    warnings.simplefilter("ignore")
    n_rows, n_x, n_y = shape
    with tempfile.TemporaryDirectory() as folder:
        X = np.empty((n_rows, n_x), np.float32)
        if place == "memmap":
            X = np.lib.format.open_memmap(f"{folder}/rows.npy", mode="w+", dtype=np.float32, shape=X.shape)
        y = np.empty((n_rows, n_y), np.float32)
        rng = np.random.default_rng(0)
        for start in range(0, n_rows, 5000):
            part = slice(start, min(n_rows, start + 5000))
            y[part] = rng.standard_normal(y[part].shape)
            X[part] = rng.standard_normal(X[part].shape)
            X[part, :20] += y[part]
        estimator = eval(code, vars(skmi) | {name: getattr(skmi, name) for name in skmi.__all__})
        data = [X] if code.startswith("AutoencoderCompressor") else [X, y]
        estimator.fit(*(side[:3000] for side in data))
        before, start = held(), time.process_time()
        with Peak() as peak:
            estimator.fit(*data)
        seconds = time.process_time() - start
    size = sum(side.nbytes for side in data) / 2**20
    print(json.dumps({"size": size, "beyond": peak.mib - before, "s": seconds}))


def row_of(text, shape, batch_size, place):
    """Measure one fit in a process of its own."""
    code = text.format(f"max_epochs=1, batch_size={batch_size}, random_state=0")
    command = [sys.executable, __file__, "--one", json.dumps([code, shape, place])]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=one_thread).stdout)
    options = " of images" if "image_shape" in code else ""
    return {
        "trained": text.replace("2, ", "").replace(IMAGES + ", ", "").replace("{}", "") + options,
        "rows": shape[0],
        "columns": f"{shape[1]}+{shape[2]}",
        "in": place,
        "batch_size": batch_size,
        "s": found["s"],
        "data, MiB": found["size"],
        "beyond, MiB": found["beyond"],
        "copies of the data": found["beyond"] / found["size"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the rows")
    parser.add_argument("--csv", metavar="FILE", help="write rows there")
    parser.add_argument("--kept", type=Path, metavar="FILE", help="kept measurements, which are not made again")
    arguments = parser.parse_args()
    kept = {}
    if arguments.kept and arguments.kept.exists():
        kept = dict(json.loads(line) for line in arguments.kept.read_text().splitlines())
    rows = []
    for text, shape, batch_size in TASKS:
        shape = (shape[0] // 50, *shape[1:]) if arguments.quick else shape
        for place in ["memory", "memmap"] if text.startswith(IN_FILES) and shape[1:] == WIDE[1:] else ["memory"]:
            key = f"{text} {shape} {batch_size} {place}"
            if key not in kept:
                kept[key] = row_of(text, shape, batch_size, place)
                if arguments.kept:
                    with arguments.kept.open("a") as file:
                        file.write(json.dumps([key, kept[key]]) + "\n")
            # AutoencoderCompressor alone gets X only.
            columns = shape[1] if text.startswith("AutoencoderCompressor") else f"{shape[1]}+{shape[2]}"
            rows.append(kept[key] | {"columns": columns})
    print(tabulate(rows, headers="keys", floatfmt=".3g"))
    print("; ".join(f"{key} {value}" for key, value in machine().items()))
    if arguments.csv:
        write_csv(arguments.csv, rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(*json.loads(sys.argv[2]))
    else:
        main()
