"""One reader of tables: the same verdict on what is a label, and the same number, wherever a target goes."""

import decimal
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skmi import (
    KSG,
    MINE,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    GaussianMI,
    InfoNCE,
    KernelDensityMI,
    KozachenkoLeonenko,
    MarchenkoPasturPCA,
)
from skmi._seeding import declared
from skmi._tables import ColumnCoder, flattened, labels_of
from skmi.channel import gaussian_channel_bounds
from skmi.datasets import CorrelatedNormal
from skmi.estimators import kl_entropy, ksg_mutual_info
from skmi.estimators._base import ColumnEstimator
from skmi.exceptions import UnreliableEstimateWarning
from skmi.feature_selection import mi_scores, mutual_info

from . import _common

N = 600
RNG = np.random.default_rng(0)
CODES = RNG.integers(3, size=N)  # three labels
MANY = RNG.integers(40, size=N)  # more than integers may have to count as labels
X = 3.0 * np.eye(3)[CODES] + RNG.standard_normal((N, 3))
X_MANY = 0.1 * RNG.standard_normal((N, 3)) + np.c_[np.cos(MANY), np.sin(MANY), MANY / 10]
NAMES = np.array([f"name {i:02}" for i in range(40)])

FAST = {"max_epochs": 2, "hidden_sizes": (8,), "batch_size": 64, "random_state": 0}

