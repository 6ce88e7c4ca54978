"""The one call: what it chooses, what it says, and what it leaves alone."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skmi
from skmi import KSG, AutoMI, CompressedMI, GaussianMI, KozachenkoLeonenko
from skmi._tables import Columns
from skmi.automatic import Estimate, Route
from skmi.automatic._calibrator import FILE, Trees, calibrate, distances, rule
from skmi.automatic._cheap import DESCRIPTIONS, ESTIMATES, cheap_estimates, dimension, mixture_mi
from skmi.automatic._combine import combined
from skmi.automatic._pair import Pair
from skmi.automatic._plan import plan
from skmi.automatic._route import Found
from skmi.automatic._smoothed import smoothed
from skmi.datasets import (
    CorrelatedNormal,
    DiscreteChannel,
    GroupedNormal,
    MappedPair,
    NormalSeries,
    RoundedNormal,
    blob_images,
    correlated_uniform,
    swiss_roll,
    symmetric_channel,
)
from skmi.exceptions import (
    ConstantColumnWarning,
    InterruptedWarning,
    RareClassWarning,
    SerialDependenceWarning,
    UnreliableEstimateWarning,
    kept_warnings,
)

QUICK = {"max_seconds": 1, "random_state": 0}


def pair_of(X, y, labels=False):
    X, y = np.asarray(X, float), np.asarray(y, float).reshape(len(y), -1)
    return Pair(Columns.of_numbers(X), Columns(y, np.full(y.shape[1], labels)), (None, None), None, 0)


@pytest.mark.parametrize("mi", [0.0, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("n_features", [1, 3])
def test_normal_pairs_are_read_within_the_interval(mi, n_features):
    X, y = CorrelatedNormal(mi, n_features, n_features).sample(3000, random_state=1)
    found = skmi.estimate(X, y, **QUICK)
    assert found.low - 0.02 <= mi <= found.high + 0.02
    # The calibrator may be off by a tenth where nearest neighbours are off by a half.
    assert found.mi == pytest.approx(mi, abs=0.08 + 0.1 * mi)
    assert found.lower_bound <= mi
    assert found.reliable


def test_many_columns_are_not_read_as_few_nats():
    # Nearest neighbours read 0.3 of these 2 nats, the Gaussian formula all.
    X, y = CorrelatedNormal(2.0, 20, 20, mixing=0).sample(3000, random_state=0)
    found = skmi.estimate(X, y, **QUICK)
    assert 1.5 < found.mi < 3.0
    assert found.low < 2.0 < found.high


def test_labels_of_one_side_or_both():
    pair = GroupedNormal(4, 2, 2.0)
    X, y = pair.sample(2000, random_state=0)
    found = skmi.estimate(X, y, **QUICK)
    assert found.mi == pytest.approx(pair.mi, abs=0.06)
    assert found.high < np.log(4) + 0.01
    text = np.array(["a", "b", "c", "d"], dtype=object)[y[:, 0]]
    assert skmi.estimate(X, text, **QUICK).mi == pytest.approx(found.mi, abs=1e-9)
    # The sides may change places.
    assert skmi.estimate(pd.DataFrame({"y": text}), X, **QUICK).mi == pytest.approx(found.mi, abs=1e-9)
    channel = symmetric_channel(0.5, 5)
    both = skmi.estimate(*channel.sample(3000, random_state=0), **QUICK)
    assert both.low < 0.5 < both.high
    assert both.method == "KSG"


def test_tables_of_both_kinds_of_columns():
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green"], 1000)
    size = rng.standard_normal(1000)
    X = pd.DataFrame({"colour": colour, "size": size})
    found = skmi.estimate(X, size * (colour == "red") + 0.5 * rng.standard_normal(1000), **QUICK)
    assert found.low > 0.2
    assert [route.name for route in found.routes] == ["KSG", "GaussianCopulaMI", "GaussianMI"]


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes])
def test_bundled_tables_are_reliable_and_silent(load):
    X, y = load(return_X_y=True)
    found = skmi.estimate(X[:, :8], y, **QUICK)
    assert found.low <= found.mi <= found.high
    assert found.reliable, found.reasons
    if load is not load_diabetes:
        shares = np.bincount(y) / len(y)
        assert found.mi < -np.sum(shares * np.log(shares)) + 0.02


def test_images_are_recognised_and_codes_read():
    digits = load_digits()
    found = skmi.estimate(digits.images, digits.target, max_seconds=8, random_state=0)
    # A logistic regression proves 2.05 of at most 2.30 nats.
    assert 2.05 < found.mi < 2.31
    assert "codes" in found.method
    # Rows held out show nearly all that labels hold, so that nothing speaks against it.
    assert found.reliable
    # Labels of any kind: their codes are not their values.
    names = np.array(["zero", "one", *"abcdefgh"], dtype=object)[digits.target]
    for labels in (7 + 10 * digits.target, names):
        model = AutoMI(max_seconds=8, random_state=0).fit(digits.images, labels)
        assert model.mi_ == pytest.approx(found.mi, abs=0.05)
        assert model.score(digits.images[:300], labels[:300]) > 1.0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")
def test_networks_find_what_linear_codes_lose():
    X, y = blob_images(2.0, 8).sample(1500, random_state=0)
    # So much time that no slow machine cuts it short.
    model = AutoMI(max_seconds=600, random_state=0).fit(X.reshape(-1, 8, 8), y.reshape(-1, 8, 8))
    assert model.method_ == "contrastive codes"
    assert model.low_ < 2.0 < model.high_
    scores = {route.name: route.score for route in model.routes_}
    assert scores["contrastive codes"] > scores["canonical codes"]
    (linear,) = [route for route in model.routes_ if route.name == "rank correlations"]
    assert "far from normal" in linear.note


def test_independent_images_tell_nothing():
    X, y = blob_images(0.0, 8).sample(1500, random_state=0)
    found = skmi.estimate(X.reshape(-1, 8, 8), y.reshape(-1, 8, 8), max_seconds=2, random_state=0)
    assert found.mi == pytest.approx(0.0, abs=0.03)


def test_what_speaks_against_an_answer_is_said():
    X, y = NormalSeries(0.0, 0.99).sample(1000, random_state=0)
    with pytest.warns(SerialDependenceWarning):
        model = AutoMI(**QUICK).fit(X, y)
    assert not model.reliable_
    found = skmi.estimate(X, y, **QUICK)  # silent: the reasons say it
    assert any("time series" in reason for reason in found.reasons)
    assert "- X and y both change slowly" in repr(found)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 1))
    assert not skmi.estimate(x, x, **QUICK).reliable
    few = skmi.estimate(rng.standard_normal((160, 50)), rng.standard_normal(160), **QUICK)
    assert any("few for 51 columns" in reason for reason in few.reasons)


def clusters(n_columns, n_samples, seed, spread=0.1):
    """Return columns near -1 and 1, and their signs."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], size=(n_samples, n_columns))
    return signs + spread * rng.standard_normal(signs.shape), signs


