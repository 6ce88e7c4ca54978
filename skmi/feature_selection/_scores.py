"""The table of scores, and the two public functions."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import Interval, StrOptions, validate_params
from .._tables import column_names, split_columns
from ._each_column import each_column
from ._lags import lagged
from ._significance import adjusted, column_pvalues

_OPTIONS = {
    "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
    "discrete_target": [StrOptions({"auto"}), "boolean"],
    "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    "marginals": [StrOptions({"standardize", "normal"})],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}


@dataclass(frozen=True)
class MIScores:
    """Mutual information of each feature with a target, highest first.

    Attributes
    ----------
    feature : ndarray of shape (n_features,)
        Names of the columns, or their positions if they have no names.
    mi : ndarray of shape (n_features,)
        Estimates in nats; their sign is kept.
    standard_error : ndarray of shape (n_features,)
        Standard errors in nats.
    kind : ndarray of shape (n_features,)
        "continuous" or "discrete".
    n_samples : ndarray of shape (n_features,)
        Number of rows used: rows in which neither the feature nor the target is missing. With one continuous and one
        discrete variable, rows whose discrete value occurs only once are left out too.
    normalized : ndarray of shape (n_features,)
        The same between 0 and 1: of two numbers sqrt(1 - exp(-2 I)), the correlation of normal columns with as much
        information; with labels the share of the entropy of the labels, the smaller one of two columns of labels.
    bits : ndarray of shape (n_features,)
        ``mi`` in bits.
    pvalue, adjusted_pvalue : ndarray of shape (n_features,), or None
        With ``pvalues=True``: the probability of such a score of an independent column, and the same adjusted after
        Benjamini and Hochberg, so that of the columns below 0.05 one in twenty is a false discovery on average.
    target : ndarray of shape (n_features,), or None
        With several targets, which one the row belongs to; there is a row for each feature and target then.

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
    normalized: np.ndarray
    bits: np.ndarray
    pvalue: np.ndarray | None = None
    adjusted_pvalue: np.ndarray | None = None
    target: np.ndarray | None = None

    def to_frame(self):
        """Return the scores as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame of shape (n_features, 7), or (n_features, 9) with p-values
            One row per feature, highest first.
        """
        import pandas as pd

        columns = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return pd.DataFrame({name: values for name, values in columns.items() if values is not None})

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
        if self.target is not None:
            width = max(len(str(name)) for name in [*self.target, "target"])
            lines = [f"{name!s:<{width}}  {line}" for name, line in zip(["target", *self.target], lines, strict=True)]
        if self.pvalue is not None:
            ends = [
                f"{'p-value':>9}  {'adjusted':>9}",
                *(f"{p:>9.2g}  {q:>9.2g}" for p, q in zip(self.pvalue, self.adjusted_pvalue, strict=True)),
            ]
            lines = [f"{line}  {end}" for line, end in zip(lines, ends, strict=True)]
        return "\n".join(lines)


