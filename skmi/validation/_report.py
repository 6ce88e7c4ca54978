"""A validation as a single HTML file."""

import base64
import io
from html import escape
from pathlib import Path

_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px }
th, td { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child, td:nth-child(10) { text-align: left }
td { max-width: 30em; overflow-wrap: anywhere }
img { max-width: 100% }
"""


def html_report(result, path):
    """Write the report of a ValidationResult."""
    from .. import __version__

    summary = [
        (f"{line['estimator']}, n = {line['n_samples']}", *_numbers(line, ("mean", "median", "rmse")))
        + (f"{line['within_0.05']} of {line['tasks']}", str(line["failed"]), f"{line['seconds']:.2f}")
        for line in result.summary()
    ]
    cells = [
        (cell.task, cell.estimator, str(cell.n_samples), str(cell.seed))
        + (*_numbers(vars(cell), ("truth", "estimate", "standard_error")), f"{cell.error:+.4f}")
        + (f"{cell.seconds:.2f}", cell.message)
        for cell in result.cells
    ]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Estimates against known truth</title>",
        f"<style>{_STYLE}</style></head><body><h1>Estimates against known truth</h1>",
        f"<p>skmi {escape(__version__)}; all values in nats.</p>",
        "" if result.complete else "<p><strong>Interrupted: some cells are missing.</strong></p>",
        _table(("estimator", "mean |error|", "median", "RMSE", "within 0.05", "failed", "s per task"), summary),
        *(_picture(result, kind) for kind in (("estimate", "error") if result.cells else ())),
        "<h2>Estimators</h2><ul>",
        *(f"<li>{escape(text)}</li>" for text in dict.fromkeys(f"{c.estimator}: {c.settings}" for c in result.cells)),
        "</ul><h2>All cells</h2>",
        _table(
            ("task", "estimator", "n", "seed", "truth", "estimate", "s.e.", "error", "s", "message"),
            cells,
        ),
        "</body></html>",
    ]
    Path(path).write_text("\n".join(parts), encoding="utf-8")


def _numbers(values, names):
    return tuple(f"{values[name]:.4f}" for name in names)


def _table(headers, rows):
    from tabulate import tabulate

    return tabulate(rows, headers, tablefmt="html", disable_numparse=True)


def _picture(result, kind):
    """Return an image inside the page itself, so that the report is one file."""
    import matplotlib.pyplot as plt

    from ._display import ValidationDisplay

    figure = ValidationDisplay.from_result(result, kind=kind).figure_
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    plt.close(figure)
    text = {"estimate": "Estimates against the truth", "error": "Errors by task and estimator"}[kind]
    return f"<p><img alt='{text}' src='data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}'></p>"
