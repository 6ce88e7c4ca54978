"""Choosing columns that tell much about y together, by what each adds to those chosen before."""

from numbers import Integral, Real

import numpy as np
from scipy.sparse import issparse
from scipy.stats import chi2
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from .._sklearn import Interval, StrOptions, _fit_context
from .._tables import NAMES_ROWS, ColumnCoder, Columns, SparseColumns, check_table, listed, mostly_unique, split_columns
from ..estimators import has_outliers, prepared, warn_of_data
from ..exceptions import UnreliableEstimateWarning, warn
from ..uncertainty import among_neighbors, coordinates, neighbors_of
from ._criteria import STRATEGIES, SparseCoded, joint_of
from ._each_column import kinds_asked

_SMALLEST = 1e-6  # p-value that a normal distribution is trusted with
_FEWEST_DRAWS = 20  # permutations that stand for the null where many columns share them


class MutualInfoSelector(SelectorMixin, BaseEstimator):
    """Select the columns that tell most about y together, leaving out those that repeat others.

    A column is worth what it adds to the columns chosen before. Ranking columns one by one, as ``SelectKBest`` does,
    fills the selection with copies of the best one.

    Parameters
    ----------
    n_features_to_select : int, float or "auto", default="auto"
        Number of columns, or share of them. With "auto" columns are added while a permutation test finds that the next
        one adds something.
    strategy : {"cmim", "jmi", "mrmr", "joint"}, default="cmim"
        What a column x is worth beside the chosen columns s. "cmim": the least I(x; y | s) over s, so that one column
        which says the same is enough to rule it out. "jmi": the mean of I(x; y | s), more lenient. "mrmr": I(x; y) less
        the mean of I(x; s), which ignores y in the second term. "joint": I(all chosen and x; y) of all columns at once,
        starting from the best pair, which finds columns that tell something only together; for few columns.
    n_neighbors : int, default=6
        Number of neighbours, for continuous columns. More than for an estimate: what counts is which of two values is
        larger, and more neighbours make both vary less.
    marginals : {"standardize", "normal"}, default="standardize"
        What happens to continuous columns first: unit variance, or normal scores by rank, which suit outliers.
    alpha : float, default=0.05
        Level of the test with ``n_features_to_select="auto"``, over all columns that are left.
    n_permutations : int, default=99
        Permutations of each test.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns are discrete, as in :func:`~skmi.feature_selection.mutual_info`.
    discrete_target : "auto" or bool, default="auto"
        The same for y.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.
    n_jobs : int, default=None
        Number of threads; the selection does not depend on it.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    selected_ : ndarray of int
        The chosen columns in the order in which they were chosen.
    gains_ : ndarray of shape (n_selected,)
        What each was worth when it was chosen, in nats.
    pvalues_ : ndarray of shape (n_selected + 1,), or None
        With "auto": of each chosen column and of the one that was not, adjusted for the number of columns tried. NaN if
        no column was left.
    relevance_ : ndarray of shape (n_features,)
        I(x; y) of each column alone, in nats; NaN for labels most of which occur once.
    support_ : ndarray of shape (n_features,), bool
        Which columns are selected.
    n_features_in_, feature_names_in_
        Number and names of the columns in ``fit``.

    See Also
    --------
    mi_scores : Each column alone.

    Notes
    -----
    The test of the next column x draws its values again among rows that are near in the chosen column s where it adds
    least, so that what x has in common with s stays; under the null its worth is I(x; y | s) of such draws. Their mean
    and spread give a p-value by the normal distribution, no smaller than 1e-6, times the number of columns left.
    "mrmr" is tested in the same way; "joint" with all chosen columns for s.

    References
    ----------
    Fleuret (2004). "Fast Binary Feature Selection with Conditional Mutual Information". JMLR 5:1531.

    Yang, Moody (1999). "Data Visualization and Feature Selection: New Algorithms for Nongaussian Data". NIPS 12.

    Peng, Long, Ding (2005). "Feature selection based on mutual information". doi:10.1109/TPAMI.2005.159.

    Brown et al. (2012). "Conditional Likelihood Maximisation: A Unifying Framework for Information Theoretic Feature
    Selection". JMLR 13:27.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.feature_selection import MutualInfoSelector
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> selector = MutualInfoSelector(n_features_to_select=3).fit(X, y)
    >>> [str(name) for name in selector.get_feature_names_out()]
    ['bmi', 's3', 's5']
    """

    _parameter_constraints = {
        "n_features_to_select": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
        ],
        "strategy": [StrOptions({"cmim", "jmi", "mrmr", "joint"})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "marginals": [StrOptions({"standardize", "normal"})],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "n_permutations": [Interval(Integral, _FEWEST_DRAWS, None, closed="left")],
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": [StrOptions({"auto"}), "boolean"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_features_to_select="auto",
        *,
        strategy="cmim",
        n_neighbors=6,
        marginals="standardize",
        alpha=0.05,
        n_permutations=99,
        discrete_features="auto",
        discrete_target="auto",
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.n_features_to_select = n_features_to_select
        self.strategy = strategy
        self.n_neighbors = n_neighbors
        self.marginals = marginals
        self.alpha = alpha
        self.n_permutations = n_permutations
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Choose columns.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Columns of any kind, without missing values. Columns of sparse data are read one by one; whole numbers in
            them are integers, whatever their dtype, and each column of integers is judged by itself.
        y : array-like of shape (n_samples,)
            Target, continuous or discrete.

        Returns
        -------
        self : object
            Fitted selector.

        Raises
        ------
        ValueError
            For fewer than n_neighbors + 2 rows, missing values, or more columns asked for than there are.
        """
        check_table(self, X, y, reset=True, accept_sparse=True)
        self._search(*self._read(X, y))
        return self

    def _read(self, X, y):
        """Return each column of X and y, scaled."""
        kinds = kinds_asked(self.discrete_features, self.n_features_in_, getattr(self, "feature_names_in_", None))
        if issparse(X):
            x, n_samples = SparseCoded(SparseColumns(X), kinds, self.marginals), X.shape[0]
        else:
            x = ColumnCoder("X").fit(X, "auto" if isinstance(self.discrete_features, str) else np.array(kinds))
            if isinstance(self.discrete_features, str):
                # Each by itself, as scores are, and not all integers of X together.
                alone = [ColumnCoder("X").fit([column]).is_discrete[0] for column in split_columns(X, "X")]
                x = Columns(x.values, np.array(alone), x.names)
            n_samples = len(x)
        y = ColumnCoder("y").fit(y, self.discrete_target)
        if n_samples != len(y):
            raise ValueError(f"Expected X and y with as many rows, got {n_samples} and {len(y)}.")
        if n_samples < self.n_neighbors + 2:
            raise ValueError(
                f"Expected at least n_neighbors + 2 = {self.n_neighbors + 2} rows, got n_samples={n_samples}. Pass "
                "more."
            )
        if y.values.shape[1] != 1:
            raise ValueError(f"Expected a target of one column, got {y.values.shape[1]}. Select for each in turn.")
        advice = None if self.marginals == "normal" else 'pass marginals="normal"'
        if issparse(X):
            self._warn_rough(x, advice)
        else:
            warn_of_data(x, y, advice)
            columns = [x.some([i]) for i in range(x.values.shape[1])]
            x = [prepared(column, self.marginals) for column in columns]
        return x, prepared(y, self.marginals)

    def _warn_rough(self, columns, advice):
        """Warn of columns of sparse data that have outliers, one by one."""
        rough = [] if advice is None else [i for i, part in enumerate(columns) if has_outliers(part.continuous).any()]
        if rough:
            warn(
                f"{listed(None, rough)} of X have outliers or heavy tails, beside "
                f"which all other values look the same: {advice}, or treat the outliers first.",
                UnreliableEstimateWarning,
            )

    def _search(self, columns, y):
        """Choose one column after the other."""
        rng = check_random_state(self.random_state)
        usable = self._usable(columns)
        n_columns = len(columns)
        columns = columns.some(usable) if isinstance(columns, SparseCoded) else [columns[i] for i in usable]
        criterion = STRATEGIES[self.strategy](columns, y, self.n_neighbors, self.n_jobs)
        wanted, tested = self._wanted(n_columns, len(columns)), self.n_features_to_select == "auto"
        selected, gains, pvalues = [], [], []
        shown = tqdm(total=wanted, desc="columns selected", disable=not self.verbose, leave=False)
        while len(selected) < wanted:
            chosen, gain, beside = criterion.next(selected)
            if tested:
                n_left = len(columns) - len(selected)
                pvalues.append(self._pvalue(criterion, chosen, beside, gain, n_left, rng))
                if pvalues[-1] > self.alpha:
                    break
            selected += chosen
            gains += [gain] * len(chosen)
            shown.update(len(chosen))
        else:
            pvalues.append(np.nan)
        shown.close()
        self.selected_, self.gains_ = usable[np.array(selected[:wanted], dtype=int)], np.array(gains[:wanted])
        self.pvalues_, self.relevance_ = np.array(pvalues) if tested else None, np.full(n_columns, np.nan)
        self.relevance_[usable] = criterion.relevance
        self.support_ = np.isin(np.arange(n_columns), self.selected_)
        if not selected:
            warn(
                f"No column was found to tell anything about y at alpha={self.alpha}, and none is selected. Pass more "
                "rows, or n_features_to_select as a number.",
                UnreliableEstimateWarning,
            )

    def _usable(self, columns):
        """Return the numbers of the columns that can be chosen: no labels that name rows."""
        names = [i for i, column in enumerate(columns) if column.is_discrete[0] and mostly_unique(column.strata)]
        if len(names) == len(columns):
            raise ValueError("Expected columns that can tell something, got labels only most of which occur once.")
        if names:
            of_table = getattr(self, "feature_names_in_", None)
            warn(f"{listed(of_table, names)} of X: not selected. {NAMES_ROWS}", UnreliableEstimateWarning)
        return np.setdiff1d(np.arange(len(columns)), names)

    def _wanted(self, n_columns, n_usable):
        if self.n_features_to_select == "auto":
            return n_usable
        wanted = self.n_features_to_select
        wanted = int(wanted) if isinstance(wanted, Integral) else max(1, round(wanted * n_columns))
        if wanted > n_usable:
            raise ValueError(
                f"Expected n_features_to_select of at most {n_usable} columns that can be selected, of n_features = "
                f"{n_columns}, got {self.n_features_to_select}."
            )
        return wanted

    def _pvalue(self, criterion, chosen, beside, gain, n_left, rng):
        """Return the p-value of what columns add to others, which are None where there are none."""
        if beside is None:
            n_samples = len(joint_of(criterion.columns, chosen))
            orders = [rng.permutation(n_samples) for _ in range(self.n_permutations)]
        else:
            near = neighbors_of(coordinates(joint_of(criterion.columns, beside)))
            orders = [among_neighbors(rng, near) for _ in range(self.n_permutations)]
        null = criterion.values([(chosen, beside or (), None, order) for order in orders])
        spread = float(np.std(null, ddof=1))
        observed = gain if beside is None else criterion.values([(chosen, beside)])[0]
        if spread == 0:
            return float(observed <= np.mean(null))
        # Values of independent labels vary as chi-squared does, with degrees of freedom that their spread shows; those
        # of numbers have so many that they vary as normal.
        n_degrees = 2 * (len(joint_of(criterion.columns, chosen)) * spread) ** 2
        distance = (observed - np.mean(null)) / (spread * np.sqrt(1 + 1 / len(null)))
        tail = chi2.sf(n_degrees + distance * np.sqrt(2 * n_degrees), n_degrees)
        n_tried = n_left if len(chosen) == 1 else n_left * (n_left - 1) // 2
        return float(min(1.0, n_tried * max(tail, _SMALLEST)))

    def _get_support_mask(self):
        check_is_fitted(self, "support_")
        return self.support_
