"""What scikit-learn checks, and what it lets pass: masks, which it drops in silence, and sparse data."""

from contextlib import contextmanager

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ._reading import column_names, is_flat, refuse_no_table, sparse_text

_MOST_NAMED = 10  # columns, in a message
_LARGEST, LARGEST_SQUARED = 1e300, 1e150  # differences of larger doubles overflow, and their squares


def check_table(estimator, X, y="no_validation", *, reset, accept_sparse=False):
    """Check names and number of columns, that y is there, and that X has two dimensions and is dense."""
    refuse_no_table(X, "X")
    if not accept_sparse:
        refuse_sparse(X, "X")
    if not issparse(X) and is_flat(X):
        raise ValueError(
            f"Expected 2D array for X, got 1D array of shape ({len(X)},) instead. Reshape your data using "
            "array.reshape(-1, 1) if it has a single feature or array.reshape(1, -1) if it is a single sample."
        )
    validate_data(estimator, X, y, reset=reset, skip_check_array=True)


def numbers(values, name, largest=_LARGEST, names=None, **options):
    """Return an array of numbers as ``check_array`` of scikit-learn does, none too large, none masked, none text."""
    refuse_no_table(values, name)
    refuse_masked(values, name)
    with _naming(name, values, names):
        array = check_array(values, input_name=name, **options)
    refuse_huge(array, name, largest)
    return array


def as_rows(sample, name):
    """Return a continuous sample as floats of shape (n_samples, n_features); one-dimensional ones are a column."""
    refuse_masked(sample, name)
    if np.iscomplexobj(sample):
        raise ValueError(f"Complex data not supported in {name}. Pass real and imaginary parts as two columns.")
    array = np.asarray(sample, dtype=np.float64)
    # Nothing scales these rows before their squares are taken.
    return numbers(array.reshape(len(array), -1) if array.ndim else array, name, LARGEST_SQUARED, ensure_min_samples=2)


def validated(estimator, X, **options):
    """Return X as ``validate_data`` of scikit-learn does, none too large, none masked, none text."""
    refuse_no_table(X, "X")
    refuse_masked(X, "X")
    with _naming("X", X):
        array = validate_data(estimator, X, **options)
    refuse_huge(array, "X")
    return array


@contextmanager
def _naming(name, values, names=None):
    """Say in an error what was to be converted; tensors are converted too, whatever the dispatch."""
    try:
        with config_context(array_api_dispatch=False):
            yield
    except ValueError as error:
        text = str(error)
        if text.startswith("could not convert"):
            raise ValueError(
                f"Expected numbers in {name}, got text: {error}. Encode labels as columns of numbers."
            ) from error
        where = _without_number(values, column_names(values) if names is None else names) if "contains" in text else ""
        if not where:
            raise
        raise ValueError(f"{text.splitlines()[0]} {where} Drop those rows, or impute them.") from None


def _without_number(values, names):
    """Return a sentence on the columns of numbers that hold missing or infinite ones, empty where none is found."""
    values = np.asarray(values)
    if values.ndim != 2 or values.dtype.kind != "f":
        return ""
    lacking = ~np.isfinite(values)
    columns = np.flatnonzero(lacking.any(axis=0))
    if not columns.size:
        return ""
    n_rows = f"in {lacking.any(axis=1).sum()} of {len(values)} rows"
    if names is None and values.shape[1] == 1:
        return f"It is {n_rows}."
    some = ", ".join(str(i if names is None else names[i]) for i in columns[:_MOST_NAMED])
    more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
    plural = "s" if len(columns) > 1 else ""
    return f"It is in column{plural} {some}{more}, {n_rows}."


def refuse_huge(array, name, most=_LARGEST):
    """Raise for doubles whose differences overflow, or their squares."""
    if getattr(array, "dtype", None) in (np.float64, np.longdouble) and array.size:
        largest = max(array.max(), -array.min())
        if largest > most:
            raise ValueError(
                f"Expected numbers up to {most:.0e} in {name}, got {largest:.1e}, which may stand for a missing "
                "value. Leave such rows out, or rescale the column."
            )


def refuse_sparse(table, name):
    """Raise for sparse data."""
    if issparse(table):
        raise TypeError(sparse_text(name))


def refuse_masked(table, name):
    """Raise for a masked array that masks something."""
    if isinstance(table, np.ma.MaskedArray) and np.ma.is_masked(table):
        raise ValueError(
            f"{name} contains missing values: {np.ma.getmaskarray(table).sum()} values of the masked array are masked. "
            "Drop those rows or fill them in."
        )


def flattened(images, image_shape, name, parameter="image_shape"):
    """Return images as rows, and the shape of one, or what is no stack of images as it is, and the shape given.

    Parameters
    ----------
    images : array-like
        Images have shape (n_samples, height, width) or (n_samples, channels, height, width).
    image_shape : tuple of int or None
        What the user has said.
    name, parameter : str
        For messages.
    """
    if hasattr(images, "__dlpack__") and not isinstance(images, np.ndarray) and column_names(images) is None:
        images = images.detach() if hasattr(images, "detach") else images  # a tensor that keeps its gradient
        images = np.asarray(images)  # a tensor, which NumPy's row numbers cannot index under array dispatch
    shape = getattr(images, "shape", ())
    if len(shape) not in (3, 4):
        return images, image_shape
    if image_shape is not None and tuple(image_shape) != tuple(shape[1:]):
        raise ValueError(
            f"Expected {parameter}={tuple(image_shape)} as the images of {name} have it, which are {tuple(shape[1:])}. "
            "Leave it out, or pass flattened rows."
        )
    refuse_channels_last(shape[1:], name)
    return np.asanyarray(images).reshape(shape[0], -1), tuple(shape[1:])


def refuse_channels_last(shape, name):
    """Raise for the shape of an image whose channels come last, as image files have them."""
    if len(shape) == 3 and shape[-1] in (1, 3) and min(shape[:2]) > 4:
        raise ValueError(
            f"Expected images with the channels first, (channels, height, width), in {name}, got {tuple(shape)}, whose "
            "last axis looks like channels. Move it, as np.moveaxis(images, -1, 1) does."
        )
