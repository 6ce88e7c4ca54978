"""``skmi validate``."""

import sys

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, say, texts_of, written

_NO_ESTIMATE, _INTERRUPTED = 1, 130  # exit status


@click.command()
@click.option(
    "--estimator",
    "estimators",
    multiple=True,
    default=["KSG"],
    show_default=True,
    help="A name of skmi, with parameters or without, as \"KSG(marginals='normal')\", or package.module:Class of your "
    "own. May be given several times.",
)
@click.option(
    "--tasks", help="Names separated by commas, all, or list, which prints them; default: Beyond Normal's forty."
)
@click.option("--n-samples", type=click.IntRange(1), default=10_000, show_default=True, help="Rows of a draw.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Draws of a task.")
@click.option("--n-jobs", type=int, default=1, show_default=True, help="Estimates at once; -1 for all cores.")
@click.option("--results", help="CSV file of finished estimates; the same command goes on where it was interrupted.")
@click.option("--html", help="Write a report with pictures there.")
def validate(estimators, tasks, n_samples, seeds, n_jobs, results, html):
    """Measure estimators on data whose mutual information is known.

    The exit status is 130 after an interruption, and 1 if there is no estimate at all.
    """
    from ..datasets import TASKS

    if tasks == "list":
        click.echo(repr(TASKS))
        return
    sys.path.insert(0, "")  # a user's own class lies in the folder where the command is called
    from ..validation import validate as run
    from ._names import estimator_from

    names = list(TASKS) if tasks == "all" else [name.strip() for name in tasks.split(",")] if tasks else None
    try:
        with kept_warnings() as kept:
            models = {text: estimator_from(text) for text in estimators}
            options = {"n_samples": n_samples, "seeds": seeds, "n_jobs": n_jobs, "path": results}
            result = run(models, names, **options, verbose=sys.stderr.isatty())
        say(texts_of(kept))
    except KeyError as error:
        raise click.ClickException(error.args[0]) from error
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    click.echo(repr(result))
    if html:
        written(result.to_html, html)
    if not result.complete:
        sys.exit(_INTERRUPTED)
    if all(cell.failed for cell in result.cells):
        sys.exit(_NO_ESTIMATE)
