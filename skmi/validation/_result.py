"""The table of a validation, its summary and its files."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._resume import RecordFile
from ._cells import NAMES, Cell
from ._report import html_report

_CLOSE = 0.05  # nats within which an estimate counts as right


@dataclass(frozen=True)
class ValidationResult:
    """Estimates and truths, one cell per task, sample size, seed and estimator.

    Attributes
    ----------
    cells : tuple
        Each has the attributes ``estimator``, ``task``, ``n_samples``, ``seed``, ``truth``, ``estimate``,
        ``standard_error``, ``error``, ``seconds`` and ``message``. The message says why there is no estimate, or what
        the estimator warned about. Values are in nats.
    complete : bool
        Whether all cells are finished; False after an interruption.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.validation import validate
    >>> result = validate(KSG(), ["1x1-normal", "2x2-sparse"], n_samples=1000, seeds=2)
    >>> len(result.cells), result.summary()[0]["tasks"]
    (4, 2)
    """

    cells: tuple[Cell, ...]
    complete: bool = True

    @classmethod
    def from_csv(cls, path):
        """Read a result written by ``validate(path=...)`` or :meth:`to_csv`.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        result : ValidationResult
            All cells in the file. Of a cell that failed and was computed again, the last line.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"There is no file {path}.")
        return cls(tuple({cell.key: cell for cell in RecordFile(Cell, path).read()}.values()))

    def to_csv(self, path):
        """Write the cells, one per line; :meth:`from_csv` and ``validate(path=...)`` can read them.

        Parameters
        ----------
        path : str or path-like
            The file, which is overwritten.
        """
        RecordFile(Cell, path).replace(self.cells)

    def to_frame(self):
        """Return the cells as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per cell.
        """
        import pandas as pd

        columns = [*NAMES[:6], "standard_error", "error", "seconds", "message", "settings", "fingerprint"]
        return pd.DataFrame({name: [getattr(cell, name) for cell in self.cells] for name in dict.fromkeys(columns)})

    def to_html(self, path):
        """Write a report with summary, pictures and the whole table as a single file.

        Parameters
        ----------
        path : str or path-like
            The file, which is overwritten.
        """
        html_report(self, path)

    def by_task(self, estimator, n_samples):
        """Average over seeds the cells of one estimator and sample size.

        Parameters
        ----------
        estimator : str
            Name of the estimator, as in :meth:`groups`.
        n_samples : int
            Sample size.

        Returns
        -------
        tasks : dict
            For each task, in order, a dict with ``truth``; ``estimate``, the mean over seeds; ``spread``, the standard
            deviation over seeds; ``standard_error``, the mean of those of the estimates; ``absolute_error``, the mean
            distance from the truth; ``seconds``; ``failed``, the number of seeds without an estimate; and ``n_seeds``.
            Tasks that share a name have their fingerprints added.
        """
        names = self._names("task", "fingerprint", "{0} ({1})")
        groups = {}
        for cell in self._cells_of(estimator, n_samples):
            groups.setdefault(names[cell.task, cell.fingerprint], []).append(cell)
        found = {}
        for task, cells in groups.items():
            errors = np.array([cell.error for cell in cells])
            good = errors[np.isfinite(errors)]  # failed cells are counted, not averaged
            truth = float(np.mean([cell.truth for cell in cells]))
            found[task] = {
                "truth": truth,
                "estimate": truth + float(good.mean()) if len(good) else float("nan"),
                "spread": float(good.std(ddof=1)) if len(good) > 1 else float("nan"),
                "standard_error": float(np.mean([cell.standard_error for cell in cells])),
                "absolute_error": float(np.abs(good).mean()) if len(good) else float("nan"),
                "seconds": float(np.mean([cell.seconds for cell in cells])),
                "failed": len(errors) - len(good),
                "n_seeds": len(cells),
            }
        return found

    def groups(self):
        """List the estimators and sample sizes in the result.

        Returns
        -------
        groups : list of (str, int)
            In the order of the cells. Estimators that share a name are listed by their settings.
        """
        names = self._names("estimator", "settings", "{1}")
        return list(dict.fromkeys((names[cell.estimator, cell.settings], cell.n_samples) for cell in self.cells))

    def _cells_of(self, estimator, n_samples):
        names = self._names("estimator", "settings", "{1}")
        of = estimator, n_samples
        return [cell for cell in self.cells if (names[cell.estimator, cell.settings], cell.n_samples) == of]

    def _names(self, short, long, pattern):
        """Return {(short, long): name}, where the name is the short one if it is unique, else the filled pattern."""
        pairs = dict.fromkeys((getattr(cell, short), getattr(cell, long)) for cell in self.cells)
        shared = Counter(name for name, _ in pairs)
        return {pair: pair[0] if shared[pair[0]] == 1 else pattern.format(*pair) for pair in pairs}

    def summary(self):
        """Summarise the errors, one line per estimator and sample size.

        Returns
        -------
        lines : list of dict
            ``estimator``, ``n_samples``; ``mean`` and ``median`` of the tasks' mean distances from the truth; ``rmse``
            over all cells; ``within_0.05``, the number of tasks with a mean distance of at most 0.05 nats; ``tasks``;
            ``failed``, the number of cells without an estimate, which the errors leave out; and the median ``seconds``
            per task.
        """
        lines = []
        for estimator, n_samples in self.groups():
            tasks = self.by_task(estimator, n_samples).values()
            errors = np.array([task["absolute_error"] for task in tasks])
            good = errors[np.isfinite(errors)]
            squares = [c.error**2 for c in self._cells_of(estimator, n_samples) if np.isfinite(c.error)]
            lines.append(
                {
                    "estimator": estimator,
                    "n_samples": n_samples,
                    "mean": float(good.mean()) if len(good) else float("nan"),
                    "median": float(np.median(good)) if len(good) else float("nan"),
                    "rmse": float(np.sqrt(np.mean(squares))) if squares else float("nan"),
                    "within_0.05": int((good <= _CLOSE).sum()),
                    "tasks": len(errors),
                    "failed": sum(task["failed"] for task in tasks),
                    "seconds": float(np.median([task["seconds"] for task in tasks])),
                }
            )
        return lines

    def __repr__(self):
        lines = []
        for line in self.summary():
            name, n_samples = line["estimator"], line["n_samples"]
            tasks = self.by_task(name, n_samples)
            width = max([len(task) for task in tasks] + [len("task")])
            lines += [f"{name}, n = {n_samples}"]
            lines += [f"  {'task':<{width}}  {'truth':>7}  {'estimate':>8}  {'± seeds':>7}  {'error':>7}  {'s':>7}"]
            for task, values in tasks.items():
                lines.append(
                    f"  {task:<{width}}  {values['truth']:>7.3f}  {values['estimate']:>8.3f}  {values['spread']:>7.3f}"
                    f"  {values['estimate'] - values['truth']:>7.3f}  {values['seconds']:>7.2f}"
                )
            lines.append(
                f"  mean |error| {line['mean']:.3f}, median {line['median']:.3f}, RMSE {line['rmse']:.3f}, "
                f"within 0.05: {line['within_0.05']} of {line['tasks']}"
                + (f"; {line['failed']} without an estimate" if line["failed"] else "")
            )
        if not self.complete:
            lines.append("Interrupted: some cells are missing.")
        return "\n".join(lines)
