"""The real command, as a user types it."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from skmi import KSG, AutoMI
from skmi.datasets import CorrelatedNormal, blob_images


def skmi(*arguments, status=0):
    """Run the command; return what it printed on stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "skmi.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    table = load_diabetes(as_frame=True).frame
    table["sex"] = np.where(table["sex"] > 0, "a", "b")
    table.to_csv(folder / "table.csv", index=False)
    table.drop(columns="sex").to_csv(folder / "numbers.tsv", index=False, sep="\t")
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=0)
    np.save(folder / "x.npy", X)
    np.save(folder / "y.npy", y)
    np.savez(folder / "both.npz", X=X, y=y[:, 0])
    images, others = blob_images(1.0, 8).sample(120, random_state=0)
    np.save(folder / "images.npy", images.reshape(-1, 8, 8))
    np.save(folder / "others.npy", others.reshape(-1, 8, 8))
    np.save(folder / "short.npy", y[:-1])
    bad = table.copy()
    bad.loc[3, "bmi"] = np.nan
    bad.to_csv(folder / "missing.csv", index=False)
    np.savez(folder / "named.npz", a=X, b=0.5 * X + y, c=y)
    np.save(folder / "none.npy", np.empty((0, 3)))
    numbers = pd.DataFrame({"x, raw": X[:, 0], " z ": X[:, 0] ** 2, "y": y[:, 0]})
    numbers.to_csv(folder / "semicolons.csv", index=False, sep=";", decimal=",")
    (folder / "latin.csv").write_bytes("größe;y\n1,5;2\n2,5;3\n3,5;5\n4,5;1\n5,5;2\n".encode("latin-1"))
    numbers[["y"]].to_csv(folder / "alone.csv", index=False)
    (folder / "text.npy").write_text("not an array")
    (folder / "empty.csv").write_text("")
    (folder / "notes.txt").write_text("a,b")
    return folder


def test_table(folder):
    out, err = skmi("estimate", folder / "table.csv", "--target", "target", "--columns", "bmi", "--estimator", "ksg")
    table = pd.read_csv(folder / "table.csv")
    mi = KSG().fit(table[["bmi"]], table["target"]).mi_
    assert f"{mi:.4f} nats = {mi / np.log(2):.4f} bits" in out
    assert "standard error" in out
    assert "linear baseline" in out
    assert err == ""


def test_without_an_estimator_skmi_chooses_and_says_what_it_tried(folder):
    command = "estimate", folder / "table.csv", "--target", "target", "--columns", "bmi", "--max-seconds", "2"
    out, err = skmi(*command)
    assert err == ""
    table = pd.read_csv(folder / "table.csv")
    mi = AutoMI(max_seconds=2, random_state=0).fit(table[["bmi"]], table["target"]).mi_
    assert f"{mi:.4f} nats = {mi / np.log(2):.4f} bits" in out
    assert re.search(r"tried +all columns, calibrated: ", out)
    assert "95% interval" in out
    report = json.loads(skmi(*command, "--json")[0])
    assert report["tried"][0]["mi_nats"] == pytest.approx(mi)
    assert report["reliable"] is True
    assert "low_nats" not in json.loads(skmi(*command, "--json", "--no-interval")[0])


def test_an_estimate_says_how_sure_it_is(folder):
    command = "estimate", folder / "table.csv", "--target", "target", "--columns", "bmi", "--estimator", "ksg"
    out, _ = skmi(*command, "--test", "--confidence", 0.9)
    assert "90% interval" in out
    assert "at least (90%)" in out
    assert "reliable" in out
    assert "p-value" in out
    found = json.loads(skmi(*command, "--json")[0])
    assert found["low_nats"] < found["mi_nats"] < found["high_nats"]
    assert found["reliable"] is True
    assert "pvalue" not in found
    assert "low_nats" not in json.loads(skmi(*command, "--json", "--no-interval")[0])


def test_what_is_discrete_is_said(folder):
    out, _ = skmi("estimate", folder / "table.csv", "--target", "target", "--columns", "bmi,sex")
    assert "sex; y: no" in out
    out, _ = skmi("estimate", folder / "table.csv", "--target", "sex", "--columns", "bmi", "--json")
    assert json.loads(out)["discrete_target"] is True


