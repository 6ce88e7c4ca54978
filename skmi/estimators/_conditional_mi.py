"""Conditional mutual information given many columns, from what regressions on them leave."""

from numbers import Integral

import numpy as np
from scipy.optimize import nnls
from sklearn.base import clone
from sklearn.model_selection import KFold, check_cv
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from .._parallel import Workers
from .._seeding import seeded
from .._sklearn import HasMethods, Interval
from .._tables import Indicators
from ..exceptions import UnreliableEstimateWarning, are_wanted, warn
from ._base import ColumnEstimator
from ._conditional_ksg import ConditionalKSG, given_columns
from ._ksg import KSG

_FEW = 2  # conditioning columns of numbers in which neighbours are near enough
_KERNELS = 256  # of the default regression of curves
_ROWS_FOR_NETWORKS = 500
_WORTH = 0.95  # of the squared residual: if more is left, a network is not worth its noise
_SMALLEST = 1e-6  # residual, in standard deviations, below which its log says nothing


class ConditionalMI(ColumnEstimator):
    """Conditional mutual information I(X; y | Z) where Z, some of the columns passed as X, may be many.

    Nearest neighbours in Z are far apart when it has many columns, and :class:`ConditionalKSG` then reads a fraction of
    the truth. Here regressions on Z, fitted to other rows, predict each column of X and y and the size of what is left
    of it, and the information between what is left, divided by that size, is estimated. It is I(X; y | Z) if Z moves
    and stretches X and y, and does not change how they depend on one another otherwise: dependence that is there for
    some values of Z and not for others, or of another sign, is seen in part.

    Parameters
    ----------
    conditioning : int, str, array-like of int, str or bool, or None, default=None
        The columns of X to condition on, Z: numbers, names if X is a DataFrame, or a mask. None conditions on nothing.
    estimator : estimator or None, default=None
        Of the information between what is left, with ``fit`` and ``mi_``. None takes ``KSG(marginals="normal")``.
    regressor : regressor or None, default=None
        Predicts columns, and logs of the size of what is left of them, from Z. None takes a sum of a linear one, of
        gradient boosting, of kernels and, for columns and from 500 rows on, of a small network, with the weights that
        predict held-out rows best.
    cv : int, cross-validation splitter or list of (train, test) rows, default=5
        Folds: each row is predicted by regressions that have not seen it. Pass the folds of
        :class:`~sklearn.model_selection.GroupKFold` as a list where rows of a group are not independent.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete, as in :class:`ConditionalKSG`.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, and of the regressors whose own ``random_state`` is None.
    n_jobs : int, default=None
        Regressions fitted in parallel; the result does not depend on it.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; y | Z), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_``, in nats, by the estimator behind it; that of the regressions is not in it.
    method_ : {"residuals", "neighbors"}
        How Z was allowed for. Neighbours, by :class:`ConditionalKSG`, serve where Z has at most two columns of numbers,
        or none, and ``estimator`` and ``regressor`` are None; and where X or y holds labels, which leave no residuals.
    estimator_ : estimator
        Fitted to what is left, or the :class:`ConditionalKSG`.
    residuals_ : tuple of two ndarray of shape (n_samples, n_columns), or None
        What is left of the columns of X that are not conditioned on, and of y.
    conditioning_ : ndarray of int
        Numbers of the conditioning columns.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    ConditionalKSG : By neighbours, for few conditioning columns; without the assumption.

    Notes
    -----
    ``score`` is that of the estimator behind, on what is left of new rows: a lower bound, in expectation, of the
    information between residuals. ``log_density_ratio(X, y)`` takes rows that belong together, since what is left of y
    depends on Z, which comes with X.

    With m the prediction of a column c and g that of ``log |c - m|``, the residual is (c - m) exp(-g). Where the
    regressions miss what Z tells, the estimate is too low if Z moves the two sides apart, and too high if it moves them
    together: of the sine of a sum of columns they find too little in 2000 rows.

    References
    ----------
    Chernozhukov et al. (2018). "Double/debiased machine learning for treatment and structural parameters".
    doi:10.1111/ectj.12097 (cross-fitting).

    Examples
    --------
    Both columns depend on ten confounders, and share half a nat given them:

    >>> from skmi import ConditionalMI
    >>> from skmi.datasets import ConfoundedPair
    >>> pair = ConfoundedPair(mi=0.5, n_confounders=10)
    >>> X, y = pair.sample(2000, random_state=0)
    >>> fitted = ConditionalMI(conditioning=pair.conditioning, random_state=0).fit(X, y)
    >>> fitted.method_, abs(fitted.mi_ - 0.5) < 0.1
    ('residuals', True)
    """

    _parameter_constraints = {
        **ColumnEstimator._parameter_constraints,
        "conditioning": [Integral, str, "array-like", None],
        "estimator": [HasMethods(["fit"]), None],
        "regressor": [HasMethods(["fit", "predict"]), None],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods(["split"]), "array-like"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        conditioning=None,
        *,
        estimator=None,
        regressor=None,
        cv=5,
        discrete_features="auto",
        discrete_target="auto",
        random_state=None,
        n_jobs=None,
    ):
        self.conditioning = conditioning
        self.estimator = estimator
        self.regressor = regressor
        self.cv = cv
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _fit(self, x, y):
        self.conditioning_ = given_columns(self, x.values.shape[1])
        free, z = self._parts(x)
        self.residuals_, self._seed = None, int(check_random_state(self.random_state).randint(2**31 - 1))
        self.method_ = self._method(free, y, z)
        if self.method_ == "neighbors":
            self.estimator_ = self._by_neighbors(x, y, z)
            return self.estimator_.pointwise_
        self.residuals_ = self._fit_regressions(z, free, y)
        model = KSG(marginals="normal", discrete_features=False, discrete_target=False, n_jobs=self.n_jobs)
        model = model if self.estimator is None else seeded(self.estimator, self._seed)
        self.estimator_ = model.fit(*self.residuals_)
        return np.asarray(getattr(self.estimator_, "pointwise_", [self.estimator_.mi_]))

    def _parts(self, x):
        """Return the columns of X that are not conditioned on, and those that are."""
        given = np.isin(np.arange(x.values.shape[1]), self.conditioning_)
        return tuple(x.some(part) for part in (~given, given))

    def _method(self, free, y, z):
        if free.is_discrete.any() or y.is_discrete.any():
            if z.continuous.shape[1] > _FEW and are_wanted():
                warn(
                    f"X or y holds labels, so that neighbours in the {z.continuous.shape[1]} conditioning columns are "
                    "compared, which are far apart in so many: the estimate is likely too low. Condition on fewer "
                    "columns, or merge them to a prediction of y from Z.",
                    UnreliableEstimateWarning,
                )
            return "neighbors"
        asked = self.estimator is not None or self.regressor is not None
        return "residuals" if z.continuous.shape[1] > _FEW or (asked and len(self.conditioning_)) else "neighbors"

    def _by_neighbors(self, x, y, z):
        model = self.estimator
        if model is None or len(self.conditioning_):
            model = ConditionalKSG(
                self.conditioning_ if len(self.conditioning_) else None,
                discrete_features=x.is_discrete,
                discrete_target=y.is_discrete,
                n_jobs=self.n_jobs,
            )
        return seeded(model, self._seed).fit(x.values, y.values)

    def _fit_regressions(self, z, free, y):
        """Fit the regressions, and return what they leave of both sides in rows that they have not seen."""
        folds = self._folds(len(z))
        self._z_numbers = Indicators(z)
        Z, columns = self._z_numbers(z), np.hstack([free.values, y.values]).T
        sizes = _default_regressors(Z.shape[1]) if self.regressor is None else [self.regressor]
        extra = [_network()] if self.regressor is None and len(Z) >= _ROWS_FOR_NETWORKS else []
        regressors = [[seeded(regressor, self._seed) for regressor in kind] for kind in (sizes, extra)]
        self._widths = free.values.shape[1], y.values.shape[1]
        workers = Workers(regressors, Z, folds, n_jobs=self.n_jobs)
        fitted = list(workers.run(_cross_fit, [(column,) for column in columns]))
        left = np.stack([part for part, _ in fitted], axis=1)
        self._regressions = [regressions for _, regressions in fitted]
        return left[:, : self._widths[0]], left[:, self._widths[0] :]

    def _folds(self, n_samples):
        """Return (rows to fit to, rows that are left) of each fold."""
        if not isinstance(self.cv, Integral):
            folds = list(check_cv(self.cv).split(np.zeros((n_samples, 1))))
            if not np.array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(n_samples)):
                raise ValueError("Expected cv with every row in the test part of one fold, as in KFold.")
            return folds
        if n_samples < 2 * self.cv:
            raise ValueError(f"Expected at least 2 rows in each of cv={self.cv} folds, got n_samples={n_samples}.")
        return list(KFold(self.cv, shuffle=True, random_state=self._seed).split(np.zeros((n_samples, 1))))

    def _left(self, x, y):
        """Return what is left of new rows."""
        free, z = self._parts(x)
        if len(x) != len(y):
            raise ValueError(
                f"Expected rows of X and y that belong together, got {len(x)} and {len(y)}: what is left of y depends "
                "on the conditioning columns of its row."
            )
        Z, columns = self._z_numbers(z), np.hstack([free.values, y.values]).T
        pairs = zip(self._regressions, columns, strict=True)
        left = np.stack([_left_by(fitted, Z, column) for fitted, column in pairs], axis=1)
        return left[:, : self._widths[0]], left[:, self._widths[0] :]

    def _error_of(self, x, y):
        return float(getattr(self.estimator_, "standard_error_", np.nan))

    def _log_density_ratio(self, x, y):
        sides = (x.values, y.values) if self.method_ == "neighbors" else self._left(x, y)
        return self.estimator_.log_density_ratio(*sides)


