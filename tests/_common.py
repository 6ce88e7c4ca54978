"""The one list of public estimators, with parameters that make them fast, over which both suites run."""

from sklearn.decomposition import PCA

from skmi import (
    KSG,
    MINE,
    NWJ,
    SMILE,
    AutoencoderCompressor,
    AutoMI,
    CanonicalCompressor,
    CompressedMI,
    ConditionalKSG,
    ConditionalMI,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    JensenShannonMI,
    KernelDensityMI,
    KozachenkoLeonenko,
    MarchenkoPasturPCA,
)
from skmi.feature_selection import MutualInfoSelector

FAST = {"max_epochs": 3, "hidden_sizes": (16,), "random_state": 0}

# Enough to see a nat of dependence in a thousand rows.
CRITIC = {"max_epochs": 40, "batch_size": 64, "hidden_sizes": (32,), "learning_rate": 0.01, "random_state": 0}

COLUMN_ESTIMATORS = [
    KSG(),
    KSG(marginals="normal"),
    KSG(variant=2),
    ConditionalKSG(),
    ConditionalMI(random_state=0),
    KozachenkoLeonenko(),
    GaussianMI(),
    GaussianCopulaMI(),
    KernelDensityMI(),
    KernelDensityMI("lsq"),
]
LINEARLY_COMPRESSED = [
    CompressedMI(compressor=PCA(1, random_state=0), random_state=0),
    CompressedMI(KSG(), compressor=CanonicalCompressor(), random_state=0),
]
NETWORKS = [
    CompressedMI(KSG(), compressor=AutoencoderCompressor(1, **FAST), random_state=0),
    CompressedMI(KSG(), compressor=ContrastiveCompressor(1, **FAST), random_state=0),
    CompressedMI(KSG(), compressor=CrossPredictiveCompressor(1, **FAST), random_state=0),
]
CRITICS = [
    MINE(**CRITIC),
    MINE("joint", **CRITIC),
    NWJ(marginals="standardize", **CRITIC),
    InfoNCE(**CRITIC),
    SMILE(**CRITIC),
    JensenShannonMI(**CRITIC),
    InfoNCE(radius=True, cv=2, **CRITIC),
]
CHOOSING = [
    AutoMI(max_seconds=1, random_state=0),
    AutoMI([KSG(), GaussianMI()], random_state=0),
]
ESTIMATORS = [*COLUMN_ESTIMATORS, *LINEARLY_COMPRESSED, *NETWORKS, *CRITICS, *CHOOSING]
SELECTORS = [
    MutualInfoSelector(random_state=0),
    MutualInfoSelector(1, strategy="jmi"),
    MutualInfoSelector(1, strategy="mrmr", marginals="normal"),
    MutualInfoSelector(0.5, strategy="joint"),
]
COMPRESSORS = [
    AutoencoderCompressor(1, **FAST),
    ContrastiveCompressor(1, **FAST),
    ContrastiveCompressor(1, linear_start=False, reconstruction_weight=0.0, **FAST),
    ContrastiveCompressor(1, critic="cosine", marginals="normal", **FAST),
    CrossPredictiveCompressor(1, **FAST),
    CanonicalCompressor(1),
    MarchenkoPasturPCA(),
]