@pytest.mark.parametrize(("n_columns", "n_samples", "seed"), [(6, 1000, 0), (5, 700, 1), (7, 1500, 2)])
def test_an_interval_that_says_nothing_is_not_reliable(n_columns, n_samples, seed):
    X, signs = clusters(n_columns, n_samples, seed)
    noise = np.random.default_rng(seed + 50).standard_normal(n_samples)
    for y in (signs[:, 0] * signs[:, 1] + 0.5 * noise, noise):
        found = skmi.estimate(X, y, **QUICK)
        assert not found.reliable
        assert found.mi < 0.7
        assert "hardly narrow" in found.report


def test_clusters_of_few_columns_are_read():
    X, signs = clusters(3, 2000, 4)
    found = skmi.estimate(X, signs[:, 0] + 0.5 * np.random.default_rng(5).standard_normal(2000), **QUICK)
    assert found.low < GroupedNormal(2, 1, 4.0).mi < found.high


@pytest.mark.parametrize("power", [1, 7])
def test_outliers_and_heavy_tails_do_not_widen_the_interval(power):
    rng = np.random.default_rng(power)
    X = rng.standard_normal((2000, 2))
    y = X @ [1.0, 0.5] + 0.7 * rng.standard_normal(2000)
    plain = skmi.estimate(X, y, **QUICK)
    X[0] = 30.0 * np.sign(X[0])
    found = skmi.estimate(X**power * 1e3, y, **QUICK)
    assert found.reliable
    assert abs(found.mi - plain.mi) < 0.03
    assert found.high - found.low < 1.5 * (plain.high - plain.low)


