"""Compressors: scikit-learn transformers from high dimension to a few codes."""

from ._autoencoder import AutoencoderCompressor

__all__ = ["AutoencoderCompressor"]
