"""The numbers in the README are those of the tables in docs/results, and its version is that of the package."""

import csv
import re
from pathlib import Path

import pytest

import skmi

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def value(table, column, **where):
    """Return a number of the only row of a table in which the columns have these values."""
    with (ROOT / "docs" / "results" / table).open(newline="", encoding="utf-8") as file:
        (row,) = [row for row in csv.DictReader(file) if all(row[key.replace("_", " ")] == where[key] for key in where)]
    return float(row[column])


def error(estimator):
    return value("forty_tasks_errors.csv", "mean", estimator=estimator)


def not_said(estimator):
    return value("all_tasks_counts.csv", "wrong, not said", estimator=estimator)


def of_nuisance(compressor):
    return value("compressors.csv", "KSG", data="3 of 9 factors in 24 columns", compressor=compressor)


def times(by):
    return value("knn.csv", "time / skmi's", columns="10+10", by=by)


def lines():
    """Yield the rows of the table in the README, with the numbers of the tables of results."""
    ours = value("automatic.csv", "mean error", setting="default", tasks="forty of Beyond Normal")
    truth = value("compressors.csv", "truth", data="3 of 9 factors in 24 columns", compressor="contrastive")
    columns = value("columns.csv", "ratio", target="continuous", rows="1000", columns="600")
    pairs = value("matrix.csv", "times", columns="200")
    rows = [
        (
            'Mean error on the forty tasks of "Beyond Normal", nats',
            f"`skmi.estimate` {ours:.3f}",
            f"benchmark-mi {error('bmi-infonce'):.3f}, npeet-plus {error('npeet-plus'):.3f}",
            "`accuracy/automatic.py`, `accuracy/leaderboard.py`",
        ),
        (
            "Wrong answers without a warning, of 105 tasks",
            f"`KSG` {not_said('KSG'):.0f}",
            f"npeet-plus {not_said('npeet-plus'):.0f}, infomeasure {not_said('infomeasure'):.0f}",
            "`accuracy/all_tasks.py`",
        ),
        (
            f"Found of {truth:.2f} nats among large nuisances",
            f"`ContrastiveCompressor` {of_nuisance('contrastive'):.2f}",
            f"benchmark-mi {of_nuisance('bmi-mine'):.2f}, latentmi {of_nuisance('latentmi'):.2f}",
            "`accuracy/compression.py`",
        ),
        (
            "Time of one estimate, 10+10 columns, 10 000 rows",
            "`KSG` 1 ×",
            f"npeet-plus {times('npeet-plus'):.0f} ×, infomeasure {times('infomeasure'):.0f} ×",
            "`speed/knn.py`",
        ),
        (
            "Time to score 600 columns of 1000 rows",
            "`mi_scores` 1 ×",
            f"scikit-learn {columns:.0f} ×",
            "`speed/columns.py`",
        ),
        (
            "Time to score all pairs of 200 columns",
            "`mi_matrix` 1 ×",
            f"scikit-learn {pairs:.0f} ×",
            "`speed/matrix.py`",
        ),
    ]
    for row in rows:
        yield f"| {' | '.join(row)} |"


@pytest.mark.parametrize("line", list(lines()))
def test_the_readme_shows_the_numbers_of_the_tables(line):
    assert line in README.splitlines()


def test_the_table_of_the_readme_has_no_other_rows():
    start = README.index("## How far ahead")
    rows = [line for line in README[start : README.index("## ", start + 1)].splitlines() if line.startswith("| ")]
    assert rows[2:] == list(lines())


def test_the_readme_tells_how_many_tasks_there_are():
    with (ROOT / "docs" / "results" / "all_tasks.csv").open(newline="", encoding="utf-8") as file:
        assert f"of {len(list(csv.reader(file))) - 1} tasks" in README


def test_citation_and_changelog_name_the_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE).group(1) == skmi.__version__
    assert f"## {skmi.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
