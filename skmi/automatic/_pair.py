"""X and y as what the routes to their information need: numbers with their kinds, rows to choose and to report on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._tables import Columns
from ..uncertainty import Table

_FEWEST_HELD_OUT = 64, 32, 64
_MOST_ROWS = 3000, 1000, 4000  # on which critics are fitted, chosen and judged
_SHARES = 0.4, 0.6  # where rows for choosing, and for the report, begin


@dataclass(frozen=True)
class Pair:
    """Both sides.

    Parameters
    ----------
    x, y : Columns
    shapes : tuple
        Shape of the images of each side, or None.
    groups : ndarray of shape (n_samples,) or None
    seed : int
    """

    x: Columns
    y: Columns
    shapes: tuple
    groups: np.ndarray | None
    seed: int

    def __len__(self):
        return len(self.x)

    @cached_property
    def kinds(self):
        """Parameters of estimators that say which columns are discrete."""
        return {"discrete_features": self.x.is_discrete, "discrete_target": self.y.is_discrete}

    @cached_property
    def table(self):
        """Both sides as rows of numbers for functions of uncertainty."""
        return Table.of(self.x.values, self.y.values, self.groups)

    @property
    def has_images(self):
        """Whether a side holds images."""
        return any(shape is not None for shape in self.shapes)

    @property
    def are_labels(self):
        """Which sides hold labels alone."""
        return bool(self.x.is_discrete.all()), bool(self.y.is_discrete.all())

    @property
    def is_mixed(self):
        """Whether a side holds both labels and numbers."""
        return any(side.is_discrete.any() and not side.is_discrete.all() for side in (self.x, self.y))

    @property
    def n_columns(self):
        """Continuous columns of both sides."""
        return int(np.count_nonzero(~self.x.is_discrete) + np.count_nonzero(~self.y.is_discrete))

    @cached_property
    def widest(self):
        """The larger number of continuous columns of a side."""
        return max(int(np.count_nonzero(~side.is_discrete)) for side in (self.x, self.y))

    def ordered(self):
        """Return numbers of X, and y as numbers or labels, and whether they are labels; X holds labels never alone."""
        labels = self.are_labels[1]
        return varying(self.x.values), self.y.strata if labels else varying(self.y.values), labels

    @cached_property
    def parts(self):
        """Rows that critics are fitted to, chosen on, and judged on: disjoint, groups whole, in random order."""
        rng = np.random.RandomState(self.seed)
        numbers = np.arange(len(self)) if self.groups is None else np.unique(self.groups, return_inverse=True)[1]
        place = rng.permutation(numbers.max() + 1)[numbers] / (numbers.max() + 1)
        order = rng.permutation(len(self))
        return parts_of(order, place[order])

    @property
    def can_hold_out(self):
        """Whether there are enough rows to choose on some and report on others."""
        return suffice(self.parts)

    def rows(self, rows):
        """Return rows of both sides as arrays of numbers."""
        return self.x.values[rows], self.y.values[rows]

    def part(self, rows):
        """Return the pair of some rows."""
        groups = None if self.groups is None else self.groups[rows]
        return Pair(self.x.rows(rows), self.y.rows(rows), self.shapes, groups, self.seed)


def parts_of(rows, places):
    """Return rows to fit critics to, to choose on, and to judge on, by their places between 0 and 1."""
    part = np.searchsorted(_SHARES, places, side="right")
    return tuple(rows[part == k][: _MOST_ROWS[k]] for k in range(3))


def suffice(parts):
    """Return whether there are enough rows in each part."""
    return all(len(part) >= fewest for part, fewest in zip(parts, _FEWEST_HELD_OUT, strict=True))


def varying(values):
    """Return the columns that vary, or the first where none does."""
    varies = np.ptp(values, axis=0) > 0
    return values[:, varies] if varies.any() else values[:, :1]
