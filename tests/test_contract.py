"""Our own suite for every public estimator: properties that an estimate in nats must have."""

import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from skmi import KernelDensityMI
from skmi.datasets import CorrelatedNormal

from ._common import COLUMN_ESTIMATORS, ESTIMATORS

# Networks trained for a few epochs have learned little, and warn about it.
pytestmark = [
    pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning"),
    pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning"),
]

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
# Estimators whose value may not depend on which variable is called X.
symmetric = pytest.mark.parametrize("estimator", COLUMN_ESTIMATORS, ids=str)


def sample(mi=1.0, n_samples=1000, n_features=2, seed=0):
    return CorrelatedNormal(mi, n_features, n_features).sample(n_samples, random_state=seed)


@every_estimator
def test_is_near_zero_when_independent(estimator):
    X, y = sample(0.0)
    # Four standard errors: one test among many must not fail by chance, and bias at zero would show above them.
    fitted = clone(estimator).fit(X, y)
    assert abs(fitted.mi_) < 4 * fitted.standard_error_ + 0.02


@every_estimator
def test_sees_dependence_and_more_of_it(estimator):
    # One column per side: two would be independent pairs, of which a compressor to one dimension keeps a mixture.
    values = [clone(estimator).fit(*sample(mi, n_features=1)).mi_ for mi in (0.5, 2.0)]
    assert 0.1 < values[0] < values[1]


@every_estimator
def test_pointwise_values_average_to_the_estimate(estimator):
    fitted = clone(estimator).fit(*sample())
    assert fitted.mi_ == pytest.approx(np.mean(fitted.pointwise_), abs=1e-12)
    assert type(fitted.mi_) is float


@every_estimator
def test_standard_errors_are_of_the_size_of_the_spread_and_survive_a_pickle(estimator):
    fitted = clone(estimator).fit(*sample())
    spread = np.std(fitted.pointwise_, ddof=1) / np.sqrt(len(fitted.pointwise_))
    # Corrections for what rows have in common change it by less than half either way; folds may differ by more.
    folds = [fold.mi_ for fold in getattr(fitted, "estimators_", [fitted])]
    assert 0.5 * spread < fitted.standard_error_ < 2 * max(spread, np.std(folds))
    again = clone(estimator).fit(*sample())
    assert pickle.loads(pickle.dumps(again)).standard_error_ == pytest.approx(fitted.standard_error_, rel=1e-9)


@every_estimator
def test_same_data_same_answer(estimator):
    X, y = sample()
    np.testing.assert_array_equal(*(clone(estimator).fit(X, y).pointwise_ for _ in range(2)))


@every_estimator
def test_leaves_the_callers_generators_alone(estimator):
    import torch

    X, y = sample()
    before = np.random.get_state()[1].copy(), torch.get_rng_state(), torch.get_num_threads()  # noqa: NPY002
    clone(estimator).fit(X, y).score(X[:50], y[:50])
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    assert torch.get_num_threads() == before[2]


@every_estimator
def test_survives_clone_and_pickle(estimator):
    X, y = sample()
    fitted = clone(estimator).fit(X, y)
    copy = pickle.loads(pickle.dumps(fitted))
    assert copy.mi_ == fitted.mi_
    assert copy.score(X[:100], y[:100]) == fitted.score(X[:100], y[:100])


@symmetric
def test_is_symmetric(estimator):
    X, y = sample()
    # The bandwidth has a relative accuracy of 1e-4, from sums whose last digits depend on the order of the columns.
    tolerance = 1e-5 if isinstance(estimator, KernelDensityMI) else 1e-9
    assert clone(estimator).fit(y, X).mi_ == pytest.approx(clone(estimator).fit(X, y).mi_, abs=tolerance)


@symmetric
def test_scale_and_shift_change_nothing(estimator):
    X, y = sample()
    scaled = clone(estimator).fit(X * [1e3, 1e-12] + [0.0, 1e-9], 1e8 + y).mi_
    # 1e8 + y keeps eight digits of y, which moves no neighbour by more than one part in 1e8.
    assert scaled == pytest.approx(clone(estimator).fit(X, y).mi_, abs=1e-4)


@every_estimator
def test_more_data_come_closer(estimator):
    def error(n_samples):
        return np.mean([abs(clone(estimator).fit(*sample(1.0, n_samples, 1, seed)).mi_ - 1.0) for seed in range(5)])

    # A network of three epochs hardly learns; its error may stay, but not grow.
    assert error(2000) < error(100) + 0.02


@every_estimator
def test_score_is_a_lower_bound_on_new_data(estimator):
    X, y = sample(0.8, 2000)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    score = clone(estimator).fit(X, y).score(X_test, y_test)
    # The spread of InfoNCE over 500 rows at 0.8 nats is about 0.04.
    assert score < 0.8 + 0.15


@every_estimator
def test_score_of_unrelated_data_is_not_positive(estimator):
    X, y = sample(0.0, 1500)
    score = clone(estimator).fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    assert score < 0.03


@every_estimator
def test_log_density_ratio_allows_different_numbers_of_rows(estimator):
    X, y = sample()
    ratios = clone(estimator).fit(X, y).log_density_ratio(X[:7], y[:5])
    assert ratios.shape == (7, 5)
    assert np.isfinite(ratios).all()


@every_estimator
def test_labels_of_any_dtype_give_the_same_estimate(estimator):
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=900)
    X = 4.0 * np.eye(3)[y] + rng.standard_normal((900, 3))
    fitted = clone(estimator).fit(X, np.array(["a", "b", "c"])[y])
    assert fitted.mi_ < np.log(3) + 0.05
    assert fitted.mi_ > 0.3
    again = clone(estimator).fit(X, y)
    assert again.mi_ == pytest.approx(fitted.mi_, abs=1e-9)
    assert fitted.score(X[:200], np.array(["a", "b", "c"])[y[:200]]) == pytest.approx(again.score(X[:200], y[:200]))


@every_estimator
def test_new_labels_in_score_have_log_ratio_zero(estimator):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=300)
    X = y[:, None] + rng.standard_normal((300, 2))
    fitted = clone(estimator).fit(X, y)
    np.testing.assert_allclose(fitted.log_density_ratio(X[:3], np.array([0, 1, 7]))[:, 2], 0.0, atol=1e-9)


@every_estimator
def test_parallel_calls_agree(estimator):
    X, y = sample(n_samples=300)

    def mi(model):
        return model.fit(X, y).mi_

    values = joblib.Parallel(n_jobs=2)(joblib.delayed(mi)(clone(estimator)) for _ in range(2))
    assert values == [mi(clone(estimator))] * 2
