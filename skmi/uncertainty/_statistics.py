"""Estimates from rows of which one side is put into another order, with what does not change computed once."""

from dataclasses import replace

import numpy as np
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.model_selection import KFold

from .._tables import ColumnCoder, Columns, column_names, column_numbers, flattened, plain_array
from ..compressed import CompressedMI
from ..estimators import KSG, ConditionalKSG, ConditionalMI, NeuralEstimator, ksg_of_columns, ksg_rows, prepared
from ..exceptions import kept_warnings
from ._permutations import coordinates
from ._rows import Table, estimate_of, fitted

_AT_ONCE = 16  # draws that one call of the compiled kernels takes
_MAX_PAIRED = 4000  # rows whose critic is evaluated at all pairs


def statistic_of(estimator, table, seed, in_order=False):
    """Return an object with ``rows``, a list of the parts in which rows are permuted, ``observed`` and ``of_orders``.

    Parameters
    ----------
    estimator : estimator
    table : Table
    seed : int
    in_order : bool, default=False
        Whether rows follow one another in time, so that parts have to be contiguous.
    """
    if isinstance(estimator, CompressedMI) and estimator.cv != "prefit":
        return _OfCodes(estimator, table, seed, in_order)
    if isinstance(estimator, NeuralEstimator):
        return _OfCritic(estimator, table, seed, in_order)
    if isinstance(estimator, KSG | ConditionalKSG):
        return _OfNeighbors(estimator, table)
    return _Refitted(estimator, table, seed)


def with_conditioning(estimator, table, conditioning, seed):
    """Return the estimator of I(X; y | Z), the table with Z among the columns of X, and Z scaled or None.

    Of residuals from which Z is gone: the estimator of their information, the residuals, and None.
    """
    if isinstance(estimator, ConditionalKSG | ConditionalMI) and conditioning is None:
        conditioning = estimator.conditioning
    if conditioning is None:
        return estimator, table, None
    names, n_columns = column_names(table.X), np.shape(table.X)[1]
    given = np.asarray(conditioning)
    if given.ndim >= 1 and len(given) == len(table) and (given.ndim == 2 or given.dtype.kind == "f"):
        Z = ColumnCoder("conditioning").fit(given.reshape(len(given), -1))
        X = ColumnCoder("X").fit(table.X)
        values = np.hstack([X.values, Z.values])
        kinds = {"discrete_features": np.r_[X.is_discrete, Z.is_discrete]}
        table = replace(table, X=values, kinds=table.kinds | kinds)
        columns = np.arange(n_columns, values.shape[1])
    else:
        columns = column_numbers(conditioning, n_columns, names, "conditioning")
        coded = ColumnCoder("X").fit(table.X)
        Z = Columns(coded.values[:, columns], coded.is_discrete[columns])
    if isinstance(estimator, KSG):
        shared = {key: value for key, value in estimator.get_params().items() if key != "variant"}
        estimator = ConditionalKSG(columns, **shared)
    elif isinstance(estimator, ConditionalKSG):
        estimator = clone(estimator).set_params(conditioning=columns)
    elif isinstance(estimator, ConditionalMI):
        model = fitted(clone(estimator).set_params(conditioning=columns), table, table.X, table.y, seed)
        if model.residuals_ is not None:
            # What is left depends on Z no more, and its rows may take any place.
            return clone(model.estimator_), Table.of(*model.residuals_), None
        estimator = model.estimator_
    else:
        estimator = _Difference(estimator, columns)
    return estimator, table, coordinates(Z)


class _Difference:
    """I(X; y) less I(Z; y), by one estimator, which is I(X; y | Z) if Z are columns of X."""

    def __init__(self, estimator, columns):
        self.estimator, self.columns = estimator, columns

    def fit(self, X, y):
        X = plain_array(X, "X")
        whole, given = (clone(self.estimator).fit(part, y) for part in (X, X[:, self.columns]))
        self.mi_ = estimate_of(whole) - estimate_of(given)
        return self


class _Refitted:
    """Any estimator, fitted to each draw."""

    def __init__(self, estimator, table, seed):
        self.estimator, self.table, self.seed = estimator, table, seed
        self.rows = [np.arange(len(table))]

    def observed(self):
        return self._value(self.rows[0])

    def of_orders(self, orders):
        with kept_warnings():
            return np.array([self._value(order) for order in orders[0]])

    def _value(self, order):
        y = self.table.rows(order)[1]
        return estimate_of(fitted(self.estimator, self.table, self.table.X, y, self.seed))


