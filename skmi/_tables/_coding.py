"""Tables as columns of numbers with a kind each, the same way for fitting and for later rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._maps import normal_scores, standardize
from ..exceptions import UnreliableEstimateWarning, warn
from ._checks import numbers
from ._labels import categories_of, codes_of, few_values, most_labels
from ._reading import column_names, is_numeric_array, split_columns

_MOST_LISTED = 5  # columns, in a message
_EXACT = 2**53  # integers up to which doubles hold each


@dataclass(frozen=True)
class Columns:
    """Rows of one variable, as numbers, with the kind of each column."""

    values: np.ndarray  # shape (n_samples, n_columns), float64; discrete columns hold values or category codes
    is_discrete: np.ndarray  # shape (n_columns,), bool
    names: list | None = None  # None for an array

    @property
    def continuous(self):
        return self.values[:, ~self.is_discrete]

    @property
    def discrete(self):
        return self.values[:, self.is_discrete]

    @cached_property
    def strata(self):
        """Number of each row's combination of discrete values."""
        return strata_of(self.discrete)

    @cached_property
    def standardized(self):
        """Continuous columns with zero mean and unit variance."""
        return standardize(self.continuous)

    @cached_property
    def normal_scores(self):
        """Continuous columns with standard normal margins, by rank."""
        return normal_scores(self.continuous)

    @cached_property
    def order(self):
        """What sorts the continuous column if there is just one, else None; scaling and ranks leave it as it is."""
        return np.argsort(self.continuous[:, 0]) if np.count_nonzero(~self.is_discrete) == 1 else None

    @classmethod
    def of_numbers(cls, values):
        """Return continuous columns."""
        return cls(values, np.zeros(values.shape[1], dtype=bool))

    def __len__(self):
        return len(self.values)

    def rows(self, selection):
        """Return the selected rows."""
        return Columns(self.values[selection], self.is_discrete, self.names)

    def some(self, columns):
        """Return some of the columns."""
        names = None if self.names is None else [self.names[i] for i in np.arange(len(self.is_discrete))[columns]]
        return Columns(self.values[:, columns], self.is_discrete[columns], names)

    def listed(self, columns):
        """Return the start of a sentence about some columns, "Columns" even for one."""
        return listed(self.names, columns).replace("Column ", "Columns ", 1)

    def with_continuous(self, continuous, same_order=False):
        """Return columns with other continuous values, and the discrete ones as they are."""
        is_discrete = np.repeat([False, True], [continuous.shape[1], np.count_nonzero(self.is_discrete)])
        columns = Columns(np.hstack([continuous, self.discrete]) if is_discrete.any() else continuous, is_discrete)
        columns.__dict__["strata"] = self.strata
        if same_order:
            columns.__dict__["order"] = self.order
        return columns

    def and_(self, other):
        """Return both variables as one: its continuous columns first, this one's before the other's."""
        joint = Columns(
            np.hstack([self.continuous, other.continuous, self.discrete, other.discrete]),
            np.sort(np.concatenate([self.is_discrete, other.is_discrete])),
        )
        # Numbers of pairs of strata are quicker to sort than rows of discrete values.
        if self.strata.max() == 0:
            joint.__dict__["strata"] = other.strata
        elif other.strata.max() == 0:
            joint.__dict__["strata"] = self.strata
        else:
            pairs = self.strata * (other.strata.max() + 1) + other.strata
            joint.__dict__["strata"] = np.unique(pairs, return_inverse=True)[1]
        if np.count_nonzero(~joint.is_discrete) == 1:
            joint.__dict__["order"] = (other if self.is_discrete.all() else self).order
        return joint


