"""Conditional mutual information, against closed forms."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi import KSG, ConditionalKSG
from skmi.estimators import ksg_conditional_mutual_info
from skmi.exceptions import UnreliableEstimateWarning


def triple(shared, direct, n_samples=4000, seed=0):
    """Return x, y, z with I(x; y | z) = log(1 + direct**2) / 2, and z behind both by as much as ``shared``."""
    z, own, noise = np.random.default_rng(seed).standard_normal((3, n_samples))
    x = shared * z + own
    return x, shared * z + direct * own + noise, z


@pytest.mark.parametrize(("shared", "direct"), [(0.0, 0.0), (0.0, 0.8), (0.8, 0.5), (1.0, 0.0)])
def test_normal_variables(shared, direct):
    x, y, z = triple(shared, direct)
    truth = 0.5 * np.log1p(direct**2)
    fitted = ConditionalKSG(1).fit(np.column_stack([x, z]), y)
    assert fitted.mi_ == pytest.approx(truth, abs=0.04)
    assert ksg_conditional_mutual_info(x, y, z) == pytest.approx(truth, abs=0.04)


def test_a_common_cause_explains_what_a_chain_shares():
    x, y, z = triple(1.0, 0.0)
    assert KSG().fit(x[:, None], y).mi_ > 0.12
    assert abs(ConditionalKSG(1).fit(np.column_stack([x, z]), y).mi_) < 0.03


def test_chain_rule():
    x, y, z = triple(0.6, 0.5)
    X = np.column_stack([x, z])
    both, given = KSG().fit(X, y).mi_, KSG().fit(z[:, None], y).mi_
    assert ConditionalKSG(1).fit(X, y).mi_ == pytest.approx(both - given, abs=0.04)


def test_without_conditioning_it_equals_ksg():
    x, y, z = triple(0.6, 0.5, 500)
    X = np.column_stack([x, z])
    np.testing.assert_array_equal(ConditionalKSG().fit(X, y).pointwise_, KSG().fit(X, y).pointwise_)


def test_independent_bits_are_dependent_given_their_sum():
    a, b = np.random.default_rng(0).integers(2, size=(2, 3000))
    X = np.column_stack([a, a ^ b])
    assert KSG().fit(X[:, :1], b).mi_ == pytest.approx(0.0, abs=2e-3)
    assert ConditionalKSG(1).fit(X, b).mi_ == pytest.approx(np.log(2), abs=2e-3)


def test_conditioning_on_a_label():
    rng = np.random.default_rng(0)
    group = rng.integers(3, size=4000)
    x, own, noise = rng.standard_normal((3, 4000))
    table = pd.DataFrame({"x": 5 * group + x, "group": pd.Categorical(group)})
    assert abs(ConditionalKSG("group").fit(table, 5 * group + own).mi_) < 0.03
    fitted = ConditionalKSG(["group"]).fit(table, 5 * group + x + noise)
    assert fitted.mi_ == pytest.approx(0.5 * np.log(2), abs=0.04)
    assert fitted.conditioning_.tolist() == [1]


@pytest.mark.parametrize("conditioning", [1, -1, [1], np.array([False, True]), [False, True]], ids=str)
def test_ways_to_name_a_column(conditioning):
    x, y, z = triple(0.6, 0.5, 300)
    X = np.column_stack([x, z])
    assert ConditionalKSG(conditioning).fit(X, y).mi_ == ConditionalKSG(1).fit(X, y).mi_


@pytest.mark.parametrize(
    ("conditioning", "message"),
    [
        ("z", "no names, since it is an array"),
        (2, "numbers 0 to 1; got \\[2\\]"),
        ([0.5], "numbers 0 to 1"),
        ([True], "mask of 2 booleans; got .'a mask of shape"),
        ([0, 1], "none is left"),
    ],
)
def test_wrong_names_are_refused(conditioning, message):
    x, y, z = triple(0.6, 0.5, 300)
    with pytest.raises(ValueError, match=message):
        ConditionalKSG(conditioning).fit(np.column_stack([x, z]), y)
    with pytest.raises(ValueError, match=r"the names \['x', 'z'\]; got \['w'\]"):
        ConditionalKSG("w").fit(pd.DataFrame({"x": x, "z": z}), y)


def test_travels_through_pipelines_and_searches():
    x, y, z = triple(0.6, 1.0, 1500)
    noise = np.random.default_rng(1).standard_normal(1500)
    table = pd.DataFrame({"noise": noise, "x": x, "z": z})
    prepare = make_column_transformer(
        (StandardScaler(), ["x"]), ("passthrough", ["z"]), verbose_feature_names_out=False
    )
    model = make_pipeline(prepare.set_output(transform="pandas"), ConditionalKSG("z")).fit(table, y)
    assert model[-1].mi_ == pytest.approx(0.5 * np.log(2), abs=0.05)
    search = GridSearchCV(model, {"columntransformer__standardscaler__with_mean": [True, False]}, cv=3).fit(table, y)
    assert search.best_score_ > 0.3


def test_ties_and_repeats_do_not_break_it():
    x, y, z = triple(0.6, 0.5)
    rounded = np.column_stack([x, z]).round(1)
    assert ConditionalKSG(1).fit(rounded, y.round(1)).mi_ == pytest.approx(0.11, abs=0.04)


def test_groups_of_too_few_rows_warn():
    x, y, _ = triple(0.0, 1.0, 600)
    table = pd.DataFrame({"x": x, "group": (np.arange(600) // 4).astype(str)})
    with pytest.warns(UnreliableEstimateWarning, match="no estimate can exceed"):
        ConditionalKSG("group").fit(table, y)
    with pytest.raises(ValueError, match="n_neighbors"):
        ksg_conditional_mutual_info(x, y, x, n_neighbors=0)
