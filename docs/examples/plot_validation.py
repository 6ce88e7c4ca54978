"""
Estimators on known truth
=========================

Four estimators on tasks whose mutual information is known. No one wins everywhere: neighbours are exact in few
dimensions and lose in many, where the linear ones are at home; a spiral undoes these; heavy tails undo the Gaussian
formula.
"""

# %%
# What some of the tasks look like. Maps leave the information as it is, and every picture of a column of X and one of y
# in the first row has the same 0.41 nats.

import matplotlib.pyplot as plt

from skmi import KSG, CanonicalCompressor, CompressedMI, GaussianCopulaMI, GaussianMI
from skmi.datasets import TASKS
from skmi.validation import ValidationDisplay, validate

names = [
    "1x1-normal",
    "normal-cdf @ 1x1-normal",
    "wiggly @ 1x1-normal",
    "1x1-bimodal",
    "1x1-additive-0.1",
    "asinh @ 1x1-student-1",
    "1x1-log-gamma-exponential",
    "1x1-noisy-steps",
]
_, axes = plt.subplots(2, 4, figsize=(11, 5.6), layout="constrained")
for ax, name in zip(axes.flat, names, strict=True):
    X, y = TASKS[name].sample(1500, random_state=0)
    ax.scatter(X[:, 0], y[:, 0], s=2, color="#0072B2", rasterized=True)
    ax.set_title(f"{name}\n{TASKS[name].mi:.2f} nats", fontsize=9)
    ax.set(xticks=[], yticks=[])

# %%
# One call measures them all. Errors are those of the mean over two draws.
tasks = [
    "1x1-normal",
    "1x1-additive-0.1",
    "2x2-student-1",
    "5x5-student-2",
    "5x5-dense",
    "25x25-dense",
    "25x25-sparse",
    "half-cube @ 25x25-sparse",
    "spiral @ 3x3-sparse",
    "swiss-roll @ normal-cdf @ 1x1-normal",
]
estimators = {
    "KSG": KSG(),
    "Gaussian": GaussianMI(),
    "Gaussian copula": GaussianCopulaMI(),
    "canonical pairs → KSG": CompressedMI(KSG(), compressor=CanonicalCompressor()),
}
result = validate(estimators, tasks, n_samples=2000, seeds=2)
ValidationDisplay.from_result(result, kind="error")

# %%
# The same result, each estimate at its truth. Bars are the standard deviation over draws.
ValidationDisplay.from_result(result)

# %%
print(result)