class ColumnCoder:
    """Turns a table into :class:`Columns`, the same way for fitting and for later rows.

    Labels become codes, and a label that was not met in fitting becomes -1.

    Parameters
    ----------
    name : str
        What the table is, for messages.
    """

    def __init__(self, name):
        self.name = name

    def fit(self, table, discrete="auto", dtype=np.float64):
        """Learn kinds and labels, and return the coded rows.

        Parameters
        ----------
        table : array-like, DataFrame or list of Column
        discrete : "auto", bool or array-like
            Which columns are discrete: a mask, numbers or names.
        dtype : type or "numeric"
            Of the values; "numeric" keeps that of an array of numbers, which is then not copied.
        """
        self.names = column_names(table)
        if is_numeric_array(table):
            values = _checked(table.reshape(len(table), -1) if table.ndim == 1 else table, self.name, dtype, self.names)
            self.categories, self.dtypes = [None] * values.shape[1], [table.dtype] * values.shape[1]
            integers = np.full(values.shape[1], table.dtype.kind in "iu")
            if table.dtype.itemsize == 8 and table.dtype.kind in "iu":
                self._warn_rounded(np.abs(table).max(axis=0, initial=0))
        else:
            columns = split_columns(table, self.name)
            self.categories = [
                categories_of(column, f"{self.name}, column {self._label(i)}") for i, column in enumerate(columns)
            ]
            self.dtypes = [column.values.dtype for column in columns]
            values = self._code(columns)
            integers = np.array([column.kind == "integer" for column in columns])
            whole = [column.values if column.values.dtype.kind in "iu" else np.zeros(1, int) for column in columns]
            self._warn_rounded([np.abs(part).max(initial=0) for part in whole])
        self.is_discrete = self._kinds(values, integers, discrete)
        self.known = np.unique(values[:, self.is_discrete], axis=0) if self.is_discrete.any() else None
        return Columns(values, self.is_discrete, self.names)

    def transform(self, table, dtype=np.float64):
        """Return later rows, coded as in fitting."""
        names = column_names(table)
        if names is not None and self.names is not None and names != self.names:
            raise ValueError(
                f"The columns of {self.name} should be those that were passed in fit, in the same order: expected "
                f"{_some(self.names)}, got {_some(names)}."
            )
        if is_numeric_array(table) and not any(categories is not None for categories in self.categories):
            values = _checked(table.reshape(len(table), -1) if table.ndim == 1 else table, self.name, dtype)
            self._check_number(values.shape[1])
        else:
            columns = split_columns(table, self.name)
            self._check_number(len(columns))
            values = self._code(columns)
        return Columns(values, self.is_discrete, self.names)

    def classes(self):
        """Return the labels met in fitting, or None unless all columns are discrete.

        Returns
        -------
        classes : ndarray of shape (n_classes,), or (n_classes, n_columns) if there are several columns, or None
        """
        if not self.is_discrete.all():
            return None
        decoded = [
            known.astype(dtype) if categories is None else categories[known.astype(np.intp)]
            for known, categories, dtype in zip(self.known.T, self.categories, self.dtypes, strict=True)
        ]
        return decoded[0] if len(decoded) == 1 else np.stack([part.astype(object) for part in decoded], axis=1)

    def class_numbers(self, columns):
        """Return the position of each row's discrete values among those met in fitting, -1 for new ones."""
        strata = strata_of(np.vstack([self.known, columns.discrete]))
        positions = np.full(strata.max() + 1, -1)
        positions[strata[: len(self.known)]] = np.arange(len(self.known))
        return positions[strata[len(self.known) :]]

    def state(self):
        """Return what fitting learned, as JSON can hold it."""
        categories = [
            None if found is None else {"dtype": found.dtype.str, "values": found.tolist()} for found in self.categories
        ]
        return {
            "name": self.name,
            "names": None if self.names is None else [str(name) for name in self.names],
            "categories": categories,
            "dtypes": [dtype.str for dtype in self.dtypes],
            "is_discrete": self.is_discrete.tolist(),
            "known": None if self.known is None else self.known.tolist(),
        }

    @classmethod
    def from_state(cls, state):
        """Return the coder whose ``state`` this is."""
        coder = cls(state["name"])
        coder.names = state["names"]
        coder.categories = [
            None if found is None else np.array(found["values"], dtype=np.dtype(found["dtype"]))
            for found in state["categories"]
        ]
        coder.dtypes = [np.dtype(dtype) for dtype in state["dtypes"]]
        coder.is_discrete = np.array(state["is_discrete"], dtype=bool)
        coder.known = None if state["known"] is None else np.array(state["known"], dtype=np.float64)
        return coder

    def _warn_rounded(self, largest):
        """Warn of integers that double precision cannot tell apart."""
        rounded = np.flatnonzero(np.asarray(largest, dtype=np.float64) > _EXACT)
        if rounded.size:
            warn(
                f"{listed(self.names, rounded)} of {self.name}: integers above 2**53, which double precision rounds, "
                "so that different values may become the same. Pass identifiers as text; subtract an offset from "
                "quantities.",
                UnreliableEstimateWarning,
            )

    def _label(self, i):
        return i if self.names is None else self.names[i]

    def _check_number(self, n_columns):
        if n_columns != len(self.categories):
            raise ValueError(f"Expected {self.name} with {len(self.categories)} columns, as in fit, got {n_columns}.")

    def _code(self, columns):
        coded = [
            column.values if categories is None else codes_of(column, categories)
            for column, categories in zip(columns, self.categories, strict=True)
        ]
        for column, categories, i in zip(columns, self.categories, range(len(columns)), strict=True):
            if categories is None and column.kind == "label":
                raise ValueError(
                    f"Expected numbers in {self.name}, column {self._label(i)}, as in fit, got {column.values[0]!r}."
                )
        # One check for the whole array keeps scikit-learn's own messages.
        values = np.stack(coded, axis=1) if len(coded) > 1 else coded[0][:, None]
        return _checked(values, self.name, names=self.names)

    def _kinds(self, values, integers, discrete):
        n_columns = values.shape[1]
        labels = np.array([categories is not None for categories in self.categories])
        if isinstance(discrete, str):
            # All or nothing for integers: an image has border pixels with few values among pixels with many, and its
            # rows hardly repeat as a whole, as rows of labels do.
            few = all(few_values(values[:, i]) for i in np.flatnonzero(integers))
            together = few and len(np.unique(strata_of(values[:, integers]))) <= most_labels(len(values))
            return labels | (integers & together)
        kinds = np.asarray(discrete)
        if kinds.ndim == 0:
            kinds = np.full(n_columns, bool(kinds))
        elif kinds.dtype != bool:
            kinds = np.isin(np.arange(n_columns), column_numbers(discrete, n_columns, self.names, "discrete columns"))
        if kinds.shape != (n_columns,):
            raise ValueError(
                f"Expected a mask of {n_columns} booleans, or column numbers, to say which columns of {self.name} are "
                f"discrete; got an array of shape {kinds.shape}."
            )
        for i in np.flatnonzero(~kinds & labels):
            if self.categories[i].dtype.kind != "b":
                raise ValueError(
                    f"Column {self._label(i)} of {self.name} holds categories, which cannot be taken as continuous."
                )
        return kinds


