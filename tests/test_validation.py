"""Validation against known truth: the table, its files and pictures, and failures."""

import re
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skmi import KSG, MINE, CompressedMI, ContrastiveCompressor, GaussianMI
from skmi.datasets import (
    BEYOND_NORMAL,
    CorrelatedNormal,
    MappedPair,
    NoisyPair,
    dense_normal,
    half_cube,
    symmetric_channel,
)
from skmi.exceptions import InterruptedWarning, SkmiWarning, warn
from skmi.validation import ValidationDisplay, ValidationResult, validate

TWO = ["1x1-normal", "5x5-sparse"]


class Constant(BaseEstimator):
    """Returns the same estimate for any data, counts its fits, and fails or stops on request."""

    fits = 0

    def __init__(self, value=1.0, fail_at=None, stop_after=None, random_state=None):
        self.value = value
        self.fail_at = fail_at
        self.stop_after = stop_after
        self.random_state = random_state

    def fit(self, X, y):
        if self.stop_after is not None and Constant.fits >= self.stop_after:
            raise KeyboardInterrupt
        Constant.fits += 1
        if self.fail_at == X.shape[1]:
            raise ValueError("too many\ncolumns")
        self.mi_ = self.value
        return self


@pytest.fixture(autouse=True)
def no_fits_yet():
    Constant.fits = 0


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
def test_cells_equal_direct_fits_on_the_same_samples():
    result = validate(KSG(), TWO, n_samples=[500, 1000], seeds=[3, 7])
    assert len(result.cells) == 2 * 2 * 2
    assert result.complete
    for cell in result.cells:
        from skmi.datasets import TASKS

        expected = KSG().fit(*TASKS[cell.task].sample(cell.n_samples, random_state=cell.seed))
        assert (cell.estimate, cell.standard_error) == (expected.mi_, expected.standard_error_)
        assert cell.truth == TASKS[cell.task].mi
        assert cell.error == cell.estimate - cell.truth


def test_summary_averages_the_errors():
    pairs = {"near": CorrelatedNormal(1.02), "far": CorrelatedNormal(1.5), "farther": CorrelatedNormal(3.0)}
    line = validate(Constant(), pairs, n_samples=10, seeds=2).summary()[0]
    assert line["mean"] == pytest.approx((0.02 + 0.5 + 2.0) / 3)
    assert line["median"] == pytest.approx(0.5)
    assert line["rmse"] == pytest.approx(np.sqrt((0.02**2 + 0.5**2 + 4.0) / 3))
    assert (line["within_0.05"], line["tasks"], line["failed"]) == (1, 3, 0)


@pytest.mark.parametrize(
    "tasks", ["1x1-normal", CorrelatedNormal(0.5), [CorrelatedNormal(0.5)], {"mine": CorrelatedNormal(0.5)}]
)
def test_tasks_are_accepted_in_every_form(tasks):
    assert len(validate(Constant(), tasks, n_samples=10, seeds=1).cells) == 1


def test_the_forty_are_the_default():
    result = validate(Constant(), n_samples=10, seeds=1)
    assert tuple(cell.task for cell in result.cells) == BEYOND_NORMAL


def test_the_number_of_jobs_changes_nothing():
    options = {"tasks": TWO, "n_samples": 300, "seeds": 2}
    alone, together = (validate({"a": KSG(), "b": GaussianMI()}, n_jobs=n, **options) for n in (1, 2))
    for one, other in zip(alone.cells, together.cells, strict=True):
        assert (one.key, one.estimate, one.standard_error) == (other.key, other.estimate, other.standard_error)


def test_random_states_that_are_none_are_the_seed():
    settings = {"max_epochs": 2, "hidden_sizes": (8,)}
    result = validate(MINE(**settings), "1x1-normal", n_samples=200, seeds=[5])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X, y = CorrelatedNormal(result.cells[0].truth).sample(200, random_state=5)
        assert result.cells[0].estimate == MINE(random_state=5, **settings).fit(X, y).mi_