@pytest.mark.parametrize(
    ("pair", "n_samples"),
    [
        (RoundedNormal(0.3, 0.1), 3000),
        (RoundedNormal(0.7, 0.2), 2000),
        (RoundedNormal(0.7, 0.05), 1000),
    ],
)
def test_ties_neither_widen_the_interval_nor_move_it(pair, n_samples):
    covered = []
    for seed in range(4):
        found = skmi.estimate(*pair.sample(n_samples, random_state=seed), max_seconds=1, random_state=seed)
        covered.append(found.low < pair.mi < found.high)
        assert found.high - found.low < 0.25
    assert sum(covered) >= 3


def test_smoothed_columns_tell_the_same_and_nothing_of_one_another():
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.integers(4, size=3000), rng.standard_normal(3000), rng.standard_cauchy(3000)])
    first, second = smoothed(values, 0), smoothed(values, 1)
    assert (first[:, 1] == values[:, 1]).all()
    for column in (0, 2):
        order = np.argsort(first[:, column])
        assert (np.diff(values[order, column]) >= 0).all()
        assert kstest(first[:, column], "norm").pvalue > 1e-3
    # Within one value the two sides are independent.
    rows = values[:, 0] == 2
    assert abs(np.corrcoef(first[rows, 0], second[rows, 0])[0, 1]) < 0.15
    plain = values[:, 1:2]
    assert smoothed(plain, 0) is plain


@pytest.mark.parametrize(("mark", "share"), [(-999.0, 0.05), (99.0, 0.01), (-1e4, 0.4)])
def test_marks_of_missing_values_are_said(mark, share):
    rng = np.random.default_rng(6)
    X = pd.DataFrame(rng.standard_normal((2000, 2)), columns=["age", "size"])
    y = X["age"] + 0.7 * rng.standard_normal(2000)
    marked = X.copy()
    marked.loc[rng.random(2000) < share, "size"] = mark
    found = skmi.estimate(marked, y, **QUICK)
    assert not found.reliable
    assert f"{mark:g} in size" in found.reasons[0]
    y[rng.random(2000) < share] = mark
    assert f"y repeats a value far from all others, {mark:g} (" in repr(skmi.estimate(X, y, **QUICK))


def test_zeros_ranks_and_tails_are_no_marks():
    rng = np.random.default_rng(7)
    inflated = np.where(rng.random((1000, 1)) < 0.3, 0.0, rng.lognormal(size=(1000, 1)))
    capped = np.minimum(rng.lognormal(sigma=2, size=(1000, 1)), 5.0)
    cauchy = rng.standard_cauchy((1000, 1))
    for X in (inflated, capped, cauchy):
        found = skmi.estimate(X, rng.standard_normal(1000), **QUICK)
        assert "missing" not in repr(found)


def test_classes_stored_as_floats_are_classes():
    X, y = load_digits(return_X_y=True)
    X = X[:, X.std(axis=0) > 0]
    options = {"max_seconds": 8, "random_state": 0}
    floats, integers = (skmi.estimate(X[:, ::2], y.astype(dtype), **options) for dtype in (float, int))
    assert floats.mi == integers.mi > 1.8
    model = AutoMI(**QUICK).fit(X[:, [20]], y / 3.0)
    assert model.discrete_target_.all()
    assert model.discrete_features_.all()
    declared = AutoMI(discrete_target=False, **QUICK).fit(X[:, [20]], y / 3.0)
    assert not declared.discrete_target_.any()


