"""What must hold for any input: a finite number, or an error or a warning of our own; and invariances as oracles.

A short profile runs by default, with the same examples each time; ``--hypothesis-profile=long`` draws 2000 new ones.
"""

import traceback
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from hypothesis.extra.numpy import arrays as any_arrays
from scipy.special import digamma
from scipy.stats import ortho_group, rankdata
from sklearn.base import clone

import skmi
from skmi import (
    KSG,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ConditionalKSG,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    KernelDensityMI,
    KozachenkoLeonenko,
    MarchenkoPasturPCA,
    bounds,
    datasets,
)
from skmi.channel import gaussian_channel_bounds, gaussian_channel_capacity
from skmi.estimators import kl_entropy, ksg_conditional_mutual_info, ksg_mutual_info
from skmi.exceptions import SkmiWarning
from skmi.feature_selection import mi_scores, mutual_info

from ._common import COLUMN_ESTIMATORS
from ._strategies import any_number, arrays, pairs, seeds, tables, targets

OURS = [Path(module.__file__).parent for module in (skmi, sklearn)]
NETWORK = {"max_epochs": 1, "hidden_sizes": (4,), "random_state": 0}

every_column_estimator = pytest.mark.parametrize("estimator", COLUMN_ESTIMATORS, ids=str)


