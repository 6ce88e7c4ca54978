"""How much the layers of a network tell about its input and about the target, through training."""

from ._display import InformationPlaneDisplay
from ._noise import GaussianNoise
from ._plane import InformationPlane, PlanePoint
from ._recorder import InformationPlaneRecorder
from ._recording import Recording
from ._run import information_plane

__all__ = [
    "GaussianNoise",
    "InformationPlane",
    "InformationPlaneDisplay",
    "InformationPlaneRecorder",
    "PlanePoint",
    "Recording",
    "information_plane",
]
