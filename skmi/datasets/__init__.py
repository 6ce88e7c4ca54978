"""Pairs (X, y) whose mutual information is known, to measure any estimator on."""

from ._anti_pca import AntiPCAMap, anti_pca
from ._base import KnownMIPair, MappedPair, WithNuisance
from ._images import (
    BlobRenderer,
    CorrelatedBlobRenderer,
    RectangleRenderer,
    blob_images,
    correlated_blob_images,
    rectangle_images,
)
from ._normal import CorrelatedNormal, correlated_uniform
from ._shapes import CorrelatedStudent, SmoothedUniform

__all__ = [
    "AntiPCAMap",
    "BlobRenderer",
    "CorrelatedBlobRenderer",
    "CorrelatedNormal",
    "CorrelatedStudent",
    "KnownMIPair",
    "MappedPair",
    "RectangleRenderer",
    "SmoothedUniform",
    "WithNuisance",
    "anti_pca",
    "blob_images",
    "correlated_blob_images",
    "correlated_uniform",
    "rectangle_images",
]