def test_critics_of_codes_are_judged_as_those_of_columns():
    rng = np.random.default_rng(8)
    images = rng.standard_normal((800, 6, 6))
    y = images[:, :, :3].mean(axis=2) + 0.5 * rng.standard_normal((800, 6))
    truth = 3 * np.log1p(1 / (3 * 0.25))  # six columns, signal of variance 1/3 in noise of variance 1/4
    found = skmi.estimate(images, y, max_seconds=8, random_state=0)
    scores = {route.name: route.score for route in found.routes}
    assert scores["canonical codes"] > 1.2
    assert "all columns, calibrated" in scores
    assert abs(found.mi - truth) < 0.3


def test_rows_on_a_curve_are_said_and_read_by_a_simple_rule():
    pair = MappedPair(correlated_uniform(0.4), lambda X: swiss_roll(np.clip(X, 1e-6, 1 - 1e-6)))
    found = skmi.estimate(*pair.sample(3000, random_state=0), **QUICK)
    assert not found.reliable
    assert "fill some 1.1 dimensions only" in found.reasons[0]
    assert found.mi == pytest.approx(0.4, abs=0.06)
    rng = np.random.default_rng(0)
    for n_columns in (2, 3, 6):
        assert 0.8 * n_columns < dimension(rng.standard_normal((1000, n_columns))) < n_columns + 0.1


def test_few_rows_and_pairs_unlike_all_others():
    X, y = CorrelatedNormal(0.5).sample(30, random_state=0)
    found = skmi.estimate(X, y, **QUICK)
    assert not found.reliable
    assert np.isnan(found.lower_bound)
    strange = dict.fromkeys((*ESTIMATES, *DESCRIPTIONS), 0.0) | {"ksg_normal": 50.0, "log_n": 40.0, "kl": -500.0}
    assert not calibrate(strange).is_known


def test_groups_widen_the_interval():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(100), 10)
    centre = rng.standard_normal((100, 1))[groups]
    X, y = centre + 0.1 * rng.standard_normal((1000, 1)), centre + 0.1 * rng.standard_normal((1000, 1))
    with kept_warnings():
        alone, grouped = (AutoMI(**QUICK).fit(X, y, groups=part) for part in (None, groups))
    assert grouped.high_ - grouped.low_ > alone.high_ - alone.low_
    assert np.isnan(grouped.lower_bound_)
    parts = Pair(Columns.of_numbers(X), Columns.of_numbers(y), (None, None), groups, 0).parts
    assert not set(groups[parts[0]]) & set(groups[parts[2]])


def test_candidates_are_chosen_by_score_and_failures_are_noted():
    X, y = CorrelatedNormal(1.0, 10, 10, mixing=0).sample(1500, random_state=0)
    with kept_warnings():
        model = AutoMI([KSG(), ("normal", GaussianMI()), KozachenkoLeonenko()], random_state=0).fit(X, y)
    assert model.method_ == "normal"
    assert model.low_ < 1.0 < model.high_
    scores = {route.name: route.score for route in model.routes_}
    assert scores["normal"] > scores["KSG()"]
    mixed = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 0, "x", "z")})
    found = AutoMI([KSG(), KozachenkoLeonenko()], random_state=0).fit(mixed, y[:, :1])
    assert found.method_ == "KSG()"
    assert "wholly continuous" in found.routes_[1].note
    with pytest.raises(ValueError, match="at least one"):
        AutoMI([]).fit(X, y)
    with pytest.raises(ValueError, match="None of the candidates"):
        AutoMI([KozachenkoLeonenko(), KozachenkoLeonenko(7)]).fit(mixed, y[:, :1])


