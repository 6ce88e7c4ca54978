"""The base class of paired compressors, whose codes of X and y are trained together."""

from abc import abstractmethod
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
import torch
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._networks import (
    PreparedRows,
    Residual,
    Rotation,
    checked_image_shape,
    convolutional_encoder,
    dense,
    in_passes,
    reproducible,
    resolve_device,
    selected,
    split,
)
from .._sklearn import Interval, StrOptions, _fit_context
from .._tables import ColumnCoder, Indicators, flattened, numbers, validated
from ..exceptions import InterruptedWarning, KeptWarning, issue, kept_warnings
from ._base import NetworkCompressor
from ._canonical_pairs import canonical_axes, linear_start, neighbor_information, whitening_of
from ._pair_networks import PairNet, PairRows

_MIN_SAMPLES = 4
_ROWS_FOR_ATOMS, _REPEATED = 2000, 0.1  # rows in the test for repeated values, and the share that is too many
_MOST_CODES = 8
_COMPARED = 1500  # validation rows on which numbers of codes are compared
_FITTED = "net_", "history_", "n_codes_", "_n_trained", "_rotations", "_arrays", "_n_features_out", "_n_targets"


class _Rows(NamedTuple):
    """What networks are trained on: the sides, numbers of classes or None, which rows are for what, and widths."""

    sides: dict
    labels: np.ndarray | None
    training: np.ndarray
    validation: np.ndarray
    n_columns: tuple


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
        sides = {"x": X, "y": None if labels is not None else y}
        rows = _Rows(sides, labels, training, validation, (X.shape[1], n_targets))
        with reproducible(seed, resolve_device(self.device)):
            if isinstance(self.latent_dim, str):
                self._fit_some(rows)
            else:
                self._fit_codes(self.latent_dim, rows)
        return self

    def _fit_codes(self, n_codes, rows):
        """Train networks of so many codes on rows; return the network inputs of the sides."""
        self.n_codes_ = self._n_trained = n_codes
        self._rotations, self._arrays = {}, {}
        inputs = self._rotate(rows.sides, rows.labels, rows.training, rows.validation)
        n_x, n_y = rows.n_columns
        self._arrays["as_it_is"] = np.array([n_x <= n_codes, rows.labels is not None or n_y <= n_codes])
        targets = inputs["y"] if rows.labels is None else torch.as_tensor(rows.labels)
        self._fit_networks(
            *(
                PairRows(selected(inputs["x"], part), selected(targets, part))
                for part in (rows.training, rows.validation)
            )
        )
        self._n_features_out = n_x if self._arrays["as_it_is"][0] else n_codes
        self._turn(inputs)
        return inputs

    def _fit_some(self, rows):
        """Train networks of many codes, keep as many canonical pairs as are needed, or train so many if they tell more.

        What codes tell is what nearest neighbours find on validation rows, which in too many codes is less.
        """
        if rows.labels is not None:
            # The probabilities of the classes have one dimension less than there are classes.
            self._fit_codes(int(np.clip(rows.labels.max(), 1, _MOST_CODES)), rows)
            return
        most = max(1, min(_MOST_CODES, max(rows.n_columns)))
        with kept_warnings() as kept:
            inputs = self._fit_codes(most, rows)
            terms = [self._told(n_codes, rows, inputs) for n_codes in range(1, most + 1)]
        values = np.mean(terms, axis=1)
        # The fewest that are within a standard error of the best: more codes that tell the same only cost rows.
        error = np.std(terms[np.argmax(values)]) / np.sqrt(len(terms[0]))
        best = 1 + int(np.argmax(values >= values.max() - error))
        self._cut(best)
        if best == most or getattr(self.net_, "interrupted_", False):
            issue(kept)
            return
        wide = {name: getattr(self, name) for name in _FITTED}
        try:
            with kept_warnings() as again:
                inputs = self._fit_codes(best, rows)
                pays = self._told(best, rows, inputs).mean() > values[best - 1]
        except KeyboardInterrupt:
            pays, again = False, []
            kept.append(KeptWarning("The second training was interrupted. The first is kept.", InterruptedWarning))
        if not pays:
            self.__dict__.update(wide)
        # Warnings of the training that was dropped would mislead.
        issue(again if pays else kept)

    def _told(self, n_codes, rows, inputs):
        """Return what the leading codes of each validation row tell of one another, in nats."""
        part = rows.validation[:_COMPARED]
        codes = []
        for side, as_it_is in zip("xy", self._arrays["as_it_is"], strict=True):
            values = self._encode("encode", side, inputs[side][part].numpy()) @ self._arrays[f"turn_{side}"]
            codes.append(rows.sides[side][part] if as_it_is else values[:, :n_codes])
        return neighbor_information(*codes)

    def _cut(self, n_codes):
        """Keep the leading canonical pairs of codes."""
        self.n_codes_ = n_codes
        for side, as_it_is in zip("xy", self._arrays["as_it_is"], strict=True):
            if not as_it_is:
                self._arrays[f"turn_{side}"] = self._arrays[f"turn_{side}"][:, :n_codes]
        if not self._arrays["as_it_is"][0]:
            self._n_features_out = n_codes

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
        codes : ndarray of shape (n_samples, n_codes), or a tuple of two
            Codes of X, and of y if it was passed. A side with at most as many columns, and labels, are returned
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
                    inputs[side] = PreparedRows(rows, rotations[side])
                else:
                    rotations[side] = Rotation(rows, self.n_components, True, scores)
                    inputs[side] = rotations[side].inputs(rows)
            # A convolutional encoder has no linear start, and nothing to choose normal scores by.
            if any(self._shape(side) is not None for side in sides):
                tried.append((0.0, rotations, inputs, {}))
                break
            estimate, starts = linear_start(inputs, labels, training, validation, self._n_trained)
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
                encoders[side] = Residual(rotation.n_outputs, self._n_trained, self.hidden_sizes, self.dropout, start)
            else:
                encoders[side] = convolutional_encoder(shape, self._n_trained, self.channels, self.dropout)
                if self.max_shift > 0:
                    shifts[side] = (shape, self.max_shift)
        decoders = {
            way: dense(self._n_trained, self._rotations[way[-1]].n_outputs, self.hidden_sizes[::-1], activation=nn.SiLU)
            for way in self._ways
            if {way[0], way[-1]} <= set(self._rotations)  # with labels there is no side y
        }
        head = nn.Linear(self._n_trained, len(self.classes_)) if self.classes_ is not None else None
        tau = self._arrays.get("start_tau") if self._starts_linear and self._scales_each else None
        tau = np.ones(self._n_trained if self._scales_each else 1) if tau is None else tau
        return PairNet(encoders, decoders, head, self._n_trained, tau, self._refines and head is None, shifts)

    _starts_linear, _scales_each, _refines, _whitens = True, True, False, True

    def _turn(self, inputs):
        """Fit the linear maps that whiten the codes of each side and align them with those of the other."""
        codes = {side: self._encode("encode", side, rows) for side, rows in inputs.items()}
        if not self._whitens:
            turns = {side: np.eye(self._n_trained) for side in codes}
        elif len(codes) == 2:
            turns = dict(zip("xy", canonical_axes(codes["x"], codes["y"]), strict=True))
        else:
            turns = {side: whitening_of(rows) for side, rows in codes.items()}
        self._arrays |= {f"turn_{side}": turn for side, turn in turns.items()}

    def _state(self):
        arrays, fitted = super()._state()
        levels = [levels.tolist() for levels in self._y_numbers.levels]
        return arrays, fitted | {
            "y": self._y_coder.state(),
            "y_levels": levels,
            "n_targets": self._n_targets,
            "n_trained": self._n_trained,
            "n_codes": self.n_codes_,
        }

    def _restore(self, arrays, fitted):
        self._y_coder = ColumnCoder.from_state(fitted["y"])
        self._y_numbers = Indicators.of_levels(fitted["y_levels"])
        self.discrete_target_, self.classes_ = self._y_coder.is_discrete, self._y_coder.classes()
        self._n_targets, self._n_trained, self.n_codes_ = (
            fitted[name] for name in ("n_targets", "n_trained", "n_codes")
        )
        wanted = self.n_codes_ if self.latent_dim == "auto" else self.latent_dim
        turned = {values.shape[1] for name, values in arrays.items() if name.startswith("array.turn_")}
        if not turned <= {self._n_trained, self.n_codes_} or self.n_codes_ != wanted:
            raise ValueError(
                f"Expected {wanted} codes in the file, as its parameters say, got {self.n_codes_} and maps to "
                f"{sorted(turned)} codes."
            )
        super()._restore(arrays, fitted)


def _has_atoms(rows):
    """Whether many values repeat: normal scores jump there, such as when an edge moves through black pixels."""
    # A stride, rounded up, spreads the sample over all rows.
    rows = np.sort(rows[:: -(-len(rows) // _ROWS_FOR_ATOMS)], axis=0)
    varies = rows[0] != rows[-1]
    return varies.any() and np.mean(rows[1:, varies] == rows[:-1, varies]) > _REPEATED
