"""Mutual information of the columns of a table with a target and with one another, and selection by it."""

from ._display import MIScoresDisplay
from ._lags import lagged
from ._matrix import MIMatrix, mi_matrix
from ._matrix_display import MIMatrixDisplay
from ._sample import RowSample, sample_rows
from ._scores import MIScores, mi_scores, mutual_info, mutual_info_test
from ._selector import MutualInfoSelector

__all__ = [
    "MIMatrix",
    "MIMatrixDisplay",
    "MIScores",
    "MIScoresDisplay",
    "MutualInfoSelector",
    "RowSample",
    "lagged",
    "mi_matrix",
    "mi_scores",
    "mutual_info",
    "mutual_info_test",
    "sample_rows",
]
