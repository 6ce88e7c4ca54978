"""What the commands share: errors of the input, warnings as text, files written last."""

import click

INPUT_ERRORS = (ValueError, TypeError, OSError, ImportError)


def texts_of(kept):
    """Return the texts of kept warnings, each once."""
    return list(dict.fromkeys(warning.message for warning in kept))


def say(texts):
    """Print warnings to stderr."""
    for text in texts:
        click.echo(f"warning: {text}", err=True)


def written(write, path):
    """Write a file after everything was printed: a bad path loses no result."""
    try:
        write(path)
    except OSError as error:
        raise click.ClickException(str(error)) from error
