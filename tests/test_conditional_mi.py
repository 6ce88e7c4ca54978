"""Conditional information given many columns: regressions leave what X and y share, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold, ShuffleSplit, cross_val_score
from sklearn.neighbors import KNeighborsRegressor

import skmi
from skmi import KSG, ConditionalKSG, ConditionalMI, GaussianMI
from skmi.datasets import CONDITIONAL_TASKS, ConfoundedPair
from skmi.exceptions import kept_warnings
from skmi.uncertainty import mi_permutation_test


def test_networks_find_the_sine_of_a_sum():
    pair = ConfoundedPair(0.5, 20, "sine")
    X, y = pair.sample(4000, random_state=3)
    fitted = ConditionalMI(pair.conditioning, random_state=0).fit(X, y)
    # Without the network 0.14.
    assert 0.5 - 0.15 < fitted.mi_ < 0.5 + 0.1


# Not the sine of a sum of columns, of which the regressions find too little in 2000 rows, as the docstring says.
@pytest.mark.parametrize("kind", ["linear", "product", "absolute", "noise level"])
@pytest.mark.parametrize("truth", [0.0, 0.7])
def test_many_conditioning_columns(kind, truth):
    pair = ConfoundedPair(truth, 7, kind)
    X, y = pair.sample(2000, random_state=11)
    fitted = ConditionalMI(pair.conditioning, random_state=0).fit(X, y)
    assert fitted.method_ == "residuals"
    assert fitted.mi_ == pytest.approx(truth, abs=0.1)
    assert 0 < fitted.standard_error_ < 0.05


@pytest.mark.parametrize("kind", ["linear", "sine"])
def test_few_conditioning_columns_go_by_neighbors(kind):
    pair = CONDITIONAL_TASKS[f"{kind}-1-0.5"]
    X, y = pair.sample(1000, random_state=0)
    fitted = ConditionalMI(pair.conditioning).fit(X, y)
    assert fitted.method_ == "neighbors"
    assert fitted.residuals_ is None
    assert fitted.mi_ == ConditionalKSG(pair.conditioning).fit(X, y).mi_


def test_without_conditioning_it_is_the_estimator_itself():
    X, y = ConfoundedPair(0.5, 3).sample(500, random_state=0)
    assert ConditionalMI().fit(X, y).mi_ == KSG().fit(X, y).mi_
    assert ConditionalMI(estimator=GaussianMI()).fit(X, y).mi_ == GaussianMI().fit(X, y).mi_


def test_regressors_and_estimators_of_ones_own():
    X, y = ConfoundedPair(0.5, 10).sample(1000, random_state=0)
    names = [f"z{i}" for i in range(10)]
    table = pd.DataFrame(X, columns=["x", *names])
    fitted = ConditionalMI(names, estimator=GaussianMI(), regressor=LinearRegression(), random_state=0).fit(table, y)
    assert isinstance(fitted.estimator_, GaussianMI)
    assert fitted.mi_ == pytest.approx(0.5, abs=0.06)
    assert list(fitted.conditioning_) == list(range(1, 11))
    # A linear regression leaves all of what is not linear.
    X, y = ConfoundedPair(0.0, 4, "absolute").sample(1000, random_state=0)
    left = ConditionalMI([1, 2, 3, 4], regressor=LinearRegression(), random_state=0).fit(X, y)
    assert left.mi_ > 0.2


def test_the_score_is_that_of_residuals_of_new_rows():
    pair = ConfoundedPair(0.7, 5)
    X, y = pair.sample(2000, random_state=0)
    fitted = ConditionalMI(pair.conditioning, random_state=0).fit(X[:1000], y[:1000])
    score = fitted.score(X[1000:], y[1000:])
    assert 0.4 < score < 0.75
    assert fitted.score(X[1000:], np.roll(y[1000:], 1, axis=0)) < 0
    with pytest.raises(ValueError, match="belong together"):
        fitted.log_density_ratio(X[:5], y[:4])
    assert cross_val_score(fitted, X[:600], y[:600], cv=3).mean() > 0.2


def test_labels_among_the_conditioning_columns():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b", "c"], 2000)
    Z = rng.standard_normal((2000, 4))
    shift = 2 * (group == "a") + Z.sum(axis=1)
    table = pd.DataFrame(Z, columns=list("defg")).assign(group=group, x=shift + rng.standard_normal(2000))
    fitted = ConditionalMI(["group", *"defg"], random_state=0).fit(table, shift + rng.standard_normal(2000))
    assert fitted.method_ == "residuals"
    assert abs(fitted.mi_) < 0.06


def test_labels_to_explain_go_by_neighbors_and_that_is_said():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 5))
    y = np.where(X.sum(axis=1) + rng.standard_normal(400) > 0, "yes", "no")
    with kept_warnings() as kept:
        fitted = ConditionalMI([1, 2, 3, 4]).fit(X, y)
    assert any("far apart in so many" in warning.message for warning in kept)
    assert fitted.method_ == "neighbors"


def test_the_test_permutes_residuals():
    rejected = []
    for seed in range(12):
        X, y = ConfoundedPair(0.0, 8).sample(400, random_state=seed)
        model = ConditionalMI(range(1, 9), regressor=LinearRegression(), random_state=0)
        rejected.append(mi_permutation_test(model, X, y, n_permutations=39, random_state=seed).pvalue <= 0.05)
    assert np.mean(rejected) < 0.3
    X, y = ConfoundedPair(0.3, 8).sample(400, random_state=0)
    assert mi_permutation_test(model, X, y, n_permutations=39, random_state=0).pvalue <= 0.05
    # The columns may also be named in the test.
    free = ConditionalMI(regressor=LinearRegression(), random_state=0)
    test = mi_permutation_test(free, X, y, n_permutations=39, conditioning=range(1, 9), random_state=0)
    assert test.pvalue <= 0.05


@pytest.mark.parametrize("n_confounders", [1, 6])
def test_the_one_call_given_columns(n_confounders):
    X, y = ConfoundedPair(0.5, n_confounders).sample(1000, random_state=0)
    found = skmi.estimate(X[:, 0], y, given=X[:, 1:], max_seconds=5, random_state=0)
    assert found.low < 0.5 < found.high
    assert found.mi == pytest.approx(0.5, abs=0.12)
    assert f"given {n_confounders} columns" in found.method
    assert skmi.estimate(X[:, 0], y, max_seconds=5, random_state=0).mi > 0.6


def pairs_of_rows(seed=0, n_groups=300):
    """Return x, y, Z of two rows in each group, which share Z and a part of x and y that nothing else tells."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), 2)
    Z, own = rng.standard_normal((n_groups, 4))[groups], rng.standard_normal(n_groups)[groups]
    x, y = (own + 0.5 * rng.standard_normal(2 * n_groups) for _ in range(2))
    return x, y, Z, groups


def test_regressions_do_not_see_other_rows_of_a_group():
    x, y, Z, groups = pairs_of_rows()
    X = np.column_stack([x, Z])
    regressor = KNeighborsRegressor(1)
    whole = list(GroupKFold(5).split(X, groups=groups))
    by_rows, by_groups = (
        ConditionalMI([1, 2, 3, 4], regressor=regressor, cv=cv, random_state=0).fit(X, y).mi_ for cv in (5, whole)
    )
    # By rows, the other row of the group gives the shared part away. By groups x and y keep it, and the error of a
    # neighbour in Z that tells nothing: correlations of 2 / 2.5 before, and at least as much information.
    assert by_groups > by_rows + 0.2
    found = skmi.estimate(x, y, groups, given=Z, max_seconds=5, random_state=0)
    assert found.mi > by_rows + 0.2


def test_folds_that_leave_rows_out_raise():
    x, y, Z, _ = pairs_of_rows()
    with pytest.raises(ValueError, match="every row in the test part of one fold"):
        ConditionalMI([1, 2, 3, 4], cv=ShuffleSplit(2, random_state=0)).fit(np.column_stack([x, Z]), y)
