"""A random sample of the rows of a table that is too large for memory, read once, in batches."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import Interval, validate_params

_BATCH = 65_536  # rows read at once where the source leaves the choice
_FEWEST = 50  # rows of a rare label that are kept, if there are as many
_MOST_LABELS = 10_000


@dataclass(frozen=True)
class RowSample:
    """Result of :func:`sample_rows`.

    Attributes
    ----------
    table : ndarray, or table of the library of the source
        The sampled rows, in their order in the source.
    rows : ndarray of int
        Their numbers, for other data of the same rows.
    n_total : int
        Number of rows of the source.
    n_added : int
        Rows of rare labels beyond their share, with ``stratify``.
    error_factor : float
        How many times larger standard errors are than those of estimates from all rows, sqrt(n_total / n_rows).

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.feature_selection import sample_rows
    >>> sample_rows(np.zeros((40_000, 3)), n_rows=10_000, random_state=0)
    RowSample: 10000 of 40000 rows; standard errors are 2.0 times those of all rows
    """

    table: object
    rows: np.ndarray
    n_total: int
    n_added: int = 0

    @property
    def error_factor(self):
        return float(np.sqrt(self.n_total / len(self.rows)))

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        added = f", {self.n_added} of them for rare labels" if self.n_added else ""
        cost = f"; standard errors are {self.error_factor:.1f} times those of all rows"
        return f"RowSample: {len(self)} of {self.n_total} rows{added}{cost if len(self) < self.n_total else ''}"


@validate_params(
    {"n_rows": [Interval(Integral, 2, None, closed="left")], "random_state": ["random_state"]},
    prefer_skip_nested_validation=True,
)
def sample_rows(source, n_rows=1_000_000, *, columns=None, stratify=None, random_state=None):
    """Return a random sample of the rows of a table that need not fit into memory.

    The table is read once, in batches, and at most about twice ``n_rows`` rows are held. Every row is as likely to be
    in the sample as any other, so that estimates from it are those of the table, with larger standard errors:
    ``error_factor`` says how much larger.

    Parameters
    ----------
    source : str, path-like, array-like, or table
        A Parquet file or a folder of them, a CSV or NPY file; an array on disk (``numpy.memmap``) or anything else with
        a shape that can be sliced; a table of pandas, polars or pyarrow, a polars ``LazyFrame``, a pyarrow ``Dataset``
        or ``RecordBatchReader``, a Dask DataFrame; or any iterable of arrays or tables.
    n_rows : int, default=1_000_000
        Number of rows to keep; a shorter table is kept as a whole.
    columns : list of str or None, default=None
        Columns to read; None reads all.
    stratify : str, int or None, default=None
        Column of labels of which none shall be lost: rare labels get up to 50 rows, in addition to ``n_rows`` if need
        be. Their share is then larger than in the table by ``n_added`` rows in all.
    random_state : int, RandomState instance or None, default=None
        Seed. The sample does not depend on the size of the batches.

    Returns
    -------
    sample : RowSample
        The rows, their numbers, and the number of rows of the source.

    Raises
    ------
    ValueError
        For an empty source, unknown columns, or more than 10 000 labels.
    TypeError
        For what is no source.

    References
    ----------
    Vitter (1985). "Random sampling with a reservoir". doi:10.1145/3147.3165.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import mi_scores, sample_rows
    >>> wine = load_wine(as_frame=True).frame
    >>> sample = sample_rows(wine, n_rows=100, stratify="target", random_state=0)
    >>> str(mi_scores(sample.table.drop(columns="target"), sample.table["target"]).feature[0])
    'flavanoids'
    """
    rng = check_random_state(random_state)
    reservoir, by_label, n_total = _Pool(n_rows), {}, 0
    for batch in _batches(source, columns):
        keys, numbers = rng.random_sample(len(batch)), np.arange(n_total, n_total + len(batch))
        n_total += len(batch)
        if stratify is not None:
            _keep_each_label(by_label, batch, stratify, keys, numbers)
        reservoir.add(batch, keys, numbers)
    if n_total == 0:
        raise ValueError("Expected a source with rows, got none.")
    reservoir.cut()
    kept = np.concatenate([part.numbers for part in reservoir.parts])
    parts = reservoir.parts
    for pool in by_label.values():
        pool.cut()
        parts = parts + [part.without(kept) for part in pool.parts]
    numbers = np.concatenate([part.numbers for part in parts])
    order = np.argsort(numbers)
    table = _taken(_joined([part.rows for part in parts if len(part.numbers)]), order)
    table = table if isinstance(table, np.ndarray) else table.to_native()
    return RowSample(table, numbers[order], n_total, len(numbers) - len(kept))


@dataclass(frozen=True)
class _Part:
    rows: object
    keys: np.ndarray
    numbers: np.ndarray

    def some(self, chosen):
        return _Part(_taken(self.rows, chosen), self.keys[chosen], self.numbers[chosen])

    def without(self, numbers):
        return self.some(np.flatnonzero(~np.isin(self.numbers, numbers)))


class _Pool:
    """The rows with the smallest of random keys, which is a uniform sample without replacement."""

    def __init__(self, size):
        self.size, self.parts, self.limit = size, [], np.inf

    def add(self, rows, keys, numbers):
        chosen = np.flatnonzero(keys < self.limit)
        if len(chosen):
            self.parts.append(_Part(rows, keys, numbers).some(chosen))
        if sum(len(part.keys) for part in self.parts) > 2 * self.size + _BATCH:
            self.cut()

    def cut(self):
        """Keep no more than ``size`` rows."""
        keys = np.concatenate([part.keys for part in self.parts]) if self.parts else np.empty(0)
        if len(keys) > self.size:
            self.limit = np.partition(keys, self.size)[self.size]
            self.parts = [part.some(np.flatnonzero(part.keys < self.limit)) for part in self.parts]


def _keep_each_label(by_label, batch, stratify, keys, numbers):
    """Keep the first few rows of each label, by their keys."""
    labels = _column(batch, stratify)
    for label in np.unique(labels[labels == labels]):  # not missing
        if label not in by_label:
            if len(by_label) == _MOST_LABELS:
                raise ValueError(
                    f"Expected labels in the column {stratify!r}, got more than {_MOST_LABELS} different values. Leave "
                    "stratify out for quantities."
                )
            by_label[label] = _Pool(_FEWEST)
        here = np.flatnonzero(labels == label)
        some = here[np.argsort(keys[here], kind="stable")[:_FEWEST]]
        by_label[label].add(_taken(batch, some), keys[some], numbers[some])
        by_label[label].cut()


def _column(batch, name):
    if isinstance(batch, np.ndarray):
        return np.asarray(batch[:, name] if batch.ndim > 1 else batch)
    if name not in batch.columns:
        raise ValueError(f"There is no column {name!r} to stratify by; there are {', '.join(map(str, batch.columns))}.")
    values = batch[name].to_numpy()
    return values.astype(str) if values.dtype == object else values


def _taken(rows, chosen):
    """Return some rows of an array or of a narwhals DataFrame."""
    return rows[chosen] if isinstance(rows, np.ndarray) else rows[chosen.tolist()]


def _joined(parts):
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return nw.concat(parts, how="vertical")


def _batches(source, columns):
    """Yield the rows of a source as arrays or narwhals DataFrames."""
    for batch in _raw_batches(source, columns):
        frame = nw.from_native(_as_table(batch), eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame):
            yield _picked(frame, columns)
        else:
            yield np.asarray(batch)


def _picked(frame, columns):
    if columns is None:
        return frame
    unknown = [name for name in columns if name not in frame.columns]
    if unknown:
        raise ValueError(f"There is no column {', '.join(unknown)}; there are {', '.join(map(str, frame.columns))}.")
    return frame.select(columns)


def _as_table(batch):
    if type(batch).__name__ == "RecordBatch":
        import pyarrow

        return pyarrow.Table.from_batches([batch])
    return batch


def _raw_batches(source, columns):
    """Yield batches in whatever form the source has."""
    if isinstance(source, str | Path):
        source = _opened(Path(source), columns)
    if hasattr(source, "to_batches"):  # of pyarrow: a Dataset, or a Table
        return source.to_batches()
    if hasattr(source, "collect_batches"):  # a LazyFrame of polars
        return source.collect_batches()
    if type(source).__name__ == "LazyFrame":  # of an older polars
        return _slices(source)
    if hasattr(source, "npartitions") and hasattr(source, "columns"):  # a DataFrame of Dask
        return (source.partitions[i].compute() for i in range(source.npartitions))
    if hasattr(source, "iloc"):
        return (source.iloc[i : i + _BATCH] for i in range(0, len(source), _BATCH))
    if hasattr(source, "shape") and len(source.shape):
        return (source[i : i + _BATCH] for i in range(0, source.shape[0], _BATCH))
    if isinstance(source, Iterable) and not isinstance(source, bytes | dict):
        return source
    raise TypeError(
        f"Expected a path, an array, a table or an iterable of tables to read rows from, got {type(source).__name__}."
    )


def _opened(path, columns):
    """Return what reads a file in batches."""
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    ending = path.suffix.lower()
    if ending == ".parquet" or path.is_dir():
        from pyarrow import dataset

        return _parquet_batches(dataset.dataset(path, format="parquet"), columns)
    if ending == ".npy":
        return np.load(path, mmap_mode="r", allow_pickle=False)
    if ending in (".csv", ".tsv"):
        import pandas as pd

        return pd.read_csv(path, sep="\t" if ending == ".tsv" else ",", chunksize=_BATCH)
    raise ValueError(
        f"Expected a file ending in .parquet, .csv, .tsv or .npy, or a folder of Parquet files, got {path}."
    )


def _slices(source):
    """Yield a lazy table slice by slice."""
    start = 0
    while len(batch := source.slice(start, _BATCH).collect()):
        yield batch
        start += _BATCH


def _parquet_batches(source, columns):
    """Yield batches of the columns that are asked for; unknown ones are named later, for all sources alike."""
    known = columns is None or set(columns) <= set(source.schema.names)
    yield from source.to_batches(columns=columns if known else None, batch_size=_BATCH)
