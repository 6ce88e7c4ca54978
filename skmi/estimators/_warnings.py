"""Warnings about data on which estimates mislead."""

import numpy as np

from .._maps import standardize
from .._tables import strata_of
from ..exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    RareClassWarning,
    RepeatedRowsWarning,
    SaturationWarning,
    SerialDependenceWarning,
    UnreliableEstimateWarning,
    are_wanted,
    warn,
)
from ._labels import share_alone
from ._serial import effective_rows

_CAP_MARGIN = 1.5  # warn if an estimate comes closer than this to its ceiling, in nats
_MANY_ERRORS, _FAR_BELOW_ZERO, _ABSURD = 5, 0.1, -1.0  # standard errors; nats below zero; nats
_MAX_ALONE = 0.1  # warn if this share of the rows is alone in its cell of the table of X and y
_OUTLYING = 20.0  # standard deviation over that which the quartiles show, from which outliers rule
_FIRST_ROWS = 16
_LABELS_IN_TIME = 8  # that are looked at one by one
_COPIED, _SAME_LABEL = 0.05, 0.99  # shares of rows that are copies, and of pairs of copies with one label
_ROUNDED, _DISTINCT = 0.1, 0.2  # shares of gaps of one step in rounded values; of different rows among copies
_FEW_ROWS_IN_QUARTILES, _ROWS_FOR_QUARTILES = 20, 2000
_MIN_DISTINCT = 10  # different rows, from which a common divisor of their counts is no chance
_IDENTITY = 1e-11  # of an eigenvalue of a correlation matrix, to which rounding leaves a linear identity
_MAX_COLUMNS = 200  # of which a correlation matrix costs little


def warn_constant(columns, name):
    """Warn of constant columns."""
    # The first rows tell most columns from constant ones.
    suspects = np.flatnonzero(np.ptp(columns.values[:_FIRST_ROWS], axis=0) == 0)
    constant = suspects[np.ptp(columns.values[:, suspects], axis=0) == 0]
    if constant.size:
        warn(
            f"{columns.listed(constant)} of {name} are constant: they carry no information and are ignored.",
            ConstantColumnWarning,
        )


def warn_rare(kept, x, y, how_often="once only"):
    """Warn of rows that were dropped because their discrete values occur too rarely."""
    if not kept.all():
        warn(
            f"{np.count_nonzero(~kept)} of {len(kept)} rows were dropped: their combination of discrete values "
            f"({x.is_discrete.sum()} columns of X, {y.is_discrete.sum()} of y) occurs {how_often}. Merge rare classes, "
            "or declare quantities with discrete_features=False or discrete_target=False.",
            RareClassWarning,
        )


def warn_sparse_table(x, y):
    """Warn of discrete data whose combinations of values hardly repeat, from which counting finds up to log n nats."""
    if not (x.is_discrete.all() and y.is_discrete.all()):
        return
    alone = share_alone(x.strata, y.strata)
    if alone >= _MAX_ALONE:
        warn(
            f"{alone:.0%} of the rows have combinations of discrete values of X and y that occur nowhere else: the "
            "sample does not show how such values go together, and the estimate can be far off. Declare quantities "
            "with discrete_features=False or discrete_target=False, merge rare values, or use fewer columns.",
            UnreliableEstimateWarning,
        )


def warn_repeated_rows(x, y):
    """Warn of exact copies of rows, such as those of an accidental join or a bootstrap.

    Ordinary ties repeat in X without repeating in y. A copied row repeats in both, and every method that uses
    neighbours takes that for information.
    """
    if not x.continuous.shape[1]:
        x, y = y, x
    if not x.continuous.shape[1]:
        return
    if not y.continuous.shape[1]:
        _warn_copies_with_labels(x, y)
        return
    orders = [side.order if side.values.shape[1] == 1 else None for side in (x, y)]
    if any(
        _are_distinct(column, order) for side, order in zip((x, y), orders, strict=True) for column in side.values.T
    ):
        return
    strata, partners = zip(*(_partners(values) for values in (x.values, y.values)), strict=True)
    if min(partners[0].sum(), partners[1].sum()) == 0:
        return
    joint, joint_partners = _partners(np.column_stack(strata))
    repeated = joint_partners > 0
    n_distinct = len(np.unique(joint[repeated]))
    # As floats: the product of two counts of pairs exceeds 64 bits from 1e5 rows on.
    n_pairs = [float(part.sum()) for part in partners]
    # Pairs of rows that would agree on both sides if the ties of X and of y were independent.
    by_chance = n_pairs[0] * n_pairs[1] / (len(x) * (len(x) - 1.0))
    alike = joint_partners.sum() > max(0.5 * max(n_pairs), 3 * by_chance) and n_distinct > max(2, 0.01 * len(x))
    # Rounded values repeat anyway. That every row has a copy shows in the counts, which all have a common divisor.
    counts = np.bincount(joint)
    copied = len(counts) > _MIN_DISTINCT and np.gcd.reduce(counts) > 1
    if (alike or copied) and not _is_monotone(x, y):
        warn(
            f"{repeated.sum()} of {len(x)} rows of (X, y) occur more than once, and copies are mistaken for "
            "information. Drop the duplicates, or pass rows that were drawn independently.",
            RepeatedRowsWarning,
        )


