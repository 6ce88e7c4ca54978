"""Recorded activations of fixed rows by epoch and layer, in memory or in a folder."""

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..channel import GaussianChannelBounds

_FORMAT = "skmi recording 1"


@dataclass(frozen=True)
class LayerRecord:
    """Noise, bounds and capacity of one layer at one epoch.

    Attributes
    ----------
    noise_std : float or None
        Standard deviation of the layer's own additive noise; None if the noise is relative, in an earlier layer only,
        or absent.
    deterministic : bool
        Whether two draws of the noise gave the same activations.
    bounds : GaussianChannelBounds or None
        Bounds of I(X; L), if the noise is known.
    capacity : float or None
        Upper bound of I(X; L) for any signal with the same covariance, in nats.
    """

    noise_std: float | None
    deterministic: bool
    bounds: GaussianChannelBounds | None
    capacity: float | None


class Recording:
    """Activations of the same rows with the same noise at each epoch.

    It is made by a recorder; :func:`information_plane` turns it into a table.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        The recorded rows.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Targets of these rows.
    folder : str, path-like or None, default=None
        Folder for the activations, one file per epoch; None keeps them in memory.

    Attributes
    ----------
    epochs : list of int
        Recorded epochs, in order.
    layers : list of str
        Names of the layers, in the order of the forward pass.
    losses : dict
        For each epoch, a dict of losses by name.

    Examples
    --------
    >>> import torch
    >>> from skmi.information_plane import GaussianNoise, InformationPlaneRecorder
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), GaussianNoise(0.5))
    >>> recorder = InformationPlaneRecorder(torch.randn(50, 2), torch.randn(50))
    >>> recorder.record(net, epoch=1).recording_.activations(1, "1").shape
    (50, 3)
    """

    def __init__(self, X, y, folder=None):
        self.X, self.y = np.asarray(X), np.asarray(y)
        self.folder = None if folder is None else Path(folder)
        self.epochs, self.layers, self.losses = [], [], {}
        self._records, self._arrays = {}, {}
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            if any(self.folder.glob("epoch-*.npz")):
                raise FileExistsError(
                    f"{self.folder} holds a recording already: read it with Recording.load, or name another folder."
                )
            np.savez(self.folder / "rows.npz", X=self.X, y=self.y)

    @classmethod
    def load(cls, folder):
        """Read a recording from its folder.

        Parameters
        ----------
        folder : str or path-like
            As given to the recorder.

        Returns
        -------
        recording : Recording
            The recording; its activations are read from the files when they are needed.

        Raises
        ------
        FileNotFoundError
            If the folder holds no recording.
        ValueError
            If a file is damaged, of another kind, or of other rows; it names the file. An epoch may be deleted.
        """
        folder = Path(folder)
        if not (folder / "rows.npz").is_file():
            raise FileNotFoundError(f"There is no recording in {folder}.")
        recording = cls.__new__(cls)  # __init__ refuses a folder that holds a recording
        with _opened(folder / "rows.npz") as arrays:
            recording.X, recording.y = arrays["X"], arrays["y"]
            if not recording.X.ndim or recording.X.shape[:1] != recording.y.shape[:1]:
                raise ValueError(f"X has shape {recording.X.shape} and y {recording.y.shape}, which are no pairs")
        recording.folder = folder
        recording.epochs, recording.layers, recording.losses = [], [], {}
        recording._records, recording._arrays = {}, {}
        for path in sorted(folder.glob("epoch-*.npz")):
            with _opened(path) as arrays:
                epoch, records, losses = _read_about(json.loads(str(arrays["about"])))
                if f"epoch-{epoch:08d}.npz" != path.name:
                    raise ValueError(f"it holds epoch {epoch}")
                if recording.layers and list(records) != recording.layers:
                    raise ValueError(f"it holds the layers {', '.join(records)}, not {', '.join(recording.layers)}")
                recording._note(epoch, records, losses)
        return recording

    def add(self, epoch, activations, records, losses):
        """Add one epoch.

        Parameters
        ----------
        epoch : int
            Number of the epoch, higher than those before.
        activations : dict of str to ndarray of shape (n_samples, n_units)
            Activations by layer, in the order of the forward pass.
        records : dict of str to LayerRecord
            Noise, bounds and capacity of the same layers.
        losses : dict of str to float
            Losses by name; may be empty.
        """
        if self.epochs and epoch <= self.epochs[-1]:
            raise ValueError(f"Expected an epoch after {self.epochs[-1]}, the last one recorded, got {epoch}.")
        if self.layers and list(activations) != self.layers:
            raise ValueError(
                f"Expected the layers {', '.join(self.layers)}, as before, got {', '.join(activations)}. Record "
                "another network with another recorder."
            )
        if self.folder is None:
            self._arrays[epoch] = activations
        else:
            about = {
                "format": _FORMAT,
                "epoch": epoch,
                "losses": losses,
                "layers": {name: asdict(record) for name, record in records.items()},
            }
            # The rest goes into the file as JSON: pickled objects would not be safe to load.
            arrays = {f"layer_{i}": array for i, array in enumerate(activations.values())}
            path = self.folder / f"epoch-{epoch:08d}.npz"
            # Renamed only when complete: an interruption must not leave half a file under the final name.
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                np.savez(file, about=np.array(json.dumps(about)), **arrays)
            partial.replace(path)
        self._note(epoch, records, losses)

    def _note(self, epoch, records, losses):
        self.epochs.append(epoch)
        self.layers = list(records)
        self.losses[epoch] = losses
        self._records[epoch] = records

    def activations(self, epoch, layer):
        """Return the noisy activations of one layer at one epoch.

        Parameters
        ----------
        epoch : int
            A recorded epoch.
        layer : str
            Name of the layer.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units)
            One flattened row per sample.
        """
        self._check(epoch, layer)
        if self.folder is None:
            return self._arrays[epoch][layer]
        with _opened(self.folder / f"epoch-{epoch:08d}.npz") as arrays:
            values = arrays[f"layer_{self.layers.index(layer)}"]
            if values.ndim != 2 or len(values) != len(self.X) or values.dtype.kind not in "fiu":
                raise ValueError(
                    f"layer {layer} is an array of {values.dtype} and shape {values.shape}, not one of numbers with "
                    f"{len(self.X)} rows"
                )
            if not np.isfinite(values).all():
                raise ValueError(f"layer {layer} has values that are not finite")
        return values

    def about(self, epoch, layer):
        """Return noise, bounds and capacity of one layer at one epoch.

        Parameters
        ----------
        epoch : int
            A recorded epoch.
        layer : str
            Name of the layer.

        Returns
        -------
        record : LayerRecord
            The record of the layer.
        """
        self._check(epoch, layer)
        return self._records[epoch][layer]

    def _check(self, epoch, layer):
        if epoch not in self._records:
            raise KeyError(f"Epoch {epoch} was not recorded; there are {', '.join(map(str, self.epochs)) or 'none'}.")
        if layer not in self.layers:
            raise KeyError(f"Layer {layer!r} was not recorded; there are {', '.join(self.layers)}.")


def _read_about(about):
    """Return the number of an epoch, its records and its losses from what its file says of it."""
    if about["format"] != _FORMAT:
        raise ValueError(f"its format is {about['format']!r}, not {_FORMAT!r}")
    records = {}
    for name, values in about["layers"].items():
        bounds = values.pop("bounds")
        bounds = None if bounds is None else GaussianChannelBounds(**bounds)
        records[name] = LayerRecord(bounds=bounds, **values)
    return about["epoch"], records, about["losses"]


@contextmanager
def _opened(path):
    """Open a file of arrays; whatever is wrong with it becomes a ValueError that names it."""
    try:
        # Opened here, since NumPy leaves files open that are no zip files.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            yield arrays
    # What zip files, NumPy's headers, JSON and missing or foreign entries raise.
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        advice = "" if path.name == "rows.npz" else " Delete the file to do without its epoch."
        raise ValueError(f"{path} is damaged, or no file of this recording: {error}.{advice}") from error
