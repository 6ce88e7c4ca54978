"""Pairs (X, y) with known mutual information, for measuring any estimator.

``TASKS`` maps names to pairs, which are made when they are looked up. For example,
``TASKS["spiral @ normal-cdf @ 5x5-sparse"]`` is a normal pair with five columns per side, two of them correlated,
mapped by the normal distribution function and then by a spiral. ``BEYOND_NORMAL`` has the names of the forty tasks of
Czyż et al. (2023), arXiv:2306.11078.
"""

from ._anti_pca import AntiPCAMap, anti_pca
from ._base import KnownMIPair, MappedPair, WithNuisance
from ._conditional import CONDITIONAL_TASKS, ConfoundedPair
from ._discrete import (
    DiscreteChannel,
    NoisySteps,
    QuantisedUniform,
    symmetric_channel,
    symmetric_channel_error,
    symmetric_channel_mi,
)
from ._everyday import (
    NormalSeries,
    RoundedNormal,
    ZeroInflatedPoisson,
    brightness_images,
    embeddings,
    gaussian_channel,
    rare_event,
    zipf_labels,
)
from ._fetch import fetch_cifar10, fetch_fashion_mnist, fetch_mnist
from ._images import (
    BlobRenderer,
    CorrelatedBlobRenderer,
    RectangleRenderer,
    blob_images,
    correlated_blob_images,
    rectangle_images,
)
from ._labels import SameClassPairs, digits_pairs
from ._maps import InvertibleNetwork, LinearEmbedding, NormalMixtureQuantile, Spiral, Wiggly, half_cube, swiss_roll
from ._mixtures import (
    NormalMixture,
    concentric_normals,
    crossed_normals,
    galaxy,
    letters,
    waves,
    with_inliers,
    with_outliers,
)
from ._normal import CorrelatedNormal, MultivariateNormal, correlated_uniform, dense_normal
from ._nuisance import NoisyPair, NuisanceFactors, WithBackground
from ._random import GroupedNormal, random_pair
from ._shapes import CorrelatedStudent, LogGammaExponential, SmoothedUniform, additive_uniform_noise, bimodal_normal
from ._tasks import BEYOND_NORMAL, TASKS
from ._tiled import Tiled

__all__ = [
    "BEYOND_NORMAL",
    "CONDITIONAL_TASKS",
    "TASKS",
    "AntiPCAMap",
    "BlobRenderer",
    "ConfoundedPair",
    "CorrelatedBlobRenderer",
    "CorrelatedNormal",
    "CorrelatedStudent",
    "DiscreteChannel",
    "GroupedNormal",
    "InvertibleNetwork",
    "KnownMIPair",
    "LinearEmbedding",
    "LogGammaExponential",
    "MappedPair",
    "MultivariateNormal",
    "NoisyPair",
    "NoisySteps",
    "NormalMixture",
    "NormalMixtureQuantile",
    "NormalSeries",
    "NuisanceFactors",
    "QuantisedUniform",
    "RectangleRenderer",
    "RoundedNormal",
    "SameClassPairs",
    "SmoothedUniform",
    "Spiral",
    "Tiled",
    "Wiggly",
    "WithBackground",
    "WithNuisance",
    "ZeroInflatedPoisson",
    "additive_uniform_noise",
    "anti_pca",
    "bimodal_normal",
    "blob_images",
    "brightness_images",
    "concentric_normals",
    "correlated_blob_images",
    "correlated_uniform",
    "crossed_normals",
    "dense_normal",
    "digits_pairs",
    "embeddings",
    "fetch_cifar10",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "galaxy",
    "gaussian_channel",
    "half_cube",
    "letters",
    "random_pair",
    "rare_event",
    "rectangle_images",
    "swiss_roll",
    "symmetric_channel",
    "symmetric_channel_error",
    "symmetric_channel_mi",
    "waves",
    "with_inliers",
    "with_outliers",
    "zipf_labels",
]