# Forms in which the same labels arrive, by the plain form that they must read like.
LABELS = {
    "strings": NAMES[CODES],
    "strings as objects": NAMES[CODES].astype(object),
    "strings as a list": NAMES[CODES].tolist(),
    "bytes": NAMES[CODES].astype("S"),
    "numpy's variable strings": NAMES[CODES].astype(np.dtypes.StringDType()),
    "pandas strings": pd.Series(NAMES[CODES], dtype="string"),
    "integers": CODES,
    "unsigned integers": CODES.astype(np.uint8),
    "integers in a column": CODES[:, None],
    "object integers": CODES.astype(object),
    "nullable integers": pd.Series(CODES, dtype="Int64"),
    "masked array that masks nothing": np.ma.array(CODES, mask=False),
    "categories of strings": pd.Categorical(NAMES[CODES]),
    "categories of integers": pd.Series(pd.Categorical(CODES)),
    "categories of floats": pd.Series(pd.Categorical(CODES / 2)),
    "categories that do not occur": pd.Series(pd.Categorical(CODES, categories=range(50))),
    "frame of categories": pd.DataFrame({"y": pd.Categorical(CODES)}),
    "polars strings": pl.Series("y", NAMES[CODES].tolist()),
    "polars categories": pl.Series("y", NAMES[CODES].tolist(), dtype=pl.Categorical),
    "polars frame": pl.DataFrame({"y": CODES}),
    "pyarrow dictionary": pa.table({"y": pa.array(NAMES[CODES].tolist()).dictionary_encode()}),
    "pyarrow batch": pa.record_batch({"y": CODES}),
    "pyarrow column": pa.chunked_array([NAMES[CODES].tolist()]),
    "index": pd.Index(NAMES[CODES]),
}
BOOLEANS = {
    "booleans": CODES == 0,
    "object booleans": (CODES == 0).astype(object),
    "nullable booleans": pd.Series(CODES == 0, dtype="boolean"),
    "polars booleans": pl.Series("y", (CODES == 0).tolist()),
    "pyarrow booleans": pa.table({"y": (CODES == 0).tolist()}),
    "zeros and ones": (CODES == 0).astype(int),
}
MANY_LABELS = {
    "strings": NAMES[MANY],
    "categories of integers": pd.Series(pd.Categorical(MANY)),
    "categories of floats": pd.Categorical(MANY / 2),
    "pyarrow dictionary": pa.table({"y": pa.array(MANY).dictionary_encode()}),
}
TWO_COLUMNS = {
    "strings": np.stack([NAMES[CODES], NAMES[CODES % 2]], axis=1),
    "integers": np.stack([CODES, CODES % 2], axis=1),
    "frame": pd.DataFrame({"a": pd.Categorical(CODES), "b": NAMES[CODES % 2]}),
    "polars": pl.DataFrame({"a": NAMES[CODES].tolist(), "b": (CODES % 2 == 1).tolist()}),
    "rows": [[NAMES[c], bool(c % 2)] for c in CODES],
}
QUANTITIES = {
    "floats": X[:, 0] + 1.0,
    "single precision": (X[:, 0] + 1.0).astype(np.float32).astype(float),
    "object floats": (X[:, 0] + 1.0).astype(object),
    "nullable floats": pd.Series(X[:, 0] + 1.0, dtype="Float64"),
    "decimals": np.array([decimal.Decimal(float(v)) for v in X[:, 0] + 1.0], dtype=object),
    "polars": pl.DataFrame({"y": X[:, 0] + 1.0}),
    "pyarrow": pa.table({"y": X[:, 0] + 1.0}),
}
FORMS = [
    pytest.param(rows, group, name, discrete, id=f"{name}, {what}")
    for what, rows, group, discrete in (
        ("labels", X, LABELS, True),
        ("booleans", X, BOOLEANS, True),
        ("many labels", X_MANY, MANY_LABELS, True),
        ("two columns", X, TWO_COLUMNS, True),
        ("quantities", X[:, 1:] + X[:, :1], QUANTITIES, False),
    )
    for name in list(group)[1:]
]
ESTIMATORS = [
    KSG(),
    GaussianMI(),
    KozachenkoLeonenko(),
    CompressedMI(KSG(), compressor=CanonicalCompressor(), random_state=0),
    CompressedMI(KSG(), compressor=ContrastiveCompressor(2, **FAST), random_state=0),
    MINE(**FAST),
    InfoNCE(**FAST),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.parametrize(("rows", "group", "name", "discrete"), FORMS)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
def test_every_form_of_a_target_gives_one_verdict_and_one_number(estimator, rows, group, name, discrete):
    plain, fitted = (clone(estimator).fit(rows, y) for y in (next(iter(group.values())), group[name]))
    assert (
        fitted.discrete_target_.tolist() == plain.discrete_target_.tolist() == [discrete] * len(plain.discrete_target_)
    )
    # Single precision keeps seven digits; all else is the same numbers in the same order.
    assert fitted.mi_ == pytest.approx(plain.mi_, abs=1e-3 if name == "single precision" else 1e-9)
    assert fitted.score(rows, group[name]) == pytest.approx(plain.score(rows, next(iter(group.values()))), abs=1e-3)


@pytest.mark.parametrize(("rows", "group", "name", "discrete"), [form for form in FORMS if "two" not in form.id])
def test_scores_of_columns_agree_with_ksg_on_every_form_of_a_target(rows, group, name, discrete):
    expected = [KSG().fit(rows[:, [i]], group[name]).mi_ for i in range(rows.shape[1])]
    np.testing.assert_allclose(mutual_info(rows, group[name]), expected, atol=1e-9)


@pytest.mark.parametrize("compressor", [CanonicalCompressor(1), ContrastiveCompressor(1, **FAST)], ids=str)
@pytest.mark.parametrize(
    ("rows", "group", "name", "discrete"), [form for form in FORMS if "single precision" not in form.id]
)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")
def test_every_form_of_a_target_gives_the_same_codes(compressor, rows, group, name, discrete):
    plain = clone(compressor).fit(rows, next(iter(group.values()))).transform(rows)
    fitted = clone(compressor).fit(rows, group[name])
    np.testing.assert_allclose(fitted.transform(rows), plain, atol=1e-5)
    assert fitted.discrete_target_.all() == discrete


@pytest.mark.parametrize("estimator", [KSG(), CompressedMI(KSG(), x_compressor=None), GaussianMI()], ids=str)
def test_many_categories_are_labels_in_every_fold(estimator):
    # Each label tells itself: the information is the entropy of the labels, log 40 for as many rows of each.
    labels = np.repeat(np.arange(40), 50)
    rows = labels[:, None] + 1e-3 * np.random.default_rng(0).standard_normal((2000, 1))
    if isinstance(estimator, CompressedMI):
        estimator = CompressedMI(KSG(), compressor=CanonicalCompressor(), random_state=0)
    values = [clone(estimator).fit(rows, y).mi_ for y in (pd.Series(pd.Categorical(labels)), NAMES[labels])]
    assert values[0] == pytest.approx(values[1], abs=1e-9)
    if not isinstance(estimator, GaussianMI):
        assert values[0] == pytest.approx(np.log(40), abs=0.02)


@pytest.mark.filterwarnings("ignore::skmi.exceptions.RareClassWarning")  # in folds of labels on the side of X
def test_kinds_travel_with_columns_that_are_not_compressed():
    # Integers of 30 values repeat in 150 rows, and too seldom to be labels in a fold of 75.
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(30), 5))
    rows = np.random.default_rng(1).standard_normal((150, 4))
    fitted = CompressedMI(KSG(), compressor=CanonicalCompressor(), random_state=0).fit(rows, labels)
    assert [part.discrete_target_.tolist() for part in fitted.estimators_] == [[True]] * 2
    swapped = CompressedMI(KSG(), y_compressor=MarchenkoPasturPCA(), random_state=0).fit(labels[:, None], rows)
    assert [part.discrete_features_.tolist() for part in swapped.estimators_] == [[True]] * 2


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("estimator", [KSG(), *ESTIMATORS[3:]], ids=str)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
def test_a_declared_kind_holds(estimator, declared):
    counts = np.random.default_rng(0).poisson(4, size=N)
    fitted = clone(estimator).set_params(discrete_target=declared).fit(X, counts)
    assert fitted.discrete_target_.tolist() == [declared]
    for part in getattr(fitted, "estimators_", []):
        assert part.discrete_target_.all() == declared


