"""Selection of columns: copies are left out, pairs that tell something only together are found, noise is not chosen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi import KSG, ConditionalKSG
from skmi.exceptions import UnreliableEstimateWarning, kept_warnings
from skmi.feature_selection import MutualInfoSelector, mutual_info


def with_copies(seed, n_samples=1000, n_copies=4):
    """Return X of noisy copies of five factors and of noise, and y that depends on the factors."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n_samples, 5))
    copies = [factors + 0.3 * rng.standard_normal(factors.shape) for _ in range(n_copies)]
    X = np.hstack([*copies, rng.standard_normal((n_samples, 20))])
    return X, factors @ [1.0, 0.9, 0.8, 0.7, 0.6] + 0.5 * rng.standard_normal(n_samples)


def n_factors(selected):
    return len({i % 5 for i in selected if i < 20})


@pytest.mark.parametrize(("strategy", "least"), [("cmim", 4.5), ("mrmr", 4.25), ("jmi", 3.0)])
def test_copies_are_left_out(strategy, least):
    found = []
    for seed in range(4):
        X, y = with_copies(100 + seed)
        found.append(n_factors(MutualInfoSelector(5, strategy=strategy).fit(X, y).selected_))
    assert np.mean(found) >= least
    best = SelectKBest(mutual_info, k=5).fit(X, y).get_support(indices=True)
    assert n_factors(best) < 4


def test_a_pair_that_tells_something_only_together_is_found():
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], (600, 12)) + 0.1 * rng.standard_normal((600, 12))
    y = np.sign(X[:, 3] * X[:, 8])
    selector = MutualInfoSelector(strategy="joint", random_state=0).fit(X, y)
    assert sorted(selector.selected_) == [3, 8]
    assert selector.pvalues_[0] < 0.01


@pytest.mark.parametrize("strategy", ["cmim", "jmi", "mrmr"])
def test_auto_stops_where_nothing_is_added(strategy):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((600, 15))
    X[:, 1] = X[:, 0] + 0.2 * rng.standard_normal(600)
    y = X[:, 0] + X[:, 2] + 0.5 * rng.standard_normal(600)
    selector = MutualInfoSelector(strategy=strategy, random_state=0).fit(X, y)
    assert {0, 2} <= set(selector.selected_) <= {0, 1, 2}
    assert len(selector.pvalues_) == len(selector.selected_) + 1
    assert selector.pvalues_[-1] > 0.05


def test_noise_is_rarely_chosen():
    rng = np.random.default_rng(2)
    chosen = 0
    for _ in range(30):
        X, y = rng.standard_normal((200, 8)), rng.standard_normal(200)
        with kept_warnings():
            chosen += len(MutualInfoSelector(random_state=0).fit(X, y).selected_) > 0
    assert chosen <= 5  # one and a half are expected


def test_gains_are_what_conditional_estimates_say():
    X, y = with_copies(3, 400)
    selector = MutualInfoSelector(3, n_neighbors=3).fit(X, y)
    first, second, third = selector.selected_
    assert selector.gains_[0] == pytest.approx(KSG().fit(X[:, [first]], y).mi_)
    assert selector.relevance_[first] == pytest.approx(selector.gains_[0])
    given = [ConditionalKSG(conditioning=[1]).fit(X[:, [third, other]], y).mi_ for other in (first, second)]
    assert selector.gains_[2] == pytest.approx(min(*given, selector.relevance_[third]))


def test_the_least_is_found_without_looking_everywhere():
    X, y = with_copies(4, 300, n_copies=2)
    lazy = MutualInfoSelector(6, n_neighbors=3).fit(X, y)
    selected = list(lazy.selected_[:1])
    while len(selected) < 6:
        worth = {}
        for i in set(range(X.shape[1])) - set(selected):
            given = [ConditionalKSG(conditioning=[1]).fit(X[:, [i, s]], y).mi_ for s in selected]
            worth[i] = min(*given, lazy.relevance_[i])
        selected.append(max(worth, key=worth.get))
    assert selected == lazy.selected_.tolist()


def test_tables_of_mixed_kinds_in_a_pipeline():
    rng = np.random.default_rng(5)
    n = 500
    color = rng.choice(["red", "green", "blue"], n)
    X = pd.DataFrame({"size": rng.standard_normal(n), "color": color, "key": [f"row {i}" for i in range(n)]})
    X["noise"], X["copy"] = rng.standard_normal(n), np.where(rng.random(n) < 0.95, color, "red")
    y = np.where(color == "red", 3.0, 0.0) + X["size"] + 0.3 * rng.standard_normal(n)
    selector = MutualInfoSelector(2)
    with pytest.warns(UnreliableEstimateWarning, match="they name rows"):
        selector.fit(X, y)
    assert set(selector.get_feature_names_out()) == {"size", "color"}
    assert np.isnan(selector.relevance_[2])
    selector.set_output(transform="pandas")
    assert list(selector.transform(X).columns) == ["size", "color"]
    with pytest.warns(UnreliableEstimateWarning, match="they name rows"), pytest.raises(ValueError, match="at most 4"):
        MutualInfoSelector(5).fit(X, y)


def test_searches_and_labels():
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), MutualInfoSelector(2), LogisticRegression())
    search = GridSearchCV(model, {"mutualinfoselector__n_features_to_select": [1, 3]}, cv=3).fit(X, y)
    assert search.best_params_ == {"mutualinfoselector__n_features_to_select": 3}
    assert cross_val_score(search.best_estimator_, X, y, cv=3).mean() > 0.85


def test_threads_change_nothing():
    X, y = with_copies(6, 300)
    one, two = (MutualInfoSelector(random_state=0, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.selected_, two.selected_)
    np.testing.assert_array_equal(one.pvalues_, two.pvalues_)


def test_what_cannot_be_selected_from_is_said():
    X, y = with_copies(7, 100)
    with pytest.raises(ValueError, match="at most 40 columns"):
        MutualInfoSelector(41).fit(X, y)
    with pytest.raises(ValueError, match="target of one column"):
        MutualInfoSelector(2).fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="NaN"):
        MutualInfoSelector(2).fit(np.where(X > 2, np.nan, X), y)
