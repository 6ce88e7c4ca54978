"""Mutual information of the layers of a network with its input and with the target, during training."""

from ._display import InformationPlaneDisplay
from ._noise import GaussianNoise
from ._plane import InformationPlane, PlanePoint
from ._recorder import InformationPlaneRecorder
from ._recording import Recording
from ._run import information_plane
from ._with_noise import NoiseHandle, with_noise

__all__ = [
    "GaussianNoise",
    "InformationPlane",
    "InformationPlaneDisplay",
    "InformationPlaneRecorder",
    "NoiseHandle",
    "PlanePoint",
    "Recording",
    "information_plane",
    "with_noise",
]