def test_works_in_pipelines_and_searches():
    X, y = CorrelatedNormal(1.0, 2, 2).sample(600, random_state=0)
    model = make_pipeline(StandardScaler(), AutoMI(**QUICK)).fit(X, y)
    assert model.score(X[:200], y[:200]) > 0.3
    search = GridSearchCV(AutoMI(random_state=0), {"candidates": [[KSG()], [GaussianMI()]]}, cv=2).fit(X, y)
    assert search.best_params_["candidates"][0].__class__ is GaussianMI


def test_same_seed_same_answer_and_no_state_of_others():
    X, y = CorrelatedNormal(1.0, 2, 2).sample(800, random_state=0)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (skmi.estimate(X, y, n_jobs=n, **QUICK) for n in (None, 2))
    assert (first.mi, first.low, first.high) == (second.mi, second.low, second.high)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_the_plan_depends_on_sizes_alone():
    def names(*arguments):
        return [[step.name for step in steps] for steps in plan(*arguments)]

    assert names(10_000, 2, 1, False, False, 60) == [["columns"], []]
    assert names(10_000, 6, 3, False, False, 60) == [["columns", "critic"], []]
    assert names(10_000, 6, 3, False, True, 60) == [["columns"], []]
    assert names(5000, 512, 256, True, False, 60) == [["canonical codes", "contrastive codes"], []]
    assert names(5000, 512, 256, True, False, 1) == [["canonical codes"], ["contrastive codes"]]
    assert names(200, 600, 300, False, False, 60) == [["canonical codes"], []]
    assert names(2000, 120, 60, False, False, 60) == [["canonical codes", "rank correlations", "contrastive codes"], []]
    assert names(2000, 120, 60, False, False, 1e-3)[0] == ["canonical codes"]
    # Critics take as many rows as there is time for.
    steps, _ = plan(10**6, 6, 3, False, False, 60)
    assert 1000 < steps[1].n_rows < 20_000


def test_the_clock_cuts_short_and_says_so(monkeypatch):
    from skmi.automatic import _auto

    X, y = CorrelatedNormal(0.3, 3, 3).sample(1200, random_state=0)
    monkeypatch.setattr(_auto, "_needless", lambda step, found, pair: None)
    model = AutoMI(max_seconds=30, random_state=0)
    real = time.monotonic
    skipped = iter([0.0] + [1e9] * 10_000)
    monkeypatch.setattr(_auto.time, "monotonic", lambda: real() + next(skipped))
    model.fit(X, y)
    assert "clock" in model.routes_[1].note
    assert np.isfinite(model.mi_)


def test_an_interruption_keeps_what_was_found(monkeypatch):
    from skmi.automatic import _auto

    X, y = CorrelatedNormal(0.3, 3, 3).sample(1200, random_state=0)

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(_auto, "by_critic", interrupt)
    monkeypatch.setattr(_auto, "_needless", lambda step, found, pair: None)
    with pytest.warns(InterruptedWarning, match="critic was interrupted"):
        model = AutoMI(random_state=0).fit(X, y)
    assert model.method_ == "all columns, calibrated"
    monkeypatch.setattr(_auto, "by_columns", interrupt)
    with pytest.raises(KeyboardInterrupt):
        AutoMI(random_state=0).fit(X, y)


def found_of(name, mi, low, high, kind="whole", score=np.nan, is_known=True):
    route = Route(name, mi, low, high, 0.02, score)
    return Found(route, kind=kind, is_known=is_known)


def test_routes_are_combined():
    pair = pair_of(np.zeros((1000, 2)), np.zeros(1000))
    alone = combined([found_of("columns", 1.0, 0.9, 1.1)], pair)
    assert alone[:3] == (1.0, 0.9, 1.1)
    assert alone.reasons == []
    # A critic's bound raises value and lower end.
    raised = combined([found_of("columns", 1.0, 0.5, 2.0), found_of("critic", 1.2, 1.15, np.nan, "critic")], pair)
    assert raised.mi >= 1.2
    assert raised.low == 1.15
    # Codes are ranked by score; one that claims more than the best allows is said.
    best, other = found_of("good", 1.0, 0.9, 1.1, "codes", 0.8), found_of("other", 2.0, 1.5, 3.0, "codes", 0.1)
    answer = combined([other, best], pair)
    assert answer.best is best
    assert "disagree" in answer.reasons[0]
    unknown = found_of("other", 9.0, 5.0, 20.0, "codes", 0.1, is_known=False)
    assert combined([unknown, best], pair).reasons == []


