"""Sums of Gaussian kernels over the other rows of a sample."""

import numpy as np

from ._search import over_rows, single_precision


class DensitySums:
    """Sums of kernels around each row over the other rows with the same discrete values."""

    def __init__(self, continuous, strata, n_jobs):
        self.n_samples, self.n_features = continuous.shape
        # In random order, so that the first n_rows are a random subset.
        self.order = np.random.RandomState(0).permutation(self.n_samples)
        self.last = None, None, None  # the search for a bandwidth ends with the sums that the estimate needs
        self.labels, self.n_jobs = strata[self.order].astype(np.int32), n_jobs
        if self.n_features:
            self.table, self.table_rows, self.scale, _ = single_precision(continuous[self.order])

    def __call__(self, factor, n_rows=None):
        """Return (v, S0, S1, S2) at v_ij = factor * squared distance, from kernel_sums, for the first n_rows or all."""
        from ._density_kernels import kernel_sums

        n_rows = self.n_samples if n_rows is None else n_rows
        if self.last[:2] == (factor, n_rows):
            return self.last[2]
        out = np.empty((n_rows, 4))
        scaled = np.float32(factor * self.scale**2)
        over_rows(
            lambda *rows: kernel_sums(self.table, self.table_rows, self.labels, scaled, *rows, out),
            n_rows,
            self.n_jobs,
        )
        self.last = factor, n_rows, out.T
        return out.T

    def log_density(self, bandwidth):
        """Return the log of the leave-one-out density of each row, times the share of its label."""
        log_density = np.empty(self.n_samples)
        if self.n_features == 0:
            log_density[self.order] = np.log(np.bincount(self.labels)[self.labels] - 1)
        else:
            nearest, s0, _, _ = self(0.5 / bandwidth**2)
            log_density[self.order] = np.log(s0) - nearest
        return log_density - self.n_features * np.log(np.sqrt(2 * np.pi) * bandwidth) - np.log(self.n_samples - 1)
