"""A validation as a single HTML file."""

from html import escape

from .._report import page, picture


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
        "<h1>Estimates against known truth</h1>",
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
    ]
    page(path, "Estimates against known truth", parts)


def _numbers(values, names):
    return tuple(f"{values[name]:.4f}" for name in names)


def _table(headers, rows):
    from tabulate import tabulate

    return tabulate(rows, headers, tablefmt="html", disable_numparse=True)


def _picture(result, kind):
    """Return an image inside the page itself, so that the report is one file."""
    from ._display import ValidationDisplay

    text = {"estimate": "Estimates against the truth", "error": "Errors by task and estimator"}[kind]
    return f"<p>{picture(ValidationDisplay.from_result(result, kind=kind).figure_, text)}</p>"
