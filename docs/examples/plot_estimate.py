"""
One call: how much does X tell about y?
=======================================

Columns, labels and images without saying which: :func:`skmi.estimate` chooses, and says how sure it is.
:doc:`/choosing` has the background.
"""

# %%
# Two columns that share a nat
# ----------------------------
# The truth is known here, and lies in the interval.

from sklearn.datasets import load_digits

import skmi
from skmi.datasets import CorrelatedNormal, NormalSeries

X, y = CorrelatedNormal(mi=1.0, n_features_x=2, n_features_y=2).sample(
    2000, random_state=0
)
found = skmi.estimate(X, y, random_state=0)
print(found.report)

# %%
_ = found.plot()

# %%
# Images of digits
# ----------------
# How much does a small image tell about the digit it shows? Ten digits hold at most log 10, or 2.30 nats. Two
# compressors are compared on rows that neither has seen.

digits = load_digits()
found = skmi.estimate(digits.images, digits.target, random_state=0)
print(found.report)

# %%
_ = found.plot()

# %%
# Two slow series that have nothing to do with one another
# --------------------------------------------------------
# Rows that follow one another in time look dependent. The answer says that it is not to be believed.

found = skmi.estimate(
    *NormalSeries(0.0, 0.99).sample(1000, random_state=0), random_state=0
)
print(found)
