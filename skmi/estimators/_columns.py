"""Columns of mixed kinds as arrays: what is discrete, how values are coded, scaled and watched for traps."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse
from scipy.special import ndtri
from sklearn.utils import check_array

from ..exceptions import ConstantColumnWarning, RareClassWarning, RepeatedRowsWarning, UnreliableEstimateWarning

_MAX_DISTINCT = 32  # integers with more distinct values than this are quantities,
_MIN_ROWS_PER_VALUE = 3  # and so are those whose values hardly repeat
RANK_TOLERANCE = 1e-10  # relative to the largest eigenvalue of a correlation matrix
_MANY_ERRORS, _FAR_BELOW_ZERO = 5, 0.1
_MAX_ALONE = 0.2  # share of rows with values of their own from which a table of counts says nothing


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
            limit = max(2, len(values) // _MIN_ROWS_PER_VALUE)
            few = [len(np.unique(values[:, i])) <= min(_MAX_DISTINCT, limit) for i in np.flatnonzero(integers)]
            together = all(few) and len(np.unique(strata_of(values[:, integers]))) <= limit
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


def warn_negative(pointwise, advice, stacklevel):
    """Warn of an estimate so far below zero that only bias explains it."""
    mi, error = pointwise.mean(), pointwise.std() / np.sqrt(len(pointwise))
    if (mi < -_MANY_ERRORS * error and mi < -_FAR_BELOW_ZERO) or mi < -1.0:
        warnings.warn(
            f"The estimate {mi:.2f} lies {-mi / max(error, 1e-300):.0f} standard errors below zero, so it is biased: "
            f"{advice}",
            UnreliableEstimateWarning,
            stacklevel=stacklevel,
        )


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


def warn_constant(values, name):
    """Warn of columns with one value only."""
    constant = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if constant.size:
        warnings.warn(
            f"Columns {constant.tolist()} of {name} are constant: they carry no information and are ignored.",
            ConstantColumnWarning,
            stacklevel=4,
        )


def warn_rare(kept, x, y):
    """Warn of dropped rows whose discrete values occur once only."""
    if not kept.all():
        warnings.warn(
            f"{np.count_nonzero(~kept)} of {len(kept)} rows were dropped: their combination of discrete values "
            f"({x.is_discrete.sum()} columns of X, {y.is_discrete.sum()} of y) occurs once only. Merge rare classes, "
            "or declare quantities with discrete_features=False or discrete_target=False.",
            RareClassWarning,
            stacklevel=5,
        )


def repeated_labels(strata):
    """Return which rows have a label that occurs again; raises if none has."""
    kept = np.bincount(strata)[strata] > 1
    if not kept.any():
        raise ValueError(
            "Every combination of discrete values occurs once only. If the columns are quantities, say so with "
            "discrete_features=False or discrete_target=False."
        )
    return kept


def warn_sparse_table(x, y):
    """Warn of discrete data whose combinations of values hardly repeat: counting then reads up to log n of nothing."""
    if not (x.is_discrete.all() and y.is_discrete.all()):
        return
    sides = [np.unique(strata_of(side.values), return_counts=True)[1] for side in (x, y)]
    alone = max(np.count_nonzero(counts == 1) for counts in sides) / len(x)
    if alone > _MAX_ALONE:
        warnings.warn(
            f"{alone:.0%} of the rows have discrete values, taken together, that occur nowhere else, so that counting "
            "them reads information where there is none. Declare quantities with discrete_features=False or "
            "discrete_target=False, merge rare values, or look at fewer columns.",
            UnreliableEstimateWarning,
            stacklevel=5,
        )


def warn_repeated_rows(x, y, *, stacklevel=5):
    """Warn of rows that occur several times as a whole, as an accidental join or a bootstrap makes them.

    Ordinary ties repeat in X without repeating in y; a replicated row repeats in both, and every method that looks at
    neighbours takes that for information.
    """
    if not (x.continuous.shape[1] and y.continuous.shape[1]):
        return
    strata, partners = zip(*(_partners(values) for values in (x.values, y.values)), strict=True)
    if min(partners[0].sum(), partners[1].sum()) == 0:
        return
    joint, joint_partners = _partners(np.column_stack(strata))
    repeated = joint_partners > 0
    n_distinct = len(np.unique(joint[repeated]))
    n_pairs = [part.sum() for part in partners]
    by_chance = n_pairs[0] * n_pairs[1] / (len(x) * (len(x) - 1.0))
    alike = joint_partners.sum() > max(0.5 * max(n_pairs), 3 * by_chance)
    if alike and n_distinct > max(2, 0.01 * len(x)):
        warnings.warn(
            f"{repeated.sum()} of {len(x)} rows of (X, y) occur more than once, as a whole. Repeated rows read as "
            "information: drop the duplicates, or pass rows that were drawn independently.",
            RepeatedRowsWarning,
            stacklevel=stacklevel,
        )


def _partners(values):
    """Return a number for each row's value and how many other rows share it."""
    numbers, counts = strata_of(values, return_counts=True)
    return numbers, counts[numbers] - 1


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


class Scale:
    """Zero mean and unit variance, remembered for later rows; constant columns become zero."""

    def __init__(self, values):
        self.mean = values.mean(axis=0)
        centred = values - self.mean
        # Dividing by the largest value first keeps tiny and huge columns from under- and overflowing when squared.
        peak = np.max(np.abs(centred), axis=0, initial=0.0)
        constant = (np.ptp(values, axis=0) == 0) | (peak == 0)
        self.peak = np.where(constant, 1.0, peak)
        self.std = np.where(constant, np.inf, np.std(centred / self.peak, axis=0))

    def __call__(self, values):
        return (values - self.mean) / self.peak / self.std


class Whitening:
    """Unit variance on each principal axis of the standardised columns, remembered for later rows; null axes go."""

    def __init__(self, values):
        self.scale = Scale(values)
        Z = self.scale(values)
        eigenvalues, axes = eigh(Z.T @ Z / len(Z)) if Z.shape[1] else (np.empty(0), np.empty((0, 0)))
        kept = eigenvalues > RANK_TOLERANCE * max(eigenvalues.max(initial=0.0), 1e-300)
        self.axes = axes[:, kept] / np.sqrt(eigenvalues[kept])

    def __call__(self, values):
        return self.scale(values) @ self.axes


class NormalScores:
    """Standard normal margins by rank, remembered for later rows, which take the rank they would have had."""

    def __init__(self, values):
        self.ascending = np.sort(values, axis=0)

    def __call__(self, values):
        n_samples = len(self.ascending)
        scores = np.empty(values.shape)
        for i, (column, known) in enumerate(zip(values.T, self.ascending.T, strict=True)):
            rank = 0.5 * (np.searchsorted(known, column, "left") + np.searchsorted(known, column, "right"))
            scores[:, i] = ndtri(np.clip(rank, 0.5, n_samples - 0.5) / n_samples)
        return scores


def standardize(values):
    """Return columns of zero mean and unit variance; constant columns become zero."""
    return Scale(values)(values)


def normal_scores(values):
    """Return columns whose ranks are kept and whose margins are standard normal; ties stay ties."""
    return NormalScores(values)(values)
