"""Columns of mixed kinds as arrays: what is discrete, and how values are coded."""

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from .._kinds import few_values, most_labels
from .._scaling import normal_scores, standardize


@dataclass(frozen=True)
class Columns:
    """Rows of one variable, as numbers, with the kind of each column."""

    values: np.ndarray  # shape (n_samples, n_columns), float64; discrete columns hold values or category codes
    is_discrete: np.ndarray  # shape (n_columns,), bool

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
        """What sorts the continuous column if there is just one, else None; scaling and ranking leave it as it is."""
        return np.argsort(self.continuous[:, 0]) if np.count_nonzero(~self.is_discrete) == 1 else None

    def __len__(self):
        return len(self.values)

    def rows(self, selection):
        """Return the selected rows."""
        return Columns(self.values[selection], self.is_discrete)


class ColumnCoder:
    """Turns a table into :class:`Columns`, the same way for fitting and later rows.

    Strings, categories and booleans become codes; a value not met in fitting becomes -1.
    """

    def __init__(self, name):
        self.name = name

    def fit(self, table, discrete):
        """Learn kinds and categories, and return the coded rows."""
        columns = split_columns(table, self.name)
        self.categories = [_categories(column, f"{self.name}, column {i}") for i, column in enumerate(columns)]
        values = self._code(table, columns)
        self.is_discrete = self._kinds(columns, values, discrete, getattr(table, "columns", None))
        self.known = np.unique(values[:, self.is_discrete], axis=0) if self.is_discrete.any() else None
        return Columns(values, self.is_discrete)

    def transform(self, table):
        """Return later rows, coded as in fitting."""
        columns = split_columns(table, self.name)
        if len(columns) != len(self.categories):
            raise ValueError(f"Expected {self.name} with {len(self.categories)} columns as in fit, got {len(columns)}.")
        return Columns(self._code(table, columns), self.is_discrete)

    def share_of_new_rows(self, table):
        """Return the share of later rows whose discrete values, taken together, were not there in fitting."""
        new = self.transform(table).discrete
        strata = strata_of(np.vstack([self.known, new]))
        return float(np.mean(~np.isin(strata[len(self.known) :], strata[: len(self.known)])))

    def _code(self, table, columns):
        if not any(categories is not None for categories in self.categories):
            # One check for the whole array keeps scikit-learn's own messages.
            plain = np.stack(columns, axis=1) if len({c.dtype for c in columns}) == 1 else np.column_stack(columns)
            return _checked(plain, self.name)
        coded = [
            column if categories is None else _codes(column, categories)
            for column, categories in zip(columns, self.categories, strict=True)
        ]
        return _checked(np.column_stack([np.asarray(column, dtype=float) for column in coded]), self.name)

    def _kinds(self, columns, values, discrete, names):
        n_columns = len(columns)
        if isinstance(discrete, str):
            kinds = np.array([categories is not None for categories in self.categories])
            integers = np.array([column.dtype.kind in "iu" for column in columns])
            # All or nothing for integers: an image has border pixels with few values among pixels with many, and its
            # rows hardly repeat as a whole, as rows of labels do.
            few = all(few_values(values[:, i]) for i in np.flatnonzero(integers))
            together = few and len(np.unique(strata_of(values[:, integers]))) <= most_labels(len(values))
            return kinds | (integers & together)
        kinds = np.asarray(discrete)
        if kinds.ndim == 0:
            kinds = np.full(n_columns, bool(kinds))
        elif kinds.dtype != bool:
            kinds = np.isin(np.arange(n_columns), column_numbers(discrete, n_columns, names, "discrete columns"))
        if kinds.shape != (n_columns,):
            raise ValueError(
                f"Expected a mask of {n_columns} booleans, or column numbers, to say which columns of {self.name} are "
                f"discrete; got an array of shape {kinds.shape}."
            )
        for i in np.flatnonzero(~kinds):
            if self.categories[i] is not None and self.categories[i].dtype.kind != "b":
                raise ValueError(f"Column {i} of {self.name} holds categories, which cannot be taken as continuous.")
        return kinds


