"""Rows on their way into a network and codes on their way out."""

import numpy as np
import torch
from sklearn.decomposition import PCA

_ROWS_PER_PASS = 4096


class Rotation:
    """Principal components, or all columns, at one common scale or each at its own."""

    def __init__(self, X, n_components, whiten):
        if n_components is None:
            self.pca, self.mean = None, X.mean(axis=0)
        else:
            n_components = min(n_components, *X.shape)
            solver = "full" if max(X.shape) <= 500 else "covariance_eigh" if X.shape[1] <= 2000 else "randomized"
            with np.errstate(invalid="ignore", divide="ignore"):  # the variance shares of constant data
                self.pca = PCA(n_components, svd_solver=solver, random_state=0).fit(X)
        spread = np.std(self._rotate(X), axis=0)
        # Components at rounding level hold nothing, and whitening must not blow them up.
        floor = 1e-10 * spread.max() if spread.max() > 0 else 1.0
        self.scale = np.maximum(spread, floor) if whiten else max(spread.max(), floor)

    @property
    def n_outputs(self):
        """Number of network inputs."""
        return len(self.mean) if self.pca is None else self.pca.n_components_

    def _rotate(self, X):
        return X - self.mean if self.pca is None else self.pca.transform(X)

    def __call__(self, X):
        """Return network inputs."""
        return self._rotate(X) / self.scale

    def inverse(self, inputs):
        """Return rows in the units of the data."""
        rows = inputs * self.scale
        return rows + self.mean if self.pca is None else self.pca.inverse_transform(rows)


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


def in_passes(function, rows, parameter):
    """Apply a network to rows in passes of bounded memory, on the device of a parameter of it; returns float64."""
    with torch.inference_mode():
        parts = [
            function(
                torch.as_tensor(rows[start : start + _ROWS_PER_PASS], dtype=parameter.dtype, device=parameter.device)
            )
            for start in range(0, len(rows), _ROWS_PER_PASS)
        ]
        return torch.cat(parts).cpu().numpy().astype(np.float64)
