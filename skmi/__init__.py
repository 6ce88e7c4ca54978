"""How much does X tell about y? Mutual information of high-dimensional data, as scikit-learn estimators.

The names below are imported when they are first used, so that ``import skmi`` is quick and loads no torch.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "AutoMI": "automatic",
    "AutoencoderCompressor": "compression",
    "CanonicalCompressor": "compression",
    "CompressedMI": "compressed",
    "ConditionalKSG": "estimators",
    "ConditionalMI": "estimators",
    "ContrastiveCompressor": "compression",
    "CrossPredictiveCompressor": "compression",
    "GaussianCopulaMI": "estimators",
    "GaussianMI": "estimators",
    "InfoNCE": "estimators",
    "JensenShannonMI": "estimators",
    "KSG": "estimators",
    "KernelDensityMI": "estimators",
    "KozachenkoLeonenko": "estimators",
    "MINE": "estimators",
    "MarchenkoPasturPCA": "compression",
    "MutualInfoEstimator": "estimators",
    "NWJ": "estimators",
    "SMILE": "estimators",
    "estimate": "automatic",
}
_MODULES = {
    "automatic",
    "bounds",
    "channel",
    "compressed",
    "compression",
    "datasets",
    "estimators",
    "exceptions",
    "feature_selection",
    "information_plane",
    "model_selection",
    "uncertainty",
    "validation",
}

__all__ = [*_HOMES, *sorted(_MODULES)]


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'skmi' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
