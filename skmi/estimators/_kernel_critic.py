"""A kernel estimate of the log density ratio of new pairs, for estimators without one."""

from functools import cached_property

import numpy as np

from .._maps import Scale
from .._neighbors import neighbor_distances
from .._tables import strata_of

_MAX_REFERENCES = 4000  # rows of the fitting sample that get a kernel
_N_NEIGHBORS = 5
_SMALLEST_LOG = -80.0  # log of a kernel relative to the largest of its row
_ROWS_AT_ONCE = 16  # their kernels fit into a processor's cache


class KernelCritic:
    """Product-kernel estimate of log p(x, y) / (p(x) p(y)) over rows of the fitting sample.

    Each reference row m has one bandwidth h_m on both sides, so that the two marginal densities are exactly those of
    the joint one. Discrete columns have the kernel "equal or not". The ratio is shrunk towards independence with
    weight 1 / (n_references + 1), so that a pair far from all references counts as unseen, not as impossible.
    """

    def __init__(self, x, y, *, scales=None, bandwidth=None, n_jobs=None):
        rows = _spread(len(x))
        self.x, self.y = x.rows(rows), y.rows(rows)
        self.scales, self.bandwidth, self.n_jobs = scales, bandwidth, n_jobs  # the default bandwidth differs by row

    @cached_property
    def _scales(self):
        """Scale of each side, by default to unit variance."""
        return self.scales or (Scale(self.x.continuous), Scale(self.y.continuous))

    @cached_property
    def log_bandwidth(self):
        """Log distances to the fifth neighbour in the joint space, shape (n_references,), unless one was given."""
        if self.bandwidth is not None:
            return np.full(len(self.x), np.log(self.bandwidth))
        Z = np.hstack([scale(side.continuous) for scale, side in zip(self._scales, (self.x, self.y), strict=True)])
        n_neighbors = min(_N_NEIGHBORS, len(Z) - 1)
        distances = neighbor_distances(Z, n_neighbors, n_jobs=self.n_jobs)[:, -1]
        # Tied rows have distance zero, which has no log; the smallest positive one is the finest scale of the data.
        positive = distances[distances > 0]
        floor = positive.min() if positive.size else 1.0
        return np.log(np.maximum(distances, floor))

    def __call__(self, x, y):
        """Return the matrix of log ratios, shape (len(x), len(y))."""
        kx, ky = (np.vstack([kernels for _, kernels in self._kernels(*side)]) for side in self._sides(x, y))
        independent = kx.sum(axis=1)[:, None] * ky.sum(axis=1)
        ratio = np.divide(kx @ ky.T, independent, out=np.zeros_like(independent), where=independent > 0)
        ratio *= len(self.x)
        # A discrete value that fit has not seen carries no information: its ratio is one.
        ratio[independent == 0] = 1.0
        return self._log(ratio)

    def info_nce_rows(self, x, y):
        """Return the terms of InfoNCE of each row, the same as ``bounds.info_nce_rows`` of the matrix.

        The ratio is a sum over references of products of kernels, so its mean over the rows of y is one product with
        the mean kernels. The whole matrix, which takes hundreds of times longer, is never computed.
        """
        of_x, of_y = self._sides(x, y)
        # Rows with a discrete value that fit has not seen have no kernels, and their ratio is one.
        mean_kernels, per_y = np.zeros(len(self.x)), np.empty(len(y))
        for rows, ky in self._kernels(*of_y):
            per_y[rows] = _reciprocal(ky.sum(axis=1))
            mean_kernels += per_y[rows] @ ky
        share_new, mean_kernels = np.count_nonzero(per_y == 0) / len(y), mean_kernels / len(y)
        paired, mean = np.empty(len(x)), np.empty(len(x))
        for (rows, kx), (_, ky) in zip(self._kernels(*of_x), self._kernels(*of_y), strict=True):
            per_x = len(self.x) * _reciprocal(kx.sum(axis=1))
            scale = per_x * per_y[rows]
            paired[rows] = np.where(scale > 0, np.einsum("ij,ij->i", kx, ky) * scale, 1.0)
            mean[rows] = np.where(per_x > 0, kx @ mean_kernels * per_x + share_new, 1.0)
        return self._log(paired) - self._log(mean)

    def _log(self, ratio):
        shrinkage = 1 / (len(self.x) + 1)
        return np.log((1 - shrinkage) * ratio + shrinkage)

    def _sides(self, x, y):
        return (x, self.x, self._scales[0]), (y, self.y, self._scales[1])

    def _kernels(self, new, reference, scale):
        """Yield slices of rows and their kernels of shape (n_rows, n_references).

        The largest kernel of each row is scaled to one; a row without any kernel has zeros.
        """
        A, B = scale(new.continuous), scale(reference.continuous)
        # -|a - b|^2 / 2h^2 - d log h as one product of (a, |a|^2, 1) and (b / h^2, -1 / 2h^2, the rest).
        inverse = np.exp(-2 * self.log_bandwidth)
        constant = -0.5 * (B**2).sum(axis=1) * inverse - B.shape[1] * self.log_bandwidth
        left = np.column_stack([A, (A**2).sum(axis=1), np.ones(len(A))])
        right = np.vstack([B.T * inverse, -0.5 * inverse, constant])
        strata = strata_of(np.vstack([new.discrete, reference.discrete])) if reference.is_discrete.any() else None
        for start in range(0, len(A), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            kernels = left[rows] @ right
            others = None
            if strata is not None:
                others = strata[: len(A)][rows, None] != strata[None, len(A) :]
                kernels[others] = -np.inf
            peak = kernels.max(axis=1, keepdims=True)
            kernels -= np.where(np.isfinite(peak), peak, 0.0)
            # Smaller kernels add nothing to a sum of one or more, and their exponentials are slow denormal numbers.
            np.exp(np.maximum(kernels, _SMALLEST_LOG, out=kernels), out=kernels)
            if others is not None:
                kernels[others] = 0.0
            yield rows, kernels


def _reciprocal(sums):
    return np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)


def _spread(n_samples):
    """Return at most _MAX_REFERENCES row numbers, drawn from a fixed seed."""
    if n_samples <= _MAX_REFERENCES:
        return np.arange(n_samples)
    return np.sort(np.random.RandomState(0).choice(n_samples, _MAX_REFERENCES, replace=False))
