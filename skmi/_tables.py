"""The only reader of X and y: columns of arrays and tables, which of them hold labels, and what is missing.

Whatever needs to know what a column is asks here, so that there is one answer for estimators, compressors, folds and
the command line.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from numbers import Integral

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ._maps import normal_scores, standardize
from .exceptions import UnreliableEstimateWarning, warn

_MAX_DISTINCT = 32  # integers with more distinct values than this are quantities,
_MIN_ROWS_PER_VALUE = 3  # and so are those whose values hardly repeat
_EXACT = 2**53  # integers up to which doubles hold each
_LOOKED_AT = 1000  # texts, to tell whether they are numbers or dates
_MOST = 0.8  # share of the texts that has to be: a unit under the header and marks of missing values are not
# Numbers with a currency sign, a percent sign, separators of thousands or a decimal point; not plain digits, which may
# be codes that are labels.
_NUMBER = re.compile(
    r"\s*[-+]?\s*(?:(?:[$€£¥]\s*)?\d{1,3}(?:[,.'’\s]\d{3})+(?:[.,]\d+)?|[$€£¥]\s*\d+(?:[.,]\d+)?"
    r"|\d*[.,]\d+(?:[eE][-+]?\d+)?|\d+(?:[.,]\d+)?(?=\s*[%€$£]))\s*[%€$£]?\s*"
)
_DATE = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?.*)?\s*"
)


@dataclass(frozen=True)
class Column:
    """One column as it was passed, before anything is coded."""

    values: np.ndarray  # shape (n_samples,); numbers, or labels with None where they are missing
    kind: str  # "label", "integer" or "number"

    @property
    def missing(self):
        """Which values are missing, shape (n_samples,)."""
        return _missing(self.values)

    def rows(self, selection):
        """Return the selected rows."""
        return Column(self.values[selection], self.kind)


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
        return Columns(self.values[selection], self.is_discrete)

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
        if _is_numeric_array(table):
            values = _checked(table.reshape(len(table), -1) if table.ndim == 1 else table, self.name, dtype)
            self.categories, self.dtypes = [None] * values.shape[1], [table.dtype] * values.shape[1]
            integers = np.full(values.shape[1], table.dtype.kind in "iu")
            if table.dtype.itemsize == 8 and table.dtype.kind in "iu":
                self._warn_rounded(np.abs(table).max(axis=0, initial=0))
        else:
            columns = split_columns(table, self.name)
            self.categories = [_categories(column, f"{self.name}, column {i}") for i, column in enumerate(columns)]
            self.dtypes = [column.values.dtype for column in columns]
            values = self._code(columns)
            integers = np.array([column.kind == "integer" for column in columns])
            whole = [column.values if column.values.dtype.kind in "iu" else np.zeros(1, int) for column in columns]
            self._warn_rounded([np.abs(part).max(initial=0) for part in whole])
        self.is_discrete = self._kinds(values, integers, discrete)
        self.known = np.unique(values[:, self.is_discrete], axis=0) if self.is_discrete.any() else None
        return Columns(values, self.is_discrete)

    def transform(self, table, dtype=np.float64):
        """Return later rows, coded as in fitting."""
        names = column_names(table)
        if names is not None and self.names is not None and names != self.names:
            raise ValueError(
                f"The columns of {self.name} should be those that were passed in fit, in the same order: expected "
                f"{_some(self.names)}, got {_some(names)}."
            )
        if _is_numeric_array(table) and not any(categories is not None for categories in self.categories):
            values = _checked(table.reshape(len(table), -1) if table.ndim == 1 else table, self.name, dtype)
            self._check_number(values.shape[1])
        else:
            columns = split_columns(table, self.name)
            self._check_number(len(columns))
            values = self._code(columns)
        return Columns(values, self.is_discrete)

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
                f"Columns {rounded.tolist()} of {self.name} hold integers above 2**53, which double precision rounds: "
                "different values may become the same. Pass identifiers as text; subtract an offset from quantities.",
                UnreliableEstimateWarning,
            )

    def _check_number(self, n_columns):
        if n_columns != len(self.categories):
            raise ValueError(f"Expected {self.name} with {len(self.categories)} columns, as in fit, got {n_columns}.")

    def _code(self, columns):
        coded = [
            column.values if categories is None else _codes(column, categories)
            for column, categories in zip(columns, self.categories, strict=True)
        ]
        for column, categories, i in zip(columns, self.categories, range(len(columns)), strict=True):
            if categories is None and column.kind == "label":
                raise ValueError(f"Expected numbers in {self.name}, column {i}, as in fit, got {column.values[0]!r}.")
        # One check for the whole array keeps scikit-learn's own messages.
        return _checked(np.stack(coded, axis=1) if len(coded) > 1 else coded[0][:, None], self.name)

    def _kinds(self, values, integers, discrete):
        n_columns = values.shape[1]
        labels = np.array([categories is not None for categories in self.categories])
        if isinstance(discrete, str):
            # All or nothing for integers: an image has border pixels with few values among pixels with many, and its
            # rows hardly repeat as a whole, as rows of labels do.
            few = all(_few_values(values[:, i]) for i in np.flatnonzero(integers))
            together = few and len(np.unique(strata_of(values[:, integers]))) <= _most_labels(len(values))
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
                raise ValueError(f"Column {i} of {self.name} holds categories, which cannot be taken as continuous.")
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


def plain_array(table, name):
    """Return a table as an array of its values, of objects where a column holds labels."""
    if _is_numeric_array(table):
        return table
    values = [column.values for column in split_columns(table, name)]
    if _is_flat(table):
        return values[0]
    if any(part.dtype.kind in "OUSb" for part in values):
        values = [part.astype(object) for part in values]
    return np.stack(values, axis=1)


def kinds_of(table, name):
    """Return which columns hold labels, or None where the table cannot be read, as one of dates."""
    try:
        return ColumnCoder(name).fit(table, dtype="numeric").is_discrete
    except (TypeError, ValueError):
        return None


def check_table(estimator, X, y="no_validation", *, reset):
    """Check names and number of columns, that y is there, and that X is dense with two dimensions."""
    refuse_sparse(X, "X")
    if _is_flat(X):
        raise ValueError(
            f"Expected 2D array for X, got 1D array of shape ({len(X)},) instead. Reshape your data using "
            "array.reshape(-1, 1) if it has a single feature or array.reshape(1, -1) if it is a single sample."
        )
    validate_data(estimator, X, y, reset=reset, skip_check_array=True)


def numbers(values, name, **options):
    """Return an array of numbers as ``check_array`` of scikit-learn does, without the mask of a masked array."""
    refuse_masked(values, name)
    return check_array(values, input_name=name, **options)


def as_rows(sample, name):
    """Return a continuous sample as floats of shape (n_samples, n_features); one-dimensional ones are a column."""
    refuse_masked(sample, name)
    if np.iscomplexobj(sample):
        raise ValueError(f"Complex data not supported in {name}. Pass real and imaginary parts as two columns.")
    array = np.asarray(sample, dtype=np.float64)
    return numbers(array.reshape(len(array), -1) if array.ndim else array, name, ensure_min_samples=2)


def validated(estimator, X, **options):
    """Return X as ``validate_data`` of scikit-learn does, which would drop the mask of a masked array in silence."""
    refuse_masked(X, "X")
    return validate_data(estimator, X, **options)


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
        if not unknown and len(np.unique(columns)) < len(columns):
            raise ValueError(
                f"Expected {what} as column numbers, each once, or a mask of booleans, got the integers "
                f"{wanted.ravel().tolist()}, in which some repeat. If they are a mask, make them booleans."
            )
    if unknown:
        raise ValueError(f"Expected {what} among those of the table, which has {options}; got {unknown}.")
    return np.unique(columns)


def column_names(table):
    """Return the names of the columns of a table, or None where it has none."""
    names = getattr(table, "column_names", None)  # of pyarrow, whose ``columns`` are the data
    if names is None:
        names = getattr(table, "columns", None)
    if names is None and hasattr(table, "schema"):  # a record batch of pyarrow
        names = table.schema.names
    return None if names is None else list(names)


def split_columns(table, name, refuse=True):
    """Return the columns of an array-like or of a table of pandas, polars, pyarrow and the like.

    What is neither numbers nor labels raises or, if ``refuse`` is False and the table has several columns, is None.
    """
    if isinstance(table, list) and table and all(isinstance(column, Column) for column in table):
        return table
    refuse_sparse(table, name)
    series = _series(table, name)
    if series is not None:
        read = _from_series if refuse or len(series) == 1 else _or_none(_from_series)
        return [read(part, f"column {label} of {name}") for label, part in series]
    if type(getattr(table, "dtype", None)).__name__ == "CategoricalDtype":
        return [Column(_with_none(np.asarray(table, dtype=object)), "label")]
    array = _as_array(table)
    if array.ndim == 0:
        raise ValueError(f"Expected array-like (array or non-string sequence) for {name}, got {table!r}.")
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required for {name}.")
    if array.ndim == 2 and array.shape[1] == 0:
        raise ValueError(f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required for {name}.")
    read = _from_array if refuse or array.ndim == 1 or array.shape[1] == 1 else _or_none(_from_array)
    return [read(column, name) for column in (array.T if array.ndim == 2 else [array])]


def _or_none(read):
    """Return a function that returns None where another raises."""

    def tried(column, where):
        try:
            return read(column, where)
        except (TypeError, ValueError):
            return None

    return tried


def refuse_sparse(table, name):
    """Raise for sparse data."""
    if issparse(table):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to convert it to dense."
        )


def refuse_masked(table, name):
    """Raise for a masked array that masks something."""
    if isinstance(table, np.ma.MaskedArray) and np.ma.is_masked(table):
        raise ValueError(
            f"{name} contains missing values: {np.ma.getmaskarray(table).sum()} values of the masked array are masked. "
            "Drop those rows or fill them in."
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


def _most_labels(n_samples):
    """Return how many combinations of integers so many rows can hold that still count as labels."""
    return max(2, n_samples // _MIN_ROWS_PER_VALUE)


def _few_values(integers):
    """Return whether a column of integers has so few values that they are labels."""
    return len(np.unique(integers)) <= min(_MAX_DISTINCT, _most_labels(len(integers)))


def _series(table, name):
    """Return (label, series) of each column of a table, or None for what is no table."""
    if hasattr(table, "iloc") and getattr(table, "ndim", 0) == 2:
        # One by one: names of pandas may repeat, which narwhals does not take.
        return [
            (label, nw.from_native(table.iloc[:, i], series_only=True)) for i, label in enumerate(list(table.columns))
        ]
    if type(table).__name__ == "RecordBatch":
        import pyarrow

        table = pyarrow.Table.from_batches([table])
    frame = nw.from_native(table, pass_through=True, allow_series=True)
    if isinstance(frame, nw.LazyFrame):
        raise TypeError(
            f"Expected a table in memory for {name}, got a lazy {type(table).__module__.partition('.')[0]} table. Call "
            "its .collect() or .compute() first."
        )
    if isinstance(frame, nw.Series):
        return [(frame.name, frame)]
    return [(label, frame[label]) for label in frame.columns] if isinstance(frame, nw.DataFrame) else None


def _from_series(series, where):
    dtype = series.dtype
    if dtype.is_temporal():
        raise TypeError(_no_dates(where))
    if isinstance(dtype, (nw.Categorical, nw.Enum, nw.String, nw.Boolean)):
        values = np.asarray(series.to_numpy(), dtype=object)
        missing = series.is_null().to_numpy()
        return Column(np.where(missing, None, values) if missing.any() else values, "label")
    if dtype.is_numeric():
        whole = dtype.is_integer() and not series.is_null().any()
        values = series.to_numpy() if whole else series.cast(nw.Float64).to_numpy()
        return Column(values, "integer" if dtype.is_integer() else "number")
    return _from_array(np.asarray(series.to_numpy()), where)


def _as_array(table):
    """Return an array, of objects where numbers and text are mixed, so that the numbers stay numbers."""
    if isinstance(table, np.ma.MaskedArray):
        if not np.ma.is_masked(table):
            return np.asarray(table.data)
        filled = table.data.astype(np.float64 if table.dtype.kind in "iuf" else object)
        filled[np.ma.getmaskarray(table)] = np.nan if filled.dtype.kind == "f" else None
        return filled
    array = np.asarray(table)
    if array.dtype.kind in "US" and isinstance(table, (list, tuple)):
        objects = np.array(table, dtype=object)
        if not all(isinstance(value, (str, bytes)) for value in objects.ravel()):
            return objects
    return array.astype(object) if array.dtype.kind == "T" else array


def _from_array(values, where):
    kind = values.dtype.kind
    if kind in "mM":
        raise TypeError(_no_dates(where))
    if kind == "c":
        raise ValueError(f"Complex data not supported in {where}. Pass real and imaginary parts as two columns.")
    if kind == "O":
        return _from_objects(values, where)
    return Column(values, {"i": "integer", "u": "integer", "f": "number"}.get(kind, "label"))


def _from_objects(values, where):
    missing = _missing(values)
    known = values[~missing].tolist()
    if known and all(isinstance(value, (str, bytes, bool, np.bool_)) for value in known):
        return Column(_with_none(values), "label")
    whole = bool(known) and all(isinstance(value, Integral) and not isinstance(value, bool) for value in known)
    if whole and not missing.any():
        try:
            return Column(values.astype(np.int64), "integer")
        except OverflowError:  # beyond 64 bits they are numbers like others
            pass
    numbers = np.full(len(values), np.nan)
    try:
        numbers[~missing] = np.array(known, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Expected numbers or labels in {where}: {error}") from None
    return Column(numbers, "integer" if whole else "number")


def _no_dates(where):
    return f"Expected numbers or categories in {where}, got dates or times. Convert them to numbers first."


def _with_none(values):
    missing = _missing(values)
    return np.where(missing, None, values) if missing.any() else values


def _missing(values):
    """Return which values of a one-dimensional array are missing."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "O":
        return np.array([_is_missing(value) for value in values.tolist()], dtype=bool)
    return np.zeros(len(values), dtype=bool)


