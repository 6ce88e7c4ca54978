"""The tabular door: the mutual information of every column with a target, fast, with error bars."""

import warnings
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from scipy.special import digamma
from sklearn.utils import check_consistent_length
from tqdm.auto import tqdm

from ._sklearn import Interval, StrOptions, validate_params
from .estimators._columns import ColumnCoder, Columns, column_numbers, missing_values, split_columns, warn_repeated_rows
from .estimators._ksg import is_largest, ksg_of_columns, pointwise_ksg
from .exceptions import ConstantColumnWarning, InfiniteMIWarning, RareClassWarning

_BLOCK = 8  # columns in one task: enough that threads seldom wait for one another

_OPTIONS = {
    "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
    "discrete_target": [StrOptions({"auto"}), "boolean"],
    "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}


@dataclass(frozen=True)
class MIScores:
    """Mutual information of each feature with a target, highest first.

    Attributes
    ----------
    feature : ndarray of shape (n_features,)
        Names, or positions where the columns have no names.
    mi : ndarray of shape (n_features,)
        Estimates in nats; their sign is kept.
    standard_error : ndarray of shape (n_features,)
        Standard errors in nats.
    kind : ndarray of shape (n_features,)
        "continuous" or "discrete".
    n_samples : ndarray of shape (n_features,)
        Rows used: those in which neither the feature nor the target is missing, and none whose discrete value occurs
        once only beside a continuous variable.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.feature_selection import mi_scores
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> scores = mi_scores(X, y)
    >>> [str(name) for name in scores.feature[:2]]
    ['bmi', 's5']
    """

    feature: np.ndarray
    mi: np.ndarray
    standard_error: np.ndarray
    kind: np.ndarray
    n_samples: np.ndarray

    def to_frame(self):
        """Return the scores as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame of shape (n_features, 5)
            One row a feature, highest first.
        """
        import pandas as pd

        return pd.DataFrame({name: getattr(self, name) for name in self.__dataclass_fields__})

    def __len__(self):
        return len(self.feature)

    def __repr__(self):
        width = max([len(str(name)) for name in self.feature] + [len("feature")])
        lines = [f"{'feature':<{width}}  {'MI, nats':>9}  {'± s.e.':>7}  {'kind':<10}  {'rows':>7}"]
        lines += [
            f"{name!s:<{width}}  {mi:>9.4f}  {error:>7.4f}  {kind:<10}  {n:>7}"
            for name, mi, error, kind, n in zip(
                self.feature, self.mi, self.standard_error, self.kind, self.n_samples, strict=True
            )
        ]
        return "\n".join(lines)


class MIScoresDisplay:
    """Bars of mutual information with error bars, highest on top.

    Parameters
    ----------
    scores : MIScores
        What to show.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the bars.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import MIScoresDisplay
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> display = MIScoresDisplay.from_data(X, y, max_features=5)
    >>> len(display.ax_.get_yticks())
    5
    """

    def __init__(self, scores):
        self.scores = scores

    @classmethod
    def from_data(cls, X, y, *, ax=None, max_features=30, **options):
        """Compute the scores and draw them.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Target.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_features : int, default=30
            Bars at most.
        **options : dict
            Passed to :func:`mi_scores`.

        Returns
        -------
        display : MIScoresDisplay
            Drawn.
        """
        return cls(mi_scores(X, y, **options)).plot(ax=ax, max_features=max_features)

    def plot(self, ax=None, *, max_features=30):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_features : int, default=30
            Bars at most, of the highest scores.

        Returns
        -------
        self : MIScoresDisplay
            Drawn.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            n_bars = min(len(self.scores), max_features)
            _, ax = plt.subplots(figsize=(6, 1 + 0.3 * n_bars), layout="constrained")
        names = [str(name) for name in self.scores.feature[:max_features]]
        positions = np.arange(len(names))
        colours = np.where(self.scores.kind[:max_features] == "discrete", "#E69F00", "#0072B2")
        ax.barh(
            positions,
            self.scores.mi[:max_features],
            xerr=1.96 * self.scores.standard_error[:max_features],
            color=colours,
            capsize=3,
        )
        for kind, colour in (("continuous", "#0072B2"), ("discrete", "#E69F00")):
            if kind in self.scores.kind[:max_features]:
                ax.barh(0, 0, color=colour, label=kind)
        ax.set(yticks=positions, yticklabels=names, xlabel="mutual information with the target (nats), ±1.96 s.e.")
        ax.axvline(0, color="0.3", linewidth=0.8)
        ax.invert_yaxis()
        ax.legend(frameon=False, loc="lower right")
        self.ax_, self.figure_ = ax, ax.figure
        return self


@validate_params(_OPTIONS, prefer_skip_nested_validation=True)
def mutual_info(X, y, *, discrete_features="auto", discrete_target="auto", n_neighbors=3, n_jobs=None, verbose=0):
    """Return the mutual information of each column of X with y.

    A drop-in for ``mutual_info_regression`` and ``mutual_info_classif`` that looks at the target's type itself, takes
    tables of mixed kinds, handles ties, and is several times faster on thousands of rows. Pass it to
    ``SelectKBest(score_func=...)``.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features) or (n_samples,)
        Features; pandas and polars tables keep the kinds of their columns. One-dimensional X is one feature.
    y : array-like of shape (n_samples,)
        Target, continuous or discrete.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete; a mask, or column numbers. "auto" goes by each column's dtype: strings, categories
        and booleans are, and integers with at most 32 distinct values that occur three times each on average.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    n_neighbors : int, default=3
        Neighbours of continuous columns.
    n_jobs : int, default=None
        Columns in parallel, by threads; the values do not depend on it.
    verbose : int, default=0
        Positive: a progress bar.

    Returns
    -------
    mi : ndarray of shape (n_features,), or float if X is one-dimensional
        In nats; the sign is kept, where scikit-learn's functions clip at 0.

    See Also
    --------
    mi_scores : The same as a sorted table with standard errors.

    Notes
    -----
    A row in which the column or the target is missing (NaN, None) is left out for that column only. Two discrete
    variables are compared by the plug-in estimate with the correction of Miller and Madow.

    References
    ----------
    Kraskov, Stögbauer, Grassberger (2004). "Estimating mutual information". arXiv:cond-mat/0305641.

    Ross (2014). "Mutual Information between Discrete and Continuous Data Sets". doi:10.1371/journal.pone.0087357.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.feature_selection import SelectKBest
    >>> from skmi.feature_selection import mutual_info
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> [str(name) for name in SelectKBest(mutual_info, k=2).fit(X, y).get_feature_names_out()]
    ['flavanoids', 'proline']
    """
    results = _each_column(X, y, discrete_features, discrete_target, n_neighbors, n_jobs, verbose)
    values = np.array([pointwise.mean() for pointwise, _ in results])
    return float(values[0]) if len(np.shape(X)) == 1 else values


@validate_params(_OPTIONS, prefer_skip_nested_validation=True)
def mi_scores(X, y, *, discrete_features="auto", discrete_target="auto", n_neighbors=3, n_jobs=None, verbose=0):
    """Return a sorted table of the mutual information of each column of X with y.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Features; pandas and polars tables keep the names and kinds of their columns.
    y : array-like of shape (n_samples,)
        Target, continuous or discrete.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete, as in :func:`mutual_info`.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    n_neighbors : int, default=3
        Neighbours of continuous columns.
    n_jobs : int, default=None
        Columns in parallel, by threads; the values do not depend on it.
    verbose : int, default=0
        Positive: a progress bar.

    Returns
    -------
    scores : MIScores
        Feature, mutual information, standard error, kind and rows used, highest first.

    See Also
    --------
    mutual_info : The values alone, in the order of the columns.
    MIScoresDisplay : The table as bars.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import mi_scores
    >>> scores = mi_scores(*load_wine(return_X_y=True, as_frame=True))
    >>> str(scores.feature[0]), str(scores.kind[0])
    ('flavanoids', 'continuous')
    """
    results = _each_column(X, y, discrete_features, discrete_target, n_neighbors, n_jobs, verbose)
    names = np.array(getattr(X, "columns", range(len(results))))
    mi = np.array([pointwise.mean() for pointwise, _ in results])
    n_samples = np.array([len(pointwise) for pointwise, _ in results])
    spread = np.array([np.std(pointwise, ddof=1) if len(pointwise) > 1 else np.nan for pointwise, _ in results])
    kinds = np.array(["discrete" if is_discrete else "continuous" for _, is_discrete in results])
    order = np.argsort(-mi, kind="stable")
    return MIScores(*(part[order] for part in (names, mi, spread / np.sqrt(n_samples), kinds, n_samples)))


def _each_column(X, y, discrete_features, discrete_target, n_neighbors, n_jobs, verbose):
    """Return (pointwise estimates, whether the column is discrete) for each column."""
    check_consistent_length(X, y)
    columns, targets = split_columns(X, "X"), split_columns(y, "y")
    if len(targets) != 1:
        raise ValueError(f"Expected a target of one column, got {len(targets)}. Use KSG for several at once.")
    target = targets[0]
    kinds = _kinds(discrete_features, len(columns), getattr(X, "columns", None))
    has_target = ~missing_values(target)
    if np.count_nonzero(has_target) < 2:
        raise ValueError("Expected at least 2 rows in which y is not missing.")
    y_where_present = ColumnCoder("y").fit(target[has_target], discrete_target)
    _ = y_where_present.standardized, y_where_present.order  # once, before threads share them
    names = list(getattr(X, "columns", range(len(columns))))
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(columns), _BLOCK)]
    shared = target, has_target, y_where_present, discrete_target, n_neighbors
    found = Parallel(n_jobs=n_jobs, backend="threading", return_as="generator")(
        delayed(_one_block)(columns[block], kinds[block], names[block], *shared) for block in blocks
    )
    shown = tqdm(found, total=len(blocks), desc=f"{_BLOCK} columns each", disable=not verbose, leave=False)
    results = [result for block in shown for result in block]
    _warn_of_columns(columns, names, results, y_where_present, has_target, n_neighbors)
    return results


