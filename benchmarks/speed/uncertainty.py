"""What intervals, tests and bounds cost, in CPU seconds and as multiples of one estimate.

KSG on normal columns. The interval is split: fits to all rows and to parts, and the other routes that it is compared
with (held-out scores, a second estimator, the jackknife of the standard error).

Run: python benchmarks/speed/uncertainty.py --csv docs/results/uncertainty_speed.csv
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi import KSG
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import kept_warnings
from skmi.feature_selection import mi_scores
from skmi.uncertainty import mi_difference, mi_interval, mi_lower_bound, mi_permutation_test


def run(quick):
    cells = [(1, 1000), (3, 1000)] if quick else [(1, 1000), (1, 10_000), (3, 1000), (3, 10_000)]
    rows = []
    for n_columns, n_samples in cells:
        X, y = CorrelatedNormal(0.3, n_columns, n_columns).sample(n_samples, random_state=0)
        KSG().fit(X, y)  # kernels are compiled, or loaded
        repeat = 3 if n_samples == 1000 else 1
        with kept_warnings():
            one = timed(KSG().fit, X, y, repeat=repeat, of_processor=True)[1]
            # A difference of an estimator to itself is the fits of two intervals and nothing else.
            fits = timed(mi_difference, KSG(), X, X, y, random_state=0, repeat=repeat, of_processor=True)[1] / 2
            whole = timed(mi_interval, KSG(), X, y, random_state=0, repeat=repeat, of_processor=True)[1]
            bound = timed(mi_lower_bound, KSG(), X, y, random_state=0, of_processor=True)[1]
            n_draws = 199 if n_columns == 1 else 19
            test = timed(
                mi_permutation_test, KSG(), X, y, n_permutations=n_draws, random_state=0, repeat=2, of_processor=True
            )[1]
        row = {"columns per side": n_columns, "rows": n_samples, "one estimate, s": one}
        row |= {"interval, fits, times": fits / one, "interval, whole, times": whole / one}
        row |= {"lower bound, s": bound, "test, draws": n_draws, "test, s": test}
        rows.append(row)
    columns = np.random.default_rng(0).standard_normal((500 if quick else 1000, 20 if quick else 500))
    y = columns[:, 0] + np.random.default_rng(1).standard_normal(len(columns))
    plain = timed(mi_scores, columns, y, of_processor=True)[1]
    tested = timed(mi_scores, columns, y, pvalues=True, random_state=0, of_processor=True)[1]
    shape = f"{len(columns)} x {columns.shape[1]}"
    return [*rows, {"columns per side": f"mi_scores, {shape}", "one estimate, s": plain, "test, s": tested}]


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".2g")
