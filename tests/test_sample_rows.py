"""Samples of tables too large for memory: uniform, the same from every source, and none of the labels lost."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

from skmi.feature_selection import _sample, mi_scores, sample_rows

N = 3000


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(N)
    label = np.where(np.arange(N) % 500 == 7, "rare", np.where(x > 0, "high", "low"))
    return pd.DataFrame({"x": x, "count": rng.integers(100, size=N), "label": label})


def chunks(table):
    return (table.iloc[i : i + 700] for i in range(0, N, 700))


def dask_frame(table):
    dask = pytest.importorskip("dask.dataframe")
    return dask.from_pandas(table, npartitions=4)


SOURCES = {
    "pandas": lambda table, path: table,
    "iterable": lambda table, path: chunks(table),
    "polars": lambda table, path: pl.from_pandas(table),
    "lazy": lambda table, path: pl.from_pandas(table).lazy(),
    "arrow": lambda table, path: pa.Table.from_pandas(table),
    "reader": lambda table, path: pa.Table.from_pandas(table).to_reader(max_chunksize=311),
    "dataset": lambda table, path: dataset.dataset(path / "table.parquet"),
    "parquet": lambda table, path: path / "table.parquet",
    "folder": lambda table, path: path / "parts",
    "csv": lambda table, path: str(path / "table.csv"),
    "dask": lambda table, path: dask_frame(table),
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_rows(table, source, tmp_path):
    parquet.write_table(pa.Table.from_pandas(table), tmp_path / "table.parquet")
    (tmp_path / "parts").mkdir()
    for i, part in enumerate(chunks(table)):
        parquet.write_table(pa.Table.from_pandas(part), tmp_path / "parts" / f"{i}.parquet")
    table.to_csv(tmp_path / "table.csv", index=False)
    sample = sample_rows(SOURCES[source](table, tmp_path), 200, stratify="label", random_state=0)
    found = pd.DataFrame({name: np.asarray(sample.table[name]) for name in table})
    expected = table.iloc[sample.rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.astype(object), expected.astype(object))
    np.testing.assert_array_equal(sample.rows, sample_rows(table, 200, stratify="label", random_state=0).rows)
    assert sample.n_total == N
    assert (found["label"] == "rare").sum() == 6  # all that there are
    assert len(sample) == 200 + sample.n_added


def test_arrays_on_disk_are_sampled_without_being_read_whole(tmp_path):
    X = np.arange(N * 3, dtype=np.float32).reshape(N, 3)
    np.save(tmp_path / "x.npy", X)
    on_disk = np.load(tmp_path / "x.npy", mmap_mode="r")
    for source in (tmp_path / "x.npy", on_disk, (on_disk[i : i + 100] for i in range(0, N, 100))):
        sample = sample_rows(source, 500, random_state=1)
        np.testing.assert_array_equal(sample.table, X[sample.rows])
        assert type(sample.table) is np.ndarray
        assert (np.diff(sample.rows) > 0).all()


def test_no_more_rows_are_held_than_said(monkeypatch):
    monkeypatch.setattr(_sample, "_BATCH", 100)
    most = []

    class Watched(_sample._Pool):
        def add(self, *arguments):
            super().add(*arguments)
            most.append(sum(len(part.keys) for part in self.parts))

    monkeypatch.setattr(_sample, "_Pool", Watched)
    assert len(sample_rows(np.zeros((20_000, 1)), 300, random_state=0)) == 300
    assert max(most) <= 2 * 300 + 100


def test_each_row_is_as_likely_as_any_other():
    counts = np.zeros(60)
    for seed in range(2000):
        counts[sample_rows(np.zeros((60, 1)), 15, random_state=seed).rows] += 1
    # Each count is binomial, 2000 draws of probability 1 / 4: five standard deviations are 97.
    assert np.abs(counts - 500).max() < 97


def test_short_tables_are_kept_whole(table):
    sample = sample_rows(table, 10 * N, random_state=0)
    np.testing.assert_array_equal(sample.rows, np.arange(N))
    assert sample.error_factor == 1
    assert repr(sample) == "RowSample: 3000 of 3000 rows"


def test_standard_errors_grow_as_said():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40_000, 1))
    y = X[:, 0] + rng.standard_normal(40_000)
    sample = sample_rows(X, 2500, random_state=0)
    errors = [mi_scores(X[rows], y[rows]).standard_error[0] for rows in (slice(None), sample.rows)]
    assert errors[1] / errors[0] == pytest.approx(sample.error_factor, rel=0.15)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"source": np.empty((0, 2))}, ValueError, "Expected a source with rows"),
        ({"source": "nowhere.parquet"}, FileNotFoundError, "There is no file nowhere.parquet"),
        ({"source": "setup.cfg"}, FileNotFoundError, "There is no file"),
        ({"source": 3}, TypeError, "Expected a path, an array"),
        ({"source": pd.DataFrame({"a": [1, 2, 3]}), "columns": ["b"]}, ValueError, "There is no column b; there are a"),
        ({"source": pd.DataFrame({"a": [1, 2, 3]}), "stratify": "b"}, ValueError, "There is no column 'b'"),
        ({"source": pd.DataFrame({"a": range(20_000)}), "stratify": "a"}, ValueError, "more than 10000 different"),
        ({"source": np.zeros((9, 1)), "n_rows": 1}, ValueError, "n_rows"),
    ],
)
def test_bad_sources_raise(arguments, error, message):
    with pytest.raises(error, match=message):
        sample_rows(**arguments)


def test_missing_labels_are_no_labels_of_their_own():
    labels = np.full(5000, np.nan)
    labels[:3] = 1.0
    sample = sample_rows(pd.DataFrame({"label": labels}), 50, stratify="label", random_state=0)
    assert (sample.table["label"] == 1.0).sum() == 3
    assert len(sample) <= 53
