"""What paired compressors share: codes of X and y, trained together."""

from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from scipy.linalg import svd
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from .._kinds import as_labels
from .._networks import Residual, checked_image_shape, convolutional_encoder, dense
from .._rows import Rotation, in_passes, split
from .._sklearn import Interval, StrOptions, _fit_context
from .._training import reproducible, resolve_device
from ._base import NetworkCompressor
from ._pair_networks import PairNet, PairRows

_MIN_SAMPLES = 4
_RANK_TOLERANCE = 1e-10


class PairedCompressor(NetworkCompressor):
    """Base class of the compressors that learn from pairs.

    A subclass names in ``_ways`` what is reconstructed from what, and in ``_fit_networks`` what by.
    """

    _parameter_constraints = {
        **NetworkCompressor._parameter_constraints,
        "image_shape": [tuple, list, None],
        "y_image_shape": [tuple, list, None],
        "max_shift": [Interval(Integral, 0, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"auto", "standardize", "normal"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags

    @property
    @abstractmethod
    def _ways(self):
        """Names of the decoders, such as "x_to_y"."""

    @abstractmethod
    def _fit_networks(self, data, valid):
        """Train the networks on pairs of rows."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train the networks on pairs.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable, or labels.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        validate_data(self, X, y, skip_check_array=True)
        X = check_array(X, dtype="numeric", input_name="X", ensure_min_samples=_MIN_SAMPLES)
        self.classes_, labels = as_labels(y)
        y = self._y_columns(y)
        check_consistent_length(X, y)
        random_state = check_random_state(self.random_state)
        training, watched, seed = split(len(X), self.validation_fraction, random_state)
        with reproducible(seed, resolve_device(self.device)):
            self._rotations, self._arrays = {}, {}
            inputs = self._rotate({"x": X, "y": None if labels is not None else y}, labels, training, watched)
            self._arrays["as_it_is"] = np.array(
                [X.shape[1] <= self.latent_dim, labels is not None or y.shape[1] <= self.latent_dim]
            )
            targets = inputs["y"] if labels is None else torch.as_tensor(labels)
            self._fit_networks(*(PairRows(inputs["x"][rows], targets[rows]) for rows in (training, watched)))
        self._n_features_out = X.shape[1] if self._arrays["as_it_is"][0] else self.latent_dim
        self._turn({side: rows.numpy() for side, rows in inputs.items()})
        return self

    def transform(self, X, y=None):
        """Return the codes of the rows of X, or of both variables.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets) or None, default=None
            Second variable.

        Returns
        -------
        codes : ndarray of shape (n_samples, latent_dim), or a tuple of two
            Codes of X, and of y if it was passed. A side with no more columns than ``latent_dim``, and labels, are
            returned as they are.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype="numeric", reset=False)
        x_as_it_is, y_as_it_is = self._arrays["as_it_is"]
        x_codes = np.asarray(X, dtype=np.float64) if x_as_it_is else self._codes("x", X)
        if y is None:
            return x_codes
        return x_codes, np.asarray(y) if y_as_it_is else self._codes("y", self._y_columns(y))

    def _codes(self, side, rows):
        """Return final codes of one side."""
        return self._encode("encode", side, rows, self._rotations[side]) @ self._arrays[f"turn_{side}"]

    def _encode(self, step, side, rows, prepare=None):
        module = self.net_.module_
        return in_passes(lambda batch: getattr(module, step)(side, batch), module, rows, prepare)

    def _y_columns(self, y):
        if self.classes_ is not None:
            return np.asarray(y)
        y = check_array(y, dtype="numeric", ensure_2d=False, input_name="y")
        return y.reshape(len(y), -1)

    def _shape(self, side):
        """Return (channels, height, width) of a side that holds images, else None."""
        if side == "x":
            return checked_image_shape(self.image_shape, self.n_features_in_, "image_shape", "X")
        return (
            None
            if self._n_targets is None
            else checked_image_shape(self.y_image_shape, self._n_targets, "y_image_shape", "y")
        )

    def _rotate(self, sides, labels, training, watched):
        """Learn how rows become inputs, with or without normal scores, and from where linear maps start."""
        sides = {side: rows for side, rows in sides.items() if rows is not None}
        self._n_targets = sides["y"].shape[1] if "y" in sides else None
        tried = []
        for scores in {"standardize": [False], "normal": [True], "auto": [False, True]}[self.marginals]:
            rotations, inputs = {}, {}
            for side, rows in sides.items():
                if self._shape(side) is not None:
                    rotations[side] = Rotation(rows, None, False, one_mean=True)
                else:
                    rotations[side] = Rotation(rows, self.n_components, True, scores)
                inputs[side] = rotations[side].inputs(rows)
            if any(self._shape(side) is not None for side in sides):
                tried.append((0.0, rotations, inputs, {}))
                break
            told, starts = _linear_start(inputs, labels, training, watched, self.latent_dim)
            tried.append((told, rotations, inputs, starts))
        self._told_linearly, self._rotations, inputs, starts = max(tried, key=lambda candidate: candidate[0])
        self._arrays |= {f"start_{side}": start for side, start in starts.items()}
        return inputs

    def _module(self):
        encoders, shifts = {}, {}
        for side, rotation in self._rotations.items():
            shape = self._shape(side)
            if shape is None:
                start = self._arrays.get(f"start_{side}") if self._starts_linear else None
                encoders[side] = Residual(rotation.n_outputs, self.latent_dim, self.hidden_sizes, self.dropout, start)
            else:
                encoders[side] = convolutional_encoder(shape, self.latent_dim, self.channels, self.dropout)
                if self.max_shift > 0:
                    shifts[side] = (shape, self.max_shift)
        decoders = {
            way: dense(self.latent_dim, self._rotations[way[-1]].n_outputs, self.hidden_sizes[::-1], activation=nn.SiLU)
            for way in self._ways
            if {way[0], way[-1]} <= set(self._rotations)
        }
        head = nn.Linear(self.latent_dim, len(self.classes_)) if self.classes_ is not None else None
        return PairNet(encoders, decoders, head, self.latent_dim, self._refines and head is None, shifts)

    _starts_linear, _refines, _whitens = True, False, True

    def _turn(self, inputs):
        """Learn the linear maps that whiten the codes of each side and align them with those of the other."""
        codes = {side: self._encode("encode", side, rows) for side, rows in inputs.items()}
        turns = {side: _whitening(rows) if self._whitens else np.eye(self.latent_dim) for side, rows in codes.items()}
        if len(codes) == 2 and self._whitens:
            left, _, right = svd((codes["x"] @ turns["x"]).T @ (codes["y"] @ turns["y"]))
            turns = {"x": turns["x"] @ left, "y": turns["y"] @ right.T}
        self._arrays |= {f"turn_{side}": turn for side, turn in turns.items()}

    def _state(self):
        arrays, fitted = super()._state()
        classes = None if self.classes_ is None else {"kind": self.classes_.dtype.str, "values": self.classes_.tolist()}
        return arrays, fitted | {"classes": classes, "n_targets": self._n_targets}

    def _restore(self, arrays, fitted):
        classes = fitted["classes"]
        self.classes_ = None
        if classes is not None:
            kind = classes["kind"]
            self.classes_ = np.array(classes["values"], dtype=object if kind.endswith("O") else kind)
        self._n_targets = fitted["n_targets"]
        super()._restore(arrays, fitted)


def _linear_start(inputs, labels, training, watched, latent_dim):
    """Return how much canonical pairs of inputs tell on rows not used for them, and their axes by side.

    The pairs are of as many of the leading inputs as tell most: whitened components of little variance are often
    rapidly varying functions of what is shared, and a network that starts at those folds its codes.
    """
    x = inputs["x"].numpy().astype(np.float64)
    y = np.eye(labels.max() + 1)[labels][:, 1:] if labels is not None else inputs["y"].numpy().astype(np.float64)
    mean = y[training].mean(axis=0)
    cross = x[training].T @ (y[training] - mean) / len(training)
    most, tried = max(cross.shape), []
    for n_leading in sorted({min(latent_dim * 2**power, most) for power in range(most.bit_length() + 1)}):
        # All columns of labels: they are no components, and none leads.
        left, right = _canonical_axes(cross, n_leading, cross.shape[1] if labels is not None else n_leading, latent_dim)
        a, b = x[watched] @ left, (y[watched] - mean) @ right
        spread = np.sqrt(np.sum(a**2, axis=0) * np.sum(b**2, axis=0))
        correlations = np.clip(np.sum(a * b, axis=0) / np.where(spread > 0, spread, 1.0), 0.0, 1 - 1e-9)
        tried.append((-0.5 * float(np.sum(np.log1p(-(correlations**2)))), left, right))
    told, left, right = max(tried, key=lambda candidate: candidate[0])
    return told, {"x": left} if labels is not None else {"x": left, "y": right}


def _canonical_axes(cross, n_rows, n_columns, latent_dim):
    """Return the canonical axes of the leading inputs of each side, zeros for all others and beyond the rank."""
    left, _, right = svd(cross[:n_rows, :n_columns], full_matrices=False)
    axes = [np.zeros((length, latent_dim)) for length in cross.shape]
    for whole, found in zip(axes, (left, right.T), strict=True):
        found = found[:, :latent_dim]
        whole[: len(found), : found.shape[1]] = found
    return axes


def _whitening(codes):
    """Return the matrix that gives codes unit covariance; null directions become zero."""
    values, axes = np.linalg.eigh(np.cov(codes, rowvar=False).reshape(codes.shape[1], -1))
    kept = values > _RANK_TOLERANCE * max(values[-1], 1e-300)
    return axes * np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