def test_no_answer_lies_below_what_rows_held_out_show():
    pair = pair_of(np.zeros((1000, 2)), np.zeros(1000))
    whole = found_of("columns", 2.5, 2.0, 4.0, score=1.7)
    lost = found_of("codes", 0.01, 0.0, 0.02, "codes")
    answer = combined([whole, lost], pair)
    assert answer.best is whole
    assert answer[:3] == (2.5, 2.0, 4.0)
    alone = combined([found_of("codes", 0.8, 0.7, 0.9, "codes", 1.5)], pair)
    assert alone.mi == 1.5
    assert alone.high >= 1.5


def test_labels_that_name_rows_are_left_out():
    rng = np.random.default_rng(9)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(400)], "x": rng.standard_normal(400)})
    y = table["x"] + rng.standard_normal(400)
    with pytest.warns(UnreliableEstimateWarning, match="Columns id of X are left out"):
        model = AutoMI(**QUICK).fit(table, y)
    assert model.mi_ == AutoMI(**QUICK).fit(table[["x"]], y).mi_
    assert np.isfinite(model.score(table, y))
    assert model.discrete_features_.tolist() == [True, False]
    with pytest.raises(ValueError, match="they name rows"):
        skmi.estimate(table[["id"]], y > 0)


def test_tables_of_both_kinds_withstand_heavy_tails():
    rng = np.random.default_rng(10)
    x = rng.standard_normal(600)
    table = pd.DataFrame({"area": np.exp(4 * x), "rooms": rng.integers(1, 5, 600).astype(str)})
    found = skmi.estimate(table, x + 0.5 * rng.standard_normal(600), **QUICK)
    assert found.reliable
    assert found.low < 0.5 * np.log(5) < found.high


def test_warnings_name_columns():
    rng = np.random.default_rng(11)
    table = pd.DataFrame({"a": rng.standard_normal(300), "flat": 1.0})
    with pytest.warns(ConstantColumnWarning, match="Columns flat of X are constant"):
        skmi.estimate(table, table["a"] + rng.standard_normal(300), **QUICK)
    table.loc[3:7, "a"] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN. It is in column a, in 5 of 300 rows"):
        skmi.estimate(table, rng.standard_normal(300), **QUICK)


def test_trees_are_those_of_the_library():
    import sys
    from pathlib import Path

    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 4))
    y = np.where(np.isnan(X[:, 0]), 1.0, X[:, 0]) * X[:, 1] + X[:, 2]
    X[rng.random(X.shape) < 0.1] = np.nan
    model = HistGradientBoostingRegressor(loss="quantile", quantile=0.4, max_iter=50).fit(X, y)
    folder = Path(__file__).parents[1] / "benchmarks" / "accuracy"
    if not folder.exists():
        pytest.skip("the folder of benchmarks is not there")
    sys.path.insert(0, str(folder))
    try:
        from calibrator import trees_of
    finally:
        sys.path.remove(str(folder))
    trees = Trees(**trees_of(model))
    new = rng.standard_normal((200, 4))
    new[rng.random(new.shape) < 0.1] = np.nan
    np.testing.assert_allclose([trees(row) for row in new], model.predict(new), atol=1e-12)


