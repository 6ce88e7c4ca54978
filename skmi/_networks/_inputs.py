"""Rows on their way into a network and codes on their way out."""

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state

from .._maps import NormalScores

_ROUNDING = 1e-7  # of the largest spread: eigenvalues are exact to 1e-15 or so, and these are their roots
_ROWS_PER_PASS = 4096
_ROWS_FOR_SCORES = 2000  # that say what rank a value has; more would make fitted compressors large


class Rotation:
    """Principal components, or all columns, at one common scale or each at its own.

    Learned from all rows, or from as many drawn at random as suffice where all would take much memory.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_components : int or None
        None keeps all columns.
    whiten : bool
        Whether each component gets unit variance.
    scores : bool, default=False
        Whether columns are turned to normal scores by rank first.
    one_mean : bool, default=False
        Whether one number is taken off all columns instead of each one's mean, so that images may be moved.
    """

    def __init__(self, X, n_components, whiten, scores=False, one_mean=False):
        X = np.asarray(_enough_rows(X), dtype=np.float64)
        self.scores = NormalScores(X[:: -(-len(X) // _ROWS_FOR_SCORES)]) if scores else None
        X = X if self.scores is None else self.scores(X)
        self.components = None
        if n_components is None:
            self.mean = np.full(X.shape[1], X.mean()) if one_mean else X.mean(axis=0)
        else:
            n_components = min(n_components, *X.shape)
            solver = "full" if max(X.shape) <= 500 else "covariance_eigh" if X.shape[1] <= 2000 else "randomized"
            with np.errstate(invalid="ignore", divide="ignore"):  # the variance shares of constant data
                pca = PCA(n_components, svd_solver=solver, random_state=0).fit(X)
            self.mean, self.components = pca.mean_, pca.components_
        self.spread = np.std(self._rotate(X), axis=0)
        largest = self.spread.max() if self.spread.max() > 0 else 1.0
        # What never varied here may vary in later rows, and whitening must not blow that up.
        self.scale = np.where(whiten & ~self.silent, self.spread, largest)

    @property
    def n_outputs(self):
        """Number of network inputs."""
        return len(self.scale)

    @property
    def silent(self):
        """Which components, or columns, hold nothing but rounding errors."""
        if self.components is not None:
            return self.spread <= _ROUNDING * self.spread.max()
        return self.spread <= _ROUNDING**2 * np.abs(self.mean)

    @property
    def weights(self):
        """Weights of squared errors that sum up to the share of the variance of the rows that is not explained."""
        total = np.sum(self.spread**2)
        return np.where(self.silent, 0.0, self.scale**2 / total) if total > 0 else np.zeros_like(self.scale)

    def _rotate(self, X):
        centred = X - self.mean
        return centred if self.components is None else centred @ self.components.T

    def __call__(self, X):
        """Return network inputs."""
        X = np.asarray(X, dtype=np.float64)
        return self._rotate(X if self.scores is None else self.scores(X)) / self.scale

    def inverse(self, inputs):
        """Return rows in the units of the data."""
        rows = inputs * np.where(self.silent, 0.0, self.scale)
        return (rows if self.components is None else rows @ self.components) + self.mean

    def inputs(self, X):
        """Return network inputs as a tensor, made in passes of bounded memory."""
        passes = [torch.as_tensor(self(part), dtype=torch.float32) for part in _passes(X)]
        return torch.cat(passes)

    def arrays(self):
        """Return what the rotation consists of, by name."""
        found = {"mean": self.mean, "scale": self.scale, "spread": self.spread}
        if self.components is not None:
            found["components"] = self.components
        if self.scores is not None:
            found["ascending"] = self.scores.ascending
        return found

    @classmethod
    def from_arrays(cls, arrays):
        """Return the rotation that consists of these arrays."""
        rotation = cls.__new__(cls)
        rotation.mean, rotation.scale, rotation.spread = arrays["mean"], arrays["scale"], arrays["spread"]
        rotation.components = arrays.get("components")
        rotation.scores = NormalScores(arrays["ascending"]) if "ascending" in arrays else None
        return rotation


def _enough_rows(X):
    """Return all rows, or so many of them that a covariance is known and memory small."""
    n_samples, n_features = X.shape
    wanted = int(np.clip(10 * n_features, 2**22 // n_features, max(2, 2**25 // n_features)))
    if n_samples <= wanted:
        return X
    return X[np.sort(check_random_state(0).choice(n_samples, wanted, replace=False))]


def split(n_samples, validation_fraction, random_state):
    """Return the numbers of the rows to train on, those to watch training on, and a seed for the rest."""
    order = random_state.permutation(n_samples)
    seed = random_state.randint(2**31 - 1)
    n_valid = max(2, round(validation_fraction * n_samples))
    if n_samples - n_valid < 2:
        raise ValueError(
            f"Expected validation_fraction to leave at least 2 of {n_samples} rows for training, got "
            f"{validation_fraction}. Lower it or pass more rows."
        )
    return order[n_valid:], order[:n_valid], seed


def for_inference(module):
    """Return the network in double precision where the device has it, so that a row's codes do not depend on the other
    rows of its batch."""
    parameter = next(module.parameters())
    if parameter.dtype == torch.float32 and parameter.device.type != "mps":
        module.double()
    return module


def in_passes(function, module, rows, prepare=None):
    """Apply a function of a network to rows, each pass of them prepared first, in bounded memory; returns float64."""
    parameter = next(for_inference(module).parameters())
    with torch.inference_mode():
        parts = [
            function(torch.as_tensor(part if prepare is None else prepare(part)).to(parameter))
            for part in _passes(rows)
        ]
        return torch.cat(parts).cpu().numpy().astype(np.float64)


def _passes(rows):
    return (rows[start : start + _ROWS_PER_PASS] for start in range(0, len(rows), _ROWS_PER_PASS))
