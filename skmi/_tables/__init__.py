"""The only reader of X and y: columns of arrays and tables, which of them hold labels, and what is missing.

Whatever needs to know what a column is asks here, so that there is one answer for estimators, compressors, folds and
the command line.
"""

from ._checks import (
    LARGEST_SQUARED,
    as_rows,
    check_table,
    flattened,
    numbers,
    refuse_channels_last,
    refuse_huge,
    refuse_masked,
    validated,
)
from ._coding import (
    ColumnCoder,
    Columns,
    Indicators,
    column_numbers,
    kinds_of,
    labels_of,
    listed,
    mostly_unique,
    repeated_labels,
    strata_of,
)
from ._reading import SparseColumns, column_names, plain_array, split_columns
from ._unusable import NAMES_ROWS, NEITHER, unusable, usable_column

__all__ = [
    "LARGEST_SQUARED",
    "NAMES_ROWS",
    "NEITHER",
    "ColumnCoder",
    "Columns",
    "Indicators",
    "SparseColumns",
    "as_rows",
    "check_table",
    "column_names",
    "column_numbers",
    "flattened",
    "kinds_of",
    "labels_of",
    "listed",
    "mostly_unique",
    "numbers",
    "plain_array",
    "refuse_channels_last",
    "refuse_huge",
    "refuse_masked",
    "repeated_labels",
    "split_columns",
    "strata_of",
    "unusable",
    "usable_column",
    "validated",
]