class _CrossFitted:
    """A weighted sum of regressions, each fitted to the rows outside a fold; the weights are those of least squares.

    Extra regressions count only where they lower the squared residuals clearly.
    """

    def __init__(self, regressors, Z, target, folds, extra=()):
        n_usual, regressors = len(regressors), [*regressors, *extra]
        out = np.empty((len(target), len(regressors)))
        self.models = []
        for train, test in folds:
            self.models.append([clone(regressor).fit(Z[train], target[train]) for regressor in regressors])
            out[test] = _predictions(self.models[-1], Z[test])
        self.weights, rest = _weights(out, target)
        if extra:
            weights, rest_of_usual = _weights(out[:, :n_usual], target)
            if rest**2 > _WORTH * rest_of_usual**2:
                # Little gain does not outweigh the noise that it adds, above all to rows with small residuals.
                self.weights, out = weights, out[:, :n_usual]
                self.models = [models[:n_usual] for models in self.models]
        self.means, self.mean = out.mean(axis=0), target.mean()
        self.of_rows = self._sum(out)

    def __call__(self, Z):
        """Return the predictions for new rows."""
        return self._sum(np.mean([_predictions(models, Z) for models in self.models], axis=0))

    def _sum(self, predictions):
        return self.mean + (predictions - self.means) @ self.weights


