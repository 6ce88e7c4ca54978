"""Estimates of all pairs of columns: one column against those that follow it, kept in a file, with warnings of all."""

from dataclasses import dataclass, replace

import joblib
import numpy as np
from scipy.special import digamma
from tqdm.auto import tqdm

from .._parallel import Workers
from .._resume import RecordFile
from .._tables import ColumnCoder, Columns, listed, usable_column
from ..estimators import (
    effective_rows,
    has_outliers,
    is_largest,
    labels_entropy,
    prepared,
    share_alone,
    warn_repeated_rows,
)
from ..exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    SerialDependenceWarning,
    UnreliableEstimateWarning,
    kept_warnings,
    warn,
)
from ._each_column import MAX_ALONE, Found, is_constant, is_worth_compiling, one_block

_BLOCK = 32  # columns in one call of the compiled kernels
_COLUMNS_OF_SERIES = 20


@dataclass(frozen=True)
class Pair:
    """What was found for a pair, one line of the file of results."""

    first: int
    second: int
    mi: float
    standard_error: float
    normalized: float
    n_samples: int
    reason: str
    fingerprint: str


class PairTable:
    """Columns, and each of them as the target of those that follow it."""

    def __init__(self, columns, kinds, n_neighbors, marginals):
        self.columns, self.kinds, self.n_neighbors, self.marginals = columns, kinds, n_neighbors, marginals
        self.compiled = is_worth_compiling(len(next(c.values for c in columns if c is not None)), len(columns))
        self.reasons = {}
        self.coded = [self._coded(i) for i in range(len(columns))]

    def _coded(self, i):
        """Return a column without missing rows, or None where it cannot be scored."""
        coded, reason = usable_column(self.columns[i], self.kinds[i])
        if coded is None:
            self.reasons[i] = reason
        return coded

    def is_discrete(self, i):
        if self.coded[i] is not None:
            return bool(self.coded[i].is_discrete[0])
        return self.kinds[i] is True or getattr(self.columns[i], "kind", None) == "label"

    def entropy(self, i):
        """Return what a column tells of itself."""
        coded = self.coded[i]
        if coded is None or np.ptp(coded.values) == 0:
            return 0.0
        return labels_entropy(coded.strata) if coded.is_discrete[0] else np.inf

    def row(self, i):
        """Return a Pair for a column and each that follows it."""
        others = range(i + 1, len(self.columns))
        target, coded = self.columns[i], self.coded[i]
        if coded is None:
            return [Pair(i, j, np.nan, np.nan, np.nan, 0, self.reasons[i], "") for j in others]
        _ = prepared(coded, self.marginals), coded.order
        pairs = []
        for first in range(i + 1, len(self.columns), _BLOCK):
            block = slice(first, first + _BLOCK)
            shared = target, ~target.missing, coded, self.n_neighbors, self.marginals, self.compiled
            with kept_warnings():
                results = one_block(self.columns[block], self.kinds[block], *shared)
            for j, result in enumerate(results, first):
                if j in self.reasons:
                    result = Found.nothing(self.reasons[j])
                numbers = result.mi, float(result.standard_error), float(result.normalized), result.n_samples
                pairs.append(Pair(i, j, *numbers, result.reason.replace("\n", " "), ""))
        return pairs

    def warn(self, names, found, mi):
        """Warn once about each problem that makes some estimates misleading."""
        n_columns, of_columns, of_pairs = len(self.columns), {}, {}
        for i, reason in self.reasons.items():
            of_columns.setdefault(reason, []).append(i)
        for reason, bad in of_columns.items():
            warn(f"{listed(names, bad)} of X: no estimate, and NaN instead. {reason}", UnreliableEstimateWarning)
        for pair in found:
            if pair.reason and not {pair.first, pair.second} & self.reasons.keys():
                of_pairs.setdefault(pair.reason, []).append(pair)
        for reason, pairs in of_pairs.items():
            warn(f"No estimate of {_named(names, pairs)}, and NaN instead. {reason}", UnreliableEstimateWarning)
        unscored = [i for i in range(n_columns) if np.isnan(np.delete(mi[i], i)).all()]
        scored = [i for i in range(n_columns) if i not in unscored and self.coded[i] is not None]
        constant = [i for i in scored if is_constant(self.columns[i])]
        if constant:
            warn(f"{listed(names, constant)} of X: constant, so that they tell nothing.", ConstantColumnWarning)
        numbers = [i for i in scored if not self.is_discrete(i) and i not in constant]
        rough = [i for i in numbers if has_outliers(self.coded[i].values)[0]] if self.marginals != "normal" else []
        if rough:
            warn(
                f"{listed(names, rough)} of X: outliers or heavy tails, beside which all other values look the same, "
                'so that estimates are too low. Pass marginals="normal", or treat the outliers first, which may stand '
                "for missing values.",
                UnreliableEstimateWarning,
            )
        self._warn_pairs(names, found, set(numbers))
        whole = [i for i in numbers if not self.columns[i].missing.any()]
        self._warn_rows(whole)

    def _warn_pairs(self, names, found, numbers):
        """Warn of numbers that determine one another, and of labels too many for the rows."""
        exact, sparse = [], []
        for pair in found:
            if pair.reason:
                continue
            if pair.first in numbers and pair.second in numbers:
                ceiling = digamma(pair.n_samples) - digamma(self.n_neighbors)
                exact += [pair] if is_largest(pair.mi, ceiling, self.n_neighbors) else []
            elif self.is_discrete(pair.first) and self.is_discrete(pair.second) and self._is_sparse(pair):
                sparse.append(pair)
        for pairs, reason, category in (
            (exact, "determine each other up to the resolution of the sample: it may be infinite.", InfiniteMIWarning),
            (
                sparse,
                "have a tenth of the rows or more alone with their values, so that it can be far off. Merge rare "
                "values.",
                UnreliableEstimateWarning,
            ),
        ):
            if pairs:
                warn(f"The information of {_named(names, pairs)} is not known: they {reason}", category)

    def _is_sparse(self, pair):
        present = ~self.columns[pair.first].missing & ~self.columns[pair.second].missing
        sides = (self.columns[i].rows(present) for i in (pair.first, pair.second))
        return share_alone(*(ColumnCoder("X").fit([side], True).strata for side in sides)) >= MAX_ALONE

    def _warn_rows(self, whole):
        """Warn of rows that follow one another in time, and of copies."""
        if len(whole) < 2:
            return
        first = self.coded[whole[0]].values
        worth = np.median([effective_rows(self.coded[i].values, first) for i in whole[1:_COLUMNS_OF_SERIES]])
        if worth < 0.5 * len(first):
            warn(
                f"Columns of X change slowly from row to row, as time series do: {len(first)} rows are worth some "
                f"{worth:.0f} independent ones. Independent series read as dependent then. Thin the rows.",
                SerialDependenceWarning,
            )
        warn_repeated_rows(*(Columns.of_numbers(self.coded[i].values) for i in whole[:2]))


