"""P-values of the scores of columns, and how many false discoveries they allow."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import false_discovery_control
from sklearn.utils import check_random_state

from .._parallel import Workers
from .._tables import ColumnCoder, Columns, column_names, split_columns
from ..estimators import ksg_of_columns, pointwise_ksg
from ._each_column import columns_of, kinds_asked

_AT_ONCE = 64  # null columns in one call of the compiled kernels
_MOST_DRAWS = 100_000  # of the null that columns share


class SharedNull:
    """Estimates of pairs of independent columns of numbers, drawn once for as many pairs as share them.

    Those from normal scores without ties depend on the number of rows alone.

    Parameters
    ----------
    n_pairs : int
    """

    def __init__(self, n_pairs):
        self.n_pairs, self._drawn = n_pairs, {}

    def of(self, y, *options):
        """Return sorted estimates of columns that are independent of y."""
        if len(y) not in self._drawn:
            self._drawn[len(y)] = np.sort(_shared_null(self.n_pairs, y, *options))
        return self._drawn[len(y)]


def column_pvalues(
    X, y, discrete_features, discrete_target, results, n_neighbors, n_permutations, random_state, n_jobs, null=None
):
    """Return the p-value of each column, shape (n_features,); 1 for columns without a score.

    The statistic is the estimate from normal scores with ties broken at random, whatever ``marginals`` the table shows.
    Under independence it is distributed alike for all continuous columns, so that they share one null of many draws,
    and p-values can be small although few draws are made for each column. Columns of labels, and those with missing
    values, are permuted one by one.

    Parameters
    ----------
    X, y : table
    discrete_features : "auto", bool or array-like
    discrete_target : "auto" or bool
    results : list of Found
        What :func:`~skmi.feature_selection._each_column.each_column` found.
    n_neighbors, n_permutations : int
    random_state : int, RandomState instance or None
    n_jobs : int or None
    null : SharedNull or None, default=None
        What several calls share where y is continuous and complete.
    """
    columns, target = columns_of(X), split_columns(y, "y")[0]
    kinds = kinds_asked(discrete_features, len(columns), column_names(X))
    rng = check_random_state(random_state)
    has_target = ~target.missing
    coded_y = ColumnCoder("y").fit([target.rows(has_target)], discrete_target)
    target = _scored(coded_y, rng)
    pvalues = np.ones(len(columns))
    shared, own = [], []
    for i, (column, found) in enumerate(zip(columns, results, strict=True)):
        if np.isfinite(found.mi):
            alike = has_target.all() and not found.is_discrete and not column.missing.any()
            (shared if alike else own).append(i)
    if shared:
        ranks = _ranks(np.column_stack([columns[i].values.astype(float) for i in shared]), rng)
        observed = _estimates(ranks, target, n_neighbors)
        null = SharedNull(len(shared)) if null is None or target.is_discrete[0] else null
        drawn = null.of(target, n_neighbors, n_permutations, rng, n_jobs)
        # Counted from above, by a search in sorted values.
        larger = len(drawn) - np.searchsorted(drawn, observed - 1e-12)
        pvalues[shared] = (1 + larger) / (1 + len(drawn))
    seeds = rng.randint(2**31 - 1, size=len(own))
    if own:
        workers = Workers(
            columns, kinds, has_target, coded_y, n_neighbors, n_permutations, n_jobs=n_jobs, prefer="threads"
        )
        pvalues[own] = list(workers.run(_own_pvalue, zip(own, seeds, strict=True)))
    return pvalues


def adjusted(pvalues):
    """Return p-values adjusted after Benjamini and Hochberg: the share of false discoveries among those up to each."""
    return false_discovery_control(pvalues)


def _ranks(values, rng):
    """Return the rank of each value in its column, from 0 on; equal values in random order.

    A column can be read off its ranks, so that breaking its ties leaves its information as it is.
    """
    order = np.lexsort((rng.random_sample(values.shape), values), axis=0)
    ranks = np.empty_like(values, dtype=float)
    np.put_along_axis(ranks, order, np.arange(len(values), dtype=float)[:, None], axis=0)
    return ranks


def _scored(columns, rng):
    """Return one column as it is if it holds labels, else its normal scores without ties."""
    if columns.is_discrete[0]:
        return columns
    return Columns.of_numbers(ndtri((_ranks(columns.values, rng) + 0.5) / len(columns)))


def _estimates(ranks, y, n_neighbors):
    """Return the estimate of each of many columns of ranks with one column y, shape (n_columns,)."""
    # Scores that differ a little from those of y, and from side to side: equal ones would tie distances.
    scores = ndtri((ranks + 0.7) / (len(ranks) + 0.1))
    found = ksg_of_columns(scores, y, n_neighbors)
    pairs = zip(scores.T, found, strict=True)
    return np.array([_slow(column, y, n_neighbors) if rows is None else rows.mean() for column, rows in pairs])


def _slow(column, y, n_neighbors):
    return pointwise_ksg(Columns.of_numbers(column[:, None]), y, n_neighbors)[0].mean()


def _shared_null(n_columns, y, n_neighbors, n_permutations, rng, n_jobs):
    """Return estimates of columns that are independent of y."""
    _ = y.order, y.standardized  # cached here, before threads share them
    n_draws = min(n_permutations * n_columns, _MOST_DRAWS)
    seeds = rng.randint(2**31 - 1, size=-(-n_draws // _AT_ONCE))
    sizes = np.full(len(seeds), _AT_ONCE)
    sizes[-1] = n_draws - _AT_ONCE * (len(seeds) - 1)
    workers = Workers(y, n_neighbors, n_jobs=n_jobs, prefer="threads")
    return np.concatenate(list(workers.run(_null_part, zip(seeds, sizes, strict=True))))


def _null_part(y, n_neighbors, seed, size):
    rng = np.random.RandomState(seed)
    return _estimates(np.argsort(rng.random_sample((len(y), size)), axis=0), y, n_neighbors)


def _own_pvalue(columns, kinds, has_target, y, n_neighbors, n_permutations, i, seed):
    """Return the p-value of one column, from permutations of the rows in which it is present."""
    rng, column = np.random.RandomState(seed), columns[i]
    x = ColumnCoder("the column").fit([column.rows(has_target & ~column.missing)], kinds[i])
    y = y.rows(~column.missing[has_target])
    if x.is_discrete[0] and y.is_discrete[0]:
        orders = [np.arange(len(y)), *(rng.permutation(len(y)) for _ in range(n_permutations))]
        values = np.array([pointwise_ksg(x, y.rows(order), n_neighbors)[0].mean() for order in orders])
        observed, null = values[0], values[1:]
    else:
        # Ranks of the side that is continuous, against the other.
        ranked, other = (y, x) if x.is_discrete[0] else (x, _scored(y, rng))
        observed = _estimates(_ranks(ranked.values, rng), other, n_neighbors)[0]
        null = _null_part(other, n_neighbors, rng.randint(2**31 - 1), n_permutations)
    return (1 + np.count_nonzero(null >= observed - 1e-12)) / (1 + n_permutations)
