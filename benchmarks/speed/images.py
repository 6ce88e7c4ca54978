"""Drawing images whose mutual information is known: seconds for 5000 pairs.

Run: python benchmarks/speed/images.py --csv docs/results/images.csv
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi.datasets import blob_images, rectangle_images


def run(quick):
    n_samples = 500 if quick else 5000
    rows = []
    for name, make in (("blobs", blob_images), ("rectangles", rectangle_images)):
        for size in (16, 32):
            _, seconds = timed(make(1.0, size).sample, n_samples, random_state=0, repeat=5)
            rows.append({"images": name, "size": f"{size}x{size}", "pairs": n_samples, "seconds": seconds})
    return rows


if __name__ == "__main__":
    main(run, __doc__)
