"""``skmi matrix``."""

import json

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, reads_tables, say, takes_marginals, texts_of


@click.command()
@click.argument("table")
@click.option("--columns", help="Columns, by name, separated by commas; default: all.")
@click.option("--n-neighbors", type=click.IntRange(1), default=3, show_default=True)
@takes_marginals
@click.option("--test", is_flag=True, help="Compute p-values, which takes many times longer.")
@click.option("--results", help="CSV file that keeps finished rows, for a run that is started again.")
@click.option("--plot", help="Write a heat map there, as a PNG, PDF or SVG file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reads_tables
def matrix(table, as_json, plot, **options):
    """Score all pairs of columns of a table by their mutual information."""
    try:
        with kept_warnings() as kept:
            result = matrix_of(table, **options)
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        records = json.loads(result.to_frame(long=True).to_json(orient="records"))
        click.echo(json.dumps({"pairs": records, "warnings": texts_of(kept)}))
    else:
        say(texts_of(kept))
        click.echo(repr(result))
    if plot is not None:
        # Last, so that a picture that cannot be written loses no result.
        try:
            result.plot().figure_.savefig(plot)
        except INPUT_ERRORS as error:
            raise click.ClickException(f"The picture could not be written: {error}") from error


def matrix_of(path, columns=None, *, written, kinds, n_neighbors=3, marginals="standardize", test=False, results=None):
    """Return the :class:`skmi.feature_selection.MIMatrix` of a table; raises as reading files does."""
    from ..feature_selection import mi_matrix
    from ._files import names_in, pick, read

    table = read(path, written)
    if not hasattr(table, "columns"):
        raise ValueError(f"Expected a table with named columns (.csv, .tsv, .parquet), got {path}.")
    X = pick(table, names_in(columns), path) if columns else table
    return mi_matrix(
        X,
        discrete_features=kinds.of(X, None)[0],
        n_neighbors=n_neighbors,
        marginals=marginals,
        pvalues=test,
        random_state=0,
        results=results,
        n_jobs=-1,
        verbose=1,
    )