def test_nested_random_states_are_set_too():
    from skmi._seeding import seeded

    model = seeded(CompressedMI(KSG(), compressor=ContrastiveCompressor()), 4)
    assert (model.random_state, model.compressor.random_state) == (4, 4)
    assert seeded(MINE(random_state=1), 4).random_state == 1


def test_finished_cells_are_kept_and_not_done_again(tmp_path):
    path = tmp_path / "deep" / "results.csv"
    first = validate(Constant(), TWO, n_samples=10, seeds=2, path=path)
    assert Constant.fits == 4
    again = validate(Constant(), TWO, n_samples=10, seeds=3, path=path)
    assert Constant.fits == 6
    assert {cell.key for cell in first.cells} < {cell.key for cell in again.cells}
    validate(Constant(2.0), TWO, n_samples=10, seeds=1, path=path)  # another setting is another estimator
    assert Constant.fits == 8
    assert len(ValidationResult.from_csv(path).cells) == 8


def test_another_pair_of_the_same_name_and_truth_is_another_task(tmp_path):
    path, options = tmp_path / "results.csv", {"n_samples": 10, "seeds": 1}
    validate(Constant(), {"mine": CorrelatedNormal(1.0)}, path=path, **options)
    validate(Constant(), {"mine": MappedPair(CorrelatedNormal(1.0), np.arcsinh)}, path=path, **options)
    assert Constant.fits == 2
    # A function is printed by its name, not its address.
    assert " at 0x" not in validate(Constant(), MappedPair(CorrelatedNormal(1.0), half_cube), **options).cells[0].task


def test_noise_that_first_rows_do_not_show_makes_another_task(tmp_path):
    path, options = tmp_path / "results.csv", {"n_samples": 10, "seeds": 1}
    for mi in (1.5, 1.501):
        result = validate(Constant(), {"mine": symmetric_channel(mi)}, path=path, **options)
        assert result.cells[0].truth == pytest.approx(mi)
    kept = ValidationResult.from_csv(path)
    assert len(kept.by_task("Constant", 10)) == 2  # their truths are not averaged
    assert all(name.startswith("mine (") for name in kept.by_task("Constant", 10))


def test_pairs_that_print_alike_are_not_mixed_up():
    pairs = [dense_normal(2, 2, 0.2), dense_normal(2, 2, 0.8)]
    with pytest.raises(ValueError, match=r"two as MultivariateNormal.*a dict of pairs by name"):
        validate(Constant(), pairs, n_samples=10)
    assert len(validate(Constant(), dict(zip("ab", pairs, strict=True)), n_samples=10, seeds=1).cells) == 2
    assert len(validate(Constant(), [pairs[0], pairs[0]], n_samples=10, seeds=1).cells) == 1


def test_estimators_of_one_name_are_not_averaged(tmp_path):
    path = tmp_path / "results.csv"
    for value in (1.0, 3.0):
        validate(Constant(value), "1x1-normal", n_samples=10, seeds=1, path=path)
    kept = ValidationResult.from_csv(path)
    # A value that is the default is not printed.
    assert kept.groups() == [("Constant()", 10), ("Constant(value=3.0)", 10)]
    assert [line["mean"] for line in kept.summary()] == [abs(cell.error) for cell in kept.cells]


def test_failed_cells_are_computed_again(tmp_path):
    class Unsteady(Constant):
        works = False

        def fit(self, X, y):
            if not Unsteady.works:
                raise MemoryError("for now")
            return super().fit(X, y)

    path, options = tmp_path / "results.csv", {"n_samples": 10, "seeds": 1}
    with pytest.warns(SkmiWarning, match="for now"):
        validate(Unsteady(), "1x1-normal", path=path, **options)
    Unsteady.works = True
    assert validate(Unsteady(), "1x1-normal", path=path, **options).cells[0].estimate == 1.0
    assert [cell.estimate for cell in ValidationResult.from_csv(path).cells] == [1.0]


def test_missing_standard_errors_are_nan():
    class Bare(Constant):
        standard_error_ = None

    (cell,) = validate(Bare(), "1x1-normal", n_samples=10, seeds=1).cells
    assert (cell.estimate, cell.message) == (1.0, "")
    assert np.isnan(cell.standard_error)