def column_numbers(wanted, n_columns, names, what):
    """Return the numbers of columns that are said by numbers, names or a mask, ascending; raises for unknown ones."""
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
    if unknown:
        raise ValueError(f"Expected {what} among those of the table, which has {options}; got {unknown}.")
    return np.unique(columns)


def split_columns(table, name):
    """Return the columns of an array or a DataFrame (pandas, polars) as one-dimensional arrays."""
    refuse_sparse(table, name)
    if hasattr(table, "columns") and hasattr(table, "shape"):
        parts = [table.iloc[:, i] if hasattr(table, "iloc") else table[name] for i, name in enumerate(table.columns)]
        columns = [_plain(part) for part in parts]
        for column, label in zip(columns, table.columns, strict=True):
            _refuse_kind(column, f"column {label} of {name}")
        return columns
    array = _plain(table)
    _refuse_kind(array, name)
    if array.ndim == 0:
        raise ValueError(f"Expected array-like (array or non-string sequence) for {name}, got {table!r}.")
    if array.ndim == 1:
        return [array]
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required for {name}.")
    if array.shape[1] == 0:
        raise ValueError(f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required for {name}.")
    return list(array.T)


def _refuse_kind(column, where):
    """Raise for dates, which have no scale of their own, and complex numbers."""
    if column.dtype.kind in "mM":
        raise TypeError(
            f"Expected numbers or categories in {where}, got dates or times. Convert them to numbers first."
        )
    if column.dtype.kind == "c":
        raise ValueError(f"Complex data not supported in {where}. Pass real and imaginary parts as two columns.")


def refuse_sparse(table, name):
    """Raise for sparse data."""
    if issparse(table):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to convert it to dense."
        )


def _plain(column):
    """Return an array whose dtype tells the kind: categories and nullable types arrive as objects."""
    array = np.asarray(column)
    dtype = getattr(column, "dtype", None)
    kind = type(dtype).__name__
    if kind in {"CategoricalDtype", "Categorical", "Enum"}:
        # As text, so that categories that are numbers stay categories.
        return np.where(missing_values(array.astype(object)), None, array.astype(str).astype(object))
    if kind in {"StringDtype", "String"}:
        return array.astype(object)
    if array.dtype == object and array.size and all(_is_integer(value) for value in array.ravel()):
        return array.astype(np.int64)  # integers in a table of mixed types
    return array


def _is_integer(value):
    return isinstance(value, Integral) and not isinstance(value, bool)


def _categories(column, where):
    """Return the sorted distinct values of a column of strings, categories or booleans, and None for numbers."""
    if column.dtype.kind == "b":
        return np.array([False, True])
    if column.dtype.kind in "US":
        return np.unique(column)
    if column.dtype.kind != "O":
        return None
    if missing_values(column).any():
        raise ValueError(f"Input contains missing values (NaN or None) in {where}: drop those rows or impute them.")
    if all(isinstance(value, (str, bytes, bool, np.bool_)) for value in column):
        try:
            return np.array(sorted(set(column)), dtype=object)
        except TypeError as error:
            raise TypeError(f"Expected values of one type in {where}, got a mixture: {error}") from None
    return None


def _codes(column, categories):
    """Return the positions of the values among the categories, -1 for values that are not there."""
    position = {value: code for code, value in enumerate(categories.tolist())}
    return np.array([position.get(value, -1) for value in column.tolist()], dtype=float)


def _checked(values, name):
    return check_array(values, dtype=np.float64, input_name=name, ensure_2d=True)


def missing_values(column):
    """Return which values of a one-dimensional array are missing."""
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind == "O":
        return np.array([_is_missing(value) for value in column.tolist()], dtype=bool)
    return np.zeros(len(column), dtype=bool)


def _is_missing(value):
    # pandas' NA refuses comparisons, and is known by the name of its type without importing pandas.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def repeated_labels(strata):
    """Return which rows have a label that occurs again; raises if none has."""
    kept = np.bincount(strata)[strata] > 1
    if not kept.any():
        raise ValueError(
            "Every combination of discrete values occurs once only. If the columns are quantities, say so with "
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
