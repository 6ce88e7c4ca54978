"""The command line: parse, call, print."""

import json
import math
import sys
import time
from functools import partial

try:
    import click
except ImportError:
    raise SystemExit("The command line needs click. Install it with: python -m pip install 'skmi[cli]'") from None

from . import __version__
from .exceptions import kept_warnings

_FAILURE = 2  # exit status for anything wrong with the input
_NO_ESTIMATE, _INTERRUPTED = 1, 130
_INPUT_ERRORS = (ValueError, TypeError, OSError, ImportError)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="skmi")
def cli():
    """How much does X tell about y? Mutual information of high-dimensional data, in nats."""


@cli.command()
@click.option("--quick", is_flag=True, help="Fewer rows and epochs: under a minute instead of three.")
@click.option("--output", default="skmi-demo.png", show_default=True, help="Where the picture goes.")
def demo(quick, output):
    """Show the main job: images with known information, and real ones."""
    from .demo import format_demo, plot_demo, run_demo

    start = time.perf_counter()
    result = run_demo(quick=quick)
    click.echo()
    click.echo(format_demo(result))
    plot_demo(result, output)
    click.echo(f"\nPicture: {click.format_filename(output)}\nTotal: {time.perf_counter() - start:.0f} s")


@cli.command()
@click.argument("x_path", metavar="X")
@click.argument("y_path", metavar="[Y]", required=False)
@click.option("--target", help="The column (or the array of an NPZ file) that is y, where X and y are in one file.")
@click.option("--columns", help="Columns that make up X, by name, separated by commas; default: all but the target.")
@click.option("--estimator", type=click.Choice(["ksg", "kl", "gaussian"]), default="ksg", show_default=True)
@click.option("--n-neighbors", type=click.IntRange(1), help="Neighbours of ksg (3) and kl (5).")
@click.option("--marginals", type=click.Choice(["standardize", "normal"]), help="Scaling of ksg's columns.")
@click.option(
    "--compress", type=click.Choice(["none", "contrastive", "autoencoder", "pca"]), default="none", show_default=True
)
@click.option("--latent-dim", type=click.IntRange(1), default=2, show_default=True, help="Codes a side.")
@click.option("--image-shape", help="Sides of images in the rows of X, such as 28,28 or 3,32,32.")
@click.option("--discrete-target/--continuous-target", default=None, help="Overrides what the type of y says.")
@click.option("--random-state", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def estimate(x_path, y_path, **options):
    """Estimate I(X; y) from files: CSV, NPY, NPZ or Parquet.

    Either one table with --target, or two files with as many rows each.
    """
    from ._estimate_files import estimate_files, format_report

    with kept_warnings() as kept:
        as_json = options.pop("as_json")
        try:
            report = estimate_files(x_path, y_path, **options)
        except _INPUT_ERRORS as error:
            raise click.ClickException(str(error)) from error
    report["warnings"] = _texts(kept)
    if as_json:
        click.echo(json.dumps({k: None if isinstance(v, float) and math.isnan(v) else v for k, v in report.items()}))
        return
    _say(report["warnings"])
    click.echo(format_report(report))


@cli.command()
@click.argument("table")
@click.option("--target", required=True, help="The column that is y.")
@click.option("--columns", help="Columns to score, by name, separated by commas; default: all but the target.")
@click.option("--n-neighbors", type=click.IntRange(1), default=3, show_default=True)
@click.option("--discrete-target/--continuous-target", default=None, help="Overrides what the type of y says.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scores(table, target, columns, n_neighbors, discrete_target, as_json):
    """Score every column of a table by its mutual information with the target."""
    from ._estimate_files import score_columns

    try:
        with kept_warnings() as kept:
            result = score_columns(table, target, columns, n_neighbors=n_neighbors, discrete_target=discrete_target)
    except _INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        records = json.loads(result.to_frame().to_json(orient="records"))
        click.echo(json.dumps({"scores": records, "warnings": _texts(kept)}))
        return
    _say(_texts(kept))
    click.echo(repr(result))


@cli.command()
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
    from .datasets import TASKS

    if tasks == "list":
        click.echo(repr(TASKS))
        return
    sys.path.insert(0, "")  # a user's own class lies in the folder where the command is called
    from ._estimator_names import estimator_from
    from .validation import validate as run

    names = list(TASKS) if tasks == "all" else [name.strip() for name in tasks.split(",")] if tasks else None
    try:
        with kept_warnings() as kept:
            models = {text: estimator_from(text) for text in estimators}
            options = {"n_samples": n_samples, "seeds": seeds, "n_jobs": n_jobs, "path": results}
            result = run(models, names, **options, verbose=sys.stderr.isatty())
        _say(_texts(kept))
    except KeyError as error:
        raise click.ClickException(error.args[0]) from error
    except _INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    click.echo(repr(result))
    if html:
        _written(result.to_html, html)
    if not result.complete:
        sys.exit(_INTERRUPTED)
    if all(cell.failed for cell in result.cells):
        sys.exit(_NO_ESTIMATE)


@cli.command("information-plane")
@click.option("--data", type=click.Choice(["digits", "mnist", "fashion-mnist"]), default="digits", show_default=True)
@click.option(
    "--noise", type=click.FloatRange(0, min_open=True), default=0.5, show_default=True, help="Of every layer."
)
@click.option("--relative", is_flag=True, help="Noise as a share of each layer's standard deviation; no bounds then.")
@click.option("--activation", type=click.Choice(["tanh", "relu"]), default="tanh", show_default=True)
@click.option("--widths", default="32,16,8", show_default=True, help="Units of the layers, separated by commas.")
@click.option("--epochs", type=click.IntRange(2), default=150, show_default=True)
@click.option("--shuffle-labels", is_flag=True, help="Train on shuffled labels: layers then tell nothing about others.")
@click.option("--random-state", type=int, default=0, show_default=True)
@click.option("--n-jobs", type=int, default=1, show_default=True, help="Estimates at once; -1 for all cores.")
@click.option("--output", default="information-plane.png", show_default=True, help="Where the picture goes.")
@click.option("--table", help="Write the points there, as CSV.")
def information_plane(data, noise, relative, activation, widths, epochs, output, table, n_jobs, **options):
    """Follow what the layers of a noisy network tell about images and labels while it learns."""
    from .information_plane import InformationPlaneDisplay
    from .information_plane._experiment import dense_network, load_images, run_experiment

    start = time.perf_counter()
    try:
        sizes = [int(width) for width in widths.split(",")]
        images, labels = load_images(data)

        def network():
            return dense_network(images.shape[1:], sizes, 10, activation, noise, relative)

        names = [f"dense{i + 1}" for i in range(len(sizes))]
        plane = {"n_jobs": n_jobs}
        shown = {"verbose": sys.stderr.isatty()}
        result = run_experiment(network, images, labels, names, max_epochs=epochs, plane=plane, **shown, **options)
    except _INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    click.echo(repr(result.plane))
    click.echo(f"\n{result.plane.findings()}")
    click.echo(
        f"The network, noise and all, labels {result.accuracy:.1%} of {result.n_evaluation} images right that it was "
        f"not trained on; it was trained on {result.n_training}."
    )
    if table:
        _written(result.plane.to_csv, table)
    _written(partial(InformationPlaneDisplay.from_plane(result.plane).figure_.savefig, dpi=150), output)
    click.echo(f"\nPicture: {click.format_filename(output)}\nTotal: {time.perf_counter() - start:.0f} s")


def _texts(kept):
    """Return the texts of kept warnings, each once."""
    return list(dict.fromkeys(warning.message for warning in kept))


def _say(texts):
    for text in texts:
        click.echo(f"warning: {text}", err=True)


def _written(write, path):
    """Write a file after everything was printed: a bad path loses no result."""
    try:
        write(path)
    except OSError as error:
        raise click.ClickException(str(error)) from error


def main():
    """Run the command; whatever is wrong with the input is one line on stderr and exit status 2."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.Abort:
        sys.exit("Interrupted.")
    except click.ClickException as error:
        click.echo(f"skmi: {' '.join(error.format_message().split())}", err=True)
        sys.exit(_FAILURE)


if __name__ == "__main__":
    main()
