"""Intervals, tests, bounds and differences: calibrated, honest, and the same whatever the number of workers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi import (
    KSG,
    CanonicalCompressor,
    CompressedMI,
    ConditionalKSG,
    GaussianCopulaMI,
    GaussianMI,
    InfoNCE,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import ConfoundedPair, CorrelatedNormal, CorrelatedStudent, GroupedNormal, NormalSeries, zipf_labels
from skmi.estimators import MIOfRows, can_estimate_parts
from skmi.exceptions import SerialDependenceWarning, kept_warnings
from skmi.uncertainty import (
    interaction_information,
    label_information_bounds,
    mi_difference,
    mi_interval,
    mi_lower_bound,
    mi_permutation_test,
    total_correlation,
)


def normal(n_columns, rho):
    return CorrelatedNormal(-0.5 * n_columns * np.log(1 - rho**2), n_columns, n_columns)


# Standard errors. With 80 draws the true standard deviation is known to 8 %, so that a quarter is three errors.
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
@pytest.mark.parametrize(
    ("estimator", "n_columns"),
    [
        (KSG(), 1),
        (KSG(variant=2), 1),
        (KSG(n_neighbors=6, marginals="normal"), 2),
        (KozachenkoLeonenko(), 1),
        (GaussianMI(), 2),
        (GaussianCopulaMI(), 1),
        (CompressedMI(KSG(), compressor=CanonicalCompressor(2), random_state=0), 2),
    ],
    ids=["KSG", "variant 2", "six neighbours", "KL", "Gaussian", "copula", "codes"],
)
def test_standard_errors_are_those_of_repeated_draws(estimator, n_columns, rho):
    draws = (normal(n_columns, rho).sample(400, random_state=500 + seed) for seed in range(80))
    found = np.array([(fitted.mi_, fitted.standard_error_) for fitted in (estimator.fit(*draw) for draw in draws)])
    assert 0.75 < found[:, 1].mean() / found[:, 0].std(ddof=1) < 1.3


def test_the_standard_error_of_kernels_is_that_of_repeated_draws():
    draws = [normal(1, 0.6).sample(300, random_state=seed) for seed in range(60)]
    found = np.array([(model.mi_, model.standard_error_) for model in (KernelDensityMI("lsq").fit(*d) for d in draws)])
    assert 0.75 < found[:, 1].mean() / found[:, 0].std(ddof=1) < 1.35


@pytest.mark.parametrize("pair", [GroupedNormal(3, 2, 1.5), GroupedNormal(4, 1, 0.0)], ids=["dependent", "independent"])
def test_the_standard_error_against_labels_is_that_of_repeated_draws(pair):
    draws = [pair.sample(400, random_state=seed) for seed in range(80)]
    found = np.array([(model.mi_, model.standard_error_) for model in (KSG().fit(*draw) for draw in draws)])
    assert 0.75 < found[:, 1].mean() / found[:, 0].std(ddof=1) < 1.3


def test_the_standard_error_given_columns_is_that_of_repeated_draws():
    pair = ConfoundedPair(0.3, 1)
    draws = [pair.sample(400, random_state=seed) for seed in range(80)]
    fits = (ConditionalKSG(conditioning=[1]).fit(*draw) for draw in draws)
    found = np.array([(model.mi_, model.standard_error_) for model in fits])
    assert 0.75 < found[:, 1].mean() / found[:, 0].std(ddof=1) < 1.3


def test_standard_errors_of_many_rows_are_from_some_of_them():
    X, y = normal(2, 0.5).sample(30_000, random_state=0)
    some = [KSG().fit(X[part], y[part]).standard_error_ for part in (slice(0, 3000), slice(3000, 6000))]
    assert KSG().fit(X, y).standard_error_ == pytest.approx(np.mean(some) / np.sqrt(10), rel=0.15)


# Intervals.
@pytest.mark.parametrize(("n_columns", "rho"), [(1, 0.0), (1, 0.7), (3, 0.6), (3, 0.9)])
def test_intervals_contain_the_truth(n_columns, rho):
    pair = normal(n_columns, rho)
    with kept_warnings():
        found = [mi_interval(KSG(), *pair.sample(300, random_state=seed), random_state=seed) for seed in range(60)]
    # At least 93 % in the long run; 60 draws of that fall below 85 % once in fifty times.
    assert np.mean([interval.low <= pair.mi <= interval.high for interval in found]) >= 0.85
    assert all(interval.low <= interval.estimate <= interval.high for interval in found)


def test_intervals_of_labels_and_of_columns_without_normal_margins_contain_the_truth():
    for pair in (zipf_labels(6, 0.0, 0.5), GroupedNormal(4, 1, 2.0)):
        found = [mi_interval(KSG(), *pair.sample(400, random_state=seed), random_state=seed) for seed in range(40)]
        assert np.mean([interval.low <= pair.mi <= interval.high for interval in found]) >= 0.85


def test_clean_data_are_reliable_and_biased_estimates_are_not():
    clean = mi_interval(KSG(), *normal(1, 0.6).sample(1000, random_state=0), random_state=0)
    assert clean.reliable
    assert clean.reasons == ()
    with kept_warnings():
        wide = mi_interval(KSG(), *CorrelatedNormal(2.0, 20, 20, mixing=0).sample(1000, random_state=0), random_state=0)
    assert not wide.reliable
    assert wide.reasons


def test_series_and_saturation_are_reasons_for_doubt():
    with pytest.warns(SerialDependenceWarning):
        series = mi_interval(KSG(), *NormalSeries(0.0, 0.98).sample(600, random_state=0), random_state=0)
    assert any("change slowly" in reason for reason in series.reasons)
    with kept_warnings():
        exact = mi_interval(KSG(), *CorrelatedNormal(6.0).sample(300, random_state=0), random_state=0)
    assert not exact.reliable


def test_a_wrong_route_is_said():
    # A Gaussian value misses a circle, nearest neighbours do not.
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2000)
    circle = np.stack([np.cos(angle), np.sin(angle)]) + 0.1 * rng.standard_normal((2, 2000))
    found = mi_interval(GaussianMI(), circle[0][:, None], circle[1], random_state=0)
    assert any("one of them is wrong" in reason for reason in found.reasons)


def test_what_all_columns_tell_speaks_against_no_conditional_estimate():
    X, y = ConfoundedPair(0.1, 1).sample(600, random_state=0)
    found = mi_interval(ConditionalKSG(conditioning=1), X, y, random_state=0)
    assert found.low < 0.1 < found.high
    assert found.reliable
    with pytest.raises(ValueError, match="no such bound of conditional information"):
        mi_lower_bound(ConditionalKSG(conditioning=1), X, y)


def test_heavy_tails_are_a_reason_for_doubt():
    draw = CorrelatedStudent(0.0, 2, 2, 2).sample(600, random_state=0)
    found = mi_interval(KSG(), *draw, random_state=0)
    assert any("heavy tails" in reason for reason in found.reasons)
    assert not any("tails" in reason for reason in mi_interval(GaussianCopulaMI(), *draw, random_state=0).reasons)


def test_groups_widen_the_interval():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 10)
    X, y = rng.standard_normal((2, 60))[:, groups] + 0.3 * rng.standard_normal((2, 600))
    with kept_warnings():
        rows, grouped = (mi_interval(KSG(), X[:, None], y, groups=g, random_state=0) for g in (None, groups))
    assert grouped.standard_error > 1.3 * rows.standard_error
    with pytest.raises(ValueError, match="Expected at least 8 groups"):
        mi_interval(KSG(), X[:, None], y, groups=groups // 10)


def test_encoders_are_fitted_again_in_each_part():
    X, y = normal(3, 0.6).sample(600, random_state=0)
    fitted_to = []

    class Recorded(PCA):
        def fit(self, X, y=None):
            fitted_to.append(len(X))
            return super().fit(X, y)

    with kept_warnings():
        mi_interval(CompressedMI(KSG(), compressor=Recorded(1)), X, y, random_state=0)
    # Two folds and two sides each, of all rows and of disjoint parts of 300, 150 and 75.
    assert sorted(set(fitted_to)) == [37, 38, 75, 150, 300]


def test_the_standard_error_of_codes_shows_that_folds_disagree():
    X, y = normal(2, 0.8).sample(600, random_state=0)

    class Sometimes(PCA):
        """Finds nothing in every other training."""

        n_fits = 0

        def fit(self, X, y=None):
            super().fit(X, y)
            type(self).n_fits += 1
            self.components_ = self.components_ * (Sometimes.n_fits % 2)
            return self

    with kept_warnings():
        steady = CompressedMI(KSG(), x_compressor=PCA(2), random_state=0).fit(X, y)
        shaky = CompressedMI(KSG(), x_compressor=Sometimes(2), random_state=0).fit(X, y)
    apart = abs(np.diff([fold.mi_ for fold in shaky.estimators_])[0])
    assert apart > 0.3
    assert shaky.standard_error_ == pytest.approx(apart / 2)
    assert shaky.standard_error_ > 3 * steady.standard_error_


@pytest.mark.parametrize(
    "estimator",
    [
        KSG(),
        KSG(variant=2, marginals="normal"),
        ConditionalKSG(conditioning="b"),
        KozachenkoLeonenko(),
        KernelDensityMI(),
        GaussianMI(),
    ],
    ids=str,
)
@pytest.mark.parametrize("labels", [False, True])
def test_parts_of_a_fitted_estimator_are_those_of_clones(estimator, labels):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((300, 2)).round(2), columns=["a", "b"])
    y = X["a"] + X["b"] + rng.standard_normal(300)
    y = np.where(y > 2, "high", np.where(y > 0, "middle", "low")) if labels else y
    with kept_warnings():
        whole = clone(estimator).fit(X, y)
        for rows in (np.arange(40), np.sort(rng.permutation(300)[:150])):
            alone = clone(estimator).fit(X.iloc[rows], y[rows]).mi_
            assert MIOfRows(whole)(rows) == pytest.approx(alone, abs=1e-12)
    assert can_estimate_parts(whole)
    assert whole.standard_error_ > 0
    assert not can_estimate_parts(whole)  # the rows are let go with the standard error


@pytest.mark.parametrize(
    "function", [mi_interval, mi_permutation_test, mi_lower_bound], ids=lambda function: function.__name__
)
def test_the_same_seed_gives_the_same_answer_in_one_worker_or_two(function):
    X, y = normal(2, 0.4).sample(200, random_state=0)
    model = CompressedMI(KSG(), compressor=PCA(1))
    alone, together = (function(model, X, y, random_state=3, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert alone.to_frame().equals(together.to_frame())


def test_pipelines_and_searches_are_estimators_too():
    X, y = normal(1, 0.6).sample(300, random_state=0)
    model = make_pipeline(StandardScaler(), KSG())
    assert mi_interval(model, X, y, random_state=0).estimate == pytest.approx(model.fit(X, y)[-1].mi_)
    assert mi_permutation_test(model, X, y, n_permutations=19, random_state=0).pvalue == 0.05
    assert mi_lower_bound(model, X, y, random_state=0).bound >= 0
    with pytest.raises(TypeError, match="Expected an estimator"):
        mi_interval("KSG", X, y)
    with pytest.raises(ValueError, match="at least 40 rows"):
        mi_interval(KSG(), X[:30], y[:30])


# Permutation tests. 60 tests at 20 % reject 5 to 20 times, but for once in two hundred times.
def _rejections(draw, model=None, n_tests=60, **options):
    with kept_warnings():
        found = [
            mi_permutation_test(model or KSG(), *draw(seed), n_permutations=19, random_state=seed, **options)
            for seed in range(n_tests)
        ]
    return np.count_nonzero([test.pvalue <= 0.2 for test in found])


@pytest.mark.parametrize(
    ("draw", "options"),
    [
        (lambda seed: normal(1, 0).sample(150, random_state=seed), {}),
        (lambda seed: normal(2, 0).sample(100, random_state=seed), {"model": KSG(variant=2)}),
        (lambda seed: zipf_labels(8, 0.0, 1.0).sample(150, random_state=seed), {}),
        (lambda seed: GroupedNormal(3, 1, 0.0).sample(150, random_state=seed), {}),
        (lambda seed: normal(2, 0).sample(100, random_state=seed), {"model": GaussianMI()}),
        (lambda seed: NormalSeries(0.0, 0.9).sample(400, random_state=seed), {"serial": True}),
        (lambda seed: ConfoundedPair(0.0, 1).sample(300, random_state=seed), {"conditioning": [1]}),
        (lambda seed: normal(1, 0).sample(150, random_state=seed), {"early_stopping": True}),
    ],
    ids=["columns", "2 + 2", "labels", "label and column", "Gaussian", "series", "given Z", "early stopping"],
)
def test_independent_data_are_rejected_as_often_as_asked_for(draw, options):
    assert 4 <= _rejections(draw, **options) <= 21


def test_shuffled_rows_of_series_reject_always():
    assert _rejections(lambda seed: NormalSeries(0.0, 0.97).sample(300, random_state=seed), n_tests=20) >= 15


def test_codes_of_noise_with_more_columns_than_rows_are_not_rejected():
    def noise(seed):
        return np.random.RandomState(seed).standard_normal((2, 60, 80))

    model = CompressedMI(KSG(), compressor=CanonicalCompressor(1))
    assert 3 <= _rejections(noise, model=model, n_tests=50) <= 19


@pytest.mark.parametrize("sizes", [np.full(30, 6), np.arange(2, 32) // 2 + 1], ids=["equal", "unequal"])
@pytest.mark.parametrize("within", [False, True])
def test_groups_are_permuted_whole_or_within(sizes, within):
    groups = np.repeat(np.arange(len(sizes)), sizes)

    def draw(seed):
        rng = np.random.RandomState(seed)
        X, y = 2 * rng.standard_normal((2, len(sizes)))[:, groups] + rng.standard_normal((2, len(groups)))
        return X[:, None], y

    options = {"groups": groups, "permute": "within" if within else "groups"}
    assert 3 <= _rejections(draw, **options) <= 22
    # Rows shuffled across groups reject far too often.
    assert _rejections(draw, n_tests=20) >= 10


def test_dependence_is_found():
    X, y = normal(1, 0.7).sample(300, random_state=0)
    test = mi_permutation_test(KSG(), X, y, random_state=0)
    assert test.pvalue == 1 / 200
    assert test.statistic == KSG().fit(X, y).mi_
    assert len(test.null) == 199
    X, y = ConfoundedPair(0.5, 1).sample(400, random_state=0)
    for Z in ([1], X[:, 1:]):
        assert mi_permutation_test(KSG(), X, y, conditioning=Z, n_permutations=39, random_state=0).pvalue == 1 / 40


def test_draws_of_a_test_are_estimates_of_permuted_rows():
    # All ways of drawing give what fitting to permuted rows gives.
    rng = np.random.default_rng(0)
    for X, y in (
        normal(1, 0.3).sample(120, random_state=0),
        normal(2, 0.3).sample(120, random_state=0),
        (rng.standard_normal((120, 1)), rng.integers(0, 3, 120)),
    ):
        fast = mi_permutation_test(KSG(), X, y, n_permutations=8, random_state=0).null
        slow = mi_permutation_test(_Plain(), X, y, n_permutations=8, random_state=0).null
        np.testing.assert_allclose(fast, slow, atol=1e-12)


class _Plain:
    """An estimator that is known for nothing but fit and mi_."""

    def fit(self, X, y):
        self.mi_ = KSG().fit(X, y).mi_
        return self


def test_a_critic_is_trained_once():
    X, y = normal(1, 0.8).sample(400, random_state=0)
    model = InfoNCE(max_epochs=15, hidden_sizes=(32,), learning_rate=0.01)
    assert mi_permutation_test(model, X, y, random_state=0).pvalue == 1 / 200


def test_early_stopping_stops_where_there_is_nothing():
    X, y = normal(1, 0).sample(200, random_state=1)
    test = mi_permutation_test(KSG(), X, y, early_stopping=True, n_permutations=499, random_state=0)
    assert test.stopped_early
    assert test.pvalue == pytest.approx(10 / len(test.null))


def test_options_that_exclude_one_another_are_refused():
    X, y = normal(1, 0).sample(50, random_state=0)
    with pytest.raises(ValueError, match="Expected one of groups"):
        mi_permutation_test(KSG(), X, y, serial=True, groups=np.arange(50) // 5)


# Lower bounds.
def test_lower_bounds_hold_and_reach_more_than_half_of_the_truth():
    pair = CorrelatedNormal(1.0, 2, 2)
    bounds = [mi_lower_bound(GaussianMI(), *pair.sample(3000, random_state=s), random_state=s).bound for s in range(10)]
    assert max(bounds) < 1.0
    assert np.mean(bounds) > 0.6
    independent = CorrelatedNormal(0.0, 2, 2)
    found = [mi_lower_bound(KSG(), *independent.sample(300, random_state=s), random_state=s).bound for s in range(20)]
    assert np.count_nonzero(found) <= 3  # one in twenty may exceed zero


def test_betting_bounds_are_below_the_mean():
    from skmi.uncertainty._lower_bound import lower_mean

    rng = np.random.default_rng(0)
    below = [lower_mean(rng.beta(2, 3, 200), 0.1) <= 0.4 for _ in range(200)]
    assert np.mean(below) > 0.88
    assert lower_mean(rng.beta(2, 3, 5000), 0.05) == pytest.approx(0.4, abs=0.03)


def test_label_bounds_are_those_of_the_classifier():
    X, y = load_digits(return_X_y=True)
    found = label_information_bounds(LogisticRegression(max_iter=300), X / 16, y, random_state=0)
    assert found.low < found.lower < found.high < found.upper
    assert found.upper == pytest.approx(np.log(10), abs=0.001)
    assert found.lower > 2.0
    # Two normal classes whose information is known: a discriminant is the best classifier there is.
    pair = GroupedNormal(2, 1, 2.0)
    X, y = pair.sample(4000, random_state=0)
    found = label_information_bounds(LogisticRegression(), X, y.ravel(), random_state=0)
    assert found.low - 0.01 < pair.mi < found.high + 0.02
    with pytest.raises(ValueError, match="Expected labels"):
        label_information_bounds(LogisticRegression(), X, X[:, 0])


# Differences.
def test_differences_are_paired():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(800)
    strong, weak = (y + scale * rng.standard_normal(800) for scale in (0.7, 1.5))
    found = mi_difference(KSG(), strong[:, None], weak[:, None], y, random_state=0)
    assert 0 < found.low < 0.5 * np.log(1 + 1 / 0.7**2) - 0.5 * np.log(1 + 1 / 1.5**2) < found.high
    assert found.pvalue < 0.01
    same = mi_difference(KSG(), strong[:, None], strong[:, None] ** 3, y, random_state=0, estimator_b=KSG())
    assert abs(same.difference) < 0.2
    pvalues = [
        mi_difference(KSG(), *rng.standard_normal((2, 200, 1)), rng.standard_normal(200), random_state=0).pvalue
        for _ in range(40)
    ]
    assert np.mean(np.array(pvalues) < 0.1) < 0.3


# Sums.
def test_interaction_is_what_columns_tell_only_together():
    rng = np.random.default_rng(0)
    a, b, noise = rng.standard_normal((3, 1500))
    # Given the sum of both and noise, y: I(a, b; y) = log(1 + 2 / 0.25) / 2, each alone log(1 + 1 / 1.25) / 2.
    truth = 0.5 * np.log(9.0) - np.log(1.8)
    found = interaction_information(a, b, a + b + 0.5 * noise, random_state=0)
    assert found.low < truth < found.high
    assert found.value == pytest.approx(truth, abs=0.1)
    assert len(found.estimates) == 3
    swapped = interaction_information(a, a + b + 0.5 * noise, b, random_state=0)
    assert swapped.value == pytest.approx(found.value, abs=0.1)
    copies = interaction_information(a + 0.3 * b, a + 0.3 * noise, a, random_state=0)
    assert copies.high < 0
    labels = rng.integers(2, size=(2, 400))
    exact = interaction_information(*labels, labels.sum(axis=0) % 2, random_state=0)
    assert exact.value == pytest.approx(np.log(2), abs=0.03)


def test_total_correlation_of_normal_columns():
    rng = np.random.default_rng(1)
    correlation = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    X = rng.standard_normal((2000, 4)) @ np.linalg.cholesky(correlation).T
    truth = -0.5 * np.linalg.slogdet(correlation)[1]
    found = total_correlation(X, random_state=0)
    assert found.low < truth < found.high
    assert len(found.estimates) == 3
    one, two = (total_correlation(X[:300], random_state=0, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert one == two
    independent = total_correlation(rng.standard_normal((500, 3)), random_state=0)
    assert independent.low < 0 < independent.high
    with pytest.raises(ValueError, match="at least 2 columns"):
        total_correlation(X[:, :1])


@pytest.mark.parametrize(
    "result",
    [
        lambda X, y: mi_interval(KSG(), X, y, random_state=0),
        lambda X, y: mi_permutation_test(KSG(), X, y, n_permutations=19, random_state=0),
        lambda X, y: mi_lower_bound(KSG(), X, y, random_state=0),
        lambda X, y: mi_difference(KSG(), X, X**2, y, random_state=0),
        lambda X, y: interaction_information(X, X**2, y, random_state=0),
        lambda X, y: label_information_bounds(LogisticRegression(max_iter=500), *load_iris(return_X_y=True)),
    ],
    ids=["interval", "test", "lower bound", "difference", "sum", "label bounds"],
)
def test_results_print_tabulate_and_draw(result):
    found = result(*normal(1, 0.6).sample(200, random_state=0))
    assert type(found).__name__ in repr(found)
    assert len(found.to_frame()) == 1
    assert found.plot().ax_.get_xlabel().endswith("nats")
