"""From files to one number: what ``skmi estimate`` calls."""

from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA

from .compressed import CompressedMI
from .compression import CanonicalCompressor
from .estimators import KSG, GaussianMI, KozachenkoLeonenko
from .exceptions import kept_warnings
from .feature_selection import mi_scores

_ESTIMATORS = {"ksg": KSG, "kl": KozachenkoLeonenko, "gaussian": GaussianMI}


def estimate_files(
    x_path,
    y_path=None,
    *,
    target=None,
    columns=None,
    estimator="ksg",
    n_neighbors=None,
    marginals=None,
    compress="none",
    latent_dim=2,
    image_shape=None,
    discrete_target=None,
    random_state=0,
):
    """Estimate I(X; y) from one or two files; returns a dict that JSON can hold.

    Raises
    ------
    ValueError, TypeError, OSError, ImportError
        With one line that says what is wrong with the files, the columns or the values.
    """
    X, y = _read_pair(x_path, y_path, target, _names(columns))
    inner = _estimator(estimator, n_neighbors, discrete_target, marginals)
    declared = {} if discrete_target is None else {"discrete_target": discrete_target}
    if compress == "none":
        if image_shape:
            raise ValueError(
                "--image-shape describes images for a compressor: pass --compress autoencoder or contrastive with it."
            )
        fitted = inner.fit(X, y)
        part, canonical = fitted, CanonicalCompressor()
        linear = CompressedMI(clone(inner), compressor=canonical, random_state=random_state, **declared)
    else:
        compressor = _compressor(compress, latent_dim, image_shape, wide_target=y.ndim == 2 and y.shape[1] > 1)
        X = _numbers(X)
        fitted = CompressedMI(inner, compressor=compressor, random_state=random_state, **declared).fit(X, y)
        part, linear = fitted.estimators_[0], fitted
    discrete = part.discrete_features_ if compress == "none" else np.zeros(X.shape[1], dtype=bool)
    names = list(getattr(X, "columns", [f"x{i}" for i in range(X.shape[1])]))
    return {
        "mi_nats": fitted.mi_,
        "mi_bits": fitted.mi_ / float(np.log(2)),
        "standard_error_nats": fitted.standard_error_,
        "n_samples": len(X),
        "n_features": int(X.shape[1]),
        "discrete_features": [str(names[i]) for i in np.flatnonzero(discrete)],
        "discrete_target": bool(fitted.discrete_target_.all()),
        "estimator": str(inner),
        "compressor": "none" if compress == "none" else str(compressor),
        "linear_mi_nats": _linear_mi(linear, X, y),
    }


def _linear_mi(model, X, y):
    """Return the linear baseline: the same estimator on linear codes of other rows; NaN where there are none."""
    try:
        if hasattr(model, "mi_"):
            return model.linear_baseline(X, y)
        with kept_warnings():
            return model.fit(X, y).mi_
    except ValueError:
        return float("nan")


def score_columns(path, target, columns=None, *, n_neighbors=3, discrete_target=None):
    """Return the :class:`skmi.feature_selection.MIScores` of a table; raises as :func:`estimate_files` does."""
    table = _read(path)
    if not hasattr(table, "columns"):
        raise ValueError(f"Expected a table with named columns (.csv, .tsv, .parquet), got {path}.")
    y = _pick(table, [target], path)[target]
    X = _pick(table, _names(columns), path) if columns else table.drop(columns=target)
    return mi_scores(
        X, y, n_neighbors=n_neighbors, discrete_target="auto" if discrete_target is None else discrete_target, n_jobs=-1
    )


def format_report(report):
    """Return the report of :func:`estimate_files` as text."""
    discrete = ", ".join(report["discrete_features"]) or "no column of X"
    lines = [
        ("I(X; y)", f"{report['mi_nats']:.4f} nats = {report['mi_bits']:.4f} bits"),
        ("standard error", f"{report['standard_error_nats']:.4f} nats"),
        ("rows, columns of X", f"{report['n_samples']}, {report['n_features']}"),
        ("taken as discrete", f"{discrete}; y: {'yes' if report['discrete_target'] else 'no'}"),
        ("estimator", report["estimator"]),
        ("compressor", report["compressor"]),
        ("linear baseline", "none" if np.isnan(linear := report["linear_mi_nats"]) else f"{linear:.4f} nats"),
    ]
    return "\n".join(f"{name:<19} {value}" for name, value in lines)


def _names(columns):
    """Return the names in a list separated by commas, or None."""
    return [name.strip() for name in columns.split(",")] if columns else None


def _estimator(name, n_neighbors, discrete_target, marginals):
    parameters = {} if discrete_target is None else {"discrete_target": discrete_target}
    if n_neighbors is not None:
        if name == "gaussian":
            raise ValueError("--n-neighbors goes with --estimator ksg or kl; the Gaussian estimator has none.")
        parameters["n_neighbors"] = n_neighbors
    if marginals is not None:
        if name != "ksg":
            raise ValueError("--marginals goes with --estimator ksg.")
        parameters["marginals"] = marginals
    return _ESTIMATORS[name](**parameters)


def _compressor(name, latent_dim, image_shape, wide_target):
    if name == "pca":
        if image_shape:
            raise ValueError(
                "--image-shape goes with --compress autoencoder or contrastive; PCA takes rows as they are."
            )
        return PCA(latent_dim)
    from .compression import AutoencoderCompressor, ContrastiveCompressor

    shape = _shape(image_shape)
    if name == "contrastive":
        return ContrastiveCompressor(latent_dim, image_shape=shape, y_image_shape=shape if wide_target else None)
    return AutoencoderCompressor(latent_dim, image_shape=shape)


def _shape(text):
    if text is None:
        return None
    try:
        return tuple(int(side) for side in text.split(","))
    except ValueError:
        raise ValueError(f"Expected --image-shape such as 28,28 or 3,32,32, got {text!r}.") from None


def _numbers(X):
    """Return the columns as numbers, which is what compressors take."""
    try:
        return np.asarray(X, dtype=float)
    except (ValueError, TypeError):
        texts = [name for name in X.columns if X[name].dtype.kind not in "biuf"]
        raise ValueError(
            f"Compressors take numbers, but columns {texts} hold text. Leave them out with --columns, or use "
            "--compress none."
        ) from None


def _read_pair(x_path, y_path, target, columns):
    """Return X, two-dimensional, and y."""
    first = _read(x_path)
    if y_path is not None:
        if target is not None:
            raise ValueError("Expected either a second file or --target, got both.")
        second = _read(y_path)
        X = _only_array(first, x_path) if isinstance(first, dict) else first
        y = _only_array(second, y_path) if isinstance(second, dict) else second
        if columns:
            X = _pick(X, columns, x_path)
    elif isinstance(first, dict):
        X = _from_archive(first, columns[0] if columns else None, ("X", "x"), x_path)
        y = _from_archive(first, target, ("y", "Y"), x_path)
    else:
        if target is None:
            raise ValueError(f"Expected --target with the name of the column of {x_path} that is y, or a second file.")
        y = _pick(first, [target], x_path)
        if columns and target in columns:
            raise ValueError(f"The target {target} is among --columns: it would tell everything about itself.")
        X = _pick(first, columns, x_path) if columns else first.drop(columns=target)
    X, y = (_as_rows(A) for A in (X, y))
    if len(X) != len(y):
        raise ValueError(f"Expected as many rows of X as of y, got {len(X)} and {len(y)}.")
    return X, y


def _read(path):
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


def _pick(table, names, path):
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
