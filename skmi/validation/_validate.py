"""Estimators on pairs whose mutual information is known (Algorithm 1)."""

from collections.abc import Mapping
from itertools import product
from numbers import Integral, Number

from tqdm.auto import tqdm

from .._parallel import Workers
from .._resume import RecordFile
from .._seeding import text_of
from .._sklearn import validate_params
from ..datasets import BEYOND_NORMAL, TASKS
from ..exceptions import InterruptedWarning, SkmiWarning, issue, keeping_warnings, warn
from ._cells import Cell, fingerprint_of, run_cell
from ._result import ValidationResult


@validate_params(
    {"n_jobs": [Integral, None], "verbose": ["verbose"], "raise_errors": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def validate(
    estimator, tasks=None, *, n_samples=10_000, seeds=3, n_jobs=None, path=None, raise_errors=False, verbose=0
):
    """Measure estimators on pairs with known mutual information.

    This is Algorithm 1 of Butakov et al.: draw from a pair with known mutual information, such as images or other
    mapped columns, compress, estimate, and compare with the truth. A compressor is part of the estimator, as in
    ``CompressedMI(KSG(), compressor=...)``.

    Parameters
    ----------
    estimator : estimator, or dict of str to estimator
        With ``fit(X, y)`` and ``mi_``; a dict names several. Each cell fits a clone, in which random states that are
        None are set to the seed of the cell.
    tasks : None, str, KnownMIPair, list of these, or dict of str to KnownMIPair, default=None
        Pairs to measure on, or their names in ``skmi.datasets.TASKS``. None uses the forty tasks of
        ``skmi.datasets.BEYOND_NORMAL``.
    n_samples : int or list of int, default=10000
        Rows per sample.
    seeds : int or iterable of int, default=3
        Number of samples per task, or their seeds.
    n_jobs : int, default=None
        Number of cells computed in parallel, by joblib; the result does not depend on it.
    path : str, path-like or None, default=None
        CSV file to which each finished cell is added. Cells in the file are not computed again, except failed ones, so
        that the same call continues after an interruption. An estimator is identified by its printed parameters, a task
        by its name, its mutual information and its first rows.
    raise_errors : bool, default=False
        Whether an error in an estimator ends the run. By default the cell is NaN with the error as its message, and a
        warning gives the number of such cells.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    result : ValidationResult
        Table, summary, CSV and HTML. After an interruption it holds the finished cells, with a warning.

    Raises
    ------
    KeyError
        For a name that is not a task; the message lists similar names.
    TypeError, ValueError
        For an estimator without ``fit``, impossible sizes, or different pairs of a list that print alike.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from skmi import KSG, GaussianMI
    >>> from skmi.validation import validate
    >>> validate({"neighbours": KSG(), "linear": GaussianMI()}, "half-cube @ 3x3-sparse", n_samples=2000, seeds=2)
    ... # doctest: +SKIP
    """
    estimators, pairs = _estimators(estimator), _pairs(tasks)
    sizes, seeds = _sizes(n_samples, seeds)
    file = None if path is None else RecordFile(Cell, path)
    kept = {} if file is None else {cell.key: cell for cell in file.read() if not cell.failed}
    cells, todo = {}, []
    # The fingerprint tells apart pairs of one name, in this call or in the file.
    marks = {task: fingerprint_of(pair) for task, pair in pairs.items()}
    for (name, model), task, n, seed in product(estimators.items(), pairs, sizes, seeds):
        settings = text_of(model)
        key = name, settings, task, n, seed, marks[task]
        cells[key] = kept.get(key)
        if cells[key] is None:
            todo.append((name, settings, task, marks[task], n, seed))
    workers = Workers(estimators, pairs, raise_errors, n_jobs=n_jobs)
    complete = _run(workers, todo, cells, file, verbose)
    finished = tuple(cell for cell in cells.values() if cell is not None)
    _warn_failed(finished)
    return ValidationResult(finished, complete)


def _run(workers, todo, cells, file, verbose):
    """Run the remaining cells in any order and store them in ``cells``; return False if interrupted."""
    try:
        # Unordered, so that each cell is in the file as soon as it is finished.
        done = workers.run(keeping_warnings(_cell), todo, ordered=False)
        for cell, kept in tqdm(done, total=len(todo), desc="validate", unit="cell", disable=not verbose):
            cells[cell.key] = cell
            if file is not None:
                file.append(cell)
            issue(kept)
    except KeyboardInterrupt:
        n_done = sum(cell is not None for cell in cells.values())
        where = "Run the same call again to continue." if file is not None else "Pass a path to be able to continue."
        warn(f"Interrupted after {n_done} of {len(cells)} cells. {where}", InterruptedWarning)
        return False
    return True


def _cell(estimators, pairs, raise_errors, name, settings, task, *rest):
    return run_cell(name, estimators[name], settings, task, pairs[task], *rest, raise_errors)


def _warn_failed(cells):
    failed = [cell for cell in cells if cell.failed]
    if failed:
        first = failed[0]
        warn(
            f"{len(failed)} of {len(cells)} cells have no estimate; the first is {first.estimator} on {first.task}: "
            f"{first.message}",
            SkmiWarning,
        )


def _sizes(n_samples, seeds):
    """Return sample sizes and seeds as lists."""
    sizes = [n_samples] if isinstance(n_samples, Number) else list(n_samples)
    if isinstance(seeds, Integral):
        seeds = range(seeds)
    seeds = [seeds] if isinstance(seeds, Number) else list(seeds)
    whole = all(isinstance(value, Integral) for value in sizes + seeds)
    if not (whole and sizes and seeds and min(sizes) > 0 and min(seeds) >= 0):
        raise ValueError(
            "Expected at least one row and one seed, whole numbers or lists of them, got "
            f"n_samples={n_samples!r} and seeds={seeds!r}."
        )
    return sizes, seeds


def _estimators(estimator):
    estimators = dict(estimator) if isinstance(estimator, Mapping) else {type(estimator).__name__: estimator}
    for name, model in estimators.items():
        if isinstance(model, type) or not hasattr(model, "fit") or not hasattr(model, "get_params"):
            raise TypeError(
                f"Expected scikit-learn estimators with fit and mi_, such as KSG(), or a dict of them; {name} is "
                f"{model!r}."
            )
    if not estimators:
        raise ValueError("Expected at least one estimator, got none.")
    return estimators


def _pairs(tasks):
    if tasks is None:
        tasks = BEYOND_NORMAL
    if isinstance(tasks, str) or hasattr(tasks, "sample"):
        tasks = [tasks]
    if not isinstance(tasks, Mapping):
        named = [(task, TASKS[task]) if isinstance(task, str) else (text_of(task), task) for task in tasks]
        tasks = dict(named)
        # A dict keeps only the last of several pairs that print alike, such as two covariances.
        for name, pair in named:
            if tasks[name] is not pair and tasks[name] != pair:
                raise ValueError(
                    f"Expected pairs that print differently, got two as {name}. Pass a dict of pairs by name."
                )
    for name, pair in tasks.items():
        if not (hasattr(pair, "sample") and hasattr(pair, "mi")):
            raise TypeError(f"Expected pairs with sample and mi, such as those of skmi.datasets; {name} is {pair!r}.")
    if not tasks:
        raise ValueError("Expected at least one task, got none.")
    return dict(tasks)
