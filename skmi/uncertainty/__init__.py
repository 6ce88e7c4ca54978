"""How sure is an estimate of mutual information: intervals, tests, and bounds with a guarantee."""

from ._difference import MIDifference, mi_difference
from ._display import UncertaintyDisplay
from ._interaction import MISum, interaction_information, total_correlation
from ._interval import FEWEST_ROWS, MIInterval, mi_interval
from ._label_bounds import LabelBounds, label_information_bounds
from ._lower_bound import LowerBound, bound_of_critic, mi_lower_bound
from ._permutation_test import PermutationTest, mi_permutation_test
from ._permutations import among_neighbors, coordinates, neighbors_of
from ._result import Result
from ._rows import Table

# What is imported and not listed is for other rooms.
__all__ = [
    "LabelBounds",
    "LowerBound",
    "MIDifference",
    "MIInterval",
    "MISum",
    "PermutationTest",
    "UncertaintyDisplay",
    "interaction_information",
    "label_information_bounds",
    "mi_difference",
    "mi_interval",
    "mi_lower_bound",
    "mi_permutation_test",
    "total_correlation",
]
