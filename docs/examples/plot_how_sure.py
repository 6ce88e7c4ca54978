"""
How sure: an interval, a test and a bound
=========================================

Does the body mass index tell of the progress of diabetes, does blood sugar tell more, and how sure is that from 442
patients? :doc:`/how_sure` has the background.
"""

# %%
# An interval
# -----------
# The estimate from all rows, an interval that knows of chance and of bias, and whether to believe it.

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes

from skmi import KSG
from skmi.uncertainty import mi_difference, mi_interval, mi_permutation_test

X, y = load_diabetes(return_X_y=True, as_frame=True)
columns = ["bmi", "s5", "bp", "s6", "age"]
intervals = {name: mi_interval(KSG(), X[[name]], y, random_state=0) for name in columns}
intervals["bmi"]

# %%
# One column after the other:

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for place, found in enumerate(intervals.values()):
    ax.plot(
        [found.low, found.high],
        [place, place],
        color="C0",
        lw=5,
        alpha=0.5,
        solid_capstyle="butt",
    )
    ax.plot(found.estimate, place, "ko", ms=5)
ax.axvline(0, color="0.5", lw=0.8, ls=":")
ax.set(
    yticks=range(len(columns)),
    yticklabels=columns,
    xlabel="mutual information with progress, nats",
)
ax.invert_yaxis()

# %%
# A test
# ------
# How large would the estimate for age be by chance? The grey bars are estimates from permuted rows.

_ = mi_permutation_test(KSG(), X[["age"]], y, random_state=0).plot()

# %%
# A difference
# ------------
# Both columns are measured on the same patients, so that their difference is known better than either.

_ = mi_difference(KSG(), X[["bmi"]], X[["age"]], y, random_state=0).plot()
