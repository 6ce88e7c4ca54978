"""The mutual information of all pairs of columns of a table."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import Interval, StrOptions, validate_params
from .._tables import column_names, split_columns
from ._each_column import Found, kinds_asked
from ._pairs import PairTable, all_pairs
from ._significance import SharedNull, column_pvalues


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
        Whether to test each pair for independence, as :func:`mi_scores` does. All pairs of numbers without missing
        values share one null; others take many times longer.
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
    table = PairTable(columns, kinds, n_neighbors, marginals)
    found = all_pairs(table, results, settings, n_jobs, verbose)
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


def _pvalues(table, found, n_permutations, random_state, n_jobs):
    """Return p-values of all pairs; 1 for those that have no estimate."""
    rng, n_columns = check_random_state(random_state), len(table.columns)
    pvalues = np.ones((n_columns, n_columns))
    np.fill_diagonal(pvalues, 0.0)
    null = SharedNull(len(found))
    for i in range(n_columns - 1):
        pairs = [pair for pair in found if pair.first == i and not pair.reason]
        if not pairs:
            continue
        others = [pair.second for pair in pairs]
        results = [Found(pair.mi, table.is_discrete(pair.second)) for pair in pairs]
        kinds = np.array([table.is_discrete(j) for j in others])
        options = kinds, table.is_discrete(i), results, table.n_neighbors, n_permutations, rng, n_jobs
        values = column_pvalues([table.columns[j] for j in others], [table.columns[i]], *options, null)
        pvalues[i, others] = pvalues[others, i] = values
    return pvalues
