"""The base class of all compressors with a network: parameters of training, saving and loading."""

from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._networks import Rotation, TrainingOptions, history_of, resolve_device, train, trained_already
from .._sklearn import ClassNamePrefixFeaturesOutMixin, Interval
from ..exceptions import SkmiWarning, warn
from ._files import read, write

_TRAINING = ("max_epochs", "batch_size", "learning_rate", "patience", "verbose")


class NetworkCompressor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, ABC):
    """Base class of the compressors with a trained network.

    A subclass trains its networks in ``fit`` by ``_train``, keeps its rotations in the dict ``_rotations`` and small
    arrays in the dict ``_arrays``, and builds its untrained networks from these and its parameters in ``_module``.
    """

    _parameter_constraints = {
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_sizes": [tuple, list],
        "channels": [tuple, list],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _module(self):
        """Return the untrained networks."""

    def _train(self, module, criterion, data, valid, name, **options):
        """Train the networks, and set ``net_`` and ``history_``."""
        settings = {key: getattr(self, key) for key in _TRAINING} | options
        settings = TrainingOptions(device=resolve_device(self.device), name=name, **settings)
        self.net_ = train(module, criterion, data, valid, settings)
        self.history_ = history_of(self.net_)

    def save(self, path):
        """Save the fitted compressor to a safetensors file, with everything but its arrays as JSON in the header.

        Unlike a pickle, loading the file runs no code.

        Parameters
        ----------
        path : str or path-like
            File to write; an existing file is replaced.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> import numpy as np
        >>> from skmi import AutoencoderCompressor
        >>> X = np.random.default_rng(0).standard_normal((200, 5))
        >>> compressor = AutoencoderCompressor(1, random_state=0).fit(X)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "compressor.safetensors"
        ...     compressor.save(path)
        ...     again = AutoencoderCompressor.load(path)
        >>> bool(np.all(again.transform(X) == compressor.transform(X)))
        True
        """
        check_is_fitted(self)
        write(path, self)

    @classmethod
    def load(cls, path, **modules):
        """Load a compressor from a file that ``save`` has written.

        Parameters
        ----------
        path : str or path-like
            File to read.
        **modules : torch.nn.Module
            Networks that were parameters of these names. The file has only their weights.

        Returns
        -------
        compressor : object
            Fitted compressor of this class.

        Raises
        ------
        ValueError
            If the file has another format, another class or a newer version.
        """
        return read(path, cls, modules)

    def _state(self):
        """Return the fitted state: arrays by name, and a dict for JSON."""
        arrays = {f"array.{name}": value for name, value in self._arrays.items()}
        for side, rotation in self._rotations.items():
            arrays |= {f"rotation.{side}.{name}": value for name, value in rotation.arrays().items()}
        for name, value in self.net_.module_.state_dict().items():
            arrays[f"network.{name}"] = value.detach().cpu().numpy()
        arrays |= {f"history.{name}": value for name, value in self.history_.items()}
        names = getattr(self, "feature_names_in_", None)
        fitted = {
            "n_features_in": self.n_features_in_,
            "n_features_out": self._n_features_out,
            "feature_names_in": None if names is None else names.tolist(),
            "image_shapes": self._image_shapes,
        }
        return arrays, fitted

    def _restore(self, arrays, fitted):
        """Set the fitted state that ``_state`` returned."""
        parts = {}
        for name, value in arrays.items():
            kind, _, rest = name.partition(".")
            parts.setdefault(kind, {})[rest] = value
        self.n_features_in_, self._n_features_out = fitted["n_features_in"], fitted["n_features_out"]
        if fitted["feature_names_in"] is not None:
            self.feature_names_in_ = np.array(fitted["feature_names_in"], dtype=object)
        shapes = fitted["image_shapes"].items()
        self._image_shapes = {side: None if shape is None else tuple(shape) for side, shape in shapes}
        self._arrays, self.history_ = parts.get("array", {}), parts["history"]
        rotations = {}
        for name, value in parts["rotation"].items():
            side, _, rest = name.partition(".")
            rotations.setdefault(side, {})[rest] = value
        self._rotations = {side: Rotation.from_arrays(found) for side, found in rotations.items()}
        # Allocating on the device is the only sure test; a CPU build of torch raises AssertionError.
        try:
            device = resolve_device(self.device)
            torch.empty(0, device=device)
        except (AssertionError, RuntimeError) as error:
            warn(
                f'There is no device {self.device!r} here ({error}). Loaded with device="auto".',
                SkmiWarning,
            )
            self.device = "auto"
            device = resolve_device(self.device)
        # On no device, networks have shapes and take no memory: a header may claim layers of any width.
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            _check_shapes(self._module(), parts["network"])
        with torch.random.fork_rng(devices=[]):  # initial weights must not advance the caller's generator
            module = self._module()
        self.net_ = trained_already(module, parts["network"], device)


def _check_shapes(module, weights):
    """Raise unless the weights are those of a network of this shape."""
    # Files hold single numbers as arrays of one.
    expected = {name: tuple(value.shape) or (1,) for name, value in module.state_dict().items()}
    got = {name: value.shape or (1,) for name, value in weights.items()}
    if expected != got:
        differ = sorted(name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name))
        raise ValueError(
            f"Expected weights {differ[0]} of shape {expected.get(differ[0])}, as the parameters say, got "
            f"{got.get(differ[0])}: the file does not hold the network that its header describes."
        )