class Indicators:
    """Columns as numbers: continuous ones as they are, discrete ones as an indicator for each value met in fitting.

    Parameters
    ----------
    columns : Columns
        Those of fitting.
    drop_first : bool, default=False
        Whether the first value of a discrete column has no indicator, since the others tell it.
    """

    def __init__(self, columns, drop_first=False):
        self.levels = [np.unique(column)[int(drop_first) :] for column in columns.discrete.T]
        n_indicators = sum(len(levels) for levels in self.levels)
        if n_indicators > max(2, len(columns) // 2):
            raise ValueError(
                f"The discrete columns make {n_indicators} indicator columns, too many for {len(columns)} rows. "
                "Merge rare values, or declare quantities with discrete_features=False or discrete_target=False."
            )

    @classmethod
    def of_levels(cls, levels):
        """Return the indicators of these values of each discrete column."""
        indicators = cls.__new__(cls)
        indicators.levels = [np.array(values, dtype=np.float64) for values in levels]
        return indicators

    def __call__(self, columns):
        """Return numbers of shape (n_samples, n_continuous + n_indicators)."""
        if not self.levels:
            return columns.values
        indicators = [
            (column[:, None] == levels).astype(float)
            for column, levels in zip(columns.discrete.T, self.levels, strict=True)
        ]
        return np.hstack([columns.continuous, *indicators])


def labels_of(y):
    """Return the classes of y and each row's number among them, or (None, None) if a column of y holds quantities."""
    coder = ColumnCoder("y")
    columns = coder.fit(y)
    classes = coder.classes()
    return (None, None) if classes is None else (classes, coder.class_numbers(columns))


def kinds_of(table, name):
    """Return which columns hold labels, or None where the table cannot be read, as one of dates."""
    try:
        return ColumnCoder(name).fit(table, dtype="numeric").is_discrete
    except (TypeError, ValueError):
        return None


def column_numbers(wanted, n_columns, names, what):
    """Return the sorted indices of columns given as indices, names or a mask; raise for unknown ones."""
    wanted = np.atleast_1d(wanted)
    if wanted.size == 0:
        return np.empty(0, dtype=np.intp)
    if wanted.dtype.kind in "US" or wanted.dtype == object:
        known = {} if names is None else {name: i for i, name in enumerate(names)}
        unknown = [name for name in wanted.ravel().tolist() if name not in known]
        columns = np.array([known[name] for name in wanted.ravel().tolist() if name in known], dtype=np.intp)
        options = "no names, since it is an array" if names is None else f"the names {list(known)}"
    elif wanted.dtype == bool:
        unknown = [] if wanted.shape == (n_columns,) else [f"a mask of shape {wanted.shape}"]
        columns, options = np.flatnonzero(wanted), f"{n_columns} columns and takes a mask of {n_columns} booleans"
    else:
        unknown = [i for i in wanted.ravel().tolist() if not (-n_columns <= i < n_columns and i == int(i))]
        columns = np.empty(0, dtype=np.intp) if unknown else wanted.ravel().astype(np.intp) % n_columns
        options = f"the numbers 0 to {n_columns - 1}"
        if not unknown and len(np.unique(columns)) < len(columns):
            raise ValueError(
                f"Expected {what} as column numbers, each once, or a mask of booleans, got the integers "
                f"{wanted.ravel().tolist()}, in which some repeat. If they are a mask, make them booleans."
            )
    if unknown:
        raise ValueError(f"Expected {what} among those of the table, which has {options}; got {unknown}.")
    return np.unique(columns)


def repeated_labels(strata, times=2):
    """Return which rows have a label that occurs so many times; raises if none has."""
    kept = np.bincount(strata)[strata] >= times
    if not kept.any():
        how_often = "once only" if times == 2 else f"fewer than {times} times"
        raise ValueError(
            f"Every combination of discrete values occurs {how_often}. If the columns are quantities, say so with "
            "discrete_features=False or discrete_target=False."
        )
    return kept


def strata_of(discrete, return_counts=False):
    """Return for each row the number of its combination of values; all rows share one if there are no columns."""
    if discrete.shape[1] == 0:
        numbers, counts = np.zeros(len(discrete), dtype=np.intp), np.array([len(discrete)])
    else:
        one = discrete.shape[1] == 1  # sorting numbers is much faster than sorting rows
        _, numbers, counts = np.unique(
            discrete[:, 0] if one else discrete, axis=None if one else 0, return_inverse=True, return_counts=True
        )
        numbers = numbers.ravel()
    return (numbers, counts) if return_counts else numbers


def mostly_unique(labels):
    """Return whether most labels occur once, as identifiers do."""
    return np.count_nonzero(np.bincount(labels) == 1) > 0.5 * len(labels) and len(labels) > 2


def listed(names, columns):
    """Return the start of a sentence about some columns: their names, or numbers if they have none."""
    some = [int(i) for i in columns[:_MOST_LISTED]]
    more = f" and {len(columns) - len(some)} more" if len(columns) > len(some) else ""
    if names is None:
        return f"Columns {some}{more}"
    return f"Column{'s' if len(columns) > 1 else ''} {', '.join(str(names[i]) for i in some)}{more}"


def _checked(values, name, dtype=np.float64, names=None):
    return numbers(values, name, names=names, dtype=dtype, ensure_2d=True)


def _some(names):
    return f"{list(names[:5])}{' and more' if len(names) > 5 else ''}"