def _warn_of_columns(columns, names, results, y, has_target, n_neighbors):
    """Warn once of what makes the scores of some columns, or of all, say less than they seem to."""
    if y.is_discrete[0]:
        alone = int(np.count_nonzero(np.bincount(y.strata) == 1))
        if alone and not all(is_discrete for _, is_discrete in results):
            warnings.warn(
                f"{alone} of {len(y)} rows were left out of the scores of continuous columns: their label in y occurs "
                "once only. Merge rare classes, or declare quantities with discrete_target=False.",
                RareClassWarning,
                stacklevel=5,
            )
    if np.ptp(y.values) == 0:
        warnings.warn("y is constant: all scores are zero.", ConstantColumnWarning, stacklevel=5)
    constant = [name for name, column in zip(names, columns, strict=True) if _is_constant(column)]
    if constant:
        warnings.warn(
            f"{_listed(constant)} of X: constant, hence without information.", ConstantColumnWarning, stacklevel=5
        )
    continuous = [i for i, (_, is_discrete) in enumerate(results) if not is_discrete and names[i] not in constant]
    if y.is_discrete[0] or not continuous:
        return
    ceilings = {i: digamma(len(results[i][0])) - digamma(n_neighbors) for i in continuous}
    exact = [names[i] for i in continuous if is_largest(results[i][0].mean(), ceilings[i], n_neighbors)]
    if exact:
        warnings.warn(
            f"{_listed(exact)} of X and y determine each other up to the resolution of the sample: the score is the "
            "largest one possible, and the mutual information may be infinite.",
            InfiniteMIWarning,
            stacklevel=5,
        )
    first = next((i for i in continuous if names[i] not in exact and _is_plain(columns[i])), None)
    if first is not None:
        x = columns[first][has_target].astype(float)[:, None]
        warn_repeated_rows(Columns(x, np.array([False])), y, stacklevel=6)


