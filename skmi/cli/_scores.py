"""``skmi scores``."""

import json

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, say, texts_of


@click.command()
@click.argument("table")
@click.option("--target", required=True, help="The column that is y.")
@click.option("--columns", help="Columns to score, by name, separated by commas; default: all but the target.")
@click.option("--n-neighbors", type=click.IntRange(1), default=3, show_default=True)
@click.option("--discrete-target/--continuous-target", default=None, help="Overrides what the type of y says.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scores(table, target, columns, n_neighbors, discrete_target, as_json):
    """Score every column of a table by its mutual information with the target."""
    try:
        with kept_warnings() as kept:
            result = score_columns(table, target, columns, n_neighbors=n_neighbors, discrete_target=discrete_target)
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        records = json.loads(result.to_frame().to_json(orient="records"))
        click.echo(json.dumps({"scores": records, "warnings": texts_of(kept)}))
        return
    say(texts_of(kept))
    click.echo(repr(result))


def score_columns(path, target, columns=None, *, n_neighbors=3, discrete_target=None):
    """Return the :class:`skmi.feature_selection.MIScores` of a table; raises as reading files does."""
    from ..feature_selection import mi_scores
    from ._files import names_in, pick, read

    table = read(path)
    if not hasattr(table, "columns"):
        raise ValueError(f"Expected a table with named columns (.csv, .tsv, .parquet), got {path}.")
    y = pick(table, [target], path)[target]
    X = pick(table, names_in(columns), path) if columns else table.drop(columns=target)
    return mi_scores(
        X, y, n_neighbors=n_neighbors, discrete_target="auto" if discrete_target is None else discrete_target, n_jobs=-1
    )