def test_cheap_estimates_are_near_the_truth_where_they_are_exact():
    X, y = CorrelatedNormal(0.7, 2, 2).sample(5000, random_state=0)
    found = cheap_estimates(X, y)
    assert set(found) == {*ESTIMATES, *DESCRIPTIONS}
    exact = "ksg", "ksg_normal", "kl", "gaussian", "copula", "canonical", "mixture", "surrogate", "copula_held_out"
    for name in exact:
        assert found[name] == pytest.approx(0.7, abs=0.08), name
    assert rule(found) == pytest.approx(0.7, abs=0.08)
    # Scale and increasing maps change nothing in what goes by ranks.
    mapped = cheap_estimates(np.exp(X), 5 * y - 3)
    for name in ("ksg_normal", "copula", "canonical", "mixture", "radius"):
        assert mapped[name] == pytest.approx(found[name], abs=1e-6), name
    # Eight components learn some noise from a thousand rows, which shows on the others as less than nothing.
    rng = np.random.default_rng(0)
    assert -0.1 < mixture_mi(*rng.standard_normal((2, 2000, 2))) < 0.02


def test_distances_count_missing_values_as_far():
    known = np.array([[0.0, 1.0], [0.0, np.nan]])
    assert distances(np.array([0.0, 1.0]), known, np.ones(2), 1) == 0
    assert distances(np.array([0.0, np.nan]), known[:1], np.ones(2), 1) > 2


def test_results_are_tables_text_and_pictures():
    import matplotlib.pyplot as plt

    found = skmi.estimate(*CorrelatedNormal(0.5).sample(500, random_state=0), **QUICK)
    assert isinstance(found, Estimate)
    assert found.bits == pytest.approx(found.mi / np.log(2))
    frame = found.to_frame()
    assert frame.loc[0, "mi"] == found.mi
    assert frame.loc[0, "method"] == found.method
    assert "all columns, calibrated" in found.report
    assert "rows: 500" in found.report
    labels = [text.get_text() for text in found.plot().ax_.get_yticklabels()]
    assert labels[0].startswith("answer")
    plt.close("all")


