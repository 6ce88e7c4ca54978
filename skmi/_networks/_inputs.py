"""Preparation of network inputs, splits, and evaluation of networks in passes."""

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state

from .._maps import NormalScores
from .._tables import LARGEST_SQUARED, refuse_huge

_ROUNDING = 1e-7  # relative to the largest spread: eigenvalues are exact to about 1e-15, and spreads are their roots
_ROWS_PER_PASS, _COLUMNS_PER_PASS = 4096, 64
_VALUES_PER_PASS = 2**20  # of which convolutions hold several copies
_ROWS_FOR_SCORES = 2000  # reference rows of normal scores; more would make fitted compressors large


class Rotation:
    """Principal components, or all columns, at one common scale or each at its own.

    Fitted on all rows, or on enough rows drawn at random if all would take much memory.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_components : int or None
        None keeps all columns.
    whiten : bool
        Whether to scale each component to unit variance.
    scores : bool, default=False
        Whether to replace columns by normal scores first.
    one_mean : bool, default=False
        Whether to subtract one overall mean instead of the mean of each column, so that images can be shifted.
    """

    def __init__(self, X, n_components, whiten, scores=False, one_mean=False):
        X = np.asarray(_enough_rows(X), dtype=np.float64)
        # A stride, rounded up, spreads the reference rows over the sample.
        self.scores = NormalScores(X[:: -(-len(X) // _ROWS_FOR_SCORES)]) if scores else None
        X = X if self.scores is None else self.scores(X)
        refuse_huge(X, "the data", LARGEST_SQUARED)
        self.components = None
        if n_components is None:
            self.mean = np.full(X.shape[1], X.mean()) if one_mean else X.mean(axis=0)
        else:
            n_components = min(n_components, *X.shape)
            solver = "full" if max(X.shape) <= 500 else "covariance_eigh" if X.shape[1] <= 2000 else "randomized"
            with np.errstate(invalid="ignore", divide="ignore"):  # PCA divides by the variance, 0 for constant data
                # This solver centres the covariance and leaves X as it is, so that it needs no copy.
                kept = solver == "covariance_eigh"
                pca = PCA(n_components, svd_solver=solver, copy=not kept, random_state=0).fit(X)
            self.mean, self.components = pca.mean_, pca.components_
        self.spread = self._spread_of(X)
        largest = self.spread.max() if self.spread.max() > 0 else 1.0
        # A column that is constant here may vary in later rows, and whitening must not blow that up.
        self.scale = np.where(whiten & ~self.silent, self.spread, largest)

    @property
    def n_outputs(self):
        """Number of network inputs."""
        return len(self.scale)

    @property
    def silent(self):
        """Which components, or columns, hold only rounding errors."""
        if self.components is not None:
            return self.spread <= _ROUNDING * self.spread.max()
        # The computed spread of a constant column is a rounding error, relative to its mean.
        return self.spread <= _ROUNDING**2 * np.abs(self.mean)

    @property
    def weights(self):
        """Weights that turn squared errors of the inputs into the unexplained share of the variance of the rows."""
        total = np.sum(self.spread**2)
        return np.where(self.silent, 0.0, self.scale**2 / total) if total > 0 else np.zeros_like(self.scale)

    def _rotate(self, X):
        centred = X - self.mean
        return centred if self.components is None else centred @ self.components.T

    def _spread_of(self, X):
        """Return the standard deviation of each component, or of each column by blocks, whose copies are small."""
        if self.components is not None:
            return np.std(self._rotate(X), axis=0)
        blocks = np.array_split(np.arange(X.shape[1]), -(-X.shape[1] // _COLUMNS_PER_PASS))
        return np.concatenate([np.std(X[:, block] - self.mean[block], axis=0) for block in blocks])

    def __call__(self, X):
        """Return network inputs."""
        X = np.asarray(X, dtype=np.float64)
        return self._rotate(X if self.scores is None else self.scores(X)) / self.scale

    def inverse(self, inputs):
        """Return rows in the units of the data."""
        rows = inputs * np.where(self.silent, 0.0, self.scale)
        return (rows if self.components is None else rows @ self.components) + self.mean

    def inputs(self, X):
        """Return network inputs as a tensor, computed in passes of bounded memory."""
        inputs = torch.empty((len(X), self.n_outputs), dtype=torch.float32)
        # Into one tensor, because joining the passes would double the memory.
        for part, values in zip(_passes(inputs, X.shape[1]), _passes(X, X.shape[1]), strict=True):
            part.copy_(torch.as_tensor(self(values)))
        return inputs

    def arrays(self):
        """Return the arrays of the rotation, by name."""
        found = {"mean": self.mean, "scale": self.scale, "spread": self.spread}
        if self.components is not None:
            found["components"] = self.components
        if self.scores is not None:
            found["ascending"] = self.scores.ascending
        return found

    @classmethod
    def from_arrays(cls, arrays):
        """Return the rotation with these arrays."""
        rotation = cls.__new__(cls)
        rotation.mean, rotation.scale, rotation.spread = arrays["mean"], arrays["scale"], arrays["spread"]
        rotation.components = arrays.get("components")
        shape = (len(rotation.scale), len(rotation.mean))
        if shape != (rotation.components.shape if rotation.components is not None else (shape[1], shape[1])):
            raise ValueError(f"Expected components of shape {shape} in the file, as its means and scales say.")
        rotation.scores = NormalScores(arrays["ascending"]) if "ascending" in arrays else None
        return rotation


def _enough_rows(X):
    """Return all rows, or a random subset that is enough for a covariance and small in memory."""
    n_samples, n_features = X.shape
    # Ten rows per column, within 32 and 256 MB in double precision.
    wanted = int(np.clip(10 * n_features, 2**22 // n_features, max(2, 2**25 // n_features)))
    if n_samples <= wanted:
        return X
    return X[np.sort(check_random_state(0).choice(n_samples, wanted, replace=False))]


def split(n_samples, validation_fraction, random_state):
    """Return the numbers of the training rows and of the validation rows, and a seed for training."""
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
    """Return the network in double precision if the device has it.

    In single precision, the rounding of a row's codes depends visibly on the other rows of its batch.
    """
    parameter = next(module.parameters())
    if parameter.dtype == torch.float32 and parameter.device.type != "mps":
        module.double()
    return module


def in_passes(function, module, rows, prepare=None):
    """Apply a function of a network to rows in passes of bounded memory, after preparing each; return float64."""
    parameter = next(for_inference(module).parameters())
    with torch.inference_mode():
        parts = [
            function(torch.as_tensor(part if prepare is None else prepare(part)).to(parameter))
            for part in _passes(rows, rows.shape[1])
        ]
        return torch.cat(parts).cpu().numpy().astype(np.float64)


def _passes(rows, n_columns):
    n_rows = min(_ROWS_PER_PASS, max(1, _VALUES_PER_PASS // n_columns))
    return (rows[start : start + n_rows] for start in range(0, len(rows), n_rows))
