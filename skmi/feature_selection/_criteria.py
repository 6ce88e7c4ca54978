"""What each column is worth beside those that are chosen: the criteria of the selector."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from .._parallel import Workers
from .._tables import ColumnCoder
from ..estimators import ksg_rows, prepared

_MOST_IN_PAIRS = 40  # columns of which "joint" looks at all pairs
_MOST_KEPT = 64  # columns of sparse data that stay dense


class SparseCoded(Sequence):
    """Columns of sparse data, coded and scaled when they are asked for.

    Parameters
    ----------
    columns : SparseColumns
    kinds : list of "auto" or bool
    marginals : str
    """

    def __init__(self, columns, kinds, marginals):
        self._columns, self._kinds, self._marginals = columns, kinds, marginals
        self._coded = lru_cache(_MOST_KEPT)(self._code)

    def __len__(self):
        return len(self._columns)

    def __getitem__(self, i):
        return self._coded(int(i))

    def _code(self, i):
        return prepared(ColumnCoder(f"column {i} of X").fit([self._columns[i]], self._kinds[i]), self._marginals)

    def __reduce__(self):
        return SparseCoded, (self._columns, self._kinds, self._marginals)

    def some(self, columns):
        """Return some of the columns."""
        return SparseCoded(self._columns.some(columns), [self._kinds[i] for i in columns], self._marginals)


def joint_of(columns, chosen):
    """Return some columns as one variable."""
    joint = columns[chosen[0]]
    for i in chosen[1:]:
        joint = joint.and_(columns[i])
    return joint


def worth(columns, y, n_neighbors, chosen, given=(), target=None, order=None):
    """Return I(chosen; y), or I(chosen; y | given); 0 where labels are too rare to show anything.

    Parameters
    ----------
    columns : sequence of Columns
    y : Columns
    n_neighbors : int
    chosen, given : sequence of int
        Numbers of columns.
    target : int or None, default=None
        Number of the column to take for y.
    order : ndarray of int or None, default=None
        New order of the rows of the chosen columns.
    """
    x = joint_of(columns, chosen)
    x = x if order is None else x.rows(order)
    condition = joint_of(columns, given) if len(given) else None
    try:
        return float(np.mean(ksg_rows(x, y if target is None else columns[target], n_neighbors, given=condition)[0]))
    except ValueError:
        return 0.0


class _Criterion:
    def __init__(self, columns, y, n_neighbors, n_jobs):
        self.columns = columns
        self._workers = Workers(columns, y, n_neighbors, n_jobs=n_jobs, prefer="threads")
        self.relevance = self.values([([i],) for i in range(len(columns))])
        self._given = {}

    def values(self, tasks):
        """Return :func:`worth` of several tasks, tuples of its arguments from ``chosen`` on."""
        return np.array(list(self._workers.run(worth, tasks)))

    def given(self, columns, chosen):
        """Return I(x; y | s) of some columns x and one chosen column s; each is computed once."""
        missing = [i for i in columns if (i, chosen) not in self._given]
        found = self.values([([i], [chosen]) for i in missing])
        self._given |= {(i, chosen): value for i, value in zip(missing, found, strict=True)}
        return np.array([self._given[i, chosen] for i in columns])

    def left(self, selected):
        return [i for i in range(len(self.columns)) if i not in selected]

    def first(self):
        best = int(np.argmax(self.relevance))
        return [best], float(self.relevance[best]), None


class _LeastGiven(_Criterion):
    """Conditional mutual information maximisation: the least of I(x; y | s)."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._least = self.relevance.copy()  # over the chosen columns seen so far: an upper bound
        self._seen, self._beside = np.zeros(len(self.columns), dtype=int), [None] * len(self.columns)

    def next(self, selected):
        if not selected:
            return self.first()
        left = self.left(selected)
        best, most = None, -np.inf
        # Values only fall, so that most columns need no look at all chosen ones.
        for i in sorted(left, key=lambda i: -self._least[i]):
            if self._least[i] <= most:
                break
            while self._seen[i] < len(selected) and self._least[i] > most:
                chosen = selected[self._seen[i]]
                value = self.given([i], chosen)[0]
                if value < self._least[i] or self._beside[i] is None:
                    self._least[i], self._beside[i] = min(value, self._least[i]), [chosen]
                self._seen[i] += 1
            if self._least[i] > most:
                best, most = i, self._least[i]
        return [best], float(most), self._beside[best]


class _MeanGiven(_Criterion):
    """Joint mutual information: the mean of I(x; y | s)."""

    def next(self, selected):
        if not selected:
            return self.first()
        left = self.left(selected)
        found = np.stack([self.given(left, chosen) for chosen in selected])
        best = int(np.argmax(found.mean(axis=0)))
        return [left[best]], float(found[:, best].mean()), [selected[int(np.argmin(found[:, best]))]]


class _LessRedundant(_Criterion):
    """Minimal redundancy, maximal relevance: I(x; y) less the mean of I(x; s)."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._redundancy = {}

    def next(self, selected):
        if not selected:
            return self.first()
        left = self.left(selected)
        for chosen in selected:
            if chosen not in self._redundancy:
                self._redundancy[chosen] = self.values([([i], (), chosen) for i in range(len(self.columns))])
        redundancy = np.stack([self._redundancy[chosen][left] for chosen in selected])
        net = self.relevance[left] - redundancy.mean(axis=0)
        best = int(np.argmax(net))
        return [left[best]], float(net[best]), [selected[int(np.argmax(redundancy[:, best]))]]


class _Jointly(_Criterion):
    """I(all chosen columns and x; y), from the best pair on."""

    def next(self, selected):
        if not selected:
            most = np.argsort(-self.relevance, kind="stable")[:_MOST_IN_PAIRS]
            pairs = list(combinations(sorted(most.tolist()), 2))
            if not pairs:
                return self.first()
            found = self.values([(pair,) for pair in pairs])
            best = int(np.argmax(found))
            return list(pairs[best]), float(found[best]), None
        left = self.left(selected)
        found = self.values([([*selected, i],) for i in left])
        best = int(np.argmax(found))
        return [left[best]], float(found[best]), list(selected)


STRATEGIES = {"cmim": _LeastGiven, "jmi": _MeanGiven, "mrmr": _LessRedundant, "joint": _Jointly}
