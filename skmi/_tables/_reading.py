"""Columns of arrays and tables as they were passed: what kind each is, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import csc_array, issparse


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


class SparseColumns(Sequence):
    """The columns of sparse data, each made dense when it is asked for.

    Whole numbers are integers, as counts of words and indicators are, whatever their dtype.
    """

    def __init__(self, table):
        self.table = csc_array(table)
        if self.table.dtype.kind not in "biuf":
            raise TypeError(f"Expected sparse data of numbers, got dtype {self.table.dtype}.")

    def __len__(self):
        return self.table.shape[1]

    def __getitem__(self, i):
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        i = range(len(self))[i]
        part = slice(*self.table.indptr[i : i + 2])
        stored = self.table.data[part]
        whole = stored.dtype.kind in "biu" or bool((stored == np.round(stored)).all())
        values = np.zeros(self.table.shape[0], dtype=np.int64 if whole else float)
        np.add.at(values, self.table.indices[part], stored.astype(values.dtype))
        return Column(values, "integer" if whole else "number")

    def some(self, columns):
        """Return some of the columns."""
        return SparseColumns(self.table[:, columns])


def split_columns(table, name, refuse=True):
    """Return the columns of an array-like or of a table of pandas, polars, pyarrow and the like.

    What is neither numbers nor labels raises or, if ``refuse`` is False and the table has several columns, is None.
    """
    if isinstance(table, list) and table and all(isinstance(column, Column) for column in table):
        return table
    refuse_no_table(table, name)
    if issparse(table):
        raise TypeError(sparse_text(name))
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
        raise ValueError(
            f"Found array with dim {array.ndim}, while dim <= 2 is required for {name}. Images go to skmi.estimate or "
            "CompressedMI; otherwise flatten each row, as X.reshape(len(X), -1) does."
        )
    if array.ndim == 2 and array.shape[1] == 0:
        raise ValueError(f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required for {name}.")
    read = _from_array if refuse or array.ndim == 1 or array.shape[1] == 1 else _or_none(_from_array)
    return [read(column, name) for column in (array.T if array.ndim == 2 else [array])]


def refuse_no_table(table, name):
    """Raise for what is neither an array-like nor a table in memory."""
    if type(table) is np.ndarray or issparse(table):
        return
    if isinstance(nw.from_native(table, pass_through=True, allow_series=True), nw.LazyFrame):
        raise TypeError(
            f"Expected a table in memory for {name}, got a lazy {type(table).__module__.partition('.')[0]} table. Call "
            "its .collect() or .compute() first, or skmi.feature_selection.sample_rows for some of its rows."
        )
    attributes = "__array__", "shape", "__dataframe__", "__arrow_c_stream__", "__dlpack__"
    sequence = isinstance(table, Sequence) and not isinstance(table, str | bytes)
    if isinstance(table, Mapping) or not (sequence or any(hasattr(table, part) for part in attributes)):
        named = type(table).__name__ if isinstance(table, Mapping) or hasattr(table, "__len__") else repr(table)
        raise ValueError(
            f"Expected array-like (array or non-string sequence) for {name}, got {named}. Pass an array or a DataFrame."
        )


def column_names(table):
    """Return the names of the columns of a table, or None where it has none."""
    names = getattr(table, "column_names", None)  # of pyarrow, whose ``columns`` are the data
    if names is None:
        names = getattr(table, "columns", None)
    if names is None and hasattr(table, "schema"):  # a record batch of pyarrow
        names = table.schema.names
    return None if names is None else list(names)


def plain_array(table, name):
    """Return a table as an array of its values, of objects where a column holds labels."""
    if is_numeric_array(table):
        return table
    values = [column.values for column in split_columns(table, name)]
    if is_flat(table):
        return values[0]
    if any(part.dtype.kind in "OUSb" for part in values):
        values = [part.astype(object) for part in values]
    return np.stack(values, axis=1)


def is_numeric_array(table):
    return type(table) in (np.ndarray, np.memmap) and table.ndim in (1, 2) and table.dtype.kind in "iuf"


def is_flat(table):
    """Return whether a table has one dimension."""
    return column_names(table) is None and getattr(table, "ndim", None) != 2 and np.asarray(table).ndim == 1


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


def _or_none(read):
    """Return a function that returns None where another raises."""

    def tried(column, where):
        try:
            return read(column, where)
        except (TypeError, ValueError):
            return None

    return tried


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


def sparse_text(name):
    """Return the message for sparse data."""
    return f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to convert it to dense."
