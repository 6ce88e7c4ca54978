"""Which values are labels, how many there may be, and how they become codes."""

import re
from itertools import islice

import numpy as np

MAX_DISTINCT = 32  # integers with more distinct values than this are quantities,
_MIN_ROWS_PER_VALUE = 3  # and so are those whose values hardly repeat
_LOOKED_AT = 1000  # texts, to tell whether they are numbers or dates
_MOST = 0.8  # share of the texts that has to be: a unit under the header and marks of missing values are not
# Numbers with a currency sign, a percent sign, separators of thousands or a decimal point; not plain digits, which may
# be codes that are labels.
_NUMBER = re.compile(
    r"\s*[-+]?\s*(?:(?:[$€£¥]\s*)?\d{1,3}(?:[,.'’\s]\d{3})+(?:[.,]\d+)?|[$€£¥]\s*\d+(?:[.,]\d+)?"
    r"|\d*[.,]\d+(?:[eE][-+]?\d+)?|\d+(?:[.,]\d+)?(?=\s*[%€$£]))\s*[%€$£]?\s*"
)
_DATE = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?.*)?\s*"
)


def categories_of(column, where):
    """Return the sorted distinct labels of a column, and None for numbers."""
    if column.kind != "label":
        return None
    if column.missing.any():
        n_rows = f"{np.count_nonzero(column.missing)} of {len(column.missing)} rows"
        raise ValueError(
            f"Input contains missing values (NaN or None) in {where}, in {n_rows}: drop those rows, or impute them."
        )
    if column.values.dtype.kind != "O":
        if column.values.dtype.kind == "b":
            return np.array([False, True])
        distinct = np.unique(column.values)
        _refuse_written_numbers(distinct.tolist(), len(column.values), where)
        return distinct
    distinct = set(column.values.tolist())
    _refuse_written_numbers(distinct, len(column.values), where)
    if distinct and all(isinstance(value, (bool, np.bool_)) for value in distinct):
        return np.array([False, True])
    try:
        return _array_of(sorted(distinct))
    except TypeError as error:
        raise TypeError(f"Expected values of one type in {where}, got a mixture: {error}") from None


def codes_of(column, categories):
    """Return the positions of the values among the categories, -1 for values that are not there."""
    if column.values.dtype == categories.dtype and categories.dtype.kind in "USb":
        at = np.minimum(np.searchsorted(categories, column.values), len(categories) - 1)
        return np.where(categories[at] == column.values, at, -1).astype(float)
    position = {value: code for code, value in enumerate(categories.tolist())}
    return np.array([position.get(value, -1) for value in column.values.tolist()], dtype=float)


def few_values(integers):
    """Return whether a column of integers has so few values that they are labels."""
    return len(np.unique(integers)) <= min(MAX_DISTINCT, most_labels(len(integers)))


def most_labels(n_samples):
    """Return how many combinations of integers so many rows can hold that still count as labels."""
    return max(2, n_samples // _MIN_ROWS_PER_VALUE)


def _refuse_written_numbers(distinct, n_samples, where):
    """Raise for text that is numbers or dates, and takes too many values to be labels."""
    if len(distinct) <= min(MAX_DISTINCT, most_labels(n_samples)):
        return
    texts = [text for text in islice(distinct, _LOOKED_AT) if isinstance(text, str)]
    for pattern, what, advice in (
        (_DATE, "dates", "Convert them to numbers first, such as days since a date."),
        (_NUMBER, "numbers", "Convert the column to numbers first; pandas.read_csv takes decimal= and thousands=."),
    ):
        found = [text for text in texts if pattern.fullmatch(text)]
        if len(found) > _MOST * len(texts) and found:
            raise ValueError(
                f"Expected numbers or labels in {where}, got {what} written as text, such as {found[0]!r}, with "
                f"{len(distinct)} different values. {advice}"
            )


def _array_of(values):
    """Return an array of objects, one for each value, also where the values are sequences."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
