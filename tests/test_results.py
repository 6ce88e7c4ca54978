"""Measured numbers are CSV files in docs/results: scripts in benchmarks write them, and pages show them."""

import ast
import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
MEASURED = [*(ROOT / "docs" / "benchmarks").glob("*.rst"), ROOT / "docs" / "paper.rst"]
PAGES = [
    *(ROOT / "docs").glob("*.rst"),
    *(ROOT / "docs").glob("benchmarks/*.rst"),
    *(ROOT / "docs").glob("decisions/*.rst"),
]

# The script that each page names for a table, and what else its columns come from.
SCRIPTS = {
    "all_tasks.csv": ["accuracy/all_tasks.py"],
    "all_tasks_counts.csv": ["accuracy/all_tasks.py"],
    "all_tasks_conditional.csv": ["accuracy/all_tasks.py"],
    "all_tasks_peers.csv": ["accuracy/all_tasks.py", "peers/_run.py"],
    "all_tasks_trained.csv": ["accuracy/all_tasks.py"],
    "automatic.csv": ["accuracy/automatic.py"],
    "automatic_tasks.csv": ["accuracy/automatic.py"],
    "calibrator.csv": ["accuracy/calibrator.py"],
    "checks.csv": ["speed/checks.py"],
    "cluster.csv": ["speed/cluster.py"],
    "cluster_scaling.csv": ["speed/cluster.py"],
    "columns.csv": ["speed/columns.py"],
    "compressed_images.csv": ["accuracy/compressed_images.py"],
    "compressors.csv": ["accuracy/compression.py"],
    "coverage_bounds.csv": ["accuracy/interval_coverage.py"],
    "coverage_errors.csv": ["accuracy/interval_coverage.py"],
    "coverage_intervals.csv": ["accuracy/interval_coverage.py"],
    "coverage_tests.csv": ["accuracy/interval_coverage.py"],
    "first_call.csv": ["speed/first_call.py"],
    "forty_tasks_errors.csv": ["accuracy/leaderboard.py"],
    "forty_tasks_estimates.csv": ["accuracy/leaderboard.py"],
    "hard_nuisance.csv": ["accuracy/hard_nuisance.py"],
    "images.csv": ["speed/images.py"],
    "information_plane.csv": ["paper/information_plane.py"],
    "kernel_density.csv": ["speed/kde.py"],
    "knn.csv": ["speed/knn.py"],
    "large.csv": ["speed/large.py"],
    "low_dimension.csv": ["accuracy/low_dimension.py"],
    "nuisance.csv": ["accuracy/nuisance.py"],
    "matrix.csv": ["speed/matrix.py"],
    "memory.csv": ["speed/memory.py"],
    "neighbor_searches.csv": ["speed/neighbors.py"],
    "networks.csv": ["paper/networks.py"],
    "neural_estimates.csv": ["accuracy/neural.py"],
    "paper_errors.csv": ["paper/synthetic.py", "paper/_synthetic_report.py"],
    "paper_estimates.csv": ["paper/synthetic.py", "paper/_synthetic_report.py"],
    "score.csv": ["speed/score.py"],
    "searches.csv": ["accuracy/model_selection.py"],
    "selection.csv": ["accuracy/selection.py"],
    "training_speed.csv": ["speed/neural.py"],
    "uncertainty_speed.csv": ["speed/uncertainty.py"],
}
FOLDERS = {
    "accuracy/all_tasks.py",
    "accuracy/automatic.py",
    "accuracy/interval_coverage.py",
    "accuracy/leaderboard.py",
    "paper/synthetic.py",
    "speed/cluster.py",
}  # these write several tables


def shown(page):
    """Return the CSV files that a page shows."""
    text = page.read_text(encoding="utf-8")
    return [(page.parent / name).resolve() for name in re.findall(r"csv-table::.*\n\s+:file: (\S+)", text)]


def names(scripts):
    """Return patterns of the strings in scripts; a value in an f-string may be another string, or a number."""
    trees = [ast.parse((ROOT / "benchmarks" / script).read_text(encoding="utf-8")) for script in scripts]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    strings = [
        re.escape(n.value) for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value
    ]
    value = rf"(?:{'|'.join(strings)}|\d+)"
    f_strings = [n.values for n in nodes if isinstance(n, ast.JoinedStr)]
    parts = [[re.escape(p.value) if isinstance(p, ast.Constant) else value for p in parts] for parts in f_strings]
    return [*strings, *map("".join, parts)]


def test_every_result_has_a_script_and_a_page():
    files = {path.name for path in RESULTS.iterdir()}
    assert files == set(SCRIPTS)
    assert {RESULTS / name for name in files} == {path for page in PAGES for path in shown(page)}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_page_names_the_command_that_writes_the_table(name):
    script = SCRIPTS[name][0]
    (page,) = [page for page in PAGES if RESULTS / name in shown(page)]
    target = "docs/results" if script in FOLDERS else f"docs/results/{name}"
    commands = page.read_text(encoding="utf-8").replace("\\\n", " ")
    assert re.search(rf"python benchmarks/{re.escape(script)} .*--csv {re.escape(target)}(\s|$)", commands)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_writes_the_columns_of_the_table(name):
    with (RESULTS / name).open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    patterns = names(SCRIPTS[name])
    assert [column for column in header if not any(re.fullmatch(pattern, column) for pattern in patterns)] == []


@pytest.mark.parametrize("page", MEASURED, ids=lambda page: page.name)
def test_no_measured_number_is_typed_into_a_table(page):
    assert not re.search(r"list-table::|^\s*=+ +=|^\s*\+-", page.read_text(encoding="utf-8"), re.MULTILINE)