def _weights(predictions, target):
    """Return weights of columns of predictions, and the norm of the residual that they leave."""
    # What tells nothing gets no weight, so that nothing is added to what it should predict.
    return nnls(predictions - predictions.mean(axis=0), target - target.mean())


def _predictions(models, Z):
    return np.column_stack([model.predict(Z) for model in models])


def _default_regressors(n_features):
    """Return regressions that see straight lines, steps and thresholds, and smooth curves of all columns."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    boosting = HistGradientBoostingRegressor(
        max_leaf_nodes=8, min_samples_leaf=30, max_iter=150, early_stopping=True, n_iter_no_change=5
    )
    kernels = Nystroem(gamma=0.5 / n_features, n_components=_KERNELS)
    curves = make_pipeline(StandardScaler(), kernels, RidgeCV(np.logspace(-3, 3, 7)))
    return [make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 7))), boosting, curves]


def _network():
    """Return a regression that finds directions in Z, such as a sum of which a column is a curve."""
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPRegressor(
        hidden_layer_sizes=(64, 32),
        activation="tanh",
        alpha=3.0,
        learning_rate_init=3e-3,
        early_stopping=True,
        n_iter_no_change=15,
        max_iter=2000,
    )
    return make_pipeline(StandardScaler(), network)


def _cross_fit(regressors, Z, folds, column):
    """Return what regressions leave of a column, its scale, and the regressions of its value and of its size."""
    usual, extra = regressors
    scale = column.std() or 1.0
    # Sums over several threads are rounded differently, and training magnifies that.
    with threadpool_limits(1, user_api="blas"):
        value = _CrossFitted(usual, Z, column / scale, folds, extra)
        rest = column / scale - value.of_rows
        size = _CrossFitted(usual, Z, _log_size(rest), folds)
    return rest * np.exp(-size.of_rows), (scale, value, size)


def _log_size(rest):
    return np.log(np.maximum(np.abs(rest), _SMALLEST))


def _left_by(fitted, Z, column):
    scale, value, size = fitted
    return (column / scale - value(Z)) * np.exp(-size(Z))
