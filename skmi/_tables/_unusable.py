"""Columns that no estimate can use: dates, numbers written as text, names of rows."""

from ._coding import ColumnCoder, mostly_unique
from ._reading import split_columns

NAMES_ROWS = "Most of its labels occur once: they name rows, and a sample shows nothing of what they tell."
NEITHER = "Expected numbers or labels, got dates, complex numbers or objects: convert them to numbers."


def unusable(table):
    """Return why columns of a table cannot be used, as a dict of their positions and reasons; missing values aside."""
    reasons = {}
    for i, column in enumerate(split_columns(table, "X", refuse=False)):
        coded, reasons[i] = usable_column(column, "auto")
        if coded is not None:
            del reasons[i]
    return reasons


def usable_column(column, discrete):
    """Return a column as Columns of the rows that are not missing, or None, and the reason.

    Parameters
    ----------
    column : Column or None
        None for what is neither numbers nor labels.
    discrete : "auto" or bool
    """
    if column is None:
        return None, NEITHER
    try:
        coded = ColumnCoder("the column").fit([column.rows(~column.missing)], discrete)
    except ValueError as error:
        return None, str(error).replace(", column 0", "")
    if coded.is_discrete[0] and mostly_unique(coded.strata):
        return None, NAMES_ROWS
    return coded, ""
