"""``skmi scores``."""

import json

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, reads_tables, say, takes_marginals, texts_of


@click.command()
@click.argument("table")
@click.option("--target", required=True, help="The column that is y.")
@click.option("--columns", help="Columns to score, by name, separated by commas; default: all but the target.")
@click.option("--n-neighbors", type=click.IntRange(1), default=3, show_default=True)
@takes_marginals
@click.option("--test", is_flag=True, help="Print p-values, also adjusted for the number of columns.")
@click.option("--html", help="Write a report with a picture there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reads_tables
def scores(table, as_json, html, **options):
    """Score every column of a table by its mutual information with the target."""
    try:
        with kept_warnings() as kept:
            result = score_columns(table, **options)
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        records = json.loads(result.to_frame().to_json(orient="records"))
        click.echo(json.dumps({"scores": records, "warnings": texts_of(kept)}))
    else:
        say(texts_of(kept))
        click.echo(repr(result))
    if html is not None:
        # Last, so that a page that cannot be written loses no result.
        try:
            write_report(html, result, table, options["target"], texts_of(kept))
        except INPUT_ERRORS as error:
            raise click.ClickException(f"The report could not be written: {error}") from error


def score_columns(path, target, columns=None, *, written, kinds, n_neighbors=3, marginals="standardize", test=False):
    """Return the :class:`skmi.feature_selection.MIScores` of a table; raises as reading files does."""
    from ..feature_selection import mi_scores
    from ._files import names_in, read, split_target

    table = read(path, written, target)
    if not hasattr(table, "columns"):
        raise ValueError(f"Expected a table with named columns (.csv, .tsv, .parquet), got {path}.")
    X, y = split_target(table, target, names_in(columns), path)
    features, of_target = kinds.of(X, target)
    return mi_scores(
        X,
        y[target],
        discrete_features=features,
        discrete_target=of_target,
        n_neighbors=n_neighbors,
        marginals=marginals,
        pvalues=test,
        random_state=0,
        n_jobs=-1,
    )


def write_report(path, result, table, target, warnings):
    """Write the scores as a page with a bar chart."""
    from html import escape

    from .._report import page, picture
    from ..feature_selection import MIScoresDisplay

    shown = result.to_frame().round(4)
    parts = [
        f"<h1>What the columns of {escape(str(table))} tell about {escape(target)}</h1>",
        "<p>Mutual information of each column with the target, in nats; bars reach over 1.96 standard errors.</p>",
        *(f"<p><strong>Note.</strong> {escape(warning)}</p>" for warning in warnings),
        picture(MIScoresDisplay(result).plot().figure_),
        shown.to_html(index=False, border=0),
    ]
    page(path, f"Scores for {target}", parts)
