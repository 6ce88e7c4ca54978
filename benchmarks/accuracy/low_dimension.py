"""Estimates on pairs of one to three columns a side, from 0 to 10 nats: the largest error of each estimator.

Run: python benchmarks/accuracy/low_dimension.py --csv docs/results/low_dimension.csv
"""

import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

from skmi import KSG, GaussianMI, KozachenkoLeonenko
from skmi.datasets import CorrelatedNormal, CorrelatedStudent, SmoothedUniform, correlated_uniform

FAMILIES = {
    "normal": lambda mi, d: CorrelatedNormal(mi, d, d),
    "Student (5)": lambda mi, d: CorrelatedStudent(mi, d, d, 5),
    "Student (1)": lambda mi, d: CorrelatedStudent(mi, d, d, 1),
    "uniform": lambda mi, d: correlated_uniform(mi, d, d),
    "smoothed uniform": SmoothedUniform,
}
ESTIMATORS = {
    "KSG": KSG(),
    'KSG, marginals="normal"': KSG(marginals="normal"),
    "KL, 1 neighbour": KozachenkoLeonenko(1),
    "KL": KozachenkoLeonenko(),
    'KL, correction="boundary"': KozachenkoLeonenko(correction="boundary"),
    "Gaussian": GaussianMI(),
}


def run(quick):
    n_samples, seeds = (2000, 1) if quick else (10_000, 3)
    truths = (0, 2, 10) if quick else range(11)
    rows = []
    for family, make in FAMILIES.items():
        for n_features in (1, 2, 3):
            errors = {name: [] for name in ESTIMATORS}
            for truth in truths:
                pair = make(float(truth), n_features)
                samples = [pair.sample(n_samples, random_state=seed) for seed in range(seeds)]
                for name, estimator in ESTIMATORS.items():
                    errors[name].append(np.mean([estimator.fit(X, y).mi_ for X, y in samples]) - pair.mi)
            worst = {name: round(float(np.max(np.abs(values))), 3) for name, values in errors.items()}
            rows.append({"data": family, "columns": n_features, **worst})
    return rows


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # saturation and bias are what is being measured
    main(run, __doc__)
