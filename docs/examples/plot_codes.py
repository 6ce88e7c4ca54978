"""
What the codes hold
===================

Images of simple objects have many pixels but few degrees of freedom. An autoencoder with as many codes as there are
parameters can keep all the information. There are two ways to see whether it does: draw the decoded codes, and colour
the codes by the parameters if these are known.
"""

# %%
# Rectangles: four codes, decoded
# -------------------------------
# X and y have the same margins, so one compressor can be fitted on both. The images shown and the error are from other
# samples than those used to fit it.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsRegressor

from skmi import AutoencoderCompressor
from skmi.datasets import blob_images, rectangle_images

size, n_shown = 16, 8
pair = rectangle_images(mi=4.0, image_size=size)
fitting = np.vstack(pair.sample(4000, random_state=0))
others, _ = pair.sample(1000, random_state=1)
rectangles = AutoencoderCompressor(4, random_state=0).fit(fitting)
lost = rectangles.reconstruction_error(others)
print(f"share of the variance not reconstructed: {lost:.3f}")

rebuilt = rectangles.inverse_transform(rectangles.transform(others))
errors = np.sum((rebuilt - others) ** 2, axis=1)
worst = others[np.argsort(errors)[-2:]]
shown = np.vstack([others[: n_shown - 2], worst])
rows = {
    "image": shown,
    "decoded": rectangles.inverse_transform(rectangles.transform(shown)),
}

fig, axes = plt.subplots(2, n_shown, figsize=(9, 2.9), layout="constrained")
for (name, pictures), cells in zip(rows.items(), axes, strict=True):
    for picture, ax in zip(pictures, cells, strict=True):
        ax.imshow(picture.reshape(size, size), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    cells[0].set_ylabel(name)
axes[0, -2].set_title("second worst of 1000", fontsize=8)
axes[0, -1].set_title("worst of 1000", fontsize=8)
fig.suptitle("New rectangles, and the images decoded from four codes")
plt.show()

# %%
# Position and size are recovered. Edges are blurred by a pixel or two, most for small rectangles, whose pixels have
# little weight in the squared error. This matters at high mutual information, which is in the fine details. More rows,
# more epochs or a convolutional network (``image_shape=(16, 16)``) make the edges sharper.

# %%
# Blobs: two codes, coloured by the truth
# ---------------------------------------
# Each image is drawn from the two coordinates of its centre. ``pair.base`` draws the centres; with the same seed they
# belong to the same images.

pair = blob_images(mi=2.0, image_size=size)
X, _ = pair.sample(4000, random_state=0)
centres, _ = pair.base.sample(4000, random_state=0)
blobs = AutoencoderCompressor(2, random_state=0).fit(X[:2000])
codes, centres = blobs.transform(X[2000:]), centres[2000:]
explained = cross_val_score(KNeighborsRegressor(5), codes, centres, scoring="r2").mean()
print(f"variance of the centres that the nearest codes predict: {explained:.4f}")

fig, axes = plt.subplots(
    1, 2, figsize=(9, 4), sharex=True, sharey=True, layout="constrained"
)
for ax, parameter, name in zip(
    axes, centres.T, ("vertical", "horizontal"), strict=True
):
    points = ax.scatter(*codes.T, c=parameter, s=8, cmap="viridis", vmin=0, vmax=1)
    ax.set(
        title=f"coloured by the {name} coordinate", xlabel="first code", aspect="equal"
    )
    fig.colorbar(points, ax=ax, shrink=0.8)
axes[0].set_ylabel("second code")
fig.suptitle("Two codes of new blobs")
plt.show()

# %%
# The codes form a bent square. Each colour changes steadily in its own direction, and the two directions cross: the
# codes determine the centre, and almost nothing is lost. Codes need not be equal to the parameters, because mutual
# information is the same for any injective map of them.
