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