def test_mixed_lists_keep_numbers_as_numbers():
    coder = ColumnCoder("X")
    columns = coder.fit([["a", 1.5], ["b", 2.5], ["a", 3.5]])
    assert columns.is_discrete.tolist() == [True, False]
    np.testing.assert_array_equal(columns.values, [[0, 1.5], [1, 2.5], [0, 3.5]])


def test_classes_are_the_labels_as_they_were_passed():
    assert labels_of(["b", "a", "b"])[0].tolist() == ["a", "b"]
    assert labels_of(pd.Categorical([3, 1, 3]))[0].tolist() == [1, 3]
    assert labels_of(np.array([True, True, False]))[0].tolist() == [False, True]
    classes, numbers = labels_of([["b", "x"], ["a", "y"], ["b", "x"]])
    assert classes.tolist() == [["a", "y"], ["b", "x"]]
    assert numbers.tolist() == [1, 0, 1]
    assert labels_of(np.array([0.5, 1.5])) == (None, None)


ALL = [
    *ESTIMATORS,
    KernelDensityMI(),
    CanonicalCompressor(),
    ContrastiveCompressor(1, **FAST),
    AutoencoderCompressor(1, **FAST),
    MarchenkoPasturPCA(),
]


@pytest.mark.parametrize("estimator", ALL, ids=str)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")
def test_masked_values_are_missing_and_not_read(estimator):
    rows, y = CorrelatedNormal(0.5, 2, 1).sample(300, random_state=0)
    masked = np.ma.array(rows, mask=rows > 2)
    with pytest.raises(ValueError, match="mask|missing|NaN"):
        clone(estimator).fit(masked, y)
    if "target" in str(estimator.__sklearn_tags__().target_tags) and estimator.__sklearn_tags__().target_tags.required:
        with pytest.raises(ValueError, match="mask|missing|NaN"):
            clone(estimator).fit(rows, np.ma.array(y, mask=y > 2))


def test_functions_do_not_read_what_is_masked():
    rows, y = CorrelatedNormal(0.5).sample(300, random_state=0)
    masked = np.ma.array(rows, mask=rows > 2)
    for call in (
        lambda: ksg_mutual_info(masked, y),
        lambda: kl_entropy(masked),
        lambda: gaussian_channel_bounds(masked, rows, 1.0),
    ):
        with pytest.raises(ValueError, match="masked"):
            call()


def test_masked_and_missing_values_leave_their_rows_out_of_scores():
    rows, y = CorrelatedNormal(0.5).sample(3000, random_state=0)
    kept = (rows <= 1.5)[:, 0]
    scores = mi_scores(np.ma.array(rows, mask=~kept), y)
    assert scores.n_samples.tolist() == [kept.sum()]
    assert scores.mi[0] == pytest.approx(mutual_info(rows[kept], y[kept])[0], abs=1e-12)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, None] * 50, dtype="boolean"),
        pd.Series(["a", "b", None] * 50, dtype="string"),
        pd.Series([1, 2, None] * 50, dtype="Int64"),
        pd.Series(pd.Categorical([1, 2, None] * 50)),
    ],
    ids=lambda column: str(column.dtype),
)
def test_nullable_columns_leave_their_missing_rows_out(column):
    y = np.random.default_rng(0).standard_normal(150)
    scores = mi_scores(pd.DataFrame({"a": column}), y)
    assert scores.n_samples.tolist() == [100]
    assert scores.kind.tolist() == ["discrete"]
    values = mi_scores(pa.table({"a": pa.array(column.tolist(), from_pandas=True)}), y)
    assert values.mi.tolist() == scores.mi.tolist()
    with pytest.raises(ValueError, match="missing|NaN"):
        KSG().fit(pd.DataFrame({"a": column}), y)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
