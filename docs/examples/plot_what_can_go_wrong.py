"""
What can go wrong, and when there is a warning
==============================================

Six ways to a wrong number, each from harmless to hopeless. Hollow points come with a warning, filled ones without. The
grey line is the truth. :doc:`/what_can_go_wrong` says what each warning means and what to do.
"""

# %%
# Data with known truth
# ---------------------
# Each function takes how bad it is and a seed, and returns X and y. What it does to them leaves the mutual information
# as it was, or the two sides independent.

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import lfilter

from skmi import KSG
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import kept_warnings


def with_outlier(size, seed):
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=seed)
    X[0] = size
    return X, y


def with_copies(share, seed):
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=seed)
    n = int(share * 1000)
    X[1000 - n :], y[1000 - n :] = X[:n], y[:n]
    return X, y


def in_time(memory, seed):
    steps = np.random.default_rng(seed).standard_normal((2, 1000))
    x, y = lfilter([1.0], [1.0, -np.exp(-1 / memory)], steps, axis=1)
    return x[:, None], y


def in_columns(n_columns, seed):
    return CorrelatedNormal(1.0, n_columns, n_columns).sample(2000, random_state=seed)


def of_labels(n_labels, seed):
    X, y = np.random.default_rng(seed).integers(n_labels, size=(2, 1000)).astype(str)
    return X[:, None], y


def of_information(mi, seed):
    return CorrelatedNormal(mi).sample(1000, random_state=seed)


cases = {
    "one outlier": (
        with_outlier,
        [3, 10, 30, 100, 1e3, 1e4, 1e6],
        1.0,
        "value of one of 1000 rows",
    ),
    "copies of rows": (
        with_copies,
        [0.002, 0.01, 0.03, 0.1, 0.2, 0.5],
        1.0,
        "share of the rows",
    ),
    "rows in time": (
        in_time,
        [0.5, 1, 3, 10, 30, 100],
        0.0,
        "memory of two independent series, rows",
    ),
    "many columns": (in_columns, [1, 2, 4, 8, 16, 32], 1.0, "columns on each side"),
    "few rows a cell": (
        of_labels,
        [2, 5, 10, 20, 50, 100],
        0.0,
        "independent labels on each side",
    ),
    "much information": (of_information, [1, 2, 3, 4.5, 6, 10], None, "truth, nats"),
}

# %%
# The measurement
# ---------------
# :class:`~skmi.KSG` as it comes, on five samples each. Its warnings are kept in a list instead of being shown.

found = {}
for name, (draw, levels, _, _) in cases.items():
    estimates, warned = np.empty((len(levels), 5)), np.zeros(len(levels))
    for i, level in enumerate(levels):
        for seed in range(5):
            with kept_warnings() as kept:
                estimates[i, seed] = KSG().fit(*draw(level, seed)).mi_
            warned[i] += len(kept) > 0
    found[name] = estimates, warned / 5

# %%
# The picture
# -----------

fig, axes = plt.subplots(2, 3, figsize=(11, 6.5), layout="constrained")
for ax, (name, (_, levels, truth, unit)) in zip(axes.flat, cases.items(), strict=True):
    estimates, warned = found[name]
    truths = levels if truth is None else np.full(len(levels), truth)
    ax.plot(levels, truths, color="0.75", linewidth=5, zorder=0, label="truth")
    ax.errorbar(
        levels,
        estimates.mean(axis=1),
        estimates.std(axis=1),
        color="#0072B2",
        linewidth=1,
        capsize=3,
    )
    for silent, face, label in (
        (True, "#0072B2", "no warning"),
        (False, "white", "warning"),
    ):
        of_these = (warned < 0.5) == silent
        ax.plot(
            np.array(levels)[of_these],
            estimates.mean(axis=1)[of_these],
            "o",
            color="#0072B2",
            markerfacecolor=face,
            markersize=7,
            label=f"KSG, {label}",
        )
    ax.set(title=name, xlabel=unit, xscale="log")
    ax.grid(color="0.92")
for ax in axes[:, 0]:
    ax.set_ylabel("mutual information (nats)")
axes[0, 0].legend(frameon=False, loc="lower left")
plt.show()

# %%
# The numbers behind the picture: the estimate, and the share of the samples with a warning.

for name, (_, levels, truth, _) in cases.items():
    print(f"{name} (truth {'as given' if truth is None else truth})")
    for level, values, share in zip(levels, *found[name], strict=True):
        print(f"{level:>12g}{values.mean():8.2f}{share:8.0%}")
