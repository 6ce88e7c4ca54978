"""Scores of columns, against scikit-learn's functions and the stated rules."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.feature_selection import (
    SelectFdr,
    SelectFpr,
    SelectFwe,
    SelectKBest,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skmi import KSG
from skmi._tables import ColumnCoder
from skmi.estimators import ksg_of_columns, pointwise_ksg
from skmi.exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    RepeatedRowsWarning,
    UnreliableEstimateWarning,
    kept_warnings,
)
from skmi.feature_selection import (
    MIScoresDisplay,
    MutualInfoSelector,
    lagged,
    mi_scores,
    mutual_info,
    mutual_info_test,
)


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer], ids=lambda load: load.__name__)
@pytest.mark.parametrize("n_neighbors", [3, 5])
def test_labels_equal_scikit_learn(load, n_neighbors):
    X, y = load(return_X_y=True)
    # Only columns without ties: scikit-learn breaks ties by different random noise.
    X = X + 1e-6 * X.std(axis=0) * np.random.default_rng(0).uniform(size=X.shape)
    theirs = mutual_info_classif(X, y, n_neighbors=n_neighbors, random_state=0)
    # Its noise of 1e-10 moves a neighbour now and then by one count.
    np.testing.assert_allclose(np.maximum(mutual_info(X, y, n_neighbors=n_neighbors), 0), theirs, atol=2e-3)


def test_continuous_target_equals_scikit_learn():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 4))
    y = X[:, 0] + np.abs(X[:, 1]) + rng.standard_normal(3000)
    theirs = mutual_info_regression(X, y, random_state=0)
    np.testing.assert_allclose(np.maximum(mutual_info(X, y), 0), theirs, atol=1e-6)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_each_column_equals_ksg(n_jobs):
    X, y = load_diabetes(return_X_y=True)
    each = [KSG().fit(X[:, [j]], y).mi_ for j in range(X.shape[1])]
    np.testing.assert_array_equal(mutual_info(X, y, n_jobs=n_jobs), each)


@pytest.mark.parametrize("target", ["continuous", "labels"])
def test_many_columns_at_once_equal_one_by_one(target):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 9)) * [1e-3, 1, 1, 1e5, 1, 1, 1, 1, 1] + [0, 0, 1e6, 0, 0, 0, 0, 0, 0]
    y = X[:, 1] + rng.standard_normal(3000)
    X[:, 4] = X[:, 4].round(1)  # ties, which the fast path leaves to the general one
    if target == "labels":
        y = np.digitize(y, [-2, 0, 0.5])
    each = [KSG().fit(X[:, [j]], y).mi_ for j in range(X.shape[1])]
    np.testing.assert_allclose(mutual_info(X, y), each, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(mutual_info(X, y), mutual_info(X, y, n_jobs=2))


def test_mixed_columns_with_missing_values_are_scored():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(1000)
    table = pd.DataFrame(
        {
            "noise": rng.standard_normal(1000),
            "signal": y + 0.3 * rng.standard_normal(1000),
            "sign": np.where(y > 0, "up", "down"),
            "few": rng.integers(4, size=1000),
            "flag": pd.Categorical(rng.integers(2, size=1000)),
        }
    )
    table.loc[:99, "signal"] = np.nan
    table.loc[:49, "sign"] = None
    y[990:] = np.nan
    scores = mi_scores(table, y)
    frame = scores.to_frame().set_index("feature")
    assert list(frame.index[:2]) == ["signal", "sign"]
    assert frame.loc[["noise", "signal", "sign", "few", "flag"], "n_samples"].tolist() == [990, 890, 940, 990, 990]
    assert frame.loc[["noise", "signal"], "kind"].tolist() == ["continuous"] * 2
    assert frame.loc[["sign", "few", "flag"], "kind"].tolist() == ["discrete"] * 3
    assert frame.loc["sign", "mi"] == pytest.approx(np.log(2), abs=0.03)
    assert abs(frame.loc["noise", "mi"]) < 4 * frame.loc["noise", "standard_error"]
    assert "signal" in repr(scores)
    assert (np.diff(scores.mi) <= 0).all()


def test_works_in_scikit_learn_selectors_pipelines_and_scorers():
    X, y = load_wine(return_X_y=True, as_frame=True)
    best = SelectKBest(mutual_info, k=3).fit(X, y)
    assert "flavanoids" in best.get_feature_names_out()
    columns = ColumnTransformer([("best", SelectKBest(mutual_info, k=2), list(X.columns[:6]))], remainder="passthrough")
    pipeline = make_pipeline(columns, LogisticRegression(max_iter=10_000))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.8
    scores = cross_val_score(LogisticRegression(max_iter=10_000), X, y, scoring=make_scorer(mutual_info), cv=3)
    assert scores.shape == (3,)
    assert (scores > 0.8).all()


def test_declared_kinds_override_dtypes():
    rng = np.random.default_rng(0)
    X = rng.integers(4, size=(500, 2))
    assert mi_scores(X, rng.standard_normal(500)).kind.tolist() == ["discrete"] * 2
    assert mi_scores(X, rng.standard_normal(500), discrete_features=False).kind.tolist() == ["continuous"] * 2
    kinds = mi_scores(X, rng.standard_normal(500), discrete_features=[1])
    assert dict(zip(kinds.feature.tolist(), kinds.kind.tolist(), strict=True)) == {0: "continuous", 1: "discrete"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((5, 2))}, "inconsistent numbers of samples"),
        ({"y": np.zeros((10, 2))}, "target of one column, got 2"),
        ({"discrete_features": [True]}, "mask of 2 booleans"),
        ({"n_neighbors": 20}, "n_neighbors=20 and n_samples=10"),
        ({"X": np.full((10, 2), np.nan)}, "rows in which neither it nor y is missing"),
        ({"X": np.full((10, 2), np.inf)}, "infinity"),
        ({"n_neighbors": 0}, "n_neighbors"),
    ],
    ids=str,
)
def test_bad_input_raises(change, message):
    rng = np.random.default_rng(0)
    arguments = {"X": rng.standard_normal((10, 2)), "y": rng.standard_normal(10), **change}
    with pytest.raises(ValueError, match=message):
        mutual_info(**arguments)


def test_progress_bar_only_when_asked(capsys):
    X, y = load_wine(return_X_y=True)
    mutual_info(X, y)
    assert capsys.readouterr() == ("", "")
    mutual_info(X, y, verbose=1)
    assert "columns" in capsys.readouterr().err


def test_display_draws_the_highest_scores():
    X, y = load_wine(return_X_y=True, as_frame=True)
    display = MIScoresDisplay.from_data(X, y, max_features=4)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [str(name) for name in display.scores.feature[:4]]
    assert "nats" in display.ax_.get_xlabel()


def test_scores_warn_when_the_data_make_them_meaningless():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 3))
    y = X[:, 1] + rng.standard_normal(3000)
    table = pd.DataFrame(X, columns=["noise", "signal", "other"]).assign(same=7.0)
    with pytest.warns(ConstantColumnWarning, match="Column same of X"):
        assert mi_scores(table, y).to_frame().set_index("feature").mi["same"] == 0
    with pytest.warns(InfiniteMIWarning, match="Column signal of X"):
        mutual_info(table[["noise", "signal"]], X[:, 1])
    with pytest.warns(RepeatedRowsWarning, match="6000 of 6000 rows"):
        mutual_info(np.vstack([X, X]), np.hstack([y, y]))


def test_polars_tables_equal_pandas_tables():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(300)
    columns = {
        "number": np.where(rng.uniform(size=300) < 0.1, None, y + rng.standard_normal(300)).tolist(),
        "word": np.where(y > 0, "up", "down").tolist(),
        "flag": (y > 1).tolist(),
        "count": rng.integers(3, size=300).tolist(),
    }
    # A missing number is NaN for pandas and null for polars.
    ours = mi_scores(pl.DataFrame(columns), pl.Series(y)).to_frame()
    pd.testing.assert_frame_equal(ours, mi_scores(pd.DataFrame(columns).astype({"number": float}), y).to_frame())


def test_pvalues_find_the_columns_that_matter_and_few_others():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 40))
    y = X[:, 0] + X[:, 1] ** 2 + 0.7 * rng.standard_normal(400)
    scores = mi_scores(X, y, pvalues=True, random_state=0)
    assert set(scores.feature[:2]) == {0, 1}
    assert scores.pvalue[0] == pytest.approx(1 / (199 * 40 + 1))
    assert (scores.adjusted_pvalue[:2] < 0.01).all()
    assert (scores.adjusted_pvalue >= scores.pvalue).all()
    assert list(scores.to_frame().columns)[-2:] == ["pvalue", "adjusted_pvalue"]
    assert "adjusted" in repr(scores)
    mi, pvalues = mutual_info_test(X, y)
    assert mi.shape == pvalues.shape == (40,)
    for selector in (SelectFdr, SelectFwe, SelectFpr):
        kept = np.flatnonzero(selector(mutual_info_test, alpha=0.01).fit(X, y).get_support())
        assert {0, 1} <= set(kept)
        assert len(kept) <= 4


@pytest.mark.parametrize("target", ["quantity", "labels", "rounded"])
def test_pvalues_of_independent_columns_are_uniform(target):
    pvalues = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.standard_normal(120)
        y = {"quantity": y, "labels": rng.integers(0, 3, 120), "rounded": y.round(1)}[target]
        X = pd.DataFrame(rng.standard_normal((120, 8)))
        X[8], X[9] = rng.integers(0, 4, 120).astype(str), np.maximum(rng.standard_normal(120), 0)
        X.iloc[:7, 0] = np.nan
        pvalues.append(mutual_info_test(X, y, random_state=seed, n_permutations=39)[1])
    pvalues = np.concatenate(pvalues)
    # 200 p-values: shares of 0.2 and 0.5 have standard deviations of 0.03 and 0.04.
    assert abs(np.mean(pvalues <= 0.2) - 0.2) < 0.1
    assert abs(np.mean(pvalues <= 0.5) - 0.5) < 0.12


def test_pvalues_do_not_depend_on_workers_or_on_monotone_maps():
    X, y = load_diabetes(return_X_y=True)
    one, two = (mi_scores(X, y, pvalues=True, random_state=1, n_jobs=n_jobs).pvalue for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)
    untied = np.random.default_rng(0).standard_normal((300, 3))
    plain, bent = (mutual_info_test(Z, untied[:, 0] + untied[:, 2])[1] for Z in (untied, np.exp(2 * untied)))
    np.testing.assert_array_equal(plain, bent)


def test_errors_of_scores_are_those_of_repeated_draws():
    draws = np.random.default_rng(0).standard_normal((80, 2, 400))
    scores = [mi_scores(a[:, None], 0.6 * a + 0.8 * b) for a, b in draws]
    found = np.array([(score.mi[0], score.standard_error[0]) for score in scores])
    assert 0.75 < found[:, 1].mean() / found[:, 0].std(ddof=1) < 1.3


@pytest.mark.parametrize(
    "kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_sparse_columns_are_those_of_the_dense_table(kind, dtype):
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.4, (500, 30))
    y = counts[:, 3] + rng.standard_normal(500)
    X = kind(counts.astype(dtype))
    np.testing.assert_array_equal(mutual_info(X, y), mutual_info(counts, y))
    dense, found = (mi_scores(side, y, pvalues=True, random_state=0) for side in (counts, X))
    assert found.to_frame().equals(dense.to_frame())
    assert mutual_info_test(X, y > 0)[1].argmin() == 3
    chosen = SelectKBest(mutual_info, k=1).fit(X, y)
    assert sparse.issparse(chosen.transform(X))


def test_sparse_quantities_are_continuous():
    X = sparse.random_array((400, 5), density=0.3, rng=0, format="csr")
    y = X.toarray()[:, 2] + 0.1 * np.random.default_rng(0).standard_normal(400)
    with kept_warnings():
        scores = mi_scores(X, y)
    assert (scores.kind == "continuous").all()
    assert scores.feature[0] == 2


def test_several_targets_are_scored_one_by_one():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((300, 3)), columns=list("abc"))
    Y = pd.DataFrame({"t": X["a"] + rng.standard_normal(300), "label": np.where(X["b"] > 0, "yes", "no")})
    scores = mi_scores(X, Y)
    frame = scores.to_frame().set_index(["target", "feature"])
    assert len(frame) == 6
    for target in Y:
        alone = mi_scores(X, Y[target]).to_frame().set_index("feature")
        for name in X:
            assert frame.mi[target, name] == alone.mi[name]
    assert scores.mi.tolist() == sorted(scores.mi, reverse=True)
    assert repr(scores).splitlines()[1].split()[:2] == ["label", "b"]
    assert set(mi_scores(X, Y.to_numpy()[:, :1].astype(float)).to_frame().columns) >= {"normalized", "bits"}
    tested = mi_scores(X, Y, pvalues=True, random_state=0)
    assert (tested.adjusted_pvalue >= tested.pvalue).all()


def test_lags_show_the_past_and_nothing_later():
    X = pd.DataFrame({"a": np.arange(6), "b": 10.0 * np.arange(6)})
    found, y = lagged(X, [0, 2], np.arange(6))
    assert list(found.columns) == ["a, lag 0", "b, lag 0", "a, lag 2", "b, lag 2"]
    assert found.to_numpy().tolist() == [[2, 20, 0, 0], [3, 30, 1, 10], [4, 40, 2, 20], [5, 50, 3, 30]]
    assert y.tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(lagged(X.to_numpy(), 2), X.to_numpy()[:4])
    for lags, message in (([-1], "show the future"), ([1.5], "whole numbers"), ([6], "largest lag"), ([], "whole")):
        with pytest.raises(ValueError, match=message):
            lagged(X, lags)


def test_scores_at_lags():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1000)
    y = np.roll(x, 3) + 0.5 * rng.standard_normal(1000)
    scores = mi_scores(pd.DataFrame({"x": x}), y, lags=range(6))
    assert scores.feature[0] == "x, lag 3"
    assert scores.mi[0] > 0.6
    assert (scores.mi[1:] < 0.1).all()
    assert (scores.n_samples == 995).all()


@pytest.mark.parametrize("labels", [False, True])
def test_compiled_columns_are_those_of_each_to_the_last_digit(labels):
    # So that a score does not depend on whether kernels are loaded, here or in a worker.
    rng = np.random.default_rng(3)
    X = rng.standard_normal((301, 4))
    y = ColumnCoder("y").fit(rng.integers(5, size=301) if labels else X[:, 0] + rng.standard_normal(301))
    for i, found in enumerate(ksg_of_columns(X, y, 4)):
        np.testing.assert_array_equal(found, pointwise_ksg(ColumnCoder("x").fit(X[:, [i]]), y, 4)[0])


def test_selection_of_sparse_columns_is_that_of_dense_ones():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.5, (400, 12))
    y = counts[:, 3] - counts[:, 7] + rng.standard_normal(400)
    X = sparse.csr_array(counts.astype(float))
    dense, found = (MutualInfoSelector(random_state=0).fit(side, y) for side in (counts, X))
    np.testing.assert_array_equal(found.selected_, dense.selected_)
    np.testing.assert_array_equal(found.gains_, dense.gains_)
    assert {3, 7} <= set(found.selected_)
    assert sparse.issparse(found.transform(X))
    rough = sparse.csr_array(np.column_stack([counts[:, 3], np.r_[rng.standard_normal(396), [-999.0] * 4]]))
    with pytest.warns(UnreliableEstimateWarning, match=r"Columns \[1\] of X have outliers"):
        MutualInfoSelector(1, random_state=0).fit(rough, y)
