"""A compressor and an estimator make an estimator."""

from ._cross_fitting import FittedCompression, codes_of_fold, pooled
from ._estimator import CompressedMI

__all__ = ["CompressedMI", "FittedCompression", "codes_of_fold", "pooled"]
