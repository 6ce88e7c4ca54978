"""A permutation test of independence: how large would the estimate be by chance?"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import check_random_state

from .._parallel import Workers
from .._sklearn import Interval, StrOptions, validate_params
from ..exceptions import UnreliableEstimateWarning, warn
from ._permutations import among_neighbors, neighbors_of, shift, whole_groups, within_groups
from ._result import Result
from ._rows import Table, check_has_fit
from ._statistics import statistic_of, with_conditioning

_BATCH = 25  # draws after which early stopping looks, whatever the number of workers
_ENOUGH = 10  # draws at least as large as the statistic, after which early stopping stops
_FEWEST_GROUPS = 5


@dataclass(frozen=True)
class PermutationTest(Result):
    """Result of :func:`mi_permutation_test`.

    Attributes
    ----------
    statistic : float
        The estimate from the rows as they are, in nats.
    pvalue : float
        Probability of such an estimate, or a larger one, if X and y are independent.
    null : ndarray of shape (n_permutations,)
        Estimates from permuted rows, in nats.
    stopped_early : bool
        Whether early stopping ended the draws.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_permutation_test
    >>> test = mi_permutation_test(KSG(), *CorrelatedNormal(mi=0.4).sample(300, random_state=0), random_state=0)
    >>> test.pvalue
    0.005
    """

    statistic: float
    pvalue: float
    null: np.ndarray
    stopped_early: bool = False

    def __repr__(self):
        ended = ", stopped early" if self.stopped_early else ""
        return (
            f"PermutationTest(statistic={self.statistic:.3f}, pvalue={self.pvalue:.3g}, {len(self.null)} draws{ended})"
        )

    def _row(self):
        null = {"null_mean": float(np.mean(self.null)), "null_95": float(np.quantile(self.null, 0.95))}
        return {"statistic": self.statistic, "pvalue": self.pvalue, **null, "n_permutations": len(self.null)}


@validate_params(
    {
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "groups": ["array-like", None],
        "permute": [StrOptions({"groups", "within"})],
        "serial": ["boolean"],
        "early_stopping": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def mi_permutation_test(
    estimator,
    X,
    y,
    *,
    n_permutations=199,
    groups=None,
    permute="groups",
    serial=False,
    conditioning=None,
    early_stopping=False,
    random_state=None,
    n_jobs=None,
):
    """Test whether X and y are independent, by estimates from permuted rows.

    Rows of y are exchanged so that nothing relates them to X any more, and the share of such draws whose estimate is at
    least as large as the one observed is the p-value. It is exact for independent rows, whatever the bias of the
    estimator. Whether the estimate is *right* is another question: see :func:`mi_interval`.

    What is trained is not trained again for each draw. Encoders of :class:`~skmi.CompressedMI` are fitted on other rows
    than those that are permuted, and a neural estimator is fitted on half of the rows and its critic judges the pairs
    of the other half. Any other estimator, also a Pipeline or a search, is fitted to each draw.

    Parameters
    ----------
    estimator : estimator
        With ``fit`` and ``mi_``, such as ``KSG()``.
    X : array-like of shape (n_samples, n_features), or images
        First variable.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
        Second variable.
    n_permutations : int, default=199
        Number of draws, B. The smallest p-value is 1 / (1 + B).
    groups : array-like of shape (n_samples,) or None, default=None
        Groups of rows that are not independent of one another, such as those of a patient.
    permute : {"groups", "within"}, default="groups"
        What to do with groups: give each group the rows of another one, for a question about groups, or permute rows
        within each group, for one about rows. Whole groups of different sizes are cut or repeated, which makes the test
        reject less often than it might.
    serial : bool, default=False
        Whether rows follow one another in time. Then y is shifted circularly by at least a tenth of the rows, so that
        both series stay as they are.
    conditioning : int, str, array-like of these, ndarray of shape (n_samples, n_conditions), or None, default=None
        Tests whether X and y are independent given Z: names or numbers of columns of X, which stay with their row, or
        an array Z with a row for each row of X. The statistic is I(X; y | Z), and rows are exchanged with neighbours in
        Z only. It takes enough rows for neighbours in Z to be near: with many columns in Z the test rejects too often.
        Pass :class:`~skmi.ConditionalMI` then, whose residuals are permuted as they are.
    early_stopping : bool, default=False
        Whether to stop after ten draws that are at least as large as the statistic. The p-value is then 10 divided by
        the number of draws, and as valid.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws, and of every part of the estimator whose own ``random_state`` is None.
    n_jobs : int, default=None
        Draws computed in parallel; the result does not depend on it.

    Returns
    -------
    test : PermutationTest
        Statistic, p-value and null values.

    Raises
    ------
    ValueError
        For options that exclude one another.

    Notes
    -----
    With b draws of B at least as large, the p-value is (1 + b) / (1 + B).

    References
    ----------
    Besag, Clifford (1991). "Sequential Monte Carlo p-values". doi:10.1093/biomet/78.2.301.

    Runge (2018). "Conditional independence testing based on a nearest-neighbor estimator of conditional mutual
    information". arXiv:1709.01447.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_permutation_test
    >>> X, y = CorrelatedNormal(mi=0.0).sample(300, random_state=0)
    >>> mi_permutation_test(KSG(), X, y, random_state=0).pvalue > 0.05
    True
    """
    check_has_fit(estimator)
    if sum((groups is not None, bool(serial), conditioning is not None)) > 1:
        raise ValueError(
            "Expected one of groups, serial=True and conditioning, got several: each permutes in its own way."
        )
    table = Table.of(X, y, groups)
    rng = check_random_state(random_state)
    seed = rng.randint(2**31 - 1)
    estimator, table, Z = with_conditioning(estimator, table, conditioning, seed)
    scheme = "serial" if serial else "conditioning" if Z is not None else permute if groups is not None else "rows"
    if scheme == "groups" and table.groups.max() + 1 < _FEWEST_GROUPS:
        warn(
            f'{table.groups.max() + 1} groups allow few permutations. Pass more groups, or permute="within" for a '
            "question about rows.",
            UnreliableEstimateWarning,
        )
    statistic = statistic_of(estimator, table, seed, in_order=serial)
    draw = _Draw(statistic, scheme, table.groups, Z)
    observed = statistic.observed()
    seeds = rng.randint(2**31 - 1, size=n_permutations)
    null = _null(Workers(draw, n_jobs=n_jobs), seeds, observed, early_stopping, effective_n_jobs(n_jobs))
    larger = np.count_nonzero(null >= observed - 1e-12)
    stopped = len(null) < n_permutations
    pvalue = larger / len(null) if stopped else (1 + larger) / (1 + len(null))
    return PermutationTest(float(observed), float(pvalue), null, stopped)


def _null(workers, seeds, observed, early_stopping, n_parts):
    """Return the estimates of the draws, in order."""
    if not early_stopping:
        return _values(workers, seeds, n_parts)
    null = np.empty(0)
    for first in range(0, len(seeds), _BATCH):
        null = np.append(null, _values(workers, seeds[first : first + _BATCH], n_parts))
        larger = np.flatnonzero(null >= observed - 1e-12)
        if len(larger) >= _ENOUGH:
            return null[: larger[_ENOUGH - 1] + 1]
    return null


def _values(workers, seeds, n_parts):
    parts = np.array_split(seeds, min(len(seeds), n_parts))
    return np.concatenate(list(workers.run(_Draw.__call__, [(part,) for part in parts])))


class _Draw:
    """Estimates from rows that are permuted as a scheme says, for each of some seeds."""

    def __init__(self, statistic, scheme, groups, Z):
        self.statistic, self.scheme = statistic, scheme
        self.groups, self.neighbors = [], []
        for rows in statistic.rows:
            if groups is not None:
                self.groups.append(np.unique(groups[rows], return_inverse=True)[1])
            if Z is not None:
                self.neighbors.append(neighbors_of(Z[rows]))

    def __call__(self, seeds):
        rngs = [np.random.RandomState(seed) for seed in seeds]
        return self.statistic.of_orders(
            [[self._order(rng, part, len(rows)) for rng in rngs] for part, rows in enumerate(self.statistic.rows)]
        )

    def _order(self, rng, part, n_samples):
        if self.scheme == "serial":
            return shift(rng, n_samples)
        if self.scheme == "conditioning":
            return among_neighbors(rng, self.neighbors[part])
        if self.scheme == "groups":
            return whole_groups(rng, self.groups[part])
        return within_groups(rng, self.groups[part]) if self.scheme == "within" else rng.permutation(n_samples)
