"""Mutual information of every column of a table with a target, with standard errors."""

from ._display import MIScoresDisplay
from ._scores import MIScores, mi_scores, mutual_info, mutual_info_test

__all__ = ["MIScores", "MIScoresDisplay", "mi_scores", "mutual_info", "mutual_info_test"]
