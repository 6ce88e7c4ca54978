"""The tabular door: the mutual information of every column with a target, fast, with error bars."""

from ._display import MIScoresDisplay
from ._scores import MIScores, mi_scores, mutual_info

__all__ = ["MIScores", "MIScoresDisplay", "mi_scores", "mutual_info"]
