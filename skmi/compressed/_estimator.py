"""The estimator made of a compressor and an estimator."""

from inspect import signature
from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, check_cv
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._parallel import Workers
from .._seeding import declared, seeded
from .._sklearn import HasMethods, StrOptions, _fit_context
from .._tables import ColumnCoder, Columns, check_table, flattened, kinds_of, plain_array, refuse_masked
from ..bounds import info_nce_rows, matrices
from ..compression import CanonicalCompressor
from ..estimators import KSG, MutualInfoEstimator, warn_too_low
from ..exceptions import issue, keeping_warnings, kept_warnings, one_of_each
from ._cross_fitting import FittedCompression, codes_of_fold, pooled

_MAX_COMPARED, _COMPARED = 1000, 4_000_000  # columns and values of X set beside the estimate
_PREFIT, _IN_SAMPLE = "prefit", "in-sample"


class CompressedMI(MutualInfoEstimator):
    """Mutual information of compressed variables, compressed on some rows and estimated on others.

    Rows that trained an encoder are the rows whose noise it knows: estimating on them reads noise as information. By
    default the rows are split in two; encoders fitted on each half give the codes of the other half, on which the
    estimator works, and the value is the mean over the halves. Compression can only lose information, so up to the
    estimator's own error the value is a lower bound.

    Parameters
    ----------
    estimator : MutualInfoEstimator or None, default=None
        Estimates from codes. None is :class:`KSG`.
    compressor : transformer or None, default=None
        For both variables. If its ``transform`` takes y, as that of :class:`sklearn.cross_decomposition.CCA` does, it
        is fitted on pairs; otherwise X has a clone of its own, and so has y if it has several columns. If no
        compressor is given at all, this is :class:`ContrastiveCompressor`.
    x_compressor : transformer or None, default=None
        For X, in place of ``compressor``; None leaves X as it is.
    y_compressor : transformer or None, default=None
        For y, in place of ``compressor``; None leaves y as it is.
    cv : int, cross-validation generator, iterable, "prefit" or "in-sample", default=2
        How rows are split between compression and estimation. An int shuffles, and keeps the shares of labels.
        "prefit" uses compressors that are fitted already, on other data, as they are. "in-sample" fits and estimates
        on the same rows, which is biased upwards for flexible compressors.
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        Which columns of y are discrete. "auto" goes by dtype: strings, categories and booleans are, and integers that
        take few values. It is decided once, for all rows; compressors and estimators whose own parameter is "auto"
        take it over. Discrete columns are not compressed.
    memory : None, str or object with the interface of joblib.Memory, default=None
        Caches fitted compressors, as in a Pipeline: the same compressor is not trained on the same rows twice. A str is
        the path of the cache.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, and of every part whose own ``random_state`` is None.
    n_jobs : int, default=None
        Folds fitted in parallel.

    Attributes
    ----------
    mi_ : float
        Estimate of I(X; Y), in nats; its sign is kept.
    pointwise_ : ndarray of shape (n_samples_kept,)
        Contribution of each row, averaged over the folds in which it was estimated on; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_``, in nats: from those of the folds' estimators, which take the encoders as given, or
        from how the folds' estimates differ, if that is larger. Of a few folds that says little about how well encoders
        were trained; :func:`~skmi.uncertainty.mi_interval`, which trains them again, tells more.
    estimators_ : list of MutualInfoEstimator
        Fitted on the codes of each fold.
    compressions_ : list of FittedCompression
        The encoders behind them; ``compressions_[0].transform(X, y)`` gives codes.
    test_rows_ : list of ndarray of int
        The rows on which each fold estimated.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X.

    See Also
    --------
    ContrastiveCompressor : Keeps what the variables share.
    AutoencoderCompressor : Keeps what is large in each of them.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from skmi import KSG, CompressedMI
    >>> from skmi.datasets import blob_images
    >>> X, y = blob_images(mi=2.0).sample(2000, random_state=0)
    >>> estimator = CompressedMI(KSG(), compressor=PCA(3, random_state=0), random_state=0).fit(X, y)
    >>> round(estimator.mi_)
    2
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "log_density_ratio"]), None],
        "compressor": [HasMethods(["fit", "transform"]), None],
        "x_compressor": [HasMethods(["fit", "transform"]), None],
        "y_compressor": [HasMethods(["fit", "transform"]), None],
        "cv": ["cv_object", StrOptions({_PREFIT, _IN_SAMPLE})],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
        "memory": [None, str, HasMethods(["cache"])],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator=None,
        *,
        compressor=None,
        x_compressor=None,
        y_compressor=None,
        cv=2,
        discrete_target="auto",
        memory=None,
        random_state=None,
        n_jobs=None,
    ):
        self.estimator = estimator
        self.compressor = compressor
        self.x_compressor = x_compressor
        self.y_compressor = y_compressor
        self.cv = cv
        self.discrete_target = discrete_target
        self.memory = memory
        self.random_state = random_state
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None):
        """Compress and estimate I(X; Y) from paired rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or images
            First variable. Images of shape (n_samples, height, width) or (n_samples, channels, height, width) are
            flattened, and compressors with ``image_shape`` get their shape.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), or images
            Second variable, or labels.
        groups : array-like of shape (n_samples,) or None, default=None
            Rows of one group stay together: none is estimated on with an encoder that saw others of its group. They
            are passed to ``cv``; an int splits by groups then.

        Returns
        -------
        self : object
            Fitted estimator, with ``mi_`` in nats.
        """
        (X, x_shape), (y, y_shape) = flattened(X, None, "X"), flattened(y, None, "y")
        self._image_shapes = x_shape, y_shape
        check_table(self, X, y, reset=True)
        refuse_masked(X, "X")
        self._y_coder = ColumnCoder("y")
        columns = self._y_coder.fit(y, self.discrete_target, dtype="numeric")
        self.discrete_target_ = columns.is_discrete
        y = plain_array(y, "y")
        check_consistent_length(X, y)
        random_state = check_random_state(self.random_state)
        kinds = {"discrete_features": kinds_of(X, "X"), "discrete_target": columns.is_discrete}
        compression = self._compression(kinds, random_state, self._image_shapes)
        self._unfitted = seeded(KSG() if self.estimator is None else self.estimator, random_state)
        self._split_state = random_state.get_state()
        folds = self._folds(X, y, columns, groups, random_state)
        self.compressions_, self.estimators_ = _fit_folds(
            compression, self._unfitted, kinds, X, y, folds, self.memory, self.n_jobs
        )
        self.test_rows_ = [test for _, test in folds]
        self.mi_, pointwise = pooled(self.estimators_, self.test_rows_)
        if pointwise is not None:
            self.pointwise_ = pointwise
            self._warn_of_losses(X, columns)
        return self

    @property
    def standard_error_(self):
        """Standard error of ``mi_``, in nats: by the folds' estimators, or by how they differ, if that is larger."""
        check_is_fitted(self, "pointwise_")
        sizes = np.array([len(part.pointwise_) for part in self.estimators_])
        # Folds that share rows, as of repeated splits, are worth no more than the rows there are.
        errors = np.array([part.standard_error_ for part in self.estimators_])
        n_shared = max(1.0, sizes.sum() / len(self.pointwise_))
        within = np.sum((sizes * errors) ** 2) / sizes.sum() ** 2
        between = np.var([part.mi_ for part in self.estimators_], ddof=1) / len(sizes) if len(sizes) > 1 else 0.0
        return float(np.sqrt(n_shared * max(within, between)))

    def _warn_of_losses(self, X, columns):
        """Warn of an estimate far below what the columns show at once, where those of X are numbers."""
        X = np.asarray(X)
        if X.dtype.kind in "fiu" and X[:1].size <= _MAX_COMPARED:
            # Few enough for a copy to be small where the rows lie on disk.
            rows = np.sort(np.random.RandomState(0).permutation(len(X))[: _COMPARED // X[:1].size])
            x = Columns.of_numbers(X[rows].reshape(len(rows), -1).astype(float))
            advice = "Take more codes (latent_dim) or another compressor, and compare linear_baseline(X, y)."
            warn_too_low(self.pointwise_, x, columns.rows(rows), advice)

    def log_density_ratio(self, X, y):
        """Return log p(x, y) / (p(x) p(y)) for all pairs of rows, averaged over the folds' encoders.

        Parameters
        ----------
        X : array-like of shape (n_samples_x, n_features)
            Rows of the first variable.
        y : array-like of shape (n_samples_y,) or (n_samples_y, n_targets)
            Rows of the second variable.

        Returns
        -------
        log_ratios : ndarray of shape (n_samples_x, n_samples_y)
            Entry [i, j] belongs to (x_i, y_j), in nats.
        """
        check_is_fitted(self)
        return self._log_density_ratio(*self._read_new_rows(X, y)[:2])

    def _read_new_rows(self, X, y):
        """Check rows not used in ``fit``; return X as rows, y as a plain array, and the columns of y coded."""
        X, y = flattened(X, self._image_shapes[0], "X")[0], flattened(y, self._image_shapes[1], "y")[0]
        check_table(self, X, y, reset=False)
        refuse_masked(X, "X")
        return X, plain_array(y, "y"), self._y_coder.transform(y, dtype="numeric")

    def _score_terms(self, X, y):
        X, y, columns = self._read_new_rows(X, y)
        self._warn_new_labels(columns)
        for matrix in matrices(self._log_density_ratio, X, y):
            yield info_nce_rows(matrix)

    def _log_density_ratio(self, X, y):
        of_folds = [
            estimator.log_density_ratio(*compression.transform(X, y))
            for estimator, compression in zip(self.estimators_, self.compressions_, strict=True)
        ]
        return np.mean(of_folds, axis=0)

    def set_params(self, **params):
        """Set parameters, also of the defaults, as ``compressor__latent_dim`` in a search.

        Parameters
        ----------
        **params : dict
            Names and values. Where one belongs to a compressor or an estimator that is None, the default takes its
            place first.

        Returns
        -------
        self : object
            The estimator.
        """
        of_compressor = any(name.startswith("compressor__") for name in params)
        one_sided = self.x_compressor is not None or self.y_compressor is not None
        if of_compressor and self.compressor is None and not one_sided and "compressor" not in params:
            self.compressor = _default_compressor()
        of_estimator = any(name.startswith("estimator__") for name in params)
        if of_estimator and self.estimator is None and "estimator" not in params:
            self.estimator = KSG()
        return super().set_params(**params)

    def linear_baseline(self, X, y, groups=None):
        """Return the linear baseline: the same estimator on as many pairs of codes of a linear compressor.

        A compressor that gives less than this has lost information. :class:`CanonicalCompressor` finds the codes, on
        the same folds as in ``fit``; with ``cv="prefit"``, on halves of the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable, the rows of ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable, the rows of ``fit``.
        groups : array-like of shape (n_samples,) or None, default=None
            As in ``fit``.

        Returns
        -------
        mi : float
            In nats.

        Raises
        ------
        ValueError
            Where X has more labels than linear codes can take.

        Examples
        --------
        >>> from sklearn.decomposition import PCA
        >>> from skmi import CompressedMI
        >>> from skmi.datasets import blob_images
        >>> X, y = blob_images(mi=2.0).sample(2000, random_state=0)
        >>> estimator = CompressedMI(compressor=PCA(3, random_state=0), random_state=0).fit(X, y)
        >>> round(estimator.linear_baseline(X, y))
        2
        """
        check_is_fitted(self)
        X, y = flattened(X, self._image_shapes[0], "X")[0], flattened(y, self._image_shapes[1], "y")[0]
        check_table(self, X, y, reset=False)
        columns = self._y_coder.transform(y, dtype="numeric")
        y = plain_array(y, "y")
        random_state = np.random.RandomState()
        random_state.set_state(self._split_state)
        folds = self._folds(X, y, columns, groups, random_state)
        if folds[0][0] is None:
            rows = folds[0][1]
            folds = [(rows[::2], rows[1::2]), (rows[1::2], rows[::2])]
        kinds = {"discrete_features": kinds_of(X, "X"), "discrete_target": columns.is_discrete}
        canonical = declared(CanonicalCompressor(self.estimators_[0].n_features_in_), **kinds)
        # What there is to warn of in the columns, fit has warned of.
        with kept_warnings():
            fitted = _fit_folds(
                FittedCompression(paired=canonical), self._unfitted, kinds, X, y, folds, self.memory, self.n_jobs
            )[1]
        return pooled(fitted, [test for _, test in folds])[0]

    def _compression(self, kinds, random_state, image_shapes=(None, None)):
        """Return the unfitted compression; every clone of it starts from the same seeds."""
        one_sided = self.x_compressor is not None or self.y_compressor is not None
        if self.compressor is not None and one_sided:
            raise ValueError("Expected compressor, or x_compressor and y_compressor, got both. Pass one kind only.")
        if one_sided:
            parts = self.x_compressor, self.y_compressor
        else:
            compressor = _default_compressor() if self.compressor is None else self.compressor
            if "y" in signature(compressor.transform).parameters:
                shapes = dict(zip(("image_shape", "y_image_shape"), image_shapes, strict=True))
                return FittedCompression(paired=self._ready(compressor, kinds, random_state, shapes))
            is_discrete = kinds["discrete_target"]
            parts = compressor, compressor if len(is_discrete) > 1 and not is_discrete.any() else None
        return FittedCompression(
            *(
                None if part is None else self._ready(part, kinds, random_state, {"image_shape": shape})
                for part, shape in zip(parts, image_shapes, strict=True)
            )
        )

    def _ready(self, compressor, kinds, random_state, shapes):
        if isinstance(self.cv, str) and self.cv == _PREFIT:
            check_is_fitted(compressor)
            return compressor
        compressor = declared(seeded(compressor, random_state), **kinds)
        # Rows reach compressors flattened; those that know images get their shape.
        parameters = compressor.get_params(deep=False)
        unset = {name: shape for name, shape in shapes.items() if shape is not None and parameters.get(name, 0) is None}
        return compressor.set_params(**unset)

    def _folds(self, X, y, columns, groups, random_state):
        """Return (rows to compress on, rows to estimate on) for each fold."""
        rows = np.arange(len(X) if not hasattr(X, "shape") else X.shape[0])
        if isinstance(self.cv, str):
            return [(None if self.cv == _PREFIT else rows, rows)]
        if isinstance(self.cv, Integral):
            if groups is not None:
                return list(GroupKFold(self.cv, shuffle=True, random_state=random_state).split(rows, groups=groups))
            # Labels of which each occurs often enough to be in every fold.
            labels = columns.strata if columns.is_discrete.all() and np.bincount(columns.strata).min() > 1 else None
            kind = KFold if labels is None else StratifiedKFold
            return list(kind(self.cv, shuffle=True, random_state=random_state).split(rows, labels))
        folds = list(check_cv(self.cv).split(rows, y, groups))
        if not folds:
            raise ValueError(f"Expected cv to give at least one fold, got none from {self.cv!r}.")
        return folds


def _default_compressor():
    from ..compression import ContrastiveCompressor

    return ContrastiveCompressor()


def _fit_folds(compression, estimator, kinds, X, y, folds, memory, n_jobs):
    """Return the compressions and the estimators fitted on the folds, in two lists."""
    workers = Workers(compression, estimator, kinds, X, y, memory, n_jobs=n_jobs)
    fitted = list(workers.run(keeping_warnings(_fit_fold), folds))
    issue(one_of_each(warning for _, kept in fitted for warning in kept))
    return [part[0] for part, _ in fitted], [part[1] for part, _ in fitted]


def _fit_fold(compression, estimator, kinds, X, y, memory, train, test):
    """Return the encoders fitted on the rows ``train`` and the estimator fitted on the codes of the rows ``test``."""
    compression, rows, codes = codes_of_fold(compression, X, y, train, test, memory)
    # Kinds of columns hold for what was not compressed.
    same = {
        name: kinds[name]
        for name, before, after in zip(("discrete_features", "discrete_target"), rows, codes, strict=True)
        if _is_unchanged(before, after)
    }
    return compression, declared(clone(estimator), **same).fit(*codes)


def _is_unchanged(before, after):
    return after is before or (
        np.shape(after) == np.shape(before) and np.array_equal(np.asarray(after), np.asarray(before))
    )
