"""Bounds against slow reference implementations, and as scores of searches."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi import KSG, ConditionalKSG, GaussianMI, KernelDensityMI, KozachenkoLeonenko, bounds
from skmi.bounds import donsker_varadhan, info_nce, nwj, parts_of, plug_in, scorer, smile
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import UnreliableEstimateWarning
from skmi.model_selection import smallest_within_one_se

BOUNDS = [info_nce, nwj, donsker_varadhan, smile, plug_in]
T = np.random.default_rng(0).normal(size=(7, 7)) + 2 * np.eye(7)


def test_bounds_equal_slow_reference_implementations():
    pairs = [T[i, i] for i in range(7)]
    apart = [T[i, j] for i in range(7) for j in range(7) if i != j]
    nce = np.mean([T[i, i] - np.log(np.mean([np.exp(T[i, j]) for j in range(7)])) for i in range(7)])
    assert info_nce(T) == pytest.approx(nce, abs=1e-12)
    assert nwj(T) == pytest.approx(1 + np.mean(pairs) - np.mean(np.exp(apart)), abs=1e-12)
    assert donsker_varadhan(T) == pytest.approx(np.mean(pairs) - np.log(np.mean(np.exp(apart))), abs=1e-12)
    clipped = np.clip(np.exp(apart), np.exp(-0.5), np.exp(0.5))
    assert smile(T, clip=0.5) == pytest.approx(np.mean(pairs) - np.log(np.mean(clipped)), abs=1e-12)
    assert smile(T, clip=np.inf) == pytest.approx(donsker_varadhan(T), abs=1e-12)
    assert plug_in(T) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_true_log_ratio_makes_every_bound_tight():
    pair = CorrelatedNormal(1.0)
    rho = np.sqrt(1 - np.exp(-2.0))
    X, y = pair.sample(4000, random_state=0)
    x, y = (Z.ravel() / Z.std() for Z in (X, y))
    rho *= np.sign(np.corrcoef(x, y)[0, 1])
    quadratic = (x**2)[:, None] + y**2
    ratio = 1.0 - 0.5 * ((rho**2 * quadratic - 2 * rho * np.outer(x, y)) / (1 - rho**2))
    for bound in BOUNDS:
        assert bound(ratio) == pytest.approx(1.0, abs=0.06), bound.__name__


@pytest.mark.parametrize("bound", BOUNDS)
def test_huge_ratios_stay_finite(bound):
    assert np.isfinite(bound(1e4 * T))


@pytest.mark.parametrize("bound", BOUNDS)
def test_wrong_matrices_are_refused(bound):
    with pytest.raises(ValueError, match=r"square matrix.*\(2, 3\)"):
        bound(np.ones((2, 3)))
    with pytest.raises(ValueError, match="NaN"):
        bound(np.full((3, 3), np.nan))


def test_unknown_names_and_options():
    with pytest.raises(ValueError, match=r"\['donsker_varadhan', 'info_nce', .*got 'mine'"):
        scorer("mine")
    with pytest.raises(ValueError, match="clip > 0, got -1"):
        smile(T, clip=-1)
    with pytest.raises(ValueError, match=r"which are \['a'\], got \['b'\]"):
        smallest_within_one_se("b")({"param_a": [1], "mean_test_score": [0.0], "split0_test_score": [0.0]})


def test_score_is_the_info_nce_scorer():
    X, y = CorrelatedNormal(1.0).sample(6000, random_state=0)
    model = GaussianMI().fit(X[:500], y[:500])
    assert scorer("info_nce")(model, X, y) == pytest.approx(model.score(X, y), abs=1e-12)  # in two parts
    pipeline = make_pipeline(PCA(1), KSG()).fit(X[:500], y[:500])
    assert scorer("info_nce")(pipeline, X, y) == pytest.approx(pipeline.score(X, y), abs=1e-12)


@pytest.mark.parametrize("name", ["info_nce", "nwj", "donsker_varadhan", "smile"])
def test_bounds_choose_a_bandwidth_that_resubstitution_does_not(name):
    X, y = CorrelatedNormal(1.0).sample(1200, random_state=0)
    grid = {"bandwidth": [0.01, 0.03, 0.1, 0.2, 0.4, 1.0]}
    cv = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(KernelDensityMI(), grid, cv=cv, scoring=scorer(name)).fit(X, y)
    assert 0.1 <= search.best_params_["bandwidth"] <= 0.4
    assert search.best_score_ == pytest.approx(1.0, abs=0.15)
    model = KernelDensityMI(0.001).fit(X, y)
    assert scorer("plug_in")(model, X, y) > 6  # on the rows it was fitted on, near log n = 7.1


def candidates():
    """Return data of which two of six columns matter, and a model with the number of components as its knob."""
    rng = np.random.default_rng(0)
    X, y = CorrelatedNormal(1.5, 2, 2).sample(900, random_state=0)
    X = np.hstack([3 * X, rng.standard_normal((900, 4))])
    return X, y, make_pipeline(PCA(random_state=0), KernelDensityMI())


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
@pytest.mark.parametrize("search", [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV])
def test_searches_find_the_dimension(search):
    X, y, model = candidates()
    options = {"cv": KFold(3, shuffle=True, random_state=0)}
    if search is not GridSearchCV:
        options["random_state"] = 0
    if search is RandomizedSearchCV:
        options["n_iter"] = 4
    found = search(model, {"pca__n_components": [1, 2, 4, 6]}, **options).fit(X, y)
    assert found.best_params_ == {"pca__n_components": 2}


def test_smallest_within_one_standard_error():
    X, y, model = candidates()
    search = GridSearchCV(
        model,
        {"pca__n_components": [6, 4, 2, 1]},
        cv=KFold(5, shuffle=True, random_state=0),
        refit=pickle.loads(pickle.dumps(smallest_within_one_se("pca__n_components"))),
    ).fit(X, y)
    assert search.best_params_ == {"pca__n_components": 2}
    results = {
        "param_size": [1, 2, 3],
        "mean_test_score": np.array([0.0, 0.9, 1.0]),
        "split0_test_score": np.array([0.0, 0.7, 1.1]),
        "split1_test_score": np.array([0.0, 1.1, 0.9]),
    }
    assert smallest_within_one_se("size")(results) == 1  # the difference of 0.1 is noise of 0.3
    results["split0_test_score"][1], results["split1_test_score"][1] = 1.0, 0.8
    assert smallest_within_one_se("size")(results) == 2  # and now it is there in each fold


def test_worker_processes_give_the_same_scores():
    X, y, model = candidates()
    options = {"cv": KFold(3, shuffle=True, random_state=0), "scoring": scorer("nwj")}
    here = cross_val_score(model, X, y, **options)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        there = cross_val_score(model, X, y, **options)
    np.testing.assert_allclose(here, there, rtol=0, atol=1e-9)


def test_several_bounds_at_once():
    X, y = CorrelatedNormal(1.0).sample(900, random_state=0)
    scoring = {name: scorer(name) for name in ("info_nce", "nwj", "smile")}
    results = cross_validate(GaussianMI(), X, y, scoring=scoring, cv=3)
    for name in scoring:
        assert results[f"test_{name}"].mean() == pytest.approx(1.0, abs=0.1)


def test_score_warns_of_sorted_labels_without_shuffling():
    y = np.repeat([0, 1, 2], 100)
    X = 3 * y[:, None] + np.random.default_rng(0).standard_normal((300, 1))
    with pytest.warns(UnreliableEstimateWarning, match="100% of the rows have labels in y that.*shuffle"):
        cross_val_score(KSG(), X, y, cv=3)
    assert cross_val_score(KSG(), X, y, cv=KFold(3, shuffle=True, random_state=0)).min() > 0.1


def test_metadata_and_groups_pass_through():
    X, y = CorrelatedNormal(1.0).sample(900, random_state=0)
    weight, groups = np.ones(900), np.repeat(np.arange(30), 30)
    with config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), KernelDensityMI(0.3))
        options = {"scoring": scorer("info_nce")}
        routed = cross_validate(
            model, X, y, cv=GroupKFold(3), params={"sample_weight": weight, "groups": groups}, **options
        )
        plain = cross_validate(model, X, y, cv=list(GroupKFold(3).split(X, y, groups)), **options)
    np.testing.assert_allclose(routed["test_score"], plain["test_score"], atol=1e-9)


def test_scorers_reach_through_pipelines_and_searches():
    X, y = CorrelatedNormal(1.0, 2, 2).sample(600, random_state=0)
    plain = scorer("nwj")(KSG().fit(X, y), X, y)
    for model in (
        make_pipeline(KSG()),
        make_pipeline(make_pipeline(KSG())),
        GridSearchCV(KSG(), {"n_neighbors": [3]}, cv=3),
    ):
        assert scorer("nwj")(model.fit(X, y), X, y) == pytest.approx(plain, abs=1e-12)
    with pytest.raises(TypeError, match="log_density_ratio.*got PCA"):
        scorer("nwj")(PCA().fit(X), X, y)
    with pytest.raises(TypeError, match="clip"):
        scorer("nwj", clip=3)


@pytest.mark.parametrize(
    "model",
    [KSG(), KSG(marginals="normal"), ConditionalKSG(), KozachenkoLeonenko(), KernelDensityMI()],
    ids=str,
)
@pytest.mark.parametrize("kinds", ["numbers", "labels", "mixed columns", "labels on both sides", "new labels"])
def test_score_equals_that_of_the_whole_matrix(model, kinds):
    X, y = CorrelatedNormal(1.0, 2, 2).sample(900, random_state=0)
    bins = np.digitize(y[:, 0], [-1, 0, 1])
    if kinds == "mixed columns":
        if isinstance(model, KozachenkoLeonenko):
            pytest.skip("takes sides of one kind only")
        X, y = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": bins}), y[:, 0]
    elif kinds != "numbers":
        y = np.array(["low", "below", "above", "high"])[bins]
        X = y[:, None] if kinds == "labels on both sides" else X
    fitted = clone(model).fit(X[:600], y[:600])
    X, y = X[600:], y[600:].copy()
    if kinds == "new labels":
        y[:50] = "unheard of"
    T = fitted.log_density_ratio(X, y)
    expected = np.diagonal(T) - logsumexp(T, axis=1) + np.log(len(T))
    assert fitted.score(X, y) == pytest.approx(expected.mean(), abs=1e-10)


def test_parts_hold_every_row_once_and_enough_to_compare():
    for n_samples in (1, 2, 999, 4096, 4097, 9999, 10_001, 40_000, 100_001):
        parts = parts_of(n_samples)
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n_samples))
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= min(n_samples, 990)
        assert max(sizes) <= 4096
        assert n_samples * max(sizes) <= max(4e7, 1001 * n_samples)


def test_a_score_in_parts_ranks_as_one_of_all_rows(monkeypatch):
    X, y = CorrelatedNormal(1.0, 2, 2).sample(4000, random_state=0)
    models = [KernelDensityMI(bandwidth) for bandwidth in (0.03, 0.1, 0.3, 1.0)] + [KSG(), GaussianMI()]
    for model in models:
        model.fit(X[:1000], y[:1000])
    whole = [model.score(X[1000:], y[1000:]) for model in models]
    monkeypatch.setattr(bounds, "_MAX_PAIRS", 1)
    in_parts = [model.score(X[1000:], y[1000:]) for model in models]
    assert np.argsort(in_parts).tolist() == np.argsort(whole).tolist()
    # Scores below zero have no limit, and no search chooses among them.
    good = np.array(whole) > 0
    np.testing.assert_allclose(np.array(in_parts)[good], np.array(whole)[good], atol=0.01)
