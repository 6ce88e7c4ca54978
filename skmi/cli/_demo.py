"""``skmi demo``."""

import time

import click


@click.command()
@click.option("--quick", is_flag=True, help="Fewer rows and epochs: under a minute instead of three.")
@click.option("--output", default="skmi-demo.png", show_default=True, help="Where the picture goes.")
def demo(quick, output):
    """Show the main job: images with known information, and real ones."""
    from ._demonstration import format_text, plot, run

    start = time.perf_counter()
    result = run(quick)
    click.echo()
    click.echo(format_text(result))
    plot(result, output)
    click.echo(f"\nPicture: {click.format_filename(output)}\nTotal: {time.perf_counter() - start:.0f} s")
