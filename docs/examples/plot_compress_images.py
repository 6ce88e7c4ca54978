"""
Compress images, then estimate
==============================

X and y are images of rectangles with 256 pixels each, but four numbers determine each image. Drawing is injective, so
the mutual information of the images is that of the numbers, which is known.

A nearest-neighbour estimator fails on 256 columns. Four codes per image are enough, if the compressor finds them.
"""

# %%
# Fit the compressors on other samples
# ------------------------------------
# Encoders are fitted on pairs that are not used for the estimates. X and y have the same margins whatever the mutual
# information, so one encoder serves both sides and all values of the truth.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA

from skmi import KSG, AutoencoderCompressor, CompressedMI
from skmi.datasets import rectangle_images
from skmi.exceptions import SaturationWarning, UnreliableEstimateWarning

n_samples, image_size = 2000, 16
training = np.vstack(
    rectangle_images(image_size=image_size).sample(4000, random_state=1)
)
autoencoder = AutoencoderCompressor(latent_dim=4, max_epochs=40, random_state=0).fit(
    training
)
pca = PCA(4).fit(training)

# %%
# Estimate four ways
# ------------------
# ``cv="prefit"`` uses the fitted compressors as they are. The true parameters, which are not known for real data, show
# the best that KSG can reach with this many rows.

estimators = {
    "raw pixels": KSG(),
    "PCA, 4 components": CompressedMI(KSG(), compressor=pca, cv="prefit"),
    "autoencoder, 4 codes": CompressedMI(KSG(), compressor=autoencoder, cv="prefit"),
    "true parameters": KSG(),
}
truths = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
results = {name: [] for name in estimators}
for mi in truths:
    pair = rectangle_images(mi, image_size)
    images = pair.sample(n_samples, random_state=2)
    # The same sample, before the images are drawn.
    parameters = pair.base.sample(n_samples, random_state=2)
    for name, estimator in estimators.items():
        with warnings.catch_warnings():
            # Few rectangles reach the corners: KSG warns of these pixels.
            warnings.simplefilter("ignore", UnreliableEstimateWarning)
            warnings.simplefilter("ignore", SaturationWarning)
            estimator.fit(*(parameters if name == "true parameters" else images))
        results[name].append((estimator.mi_, estimator.standard_error_))

# %%
# Bars are two standard errors to each side.

styles = {
    "raw pixels": {"color": "#000000", "marker": "x"},
    "PCA, 4 components": {"color": "#E69F00", "marker": "s"},
    "autoencoder, 4 codes": {"color": "#0072B2", "marker": "o"},
    "true parameters": {"color": "#009E73", "marker": "^", "linestyle": "--"},
}
fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
ax.plot(truths, truths, color="0.6", linewidth=5, alpha=0.5, label="truth")
for name, style in styles.items():
    mi, error = np.transpose(results[name])
    ax.errorbar(
        truths,
        mi,
        yerr=2 * error,
        capsize=3,
        linewidth=1.5,
        markersize=6,
        label=name,
        **style,
    )
ax.set(
    title=f"{n_samples} pairs of {image_size}×{image_size} images of rectangles, KSG",
    xlabel="true mutual information (nats)",
    ylabel="estimate (nats)",
    xticks=truths,
)
ax.grid(color="0.92")
ax.set_axisbelow(True)
ax.legend(frameon=False)
plt.show()

# %%
# The numbers behind the picture, in nats:

print(f"{'truth':>20}" + "".join(f"{mi:7.0f}" for mi in truths))
for name, values in results.items():
    print(f"{name:>20}" + "".join(f"{mi:7.2f}" for mi, _ in values))

# %%
# Look at what the codes keep
# ---------------------------
# ``inverse_transform`` draws the image that belongs to a code. Both compressors keep four numbers per image; the linear
# one blurs the edges, and the information is in the edges.

originals = images[0][:8]
rows = {
    "image": originals,
    "autoencoder": autoencoder.inverse_transform(autoencoder.transform(originals)),
    "PCA": pca.inverse_transform(pca.transform(originals)),
}
fig, axes = plt.subplots(3, 8, figsize=(9, 3.7), layout="constrained")
for (name, pictures), cells in zip(rows.items(), axes, strict=True):
    for picture, ax in zip(pictures, cells, strict=True):
        ax.imshow(picture.reshape(image_size, image_size), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    cells[0].set_ylabel(name)
fig.suptitle("Images and their reconstructions from four numbers each")
plt.show()