def _warn_copies_with_labels(x, y):
    """Warn of copies of rows of numbers that always have the same label, unless the numbers are rounded."""
    first = x.continuous[:, 0]
    ascending = np.sort(first) if x.order is None else first[x.order]
    gaps = np.diff(ascending)
    n_tied = np.count_nonzero(gaps == 0)
    if n_tied <= _COPIED * len(first):
        return
    apart = gaps[gaps > 0]
    # The smallest gap between rounded values is a step, and many others are as large.
    if not apart.size or np.mean(apart < 1.5 * apart.min()) > _ROUNDED:
        return
    numbers, partners = _partners(x.values)
    counts = np.bincount(numbers)
    # A column of few values repeats them anyway; that every row has a copy shows in a common divisor of the counts.
    if len(counts) < _DISTINCT * len(first) and np.gcd.reduce(counts) == 1:
        return
    joint_partners = _partners(np.column_stack([numbers, y.strata]))[1]
    agree = joint_partners.sum() >= _SAME_LABEL * partners.sum()
    if agree and np.count_nonzero(counts > 1) > max(2, _COPIED * len(first) / 10):
        warn(
            f"{np.count_nonzero(partners)} of {len(first)} rows of numbers occur more than once, always with the same "
            "label, and copies are mistaken for information. Drop the duplicates, do not oversample, or pass rows that "
            "were drawn independently.",
            RepeatedRowsWarning,
        )


def _are_distinct(column, order):
    ascending = np.sort(column) if order is None else column[order]
    return bool((ascending[1:] > ascending[:-1]).all())


def _is_monotone(x, y):
    """Return whether one column is a monotone function of the other, whose ties are then those of the other."""
    if x.values.shape[1] != 1 or y.values.shape[1] != 1:
        return False
    a, b = (np.unique(side.values[:, 0], return_inverse=True)[1] for side in (x, y))
    return bool((a == b).all() or (a == b.max() - b).all())


def warn_of_data(x, y, advice):
    """Warn of what makes every estimate by neighbours or kernels mislead; advice is for outliers, None for none."""
    if not are_wanted():
        return
    warn_repeated_rows(x, y)
    warn_sparse_table(x, y)
    if advice is not None:
        warn_outliers(x, y, advice)
    warn_series(x, y)


def warn_outliers(x, y, advice):
    """Warn of columns whose scale is that of a few outliers: scaled by it, all other values look the same."""
    if not are_wanted():
        return
    for side, name in ((x, "X"), (y, "y")):
        columns = np.flatnonzero(~side.is_discrete)[has_outliers(side.continuous)]
        if columns.size:
            warn(
                f"{side.listed(columns)} of {name} have outliers or heavy tails, beside which all other values "
                f"look the same, so that the estimate is too low: {advice}, or treat the outliers first, which may "
                "stand for missing values.",
                UnreliableEstimateWarning,
            )


