"""``skmi information-plane``."""

import sys
import time
from functools import partial

import click

from ._common import INPUT_ERRORS, written


@click.command("information-plane")
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
    from ..information_plane import InformationPlaneDisplay
    from ._experiment import dense_network, load_images, run_experiment

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
    except INPUT_ERRORS as error:
        raise click.ClickException(str(error)) from error
    click.echo(repr(result.plane))
    click.echo(f"\n{result.plane.findings()}")
    click.echo(
        f"The network, noise and all, labels {result.accuracy:.1%} of {result.n_evaluation} images right that it was "
        f"not trained on; it was trained on {result.n_training}."
    )
    if table:
        written(result.plane.to_csv, table)
    written(partial(InformationPlaneDisplay.from_plane(result.plane).figure_.savefig, dpi=150), output)
    click.echo(f"\nPicture: {click.format_filename(output)}\nTotal: {time.perf_counter() - start:.0f} s")