def test_columns_of_y_in_another_order_are_refused(estimator):
    rows, y = CorrelatedNormal(1.0, 2, 2).sample(300, random_state=0)
    table = pd.DataFrame(y, columns=["b", "c"])
    fitted = clone(estimator).fit(rows, table)
    for call in (fitted.score, fitted.log_density_ratio):
        call(rows, table)
        with pytest.raises(ValueError, match=r"columns of y should be those.*\['b', 'c'\], got \['c', 'b'\]"):
            call(rows, table[["c", "b"]])
        with pytest.raises(ValueError, match="Expected y with 2 columns, as in fit, got 1"):
            call(rows, y[:, :1])


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
@pytest.mark.parametrize("estimator", [*ESTIMATORS[:3], *ESTIMATORS[5:]], ids=str)
@pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")
def test_scores_of_labels_that_were_not_there_in_fit_warn(estimator):
    fitted = clone(estimator).fit(X, NAMES[CODES])
    with pytest.warns(UnreliableEstimateWarning, match="100% of the rows have labels in y that were not there in fit"):
        assert fitted.score(X, NAMES[CODES + 10]) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="Expected y with 1 columns"):
        fitted.score(X, np.stack([NAMES[CODES]] * 2, axis=1))


def test_a_lazy_table_is_refused_with_what_to_call():
    with pytest.raises(TypeError, match="lazy polars table.*collect"):
        mi_scores(pl.LazyFrame({"a": [1.0, 2.0]}), [0, 1])


def test_integers_that_look_like_a_mask_are_refused():
    with pytest.raises(ValueError, match="some repeat. If they are a mask, make them booleans"):
        KSG(discrete_features=[0, 0, 1]).fit(X, CODES)
    with pytest.raises(ValueError, match="some repeat"):
        mi_scores(X, CODES, discrete_features=[0, 1, 0])


@pytest.mark.parametrize(
    ("column", "error"),
    [
        (np.array([1 + 2j, 3]), "Complex data not supported"),
        (np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]"), "got dates or times"),
        (pd.Series(pd.date_range("2020", periods=2, tz="UTC")), "got dates or times"),
        (pl.Series("a", [1, 2]).cast(pl.Date), "got dates or times"),
        (np.array([1, "a"], dtype=object), "Expected numbers or labels in X"),
        (np.array([{}, {}], dtype=object), "Expected numbers or labels in X"),
    ],
    ids=["complex", "dates", "dates with a zone", "polars dates", "mixture", "dicts"],
)
def test_what_is_neither_number_nor_label_is_refused(column, error):
    with pytest.raises((TypeError, ValueError), match=error):
        ColumnCoder("X").fit(column)


def test_integers_beyond_64_bits_are_numbers():
    values = np.array([2**70, 2**71, 3], dtype=object)
    np.testing.assert_allclose(ColumnCoder("X").fit(values).values[:, 0], [2.0**70, 2.0**71, 3.0])


