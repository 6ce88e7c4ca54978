"""Warnings about data on which estimates mislead."""

import numpy as np

from .._tables import strata_of
from ..exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    RareClassWarning,
    RepeatedRowsWarning,
    SaturationWarning,
    UnreliableEstimateWarning,
    warn,
)

_CAP_MARGIN = 1.5  # warn if an estimate comes closer than this to its ceiling, in nats
_MANY_ERRORS, _FAR_BELOW_ZERO, _ABSURD = 5, 0.1, -1.0  # standard errors; nats below zero; nats
_MAX_ALONE = 0.2  # warn if more than this share of the rows has a combination of values that is unique


def warn_constant(values, name):
    """Warn of constant columns."""
    constant = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if constant.size:
        warn(
            f"Columns {constant.tolist()} of {name} are constant: they carry no information and are ignored.",
            ConstantColumnWarning,
        )


def warn_rare(kept, x, y):
    """Warn of rows that were dropped because their discrete values occur once only."""
    if not kept.all():
        warn(
            f"{np.count_nonzero(~kept)} of {len(kept)} rows were dropped: their combination of discrete values "
            f"({x.is_discrete.sum()} columns of X, {y.is_discrete.sum()} of y) occurs once only. Merge rare classes, "
            "or declare quantities with discrete_features=False or discrete_target=False.",
            RareClassWarning,
        )


def warn_sparse_table(x, y):
    """Warn of discrete data whose combinations of values hardly repeat, from which counting finds up to log n nats."""
    if not (x.is_discrete.all() and y.is_discrete.all()):
        return
    sides = [np.unique(strata_of(side.values), return_counts=True)[1] for side in (x, y)]
    alone = max(np.count_nonzero(counts == 1) for counts in sides) / len(x)
    if alone > _MAX_ALONE:
        warn(
            f"{alone:.0%} of the rows have combinations of discrete values that occur nowhere else, so that counting "
            "them finds information where there is none. Declare quantities with discrete_features=False or "
            "discrete_target=False, merge rare values, or use fewer columns.",
            UnreliableEstimateWarning,
        )


def warn_repeated_rows(x, y):
    """Warn of exact copies of rows, such as those of an accidental join or a bootstrap.

    Ordinary ties repeat in X without repeating in y. A copied row repeats in both, and every method that uses
    neighbours takes that for information.
    """
    if not (x.continuous.shape[1] and y.continuous.shape[1]):
        return
    strata, partners = zip(*(_partners(values) for values in (x.values, y.values)), strict=True)
    if min(partners[0].sum(), partners[1].sum()) == 0:
        return
    joint, joint_partners = _partners(np.column_stack(strata))
    repeated = joint_partners > 0
    n_distinct = len(np.unique(joint[repeated]))
    n_pairs = [part.sum() for part in partners]
    # Pairs of rows that would agree on both sides if the ties of X and of y were independent.
    by_chance = n_pairs[0] * n_pairs[1] / (len(x) * (len(x) - 1.0))
    alike = joint_partners.sum() > max(0.5 * max(n_pairs), 3 * by_chance)
    if alike and n_distinct > max(2, 0.01 * len(x)):
        warn(
            f"{repeated.sum()} of {len(x)} rows of (X, y) occur more than once, and copies are mistaken for "
            "information. Drop the duplicates, or pass rows that were drawn independently.",
            RepeatedRowsWarning,
        )


def _partners(values):
    """Return a number for the value of each row, and how many other rows share the value."""
    numbers, counts = strata_of(values, return_counts=True)
    return numbers, counts[numbers] - 1


def warn_negative(pointwise, advice):
    """Warn of an estimate so far below zero that only bias explains it."""
    mi, error = pointwise.mean(), pointwise.std() / np.sqrt(len(pointwise))
    if (mi < -_MANY_ERRORS * error and mi < -_FAR_BELOW_ZERO) or mi < _ABSURD:
        warn(
            f"The estimate {mi:.2f} lies {-mi / max(error, 1e-300):.0f} standard errors below zero, so it is biased: "
            f"{advice}",
            UnreliableEstimateWarning,
        )


def is_largest(mi, ceiling, n_neighbors):
    """Return whether an estimate is the largest possible, up to one neighbour more or less due to rounding."""
    return ceiling - mi < min(1 / n_neighbors, 0.1 * ceiling)


def warn_saturated(pointwise, ceiling, n_neighbors, advice):
    """Warn of an estimate near the largest one that the sample size allows."""
    mi = pointwise.mean()
    if is_largest(mi, ceiling, n_neighbors):
        warn(
            f"X and y determine each other up to the resolution of the sample: the estimate {mi:.2f} is the largest "
            "one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
        )
    elif mi > max(ceiling - _CAP_MARGIN, 0.5 * ceiling):
        warn(
            f"The estimate {mi:.2f} is close to {ceiling:.2f}, the largest one that {len(pointwise)} rows and "
            f"n_neighbors={n_neighbors} allow, and is likely too low. {advice}",
            SaturationWarning,
        )
