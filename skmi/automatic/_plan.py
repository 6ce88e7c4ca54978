"""What is tried, in order of cost: sizes and a table of costs decide, never the clock."""

from typing import NamedTuple

# Seconds of one core, measured on rows and columns as in benchmarks; what matters is their order and rough size.
_COLUMNS = 0.3e-4, 0.25e-4  # a row, and a row and column
_CANONICAL = 0.6e-4, 0.01e-4
_CONTRASTIVE = 9e-3, 0.01e-4  # a row, and a row and column
_CONVOLUTION = 16e-6  # a row and pixel
_CRITIC = 4.0e-3
_MOST_COLUMNS = 100  # of both sides, that neighbours and correlations of all columns are tried on
_MOST_CORRELATED, _ROWS_OF_CORRELATIONS = 400, 5  # columns, and rows for each, of more of them
_NARROW = 10  # columns of a side, up to which codes show no more than the columns themselves
_FEWEST_FOR_NETWORKS = 400  # rows
_FEWEST_FOR_CRITIC = 1000


class Step(NamedTuple):
    """A route that is planned.

    Attributes
    ----------
    name : str
        "columns", "rank correlations", "canonical codes", "contrastive codes" or "critic".
    seconds : float
        What it is expected to cost.
    n_rows : int
        How many rows it takes.
    convolutional : bool
        Whether images are encoded as such.
    """

    name: str
    seconds: float
    n_rows: int
    convolutional: bool = False


def plan(n_samples, n_columns, widest, has_images, labels, max_seconds):
    """Return the routes that fit into the time, and the names of those that do not.

    Parameters
    ----------
    n_samples : int
    n_columns : int
        Continuous columns of both sides.
    widest : int
        Continuous columns of the wider side.
    has_images, labels : bool
        Whether a side has images, and whether y holds labels.
    max_seconds : float

    Returns
    -------
    steps : list of Step
    left_out : list of Step
    """
    wanted = []
    if n_columns <= _MOST_COLUMNS:
        rows = min(n_samples, 20_000)
        wanted.append(Step("columns", 1.8 * rows * (_COLUMNS[0] + _COLUMNS[1] * n_columns), n_samples))
    if has_images or widest > _NARROW:
        wanted.append(Step("canonical codes", 3 * n_samples * (_CANONICAL[0] + _CANONICAL[1] * n_columns), n_samples))
        if _MOST_COLUMNS < n_columns <= min(_MOST_CORRELATED, n_samples / _ROWS_OF_CORRELATIONS):
            cost = n_samples * (_CANONICAL[0] + _CANONICAL[1] * n_columns)
            wanted.append(Step("rank correlations", cost, n_samples))
        if n_samples >= _FEWEST_FOR_NETWORKS:
            cost = n_samples * (_CONTRASTIVE[0] + _CONTRASTIVE[1] * n_columns)
            images = n_samples * _CONVOLUTION * n_columns if has_images else 0.0
            spent = sum(step.seconds for step in wanted)
            # Dense networks on principal components serve images, too, and cost less.
            convolutional = has_images and spent + cost + images <= max_seconds
            cost += images if convolutional else 0.0
            wanted.append(Step("contrastive codes", cost, n_samples, convolutional))
    elif n_columns > 2 and not labels and n_samples >= _FEWEST_FOR_CRITIC:
        # Of many rows as many as there is time for.
        spent = sum(step.seconds for step in wanted)
        rows = int(min(n_samples, max(0.0, max_seconds - spent) / _CRITIC))
        wanted.append(Step("critic", _CRITIC * max(rows, _FEWEST_FOR_CRITIC), rows))
    steps, left_out, spent = [], [], 0.0
    for step in wanted:
        # The first route is taken whatever it costs, since there has to be an answer.
        if steps and spent + step.seconds > max_seconds:
            left_out.append(step)
            continue
        steps.append(step)
        spent += step.seconds
    return steps, left_out
