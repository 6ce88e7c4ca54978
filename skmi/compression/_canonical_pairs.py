"""Canonical pairs of network inputs and of codes: where training starts, how pairs are weighed, what codes tell."""

import numpy as np
from scipy.linalg import svd
from scipy.spatial import cKDTree
from scipy.special import digamma

from .._maps import whitening

_SCALES = 0.1, 10.0  # limits of the initial scale of the critic: a larger one makes the first steps unstable
_NEIGHBORS = 3


def linear_start(inputs, labels, training, validation, latent_dim):
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
    x_white, y_white = whitening_of(x), whitening_of(y)
    left, _, right = svd((x @ x_white).T @ (y @ y_white), full_matrices=False)
    return x_white @ left, y_white @ right.T


def _of_size(axes, n_rows, n_columns):
    """Return the axes cut, or filled up with zeros, to a matrix of the given size."""
    whole = np.zeros((n_rows, n_columns))
    axes = axes[:, :n_columns]
    whole[: len(axes), : axes.shape[1]] = axes
    return whole


def whitening_of(codes):
    """Return the matrix that gives codes unit covariance, with null directions set to zero."""
    return whitening(np.cov(codes, rowvar=False).reshape(codes.shape[1], -1), null="zero")[0]


def neighbor_information(a, b):
    """Return the terms of the plain nearest-neighbour estimate from codes of few rows, scaled to unit variance."""
    sides = [side / np.where(side.std(axis=0) > 0, side.std(axis=0), 1.0) for side in (a, b)]
    radii = cKDTree(np.hstack(sides)).query(np.hstack(sides), _NEIGHBORS + 1, p=np.inf)[0][:, -1]
    # Strictly within the radius; the row itself counts.
    inside = np.nextafter(radii, 0)
    counts = [cKDTree(side).query_ball_point(side, inside, p=np.inf, return_length=True) for side in sides]
    terms = digamma(np.maximum(counts, 1)).sum(axis=0)
    return digamma(_NEIGHBORS) + digamma(len(a)) - terms
