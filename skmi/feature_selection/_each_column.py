"""Estimates for every column of a table with one target, in threads, and warnings about the data."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from scipy.special import digamma
from sklearn.utils import check_consistent_length
from tqdm.auto import tqdm

from .._neighbors import kernels_are_loaded
from .._parallel import Workers
from .._tables import (
    NAMES_ROWS,
    NEITHER,
    ColumnCoder,
    Columns,
    SparseColumns,
    column_names,
    column_numbers,
    listed,
    mostly_unique,
    split_columns,
)
from ..estimators import (
    effective_rows,
    has_outliers,
    in_time,
    is_largest,
    ksg_of_columns,
    labels_entropy,
    labels_error,
    look_like_codes,
    pointwise_ksg,
    prepared,
    share_alone,
    warn_repeated_rows,
)
from ..exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    RareClassWarning,
    SerialDependenceWarning,
    UnreliableEstimateWarning,
    warn,
)

_FIRST_ROWS, _MOST_CODES = 16, 100
_OVERLAP = 1.2  # of true and naive standard errors of one column with y, found by simulation; KSG computes its own
_BLOCK = 8  # columns per task: enough that threads seldom wait for each other
MAX_ALONE = 0.1  # share of rows alone in their cell of the table of two labels, from which a score can be far off
_COLUMNS_OF_SERIES = 20  # looked at, to tell whether rows follow one another in time
_VALUES_WORTH_LOADING = 50_000  # rows times columns from which compiled kernels save more time than loading costs


class Found(NamedTuple):
    """What was found for a column."""

    mi: float  # NaN if there is no estimate
    is_discrete: bool
    n_samples: int = 0
    standard_error: float = np.nan
    most: float = np.inf  # that labels allow: the smaller of the entropies of both sides
    reason: str = ""  # why there is no estimate

    @classmethod
    def of(cls, pointwise, is_discrete, standard_error, most):
        """Return what the estimates of rows come to."""
        # Sums of values that lie apart in memory may differ in the last digit.
        return cls(float(np.ascontiguousarray(pointwise).mean()), is_discrete, len(pointwise), standard_error, most)

    @classmethod
    def nothing(cls, reason, is_discrete=False):
        """Return a column without an estimate."""
        return cls(np.nan, is_discrete, reason=reason)

    @property
    def normalized(self):
        """The estimate between 0 and 1, as :class:`MIScores` describes it."""
        mi = np.nan if np.isnan(self.mi) else max(self.mi, 0.0)
        if np.isfinite(self.most):
            return min(mi / self.most, 1.0) if self.most > 0 else 0.0 * mi
        return float(np.sqrt(-np.expm1(-2 * mi)))


def each_column(X, y, discrete_features, discrete_target, n_neighbors, marginals, n_jobs, verbose):
    """Return what was found for each column, a list of Found.

    A column that cannot be scored has the single estimate NaN, and a warning says why.
    """
    columns, targets = columns_of(X), split_columns(y, "y")
    lengths = [X] if issparse(X) else [column.values for column in columns if column is not None]
    check_consistent_length(*lengths, targets[0].values)
    if len(targets) != 1:
        raise ValueError(f"Expected a target of one column, got {len(targets)}. Use KSG for several at once.")
    target, names = targets[0], column_names(X)
    kinds = kinds_asked(discrete_features, len(columns), names)
    has_target = ~target.missing
    if np.count_nonzero(has_target) < 2:
        raise ValueError("Expected at least 2 rows in which y is not missing.")
    y_where_present = ColumnCoder("y").fit([target.rows(has_target)], discrete_target)
    _ = prepared(y_where_present, marginals), y_where_present.order  # cached here, before threads share them
    names = list(range(len(columns))) if names is None else names
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(columns), _BLOCK)]
    settings = (
        target,
        has_target,
        y_where_present,
        n_neighbors,
        marginals,
        is_worth_compiling(len(target.values), len(columns)),
    )
    workers = Workers(columns, kinds, settings, n_jobs=n_jobs, prefer="threads")
    found = workers.run(_block_of, [(block,) for block in blocks])
    shown = tqdm(found, total=len(blocks), desc=f"{_BLOCK} columns each", disable=not verbose, leave=False)
    results = [result for block in shown for result in block]
    _warn_unscored(names, results)
    scored = [i for i, found in enumerate(results) if not found.reason]
    kept = columns.some(scored) if issparse(X) else [columns[i] for i in scored]
    of_scored = kept, *([part[i] for i in scored] for part in (names, results))
    _warn_of_columns(*of_scored, y_where_present, has_target, n_neighbors, marginals)
    return results


def columns_of(X):
    """Return the columns of a table, those of sparse data one by one when they are asked for."""
    return SparseColumns(X) if issparse(X) else split_columns(X, "X", refuse=False)


def _warn_unscored(names, results):
    """Warn of the columns that have no score, by reason."""
    reasons = {}
    for i, found in enumerate(results):
        if found.reason:
            reasons.setdefault(found.reason, []).append(i)
    if sum(map(len, reasons.values())) == len(results):
        raise ValueError(f"No column of X can be scored. {listed(names, [0])}: {results[0].reason}")
    for reason, found in reasons.items():
        warn(f"{listed(names, found)} of X: no score, and NaN instead. {reason}", UnreliableEstimateWarning)


def is_worth_compiling(n_samples, n_columns):
    """Return whether compiled kernels are loaded already, or save more time than loading them costs."""
    return kernels_are_loaded() or n_samples * n_columns >= _VALUES_WORTH_LOADING


def _warn_of_columns(columns, names, results, y, has_target, n_neighbors, marginals):
    """Warn once about each problem that makes scores of some or all columns misleading."""
    if y.is_discrete[0]:
        alone = int(np.count_nonzero(np.bincount(y.strata) == 1))
        if alone and not all(found.is_discrete for found in results):
            warn(
                f"{alone} of {len(y)} rows were left out of the scores of continuous columns, because their label in y "
                "occurs only once. Merge rare classes, or pass discrete_target=False if y is a quantity.",
                RareClassWarning,
            )
    if np.ptp(y.values) == 0:
        warn("y is constant: all scores are zero.", ConstantColumnWarning)
    constant = [i for i, column in enumerate(columns) if is_constant(column)]
    if constant:
        warn(f"{listed(names, constant)} of X: constant, so the score is zero.", ConstantColumnWarning)
    continuous = [i for i, found in enumerate(results) if not found.is_discrete and i not in constant]
    if marginals == "standardize":
        rough = [i for i in continuous if has_outliers(_present(columns[i], has_target))[0]]
        if rough:
            warn(
                f"{listed(names, rough)} of X: outliers or heavy tails, beside which all other values look the same, "
                'so that the score is too low. Pass marginals="normal", or treat the outliers first, which may stand '
                "for missing values.",
                UnreliableEstimateWarning,
            )
        if not y.is_discrete[0] and has_outliers(y.values)[0]:
            warn('y has outliers or heavy tails: pass marginals="normal", or treat them.', UnreliableEstimateWarning)
    if y.is_discrete[0]:
        sparse = [i for i, found in enumerate(results) if found.is_discrete and _is_sparse(columns[i], y, has_target)]
        if sparse:
            warn(
                f"{listed(names, sparse)} of X: a tenth of the rows or more are alone with their values of X and y, "
                "so that the score can be far off. Merge rare values.",
                UnreliableEstimateWarning,
            )
    _warn_codes(columns, continuous, names, y, has_target)
    if not continuous:
        return
    _warn_series([columns[i] for i in continuous], y, has_target)
    exact = []
    if not y.is_discrete[0]:
        # psi(n) - psi(k), the largest value of KSG; missing values make n differ between columns.
        ceilings = {i: digamma(results[i].n_samples) - digamma(n_neighbors) for i in continuous}
        exact = [i for i in continuous if is_largest(results[i].mi, ceilings[i], n_neighbors)]
    if exact:
        warn(
            f"{listed(names, exact)} of X and y determine each other up to the resolution of the sample: the score is "
            "the largest one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
        )
    # Rows that repeat in the table repeat in every column: one check is enough.
    first = next((i for i in continuous if i not in exact and _is_plain(columns[i])), None)
    if first is not None:
        x = columns[first].values[has_target].astype(float)[:, None]
        warn_repeated_rows(Columns(x, np.array([False])), y)


def _warn_series(columns, y, has_target):
    """Warn if the target and most of the columns looked at follow one another in time."""
    looked_at = [_present(column, has_target) for column in columns[:_COLUMNS_OF_SERIES] if _is_plain(column)]
    if not looked_at:
        return
    worth = np.median([effective_rows(column, in_time(y)) for column in looked_at])
    if worth < 0.5 * len(y):
        warn(
            f"y and columns of X change slowly from row to row, as time series do: {len(y)} rows are worth some "
            f"{worth:.0f} independent ones. Independent series read as dependent then. Compare with the scores after a "
            "circular shift of y, np.roll(y, len(y) // 2), or thin the rows.",
            SerialDependenceWarning,
        )


def _warn_codes(columns, continuous, names, y, has_target):
    """Warn of whole numbers that look like codes of labels."""
    if len(continuous) > _MOST_CODES:  # of hundreds of columns, such as pixels, some look so by chance
        return
    target = y.strata if y.is_discrete[0] else y.values[:, 0]
    codes = [i for i in continuous if _may_be_codes(columns[i], target, has_target)]
    if codes:
        warn(
            f"{listed(names, codes)} of X: read as quantities, but rows of one value are alike, and those of "
            "neighbouring values are not, as if they were codes of labels. If so, pass discrete_features, or text.",
            UnreliableEstimateWarning,
        )


def _may_be_codes(column, target, has_target):
    present = ~column.missing[has_target]
    values = column.values[has_target][present]
    # The first rows tell most numbers from whole ones.
    if column.kind == "label" or (values[:_FIRST_ROWS] != np.round(values[:_FIRST_ROWS])).any():
        return False
    return look_like_codes(values.astype(float), target[present])


def _present(column, has_target):
    """Return the values of a column of numbers that are there, as a column."""
    values = column.values[has_target].astype(float)
    return values[np.isfinite(values)][:, None]


def _is_sparse(column, y, has_target):
    """Return whether many rows are alone in their cell of the table of a column of labels and the target."""
    present = ~column.missing[has_target]
    labels = ColumnCoder("X").fit([column.rows(has_target).rows(present)], True).strata
    return share_alone(labels, y.strata[present]) >= MAX_ALONE


def is_constant(column):
    # Columns of other dtypes have no missing values; indexing them would copy.
    present = column.values[~column.missing] if column.values.dtype.kind in "fO" else column.values
    if column.kind == "label":
        return len(set(present.tolist())) == 1
    return present.size > 0 and bool(present.min() == present.max())


def _block_of(columns, kinds, settings, block):
    return one_block(columns[block], kinds[block], *settings)


def one_block(columns, kinds, target, has_target, y, n_neighbors, marginals, compiled):
    """Return what was found for one block of columns."""
    results = [None] * len(columns)
    plain = [
        i
        for i, column in enumerate(columns)
        if column is not None and kinds[i] in ("auto", False) and _is_plain(column)
    ]
    # One compiled call for all plain columns. It returns None for a column with ties, which goes the general way.
    if plain and compiled and has_target.all():
        fast = ksg_of_columns(
            np.column_stack([columns[i].values for i in plain]).astype(float), y, n_neighbors, marginals
        )
        for i, pointwise in zip(plain, fast, strict=True):
            most = labels_entropy(y.strata) if y.is_discrete[0] else np.inf
            results[i] = None if pointwise is None else Found.of(pointwise, False, _error(pointwise), most)
    return [
        _one_column(columns[i], target, has_target, y, kinds[i], n_neighbors, marginals) if result is None else result
        for i, result in enumerate(results)
    ]


def _is_plain(column):
    """Return whether a column holds floats, all of them finite."""
    return column.kind == "number" and bool(np.isfinite(column.values).all())


def _one_column(column, target, has_target, y_where_present, discrete, n_neighbors, marginals):
    """Return what was found for one column, a reason in place of estimates if it has none.

    One column that cannot be scored must not cost the scores of all others.
    """
    if column is None:
        return Found.nothing(NEITHER)
    present = has_target & ~column.missing
    if np.count_nonzero(present) < 2:
        reason = "Expected at least 2 rows in which neither it nor y is missing."
        return Found.nothing(reason, column.kind == "label")
    try:
        x = ColumnCoder("the column").fit([column.rows(present)], discrete)
        y = y_where_present
        if not np.array_equal(present, has_target):
            y = ColumnCoder("y").fit([target.rows(present)], y.is_discrete)
        if x.is_discrete[0] and mostly_unique(x.strata):
            return Found.nothing(NAMES_ROWS, True)
        pointwise = pointwise_ksg(x, y, n_neighbors, marginals=marginals)[0]
        counted = x.is_discrete[0] and y.is_discrete[0]
        error = labels_error(pointwise, x.strata, y.strata) if counted else _error(pointwise)
        most = min([labels_entropy(side.strata) for side in (x, y) if side.is_discrete[0]], default=np.inf)
        return Found.of(pointwise, bool(x.is_discrete[0]), error, most)
    except ValueError as error:
        return Found.nothing(str(error).replace(", column 0", ""), column.kind == "label")


def _error(pointwise):
    return _OVERLAP * float(np.std(pointwise, ddof=1) / np.sqrt(len(pointwise))) if len(pointwise) > 1 else np.nan


def kinds_asked(discrete_features, n_columns, names):
    """Return for each column "auto" or whether it is declared discrete."""
    if isinstance(discrete_features, str):
        return [discrete_features] * n_columns
    if np.ndim(discrete_features) == 0:
        return [bool(discrete_features)] * n_columns
    columns = column_numbers(discrete_features, n_columns, names, "discrete_features")
    return np.isin(np.arange(n_columns), columns).tolist()