def _named(names, pairs):
    """Return the names of some pairs."""
    some = ", ".join(f"({names[pair.first]}, {names[pair.second]})" for pair in pairs[:5])
    return some + (f" and {len(pairs) - 5} more" if len(pairs) > 5 else "")


def all_pairs(table, results, settings, n_jobs, verbose):
    """Return a Pair for each pair of columns, from the file of results where it has them."""
    n_columns, kept, file, mark = len(table.columns), {}, None, "0" * 12
    if results is not None:
        file = RecordFile(Pair, results)
        columns = [None if column is None else column.values for column in table.columns]
        mark = joblib.hash((columns, settings))[:12]
        for pair in file.read():
            if pair.fingerprint == mark:
                kept.setdefault(pair.first, {})[pair.second] = pair
    missing = [i for i in range(n_columns - 1) if len(kept.get(i, ())) < n_columns - 1 - i]
    found = Workers(table, n_jobs=n_jobs, prefer="threads").run(PairTable.row, [(i,) for i in missing])
    for row in tqdm(found, total=len(missing), desc="columns against the rest", disable=not verbose, leave=False):
        row = [replace(pair, fingerprint=mark) for pair in row]
        kept[row[0].first] = {pair.second: pair for pair in row}
        if file is not None:
            for pair in row:
                file.append(pair)
    return [kept[i][j] for i in range(n_columns - 1) for j in range(i + 1, n_columns)]