def test_package_data_hold_arrays_only():
    from importlib.resources import files

    with files("skmi.automatic").joinpath(FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_compressed_estimator_may_be_a_candidate():
    from sklearn.decomposition import PCA

    X, y = CorrelatedNormal(1.0, 5, 5).sample(800, random_state=0)
    with kept_warnings():
        model = AutoMI([CompressedMI(KSG(), compressor=PCA(2)), GaussianMI()], random_state=0).fit(X, y)
    assert model.method_ == "GaussianMI()"


def test_maps_of_columns_move_the_answer_little():
    pair = MappedPair(CorrelatedNormal(1.0, 2, 2), lambda X: X**3, lambda y: np.exp(y))
    found = skmi.estimate(*pair.sample(3000, random_state=0), **QUICK)
    assert found.mi == pytest.approx(1.0, abs=0.15)
    assert found.low < 1.0 < found.high


def test_undersampled_labels_tell_nothing():
    table = np.full((40, 40), 1 / 1600)
    found = skmi.estimate(*DiscreteChannel(table).sample(200, random_state=0), **QUICK)
    # Plain counts read 2.5 nats of nothing.
    assert found.low < 0.0 < found.high
    assert found.mi < 0.3


@pytest.mark.parametrize("bend", [lambda rows: rows, lambda rows: np.tanh(0.3 * rows)])
def test_many_shared_factors_are_read_from_all_columns(bend):
    rng = np.random.default_rng(12)
    correlation = np.sqrt(-np.expm1(-2 * 5.0 / 16))
    first, noise = rng.standard_normal((2, 1500, 16))
    second = correlation * first + np.sqrt(1 - correlation**2) * noise
    X, y = (
        bend(side @ rng.standard_normal((16, 60)) + 0.2 * rng.standard_normal((1500, 60))) for side in (first, second)
    )
    found = skmi.estimate(X, y, max_seconds=5, random_state=0)
    # Eight codes hold half of it, and noise in the columns costs little.
    assert 4.0 < found.mi < 5.3
    assert found.method == "rank correlations"
    assert any("codes have lost a part" in reason for reason in found.reasons)


def test_a_low_rank_part_of_noisy_columns_is_within_the_interval():
    rng = np.random.default_rng(13)
    loadings = rng.standard_normal((2, 3, 120))
    factors = rng.standard_normal((1500, 3))
    X, y = (factors @ part + 6.0 * rng.standard_normal((1500, 120)) for part in loadings)
    # Of factors seen through noise of variance 36 in 120 columns, by log determinants.
    inner = [np.eye(3) + part @ part.T / 36 for part in loadings]
    both = np.eye(3) + sum(part @ part.T for part in loadings) / 36
    truth = 0.5 * (np.linalg.slogdet(inner[0])[1] + np.linalg.slogdet(inner[1])[1] - np.linalg.slogdet(both)[1])
    found = skmi.estimate(X, y, max_seconds=5, random_state=0)
    assert found.low < truth < found.high or not found.reliable
    assert found.mi > 0.75 * truth


@pytest.mark.parametrize("seed", range(3))
def test_labels_beside_numbers_are_read_by_neighbours_where_baselines_see_little(seed):
    rng = np.random.default_rng(seed)
    sign = rng.choice([-1.0, 1.0], 1000)
    table = pd.DataFrame({"sex": np.where(sign > 0, "m", "f"), "x": rng.standard_normal(1000)})
    found = skmi.estimate(table, sign * table["x"] + 0.5 * rng.standard_normal(1000), **QUICK)
    assert found.reliable, found.reasons
    assert found.low < 0.5 * np.log(5) < found.high
    weekend, hour = rng.random(800) < 0.3, rng.uniform(0, 24, 800)
    chance = 1 / (1 + np.exp(-4 * np.where(weekend, -1, 1) * np.sin(hour / 12 * 2 * np.pi)))
    found = skmi.estimate(pd.DataFrame({"hour": hour, "weekend": weekend}), rng.random(800) < chance, **QUICK)
    # H(y) less the mean entropy of y given both.
    truth = np.log(2) + np.mean(chance * np.log(chance) + (1 - chance) * np.log1p(-chance))
    assert found.low < truth + 0.02
    assert found.high > truth - 0.02


def test_groups_that_are_alike_a_copied_target_and_lost_rows_are_said():
    rng = np.random.default_rng(14)
    groups = np.repeat(np.arange(80), 10)
    age, label = rng.integers(20, 90, 80)[groups], (rng.random(80) < 0.5)[groups]
    order = rng.permutation(800)
    found = skmi.estimate(age[order, None], label[order], groups=groups[order], **QUICK)
    assert not found.reliable
    assert any("Rows of a group are alike" in reason for reason in found.reasons)
    apart = rng.standard_normal((2, 800)) + rng.standard_normal((2, 80))[:, groups]
    found = skmi.estimate(apart[0, order], apart[1, order], groups=groups[order], **QUICK)
    assert found.reliable
    assert found.low < 0.05

    table = pd.DataFrame(rng.standard_normal((400, 3)), columns=["a", "b", "c"])
    y = table["a"] + rng.standard_normal(400)
    assert "Column leak of X tell" not in repr(skmi.estimate(table, y, **QUICK))
    assert "leak of X tell y exactly" in repr(skmi.estimate(table.assign(leak=-np.exp(y)), y, **QUICK))

    answers = rng.integers(1, 6, (600, 7))
    y = answers.mean(axis=1) + 0.3 * rng.standard_normal(600)
    with pytest.warns(RareClassWarning, match="7 of X"):
        found = skmi.estimate(pd.DataFrame(answers.astype(str)), y, **QUICK)
    assert not found.reliable
    assert "of 600 rows" in found.reasons[0]


def test_outliers_of_what_is_given_do_no_harm():
    rng = np.random.default_rng(15)
    z = rng.standard_normal(1500)
    first, second = z + rng.standard_normal((2, 1500))
    found = skmi.estimate(first, second, given=np.exp(3 * z), **QUICK)
    assert found.low < 0.02
    assert abs(found.mi) < 0.08
