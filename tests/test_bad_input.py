"""A clear error or the right number, for every estimator and compressor."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits

from skmi import KSG, AutoencoderCompressor, CompressedMI, GaussianMI, KozachenkoLeonenko
from skmi.datasets import CorrelatedNormal
from skmi.estimators import kl_entropy, ksg_mutual_info
from skmi.exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    RareClassWarning,
    RepeatedRowsWarning,
    SaturationWarning,
    UnreliableEstimateWarning,
)

from ._common import COLUMN_ESTIMATORS, COMPRESSORS, ESTIMATORS, LINEARLY_COMPRESSED

# Networks of a few epochs warn that they have learned little.
pytestmark = pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
every_object = pytest.mark.parametrize("estimator", [*ESTIMATORS, *COMPRESSORS], ids=str)
plain_estimators = pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko(), GaussianMI()], ids=str)

MI = 0.51


@pytest.fixture(scope="module")
def pair():
    return CorrelatedNormal(MI).sample(2000, random_state=0)


@every_object
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_not_finite(estimator, value, pair):
    X, y = pair[0].copy(), pair[1]
    X[3] = value
    with pytest.raises(ValueError, match="NaN|infinity"):
        clone(estimator).fit(X, y)


@every_estimator
@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
def test_target_not_finite(estimator, value, pair):
    y = pair[1].copy()
    y[3] = value
    with pytest.raises(ValueError, match="y contains (NaN|infinity)"):
        clone(estimator).fit(pair[0], y)


@every_object
def test_sparse(estimator, pair):
    with pytest.raises(TypeError, match="dense"):
        clone(estimator).fit(csr_array(pair[0]), pair[1])


@every_object
def test_one_row(estimator, pair):
    with pytest.raises(ValueError, match=r"n_samples ?= ?1|1 sample"):
        clone(estimator).fit(pair[0][:1], pair[1][:1])


@every_object
def test_one_dimension(estimator, pair):
    with pytest.raises(ValueError, match="Reshape your data"):
        clone(estimator).fit(pair[0][:, 0], pair[1])


@every_estimator
def test_lengths_that_differ(estimator, pair):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(estimator).fit(pair[0], pair[1][:-1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(estimator).fit(*pair).score(pair[0], pair[1][:-1])


@every_estimator
def test_target_missing(estimator, pair):
    with pytest.raises(ValueError, match="y"):
        clone(estimator).fit(pair[0], None)
    with pytest.raises(TypeError, match="y"):
        clone(estimator).fit(pair[0])


@pytest.mark.parametrize("estimator", [KSG(50), KozachenkoLeonenko(50)], ids=str)
def test_fewer_rows_than_neighbors(estimator, pair):
    with pytest.raises(ValueError, match=r"n_neighbors=50 and n_samples=50.*Lower n_neighbors"):
        clone(estimator).fit(pair[0][:50], pair[1][:50])


@every_object
def test_strings_that_are_numbers_nowhere(estimator, pair):
    X = np.array([f"name {i}" for i in range(len(pair[0]))])[:, None]
    with pytest.raises(ValueError, match="could not convert string|occurs once only|indicator|arrays of bytes/strings"):
        clone(estimator).fit(X, pair[1])


# Networks of three epochs are left out: one more input changes their first weights, and three epochs do not undo that.
@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
@pytest.mark.parametrize("estimator", [*COLUMN_ESTIMATORS, *LINEARLY_COMPRESSED], ids=str)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.ConstantColumnWarning")
def test_constant_column_carries_nothing(estimator, pair):
    X, y = CorrelatedNormal(MI, 2, 2).sample(1000, random_state=0)
    with_constant = clone(estimator).fit(np.c_[X, np.full(len(X), 7.0)], y).mi_
    assert with_constant == pytest.approx(clone(estimator).fit(X, y).mi_, abs=0.05)


@plain_estimators
def test_constant_column_warns(estimator, pair):
    with pytest.warns(ConstantColumnWarning, match=r"Columns \[1\] of X are constant"):
        clone(estimator).fit(np.c_[pair[0], np.zeros(len(pair[0]))], pair[1])


@every_estimator
@pytest.mark.filterwarnings("ignore::skmi.exceptions.ConstantColumnWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in divide:RuntimeWarning")  # scikit-learn's PCA
def test_all_rows_equal(estimator):
    rng = np.random.default_rng(0)
    fitted = clone(estimator).fit(np.ones((200, 2)), rng.standard_normal(200))
    assert fitted.mi_ == pytest.approx(0, abs=1e-9)
    fitted = clone(estimator).fit(np.ones((200, 2)), np.ones(200))
    assert fitted.mi_ == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("times", [2, 10])
@pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko()], ids=str)
def test_repeated_rows_warn(estimator, times, pair):
    X, y = np.repeat(pair[0], times, axis=0), np.repeat(pair[1], times, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RepeatedRowsWarning)
        with pytest.raises((RepeatedRowsWarning, ValueError), match="occur more than once"):
            clone(estimator).fit(X, y)


@pytest.mark.parametrize("times", [2, 10])
def test_repeated_rows_do_not_change_the_gaussian_estimate(times, pair):
    mi = GaussianMI().fit(np.tile(pair[0], (times, 1)), np.tile(pair[1], (times, 1))).mi_
    assert mi == pytest.approx(GaussianMI().fit(*pair).mi_, abs=1e-3)


def test_few_chance_repetitions_do_not_warn(pair):
    X, y = pair[0].astype(np.float32), pair[1].astype(np.float32)
    X[:5], y[:5] = X[5:10], y[5:10]
    assert KSG().fit(X, y).mi_ == pytest.approx(MI, abs=0.06)


@pytest.mark.parametrize("decimals", [1, 0])
def test_rounded_values_by_neighbors(decimals, pair):
    # Rounding to 1 loses some information itself (0.39 by summing the cells of the exact distribution).
    truth = {1: MI, 0: _rounded_normal_mi(MI)}[decimals]
    assert KSG().fit(pair[0].round(decimals), pair[1].round(decimals)).mi_ == pytest.approx(truth, abs=0.06)


def _rounded_normal_mi(mi):
    """Mutual information of a bivariate normal pair rounded to integers, by the probabilities of the cells."""
    from scipy.stats import multivariate_normal, norm

    rho = np.sqrt(1 - np.exp(-2 * mi))
    edges = np.r_[-8, np.arange(-4.5, 5), 8]
    joint = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    cdf = joint.cdf(np.stack(np.meshgrid(edges, edges, indexing="ij"), axis=-1))
    cells = np.maximum(np.diff(np.diff(cdf, axis=0), axis=1), 1e-300)
    margin = np.diff(norm.cdf(edges))
    return float(np.sum(cells * np.log(cells / np.outer(margin, margin))))


def test_rounded_values_have_no_density(pair):
    with pytest.raises(ValueError, match="coincide.*use KSG"):
        KozachenkoLeonenko().fit(pair[0].round(1), pair[1].round(1))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_independent_columns_of_zeros(share):
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((2, 5000))
    X[rng.random(5000) < share] = 0
    y[rng.random(5000) < share] = 0
    assert KSG().fit(X[:, None], y).mi_ == pytest.approx(0, abs=0.03)


def test_tied_columns_in_high_dimension():
    X, y = np.random.default_rng(0).integers(2, size=(2, 2000, 10)).astype(float)
    assert KSG().fit(X, y).mi_ == pytest.approx(0, abs=0.05)


def test_independent_small_integers_are_discrete():
    X, y = np.random.default_rng(0).integers(5, size=(2, 5000))
    fitted = KSG().fit(X[:, None], y)
    assert fitted.discrete_features_.all()
    assert fitted.discrete_target_.all()
    assert fitted.mi_ == pytest.approx(0, abs=0.01)
    as_numbers = KSG(discrete_features=False, discrete_target=False).fit(X[:, None], y)
    assert as_numbers.mi_ == pytest.approx(0, abs=0.03)


@plain_estimators
def test_a_tiny_column(estimator, pair):
    mi = clone(estimator).fit(pair[0] * 1e-12, pair[1]).mi_
    assert mi == pytest.approx(clone(estimator).fit(*pair).mi_, abs=1e-6)


def test_a_column_plus_a_large_number(pair):
    # At 1e15 doubles are 1/8 apart, so this rounds X to 1/8 and makes ties.
    assert KSG().fit(pair[0] + 1e15, pair[1]).mi_ == pytest.approx(MI, abs=0.06)
    assert GaussianMI().fit(pair[0] + 1e15, pair[1]).mi_ == pytest.approx(MI, abs=0.06)
    with pytest.raises(ValueError, match="coincide.*use KSG"):
        KozachenkoLeonenko().fit(pair[0] + 1e15, pair[1])


def test_float32_with_a_large_offset(pair):
    X = (pair[0] + 1e4).astype(np.float32)  # spacing 1e-3
    assert KSG().fit(X, pair[1]).mi_ == pytest.approx(MI, abs=0.06)


@plain_estimators
def test_integer_and_boolean_columns(estimator):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=2000).astype(bool)
    X = np.round(1e5 * (y + rng.standard_normal(2000))).astype(int)[:, None]
    fitted = clone(estimator).fit(X, y)
    assert fitted.discrete_target_.all()
    assert not fitted.discrete_features_.any()
    # I of two unit normals one apart, equal classes, by numeric integration.
    assert fitted.mi_ == pytest.approx(0.1145, abs=0.05)


def test_a_table_of_mixed_types():
    rng = np.random.default_rng(0)
    kind = rng.integers(3, size=3000)
    table = pd.DataFrame(
        {
            "colour": np.array(["red", "green", "blue"])[kind],
            "size": rng.standard_normal(3000),
            "flag": rng.random(3000) < 0.5,
            "grade": pd.Categorical(rng.integers(2, size=3000)),
        }
    )
    y = kind + 0.01 * rng.standard_normal(3000)
    fitted = KSG().fit(table[["colour", "flag"]], y)
    assert fitted.discrete_features_.tolist() == [True, True]
    assert fitted.mi_ == pytest.approx(np.log(3), abs=0.05)  # y carries the colour only
    every = KSG().fit(table, y)
    assert every.discrete_features_.tolist() == [True, False, True, True]
    assert every.mi_ == pytest.approx(np.log(3), abs=0.25)  # three more columns thin the neighbours out
    assert np.isfinite(fitted.score(table[["colour", "flag"]], y))
    with pytest.raises(ValueError, match="wholly continuous or wholly discrete. Use KSG"):
        KozachenkoLeonenko().fit(table, y)


def test_missing_values_in_a_text_column():
    table = pd.DataFrame({"a": ["x", None, "y", "x"] * 10})
    with pytest.raises(ValueError, match="missing values.*column a, in 10 of 40 rows"):
        KSG().fit(table, np.arange(40.0))


@plain_estimators
def test_rare_classes_are_dropped_with_a_warning(estimator):
    rng = np.random.default_rng(0)
    y = np.r_[rng.integers(2, size=500), 7]
    X = y[:, None] + rng.standard_normal((501, 1))
    with pytest.warns(RareClassWarning, match="1 of 501 rows were dropped"):
        assert len(clone(estimator).fit(X, y).pointwise_) == 500


@plain_estimators
def test_labels_that_never_repeat(estimator):
    X = np.random.default_rng(0).standard_normal((50, 1))
    with (
        warnings.catch_warnings(action="ignore", category=RareClassWarning),
        pytest.raises(ValueError, match="(once only|fewer than 3 times).*discrete_target=False"),
    ):
        clone(estimator).fit(X, [f"id {i}" for i in range(50)])


@plain_estimators
@pytest.mark.filterwarnings("ignore::skmi.exceptions.UnreliableEstimateWarning")
def test_infinite_information_warns_and_the_estimate_is_finite(estimator, pair):
    with pytest.warns(InfiniteMIWarning, match="infinite"):
        assert 5 < clone(estimator).fit(pair[0], pair[0]).mi_ < np.inf


def test_saturation_warns():
    X, y = CorrelatedNormal(8.0).sample(500, random_state=0)
    with pytest.warns(SaturationWarning, match="largest one that 500 rows"):
        KSG().fit(X, y)
    with pytest.warns(SaturationWarning, match="log\\(n_samples\\)"):
        GaussianMI().fit(X, y).score(X, y)


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
@pytest.mark.filterwarnings("ignore:The estimate .* standard errors below zero")
def test_data_on_a_curve_warn():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 10, size=2000)
    roll = np.c_[angle * np.cos(angle), angle * np.sin(angle)]
    with pytest.warns(UnreliableEstimateWarning, match="curve or surface"):
        KozachenkoLeonenko().fit(roll, angle + rng.standard_normal(2000))


@pytest.mark.parametrize("n_features", [1, 2, 4, 5])
@pytest.mark.filterwarnings("ignore:The estimate .* standard errors below zero")  # true at 5 + 5 columns
def test_full_dimensional_data_do_not_warn(n_features):
    for mi in (0.0, 4.0):  # warnings are errors here
        KozachenkoLeonenko().fit(*CorrelatedNormal(mi, n_features, n_features).sample(2000, random_state=0))


@every_estimator
@pytest.mark.filterwarnings("ignore:100 rows are too few for 151 columns:skmi.exceptions.UnreliableEstimateWarning")
@pytest.mark.filterwarnings("ignore:Kernel densities of 100 continuous:skmi.exceptions.UnreliableEstimateWarning")
def test_more_columns_than_rows(estimator):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((100, 150)), rng.standard_normal(100)
    if isinstance(estimator, KozachenkoLeonenko):
        with pytest.raises(ValueError, match="more rows than columns.*compress first"):
            clone(estimator).fit(X, y)
        return
    fitted = clone(estimator).fit(X, y)
    assert np.isfinite(fitted.mi_)
    assert abs(fitted.mi_) < 0.6


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_neighbors": 0}, "n_neighbors"),
        ({"n_neighbors": 2.5}, "n_neighbors"),
        ({"marginals": "ranks"}, "marginals"),
        ({"discrete_features": "maybe"}, "discrete_features"),
        ({"discrete_features": [True, False]}, "mask of 1 booleans"),
    ],
    ids=str,
)
def test_parameters_out_of_range(parameters, message, pair):
    with pytest.raises(ValueError, match=message):
        KSG(**parameters).fit(*pair)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"latent_dim": 0}, "latent_dim"),
        ({"image_shape": (2, 3)}, "image_shape.*4 pixels.*got \\(2, 3\\)"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"loss": "cosine"}, "loss"),
    ],
    ids=str,
)
def test_compressor_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderCompressor(**{"max_epochs": 1, **parameters}).fit(np.random.default_rng(0).random((50, 4)))


def test_both_kinds_of_compressors_at_once(pair):
    compressor = COMPRESSORS[0]
    with pytest.raises(ValueError, match="one kind only"):
        CompressedMI(compressor=compressor, x_compressor=compressor).fit(*pair)


def test_a_column_of_two_values_does_not_warn_of_repeated_rows():
    rng = np.random.default_rng(0)
    y = rng.integers(200, size=442).astype(float)  # values repeat, as in many tables
    KSG().fit(rng.integers(2, size=(442, 1)).astype(float), y)  # warnings are errors here


def test_images_of_integers_are_continuous():
    X, y = load_digits(return_X_y=True)
    shuffled = np.random.default_rng(0).permutation(y)
    with pytest.warns(ConstantColumnWarning):
        fitted = KSG().fit(X.astype(np.uint8), shuffled)
    assert not fitted.discrete_features_.any()
    assert abs(fitted.mi_) < 0.1


@pytest.mark.parametrize("estimator", [KSG(), KozachenkoLeonenko()], ids=str)
def test_discrete_values_that_hardly_repeat_warn(estimator):
    rng = np.random.default_rng(0)
    with pytest.warns(UnreliableEstimateWarning, match="occur nowhere else"):
        clone(estimator).fit([[f"id {i}"] for i in range(100)], rng.integers(2, size=100))
    with pytest.warns(UnreliableEstimateWarning, match="occur nowhere else"):
        clone(estimator).fit(rng.random((1000, 20)) < 0.5, rng.integers(2, size=1000))


def test_estimates_above_the_entropy_of_labels_warn():
    with pytest.warns(UnreliableEstimateWarning, match="exceeds the entropy of the labels"):
        KozachenkoLeonenko().fit(*load_breast_cancer(return_X_y=True))


def test_values_far_below_zero_warn():
    X, y = np.random.default_rng(0).uniform(size=(2, 3000, 4))
    with pytest.warns(UnreliableEstimateWarning, match="standard errors below zero"):
        KozachenkoLeonenko().fit(X, y)
    assert abs(KozachenkoLeonenko(correction="boundary").fit(X, y).mi_) < 0.2


def test_dates_are_refused():
    table = pd.DataFrame({"when": pd.date_range("2020", periods=50), "x": np.arange(50.0)})
    with pytest.raises(TypeError, match="column when of X, got dates"):
        KSG().fit(table, np.arange(50.0))


def test_zero_inflated_columns_do_not_warn_of_repeated_rows():
    rng = np.random.default_rng(0)
    X, y = np.where(rng.random((2, 2000)) < 0.85, 0, np.round(rng.lognormal(3, 1, (2, 2000))))
    assert KSG().fit(X[:, None], y).mi_ == pytest.approx(0, abs=0.05)  # warnings are errors here


def test_ties_far_from_zero_unscaled():
    rng = np.random.default_rng(0)
    X = rng.integers(50, size=(3000, 1)).astype(float)
    y = np.round(X[:, 0] + 5 * rng.standard_normal(3000))
    near, far = (KSG(marginals=None).fit(X + offset, y + offset).mi_ for offset in (0.0, 1e9))
    assert far == pytest.approx(near, abs=1e-9)


@pytest.mark.parametrize("function", [ksg_mutual_info, lambda X, Y: kl_entropy(X)], ids=["ksg", "entropy"])
def test_functions_refuse_what_is_not_finite(function):
    X = np.arange(10.0)
    X[3] = np.nan
    with pytest.raises(ValueError, match="X contains NaN"):
        function(X, np.arange(10.0))


def test_functions_refuse_lengths_that_differ():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ksg_mutual_info(np.arange(10.0), np.arange(9.0))


@pytest.mark.parametrize("function", [ksg_mutual_info, lambda X, Y, **given: kl_entropy(X, **given)], ids=["ksg", "kl"])
@pytest.mark.parametrize("n_neighbors", [0, -3, 2.5, True, "5", None])
def test_functions_check_their_parameters(function, n_neighbors):
    with pytest.raises(ValueError, match="'n_neighbors' parameter of .* must be an int"):
        function(np.arange(10.0), np.arange(10.0), n_neighbors=n_neighbors)


def test_functions_check_what_depends_on_the_data():
    for function in (ksg_mutual_info, lambda X, Y, n_neighbors: kl_entropy(X, n_neighbors=n_neighbors)):
        with pytest.raises(ValueError, match="n_neighbors < n_samples, got n_neighbors=10"):
            function(np.arange(10.0), np.arange(10.0), n_neighbors=10)
    with pytest.raises(ValueError, match="'correction' parameter of kl_entropy"):
        kl_entropy(np.arange(10.0), correction="bounday")


@pytest.mark.parametrize("value", [True, np.True_])
def test_true_is_no_number_of_neighbors(value, pair):
    for estimator in (KSG(value), KozachenkoLeonenko(value)):
        with pytest.raises(ValueError, match="'n_neighbors' parameter"):
            estimator.fit(*pair)
