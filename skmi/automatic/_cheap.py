"""Cheap estimates of one pair, which together know more than any of them."""

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import entropy, rankdata
from sklearn import config_context
from sklearn.mixture import GaussianMixture

from .._maps import normal_scores
from .._neighbors import neighbor_distances
from ..compression import CanonicalCompressor
from ..estimators import KSG, GaussianCopulaMI, GaussianMI, KozachenkoLeonenko
from ..exceptions import kept_warnings

_DENSITY_COLUMNS = 20  # of both sides, beyond which entropies from neighbours say nothing
_CORRECTED_COLUMNS = 10
_COMPONENTS, _NEIGHBORS = 8, 10
_MIXTURE_COLUMNS = 24
_FEWEST = 20  # rows of a mixture, for each column of both sides
_RIDGE = 1e-9  # keeps exactly dependent columns from having no factor
_MOST_HELD_OUT, _AT_ONCE = 2000, 100  # rows
_REGULARISATION = 1e-4  # of the covariances of normal scores

ESTIMATES = (
    "ksg",
    "ksg_normal",
    "kl",
    "kl_normal",
    "kl_boundary",
    "gaussian",
    "copula",
    "canonical",
    "mixture",
    "radius",
    "squares",
    "surrogate",
    "copula_held_out",
    "ksg_normal_half",
    "canonical_half",
)
DESCRIPTIONS = "n_features", "n_targets", "log_n", "n_canonical", "tails_x", "tails_y", "entropy"


def cheap_estimates(X, y, labels=False):
    """Return estimates of I(X; Y) by name, NaN where a method has none, and what describes the pair.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Numbers.
    y : ndarray of shape (n_samples, n_targets), or (n_samples,) of labels
        Numbers, or labels.
    labels : bool, default=False
        Whether y holds labels.

    Returns
    -------
    found : dict
        Values of ``ESTIMATES`` and ``DESCRIPTIONS``.
    """
    with kept_warnings():
        return _Pair(X, y, labels).found()