@pytest.mark.parametrize("files", [("x.npy", "y.npy"), ("both.npz",)], ids=str)
@pytest.mark.parametrize("estimator", ["ksg", "kl", "gaussian"])
def test_arrays_as_json(folder, files, estimator):
    out, _ = skmi("estimate", *(folder / name for name in files), "--estimator", estimator, "--json")
    report = json.loads(out)
    assert report["mi_nats"] == pytest.approx(1.0, abs=0.15)
    assert report["mi_bits"] == pytest.approx(report["mi_nats"] / np.log(2))
    assert report["n_samples"] == 1000
    assert report["linear_mi_nats"] == pytest.approx(1.0, abs=0.1)


def test_tables_with_tabs(folder):
    out, _ = skmi("estimate", folder / "numbers.tsv", "--target", "target", "--compress", "pca", "--json")
    report = json.loads(out)
    assert report["compressor"] == "PCA(n_components=2)"
    assert 0 < report["mi_nats"] < 1


def test_contrastive_codes_of_images(folder):
    for options in ([], ["--image-shape", "8,8"]):
        command = ["estimate", folder / "images.npy", folder / "others.npy", "--compress", "contrastive", "--json"]
        report = json.loads(skmi(*command, "--latent-dim", "3", *options)[0])
        assert report["compressor"].startswith("ContrastiveCompressor(")
        assert np.isfinite(report["mi_nats"])