class _OfNeighbors:
    """:class:`KSG` and :class:`ConditionalKSG`: columns are read and scaled once, and keep their orders."""

    def __init__(self, estimator, table):
        self.estimator, self.table = estimator, table
        self.rows = [np.arange(len(table))]
        self.n_neighbors, self.variant = estimator.n_neighbors, getattr(estimator, "variant", 1)
        model = fitted(estimator, table, table.X, table.y, 0)  # checks, and warns once
        self.mi = model.mi_
        with kept_warnings():
            x = ColumnCoder("X").fit(table.X, model.discrete_features_)
            y = ColumnCoder("y").fit(table.y, model.discrete_target_)
        self.given = None
        if isinstance(estimator, ConditionalKSG) and len(model.conditioning_):
            is_given = np.isin(np.arange(len(x.is_discrete)), model.conditioning_)
            self.given, x = (prepared(x.some(part), estimator.marginals) for part in (is_given, ~is_given))
            self.x = x
        else:
            self.x = prepared(x, estimator.marginals)
        self.y = prepared(y, estimator.marginals)
        self.y_order, self.x_order = self.y.order, self.x.order
        one_each = len(self.x.is_discrete) == len(self.y.is_discrete) == 1 and self.given is None
        # Then many draws are columns for the compiled kernels.
        self.is_plain = one_each and not self.y.is_discrete[0] and self.variant == 1 and estimator.marginals is not None

    def observed(self):
        return self.mi

    def of_orders(self, orders):
        orders = orders[0]
        return self._together(orders) if self.is_plain else np.array([self._value(order) for order in orders])

    def _together(self, orders):
        values = np.empty(len(orders))
        for first in range(0, len(orders), _AT_ONCE):
            some = orders[first : first + _AT_ONCE]
            columns = np.stack([self.y.values[order, 0] for order in some], axis=1)
            found = ksg_of_columns(columns, self.x, self.n_neighbors)
            values[first : first + len(some)] = [
                self._value(order) if rows is None else rows.mean() for order, rows in zip(some, found, strict=True)
            ]
        return values

    def _value(self, order):
        y = self.y.rows(order)
        if self.y_order is not None and np.bincount(order).max() == 1:  # not where rows repeat
            place = np.empty(len(order), dtype=np.intp)
            place[order] = np.arange(len(order))
            y.__dict__["order"] = place[self.y_order]
        return float(ksg_rows(self.x, y, self.n_neighbors, given=self.given, variant=self.variant)[0].mean())


class _OfCritic:
    """A neural estimator: its critic, trained on half of the rows, judges pairs of the other half."""

    def __init__(self, estimator, table, seed, in_order):
        halves = _halves(table, seed, in_order)
        model = fitted(estimator, table, *table.rows(halves[0]), seed)
        self.rows = [halves[1][:_MAX_PAIRED]]
        self.ratios = model.log_density_ratio(*table.rows(self.rows[0]))
        self.partition = np.mean(logsumexp(self.ratios, axis=1)) - np.log(self.ratios.shape[1])

    def observed(self):
        return self._value(np.arange(len(self.ratios)))

    def of_orders(self, orders):
        return np.array([self._value(order) for order in orders[0]])

    def _value(self, order):
        """Return InfoNCE, in which permuting leaves the second term as it is."""
        return float(np.mean(self.ratios[np.arange(len(order)), order]) - self.partition)


class _OfCodes:
    """:class:`CompressedMI`: codes of rows that their encoders have not seen, one part for each fold."""

    def __init__(self, estimator, table, seed, in_order):
        options = {}
        if table.groups is not None:
            options["groups"] = table.groups
        if in_order:
            # Neighbouring rows in time are alike: encoders are fitted to the other half in time.
            estimator, options = clone(estimator).set_params(cv=KFold(2)), {}
        elif isinstance(estimator.cv, str):
            estimator = clone(estimator).set_params(cv=2)  # in-sample encoders know the noise of their rows
        model = fitted(estimator, table, table.X, table.y, seed, **options)
        self.mi = model.mi_
        self.rows = model.test_rows_
        self.parts = []
        for compression, inner, rows in zip(model.compressions_, model.estimators_, self.rows, strict=True):
            with kept_warnings():
                X, y = (flattened(side, None, name)[0] for side, name in zip(table.rows(rows), "Xy", strict=True))
                codes = Table.of(*compression.transform(X, plain_array(y, "y")))
                codes.kinds.update(discrete_features=inner.discrete_features_, discrete_target=inner.discrete_target_)
                self.parts.append(statistic_of(inner, codes, seed))
        self.weights = [len(rows) for rows in self.rows]

    def observed(self):
        return np.average([part.observed() for part in self.parts], weights=self.weights)

    def of_orders(self, orders):
        values = [part.of_orders([of_part]) for part, of_part in zip(self.parts, orders, strict=True)]
        return np.average(values, axis=0, weights=self.weights)


def _halves(table, seed, in_order):
    if in_order:
        return np.array_split(np.arange(len(table)), 2)
    return table.parts(2, np.random.RandomState(seed))
