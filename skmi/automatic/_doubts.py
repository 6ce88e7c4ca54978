"""What speaks against any answer: marks of missing values, copies of the target, groups that are alike, lost rows."""

import numpy as np

from .._maps import ranks
from ..estimators import look_like_codes

_FEWEST, _LEAST_SHARE = 3, 0.001  # rows that hold it
_APART = 3.0  # ranges of the other values
_FEWEST_OTHERS = 10  # below which a column is a scale of a few steps
_MOST_NAMED = 3
_EXACT = 1e-9  # of a rank correlation, from one
_MOST_RANKED = 1000  # columns
_ALIKE = 0.6  # share of the variance between groups, as the geometric mean of both sides
_MOST_CODES = 100  # columns that are looked at one by one
_MOST_TARGETS = 3  # columns of the other side that are looked at
_KEPT = 0.8  # share of the rows, below which an answer is that of other data


def sentinels(columns, side):
    """Return a sentence on the columns in which one value may stand for missing ones, as a list of none or one.

    Parameters
    ----------
    columns : Columns
    side : str
        "X" or "y".
    """
    found = []
    for i in np.flatnonzero(~columns.is_discrete):
        values = columns.values[:, i]
        for end in (values.min(), values.max()):
            held = values == end
            if np.count_nonzero(held) >= max(_FEWEST, _LEAST_SHARE * len(held)) and _is_far(end, values[~held]):
                where = (
                    f" in {f'column {i}' if columns.names is None else columns.names[i]}"
                    if len(columns.is_discrete) > 1
                    else ""
                )
                found.append(f"{end:g}{where} ({held.mean():.1%} of the rows)")
    if not found:
        return []
    more = len(found) - _MOST_NAMED
    named = ", ".join(found[:_MOST_NAMED]) + (f", and {more} more" if more > 0 else "")
    return [
        f"{side} repeats a value far from all others, {named}. If it stands for missing values, drop those rows or "
        "impute them: here it counts as information."
    ]


def _is_far(end, others):
    if not len(others):
        return False
    gap = np.abs(end - np.array([others.min(), others.max()])).min()
    return gap > _APART * np.ptp(others) and len(np.unique(others)) >= _FEWEST_OTHERS


def copies_of_target(x, y):
    """Return a sentence on the columns of X that order the rows as the only column of y does, as a list."""
    if y.values.shape[1] != 1 or y.is_discrete[0] or x.is_discrete.all() or np.ptp(y.values) == 0:
        return []
    columns = np.flatnonzero(~x.is_discrete)
    columns = columns[np.ptp(x.values[:, columns], axis=0) > 0][:_MOST_RANKED]
    of_x, of_y = (values - values.mean(axis=0) for values in (ranks(x.values[:, columns]), ranks(y.values)))
    correlations = (of_x * of_y).sum(axis=0) / np.sqrt((of_x**2).sum(axis=0) * (of_y**2).sum())
    same = columns[np.abs(correlations) > 1 - _EXACT]
    if not same.size:
        return []
    return [f"{x.listed(same)} of X tell y exactly: the information is infinite, unless they are left out."]


def alike_in_groups(x, y, groups):
    """Return a sentence on groups whose rows are nearly the same on both sides, as a list."""
    if groups is None:
        return []
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    share = np.sqrt(np.prod([_between(side, numbers) for side in (x, y)]))
    if share < _ALIKE:
        return []
    return [
        "Rows of a group are alike in X and in y, so that copies are mistaken for information. Pass one row for each "
        "group, such as its means."
    ]


def _between(side, groups):
    """Return the largest share of the variance of a column that lies between groups, beyond what chance gives."""
    values = np.where(side.is_discrete, side.values, ranks(side.values))
    if side.is_discrete.all():
        values = (side.strata[:, None] == np.unique(side.strata)[:32]).astype(float)
    values = values - values.mean(axis=0)
    total = np.mean(values**2, axis=0)
    sums = np.array([np.bincount(groups, weights=column) for column in values.T])
    counts = np.bincount(groups)
    between = (sums**2 / counts).sum(axis=1) / len(values)
    chance = (len(counts) - 1) / max(len(values) - 1, 1)
    share = np.where(total > 0, between / np.where(total > 0, total, 1.0), 0.0)
    return float(np.clip((share - chance) / max(1 - chance, 1e-9), 0.0, 1.0).max())


def rows_left(model, n_samples):
    """Return a sentence on rows that an estimate has left out, as a list."""
    kept = len(getattr(model, "pointwise_", range(n_samples)))
    if kept >= _KEPT * n_samples:
        return []
    return [f"The estimate is that of {kept} of {n_samples} rows: labels of the others occur too rarely."]


def codes_of_labels(x, y):
    """Return sentences on whole numbers of either side that may be codes of labels, as a list."""
    found = []
    for side, other, name in ((x, y, "X"), (y, x, "y")):
        targets = other.strata[:, None] if other.is_discrete.all() else other.continuous[:, :_MOST_TARGETS]
        columns = np.flatnonzero(~side.is_discrete)
        # Of hundreds of columns, such as pixels, some look so by chance.
        columns = columns if len(columns) <= _MOST_CODES else columns[:0]
        codes = [i for i in columns if any(look_like_codes(side.values[:, i], target) for target in targets.T)]
        if codes:
            found.append(
                f"{side.listed(codes)} of {name} are read as quantities, but rows of one value are alike, and those of "
                "neighbouring values are not, as if they were codes of labels. If so, pass them as text."
            )
    return found
