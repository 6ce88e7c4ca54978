"""``skmi select``."""

import json

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, reads_tables, say, takes_marginals, texts_of


@click.command()
@click.argument("table")
@click.option("--target", required=True, help="The column that is y.")
@click.option("--columns", help="Columns to choose from, by name, separated by commas; default: all but the target.")
@click.option("--n-features", help="How many; default: while a permutation test finds that one more adds something.")
@click.option("--strategy", type=click.Choice(["cmim", "jmi", "mrmr", "joint"]), default="cmim", show_default=True)
@takes_marginals
@click.option("--drop-missing", is_flag=True, help="Leave out rows in which something is missing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reads_tables
def select(table, as_json, **options):
    """Choose the columns of a table that tell most about the target together."""
    try:
        with kept_warnings() as kept:
            rows = selected(table, **options)
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"selected": rows, "warnings": texts_of(kept)}))
        return
    say(texts_of(kept))
    width = max([len(row["feature"]) for row in rows] + [len("selected")])
    click.echo(f"{'selected':<{width}}  {'adds, nats':>10}  {'alone':>7}")
    for row in rows:
        click.echo(f"{row['feature']:<{width}}  {row['gain']:>10.4f}  {row['alone']:>7.4f}")


def selected(
    path,
    target,
    columns=None,
    *,
    written,
    kinds,
    n_features=None,
    strategy="cmim",
    marginals="standardize",
    drop_missing=False,
):
    """Return a dict for each selected column, in order; raises as reading files does."""
    from ..feature_selection import MutualInfoSelector
    from ._files import check_complete, names_in, read, split_target, usable_columns, without_missing

    table = read(path, written, target)
    if not hasattr(table, "columns"):
        raise ValueError(f"Expected a table with named columns (.csv, .tsv, .parquet), got {path}.")
    X, y = split_target(table, target, names_in(columns), path)
    names, X = list(X.columns), usable_columns(X)
    if drop_missing:
        X, y = without_missing(X, y)
    check_complete(X, y)
    if n_features is not None and not n_features.isdigit():
        raise ValueError(f"Expected --n-features as a number of columns, got {n_features}.")
    features, of_target = kinds.of(X, target, names)
    selector = MutualInfoSelector(
        "auto" if n_features is None else int(n_features),
        strategy=strategy,
        marginals=marginals,
        discrete_features=features,
        discrete_target=of_target,
        random_state=0,
        n_jobs=-1,
        verbose=1,
    ).fit(X, y[target])
    return [
        {"feature": str(X.columns[i]), "gain": float(gain), "alone": float(selector.relevance_[i])}
        for i, gain in zip(selector.selected_, selector.gains_, strict=True)
    ]