class _Pair:
    """The two sides, with their normal scores, and each estimate as a method."""

    def __init__(self, X, y, labels):
        self.X, self.y, self.labels = X, y, labels
        self.scores = normal_scores(X), y if labels else normal_scores(y)
        self.n_columns = X.shape[1] + (0 if labels else y.shape[1])

    def found(self):
        values = {name: _or_nan(getattr(self, f"_{name}")) for name in ESTIMATES[:-2]}
        rows = np.random.RandomState(0).permutation(len(self.X))[: len(self.X) // 2]
        half = _Pair(self.X[rows], self.y[rows], self.labels)
        values["ksg_normal_half"], values["canonical_half"] = _or_nan(half._ksg_normal), _or_nan(half._canonical)
        return values | {
            "n_features": float(self.X.shape[1]),
            "n_targets": 0.0 if self.labels else float(self.y.shape[1]),
            "log_n": float(np.log(len(self.X))),
            "n_canonical": float(getattr(self, "n_canonical", 0)),
            "tails_x": _tails(self.X),
            "tails_y": 0.0 if self.labels else _tails(self.y),
            "entropy": float(entropy(np.unique(self.y, return_counts=True)[1])) if self.labels else -1.0,
        }

    def _fit(self, estimator, sides=None):
        X, y = (self.X, self.y) if sides is None else sides
        return estimator.set_params(discrete_features=False, discrete_target=self.labels).fit(X, y).mi_

    def _ksg(self):
        return self._fit(KSG())

    def _ksg_normal(self):
        return self._fit(KSG(marginals="normal"))

    def _kl(self):
        return self._fit(KozachenkoLeonenko()) if self.n_columns <= _DENSITY_COLUMNS else np.nan

    def _kl_normal(self):
        return self._fit(KozachenkoLeonenko(), self.scores) if self.n_columns <= _DENSITY_COLUMNS else np.nan

    def _kl_boundary(self):
        if self.n_columns > _CORRECTED_COLUMNS:
            return np.nan
        return self._fit(KozachenkoLeonenko(correction="boundary"))

    def _gaussian(self):
        return self._fit(GaussianMI())

    def _copula(self):
        return self._fit(GaussianCopulaMI())

    def _canonical(self):
        codes = CanonicalCompressor(marginals="normal", discrete_features=False, discrete_target=self.labels)
        x_codes, y_codes = codes.fit(self.X, self.y).transform(self.X, self.y)
        self.n_canonical = x_codes.shape[1]
        return self._fit(KSG(marginals="normal"), (x_codes, self.y if self.labels else y_codes))

    def _mixture(self):
        n_columns = self.n_columns + self.labels
        if self.labels or n_columns > _MIXTURE_COLUMNS or len(self.X) < _FEWEST * n_columns:
            return np.nan
        return mixture_mi(*self.scores)

    def _radius(self):
        """Return what the distances from the centre tell of one another, or of labels."""
        radii = [_radii(side)[:, None] for side in self.scores[: 1 if self.labels else 2]]
        return self._fit(KSG(marginals="normal"), (radii[0], self.y if self.labels else radii[1]))

    def _squares(self):
        sides = [np.hstack([side, side**2]) for side in self.scores[: 1 if self.labels else 2]]
        if sum(side.shape[1] for side in sides) > len(self.X) / 10:
            return np.nan
        return self._fit(GaussianCopulaMI(), (sides[0], self.y if self.labels else sides[1]))

    def _surrogate(self):
        """Return what nearest neighbours find in normal rows with the same rank correlations: how far they are off."""
        if self.labels:
            return np.nan
        Z = np.hstack(self.scores)
        if len(Z) <= Z.shape[1]:
            return np.nan
        factor = np.linalg.cholesky(np.corrcoef(Z, rowvar=False).reshape(Z.shape[1], -1) + _RIDGE * np.eye(Z.shape[1]))
        Z = np.random.RandomState(0).standard_normal(Z.shape) @ factor.T
        return self._fit(KSG(marginals="normal"), np.split(Z, [self.X.shape[1]], axis=1))

    def _copula_held_out(self):
        """Return the mean log density ratio of half of the rows, by rank correlations of the others."""
        order = np.random.RandomState(0).permutation(len(self.X))
        first, second = np.array_split(order, 2)
        kinds = {"discrete_features": False, "discrete_target": self.labels}
        model = GaussianCopulaMI(**kinds).fit(self.X[first], self.y[first])
        parts = np.array_split(second[:_MOST_HELD_OUT], max(1, min(len(second), _MOST_HELD_OUT) // _AT_ONCE))
        ratios = [np.diagonal(model.log_density_ratio(self.X[part], self.y[part])) for part in parts]
        return np.mean(np.concatenate(ratios))


def dimension(values):
    """Return how many dimensions rows fill, by the distances to their nearest neighbours.

    Levina, Bickel (2004). "Maximum Likelihood Estimation of Intrinsic Dimension". NeurIPS 17.
    """
    rows = np.random.RandomState(0).permutation(len(values))[:_MOST_HELD_OUT]
    distances = neighbor_distances(normal_scores(values[rows]), _NEIGHBORS, metric="euclidean")
    kept = distances[distances[:, 0] > 0]
    if not len(kept):
        return float(values.shape[1])
    logs = np.log(kept[:, -1:] / kept[:, :-1])
    # Averaged before the inverse is taken, which has less bias; one term less than distances for the same reason.
    return float((_NEIGHBORS - 2) / max(np.mean(np.sum(logs, axis=1)), 1e-12))


def mixture_mi(X, Y):
    """Return the mean log density ratio on one half of the rows of a mixture of normals fitted to the other."""
    Z, n_x = np.hstack([X, Y]), X.shape[1]
    order = np.random.RandomState(0).permutation(len(Z))
    train, test = np.array_split(order, 2)
    mixture = GaussianMixture(_COMPONENTS, reg_covar=_REGULARISATION, max_iter=1000, tol=1e-2, random_state=0)
    with config_context(array_api_dispatch=False):  # which scikit-learn's start of mixtures does not know
        mixture.fit(Z[train])
    x, y, both = slice(0, n_x), slice(n_x, None), slice(None)
    logs = {part: _log_density(mixture, Z[test], columns) for part, columns in zip("xyz", (x, y, both), strict=True)}
    return float(np.mean(logs["z"] - logs["x"] - logs["y"]))


def _log_density(mixture, Z, columns):
    """Return the log density of some columns under a mixture, whose margins are mixtures."""
    logs = []
    for weight, mean, covariance in zip(mixture.weights_, mixture.means_, mixture.covariances_, strict=True):
        factor = np.linalg.cholesky(covariance[columns, columns])
        rest = np.linalg.solve(factor, (Z[:, columns] - mean[columns]).T)
        logs.append(np.log(weight) - 0.5 * np.sum(rest**2, axis=0) - np.log(np.diag(factor)).sum())
    return logsumexp(logs, axis=0) - 0.5 * len(factor) * np.log(2 * np.pi)


def _radii(scores):
    return ndtri((rankdata(np.sum(scores**2, axis=1)) - 0.5) / len(scores))


def _tails(values):
    """Return the largest log ratio, over columns, of the spread to what quartiles show of it."""
    low, high = np.quantile(values, (0.25, 0.75), axis=0)
    varies = high > low
    if not varies.any():
        return 0.0
    peak = np.maximum(np.abs(values[:, varies]).max(axis=0), 1e-300)
    spread = peak * np.std(values[:, varies] / peak, axis=0)
    return float(np.log(np.max(spread / (high - low)[varies] * 1.349)))


def _or_nan(estimate):
    try:
        return float(estimate())
    except ValueError:
        return float("nan")
