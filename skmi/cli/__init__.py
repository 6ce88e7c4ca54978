"""The command line: one file a command."""

import sys

try:
    import click
except ImportError:
    raise SystemExit("The command line needs click. Install it with: python -m pip install 'skmi[cli]'") from None

from .. import __version__
from ._demo import demo
from ._estimate import estimate
from ._information_plane import information_plane
from ._matrix import matrix
from ._scores import scores
from ._select import select
from ._validate import validate

_FAILURE = 2  # exit status for anything wrong with the input


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="skmi")
def cli():
    """How much does X tell about y? Mutual information of high-dimensional data, in nats."""


for command in (demo, estimate, scores, matrix, select, validate, information_plane):
    cli.add_command(command)


def main():
    """Run the command; whatever is wrong with the input is one line on stderr and exit status 2."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.Abort:
        sys.exit("Interrupted.")
    except click.ClickException as error:
        click.echo(f"skmi: {' '.join(error.format_message().split())}", err=True)
        sys.exit(_FAILURE)
