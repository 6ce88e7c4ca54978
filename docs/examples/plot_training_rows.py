"""
The training rows read anything
===============================

A critic that has learned its rows by heart tells each pair of them from the rest. The bound on those rows then climbs
far above the truth, while the critic knows less and less about new rows. That is why every neural estimator trains,
watches and reports on three parts of the rows that share none.
"""

# %%
# A tenth of a nat in 256 pixels
# ------------------------------
# The place of a blob in one image tells little of that in the other. With 1000 pairs, half of them for training, there
# is much to learn by heart and little to find. A patience as long as the training lets us see what early stopping
# would have spared us. :class:`~skmi.MINE` warns that the held-out value fell; here this is the point, and the warning
# is silenced.

import warnings

import matplotlib.pyplot as plt
import numpy as np

from skmi import MINE
from skmi.bounds import donsker_varadhan
from skmi.datasets import blob_images
from skmi.exceptions import RepeatedRowsWarning, TrainingWarning

warnings.filterwarnings("ignore", category=TrainingWarning)
warnings.filterwarnings("ignore", category=RepeatedRowsWarning)  # the copies further down

pair = blob_images(mi=0.1)
X, y = pair.sample(1000, random_state=0)
X_new, y_new = pair.sample(1000, random_state=1)
model = MINE(max_epochs=100, patience=100, random_state=0).fit(X, y)

# %%
# With copies there are no new rows
# ---------------------------------
# Even then ``fit`` keeps the weights of the epoch that was best on the watched rows. Copies defeat this: with each pair
# four times in the data, the rows that are watched and tested on are copies of those trained on, and the critic that
# looks best is the one that has learned them by heart. The same happens to frames of one film, or to augmented images.

fooled = MINE(max_epochs=100, patience=100, random_state=0).fit(np.tile(X, (4, 1)), np.tile(y, (4, 1)))

bars = {
    "each pair once": [donsker_varadhan(model.log_density_ratio(*rows)) for rows in ((X, y), (X_new, y_new))],
    "each pair four times": [donsker_varadhan(fooled.log_density_ratio(*rows)) for rows in ((X, y), (X_new, y_new))],
}

# %%
# The picture
# -----------
# Left, the first training by epoch: on batches of training rows the bound climbs and does not stop at the truth, on the
# watched rows it turns soon. Right, the Donsker–Varadhan value of each of the two critics that were kept, on the rows
# of its data and on 1000 new rows. One critic, two numbers: only the one on new rows is a lower bound.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
epochs = np.arange(1, 1 + len(model.history_["train_mi"]))
best = int(np.argmax(model.history_["valid_mi"]))
left.plot(epochs, model.history_["train_mi"], color="#D55E00", label="training rows")
left.plot(epochs, model.history_["valid_mi"], color="#0072B2", label="watched rows")
left.plot(epochs[best], model.history_["valid_mi"][best], "o", color="#0072B2", label="best epoch, which is kept")
left.set(xlabel="epoch", ylabel="mutual information (nats)", title="one training by epoch")

places = np.arange(len(bars))
for number, (rows, colour) in enumerate([("rows of the data", "#D55E00"), ("new rows", "#0072B2")]):
    drawn = right.bar(
        places + 0.4 * (number - 0.5), [values[number] for values in bars.values()], 0.36, color=colour, label=rows
    )
    right.bar_label(drawn, fmt="%.2f", padding=2)
right.set(title="two critics on two sets of rows")
right.set_xticks(places, bars)
right.margins(y=0.15)
for ax in (left, right):
    ax.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    ax.axhline(pair.mi, color="0.2", linewidth=1, linestyle="--", label="truth")
    ax.legend(frameon=False, fontsize=8)
plt.show()

# %%
# What the estimators report
# --------------------------
# ``mi_`` comes from the test rows. It is close to the truth where the parts have nothing in common, and a measure of
# memory where they have. Keep one copy of each row, and rows that belong together in one part of your own making.

print(f"truth {pair.mi:.2f}, each pair once {model.mi_:.2f}, each pair four times {fooled.mi_:.2f}")