def _is_constant(column):
    if column.dtype.kind == "O":
        return len({value for value in column.tolist() if not (value is None or value != value)}) == 1
    return column.dtype.kind in "fiub" and bool(np.nanmin(column) == np.nanmax(column))


def _listed(names):
    """Return some column names as the start of a sentence."""
    some = ", ".join(map(str, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"Column {some}" if len(names) == 1 else f"Columns {some}"


def _one_block(columns, kinds, names, target, has_target, y, discrete_target, n_neighbors):
    """Return (pointwise estimates, whether the column is discrete) for some of the columns."""
    results = [None] * len(columns)
    plain = [i for i in range(len(columns)) if kinds[i] in ("auto", False) and _is_plain(columns[i])]
    if plain and has_target.all():
        fast = ksg_of_columns(np.column_stack([columns[i] for i in plain]).astype(float), y, n_neighbors)
        for i, pointwise in zip(plain, fast, strict=True):
            results[i] = None if pointwise is None else (pointwise, False)
    return [
        _one_column(columns[i], target, has_target, y, kinds[i], discrete_target, n_neighbors, names[i])
        if result is None
        else result
        for i, result in enumerate(results)
    ]


def _is_plain(column):
    """Return whether a column holds finite numbers with decimals."""
    return column.dtype.kind == "f" and bool(np.isfinite(column).all())


def _one_column(column, target, has_target, y_where_present, discrete, discrete_target, n_neighbors, name):
    present = has_target & ~missing_values(column)
    if np.count_nonzero(present) < 2:
        raise ValueError(f"Expected at least 2 rows in which neither column {name} of X nor y is missing.")
    x = ColumnCoder(f"X, column {name}").fit(column[present], discrete)
    whole = np.array_equal(present, has_target)
    y = y_where_present if whole else ColumnCoder("y").fit(target[present], discrete_target)
    try:
        return pointwise_ksg(x, y, n_neighbors)[0], bool(x.is_discrete[0])
    except ValueError as error:
        raise ValueError(f"Column {name} of X: {error}") from error


def _kinds(discrete_features, n_columns, names):
    """Return what each column is declared to be: "auto" or a bool."""
    if isinstance(discrete_features, str):
        return [discrete_features] * n_columns
    if np.ndim(discrete_features) == 0:
        return [bool(discrete_features)] * n_columns
    columns = column_numbers(discrete_features, n_columns, names, "discrete_features")
    return np.isin(np.arange(n_columns), columns).tolist()