def test_a_coder_is_restored_from_json():
    for table in (TWO_COLUMNS["frame"], LABELS["categories of floats"], BOOLEANS["booleans"], X, CODES):
        coder = ColumnCoder("y")
        columns = coder.fit(table)
        again = ColumnCoder.from_state(json.loads(json.dumps(coder.state())))
        np.testing.assert_array_equal(again.transform(table).values, columns.values)
        if columns.is_discrete.all():
            np.testing.assert_array_equal(again.classes(), coder.classes())


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ([f"{i},{i % 10}5" for i in range(200)], "numbers"),
        ([f"${i},{i % 1000:03}" for i in range(1, 200)], "numbers"),
        ([f"{i / 7:.2f}%" for i in range(200)], "numbers"),
        ([f"{i}.{i % 1000:03},5 €" for i in range(1, 200)], "numbers"),
        (["kg", *[f"{i / 3:.3f}" for i in range(200)]], "numbers"),
        ([*[f"{i / 3:.3f}" for i in range(200)], "?", "?"], "numbers"),
        ([f"2020-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(200)], "dates"),
        ([f"{1 + i % 28}.{1 + i % 12}.20{i % 99:02}" for i in range(200)], "dates"),
        ([f"2021-03-{1 + i % 28:02} {i % 24:02}:{i % 60:02}" for i in range(200)], "dates"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value[1]),
)
def test_numbers_and_dates_written_as_text_are_no_labels(texts, what):
    for column in (np.array(texts), np.array(texts, dtype=object), pl.Series(texts)):
        with pytest.raises(ValueError, match=f"got {what} written as text, such as.*Convert"):
            ColumnCoder("X").fit(column)


@pytest.mark.parametrize(
    "texts",
    [
        [f"{90000 + i % 50}" for i in range(200)],  # codes of digits
        [f"${5 * (i % 4)}" for i in range(200)],  # few prices
        ["1.5", "2.5"] * 100,
        [f"id-{i:05}" for i in range(200)],
        [f"version {i}.{i}" for i in range(200)],
        [f"192.168.{i}.{i % 7}" for i in range(200)],
    ],
    ids=lambda texts: texts[1],
)
def test_codes_and_few_values_written_as_text_are_labels(texts):
    assert ColumnCoder("X").fit(np.array(texts)).is_discrete.all()


def test_integers_that_doubles_cannot_tell_apart_warn():
    ids = 2**60 + np.arange(50)
    for column in (ids, pd.Series(ids), pl.Series(ids), pd.DataFrame({"id": ids, "name": NAMES[ids % 7]})):
        with pytest.warns(UnreliableEstimateWarning, match=r"(Columns \[0\]|Column id) of X: integers above 2\*\*53"):
            ColumnCoder("X").fit(column)
    ColumnCoder("X").fit(ids - 2**60)


@pytest.mark.parametrize("dispatch", [False, True])
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
@pytest.mark.parametrize("thing", [*_common.ESTIMATORS, *_common.COMPRESSORS], ids=str)
def test_tensors_are_read_as_arrays_whatever_the_dispatch(thing, dispatch, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without which scikit-learn refuses to dispatch
    X, y = CorrelatedNormal(1.0, 2, 2).sample(200, random_state=0)
    expected = clone(thing).fit(X, y)
    with config_context(array_api_dispatch=dispatch):
        fitted = clone(thing).fit(torch.as_tensor(X), torch.as_tensor(y))
        if hasattr(fitted, "mi_"):
            assert fitted.mi_ == expected.mi_
            fitted.score(torch.as_tensor(X), torch.as_tensor(y))
        else:
            np.testing.assert_array_equal(fitted.transform(torch.as_tensor(X)), expected.transform(X))
    assert not isinstance(thing, ColumnEstimator) or get_tags(thing).input_tags.string


def test_channels_and_scores_take_tensors():
    signal = torch.as_tensor(np.random.default_rng(0).standard_normal((50, 2)))
    assert gaussian_channel_bounds(signal, signal + torch.randn(50, 2, generator=torch.manual_seed(0)), 1.0).lower > 0
    assert np.isfinite(mutual_info(signal, signal[:, 0] + signal[:, 1])).all()


@pytest.mark.parametrize(
    "thing", [KSG(), MINE(max_epochs=2), CompressedMI(), AutoencoderCompressor(1), MarchenkoPasturPCA()]
)
@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1.0, 2.0, 3.0]}, "Expected array-like.* for X, got dict"),
        (None, "Expected array-like.* for X, got None"),
        ("abc", "Expected array-like.* for X, got str"),
        (5.0, "Expected array-like.* for X, got 5.0"),
        (iter([[1.0], [2.0]]), "Expected array-like.* for X, got <list_iterator"),
        (torch.utils.data.StackDataset([1, 2, 3]), "Expected array-like.* for X, got StackDataset"),
        (pl.DataFrame({"a": [1.0, 2.0, 3.0]}).lazy(), "Expected a table in memory for X, got a lazy polars table"),
    ],
    ids=["dict", "None", "text", "number", "iterator", "dataset", "lazy"],
)
def test_what_is_no_table_raises(thing, table, message):
    with pytest.raises((TypeError, ValueError), match=message):
        clone(thing).fit(table, np.arange(3.0))
    if isinstance(thing, KSG):
        with pytest.raises((TypeError, ValueError), match=message):
            mi_scores(table, np.arange(3.0))


def test_kinds_of_x_are_not_declared_behind_the_steps_of_a_pipeline():
    mask = np.array([True, False])
    alone = declared(KSG(), discrete_features=mask, discrete_target=True)
    assert alone.discrete_features is mask
    searched = declared(GridSearchCV(KSG(), {}), discrete_features=mask)
    assert searched.estimator.discrete_features is mask
    # A scaler may make other columns of X, but leaves y alone.
    mapped = declared(make_pipeline(StandardScaler(), KSG()), discrete_features=mask, discrete_target=True)
    assert mapped[-1].discrete_features == "auto"
    assert mapped[-1].discrete_target is True


@pytest.mark.parametrize("shape", [(12, 12, 3), (32, 48, 1)])
def test_images_with_channels_last_are_refused(shape):
    images = np.zeros((4, *shape))
    with pytest.raises(ValueError, match="channels first"):
        flattened(images, None, "X")
    assert flattened(np.moveaxis(images, -1, 1), None, "X")[1] == (shape[2], *shape[:2])
    assert flattened(np.zeros((4, 8, 3, 3)), None, "X")[1] == (8, 3, 3)
