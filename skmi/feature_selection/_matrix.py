"""The mutual information of all pairs of columns of a table."""

from dataclasses import dataclass
from numbers import Integral

import joblib
import numpy as np
from joblib import Parallel, delayed
from scipy.special import digamma
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from .._resume import RecordFile
from .._sklearn import Interval, StrOptions, validate_params
from .._tables import ColumnCoder, Columns, column_names, split_columns
from ..estimators import (
    effective_rows,
    has_outliers,
    is_largest,
    labels_entropy,
    prepared,
    share_alone,
    warn_repeated_rows,
)
from ..exceptions import (
    ConstantColumnWarning,
    InfiniteMIWarning,
    SerialDependenceWarning,
    UnreliableEstimateWarning,
    kept_warnings,
    warn,
)
from ._each_column import MAX_ALONE, Found, is_constant, is_worth_compiling, kinds_asked, listed, one_block
from ._significance import column_pvalues

_BLOCK = 32  # columns in one call of the compiled kernels
_COLUMNS_OF_SERIES = 20


@dataclass(frozen=True)
class MIMatrix:
    """Mutual information of all pairs of columns.

    Attributes
    ----------
    feature : ndarray of shape (n_features,)
        Names of the columns, or their positions if they have no names.
    mi : ndarray of shape (n_features, n_features)
        Estimates in nats, symmetric; their sign is kept. The diagonal holds the entropy of labels, and infinity for
        numbers. NaN where a column cannot be scored, on the diagonal 0.
    standard_error : ndarray of shape (n_features, n_features)
        Standard errors in nats; 0 on the diagonal.
    normalized : ndarray of shape (n_features, n_features)
        The same between 0 and 1, as in :class:`MIScores`; 1 on the diagonal.
    kind : ndarray of shape (n_features,)
        "continuous" or "discrete".
    n_samples : ndarray of shape (n_features, n_features), int
        Number of rows used for each pair.
    pvalue : ndarray of shape (n_features, n_features), or None
        With ``pvalues=True``: the probability of such an estimate of independent columns; 0 on the diagonal.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import mi_matrix
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> matrix = mi_matrix(X[["flavanoids", "total_phenols", "ash"]])
    >>> matrix.to_frame().round(1)
                   flavanoids  total_phenols  ash
    flavanoids            inf            0.8  0.2
    total_phenols         0.8            inf  0.1
    ash                   0.2            0.1  inf
    """

    feature: np.ndarray
    mi: np.ndarray
    standard_error: np.ndarray
    normalized: np.ndarray
    kind: np.ndarray
    n_samples: np.ndarray
    pvalue: np.ndarray | None = None

    def to_frame(self, long=False, normalized=False):
        """Return the matrix as a pandas DataFrame.

        Parameters
        ----------
        long : bool, default=False
            Whether to return one row for each pair, highest first, with standard errors, instead of a square.
        normalized : bool, default=False
            Whether the square holds ``normalized`` instead of ``mi``.

        Returns
        -------
        frame : pandas.DataFrame of shape (n_features, n_features), or with n_features (n_features - 1) / 2 rows
        """
        import pandas as pd

        if not long:
            values = self.normalized if normalized else self.mi
            return pd.DataFrame(values, index=list(self.feature), columns=list(self.feature))
        rows, columns = np.triu_indices(len(self.feature), 1)
        order = np.argsort(-self.mi[rows, columns], kind="stable")
        rows, columns = rows[order], columns[order]
        frame = pd.DataFrame({"feature": self.feature[rows], "other": self.feature[columns]})
        for name in ("mi", "standard_error", "normalized", "n_samples", "pvalue"):
            if getattr(self, name) is not None:
                frame[name] = getattr(self, name)[rows, columns]
        return frame

    def plot(self, ax=None, **options):
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Passed to :meth:`MIMatrixDisplay.plot`.

        Returns
        -------
        display : MIMatrixDisplay
            The drawn display.
        """
        from ._matrix_display import MIMatrixDisplay

        return MIMatrixDisplay(self).plot(ax=ax, **options)

    def __len__(self):
        return len(self.feature)

    def __repr__(self):
        frame = self.to_frame(long=True).head(10)
        lines = [
            f"{row.feature} and {row.other}: {row.mi:.4f} ± {row.standard_error:.4f} nats" for row in frame.itertuples()
        ]
        n_pairs = len(self) * (len(self) - 1) // 2
        lines += [f"and {n_pairs - len(lines)} more pairs"] if n_pairs > len(lines) else []
        return "\n".join([f"MIMatrix of {len(self)} columns, the highest pairs:", *lines])


@dataclass(frozen=True)
class _Pair:
    """What was found for a pair, one line of the file of results."""

    first: int
    second: int
    mi: float
    standard_error: float
    normalized: float
    n_samples: int
    reason: str
    fingerprint: str


@validate_params(
    {
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"standardize", "normal"})],
        "pvalues": ["boolean"],
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def mi_matrix(
    X,
    *,
    discrete_features="auto",
    n_neighbors=3,
    marginals="standardize",
    pvalues=False,
    n_permutations=199,
    random_state=None,
    results=None,
    n_jobs=None,
    verbose=0,
):
    """Return the mutual information of all pairs of columns of a table.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Columns of any kind; names and dtypes of pandas and polars columns are used. Rows in which one of two columns is
        missing are left out for that pair.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete, as in :func:`mutual_info`.
    n_neighbors : int, default=3
        Number of neighbours, for continuous columns.
    marginals : {"standardize", "normal"}, default="standardize"
        What happens to continuous columns first: unit variance, or normal scores by rank, which suit outliers.
    pvalues : bool, default=False
        Whether to test each pair for independence, as :func:`mi_scores` does. It takes many times longer.
    n_permutations : int, default=199
        Permutations per column, as in :func:`mi_scores`.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.
    results : str, path-like or None, default=None
        A CSV file that keeps finished rows of the matrix. A later call with the same table and the same parameters
        takes them from there.
    n_jobs : int, default=None
        Number of threads; the values do not depend on it.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    matrix : MIMatrix
        Estimates, standard errors and normalized values.

    Raises
    ------
    ValueError
        For fewer than two columns.

    See Also
    --------
    mi_scores : All columns against one target.
    MIMatrixDisplay : The matrix as a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.feature_selection import mi_matrix
    >>> X, _ = load_diabetes(return_X_y=True, as_frame=True)
    >>> matrix = mi_matrix(X)
    >>> row = matrix.to_frame(long=True).iloc[0]
    >>> row.feature, row.other
    ('s1', 's2')
    """
    columns, names = split_columns(X, "X", refuse=False), column_names(X)
    if len(columns) < 2:
        raise ValueError(f"Expected at least 2 columns, got {len(columns)}. Use mi_scores for a column and a target.")
    if all(column is None for column in columns):
        raise ValueError(
            "No column of X can be scored: expected numbers or labels, got dates, complex numbers or objects."
        )
    names = list(range(len(columns))) if names is None else names
    kinds = kinds_asked(discrete_features, len(columns), names)
    settings = n_neighbors, marginals, kinds
    table = _Table(columns, kinds, n_neighbors, marginals)
    found = _all_pairs(table, results, settings, n_jobs, verbose)
    n_columns = len(columns)
    shape = n_columns, n_columns
    mi, errors, normalized, n_samples = np.zeros(shape), np.zeros(shape), np.eye(n_columns), np.zeros(shape, dtype=int)
    for pair in found:
        for i, j in ((pair.first, pair.second), (pair.second, pair.first)):
            mi[i, j], errors[i, j], normalized[i, j] = pair.mi, pair.standard_error, pair.normalized
            n_samples[i, j] = pair.n_samples
    np.fill_diagonal(mi, [table.entropy(i) for i in range(n_columns)])
    np.fill_diagonal(n_samples, [0 if column is None else np.count_nonzero(~column.missing) for column in columns])
    table.warn(names, found, mi)
    kind = np.array(["discrete" if table.is_discrete(i) else "continuous" for i in range(n_columns)])
    values = None
    if pvalues:
        values = _pvalues(table, found, n_permutations, random_state, n_jobs)
    return MIMatrix(np.array(names), mi, errors, normalized, kind, n_samples, values)


class _Table:
    """Columns, and each of them as the target of those that follow it."""

    def __init__(self, columns, kinds, n_neighbors, marginals):
        self.columns, self.kinds, self.n_neighbors, self.marginals = columns, kinds, n_neighbors, marginals
        self.compiled = is_worth_compiling(len(next(c.values for c in columns if c is not None)), len(columns))
        self.reasons = {}
        self.coded = [self._coded(i) for i in range(len(columns))]

    def _coded(self, i):
        """Return a column without missing rows, or None where it cannot be scored."""
        column = self.columns[i]
        if column is None:
            self.reasons[i] = "Expected numbers or labels, got dates, complex numbers or objects."
            return None
        try:
            return ColumnCoder("the column").fit([column.rows(~column.missing)], self.kinds[i])
        except ValueError as error:
            self.reasons[i] = str(error).replace(", column 0", "")
            return None

    def is_discrete(self, i):
        return bool(self.coded[i].is_discrete[0]) if self.coded[i] is not None else self.kinds[i] is True

    def entropy(self, i):
        """Return what a column tells of itself."""
        coded = self.coded[i]
        if coded is None or np.ptp(coded.values) == 0:
            return 0.0
        return labels_entropy(coded.strata) if coded.is_discrete[0] else np.inf

    def row(self, i):
        """Return a _Pair for a column and each that follows it."""
        others = range(i + 1, len(self.columns))
        target, coded = self.columns[i], self.coded[i]
        if coded is None:
            return [_Pair(i, j, np.nan, np.nan, np.nan, 0, self.reasons[i], "") for j in others]
        _ = prepared(coded, self.marginals), coded.order
        pairs = []
        for first in range(i + 1, len(self.columns), _BLOCK):
            block = slice(first, first + _BLOCK)
            shared = target, ~target.missing, coded, self.n_neighbors, self.marginals, self.compiled
            with kept_warnings():
                results = one_block(self.columns[block], self.kinds[block], *shared)
            for j, result in enumerate(results, first):
                reason = result.pointwise if isinstance(result.pointwise, str) else ""
                n_samples = 0 if reason else len(result.pointwise)
                numbers = result.value, float(result.standard_error), float(result.normalized), n_samples
                pairs.append(_Pair(i, j, *numbers, reason.replace("\n", " "), ""))
        return pairs

    def warn(self, names, found, mi):
        """Warn once about each problem that makes some estimates misleading."""
        reasons = {}
        for pair in found:
            if pair.reason:
                reasons.setdefault(pair.reason, set()).update((pair.first, pair.second))
        n_columns = len(self.columns)
        unscored = [i for i in range(n_columns) if np.isnan(np.delete(mi[i], i)).all()]
        for reason, those in reasons.items():
            bad = sorted(those & set(unscored)) or sorted(those)
            warn(f"{listed(names, bad)} of X: no estimate, and NaN instead. {reason}", UnreliableEstimateWarning)
        scored = [i for i in range(n_columns) if i not in unscored and self.coded[i] is not None]
        constant = [i for i in scored if is_constant(self.columns[i])]
        if constant:
            warn(f"{listed(names, constant)} of X: constant, so that they tell nothing.", ConstantColumnWarning)
        numbers = [i for i in scored if not self.is_discrete(i) and i not in constant]
        rough = [i for i in numbers if has_outliers(self.coded[i].values)[0]] if self.marginals != "normal" else []
        if rough:
            warn(
                f"{listed(names, rough)} of X: outliers or heavy tails, beside which all other values look the same, "
                'so that estimates are too low. Pass marginals="normal", or treat the outliers first, which may stand '
                "for missing values.",
                UnreliableEstimateWarning,
            )
        self._warn_pairs(names, found, set(numbers))
        whole = [i for i in numbers if not self.columns[i].missing.any()]
        self._warn_rows(whole)

    def _warn_pairs(self, names, found, numbers):
        """Warn of numbers that determine one another, and of labels too many for the rows."""
        exact, sparse = [], []
        for pair in found:
            if pair.reason:
                continue
            if pair.first in numbers and pair.second in numbers:
                ceiling = digamma(pair.n_samples) - digamma(self.n_neighbors)
                exact += [pair] if is_largest(pair.mi, ceiling, self.n_neighbors) else []
            elif self.is_discrete(pair.first) and self.is_discrete(pair.second) and self._is_sparse(pair):
                sparse.append(pair)
        for pairs, reason, category in (
            (exact, "determine each other up to the resolution of the sample: it may be infinite.", InfiniteMIWarning),
            (
                sparse,
                "have a tenth of the rows or more alone with their values, so that it can be far off. Merge rare "
                "values.",
                UnreliableEstimateWarning,
            ),
        ):
            some = ", ".join(f"({names[pair.first]}, {names[pair.second]})" for pair in pairs[:5])
            more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
            if pairs:
                warn(f"The information of {some}{more} is not known: they {reason}", category)

    def _is_sparse(self, pair):
        present = ~self.columns[pair.first].missing & ~self.columns[pair.second].missing
        sides = (self.columns[i].rows(present) for i in (pair.first, pair.second))
        return share_alone(*(ColumnCoder("X").fit([side], True).strata for side in sides)) >= MAX_ALONE

    def _warn_rows(self, whole):
        """Warn of rows that follow one another in time, and of copies."""
        if len(whole) < 2:
            return
        first = self.coded[whole[0]].values
        worth = np.median([effective_rows(self.coded[i].values, first) for i in whole[1:_COLUMNS_OF_SERIES]])
        if worth < 0.5 * len(first):
            warn(
                f"Columns of X change slowly from row to row, as time series do: {len(first)} rows are worth some "
                f"{worth:.0f} independent ones. Independent series read as dependent then. Thin the rows.",
                SerialDependenceWarning,
            )
        warn_repeated_rows(*(Columns.of_numbers(self.coded[i].values) for i in whole[:2]))


def _all_pairs(table, results, settings, n_jobs, verbose):
    """Return a _Pair for each pair of columns, from the file of results where it has them."""
    n_columns, kept, file, mark = len(table.columns), {}, None, "0" * 12
    if results is not None:
        file = RecordFile(_Pair, results)
        columns = [None if column is None else column.values for column in table.columns]
        mark = joblib.hash((columns, settings))[:12]
        for pair in file.read():
            if pair.fingerprint == mark:
                kept.setdefault(pair.first, {})[pair.second] = pair
    missing = [i for i in range(n_columns - 1) if len(kept.get(i, ())) < n_columns - 1 - i]
    found = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(delayed(table.row)(i) for i in missing)
    for row in tqdm(found, total=len(missing), desc="columns against the rest", disable=not verbose, leave=False):
        row = [_Pair(*_values(pair)[:-1], mark) for pair in row]
        kept[row[0].first] = {pair.second: pair for pair in row}
        if file is not None:
            for pair in row:
                file.append(pair)
    return [kept[i][j] for i in range(n_columns - 1) for j in range(i + 1, n_columns)]


def _values(pair):
    return [getattr(pair, name) for name in pair.__dataclass_fields__]


def _pvalues(table, found, n_permutations, random_state, n_jobs):
    """Return p-values of all pairs; 1 for those that have no estimate."""
    rng, n_columns = check_random_state(random_state), len(table.columns)
    pvalues = np.ones((n_columns, n_columns))
    np.fill_diagonal(pvalues, 0.0)
    for i in range(n_columns - 1):
        pairs = [pair for pair in found if pair.first == i and not pair.reason]
        if not pairs:
            continue
        others = [pair.second for pair in pairs]
        results = [Found(np.array([pair.mi]), table.is_discrete(pair.second)) for pair in pairs]
        kinds = np.array([table.is_discrete(j) for j in others])
        options = kinds, table.is_discrete(i), results, table.n_neighbors, n_permutations, rng, n_jobs
        values = column_pvalues([table.columns[j] for j in others], [table.columns[i]], *options)
        pvalues[i, others] = pvalues[others, i] = values
    return pvalues
