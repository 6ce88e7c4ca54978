"""The base class of paired compressors, whose codes of X and y are trained together."""

from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from scipy.linalg import svd
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._maps import whitening
from .._networks import (
    Residual,
    Rotation,
    checked_image_shape,
    convolutional_encoder,
    dense,
    in_passes,
    reproducible,
    resolve_device,
    split,
)
from .._sklearn import Interval, StrOptions, _fit_context
from .._tables import ColumnCoder, Indicators, flattened, numbers, validated
from ._base import NetworkCompressor
from ._pair_networks import PairNet, PairRows

_MIN_SAMPLES = 4
_ROWS_FOR_ATOMS, _REPEATED = 2000, 0.1  # rows in the test for repeated values, and the share that is too many
_SCALES = 0.1, 10.0  # limits of the initial scale of the critic: a larger one makes the first steps unstable


class PairedCompressor(NetworkCompressor):
    """Base class of the compressors that learn from pairs.

    A subclass names its decoders in ``_ways``, and trains the networks in ``_fit_networks``.
    """

    _parameter_constraints = {
        **NetworkCompressor._parameter_constraints,
        "image_shape": [tuple, list, None],
        "y_image_shape": [tuple, list, None],
        "max_shift": [Interval(Integral, 0, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"auto", "standardize", "normal"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
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
        X : array-like of shape (n_samples, n_features), or images
            First variable. Images may be flattened, or have shape (n_samples, height, width) or (n_samples, channels,
            height, width).
        y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
            Second variable, or labels.

        Returns
        -------
        self : object
            Fitted compressor.
        """
        (X, x_shape), (y, y_shape) = self._flattened(X, y, self.image_shape, self.y_image_shape)
        self._image_shapes = {"x": x_shape, "y": y_shape}
        validated(self, X, y=y, skip_check_array=True)
        X = numbers(X, "X", dtype="numeric", ensure_min_samples=_MIN_SAMPLES)
        self._y_coder = ColumnCoder("y")
        columns = self._y_coder.fit(y, self.discrete_target, dtype="numeric")
        check_consistent_length(X, columns.values)
        self.discrete_target_, self.classes_ = columns.is_discrete, self._y_coder.classes()
        if self.classes_ is not None and len(self.classes_) < 2:
            raise ValueError(f"Expected labels of at least two classes in y, got only {self.classes_.tolist()[0]!r}.")
        labels, self._y_numbers = None, Indicators(columns)
        if self.classes_ is not None:
            labels = self._y_coder.class_numbers(columns)
        n_targets, y = columns.values.shape[1], self._y_numbers(columns)
        random_state = check_random_state(self.random_state)
        training, validation, seed = split(len(X), self.validation_fraction, random_state)
        with reproducible(seed, resolve_device(self.device)):
            self._rotations, self._arrays = {}, {}
            inputs = self._rotate({"x": X, "y": None if labels is not None else y}, labels, training, validation)
            self._arrays["as_it_is"] = np.array(
                [X.shape[1] <= self.latent_dim, labels is not None or n_targets <= self.latent_dim]
            )
            targets = inputs["y"] if labels is None else torch.as_tensor(labels)
            self._fit_networks(*(PairRows(inputs["x"][rows], targets[rows]) for rows in (training, validation)))
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
            Codes of X, and of y if it was passed. A side with at most ``latent_dim`` columns, and labels, are returned
            unchanged.
        """
        check_is_fitted(self)
        (X, _), (y, _) = self._flattened(X, y, self._image_shapes["x"], self._image_shapes["y"])
        X = validated(self, X, dtype="numeric", reset=False)
        x_as_it_is, y_as_it_is = self._arrays["as_it_is"]
        x_codes = X if x_as_it_is else self._codes("x", X)
        if y is None:
            return x_codes
        columns = self._y_coder.transform(y, dtype="numeric")
        check_consistent_length(X, columns.values)
        return x_codes, y if y_as_it_is else self._codes("y", self._y_numbers(columns))

    def _codes(self, side, rows):
        """Return the final codes of one side, whitened and aligned with the other side."""
        return self._encode("encode", side, rows, self._rotations[side]) @ self._arrays[f"turn_{side}"]

    def _encode(self, step, side, rows, prepare=None):
        module = self.net_.module_
        return in_passes(lambda batch: getattr(module, step)(side, batch), module, rows, prepare)

    def _flattened(self, X, y, x_shape, y_shape):
        return flattened(X, x_shape, "X"), flattened(y, y_shape, "y", "y_image_shape")

    def _shape(self, side):
        """Return (channels, height, width) of a side with images, else None."""
        if side == "x":
            return checked_image_shape(self._image_shapes["x"], self.n_features_in_, "image_shape", "X")
        return (
            None
            if self._n_targets is None
            else checked_image_shape(self._image_shapes["y"], self._n_targets, "y_image_shape", "y")
        )

    def _rotate(self, sides, labels, training, validation):
        """Fit the rotations, with or without normal scores, and the starts of the linear maps; return the inputs."""
        sides = {side: rows for side, rows in sides.items() if rows is not None}
        self._n_targets = sides["y"].shape[1] if "y" in sides else None
        tried = []
        auto = [False] if any(_has_atoms(rows) for rows in sides.values()) else [False, True]
        for scores in {"standardize": [False], "normal": [True], "auto": auto}[self.marginals]:
            rotations, inputs = {}, {}
            for side, rows in sides.items():
                if self._shape(side) is not None:
                    rotations[side] = Rotation(rows, None, False, one_mean=True)
                else:
                    rotations[side] = Rotation(rows, self.n_components, True, scores)
                inputs[side] = rotations[side].inputs(rows)
            # A convolutional encoder has no linear start, and nothing to choose normal scores by.
            if any(self._shape(side) is not None for side in sides):
                tried.append((0.0, rotations, inputs, {}))
                break
            estimate, starts = _linear_start(inputs, labels, training, validation, self.latent_dim)
            tried.append((estimate, rotations, inputs, starts))
        _, self._rotations, inputs, starts = max(tried, key=lambda candidate: candidate[0])
        self._arrays |= {f"start_{what}": start for what, start in starts.items()}
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
            if {way[0], way[-1]} <= set(self._rotations)  # with labels there is no side y
        }
        head = nn.Linear(self.latent_dim, len(self.classes_)) if self.classes_ is not None else None
        tau = self._arrays.get("start_tau") if self._starts_linear and self._scales_each else None
        tau = np.ones(self.latent_dim if self._scales_each else 1) if tau is None else tau
        return PairNet(encoders, decoders, head, self.latent_dim, tau, self._refines and head is None, shifts)

    _starts_linear, _scales_each, _refines, _whitens = True, True, False, True

    def _turn(self, inputs):
        """Fit the linear maps that whiten the codes of each side and align them with those of the other."""
        codes = {side: self._encode("encode", side, rows) for side, rows in inputs.items()}
        turns = {side: _whitening(rows) if self._whitens else np.eye(self.latent_dim) for side, rows in codes.items()}
        if len(codes) == 2 and self._whitens:
            # The SVD of the cross-covariance of white codes gives canonical pairs; rotations leave them white.
            left, _, right = svd((codes["x"] @ turns["x"]).T @ (codes["y"] @ turns["y"]))
            turns = {"x": turns["x"] @ left, "y": turns["y"] @ right.T}
        self._arrays |= {f"turn_{side}": turn for side, turn in turns.items()}

    def _state(self):
        arrays, fitted = super()._state()
        levels = [levels.tolist() for levels in self._y_numbers.levels]
        return arrays, fitted | {"y": self._y_coder.state(), "y_levels": levels, "n_targets": self._n_targets}

    def _restore(self, arrays, fitted):
        self._y_coder = ColumnCoder.from_state(fitted["y"])
        self._y_numbers = Indicators.of_levels(fitted["y_levels"])
        self.discrete_target_, self.classes_ = self._y_coder.is_discrete, self._y_coder.classes()
        self._n_targets = fitted["n_targets"]
        super()._restore(arrays, fitted)


def _has_atoms(rows):
    """Whether many values repeat: normal scores jump there, such as when an edge moves through black pixels."""
    # A stride, rounded up, spreads the sample over all rows.
    rows = np.sort(rows[:: -(-len(rows) // _ROWS_FOR_ATOMS)], axis=0)
    varies = rows[0] != rows[-1]
    return varies.any() and np.mean(rows[1:, varies] == rows[:-1, varies]) > _REPEATED


def _linear_start(inputs, labels, training, validation, latent_dim):
    """Return the Gaussian estimate of canonical pairs on validation rows, and their axes and scales.

    The pairs are of the leading inputs only, because few rows cannot align many inputs; their number is the one with
    the highest estimate on the validation rows.
    """
    x = inputs["x"].numpy().astype(np.float64)
    y = np.eye(labels.max() + 1)[labels][:, 1:] if labels is not None else inputs["y"].numpy().astype(np.float64)
    x, y = x - x[training].mean(axis=0), y - y[training].mean(axis=0)
    # One class has no indicator, since the others determine it.
    most, tried = max(x.shape[1], y.shape[1]), []
    for n_leading in sorted({min(latent_dim * 2**power, most) for power in range(most.bit_length() + 1)}):
        # Indicators of labels have no order, so all of them are used.
        n_columns = y.shape[1] if labels is not None else n_leading
        left, right = canonical_axes(x[training, :n_leading], y[training, :n_columns])
        left, right = _of_size(left, x.shape[1], latent_dim), _of_size(right, y.shape[1], latent_dim)
        a, b = x[validation] @ left, y[validation] @ right
        estimate, tau = weigh_pairs(a, b)
        tried.append((estimate, left, right, np.clip(tau, *_SCALES)))
    estimate, left, right, scales = max(tried, key=lambda candidate: candidate[0])
    return estimate, {"x": left} if labels is not None else {"x": left, "y": right, "tau": scales}


def weigh_pairs(a, b):
    """Return the Gaussian estimate of pairs of columns with mean 0, in nats, and the scales of the critic.

    If the pairs are normal and of unit variance, minus the scale times their squared distance is the log ratio of
    densities, up to functions of each side.
    """
    spread = np.sqrt(np.sum(a**2, axis=0) * np.sum(b**2, axis=0))
    # Below 1, so that the logarithm stays finite. Negative correlations on validation rows are noise.
    correlations = np.clip(np.sum(a * b, axis=0) / np.where(spread > 0, spread, 1.0), 0.0, 1 - 1e-9)
    left_over = 1 - correlations**2
    return -0.5 * float(np.sum(np.log(left_over))), 0.5 * correlations / left_over


def canonical_axes(x, y):
    """Return the axes of all canonical pairs of rows, as columns.

    The inputs are white on all rows but not exactly on these. They are whitened again, because at high correlations
    what is left of their covariance would mix the pairs.
    """
    x_white, y_white = _whitening(x), _whitening(y)
    left, _, right = svd((x @ x_white).T @ (y @ y_white), full_matrices=False)
    return x_white @ left, y_white @ right.T


def _of_size(axes, n_rows, n_columns):
    """Return the axes cut, or filled up with zeros, to a matrix of the given size."""
    whole = np.zeros((n_rows, n_columns))
    axes = axes[:, :n_columns]
    whole[: len(axes), : axes.shape[1]] = axes
    return whole


def _whitening(codes):
    """Return the matrix that gives codes unit covariance, with null directions set to zero."""
    return whitening(np.cov(codes, rowvar=False).reshape(codes.shape[1], -1), null="zero")[0]
