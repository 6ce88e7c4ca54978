"""All pairs of columns: the same numbers as pair by pair, a frame and a picture, resumable, and said where in doubt."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.datasets import load_wine

from skmi import KSG
from skmi.exceptions import InfiniteMIWarning, SerialDependenceWarning, SkmiWarning, UnreliableEstimateWarning
from skmi.feature_selection import MIMatrixDisplay, mi_matrix, mi_scores


def mixed(n_samples=400, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.standard_normal(n_samples), "label": rng.choice(["x", "y", "z"], n_samples)})
    X["b"] = X["a"] + 0.7 * rng.standard_normal(n_samples)
    X["other"] = np.where(rng.random(n_samples) < 0.8, X["label"], "x")
    X["c"] = (X["label"] == "x") + 0.5 * rng.standard_normal(n_samples)
    return X


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_pairs_are_those_of_ksg_in_both_directions(n_jobs):
    X = mixed()
    matrix = mi_matrix(X, n_jobs=n_jobs)
    frame = matrix.to_frame()
    for first in X:
        for second in X:
            if first != second:
                assert frame.loc[first, second] == pytest.approx(KSG().fit(X[[first]], X[second]).mi_, abs=1e-12)
    assert (frame.to_numpy() == frame.to_numpy().T).all()
    assert list(matrix.kind) == ["continuous", "discrete", "continuous", "discrete", "continuous"]


def test_the_diagonal_and_normalized_values():
    matrix = mi_matrix(mixed(4000))
    frame, share = matrix.to_frame(), matrix.to_frame(normalized=True)
    assert np.isinf(frame.loc["a", "a"])
    assert frame.loc["label", "label"] == pytest.approx(np.log(3), abs=0.01)
    assert (np.diag(share) == 1).all()
    assert share.loc["a", "b"] == pytest.approx(1 / np.sqrt(1.49), abs=0.03)  # the correlation
    assert share.loc["c", "label"] == pytest.approx(frame.loc["c", "label"] / frame.loc["label", "label"])
    assert share.loc["label", "other"] == pytest.approx(frame.loc["label", "other"] / frame.loc["other", "other"])
    assert ((share >= 0) & (share <= 1)).all().all()


def test_scores_have_the_same_normalized_values_and_bits():
    X = mixed()
    matrix, scores = mi_matrix(X).to_frame(normalized=True), mi_scores(X.drop(columns="a"), X["a"])
    for name, value, mi, bits in zip(scores.feature, scores.normalized, scores.mi, scores.bits, strict=True):
        assert matrix.loc[name, "a"] == pytest.approx(value)
        assert bits == pytest.approx(mi / np.log(2))


def test_the_long_frame_has_one_row_a_pair():
    matrix = mi_matrix(mixed(), pvalues=True, random_state=0)
    long = matrix.to_frame(long=True)
    assert len(long) == 10
    assert long.mi.is_monotonic_decreasing
    assert set(zip(long.feature, long.other, strict=True)) >= {("a", "b"), ("label", "other"), ("label", "c")}
    pvalue = long.set_index(["feature", "other"]).pvalue
    assert pvalue["a", "b"] < 0.01
    assert pvalue["a", "label"] > 0.05
    assert (np.diag(matrix.pvalue) == 0).all()


def test_finished_rows_are_not_computed_again(tmp_path, monkeypatch):
    X, path = mixed(), tmp_path / "matrix.csv"
    whole = mi_matrix(X, results=path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:6]) + lines[6][:20])  # the second row of the matrix was being written
    computed = []
    from skmi.feature_selection._pairs import PairTable

    row = PairTable.row
    monkeypatch.setattr(PairTable, "row", lambda table, i: computed.append(i) or row(table, i))
    again = mi_matrix(X, results=path)
    assert sorted(computed) == [1, 2, 3]
    assert again.to_frame().equals(whole.to_frame())
    mi_matrix(X, results=path)
    assert sorted(computed) == [1, 2, 3]
    mi_matrix(X, n_neighbors=4, results=path)
    assert sorted(computed) == [0, 1, 1, 2, 2, 3, 3]


def test_missing_values_cost_rows_and_bad_columns_themselves_alone():
    X = mixed()
    X.loc[:99, "a"] = np.nan
    X["when"] = pd.date_range("2020", periods=len(X))
    X["key"] = [f"row {i}" for i in range(len(X))]
    with pytest.warns(SkmiWarning) as found:
        matrix = mi_matrix(X)
    texts = " ".join(str(w.message) for w in found)
    assert "when of X: no estimate" in texts
    assert "key of X: no estimate" in texts
    frame = matrix.to_frame()
    assert frame.loc["a", "b"] == pytest.approx(KSG().fit(X[["a"]][100:], X["b"][100:]).mi_, abs=1e-12)
    assert matrix.n_samples[0, 2] == 300
    assert frame.drop(index=["when", "key"], columns=["when", "key"]).notna().all().all()
    assert np.diag(frame.to_numpy())[5] == 0


def test_labels_that_name_rows_tell_nothing_as_first_or_second_of_a_pair():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(200)], "x": rng.standard_normal(200)})
    table["group"], table["few"] = rng.choice(list("ab"), 200), table["x"].where(table.index < 2)
    for columns in (["id", "x", "group"], ["x", "group", "id"]):
        with pytest.warns(UnreliableEstimateWarning, match="Column id of X: no estimate") as caught:
            matrix = mi_matrix(table[columns])
        assert len(caught) == 1
        frame = matrix.to_frame()
        assert np.isnan(frame.loc["id", ["x", "group"]]).all()
        assert np.isfinite(frame.loc["x", "group"])
        assert dict(zip(matrix.feature, matrix.kind, strict=True))["id"] == "discrete"
    # What two columns lack together is said of the pairs, and not of each.
    with pytest.warns(UnreliableEstimateWarning, match=r"No estimate of \(x, few\), and NaN"):
        mi_matrix(table[["x", "few"]])


def test_clean_tables_are_silent_and_doubtful_ones_are_not():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 3))
    mi_matrix(X)
    with pytest.warns(InfiniteMIWarning, match=r"\(0, 1\)"):
        mi_matrix(np.column_stack([X[:, 0], 2 * X[:, 0] + 1, X[:, 1]]))
    with pytest.warns(UnreliableEstimateWarning, match="outliers or heavy tails"):
        mi_matrix(np.where(X > 2.9, 1e6, X))
    with pytest.warns(SerialDependenceWarning):
        mi_matrix(pd.DataFrame(np.cumsum(X, axis=0)).ewm(alpha=0.5).mean())
    with pytest.raises(ValueError, match="at least 2 columns"):
        mi_matrix(X[:, :1])
    dates = pd.date_range("2020", periods=50)
    with pytest.raises(ValueError, match="No column of X can be scored"):
        mi_matrix(pd.DataFrame({"start": dates, "end": dates}))


def test_the_picture_puts_related_columns_side_by_side():
    X, _ = load_wine(return_X_y=True, as_frame=True)
    display = MIMatrixDisplay.from_data(X)
    names = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert sorted(names) == sorted(X.columns)
    assert abs(names.index("flavanoids") - names.index("total_phenols")) == 1
    plain = display.matrix.plot(clustered=False)
    assert [label.get_text() for label in plain.ax_.get_xticklabels()] == list(X.columns)
    plt.close("all")


def test_pvalues_of_independent_columns_are_uniform():
    X = np.random.default_rng(0).standard_normal((150, 16))
    matrix = mi_matrix(X, pvalues=True, n_permutations=50, random_state=0)
    pvalues = matrix.pvalue[np.triu_indices(16, 1)]
    # 120 of them, in which pairs of one column depend on one another a little: 1.63 / sqrt(120) at a level of 1 %.
    assert kstest(pvalues, "uniform").statistic < 0.15
    assert pvalues.min() < 0.05
    X[:, 1] = X[:, 0] + 0.5 * np.random.default_rng(1).standard_normal(150)
    matrix = mi_matrix(X, pvalues=True, n_permutations=50, random_state=0)
    assert matrix.pvalue[0, 1] == pytest.approx(1 / (50 * 120 + 1))
    np.testing.assert_array_equal(matrix.pvalue, matrix.pvalue.T)
