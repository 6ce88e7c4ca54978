"""Estimates for every column of a table with one target, in threads, and warnings about the data."""

import numpy as np
from joblib import Parallel, delayed
from scipy.special import digamma
from sklearn.utils import check_consistent_length
from tqdm.auto import tqdm

from .._neighbors import kernels_are_loaded
from .._tables import ColumnCoder, Columns, column_names, column_numbers, split_columns
from ..estimators import is_largest, ksg_of_columns, pointwise_ksg, warn_repeated_rows
from ..exceptions import ConstantColumnWarning, InfiniteMIWarning, RareClassWarning, warn

_BLOCK = 8  # columns per task: enough that threads seldom wait for each other
_VALUES_WORTH_LOADING = 50_000  # rows times columns from which compiled kernels save more time than loading costs


def each_column(X, y, discrete_features, discrete_target, n_neighbors, n_jobs, verbose):
    """Return (pointwise estimates, whether the column is discrete) for each column."""
    columns, targets = split_columns(X, "X"), split_columns(y, "y")
    check_consistent_length(columns[0].values, targets[0].values)
    if len(targets) != 1:
        raise ValueError(f"Expected a target of one column, got {len(targets)}. Use KSG for several at once.")
    target, names = targets[0], column_names(X)
    kinds = _kinds(discrete_features, len(columns), names)
    has_target = ~target.missing
    if np.count_nonzero(has_target) < 2:
        raise ValueError("Expected at least 2 rows in which y is not missing.")
    y_where_present = ColumnCoder("y").fit([target.rows(has_target)], discrete_target)
    _ = y_where_present.standardized, y_where_present.order  # cached here, before threads share them
    names = list(range(len(columns))) if names is None else names
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(columns), _BLOCK)]
    shared = target, has_target, y_where_present, n_neighbors, _is_worth_compiling(len(target.values), len(columns))
    found = Parallel(n_jobs=n_jobs, backend="threading", return_as="generator")(
        delayed(_one_block)(columns[block], kinds[block], names[block], *shared) for block in blocks
    )
    shown = tqdm(found, total=len(blocks), desc=f"{_BLOCK} columns each", disable=not verbose, leave=False)
    results = [result for block in shown for result in block]
    _warn_of_columns(columns, names, results, y_where_present, has_target, n_neighbors)
    return results


def _is_worth_compiling(n_samples, n_columns):
    """Return whether compiled kernels are loaded already, or save more time than loading them costs."""
    return kernels_are_loaded() or n_samples * n_columns >= _VALUES_WORTH_LOADING


def _warn_of_columns(columns, names, results, y, has_target, n_neighbors):
    """Warn once about each problem that makes scores of some or all columns misleading."""
    if y.is_discrete[0]:
        alone = int(np.count_nonzero(np.bincount(y.strata) == 1))
        if alone and not all(is_discrete for _, is_discrete in results):
            warn(
                f"{alone} of {len(y)} rows were left out of the scores of continuous columns, because their label in y "
                "occurs only once. Merge rare classes, or pass discrete_target=False if y is a quantity.",
                RareClassWarning,
            )
    if np.ptp(y.values) == 0:
        warn("y is constant: all scores are zero.", ConstantColumnWarning)
    constant = [i for i, column in enumerate(columns) if _is_constant(column)]
    if constant:
        warn(f"{_listed(names, constant)} of X: constant, so the score is zero.", ConstantColumnWarning)
    continuous = [i for i, (_, is_discrete) in enumerate(results) if not is_discrete and i not in constant]
    if y.is_discrete[0] or not continuous:
        return
    # psi(n) - psi(k), the largest value of KSG; missing values make n differ between columns.
    ceilings = {i: digamma(len(results[i][0])) - digamma(n_neighbors) for i in continuous}
    exact = [i for i in continuous if is_largest(results[i][0].mean(), ceilings[i], n_neighbors)]
    if exact:
        warn(
            f"{_listed(names, exact)} of X and y determine each other up to the resolution of the sample: the score is "
            "the largest one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
        )
    # Rows that repeat in the table repeat in every column: one check is enough.
    first = next((i for i in continuous if i not in exact and _is_plain(columns[i])), None)
    if first is not None:
        x = columns[first].values[has_target].astype(float)[:, None]
        warn_repeated_rows(Columns(x, np.array([False])), y)


def _is_constant(column):
    # Columns of other dtypes have no missing values; indexing them would copy.
    present = column.values[~column.missing] if column.values.dtype.kind in "fO" else column.values
    if column.kind == "label":
        return len(set(present.tolist())) == 1
    return present.size > 0 and bool(present.min() == present.max())


def _listed(names, columns):
    """Return the names of some columns as the start of a sentence."""
    some = ", ".join(str(names[i]) for i in columns[:5]) + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")
    return f"Column {some}" if len(columns) == 1 else f"Columns {some}"


def _one_block(columns, kinds, names, target, has_target, y, n_neighbors, compiled):
    """Return (pointwise estimates, whether the column is discrete) for one block of columns."""
    results = [None] * len(columns)
    plain = [i for i in range(len(columns)) if kinds[i] in ("auto", False) and _is_plain(columns[i])]
    # One compiled call for all plain columns. It returns None for a column with ties, which goes the general way.
    if plain and compiled and has_target.all():
        fast = ksg_of_columns(np.column_stack([columns[i].values for i in plain]).astype(float), y, n_neighbors)
        for i, pointwise in zip(plain, fast, strict=True):
            results[i] = None if pointwise is None else (pointwise, False)
    return [
        _one_column(columns[i], target, has_target, y, kinds[i], n_neighbors, names[i]) if result is None else result
        for i, result in enumerate(results)
    ]


def _is_plain(column):
    """Return whether a column holds floats, all of them finite."""
    return column.kind == "number" and bool(np.isfinite(column.values).all())


def _one_column(column, target, has_target, y_where_present, discrete, n_neighbors, name):
    present = has_target & ~column.missing
    if np.count_nonzero(present) < 2:
        raise ValueError(f"Expected at least 2 rows in which neither column {name} of X nor y is missing.")
    x = ColumnCoder(f"X, column {name}").fit([column.rows(present)], discrete)
    y = y_where_present
    # y is standardised and sorted again only if missing values of this column leave out further rows.
    if not np.array_equal(present, has_target):
        y = ColumnCoder("y").fit([target.rows(present)], y.is_discrete)
    try:
        return pointwise_ksg(x, y, n_neighbors)[0], bool(x.is_discrete[0])
    except ValueError as error:
        raise ValueError(f"Column {name} of X: {error}") from error


def _kinds(discrete_features, n_columns, names):
    """Return for each column "auto" or whether it is declared discrete."""
    if isinstance(discrete_features, str):
        return [discrete_features] * n_columns
    if np.ndim(discrete_features) == 0:
        return [bool(discrete_features)] * n_columns
    columns = column_numbers(discrete_features, n_columns, names, "discrete_features")
    return np.isin(np.arange(n_columns), columns).tolist()
