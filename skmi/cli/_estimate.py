"""``skmi estimate``."""

import json
import math
import sys

import click

from ..exceptions import kept_warnings
from ._common import INPUT_ERRORS, reads_tables, say, texts_of


@click.command()
@click.argument("x_path", metavar="X")
@click.argument("y_path", metavar="[Y]", required=False)
@click.option("--target", help="The column (or the array of an NPZ file) that is y, where X and y are in one file.")
@click.option("--columns", help="Columns that make up X, by name, separated by commas; default: all but the target.")
@click.option(
    "--estimator",
    help="Default: whatever suits the data, chosen by held-out rows and a calibrator; with --compress, ksg. Otherwise "
    "ksg, kl, gaussian, copula or any other of skmi, with parameters or without, as \"KSG(marginals='normal')\", "
    "or package.module:Class of your own.",
)
@click.option("--n-neighbors", type=click.IntRange(1), help="Neighbours of ksg (3) and kl (5).")
@click.option("--marginals", type=click.Choice(["standardize", "normal"]), help="Scaling of ksg's columns.")
@click.option(
    "--compress", type=click.Choice(["none", "contrastive", "autoencoder", "pca"]), default="none", show_default=True
)
@click.option("--latent-dim", type=click.IntRange(1), default=2, show_default=True, help="Codes a side.")
@click.option("--image-shape", help="Sides of images in the rows of X, such as 28,28 or 3,32,32.")
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time for which the choice is planned, where no estimator is named.",
)
@click.option("--drop-missing", is_flag=True, help="Leave out rows in which a value is missing.")
@click.option(
    "--interval/--no-interval",
    default=None,
    help="Whether to print an interval, a lower bound and what speaks against them; default: where no network is "
    "trained.",
)
@click.option(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95, show_default=True
)
@click.option("--test", is_flag=True, help="Print the p-value of a permutation test of independence.")
@click.option("--random-state", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reads_tables
def estimate(x_path, y_path, **options):
    """Estimate I(X; y) from files: CSV, NPY, NPZ or Parquet.

    Either one table with --target, or two files with as many rows each. Where no estimator is named, skmi chooses, and
    prints what it tried.
    """
    from ._estimation import estimate_files, format_report

    sys.path.insert(0, "")  # a user's own class lies in the folder where the command is called
    with kept_warnings() as kept:
        as_json = options.pop("as_json")
        try:
            report = estimate_files(x_path, y_path, **options)
        except INPUT_ERRORS as error:
            raise click.ClickException(str(error)) from error
    report["warnings"] = texts_of(kept)
    if as_json:
        click.echo(json.dumps(_without_nan(report)))
        return
    say(report["warnings"])
    click.echo(format_report(report))


def _without_nan(value):
    """Return what JSON can hold: None for NaN, also in lists and dicts."""
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
