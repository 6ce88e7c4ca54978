"""The log density ratio that estimators without a density of their own use on new pairs."""

from functools import cached_property

import numpy as np

from .._neighbors import neighbor_distances
from .._scaling import Scale
from ._columns import strata_of

_MAX_REFERENCES = 4000  # rows of the fitting sample that carry a kernel
_N_NEIGHBORS = 5


class KernelCritic:
    """Product-kernel estimate of log p(x, y) / (p(x) p(y)) over rows of the fitting sample.

    Each reference row m has one bandwidth h_m on both sides, so that the two marginal densities are exactly those of
    the joint one. Discrete columns have the kernel "equal or not". The ratio is shrunk towards independence with
    weight 1 / (n_references + 1): a pair far from all references then counts as unseen, not as impossible.
    """

    def __init__(self, x, y, *, scales=None, bandwidth=None, n_jobs=None):
        rows = _spread(len(x))
        self.x, self.y = x.rows(rows), y.rows(rows)
        # Without scales, unit variance; without a bandwidth, one for each reference.
        self.x_scale, self.y_scale = scales or (Scale(self.x.continuous), Scale(self.y.continuous))
        self.bandwidth, self.n_jobs = bandwidth, n_jobs

    @cached_property
    def log_bandwidth(self):
        """Log distances to the fifth neighbour in the joint space, shape (n_references,), unless one was given."""
        if self.bandwidth is not None:
            return np.full(len(self.x), np.log(self.bandwidth))
        Z = np.hstack([self.x_scale(self.x.continuous), self.y_scale(self.y.continuous)])
        n_neighbors = min(_N_NEIGHBORS, len(Z) - 1)
        distances = neighbor_distances(Z, n_neighbors, n_jobs=self.n_jobs)[:, -1]
        # Tied rows have distance zero; the smallest positive one is the finest scale the data show.
        positive = distances[distances > 0]
        floor = positive.min() if positive.size else 1.0
        return np.log(np.maximum(distances, floor))

    def __call__(self, x, y):
        """Return the matrix of log ratios, shape (len(x), len(y))."""
        log_x = self._log_kernels(x, self.x, self.x_scale)  # shape (len(x), n_references)
        log_y = self._log_kernels(y, self.y, self.y_scale)
        n_references = log_x.shape[1]
        kx, ky = _shifted_exp(log_x), _shifted_exp(log_y)
        independent = kx.sum(axis=1)[:, None] * ky.sum(axis=1)
        ratio = n_references * np.divide(kx @ ky.T, independent, out=np.zeros_like(independent), where=independent > 0)
        # A value never met in fitting tells nothing: its ratio is one.
        ratio[independent == 0] = 1.0
        shrinkage = 1 / (n_references + 1)
        return np.log((1 - shrinkage) * ratio + shrinkage)

    def _log_kernels(self, new, reference, scale):
        """Return log kernels of shape (len(new), n_references), up to a constant."""
        A, B = scale(new.continuous), scale(reference.continuous)
        n_features = A.shape[1]
        squared = (A**2).sum(axis=1)[:, None] + (B**2).sum(axis=1) - 2 * A @ B.T
        log_kernels = -0.5 * np.maximum(squared, 0) * np.exp(-2 * self.log_bandwidth) - n_features * self.log_bandwidth
        if reference.is_discrete.any():
            strata = strata_of(np.vstack([new.discrete, reference.discrete]))
            log_kernels[strata[: len(new), None] != strata[None, len(new) :]] = -np.inf
        return log_kernels


def _spread(n_samples):
    """Return at most _MAX_REFERENCES row numbers, drawn once and for all from the same seed."""
    if n_samples <= _MAX_REFERENCES:
        return np.arange(n_samples)
    return np.sort(np.random.RandomState(0).choice(n_samples, _MAX_REFERENCES, replace=False))


def _shifted_exp(log_kernels):
    """Return kernels scaled so that each row's largest is one; a row without any stays zero."""
    peak = log_kernels.max(axis=1, keepdims=True)
    return np.exp(log_kernels - np.where(np.isfinite(peak), peak, 0.0))