@dataclass
class Plain(BaseEstimator):
    """An estimator with a representation of its own."""

    value: float = 1.0

    def fit(self, X, y):
        self.mi_ = self.value
        return self


def test_estimators_may_have_any_representation():
    assert validate(Plain(), "1x1-normal", n_samples=10, seeds=1).cells[0].settings == "Plain(value=1.0)"


def test_reading_a_missing_file_raises(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        ValidationResult.from_csv(tmp_path / "typo.csv")


def test_a_line_truncated_inside_quotes_loses_no_other_line(tmp_path):
    path = tmp_path / "results.csv"
    validate(Constant(fail_at=3, value=2.0), TWO, n_samples=10, seeds=1, path=path)
    content = path.read_bytes()
    path.write_bytes(content[: content.rfind(b'"')])  # settings with a comma, without their closing quote
    validate(Constant(fail_at=3, value=2.0), TWO, n_samples=10, seeds=1, path=path)
    assert path.read_bytes() != content
    assert len(ValidationResult.from_csv(path).cells) == 2


def test_an_interruption_loses_nothing(tmp_path):
    path = tmp_path / "results.csv"
    with pytest.warns(SkmiWarning, match=r"Interrupted after 3 of 4 cells\. Run the same call again"):
        result = validate(Constant(stop_after=3), TWO, n_samples=10, seeds=2, path=path)
    assert not result.complete
    assert len(result.cells) == 3
    assert "Interrupted" in repr(result)
    Constant.fits = 0
    result = validate(Constant(stop_after=3), TWO, n_samples=10, seeds=2, path=path)
    assert (Constant.fits, len(result.cells), result.complete) == (1, 4, True)


def test_a_truncated_line_is_computed_again(tmp_path):
    path = tmp_path / "results.csv"
    validate(Constant(), TWO, n_samples=10, seeds=2, path=path)
    path.write_bytes(path.read_bytes()[:-40])
    result = validate(Constant(), TWO, n_samples=10, seeds=2, path=path)
    assert Constant.fits == 5
    assert len(result.cells) == 4
    assert len(ValidationResult.from_csv(path).cells) == 4


def test_the_cell_of_an_interrupted_training_is_not_kept(tmp_path):
    class Stopped(Constant):
        def fit(self, X, y):
            warn("Training was interrupted in epoch 3. The best weights so far are kept.", InterruptedWarning)
            return super().fit(X, y)

    with pytest.warns(SkmiWarning, match="Interrupted after 0 of 1"):
        assert validate(Stopped(), "1x1-normal", n_samples=10, seeds=1, path=tmp_path / "r.csv").cells == ()


def test_validate_warns_when_a_cell_fails_and_keeps_the_others():
    with pytest.warns(SkmiWarning, match="1 of 2 cells have no estimate; the first is Constant on 5x5-sparse"):
        result = validate(Constant(fail_at=5), TWO, n_samples=10, seeds=1)
    assert result.cells[1].message == "ValueError: too many columns"
    assert np.isnan(result.cells[1].estimate)
    line = result.summary()[0]
    assert (line["failed"], line["tasks"]) == (1, 2)
    assert "1 without an estimate" in repr(result)
    with pytest.raises(ValueError, match="too many"):
        validate(Constant(fail_at=5), TWO, n_samples=10, seeds=1, raise_errors=True)


def test_warnings_of_an_estimator_are_in_its_cell():
    class Warning(Constant):
        def fit(self, X, y):
            warn("beware\nof this", SkmiWarning)
            return super().fit(X, y)

    assert validate(Warning(), "1x1-normal", n_samples=10, seeds=1).cells[0].message == "beware of this"


def test_validate_warns_when_an_estimate_is_not_finite():
    for value in (float("nan"), float("inf")):
        with pytest.warns(SkmiWarning, match=f"1 of 1 cells have no estimate.*mi_ is {value}"):
            validate(Constant(value), "1x1-normal", n_samples=10, seeds=1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((KSG,), TypeError, "Expected scikit-learn estimators"),
        (({"a": 3},), TypeError, "Expected scikit-learn estimators"),
        (({},), ValueError, "at least one estimator"),
        ((KSG(), "no such"), KeyError, "There is no task"),
        ((KSG(), {"a": 3}), TypeError, "Expected pairs with sample and mi"),
        ((KSG(), []), ValueError, "at least one task"),
        ((KSG(), NoisyPair(CorrelatedNormal())), TypeError, "Expected pairs with sample and mi"),
    ],
)
def test_impossible_arguments_raise(arguments, error, message):
    with pytest.raises(error, match=message):
        validate(*arguments)


