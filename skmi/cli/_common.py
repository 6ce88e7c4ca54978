"""What the commands share: errors of the input, warnings as text, files written last."""

import functools

import click
import numpy as np

INPUT_ERRORS = (ValueError, TypeError, OSError, ImportError)
_READING = (
    click.option("--separator", help="Between the columns of a CSV file; default: a comma, and a tab in TSV files."),
    click.option("--decimal", default=".", show_default=True, help="Decimal point of the numbers in a CSV file."),
    click.option("--encoding", default="utf-8", show_default=True, help="Of a CSV file, such as latin-1 or utf-16."),
    click.option("--max-rows", type=click.IntRange(2), help="Read at most so many rows, drawn at random."),
    click.option("--discrete", help="Columns that hold labels, by name, separated by commas; the target may be one."),
    click.option("--continuous", help="Columns that hold quantities, likewise."),
    click.option("--discrete-target/--continuous-target", default=None, help="Overrides what the type of y says."),
)

takes_marginals = click.option(
    "--marginals",
    type=click.Choice(["standardize", "normal"]),
    default="standardize",
    show_default=True,
    help="Scaling of columns of numbers; normal scores suit outliers and heavy tails.",
)


def reads_tables(command):
    """Add the options of every command that reads a table, as ``written`` and ``kinds``."""

    @functools.wraps(command)
    def with_options(*args, separator, decimal, encoding, max_rows, discrete, continuous, discrete_target, **options):
        from ._files import Format, names_in

        try:
            kinds = Kinds(names_in(discrete) or [], names_in(continuous) or [], discrete_target)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        return command(*args, written=Format(separator, decimal, encoding, max_rows), kinds=kinds, **options)

    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(_READING), with_options)


class Kinds:
    """What the user says of columns.

    Parameters
    ----------
    discrete, continuous : list of str
        Names.
    discrete_target : bool or None
        Of the target; None goes by its type.
    """

    def __init__(self, discrete, continuous, discrete_target):
        both = sorted(set(discrete) & set(continuous))
        if both:
            raise ValueError(
                f"Expected columns either in --discrete or in --continuous, got {', '.join(both)} in both."
            )
        self.discrete, self.continuous, self.discrete_target = discrete, continuous, discrete_target

    def of(self, X, target, left_out=()):
        """Return ``discrete_features`` and ``discrete_target`` for a table X and the name of the target, if any.

        ``left_out`` are names of further columns, of which the user may have said something.
        """
        from .._tables import column_names, kinds_of

        names = column_names(X) or []
        unknown = [name for name in [*self.discrete, *self.continuous] if name not in {*names, *left_out, target}]
        if unknown:
            have = ", ".join(map(str, names)) or "no names"
            raise ValueError(f"There is no column {', '.join(unknown)}; there are {have}.")
        discrete_target = self.discrete_target
        if discrete_target is None and target in [*self.discrete, *self.continuous]:
            discrete_target = target in self.discrete
        features = "auto"
        if any(name in names for name in [*self.discrete, *self.continuous]):
            found = kinds_of(X, "X")
            features = np.zeros(len(names), dtype=bool) if found is None else found.copy()
            for name in names:
                if name in self.discrete or name in self.continuous:
                    features[names.index(name)] = name in self.discrete
        return features, "auto" if discrete_target is None else discrete_target


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