@validate_params(_OPTIONS, prefer_skip_nested_validation=True)
def mutual_info(
    X,
    y,
    *,
    discrete_features="auto",
    discrete_target="auto",
    n_neighbors=3,
    marginals="standardize",
    n_jobs=None,
    verbose=0,
):
    """Return the mutual information of each column of X with y.

    A replacement for ``mutual_info_regression`` and ``mutual_info_classif`` that detects the type of the target, takes
    tables with discrete and continuous columns, handles ties, and is several times faster on thousands of rows. Pass it
    to ``SelectKBest(score_func=...)``.

    Parameters
    ----------
    X : array-like, sparse array or DataFrame of shape (n_samples, n_features), or (n_samples,)
        Features; the dtypes of pandas and polars columns are used. One-dimensional X is one feature. Columns of sparse
        data are read one by one; whole numbers in them are integers, whatever their dtype.
    y : array-like of shape (n_samples,)
        Target, continuous or discrete.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete: a mask, or column numbers. With "auto", strings, categories and booleans are
        discrete, and floats are not. An integer column is discrete if it has at most 32 distinct values and at most a
        third as many as there are rows (two values always pass); each column is judged by itself.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    n_neighbors : int, default=3
        Number of neighbours, for continuous columns.
    marginals : {"standardize", "normal"}, default="standardize"
        What happens to continuous columns and the target first: unit variance, or normal scores by rank, which suit
        outliers and heavy tails.
    n_jobs : int, default=None
        Number of threads; the values do not depend on it.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    mi : ndarray of shape (n_features,), or float if X is one-dimensional
        In nats. Unlike in scikit-learn's functions, negative estimates are not clipped to 0.

    See Also
    --------
    mi_scores : The same as a sorted table with standard errors.

    Notes
    -----
    A row in which the column or the target is missing (NaN, None) is left out for that column only. Two discrete
    variables are estimated from entropies after Chao, Wang and Jost.

    References
    ----------
    Kraskov, Stögbauer, Grassberger (2004). "Estimating mutual information". arXiv:cond-mat/0305641.

    Ross (2014). "Mutual Information between Discrete and Continuous Data Sets". doi:10.1371/journal.pone.0087357.

    Chao, Wang, Jost (2013). "Entropy and the species accumulation curve". doi:10.1111/2041-210X.12108.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.feature_selection import SelectKBest
    >>> from skmi.feature_selection import mutual_info
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> [str(name) for name in SelectKBest(mutual_info, k=3).fit(X, y).get_feature_names_out()]
    ['flavanoids', 'color_intensity', 'proline']
    """
    results = each_column(X, y, discrete_features, discrete_target, n_neighbors, marginals, n_jobs, verbose)
    values = np.array([found.mi for found in results])
    return float(values[0]) if len(np.shape(X)) == 1 else values


