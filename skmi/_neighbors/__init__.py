"""The nearest-neighbour engine: distances, range counts and kernel sums, compiled for large samples."""

from ._density import DensitySums
from ._search import (
    count_neighbors,
    counts_of_columns,
    is_small,
    kernels_are_loaded,
    nearest_neighbors,
    nearest_of_label,
    neighbor_distances,
)

__all__ = [
    "DensitySums",
    "count_neighbors",
    "counts_of_columns",
    "is_small",
    "kernels_are_loaded",
    "nearest_neighbors",
    "nearest_of_label",
    "neighbor_distances",
]
