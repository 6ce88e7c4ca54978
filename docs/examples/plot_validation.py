"""
Estimators on known truth
=========================

Four estimators on tasks with known mutual information. None is best everywhere: nearest neighbours are accurate in few
dimensions and too low in many, where linear methods are accurate. A spiral breaks the linear methods, and heavy tails
break the Gaussian formula.
"""

# %%
# These are some of the tasks. Maps do not change mutual information: all tasks in the first row have the same 0.41
# nats. Each picture shows one column of X and one of y.

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
# One call measures all estimators. Errors are those of the mean over two samples.
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
_ = ValidationDisplay.from_result(result, kind="error")

# %%
# The same result, as estimates against the truth. Bars are the standard deviation over samples.
_ = ValidationDisplay.from_result(result)

# %%
print(result)
