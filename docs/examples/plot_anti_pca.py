"""
Variance is not information
===========================

Each row has two factors: one that X and y share, and a nuisance that differs between them. They are embedded in 32
columns such that the nuisance has nearly all the variance. Two principal components keep 99.99 per cent of the
variance but hardly any of the information.
"""

# %%
# Two components keep the variance
# --------------------------------
# The embedding is injective, so the truth is that of the shared factor. ``pair.base`` draws the factors themselves;
# with the same seed they belong to the same rows.

import warnings

import matplotlib.pyplot as plt
from sklearn.decomposition import PCA

from skmi import (
    KSG,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
)
from skmi.datasets import anti_pca
from skmi.exceptions import LowEstimateWarning

# Compressors that lose the shared factor warn, because correlations show more.
warnings.filterwarnings("ignore", category=LowEstimateWarning)

truth, n_samples = 2.0, 3000
pair = anti_pca(truth)
X, y = pair.sample(n_samples, random_state=0)
factors, _ = pair.base.sample(n_samples, random_state=0)
share = PCA(2).fit(X).explained_variance_ratio_.sum()
print(f"variance in two components: {100 * share:.2f} %")

# %%
# Five compressors
# ----------------
# Whitening scales small components to the size of the large ones, so that an autoencoder has a reason to keep them. The
# last two compressors are fitted on pairs, and the size of a component does not matter to them.

compressors = {
    "PCA, 2 components": PCA(2),
    "autoencoder, 2 codes": AutoencoderCompressor(2, max_epochs=50),
    "whitened autoencoder, 4 codes": AutoencoderCompressor(
        4, whiten=True, n_components=4
    ),
    "contrastive, 2 codes": ContrastiveCompressor(2),
    "canonical pairs": CanonicalCompressor(),
}
fitted = {}
for name, compressor in compressors.items():
    fitted[name] = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, y)
    print(f"{name:>30}{fitted[name].mi_:6.2f} ± {fitted[name].standard_error_:.2f}")

# %%
# What the codes show
# -------------------
# In the principal components the shared factor changes across a bent strip that is a hundred times as long as it is
# wide. It is not lost, but an estimator that looks at neighbours sees little of it. The contrastive codes form a bent
# curve. The shared factor changes along the curve, and the nuisance only gives it some width.

pictures = {
    "PCA, 2 components": "Principal components",
    "contrastive, 2 codes": "Contrastive codes",
}
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for ax, (name, title) in zip(axes, pictures.items(), strict=True):
    compression = fitted[name].compressions_[0]
    codes, _ = compression.transform(X, y)
    points = ax.scatter(*codes.T, c=factors[:, 0], s=6, cmap="viridis", vmin=0, vmax=1)
    ax.set(title=title, xlabel="first", ylabel="second")
fig.colorbar(points, ax=axes, label="the shared factor")
plt.show()

# %%
# The estimates
# -------------

colours = ["#D55E00", "#E69F00", "#CC79A7", "#0072B2", "#009E73"]
fig, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
values = [estimator.mi_ for estimator in fitted.values()]
errors = [2 * estimator.standard_error_ for estimator in fitted.values()]
ax.barh(list(fitted), values, xerr=errors, color=colours, capsize=3)
ax.axvline(truth, color="0.3", linestyle="--", linewidth=1)
ax.annotate(
    "truth",
    (truth, 0),
    xytext=(-4, 0),
    textcoords="offset points",
    ha="right",
    va="center",
    color="0.3",
)
ax.grid(axis="x", color="0.92")
ax.set_axisbelow(True)
ax.invert_yaxis()
ax.set(
    xlabel="estimate (nats), bars of two standard errors",
    title=f"KSG on the codes, n = {n_samples}",
)
plt.show()

# %%
# The whitened autoencoder keeps the nuisance along with the shared factor, in four codes, and KSG is less accurate in
# more columns. Canonical pairs, and the contrastive codes that start from them, are best here, because the shared
# factor is itself a column of the embedding, which a linear map can find. With the first pair alone the estimate is
# 1.95. The other pairs are significant because they depend on the first one, but they add no information.
# :doc:`plot_nuisance` has data for which a linear map of the columns is not enough.
