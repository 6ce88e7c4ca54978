"""A quantile regression that reads an estimate, and how far it may be off, from all cheap estimates of a pair.

It was fitted to random pairs of known information. Its trees are arrays, so that the file of them runs no code.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from ._cheap import DESCRIPTIONS, ESTIMATES

FILE = "calibrator.npz"
LEVELS = "low", "median", "high"
BASES = "ksg_normal", "copula", "canonical"  # of which the largest is the best simple rule
_VAGUE = 2.0, 2.0  # nats, and share of value and simple rule: wider intervals say nothing
_MOST_COLUMNS = 30.0  # of the pairs it was fitted to


class Calibrated(NamedTuple):
    """What the calibrator makes of cheap estimates.

    Attributes
    ----------
    mi, low, high : float
        Median and interval, in nats.
    is_known : bool
        Whether there were pairs like this one among those it was fitted to, and their information was settled.
    """

    mi: float
    low: float
    high: float
    is_known: bool


def inputs_of(found):
    """Return the inputs of the trees, shape (n_inputs,), and the estimate that they correct.

    Parameters
    ----------
    found : dict
        Of :func:`cheap_estimates`.
    """
    estimates = np.array([found[name] for name in ESTIMATES], dtype=float)
    described = np.array([found[name] for name in DESCRIPTIONS], dtype=float)
    described[:2] = np.minimum(described[:2], _MOST_COLUMNS)
    base = rule(found)
    # Neighbours less what they are off by on normal rows, plus what normal rows are known to hold.
    corrected = found["copula"] + found["ksg_normal"] - found["surrogate"]
    more = [corrected - base, np.log(max(base, 1e-3))]
    return np.concatenate([[base], estimates - base, described, more]), base


def rule(found):
    """Return the best simple rule: the largest of three estimates by ranks."""
    values = [found[name] for name in BASES if np.isfinite(found[name])]
    return float(max(values, default=0.0))


@dataclass(frozen=True)
class Trees:
    """Regression trees, one after the other in arrays over their nodes.

    Parameters
    ----------
    roots : ndarray of shape (n_trees,)
        Number of the first node of each tree.
    feature : ndarray of shape (n_nodes,)
        Input that a node looks at, -1 in a leaf.
    threshold : ndarray of shape (n_nodes,)
        Inputs up to it go left.
    missing_left : ndarray of shape (n_nodes,), dtype bool
        Whether NaN goes left.
    left, right : ndarray of shape (n_nodes,)
        Numbers of the nodes that follow.
    value : ndarray of shape (n_nodes,)
        What a leaf adds.
    baseline : float
        What all rows start from.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    baseline: float

    def __call__(self, inputs):
        """Return the sum over trees for one row of inputs."""
        nodes = self.roots
        while (inner := self.feature[nodes] >= 0).any():
            at = nodes[inner]
            values = inputs[self.feature[at]]
            goes_left = np.where(np.isnan(values), self.missing_left[at], values <= self.threshold[at])
            nodes = nodes.copy()
            nodes[inner] = np.where(goes_left, self.left[at], self.right[at])
        return float(self.baseline + self.value[nodes].sum())


@cache
def _stored():
    with files(__package__).joinpath(FILE).open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


@cache
def _trees(level):
    fields = Trees.__dataclass_fields__
    return Trees(**{name: _stored()[f"{level}_{name}"] for name in fields})


def calibrate(found, confidence=0.95):
    """Return what the calibrator makes of cheap estimates.

    Parameters
    ----------
    found : dict
        Of :func:`cheap_estimates`.
    confidence : float, default=0.95
        Share of the intervals of random pairs that contain their information.

    Returns
    -------
    calibrated : Calibrated
    """
    inputs, base = inputs_of(found)
    low, median, high = (_trees(level)(inputs) for level in LEVELS)
    low, high = min(low, median), max(high, median)
    # Conformal: how far the truth lay outside, in halves of the interval, for so many pairs of families not fitted to.
    confidences, reach = _stored()["confidences"], _stored()["reach"]
    margin = np.interp(confidence, confidences, reach) * (half_width(low, high))
    mi, low, high = base + median, base + low - margin, base + high + margin
    is_settled = high - low <= max(_VAGUE[0], _VAGUE[1] * min(mi, base))
    return Calibrated(mi, low, high, is_settled and _is_known(inputs))


def half_width(low, high):
    """Return half of an interval, never less than what finite samples leave open."""
    return 0.5 * (high - low) + 0.01


def distances(inputs, known, scale, n_neighbors=5):
    """Return how far a row of inputs is from its nearest neighbours among known ones, missing values left out."""
    differences = np.minimum(np.abs(known - inputs) / scale, 4.0)
    # A value that one of both lacks is as far as can be.
    missing = np.isnan(known) != np.isnan(inputs)
    differences = np.where(missing, 4.0, np.nan_to_num(differences))
    return np.sort(np.sqrt(np.mean(differences**2, axis=1)))[:n_neighbors].mean()


def _is_known(inputs):
    stored = _stored()
    return bool(distances(inputs, stored["known"].astype(float), stored["scale"]) <= float(stored["farthest"]))