@pytest.mark.parametrize(
    "options",
    [{"n_samples": 0}, {"n_samples": []}, {"n_samples": 2.5}, {"seeds": 0}, {"seeds": 2.5}, {"seeds": [None]}],
)
def test_impossible_sizes_raise(options):
    with pytest.raises(ValueError, match="at least one row and one seed"):
        validate(KSG(), TWO, **options)


def test_files_with_other_columns_raise_and_stay_as_they_are(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="Expected in .*other.csv the columns estimator, task"):
        validate(Constant(), TWO, n_samples=10, path=path)
    assert path.read_text() == "a,b\n1,2\n"


def test_csv_gives_the_same_result_back(tmp_path):
    result = validate({"a, b": KSG(), "c": GaussianMI()}, TWO, n_samples=100, seeds=2)
    result.to_csv(tmp_path / "r.csv")
    assert ValidationResult.from_csv(tmp_path / "r.csv") == result
    frame = result.to_frame()
    np.testing.assert_allclose(frame["error"], frame["estimate"] - frame["truth"])
    assert list(frame["estimator"]) == ["a, b"] * 4 + ["c"] * 4
    ValidationResult(()).to_csv(tmp_path / "r.csv")
    assert ValidationResult.from_csv(tmp_path / "r.csv") == ValidationResult(())


def test_the_report_needs_no_other_file(tmp_path):
    result = validate({"<b>": KSG(), "other": GaussianMI()}, TWO, n_samples=100, seeds=2)
    result.to_html(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert text.count("data:image/png;base64,") == 2
    assert not re.search(r"(src|href)='(?!data:)", text)
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert text.count("<tr>") == 1 + 2 + 1 + 8


@pytest.mark.parametrize("kind", ["estimate", "error"])
def test_pictures_are_drawn_in_given_axes(kind):
    import matplotlib.pyplot as plt

    result = validate({"a": KSG(), "b": Constant()}, TWO, n_samples=[100, 200], seeds=2)
    _, ax = plt.subplots()
    display = ValidationDisplay.from_result(result, ax=ax, kind=kind)
    assert display.ax_ is ax
    if kind == "estimate":
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels[:2] == ["truth ± 0.05", "a, n = 100"]
    else:
        cells = [text.get_text() for text in ax.texts]
        assert f"{1 - result.cells[-1].truth:+.2f}" in cells
    plt.close("all")


def test_one_estimate_far_off_does_not_hide_the_others():
    import matplotlib.pyplot as plt

    result = validate({"a": Constant(0.5), "b": Constant(-3e4)}, TWO, n_samples=10, seeds=2)
    ax = ValidationDisplay.from_result(result).ax_
    assert -2 < ax.get_ylim()[0] < ax.get_ylim()[1] < 4
    assert [text.get_text() for text in ax.get_legend().get_texts()][1:] == ["a", "b, 2 beyond"]
    plt.close("all")


def test_impossible_pictures_raise():
    with pytest.raises(ValueError, match="Expected kind"):
        ValidationDisplay(ValidationResult(())).plot(kind="pie")
    with pytest.raises(ValueError, match="empty"):
        ValidationDisplay(ValidationResult(())).plot()


def test_bars_of_one_draw_are_its_standard_errors():
    result = validate(KSG(), TWO, n_samples=300, seeds=1)
    (line,) = ValidationDisplay.from_result(result).ax_.containers
    bars = [np.ptp(segment[:, 1]) / 2 for segment in line.lines[2][0].get_segments()]
    np.testing.assert_allclose(bars, [1.96 * cell.standard_error for cell in result.cells])
