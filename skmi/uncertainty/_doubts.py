"""What speaks against an interval: other routes to the number that disagree with it, and what the data warn of."""

import numpy as np
from scipy.stats import entropy

from ..estimators import KSG, GaussianCopulaMI, KernelDensityMI, KozachenkoLeonenko
from ..exceptions import ConstantColumnWarning, RareClassWarning, kept_warnings
from ._rows import estimate_of, final

_IGNORED = ConstantColumnWarning, RareClassWarning  # what they say changes the question, not the answer
_LEAST_DRIFT = 0.01  # nats between all rows and half of them, below which nobody minds
_DRIFT = 2.0  # standard errors of the estimate; of independent data the drift varies by one
_MARGIN, _ERRORS, _SHARE = 0.05, 3.0, 0.1  # nats, standard errors and share of the estimate by which routes may differ
_TAILS, _QUARTILES_OF_NORMAL = 1.75, 1.349  # spread over that of normal data with the same quartiles; Student df 3: 1.6
_SCORED = 2000  # rows on which routes are scored
_MAX_COLUMNS, _ROWS_PER_COLUMN = 400, 10
_MAX_OF_DENSITIES, _ROWS_OF_DENSITIES = 10, 50  # columns, and rows by their square, that entropies take to be exact


def doubts(model, table, found, kept, halves, half):
    """Return reasons to doubt an interval, as a list of sentences.

    Parameters
    ----------
    model : fitted estimator
        From all rows.
    table : Table
    found : Summary
        The numbers of the interval.
    kept : list of KeptWarning
        Of fitting to all rows.
    halves : tuple of two ndarray of int
        Rows of two disjoint halves.
    half : fitted estimator or None
        From the first half; None if it has no estimate.
    """
    reasons = [warning.message for warning in kept if not issubclass(warning.category, _IGNORED)]
    if not np.isfinite(found.standard_error):
        return [*reasons, "Parts of the rows have no estimate, so that nothing is known of its standard error."]
    reasons += _of_numbers(estimate_of(model), table, found)
    tails = _heavy_tails(model, table)
    if tails is not None:
        reasons.append(
            f"{tails} has heavy tails: its spread is far beyond what its quartiles show, and neighbours in tails are "
            'too far apart for the estimate to be right. Compare marginals="normal", or GaussianCopulaMI.'
        )
    if len(getattr(final(model), "conditioning_", ())):
        return reasons  # scores and other routes are of all columns of X, which tell more than some add to others
    with kept_warnings():
        reasons += _of_scores(table, found, halves, half)
        reasons += _of_another_route(model, table, found, halves[0], half)
    return reasons


def _of_numbers(mi, table, found):
    """Yield what drift and the entropy of labels speak against."""
    if abs(found.drift) > max(_DRIFT * found.standard_error, _LEAST_DRIFT):
        yield (
            f"The estimate changes with the number of rows: it is {found.drift:+.2f} nats from that of half of them, "
            "and more rows would change it further."
        )
    of_labels = _entropy(table)
    if of_labels is not None and mi > of_labels + _ERRORS * found.standard_error:
        yield f"The estimate exceeds {of_labels:.2f} nats, the entropy of the labels in y."


def _of_scores(table, found, halves, half):
    """Yield what scores on the second half speak against, of the estimator and of rank correlations."""
    first, second = halves[0], halves[1][:_SCORED]
    bound = np.nan if half is None else _score(half, table, second)
    if bound > found.high + _MARGIN:
        yield f"On rows held out the estimator itself shows at least {bound:.2f} nats: the estimate is too low."
    X, Y = table.numbers("X"), table.numbers("y")
    if X is None or Y is None or X.shape[1] + Y.shape[1] > min(_MAX_COLUMNS, len(table) // _ROWS_PER_COLUMN):
        return
    bound = GaussianCopulaMI().fit(X[first], Y[first]).score(X[second], Y[second])
    if bound > found.high + _MARGIN:
        yield f"Rank correlations alone show at least {bound:.2f} nats on rows held out: the estimate is too low."


def _of_another_route(model, table, found, first, half):
    """Yield what another estimator speaks against, in half of the rows and where there are few columns."""
    X, Y = table.numbers("X"), table.numbers("y")
    if half is None or X is None or Y is None:
        return
    n_columns = X.shape[1] + Y.shape[1]
    if n_columns > _MAX_OF_DENSITIES or len(first) < _ROWS_OF_DENSITIES * n_columns**2:
        return
    other = KozachenkoLeonenko() if isinstance(final(model), KSG) else KSG(marginals="normal")
    try:
        value = estimate_of(other.fit(X[first], Y[first]))
    except ValueError:
        return
    mine = estimate_of(half)
    error = np.sqrt(2) * found.standard_error  # of half of the rows
    if abs(value - mine) > _MARGIN + _ERRORS * error + _SHARE * abs(estimate_of(model)):
        yield (
            f"{type(other).__name__} finds {value:.2f} nats in half of the rows, in which this estimator finds "
            f"{mine:.2f}: one of them is wrong."
        )


def _heavy_tails(model, table):
    """Return the name of a column with heavy tails where the estimator keeps them, or None."""
    inner = final(model)
    if not isinstance(inner, KSG | KozachenkoLeonenko | KernelDensityMI):
        return None
    if getattr(inner, "marginals", "standardize") == "normal":
        return None
    for name in "Xy":
        values = table.numbers(name)
        if values is None:
            continue
        low, high = np.quantile(values, (0.25, 0.75), axis=0)
        heavy = np.flatnonzero((high > low) & (values.std(axis=0) > _TAILS * (high - low) / _QUARTILES_OF_NORMAL))
        if heavy.size:
            return f"Column {heavy[0]} of {name}" if values.shape[1] > 1 else name
    return None


def _score(model, table, rows):
    try:
        return float(model.score(*table.rows(rows)))
    except (AttributeError, TypeError, ValueError):
        return np.nan


def _entropy(table):
    """Return the entropy of labels in y, or None."""
    kinds = table.kinds["discrete_target"]
    if kinds is None or not kinds.all() or (len(np.shape(table.y)) > 1 and np.shape(table.y)[1] > 1):
        return None
    values = np.asarray(table.y).ravel()
    counts = np.unique(values.astype(str) if values.dtype == object else values, return_counts=True)[1]
    return float(entropy(counts)) + (len(counts) - 1) / (2 * len(values))