def test_compressed_images_repeat(folder):
    command = ["estimate", folder / "images.npy", folder / "others.npy", "--compress", "autoencoder", "--json"]
    first, second = (skmi(*command)[0] for _ in range(2))
    assert first == second
    report = json.loads(skmi(*command, "--latent-dim", 3, "--image-shape", "8,8")[0])
    assert "image_shape=(8, 8)" in report["compressor"]
    assert "latent_dim=3" in report["compressor"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv", "--target", "a"], "There is no file"),
        (["table.csv"], "Expected --target"),
        (["table.csv", "--target", "price"], "has no column price; it has age, sex"),
        (["table.csv", "--target", "target", "--columns", "bmi,weight"], "has no column weight"),
        (["missing.csv", "--target", "target"], "Missing values in bmi, in 1 of 442 rows: pass --drop-missing"),
        (["semicolons.csv", "--target", "y"], "with ';' in their names. Pass --separator ';'"),
        (["latin.csv", "--target", "y"], "is not written in utf-8"),
        (["latin.csv", "--target", "y", "--encoding", "klingon"], "Expected an encoding"),
        (["table.csv", "--target", "target", "--columns", "bmi,bmi"], "each column once, got bmi"),
        (["table.csv", "--target", "target", "--discrete", "weight"], "There is no column weight"),
        (["table.csv", "--target", "target", "--discrete", "bmi", "--continuous", "bmi"], "got bmi in both"),
        (["alone.csv", "--target", "y"], "Expected columns beside the target"),
        (["none.npy", "none.npy"], "Expected rows in"),
        (["named.npz"], "Expected arrays X and y in"),
        (["named.npz", "--columns", "a,c", "--target", "c"], "would tell everything about itself"),
        (["empty.csv", "--target", "a"], "could not be read as CSV"),
        (["notes.txt", "--target", "a"], "Expected a file ending in"),
        (["text.npy", "y.npy"], "could not be read as NPY"),
        (["x.npy", "short.npy"], "as many rows of X as of y, got 1000 and 999"),
        (["x.npy"], "Expected --target"),
        (["x.npy", "--target", "price"], "array without column names"),
        (["both.npz", "--target", "z"], "Expected an array z"),
        (["x.npy", "y.npy", "--n-neighbors", "1000"], "n_neighbors=1000 and n_samples=1000"),
        (["x.npy", "y.npy", "--n-neighbors", "zero"], "zero"),
        (["table.csv", "--target", "bmi", "--columns", "bmi, s5"], "would tell everything about itself"),
        (["x.npy", "y.npy", "--image-shape", "3,3"], "Expected --image-shape with 1 pixels"),
        (["x.npy", "y.npy", "--image-shape", "1", "--estimator", "ksg"], "pass --compress autoencoder"),
        (["images.npy", "others.npy", "--compress", "autoencoder", "--image-shape", "9,9"], "64 pixels"),
        (["images.npy", "others.npy", "--compress", "autoencoder", "--image-shape", "big"], "such as 28,28"),
        (["table.csv", "--target", "target", "--compress", "pca"], "columns ['sex'] hold text"),
        (["table.csv", "--target", "target", "--estimator", "magic"], "magic"),
        ([], "X"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_status_two(folder, arguments, message):
    located = [folder / a if str(a).endswith((".csv", ".npy", ".npz", ".txt")) else a for a in arguments]
    out, err = skmi("estimate", *located, status=2)
    assert out == ""
    assert len(err.splitlines()) == 1, err
    assert message in err


def mi_of(*arguments):
    return json.loads(skmi("estimate", *arguments, "--estimator", "ksg", "--json")[0])["mi_nats"]


def test_files_of_other_countries_and_names_with_commas(folder):
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=0)
    expected = KSG().fit(np.c_[X, X**2], y).mi_
    command = folder / "semicolons.csv", "--target", "y", "--separator", ";", "--decimal", ","
    assert mi_of(*command) == pytest.approx(expected, abs=1e-9)
    assert mi_of(*command, "--columns", '"x, raw", z') == pytest.approx(expected, abs=1e-9)
    assert mi_of(*command, "--columns", '"x, raw"') == pytest.approx(KSG().fit(X, y).mi_, abs=1e-9)
    scores = json.loads(skmi("scores", *command, "--json")[0])
    assert {row["feature"] for row in scores["scores"]} == {"x, raw", "z"}
    skmi("estimate", folder / "latin.csv", "--target", "y", *command[3:], "--encoding", "latin-1")


def test_several_arrays_of_an_archive_are_taken_together(folder):
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=0)
    b = 0.5 * X + y
    assert mi_of(folder / "named.npz", "--columns", "a", "--target", "c") == pytest.approx(KSG().fit(X, y).mi_)
    both = mi_of(folder / "named.npz", "--columns", "a,b", "--target", "c")
    assert both == pytest.approx(KSG().fit(np.c_[X, b], y).mi_)


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    """A table with columns that cannot be used, and one with heavy tails."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(300)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(300)], "area": np.exp(4 * x)})
    table["paid"] = [f"${value:,.2f}" for value in rng.lognormal(8, size=300)]
    table["day"] = pd.date_range("2020-01-01", periods=300).astype(str)
    table["y"] = x + 0.5 * rng.standard_normal(300)
    path = tmp_path_factory.mktemp("messy") / "table.csv"
    table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("command", ["estimate", "select"])
def test_a_column_that_cannot_be_used_costs_that_column(messy, command):
    options = ["--max-seconds", 2] if command == "estimate" else ["--marginals", "normal"]
    out, err = skmi(command, messy, "--target", "y", *options)
    for name in ("id", "paid", "day"):
        assert f"Column {name} of X: left out" in err
    assert "area" in out if command == "select" else "300, 1" in out
    _, err = skmi(command, messy, "--target", "y", "--columns", "id", status=2)
    assert "No column of X can be used. Column id: Most of its labels occur once" in err
    assert skmi(command, messy, "--target", "y", "--discrete", "id", *options)[0] == out


@pytest.mark.parametrize("command", ["scores", "matrix"])
def test_normal_scores_suit_heavy_tails(messy, command):
    options = [] if command == "matrix" else ["--target", "y"]
    for marginals, texts in (("standardize", "outliers"), ("normal", "")):
        out, err = skmi(command, messy, *options, "--marginals", marginals)
        assert texts in err
        assert ("outliers" in err) == bool(texts)
    value = float(re.search(r"area(?: and y:)? +(-?\d\.\d+)", out)[1])
    assert value == pytest.approx(0.5 * np.log(5), abs=0.2)


def test_images_beside_columns_that_are_none(folder):
    np.save(folder / "vector.npy", np.random.default_rng(0).standard_normal((120, 3)))
    files = folder / "images.npy", folder / "vector.npy"
    for compress in ("autoencoder", "contrastive"):
        out, _ = skmi("estimate", *files, "--compress", compress, "--image-shape", "8,8", "--latent-dim", 1)
        assert "I(X; y)" in out


def test_missing_rows_are_left_out_when_asked_for(folder):
    report = json.loads(
        skmi(
            "estimate",
            folder / "missing.csv",
            "--target",
            "target",
            "--columns",
            "bmi",
            "--drop-missing",
            "--estimator",
            "ksg",
            "--json",
        )[0]
    )
    assert (report["n_samples"], report["n_rows_left_out"]) == (441, 1)
    table = pd.read_csv(folder / "missing.csv").dropna(subset=["bmi"])
    assert report["mi_nats"] == pytest.approx(KSG().fit(table[["bmi"]], table["target"]).mi_)


def test_kinds_of_columns_are_taken_by_name(folder):
    table = pd.read_csv(folder / "table.csv")
    code = table["age"].round(1)
    table.assign(code=code).to_csv(folder / "codes.csv", index=False)
    command = folder / "codes.csv", "--target", "target", "--columns", "code,bmi", "--discrete", "code"
    expected = KSG(discrete_features=[True, False]).fit(np.c_[code, table["bmi"]], table["target"]).mi_
    report = json.loads(skmi("estimate", *command, "--estimator", "ksg", "--json")[0])
    assert report["discrete_features"] == ["code"]
    assert report["mi_nats"] == pytest.approx(expected)
    scores = json.loads(skmi("scores", *command, "--json")[0])["scores"]
    assert {row["feature"]: row["kind"] for row in scores} == {"code": "discrete", "bmi": "continuous"}
    _, err = skmi("scores", folder / "table.csv", "--target", "target", "--columns", "bmi,target", status=2)
    assert "would tell everything about itself" in err


def test_any_estimator_goes_by_name(folder):
    report = json.loads(
        skmi("estimate", folder / "x.npy", folder / "y.npy", "--estimator", "KernelDensityMI(bandwidth=0.3)", "--json")[
            0
        ]
    )
    assert report["estimator"].startswith("KernelDensityMI(")
    _, err = skmi(
        "estimate", folder / "x.npy", folder / "y.npy", "--estimator", "gaussian", "--n-neighbors", 3, status=2
    )
    assert "--n-neighbors goes with estimators that have n_neighbors; GaussianMI has none" in err


def test_parquet_where_its_reader_is_installed(folder):
    pytest.importorskip("pyarrow", reason="reading Parquet needs pyarrow, which is optional")
    pd.read_csv(folder / "table.csv").to_parquet(folder / "table.parquet")
    command = ["--target", "target", "--columns", "bmi"]
    assert skmi("estimate", folder / "table.parquet", *command) == skmi("estimate", folder / "table.csv", *command)


def test_version_and_help():
    assert "skmi" in skmi("--version")[0]
    assert "estimate" in skmi("--help")[0]


@pytest.mark.slow
def test_demo(tmp_path):
    picture = tmp_path / "demo.png"
    out, err = skmi("demo", "--quick", "--output", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in out
    assert "autoencoder:" in err  # progress
    for line in ("raw pixels, KSG", "PCA(4), KSG", "autoencoder(4), KSG", "autoencoder(4), whitened KL"):
        assert line in out
    label_line = next(line for line in out.splitlines() if "I(image; label)  " in line)
    assert 1.8 < float(label_line.split(" - ")[1].split("±")[0]) < np.log(10)


def test_conditional_estimates_have_an_interval_and_no_bound(folder):
    command = folder / "table.csv", "--target", "target", "--columns", "bmi,s5"
    found = skmi("estimate", *command, "--estimator", "ConditionalKSG(conditioning='s5')", "--json")[0]
    report = json.loads(found)
    assert report["low_nats"] < report["mi_nats"] < report["high_nats"]
    assert report["lower_bound_nats"] is None


def test_scores(folder):
    out, _ = skmi("scores", folder / "table.csv", "--target", "target")
    assert out.splitlines()[1].startswith("bmi")
    assert "discrete" in next(line for line in out.splitlines() if line.startswith("sex"))
    rows = json.loads(skmi("scores", folder / "missing.csv", "--target", "target", "--json")[0])["scores"]
    assert {row["feature"]: row["n_samples"] for row in rows}["bmi"] == 441
    _, err = skmi("scores", folder / "table.csv", "--target", "price", status=2)
    assert "has no column price" in err
    assert len(err.splitlines()) == 1


def test_scores_with_pvalues(folder):
    found = json.loads(skmi("scores", folder / "table.csv", "--target", "target", "--test", "--json")[0])["scores"]
    assert all(row["pvalue"] <= row["adjusted_pvalue"] for row in found)
    assert min(row["pvalue"] for row in found) < 0.01
    assert "adjusted" in skmi("scores", folder / "table.csv", "--target", "target", "--test")[0]


def test_scores_as_a_page(folder, tmp_path):
    out, _ = skmi("scores", folder / "table.csv", "--target", "target", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert out.splitlines()[1].startswith("bmi")
    assert "data:image/png;base64," in page
    assert "<td>bmi</td>" in page
    assert "normalized" in page


def test_matrix(folder, tmp_path):
    out, _ = skmi("matrix", folder / "table.csv", "--plot", tmp_path / "matrix.png", "--results", tmp_path / "kept.csv")
    assert "s1 and s2: " in out.splitlines()[1]
    assert (tmp_path / "matrix.png").stat().st_size > 10_000
    assert len((tmp_path / "kept.csv").read_text().splitlines()) == 1 + 11 * 10 // 2
    found = json.loads(skmi("matrix", folder / "table.csv", "--columns", "s1,s2,sex", "--test", "--json")[0])
    first = found["pairs"][0]
    assert (first["feature"], first["other"]) == ("s1", "s2")
    assert first["pvalue"] < 0.01
    assert found["warnings"] == []
    out, err = skmi("matrix", folder / "table.csv", "--columns", "s1,s2", "--plot", tmp_path / "x.nothing", status=2)
    assert "s1 and s2: " in out
    assert "could not be written" in err
    assert "at least 2 columns" in skmi("matrix", folder / "table.csv", "--columns", "s1", status=2)[1]


def test_select(folder):
    out, _ = skmi("select", folder / "table.csv", "--target", "target", "--n-features", 2)
    assert out.splitlines()[0].split() == ["selected", "adds,", "nats", "alone"]
    assert len(out.splitlines()) == 3
    command = "--target", "target", "--columns", "bmi,sex,age", "--json"
    found = json.loads(skmi("select", folder / "table.csv", *command)[0])["selected"]
    assert found[0]["feature"] == "bmi"
    assert found[0]["gain"] == found[0]["alone"]
    _, err = skmi("select", folder / "missing.csv", "--target", "target", status=2)
    assert "bmi" in err
    assert skmi("select", folder / "missing.csv", "--target", "target", "--n-features", 1, "--drop-missing")[0]
    assert (
        "--n-features" in skmi("select", folder / "table.csv", "--target", "target", "--n-features", "x", status=2)[1]
    )


def test_validate(tmp_path):
    arguments = ["validate", "--estimator", "ksg", "--estimator", "KSG(marginals='normal')", "--n-samples", 200]
    arguments += ["--tasks", "1x1-normal, 2x2-sparse", "--seeds", 2, "--results", tmp_path / "r.csv"]
    out, err = skmi(*arguments, "--html", tmp_path / "r.html")
    assert out.count("within 0.05") == 2
    assert "KSG(marginals='normal'), n = 200" in out
    assert err == ""
    assert (tmp_path / "r.html").stat().st_size > 10_000
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert len(lines) == 1 + 8
    assert skmi(*arguments)[0] == out
    assert (tmp_path / "r.csv").read_text().splitlines() == lines


def test_a_report_that_cannot_be_written_loses_no_result(tmp_path):
    (tmp_path / "no").write_text("a file, and no folder")
    arguments = ["--tasks", "1x1-normal", "--n-samples", 100, "--seeds", 1, "--html", tmp_path / "no" / "r.html"]
    out, err = skmi("validate", *arguments, status=2)
    assert "within 0.05" in out
    assert "[Errno" in err


def test_validate_without_any_estimate():
    arguments = ["--estimator", "KSG(n_neighbors=500)", "--tasks", "1x1-normal", "--n-samples", 100, "--seeds", 1]
    out, err = skmi("validate", *arguments, status=1)
    assert "1 without an estimate" in out
    assert "1 of 1 cells have no estimate" in err


def test_validate_lists_its_tasks():
    assert "spiral @ normal-cdf @ 5x5-sparse" in skmi("validate", "--tasks", "list")[0]


def test_validate_a_class_of_the_users(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(
        "from skmi import GaussianMI\nclass Own(GaussianMI):\n    def fit(self, X, y):\n"
        "        super().fit(X, y)\n        self.mi_ += 1\n        return self\n"
    )
    monkeypatch.chdir(tmp_path)
    out, _ = skmi("validate", "--estimator", "own:Own", "--tasks", "1x1-normal", "--n-samples", 500, "--seeds", 1)
    assert "mean |error| 0.9" in out or "mean |error| 1.0" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tasks", "no such"], "There is no task 'no such'"),
        (["--estimator", "KGS"], "There is no KGS in skmi"),
        (["--estimator", "KSG(3)"], "Expected an estimator as KSG"),
        (["--estimator", "__import__('os').system('true')"], "Expected an estimator as KSG"),
        (["--estimator", "KSG(k=3)"], "does not take these parameters"),
        (["--estimator", "no_such_module:Own"], "No module named"),
    ],
)
def test_validate_bad_input(arguments, message):
    out, err = skmi("validate", *arguments, status=2)
    assert message in err
    assert out == ""


def test_information_plane(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    arguments = ["information-plane", "--epochs", 3, "--widths", "12,6", "--output", tmp_path / "plane.png"]
    out, err = skmi(*arguments, "--table", tmp_path / "plane.csv")
    assert err == ""
    assert (tmp_path / "plane.png").stat().st_size > 10_000
    assert len(pd.read_csv(tmp_path / "plane.csv")) == 4 * 2  # before training and after three epochs, two layers
    assert "dense2: " in out
    assert "The training loss falls fastest between epochs" in out
    assert "images right that it was not trained on; it was trained on 1079." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--widths", "12,a"], "invalid literal"), (["--data", "mnist"], "mnist was not found. Tried")],
)
def test_information_plane_bad_input(arguments, message, monkeypatch, tmp_path):
    monkeypatch.delenv("SKMI_DATA", raising=False)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing is downloaded
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    assert message in skmi("information-plane", *arguments, status=2)[1]


def test_no_more_rows_are_read_than_asked_for(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(5000)
    table = pd.DataFrame({"x": x, "label": np.where(np.arange(5000) % 500 == 3, "rare", np.where(x > 0, "a", "b"))})
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        out, err = skmi("scores", tmp_path / name, "--target", "label", "--max-rows", 1000)
        assert "of 5000 rows were read: standard errors are 2.2 times" in err
        n_rows = int(out.splitlines()[1].split()[-1])
        assert 1000 < n_rows <= 1010  # and all ten rows of the rare label
    coded = table.assign(label=np.where(np.arange(5000) % 500 == 3, 2, x > 0))
    coded.to_parquet(tmp_path / "coded.parquet")
    out, err = skmi("scores", tmp_path / "coded.parquet", "--target", "label", "--max-rows", 1000)
    assert int(out.splitlines()[1].split()[-1]) > 1000
    np.save(tmp_path / "x.npy", x[:, None])
    np.save(tmp_path / "y.npy", x[:, None] + rng.standard_normal((5000, 1)))
    arguments = tmp_path / "x.npy", tmp_path / "y.npy", "--estimator", "ksg", "--max-rows", 1000
    out, err = skmi("estimate", *arguments)
    assert "1000 of 5000 rows were read" in err
    assert "0.3" in out  # log(2) / 2, of rows that still belong together
    np.savez(tmp_path / "xy.npz", X=np.load(tmp_path / "x.npy"), y=np.load(tmp_path / "y.npy"), scale=np.array(2.0))
    again, err = skmi("estimate", tmp_path / "xy.npz", "--estimator", "ksg", "--max-rows", 1000)
    assert "1000 of 5000 rows were read" in err
    assert again.splitlines()[0] == out.splitlines()[0]