def outcome(function, *args, **kwargs):
    """Return what a function returns, or None where it raises an error that says what was expected.

    An error has to come from skmi or from scikit-learn's checks, not from what lies below them, and warnings have to be
    of our own classes.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except (ValueError, TypeError) as error:
            where = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
            if not any(folder in where.parents for folder in OURS):
                raise
            result = None
    foreign = [f"{w.category.__name__}: {w.message}" for w in caught if not issubclass(w.category, SkmiWarning)]
    assert not foreign, foreign
    return result


def value(estimator, X, y):
    """Return the estimate, which is finite and the mean of its parts, or None where an error says why there is none."""
    fitted = outcome(clone(estimator).fit, X, y)
    if fitted is None:
        return None
    assert np.isfinite(fitted.mi_)
    assert np.isfinite(fitted.pointwise_).all()
    assert fitted.mi_ == pytest.approx(np.mean(fitted.pointwise_), abs=1e-9)
    return fitted.mi_


def assert_same(first, second, tolerance=1e-6):
    assert (first is None) == (second is None), (first, second)
    if first is not None:
        assert second == pytest.approx(first, abs=tolerance, rel=tolerance)


@every_column_estimator
@given(data=st.data())
def test_any_numbers_give_a_number_or_an_error(estimator, data):
    X, y = data.draw(pairs())
    value(estimator, X, y)


@every_column_estimator
@given(data=st.data())
def test_any_table_gives_a_number_or_an_error(estimator, data):
    X = data.draw(tables(missing=data.draw(st.booleans())))
    y = data.draw(targets(X))
    value(estimator, X, y)


@every_column_estimator
@given(data=st.data())
def test_any_score_is_a_number_or_an_error(estimator, data):
    X, y = data.draw(pairs(min_rows=8))
    fitted = outcome(clone(estimator).fit, X[::2], y[::2])
    score = None if fitted is None else outcome(fitted.score, X[1::2], y[1::2])
    assert score is None or np.isfinite(score)


@every_column_estimator
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(estimator, data):
    X, y = data.draw(pairs())
    order = np.random.default_rng(data.draw(seeds)).permutation(len(X))
    assert_alike(estimator, value(estimator, X, y), value(estimator, X[order], y[order]))


@every_column_estimator
@given(data=st.data())
def test_the_order_of_columns_changes_nothing(estimator, data):
    X, y = distinct_columns(data)
    order = np.random.default_rng(data.draw(seeds)).permutation(X.shape[1])
    assert_alike(estimator, value(estimator, X, y), value(estimator, X[:, order], y[:, ::-1]))


@every_column_estimator
@given(data=st.data())
def test_scale_changes_nothing(estimator, data):
    X, y = data.draw(pairs())
    # Powers of two change no digit.
    factors = 2.0 ** np.array(data.draw(st.lists(st.integers(-20, 20), min_size=2, max_size=2)))
    scaled = value(estimator, X * factors[0].astype(X.dtype), y * factors[1].astype(y.dtype))
    assert_alike(estimator, value(estimator, X, y), scaled)


@every_column_estimator
@given(data=st.data())
def test_x_and_y_change_places(estimator, data):
    X, y = distinct_columns(data)
    assert_alike(estimator, value(estimator, X, y), value(estimator, y, X))


def distinct_columns(data):
    """Draw a pair whose columns all have other ranks, since the noise that breaks ties goes by ranks."""
    X, y = data.draw(pairs(noise=(0.1, 1.0)))
    ranks = [tuple(rankdata(column, "dense")) for side in (X, y) for column in side.T]
    assume(len(set(ranks)) == len(ranks))
    return X, y


def assert_alike(estimator, first, second):
    """Assert that two values of an estimator are the same up to its accuracy."""
    if isinstance(estimator, KernelDensityMI) and first is not None and max(first, second) < -1:
        return  # a bandwidth far from any minimum, of which a warning speaks
    # The bandwidth is found to a relative accuracy of 1e-4, from sums whose last digits depend on the order, and
    # determinants of nearly singular covariances lose as many digits as they have nats.
    rough = isinstance(estimator, KernelDensityMI | GaussianMI | KozachenkoLeonenko)
    assert_same(first, second, 1e-3 if rough else 1e-6)


@given(data=st.data())
def test_ksg_stays_below_its_ceiling(data):
    X, y = data.draw(pairs())
    n_neighbors = data.draw(st.integers(1, 6))
    mi = value(KSG(n_neighbors), X, y)
    assert mi is None or mi <= digamma(len(X)) - digamma(n_neighbors) + 1e-9


@given(data=st.data())
def test_dtypes_and_memory_orders_change_nothing(data):
    X, y = data.draw(pairs())
    first = value(KSG(), X, y)
    for same in (np.asfortranarray(X), X.astype(float), pd.DataFrame(X), X.tolist()):
        assert_same(first, value(KSG(), same, y))


@given(data=st.data())
def test_names_of_labels_change_nothing(data):
    X = data.draw(arrays())
    codes = np.random.default_rng(data.draw(seeds)).integers(data.draw(st.integers(1, 12)), size=len(X))
    names = np.array([f"label {i:02d}" for i in range(12)])[codes]
    for estimator in (KSG(discrete_target=True), GaussianMI(discrete_target=True)):
        first = value(estimator, X, codes)
        for same in (names, pd.Categorical(names), names.astype(object), codes.astype(np.int8), codes.astype(float)):
            assert_same(first, value(estimator, X, same))


@given(data=st.data())
def test_conditional_estimates(data):
    X, y = data.draw(pairs(max_columns=4))
    assume(X.shape[1] > 1)
    given_columns = data.draw(st.sets(st.integers(0, X.shape[1] - 1), min_size=1, max_size=X.shape[1] - 1))
    estimator = ConditionalKSG(sorted(given_columns))
    first = value(estimator, X, y)
    order = np.random.default_rng(data.draw(seeds)).permutation(len(X))
    assert_same(first, value(estimator, X[order], y[order]))
    assert_same(first, value(estimator, X * np.asarray(4, dtype=X.dtype), y))


@given(data=st.data())
def test_functions_give_a_number_or_an_error(data):
    shape = data.draw(array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=12))
    X, Y, Z = (data.draw(any_arrays(np.float64, shape, elements=any_number)) for _ in range(3))
    k = data.draw(st.integers(1, 4))
    for function in (
        lambda: ksg_mutual_info(X, Y, n_neighbors=k, variant=data.draw(st.sampled_from([1, 2]))),
        lambda: ksg_conditional_mutual_info(X, Y, Z, n_neighbors=k),
        lambda: kl_entropy(X, n_neighbors=k, correction=data.draw(st.sampled_from([None, "boundary", "curvature"]))),
    ):
        result = outcome(function)
        assert result is None or np.isfinite(result)


@given(data=st.data())
def test_numbers_that_nobody_thought_of(data):
    n, d = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 3))
    X = data.draw(any_arrays(np.float64, (n, d), elements=any_number))
    y = data.draw(any_arrays(np.float64, (n,), elements=any_number))
    for estimator in (KSG(1), KozachenkoLeonenko(1), GaussianMI(), GaussianCopulaMI(), KernelDensityMI()):
        value(estimator, X, y)


@given(data=st.data())
def test_scores_of_any_table(data):
    X = data.draw(tables(missing=data.draw(st.booleans())))
    y = data.draw(targets(X))
    scores = outcome(mi_scores, X, y)
    if scores is None:
        return
    assert set(scores.feature) == set(X.columns)
    missing = np.array([X[name].isna().sum() for name in scores.feature])
    assert (scores.n_samples <= len(X) - missing).all()
    assert not np.isinf(scores.mi).any()
    finite = scores.mi[~np.isnan(scores.mi)]
    assert (np.diff(finite) <= 0).all()
    by_name = dict(zip(scores.feature, scores.mi, strict=True))
    order = np.random.default_rng(data.draw(seeds)).permutation(len(X))
    others = outcome(mi_scores, X.iloc[order, ::-1], y[order])
    assert others is not None
    for name, mi in zip(others.feature, others.mi, strict=True):
        assert mi == pytest.approx(by_name[name], abs=1e-6, nan_ok=True)
    # Each column is judged by itself.
    for name in X.columns:
        alone = outcome(mutual_info, X[[name]], y)
        # A table in which no column can be scored is an error.
        assert (np.nan if alone is None else alone[0]) == pytest.approx(by_name[name], abs=1e-6, nan_ok=True)


@given(data=st.data())
def test_bounds_of_any_matrix(data):
    n = data.draw(st.integers(2, 8))
    T = data.draw(any_arrays(np.float64, (n, n), elements=st.floats(-600, 600)))
    values = {}
    for name in ("info_nce", "nwj", "donsker_varadhan", "smile", "plug_in"):
        values[name] = outcome(getattr(bounds, name), T)
        assert values[name] is not None
        assert not np.isnan(values[name])
        order = np.random.default_rng(data.draw(seeds)).permutation(n)
        assert_same(values[name], outcome(getattr(bounds, name), T[np.ix_(order, order)]))
    assert values["info_nce"] <= np.log(n) + 1e-9
    assert values["nwj"] <= values["donsker_varadhan"] + 1e-9
    shift = data.draw(st.floats(-50, 50))
    for name in ("info_nce", "donsker_varadhan"):
        assert_same(values[name], outcome(getattr(bounds, name), T + shift))
    assert_same(values["donsker_varadhan"], outcome(bounds.smile, T, clip=np.inf))
    assert outcome(bounds.pointwise, "info_nce", T).mean() == pytest.approx(values["info_nce"])


@given(data=st.data())
def test_bounds_of_any_channel(data):
    rng = np.random.default_rng(data.draw(seeds))
    n, d = data.draw(st.integers(2, 60)), data.draw(st.integers(1, 12))
    noise_std = 10.0 ** data.draw(st.integers(-6, 6))
    signal = 10.0 ** data.draw(st.integers(-6, 6)) * rng.standard_normal((n, d)) + data.draw(
        st.sampled_from([0.0, 5.0])
    )
    noisy = signal + noise_std * rng.standard_normal((n, d))
    first = outcome(gaussian_channel_bounds, signal, noisy, noise_std)
    capacity = outcome(gaussian_channel_capacity, signal, noise_std)
    assert np.isfinite([first.lower, first.upper, capacity]).all()
    assert capacity >= -1e-9
    assert first.upper <= capacity + 1e-9
    assert first.lower <= np.log(n) + 1e-9
    rotation = ortho_group.rvs(d, random_state=rng) if d > 1 else np.array([[-1.0]])
    turned = outcome(gaussian_channel_bounds, 8 * signal @ rotation, 8 * noisy @ rotation, 8 * noise_std)
    if first.reliable:
        assert turned.lower == pytest.approx(first.lower, abs=1e-4)
        assert turned.upper == pytest.approx(first.upper, abs=1e-4)


@pytest.mark.parametrize("compressor", [CanonicalCompressor(), MarchenkoPasturPCA()], ids=str)
@given(data=st.data())
def test_linear_compressors_of_any_numbers(compressor, data):
    X, y = data.draw(pairs())
    paired = isinstance(compressor, CanonicalCompressor)
    fitted = outcome(clone(compressor).fit, X, *([y] if paired else []))
    if fitted is None:
        return
    codes = outcome(fitted.transform, X)
    assert codes.shape[0] == len(X)
    assert np.isfinite(codes).all()
    order = np.random.default_rng(data.draw(seeds)).permutation(len(X))
    np.testing.assert_allclose(outcome(fitted.transform, X[order]), codes[order], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    "compressor",
    [
        AutoencoderCompressor(1, **NETWORK),
        ContrastiveCompressor(1, **NETWORK),
        CrossPredictiveCompressor(1, **NETWORK),
    ],
    ids=lambda compressor: type(compressor).__name__,
)
@given(data=st.data())
def test_trained_compressors_of_any_numbers(compressor, data, tmp_path_factory):
    X, y = data.draw(pairs(max_columns=3))
    fitted = outcome(clone(compressor).fit, X, *([] if isinstance(compressor, AutoencoderCompressor) else [y]))
    if fitted is None:
        return
    codes = outcome(fitted.transform, X)
    assert codes.shape == (len(X), 1)
    assert np.isfinite(codes).all()
    path = tmp_path_factory.mktemp("codes") / "compressor.safetensors"
    fitted.save(path)
    np.testing.assert_array_equal(outcome(type(compressor).load(path).transform, X), codes)


@pytest.mark.parametrize(
    "estimator",
    [
        InfoNCE(batch_size=16, **NETWORK),
        CompressedMI(KSG(), compressor=ContrastiveCompressor(1, **NETWORK), random_state=0),
        CompressedMI(KSG(), compressor=CanonicalCompressor(1), random_state=0),
    ],
    ids=["InfoNCE", "CompressedMI, contrastive", "CompressedMI, canonical"],
)
@given(data=st.data())
def test_trained_estimators_of_any_numbers(estimator, data):
    X, y = data.draw(pairs(max_columns=3))
    value(estimator, X, y)
    table = data.draw(tables(missing=data.draw(st.booleans())))
    value(estimator, table, data.draw(targets(table)))


@given(data=st.data())
def test_samplers_of_any_size(data):
    name = data.draw(st.sampled_from(sorted(datasets.TASKS)))
    pair, seed, n = datasets.TASKS[name], data.draw(seeds), data.draw(st.integers(1, 40))
    X, y = outcome(pair.sample, n, random_state=seed)
    assert len(X) == len(y) == n
    assert np.isfinite(np.asarray(X, dtype=float)).all()
    assert np.isfinite(pair.mi)
    assert pair.mi >= 0
    again = outcome(pair.sample, n, random_state=seed)
    np.testing.assert_array_equal(again[0], X)
    np.testing.assert_array_equal(again[1], y)


@given(data=st.data())
def test_pairs_of_any_parameters(data):
    mi = data.draw(st.floats(0, 12))
    d = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    pair = outcome(datasets.CorrelatedNormal, mi, *d)
    assert pair.mi == pytest.approx(mi, abs=1e-9)
    X, y = outcome(pair.sample, 30, random_state=data.draw(seeds))
    assert X.shape == (30, d[0])
    assert y.shape == (30, d[1])


@given(data=st.data())
def test_constant_columns_add_nothing(data):
    X, y = data.draw(pairs())
    first = value(KSG(), X, y)
    assert_same(first, value(KSG(), np.column_stack([X, np.full(len(X), 7.0, dtype=X.dtype)]), y))
