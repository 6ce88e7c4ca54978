"""Compressors: scikit-learn transformers from many columns to a few codes."""

from importlib import import_module

# Imported when first used, so that linear compressors do not load torch.
_HOMES = {
    "AutoencoderCompressor": "_autoencoder",
    "CanonicalCompressor": "_linear",
    "ContrastiveCompressor": "_contrastive",
    "CrossPredictiveCompressor": "_cross_predictive",
    "MarchenkoPasturPCA": "_linear",
}

__all__ = [*_HOMES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module 'skmi.compression' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
