"""
Why estimates need rows of their own
====================================

A critic that has memorised its training rows recognises each pair among them. The bound on these rows then rises far
above the truth, while the critic gets worse on new rows. This is why every neural estimator splits the rows into three
disjoint parts: training rows, validation rows and test rows.
"""

# %%
# A tenth of a nat in 256 pixels
# ------------------------------
# The position of a blob in one image tells little about the position in the other. With 1000 pairs, half of them for
# training, there is much to memorise and little to learn. A patience as long as the training turns early stopping off,
# to show what it prevents. :class:`~skmi.MINE` warns that the held-out value fell; here this is intended, and the
# warning is silenced.

import warnings

import matplotlib.pyplot as plt
import numpy as np

from skmi import MINE
from skmi.bounds import donsker_varadhan
from skmi.datasets import blob_images
from skmi.exceptions import RepeatedRowsWarning, TrainingWarning

warnings.filterwarnings("ignore", category=TrainingWarning)
warnings.filterwarnings(
    "ignore", category=RepeatedRowsWarning
)  # the copies further down

pair = blob_images(mi=0.1)
X, y = pair.sample(1000, random_state=0)
X_new, y_new = pair.sample(1000, random_state=1)
model = MINE(max_epochs=100, patience=100, random_state=0).fit(X, y)

# %%
# With copies there are no new rows
# ---------------------------------
# Even then ``fit`` keeps the weights of the epoch that was best on the validation rows. Copies defeat this: with each
# pair four times in the data, the validation and test rows are copies of training rows, and the critic that looks best
# is the one that has memorised them. The same happens with frames of one film, or with augmented images.

fooled = MINE(max_epochs=100, patience=100, random_state=0).fit(
    np.tile(X, (4, 1)), np.tile(y, (4, 1))
)

bars = {
    "each pair once": [
        donsker_varadhan(model.log_density_ratio(*rows))
        for rows in ((X, y), (X_new, y_new))
    ],
    "each pair four times": [
        donsker_varadhan(fooled.log_density_ratio(*rows))
        for rows in ((X, y), (X_new, y_new))
    ],
}

# %%
# The picture
# -----------
# Left, the first training by epoch: on batches of training rows the bound rises and does not stop at the truth; on the
# validation rows it soon turns down. Right, the Donsker–Varadhan estimate of each of the two fitted critics, on the
# rows of its data and on 1000 new rows. Of the two numbers of a critic, only the one on new rows is a lower bound.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
epochs = np.arange(1, 1 + len(model.history_["train_mi"]))
best = int(np.argmax(model.history_["valid_mi"]))
left.plot(epochs, model.history_["train_mi"], color="#D55E00", label="training rows")
left.plot(epochs, model.history_["valid_mi"], color="#0072B2", label="validation rows")
left.plot(
    epochs[best],
    model.history_["valid_mi"][best],
    "o",
    color="#0072B2",
    label="best epoch",
)
left.set(
    xlabel="epoch", ylabel="mutual information (nats)", title="one training by epoch"
)

places = np.arange(len(bars))
for number, (rows, colour) in enumerate(
    [("rows of the data", "#D55E00"), ("new rows", "#0072B2")]
):
    drawn = right.bar(
        places + 0.4 * (number - 0.5),
        [values[number] for values in bars.values()],
        0.36,
        color=colour,
        label=rows,
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
# ``mi_`` is estimated on the test rows. It is close to the truth if the parts have no rows in common; otherwise it
# measures what the critic has memorised. Keep one copy of each row, and split rows that belong together yourself, so
# that they are in the same part.

print(f"truth {pair.mi:.2f}")
print(f"each pair once {model.mi_:.2f}, each pair four times {fooled.mi_:.2f}")