def _is_missing(value):
    # pandas' NA refuses comparisons, and is known by the name of its type without importing pandas.
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)


def _categories(column, where):
    """Return the sorted distinct labels of a column, and None for numbers."""
    if column.kind != "label":
        return None
    if column.missing.any():
        raise ValueError(f"Input contains missing values (NaN or None) in {where}: drop those rows or impute them.")
    if column.values.dtype.kind != "O":
        if column.values.dtype.kind == "b":
            return np.array([False, True])
        distinct = np.unique(column.values)
        _refuse_written_numbers(distinct.tolist(), len(column.values), where)
        return distinct
    distinct = set(column.values.tolist())
    _refuse_written_numbers(distinct, len(column.values), where)
    if distinct and all(isinstance(value, (bool, np.bool_)) for value in distinct):
        return np.array([False, True])
    try:
        return _array_of(sorted(distinct))
    except TypeError as error:
        raise TypeError(f"Expected values of one type in {where}, got a mixture: {error}") from None


def _refuse_written_numbers(distinct, n_samples, where):
    """Raise for text that is numbers or dates, and takes too many values to be labels."""
    if len(distinct) <= min(_MAX_DISTINCT, _most_labels(n_samples)):
        return
    texts = [text for text in islice(distinct, _LOOKED_AT) if isinstance(text, str)]
    for pattern, what, advice in (
        (_DATE, "dates", "Convert them to numbers first, such as days since a date."),
        (_NUMBER, "numbers", "Convert the column to numbers first; pandas.read_csv takes decimal= and thousands=."),
    ):
        found = [text for text in texts if pattern.fullmatch(text)]
        if len(found) > _MOST * len(texts) and found:
            raise ValueError(
                f"Expected numbers or labels in {where}, got {what} written as text, such as {found[0]!r}, with "
                f"{len(distinct)} different values. {advice}"
            )


def _array_of(values):
    """Return an array of objects, one for each value, also where the values are sequences."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _codes(column, categories):
    """Return the positions of the values among the categories, -1 for values that are not there."""
    if column.values.dtype == categories.dtype and categories.dtype.kind in "USb":
        at = np.minimum(np.searchsorted(categories, column.values), len(categories) - 1)
        return np.where(categories[at] == column.values, at, -1).astype(float)
    position = {value: code for code, value in enumerate(categories.tolist())}
    return np.array([position.get(value, -1) for value in column.values.tolist()], dtype=float)


def _is_flat(table):
    """Return whether a table has one dimension."""
    return column_names(table) is None and getattr(table, "ndim", None) != 2 and np.asarray(table).ndim == 1


def _is_numeric_array(table):
    return type(table) in (np.ndarray, np.memmap) and table.ndim in (1, 2) and table.dtype.kind in "iuf"


def _checked(values, name, dtype=np.float64):
    return check_array(values, dtype=dtype, input_name=name, ensure_2d=True)


def _some(names):
    return f"{list(names[:5])}{' and more' if len(names) > 5 else ''}"
