"""Pairs (X, y) whose mutual information is known, to measure any estimator on."""

from ._anti_pca import AntiPCAMap, anti_pca
from ._base import KnownMIPair, MappedPair, WithNuisance
from ._images import BlobRenderer, RectangleRenderer, blob_images, rectangle_images
from ._normal import CorrelatedNormal, correlated_uniform

__all__ = [
    "AntiPCAMap",
    "BlobRenderer",
    "CorrelatedNormal",
    "KnownMIPair",
    "MappedPair",
    "RectangleRenderer",
    "WithNuisance",
    "anti_pca",
    "blob_images",
    "correlated_uniform",
    "rectangle_images",
]