@validate_params(
    _OPTIONS
    | {
        "lags": [Integral, "array-like", None],
        "pvalues": ["boolean"],
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def mi_scores(
    X,
    y,
    *,
    discrete_features="auto",
    discrete_target="auto",
    n_neighbors=3,
    marginals="standardize",
    lags=None,
    pvalues=False,
    n_permutations=199,
    random_state=None,
    n_jobs=None,
    verbose=0,
):
    """Return a sorted table of the mutual information of each column of X with y.

    Parameters
    ----------
    X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
        Features; the names and dtypes of pandas and polars columns are used.
    y : array-like of shape (n_samples,), or array-like or DataFrame of shape (n_samples, n_targets)
        Target, continuous or discrete, or several, each of which is scored on its own.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete, as in :func:`mutual_info`.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    n_neighbors : int, default=3
        Number of neighbours, for continuous columns.
    marginals : {"standardize", "normal"}, default="standardize"
        What happens to continuous columns and the target first: unit variance, or normal scores by rank, which suit
        outliers and heavy tails.
    lags : int, sequence of int, or None, default=None
        Score the columns of so many rows before, as :func:`lagged` makes them, of rows that follow one another in time.
    pvalues : bool, default=False
        Whether to test each column for independence of y, by permutations of rows, which must be independent.
    n_permutations : int, default=199
        Permutations per column. Continuous columns without missing values share theirs, so that of d such columns the
        smallest p-value is 1 / (199 d + 1), down to 1e-5; that of any other column is 1 / 200.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.
    n_jobs : int, default=None
        Number of threads; the values do not depend on it.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    scores : MIScores
        Feature, mutual information, standard error, kind and rows used, and p-values if asked for; highest first.

    See Also
    --------
    mutual_info : The values alone, in the order of the columns.
    MIScoresDisplay : The table as a bar chart.
    mutual_info_test : Scores and p-values as :class:`~sklearn.feature_selection.SelectFdr` takes them.

    Notes
    -----
    P-values are of the estimate from normal scores, with ties broken at random. Under independence its distribution
    does not depend on the column.

    References
    ----------
    Benjamini, Hochberg (1995). "Controlling the False Discovery Rate". doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import mi_scores
    >>> scores = mi_scores(*load_wine(return_X_y=True, as_frame=True))
    >>> str(scores.feature[0]), str(scores.kind[0])
    ('flavanoids', 'continuous')
    """
    if lags is not None:
        X, y = lagged(X, lags, y)
    options = dict(
        discrete_features=discrete_features,
        discrete_target=discrete_target,
        n_neighbors=n_neighbors,
        marginals=marginals,
        pvalues=pvalues,
        n_permutations=n_permutations,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    targets = split_columns(y, "y")
    if len(targets) == 1:
        return _scores_of_target(X, y, random_state=random_state, **options)
    rng, of_targets = check_random_state(random_state), column_names(y)
    found = [_scores_of_target(X, [target], random_state=rng, **options) for target in targets]
    return _together(found, np.arange(len(targets)) if of_targets is None else np.array(of_targets))


def _together(found, names):
    """Return the scores of several targets as one table, highest first."""
    fields = [name for name in MIScores.__dataclass_fields__ if getattr(found[0], name) is not None]
    whole = {name: np.concatenate([getattr(part, name) for part in found]) for name in fields}
    whole["target"] = np.repeat(names, [len(part) for part in found])
    if "pvalue" in whole:
        whole["adjusted_pvalue"] = adjusted(whole["pvalue"])
    order = np.argsort(-whole["mi"], kind="stable")
    return MIScores(**{name: values[order] for name, values in whole.items()})


def _scores_of_target(
    X,
    y,
    *,
    discrete_features,
    discrete_target,
    n_neighbors,
    marginals,
    pvalues,
    n_permutations,
    random_state,
    n_jobs,
    verbose,
):
    """Return the scores of each column with one target."""
    results = each_column(X, y, discrete_features, discrete_target, n_neighbors, marginals, n_jobs, verbose)
    names = column_names(X)
    names = np.arange(len(results)) if names is None else np.array(names)
    mi = np.array([found.mi for found in results])
    n_samples = np.array([found.n_samples for found in results])
    errors = np.array([found.standard_error for found in results])
    kinds = np.array(["discrete" if found.is_discrete else "continuous" for found in results])
    # Stable, so that equal scores keep the order of the columns.
    order = np.argsort(-mi, kind="stable")
    normalized = np.array([found.normalized for found in results])
    found = [part[order] for part in (names, mi, errors, kinds, n_samples, normalized, mi / np.log(2))]
    if pvalues:
        options = discrete_features, discrete_target, results, n_neighbors, n_permutations, random_state, n_jobs
        values = column_pvalues(X, y, *options)
        found += [values[order], adjusted(values)[order]]
    return MIScores(*found)


@validate_params(
    {
        "discrete_features": _OPTIONS["discrete_features"],
        "discrete_target": _OPTIONS["discrete_target"],
        "n_neighbors": _OPTIONS["n_neighbors"],
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": _OPTIONS["n_jobs"],
    },
    prefer_skip_nested_validation=True,
)
def mutual_info_test(
    X,
    y,
    *,
    discrete_features="auto",
    discrete_target="auto",
    n_neighbors=3,
    n_permutations=199,
    random_state=0,
    n_jobs=None,
):
    """Return the mutual information of each column of X with y, and the p-values of their independence.

    For ``score_func`` of :class:`~sklearn.feature_selection.SelectFdr`, ``SelectFpr`` and ``SelectFwe``, which choose
    the columns that are significant instead of a number of columns.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Target, continuous or discrete.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete, as in :func:`mutual_info`.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    n_neighbors : int, default=3
        Number of neighbours, for continuous columns.
    n_permutations : int, default=199
        Permutations per column, as in :func:`mi_scores`.
    random_state : int, RandomState instance or None, default=0
        Seed of the permutations.
    n_jobs : int, default=None
        Number of threads; the values do not depend on it.

    Returns
    -------
    mi : ndarray of shape (n_features,)
        Estimates from normal scores of the columns, in nats.
    pvalues : ndarray of shape (n_features,)
        P-values; 1 for a column that cannot be scored.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.feature_selection import SelectFdr
    >>> from skmi.feature_selection import mutual_info_test
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> selector = SelectFdr(mutual_info_test, alpha=0.01).fit(X, y)
    >>> int(selector.get_support().sum()) > 20
    True
    """
    results = each_column(X, y, discrete_features, discrete_target, n_neighbors, "normal", n_jobs, 0)
    options = discrete_features, discrete_target, results, n_neighbors, n_permutations, random_state, n_jobs
    return np.array([found.mi for found in results]), column_pvalues(X, y, *options)
