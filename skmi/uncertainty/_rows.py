"""What every function of this room does with rows: checking them, choosing some, fitting to them."""

from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from .._parallel import Workers
from .._seeding import seeded, stop_if_interrupted
from .._sklearn import rows_of
from .._tables import kinds_of, plain_array
from ..estimators import MIOfRows, can_estimate_parts
from ..exceptions import kept_warnings


@dataclass(frozen=True)
class Table:
    """X and y, with what has to be decided once for all rows."""

    X: object
    y: object
    kinds: dict  # which columns of both are discrete, since some rows need not show it
    groups: np.ndarray | None  # number of the group of each row

    @classmethod
    def of(cls, X, y, groups=None, fewest=2):
        """Return both, checked for equal length and enough rows."""
        X, y = (side if hasattr(side, "shape") or hasattr(side, "columns") else np.asarray(side) for side in (X, y))
        if isinstance(X, np.ndarray) and X.ndim == 1:
            X = X[:, None]
        check_consistent_length(X, y, groups)
        if np.shape(X)[0] < fewest:
            raise ValueError(f"Expected at least {fewest} rows, got n_samples={np.shape(X)[0]}. Pass more rows.")
        kinds = {"discrete_features": kinds_of(X, "X"), "discrete_target": kinds_of(y, "y")}
        return cls(X, y, kinds, None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1])

    def with_kinds_of(self, model):
        """Return the table with the kinds of columns that a fitted estimator of these columns has taken them for."""
        kinds = dict(self.kinds)
        for name, side in (("discrete_features", self.X), ("discrete_target", self.y)):
            taken = getattr(model, f"{name}_", None)
            n_columns = np.shape(side)[1] if len(np.shape(side)) == 2 else 1
            if taken is not None and np.shape(taken) == (n_columns,):
                kinds[name] = np.asarray(taken)
        return replace(self, kinds=kinds)

    def __len__(self):
        return np.shape(self.X)[0]

    def rows(self, rows):
        """Return these rows of X and y."""
        return rows_of(self.X, rows), rows_of(self.y, rows)

    def numbers(self, side):
        """Return one side as an array of numbers, or None where it holds labels, or images."""
        values, kinds = (self.X, "discrete_features") if side == "X" else (self.y, "discrete_target")
        if self.kinds[kinds] is None or self.kinds[kinds].any() or len(np.shape(values)) > 2:
            return None
        values = plain_array(values, side)
        return np.asarray(values, dtype=float).reshape(len(values), -1)

    def parts(self, n_parts, rng):
        """Return the rows of disjoint random parts; rows of a group stay together."""
        if self.groups is None:
            return [np.sort(part) for part in np.array_split(rng.permutation(len(self)), n_parts)]
        # The largest groups first, each to the smallest part, so that parts come out alike in size.
        sizes = np.bincount(self.groups)
        order = rng.permutation(len(sizes))
        order = order[np.argsort(-sizes[order], kind="stable")]
        part_of, totals = np.empty(len(sizes), dtype=int), np.zeros(n_parts)
        for group in order:
            part_of[group] = np.argmin(totals)
            totals[part_of[group]] += sizes[group]
        return [np.flatnonzero(part_of[self.groups] == part) for part in range(n_parts)]


def fitted(estimator, table, X, y, seed, **options):
    """Return a clone fitted to rows of a table, with seeds where it has none and the kinds of all rows."""
    if not hasattr(estimator, "get_params"):
        return deepcopy(estimator).fit(X, y, **options)
    model = seeded(estimator, seed)
    parameters = model.get_params()
    for name, kinds in table.kinds.items():
        # Steps before the last of a Pipeline may map X, but not y; parts of other estimators decide for themselves.
        if isinstance(model, Pipeline) and name == "discrete_target":
            name = f"{model.steps[-1][0]}__{name}"
        if kinds is not None and isinstance(parameters.get(name), str) and parameters[name] == "auto":
            model.set_params(**{name: kinds})
    return model.fit(X, y, **options)


def estimate_of(model):
    """Return ``mi_`` of a fitted estimator, of the last step of a Pipeline, or of the best one of a search."""
    return float(final(model).mi_)


def final(model):
    """Return what holds ``mi_`` in a fitted estimator, Pipeline or search."""
    while not hasattr(model, "mi_"):
        if isinstance(model, Pipeline):
            model = model[-1]
        elif hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        else:
            raise TypeError(
                "Expected an estimator with fit and mi_, a Pipeline that ends in one, or a search over them, got "
                f"{type(model).__name__}."
            )
    return model


def fitted_on(estimator, table, rows, seed):
    """Return a clone fitted to some rows, without its warnings; None where they cannot be estimated from."""
    with kept_warnings() as kept:
        try:
            model = fitted(estimator, table, *table.rows(rows), seed)
        except ValueError:
            return None
    stop_if_interrupted(kept)
    return model if np.isfinite(estimate_of(model)) else None


def estimates_of_parts(model, estimator, table, parts, seeds, n_jobs):
    """Return the estimate from each part of the rows, NaN where there is none.

    Parameters
    ----------
    model : fitted estimator
        From all rows.
    estimator : estimator
        What is fitted.
    table : Table
    parts : list of ndarray of int
    seeds : sequence of int
        One for each part.
    n_jobs : int or None
    """
    if can_estimate_parts(model):
        workers = Workers(MIOfRows(model), n_jobs=n_jobs, prefer="threads")
        return list(workers.run(MIOfRows.__call__, [(part,) for part in parts]))
    return list(Workers(estimator, table, n_jobs=n_jobs).run(_estimate_on, zip(parts, seeds, strict=True)))


def _estimate_on(estimator, table, rows, seed):
    """Return the estimate of :func:`fitted_on`, NaN for None."""
    model = fitted_on(estimator, table, rows, seed)
    return float("nan") if model is None else estimate_of(model)


def check_has_fit(estimator):
    """Raise for what is not an estimator."""
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"Expected an estimator such as KSG(), got {estimator!r}.")
