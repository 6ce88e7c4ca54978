"""Reading X and y from files."""

from pathlib import Path

import numpy as np


def names_in(columns):
    """Return the names in a list separated by commas, or None."""
    return [name.strip() for name in columns.split(",")] if columns else None


def read_pair(x_path, y_path=None, target=None, columns=None):
    """Return X, two-dimensional, and y."""
    first = read(x_path)
    if y_path is not None:
        if target is not None:
            raise ValueError("Expected either a second file or --target, got both.")
        second = read(y_path)
        X = _only_array(first, x_path) if isinstance(first, dict) else first
        y = _only_array(second, y_path) if isinstance(second, dict) else second
        if columns:
            X = pick(X, columns, x_path)
    elif isinstance(first, dict):
        X = _from_archive(first, columns[0] if columns else None, ("X", "x"), x_path)
        y = _from_archive(first, target, ("y", "Y"), x_path)
    else:
        if target is None:
            raise ValueError(f"Expected --target with the name of the column of {x_path} that is y, or a second file.")
        y = pick(first, [target], x_path)
        if columns and target in columns:
            raise ValueError(f"The target {target} is among --columns: it would tell everything about itself.")
        X = pick(first, columns, x_path) if columns else first.drop(columns=target)
    X, y = (_as_rows(A) for A in (X, y))
    if len(X) != len(y):
        raise ValueError(f"Expected as many rows of X as of y, got {len(X)} and {len(y)}.")
    return X, y


def read(path):
    """Return a DataFrame, an array, or a dict of arrays, by the ending of the file."""
    path = Path(path)
    ending = path.suffix.lower()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if ending in {".npy", ".npz"}:
        try:
            loaded = np.load(path, allow_pickle=False)
            return loaded if ending == ".npy" else dict(loaded)
        except (ValueError, OSError, EOFError) as error:
            raise ValueError(f"{path} could not be read as {ending[1:].upper()}: {error}") from None
    if ending not in {".csv", ".tsv", ".parquet"}:
        raise ValueError(f"Expected a file ending in .csv, .tsv, .npy, .npz or .parquet, got {path}.")
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("Tables need pandas. Install it with: python -m pip install 'skmi[cli]'") from None
    try:
        if ending == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, sep="\t" if ending == ".tsv" else ",")
    except ImportError:
        raise ImportError("Parquet needs pyarrow. Install it with: python -m pip install pyarrow") from None
    except Exception as error:
        raise ValueError(f"{path} could not be read as {ending[1:].upper()}: {error}") from None
    return table


def pick(table, names, path):
    """Return the named columns of a DataFrame."""
    if not hasattr(table, "columns"):
        raise ValueError(f"{path} holds an array without column names, so --target and --columns cannot name any.")
    unknown = [name for name in names if name not in table.columns]
    if unknown:
        raise ValueError(f"{path} has no column {', '.join(unknown)}; it has {', '.join(map(str, table.columns))}.")
    return table[names]


def _only_array(arrays, path):
    if len(arrays) != 1:
        raise ValueError(f"Expected one array in {path}, got {', '.join(arrays)}. Save it as NPY.")
    return next(iter(arrays.values()))


def _from_archive(arrays, name, defaults, path):
    for key in (name,) if name is not None else defaults:
        if key in arrays:
            return arrays[key]
    wanted = name if name is not None else " or ".join(defaults)
    raise ValueError(f"Expected an array {wanted} in {path}, got {', '.join(arrays)}.")


def _as_rows(A):
    """Return a table with one row a sample: images are flattened, one column stays one column."""
    if hasattr(A, "columns"):
        missing = [str(name) for name in A.columns if A[name].isna().any()]
        if missing:
            raise ValueError(f"Missing values in {', '.join(missing)}: drop those rows or fill them in first.")
        return A
    if A.ndim == 0:
        raise ValueError("Expected an array with one row a sample, got a single value.")
    return A.reshape(len(A), -1)
