"""
Why score needs new rows
========================

A kernel density estimate has a bandwidth. If it is chosen by the estimate on the fitting rows, it goes to zero, and the
estimate is log n for any data. If it is chosen by a bound on new rows, it comes out right. The same holds for latent
dimensions and all other parameters of a search.
"""

# %%
# The truth is 1 nat
# ------------------

import matplotlib.pyplot as plt
import numpy as np

from skmi import KernelDensityMI
from skmi.bounds import scorer
from skmi.datasets import CorrelatedNormal

pair = CorrelatedNormal(mi=1.0)
X, y = pair.sample(1000, random_state=0)
X_new, y_new = pair.sample(1000, random_state=1)

bandwidths = np.geomspace(0.001, 1.5, 27)
names = (
    "the fitting rows, each among them",
    "the fitting rows, each left out",
    "score: InfoNCE of new rows",
)
values = {name: [] for name in names}
for bandwidth in bandwidths:
    model = KernelDensityMI(bandwidth).fit(X, y)
    values["the fitting rows, each among them"].append(scorer("plug_in")(model, X, y))
    values["the fitting rows, each left out"].append(model.mi_)
    values["score: InfoNCE of new rows"].append(model.score(X_new, y_new))

# %%
# Three ways to evaluate one estimator
# ------------------------------------
# If the density at a row includes the row itself, a narrow kernel has a peak at each pair, and the estimate rises
# towards log n. If each row is left out of its own density, the estimate falls far below zero, because no other pair is
# close. The score has its maximum in between, near the bandwidth that maximises the likelihood, and stays below the
# truth.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, curve), colour in zip(
    values.items(), ["#D55E00", "#E69F00", "#0072B2"], strict=True
):
    ax.semilogx(bandwidths, curve, label=name, color=colour, marker="o", markersize=3)
ax.axhline(1.0, color="0.3", linewidth=0.8, linestyle="--", label="truth")
ax.axhline(np.log(1000), color="0.3", linewidth=0.8, linestyle=":", label="log n")
ax.axvline(
    KernelDensityMI().fit(X, y).bandwidth_,
    color="0.7",
    linewidth=0.8,
    label='bandwidth="ml"',
)
ax.set(
    xlabel="bandwidth, in standard deviations",
    ylabel="mutual information (nats)",
    ylim=(-2, 8),
)
ax.legend(frameon=False, fontsize=8)
plt.show()

# %%
# The three choices
# -----------------

for name, curve in values.items():
    best = bandwidths[np.argmax(curve)]
    print(f"{name}: bandwidth {best:.3f}, where the estimate is {max(curve):.2f}")
