"""Reading X and y from files."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._tables import kinds_of, listed, unusable
from ..exceptions import SkmiWarning, UnreliableEstimateWarning, warn

_LOOKED_AT, _AT_ONCE = 1000, 50_000  # rows that show the types of columns, and rows in a batch
_SEPARATORS = {";": "';'", "\t": "a tab, as $'\\t'", "|": "'|'"}


@dataclass(frozen=True)
class Format:
    """How a CSV file is written.

    Attributes
    ----------
    separator : str or None
        None is a tab in TSV files, and a comma elsewhere.
    decimal : str
        Decimal point.
    encoding : str
    max_rows : int or None
        How many rows of a file are kept, drawn at random; None keeps all.
    """

    separator: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    max_rows: int | None = None


def names_in(text):
    """Return the names in a list separated by commas, each once, or None; names with commas stand in quotes."""
    if not text:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"Expected each column once, got {', '.join(twice)} several times.")
    return names


def read_pair(x_path, y_path=None, target=None, columns=None, written=None):
    """Return X, two-dimensional, and y.

    Parameters
    ----------
    x_path, y_path : str or path-like, or None
        One file, or two.
    target : str or None
        Name of y in the first file.
    columns : list of str or None
        Names of X.
    written : Format or None
        Of CSV files.
    """
    first = read(x_path, written, target)
    if y_path is not None:
        if target is not None:
            raise ValueError("Expected either a second file or --target, got both.")
        second = read(y_path, written)
        X = _only_array(first, x_path) if isinstance(first, dict) else first
        y = _only_array(second, y_path) if isinstance(second, dict) else second
        if columns:
            X = pick(X, columns, x_path)
    elif isinstance(first, dict):
        X, y = _pair_from_archive(first, target, columns, x_path)
    else:
        if target is None:
            raise ValueError(f"Expected --target with the name of the column of {x_path} that is y, or a second file.")
        X, y = split_target(first, target, columns, x_path)
    X, y = _as_rows(X, "X"), _as_rows(y, "y")
    if len(X) != len(y):
        raise ValueError(f"Expected as many rows of X as of y, got {len(X)} and {len(y)}.")
    if len(X) == 0:
        raise ValueError(f"Expected rows in {x_path}, got none.")
    return X, y


def split_target(table, target, columns, path):
    """Return the columns of X, all but the target unless they are named, and the target, as DataFrames."""
    y = pick(table, [target], path)
    if columns and target in columns:
        raise ValueError(f"The target {target} is among --columns: it would tell everything about itself.")
    X = pick(table, columns, path) if columns else table.drop(columns=target)
    if X.shape[1] == 0:
        raise ValueError(f"Expected columns beside the target in {path}, got {target} alone.")
    return X, y


def usable_columns(X):
    """Return the columns of a table that can be used, with a warning that names the others."""
    if not hasattr(X, "columns"):
        return X
    reasons = unusable(X)
    if len(reasons) == X.shape[1]:
        raise ValueError(f"No column of X can be used. {listed(list(X.columns), [0])}: {reasons[0]}")
    for reason in dict.fromkeys(reasons.values()):
        those = [i for i, why in reasons.items() if why == reason]
        warn(f"{listed(list(X.columns), those)} of X: left out. {reason}", UnreliableEstimateWarning)
    return X.iloc[:, [i for i in range(X.shape[1]) if i not in reasons]] if reasons else X


def without_missing(X, y):
    """Return the rows in which nothing is missing."""
    complete = ~(_missing_rows(X) | _missing_rows(y))
    if not complete.any():
        raise ValueError("Every row has a missing value: leave out columns that lack most values with --columns.")
    return tuple(side[complete] if isinstance(side, np.ndarray) else side.loc[complete] for side in (X, y))


def check_complete(X, y):
    """Raise if a value is missing, with the names of the columns."""
    for side in (X, y):
        if hasattr(side, "columns"):
            missing = [str(name) for name in side.columns if side[name].isna().any()]
            if missing:
                n_rows = int(_missing_rows(side).sum())
                raise ValueError(
                    f"Missing values in {', '.join(missing)}, in {n_rows} of {len(side)} rows: pass --drop-missing to "
                    "leave those rows out, or fill them in first."
                )


def read(path, written=None, target=None):
    """Return a DataFrame, an array, or a dict of arrays, by the ending of the file.

    Parameters
    ----------
    path : str or path-like
    written : Format or None
    target : str or None
        Column of which no label shall be lost where not all rows are read.
    """
    path, written = Path(path), Format() if written is None else written
    ending = path.suffix.lower()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if ending in {".npy", ".npz"}:
        try:
            loaded = np.load(path, allow_pickle=False, mmap_mode="r" if ending == ".npy" and written.max_rows else None)
            if ending == ".npy":
                return _sampled_array(loaded, written.max_rows)
            # The seed is the same for all, so that arrays of as many rows keep the same ones.
            return {name: _sampled_array(part, written.max_rows) for name, part in loaded.items()}
        except (ValueError, OSError, EOFError) as error:
            raise ValueError(f"{path} could not be read as {ending[1:].upper()}: {error}") from None
    if ending not in {".csv", ".tsv", ".parquet"}:
        raise ValueError(f"Expected a file ending in .csv, .tsv, .npy, .npz or .parquet, got {path}.")
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("Tables need pandas. Install it with: python -m pip install 'skmi[cli]'") from None
    separator = written.separator or ("\t" if ending == ".tsv" else ",")
    try:
        options = {"sep": separator, "decimal": written.decimal, "encoding": written.encoding, "skipinitialspace": True}
        if written.max_rows is not None:
            table = _sampled_table(path, options, written.max_rows, target)
        elif ending == ".parquet":
            return pd.read_parquet(path)
        else:
            table = pd.read_csv(path, **options)
    except ImportError:
        raise ImportError("Parquet needs pyarrow. Install it with: python -m pip install pyarrow") from None
    except UnicodeError as error:
        raise ValueError(
            f"{path} is not written in {written.encoding} ({error}). Pass --encoding, such as latin-1 or utf-16."
        ) from None
    except LookupError:
        raise ValueError(
            f"Expected an encoding that Python knows, such as latin-1, got {written.encoding!r}."
        ) from None
    except Exception as error:
        raise ValueError(f"{path} could not be read as {ending[1:].upper()}: {error}") from None
    return _checked_header(table.rename(columns=lambda name: name.strip() if isinstance(name, str) else name), path)


def _sampled_table(path, options, max_rows, target):
    """Return some rows of a table as a DataFrame."""
    import pandas as pd

    if path.suffix.lower() == ".parquet":
        from pyarrow import parquet

        first, source = next(parquet.ParquetFile(path).iter_batches(_LOOKED_AT), None), path
        first = pd.DataFrame() if first is None else first.to_pandas()
    else:
        first, source = pd.read_csv(path, nrows=_LOOKED_AT, **options), pd.read_csv(path, chunksize=_AT_ONCE, **options)
    kinds = kinds_of(first[[target]], "y") if target in first.columns else None
    # Of texts that hardly repeat there are too many to keep some of each.
    labels = kinds is not None and kinds.all() and first[target].nunique() <= max(2, len(first) // 2)
    table = _sampled(source, max_rows, target if labels else None)
    return table if isinstance(table, pd.DataFrame) else table.to_pandas()


def _sampled_array(array, max_rows):
    return array if max_rows is None or array.ndim == 0 or len(array) <= max_rows else _sampled(array, max_rows)


def _sampled(source, max_rows, stratify=None):
    from ..feature_selection import sample_rows

    sample = sample_rows(source, max_rows, stratify=stratify, random_state=0)
    if len(sample) < sample.n_total:
        warn(
            f"{len(sample)} of {sample.n_total} rows were read: standard errors are {sample.error_factor:.1f} times "
            "those of all rows.",
            SkmiWarning,
        )
    return sample.table


def pick(table, names, path):
    """Return the named columns of a DataFrame."""
    if not hasattr(table, "columns"):
        raise ValueError(f"{path} holds an array without column names, so --target and --columns cannot name any.")
    unknown = [name for name in names if name not in table.columns]
    if unknown:
        raise ValueError(f"{path} has no column {', '.join(unknown)}; it has {', '.join(map(str, table.columns))}.")
    return table[names]


def _checked_header(table, path):
    """Return the table, or raise if its header shows that columns are separated by something else."""
    header = "".join(map(str, table.columns))
    for separator, name in _SEPARATORS.items():
        if header.count(separator) >= table.shape[1]:
            raise ValueError(f"{path} has columns with {separator!r} in their names. Pass --separator {name}.")
    return table


def _missing_rows(side):
    if hasattr(side, "columns"):
        return side.isna().any(axis=1).to_numpy()
    return np.isnan(side).any(axis=1) if side.dtype.kind == "f" else np.zeros(len(side), dtype=bool)


def _only_array(arrays, path):
    if len(arrays) != 1:
        raise ValueError(f"Expected one array in {path}, got {', '.join(arrays)}. Save it as NPY.")
    return next(iter(arrays.values()))


def _pair_from_archive(arrays, target, columns, path):
    """Return the arrays that make up X, side by side if there are several, and that which is y."""
    x_names = columns or [name for name in ("X", "x") if name in arrays][:1]
    y_names = [target] if target is not None else [name for name in ("y", "Y") if name in arrays][:1]
    unknown = [name for name in [*x_names, *y_names] if name not in arrays]
    if unknown or not x_names or not y_names:
        wanted = f"an array {', '.join(unknown)}" if unknown else "arrays X and y"
        raise ValueError(
            f"Expected {wanted} in {path}, got {', '.join(arrays)}. Name them with --columns and --target."
        )
    if y_names[0] in x_names:
        raise ValueError(f"The target {target} is among --columns: it would tell everything about itself.")
    parts = [_as_rows(arrays[name], name) for name in x_names]
    if len({len(part) for part in parts}) > 1:
        raise ValueError(f"Expected arrays of as many rows each, got {', '.join(str(len(part)) for part in parts)}.")
    return np.hstack(parts) if len(parts) > 1 else parts[0], arrays[y_names[0]]


def _as_rows(A, name):
    """Return a table with one row a sample: images are flattened, one column stays one column."""
    if hasattr(A, "columns"):
        return A
    if A.ndim == 0:
        raise ValueError(f"Expected an array with one row a sample for {name}, got a single value.")
    return A.reshape(len(A), -1) if len(A) else A.reshape(0, int(np.prod(A.shape[1:])))