def has_outliers(Z):
    """Return for each column whether its standard deviation is far beyond what its quartiles show."""
    if Z.shape[1] == 0 or len(Z) < _FEW_ROWS_IN_QUARTILES:
        return np.zeros(Z.shape[1], dtype=bool)
    some = Z[:: -(-len(Z) // _ROWS_FOR_QUARTILES)]
    places = [len(some) // 4, 3 * len(some) // 4]
    quartiles = np.partition(some, places, axis=0)[places]
    ends = Z.max(axis=0), Z.min(axis=0)
    # A value in a quarter of the rows is a quartile itself, and hides how far it is from all others.
    for end in ends:
        for i in np.flatnonzero((quartiles == end).any(axis=0)):
            others = some[some[:, i] != end[i], i]
            if len(others) >= _FEW_ROWS_IN_QUARTILES:
                quartiles[:, i] = np.quantile(others, (0.25, 0.75))
    low, high = quartiles
    # Where half of the values are one, as zeros of a zero-inflated column, quartiles show no scale. No deviation is
    # larger than the farthest value, and mostly that is near enough.
    limit = _OUTLYING / 1.349 * (high - low)
    found = (high > low) & (np.maximum(ends[0] - low, high - ends[1]) > limit)
    if found.any():
        suspects = Z[:, found]
        peak = np.abs(suspects).max(axis=0)  # squares of the largest numbers overflow
        found[found] = np.std(suspects / peak, axis=0) > limit[found] / peak
    return found


def warn_series(x, y):
    """Warn of rows that follow one another in time, which are worth fewer independent ones."""
    if not are_wanted():
        return
    n_samples, worth = len(x), effective_rows(in_time(x), in_time(y), y.order)
    if worth < 0.5 * n_samples:
        warn(
            f"X and y both change slowly from row to row, as time series do: the {n_samples} rows are worth some "
            f"{worth:.0f} independent ones. Independent series read as dependent then, and the standard error is too "
            "small. Compare with the estimate after a circular shift of y, np.roll(y, len(y) // 2), or thin the rows.",
            SerialDependenceWarning,
        )


def in_time(side):
    """Return numbers that change as a side does: its own, or those of few labels."""
    if side.continuous.shape[1] or side.strata.max() >= _LABELS_IN_TIME:
        return side.continuous
    return (side.strata[:, None] == np.arange(1, side.strata.max() + 1)).astype(float)


def warn_linear_identity(x, y):
    """Warn if a linear combination of columns of X equals one of columns of y, which no other check sees."""
    if not are_wanted():
        return
    # Counted before anything is copied: images have many columns.
    counts = [np.count_nonzero(np.ptp(side.continuous, axis=0)) for side in (x, y)]
    if not min(counts) or sum(counts) > min(_MAX_COLUMNS, len(x.values) - 1):
        return
    X, Y = (standardize(side.continuous) for side in (x, y))
    X, Y = (side[:, side.any(axis=0)] for side in (X, Y))
    if not X.shape[1] or not Y.shape[1]:
        return
    n_columns, n_x = X.shape[1] + Y.shape[1], X.shape[1]
    covariance = np.block([[X.T @ X, X.T @ Y], [Y.T @ X, Y.T @ Y]]) / len(X)
    smallest = [np.linalg.eigvalsh(part)[0] for part in (covariance[:n_x, :n_x], covariance[n_x:, n_x:], covariance)]
    if smallest[2] < _IDENTITY * n_columns and min(smallest[:2]) > 1e3 * _IDENTITY * n_columns:
        warn(
            "A linear combination of the columns of X equals one of the columns of y, so the mutual information of "
            "continuous data is infinite. The value only reflects the method and the number of rows.",
            InfiniteMIWarning,
        )


def _partners(values):
    """Return a number for the value of each row, and how many other rows share the value."""
    numbers, counts = strata_of(values, return_counts=True)
    return numbers, counts[numbers] - 1


def warn_negative(pointwise, advice, n_errors=_MANY_ERRORS):
    """Warn of an estimate so far below zero that only bias explains it."""
    mi, error = pointwise.mean(), pointwise.std() / np.sqrt(len(pointwise))
    if (mi < -n_errors * error and mi < -_FAR_BELOW_ZERO) or mi < _ABSURD:
        warn(
            f"The estimate {mi:.2f} lies {-mi / max(error, 1e-300):.0f} standard errors below zero, so it is biased: "
            f"{advice}",
            UnreliableEstimateWarning,
        )


def is_largest(mi, ceiling, n_neighbors):
    """Return whether an estimate is the largest possible, up to one neighbour more or less due to rounding."""
    return ceiling - mi < min(1 / n_neighbors, 0.1 * ceiling)


def warn_saturated(pointwise, ceiling, n_neighbors, advice):
    """Warn of an estimate near the largest one that the sample size allows."""
    mi = pointwise.mean()
    if is_largest(mi, ceiling, n_neighbors):
        warn(
            f"X and y determine each other up to the resolution of the sample: the estimate {mi:.2f} is the largest "
            "one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
        )
    elif mi > max(ceiling - _CAP_MARGIN, 0.5 * ceiling):
        warn(
            f"The estimate {mi:.2f} is close to {ceiling:.2f}, the largest one that {len(pointwise)} rows and "
            f"n_neighbors={n_neighbors} allow, and is likely too low. {advice}",
            SaturationWarning,
        )
