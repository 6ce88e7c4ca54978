"""Values that stand for missing ones: one far from all others, which occurs again and again."""

import numpy as np

_FEWEST, _LEAST_SHARE = 3, 0.001  # rows that hold it
_APART = 3.0  # ranges of the other values
_FEWEST_OTHERS = 10  # below which a column is a scale of a few steps
_MOST_NAMED = 3


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
