"""Estimate an information plane from a recording."""

from inspect import signature
from numbers import Integral

import joblib
import numpy as np
from scipy.stats import entropy
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from .._parallel import Workers
from .._resume import RecordFile
from .._seeding import declared, seeded, stop_if_interrupted, text_of
from .._sklearn import HasMethods, Interval, validate_params
from .._tables import kinds_of, labels_of
from ..compressed import CompressedMI, FittedCompression, codes_of_fold, pooled
from ..estimators import KSG
from ..exceptions import InterruptedWarning, issue, keeping_warnings, kept_warnings, warn
from ._plane import InformationPlane, PlanePoint

_LATENT_DIM = 4  # principal components of the default compressor
_ERRORS = 3  # an estimate is flagged if it is outside its bounds by more than this many standard errors


@validate_params(
    {
        "estimator": [HasMethods(["fit"]), None],
        "compressor": [HasMethods(["fit", "transform"]), None],
        "x_compressor": [HasMethods(["fit", "transform"]), None],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
        "memory": [None, str, HasMethods(["cache"])],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def information_plane(
    recording,
    *,
    estimator=None,
    compressor=None,
    x_compressor=None,
    cv=2,
    path=None,
    kept=None,
    memory=None,
    random_state=0,
    n_jobs=None,
    verbose=0,
):
    """Estimate I(X; L) and I(L; Y) of every recorded layer and epoch.

    The rows are split into folds, the same ones at every epoch. For each fold, compressors are fitted on the other
    folds, and the estimate uses the codes of this one. If the noise is known, the table also has the bounds that the
    recorder computed, and a flag marks an estimate outside them.

    Parameters
    ----------
    recording : Recording
        From a recorder, ``recorder.recording_``, or from :meth:`Recording.load`.
    estimator : MutualInfoEstimator or None, default=None
        Estimator for the codes; None uses :class:`~skmi.KSG`.
    compressor : transformer or None, default=None
        Compressor of layers, and of X if ``x_compressor`` is None. None uses PCA with four components. A paired
        compressor, such as :class:`~skmi.ContrastiveCompressor`, learns what X and L share, and separately what L and
        the target share; it is trained again at every point.
    x_compressor : transformer or None, default=None
        Compressor of X, fitted once per fold for all epochs and layers.
    cv : int, default=2
        Number of folds.
    path : str, path-like or None, default=None
        CSV file to which each finished point is added. Points in the file are not computed again.
    kept : InformationPlane or None, default=None
        Result of an earlier call, whose points are not computed again.
    memory : None, str or object with the interface of joblib.Memory, default=None
        Caches fitted compressors, as in :class:`~skmi.CompressedMI`.
    random_state : int, RandomState instance or None, default=0
        Seed for the folds, for the shuffled rows, and for compressors and estimators whose random state is None.
    n_jobs : int, default=None
        Number of points computed in parallel, by joblib; the result does not depend on it.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    plane : InformationPlane
        Table and findings. After an interruption it holds the finished points, with a warning.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> import torch
    >>> from skmi.information_plane import GaussianNoise, InformationPlaneRecorder, information_plane
    >>> torch.manual_seed(0)
    <torch._C.Generator object at ...>
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 2), GaussianNoise(0.5))
    >>> X = torch.randn(1000, 3)
    >>> recorder = InformationPlaneRecorder(X, (X[:, 0] > 0).long()).record(net, epoch=1)
    >>> point = information_plane(recorder.recording_).points[0]
    >>> bool(abs(point.mi_xl - point.lower) < 0.2)
    True
    """
    if not recording.epochs:
        raise ValueError("The recording is empty: record at least one epoch.")
    X = recording.X.reshape(len(recording.X), -1).astype(np.float64)
    y = recording.y
    # Seeds of the folds, of the shuffles and of the compressors.
    seeds = check_random_state(random_state).randint(2**31 - 1, size=3)
    folds = _folds(len(X), cv, seeds[0])
    work = _Work(estimator, compressor, x_compressor, folds, seeds, y, memory)
    file = None if path is None else RecordFile(PlanePoint, path)
    known = [*(file.read() if file else []), *(kept.points if kept is not None else [])]
    known = {(p.epoch, p.layer, p.method, p.fingerprint): p for p in known}
    points, todo = {}, []
    for epoch in recording.epochs:
        for layer in recording.layers:
            seen = recording.activations(epoch, layer), recording.about(epoch, layer), recording.X, y
            # Points are recognised by their data: another training may use the same epochs and layers.
            fingerprint = joblib.hash(seen)[:12]
            points[epoch, layer] = known.get((epoch, layer, work.method, fingerprint))
            if points[epoch, layer] is None:
                todo.append((epoch, layer, fingerprint))
    complete = _run(work, recording, X, y, todo, points, file, n_jobs, verbose) if todo else True
    finished = tuple(point for point in points.values() if point is not None)
    losses = {epoch: recording.losses[epoch] for epoch in recording.epochs}
    return InformationPlane(finished, tuple(recording.layers), work.target_entropy, losses, complete)


def _run(work, recording, X, y, todo, points, file, n_jobs, verbose):
    """Compute the remaining points in any order; return False if interrupted."""
    try:
        x_codes = work.codes_of_x(X)  # X does not change: once for all points

        def load(epoch, layer, mark):
            return recording.activations(epoch, layer), recording.about(epoch, layer), epoch, layer, mark

        workers = Workers(work, X, x_codes, y, n_jobs=n_jobs)
        done = workers.run(keeping_warnings(_Work.point), todo, ordered=False, load=load)
        for point, kept in tqdm(done, total=len(todo), desc="information plane", unit="point", disable=not verbose):
            points[point.epoch, point.layer] = point
            if file is not None:
                file.append(point)
            issue(kept)
    except KeyboardInterrupt:
        n_done = sum(point is not None for point in points.values())
        where = "Run the same call again to continue." if file is not None else "Pass a path to be able to continue."
        warn(f"Interrupted after {n_done} of {len(points)} points. {where}", InterruptedWarning)
        return False
    return True


class _Work:
    """The computation of one point, with all that the points share."""

    def __init__(self, estimator, compressor, x_compressor, folds, seeds, y, memory):
        self.memory = memory
        self.estimator = KSG() if estimator is None else estimator
        self.compressor = PCA(_LATENT_DIM) if compressor is None else compressor
        self.paired = _is_paired(self.compressor)
        if self.paired and x_compressor is not None:
            raise ValueError("Expected either a paired compressor, which compresses X too, or x_compressor, got both.")
        self.x_compressor = self.compressor if x_compressor is None else x_compressor
        self.folds, self.seeds = folds, seeds
        self.target_entropy, self.target_kinds = _entropy(y), kinds_of(y, "y")
        if not self.paired and _is_paired(self.x_compressor):
            raise ValueError(
                "Expected an x_compressor that needs X alone, got a paired one, which needs both sides. Pass it as "
                "compressor."
            )
        parts = [text_of(self.estimator), f"layers {text_of(self.compressor)}"]
        parts += [] if self.paired else [f"X {text_of(self.x_compressor)}"]
        self.method = f"{'; '.join(parts)}; {len(folds)} folds, seed {seeds[0]}"

    def codes_of_x(self, X):
        return None if self.paired else [self._codes(self.x_compressor, X, fold) for fold in self.folds]

    def point(self, X, x_codes, y, activations, about, epoch, layer, fingerprint):
        with kept_warnings() as kept:
            L = activations.astype(np.float64)
            if self.paired:
                (xl, xl_se), (ly, ly_se), null_xl, null_ly = self._paired(X, L, y)
            else:
                codes = [self._codes(self.compressor, L, fold) for fold in self.folds]
                targets = [y[test] for _, test in self.folds]
                shuffled = [c[self._order(len(c))] for c in codes]
                (xl, xl_se), (null_xl, _) = (self._mean(x_codes, Z) for Z in (codes, shuffled))
                (ly, ly_se), (null_ly, _) = (self._mean(Z, targets, self.target_kinds) for Z in (codes, shuffled))
        stop_if_interrupted(kept)
        b = about.bounds
        known = (b.lower, b.lower_standard_error, b.upper, b.upper_standard_error) if b else [np.nan] * 4
        values = {
            "mi_xl": xl,
            "mi_xl_se": xl_se,
            "mi_ly": ly,
            "mi_ly_se": ly_se,
            "null_xl": null_xl,
            "null_ly": null_ly,
        }
        values |= dict(zip(("lower", "lower_se", "upper", "upper_se"), known, strict=True))
        values["capacity"] = np.nan if about.capacity is None else about.capacity
        values = {name: float(value) for name, value in values.items()}
        flags = _flags(values, about, self.target_entropy) + list(dict.fromkeys(w.category.__name__ for w in kept))
        return PlanePoint(
            epoch,
            layer,
            **values,
            n_samples=len(X),
            method=self.method,
            flags="; ".join(flags),
            fingerprint=fingerprint,
        )

    def _codes(self, compressor, Z, fold):
        """Return codes of one fold from a compressor that is fitted on the others."""
        train, test = fold
        varying = np.ptp(Z[train], axis=0) > 0
        if getattr(compressor, "image_shape", None) is None:
            # Constant columns, such as dead units, have no information and break compressors that scale.
            Z = Z[:, varying]
        # A layer that is already as narrow as the codes is not compressed.
        if varying.sum() <= _n_codes(compressor):
            return Z[test] if varying.any() else np.zeros((len(test), 1))
        compression = FittedCompression(seeded(compressor, int(self.seeds[2])))
        return codes_of_fold(compression, Z, None, train, test, self.memory)[2][0]

    def _mean(self, first, second, kinds=None):
        """Return the mean over folds, and its standard error from all rows."""
        estimator = declared(seeded(self.estimator, int(self.seeds[2])), discrete_target=kinds)
        fitted = [clone(estimator).fit(*codes) for codes in zip(first, second, strict=True)]
        mi, pointwise = pooled(fitted, [test for _, test in self.folds])
        if pointwise is not None:
            return mi, float(pointwise.std(ddof=1) / np.sqrt(len(pointwise)))
        # Without pointwise values: the standard error of a mean weighted by fold sizes, folds taken as independent.
        errors, sizes = np.array([part.standard_error_ for part in fitted]), [len(codes) for codes in first]
        return mi, float(np.sqrt(np.sum((errors * sizes) ** 2)) / np.sum(sizes))

    def _paired(self, X, L, y):
        seed, order = int(self.seeds[2]), self._order(len(L))
        found = []
        for first, second in ((X, L), (L, y), (X, L[order]), (L[order], y)):
            options = {"cv": self.folds, "memory": self.memory, "random_state": seed}
            model = CompressedMI(self.estimator, compressor=self.compressor, **options)
            fitted = model.fit(first, second)
            found.append((fitted.mi_, fitted.standard_error_))
        return found[0], found[1], found[2][0], found[3][0]

    def _order(self, n_rows):
        # The same order at every point, so that the nulls of different epochs can be compared.
        return np.random.RandomState(self.seeds[1]).permutation(n_rows)


def _is_paired(compressor):
    return "y" in signature(compressor.transform).parameters


def _n_codes(compressor):
    """Return the number of codes of a compressor, 0 if it is not known."""
    if isinstance(compressor, Pipeline):
        return _n_codes(compressor[-1])
    # Our compressors have n_components too, with another meaning: latent_dim comes first.
    for name in ("latent_dim", "n_components"):
        if isinstance(value := getattr(compressor, name, None), Integral):
            return value
    return 0


def _folds(n_rows, cv, seed):
    if n_rows < 10 * cv:
        raise ValueError(f"Expected at least {10 * cv} rows for cv={cv}, got {n_rows}.")
    parts = np.array_split(np.random.RandomState(seed).permutation(n_rows), cv)
    return [(np.sort(np.concatenate(parts[:i] + parts[i + 1 :])), np.sort(parts[i])) for i in range(cv)]


def _entropy(y):
    """Return H(Y) of labels in nats, NaN for continuous targets."""
    codes = labels_of(y)[1]
    if codes is None:
        return float("nan")
    return float(entropy(np.bincount(codes)))


def _flags(values, about, target_entropy):
    flags = ["deterministic"] if about.deterministic else []
    mi, se = values["mi_xl"], values["mi_xl_se"]
    if mi > values["upper"] + _ERRORS * np.hypot(se, values["upper_se"]):
        flags.append("above the upper bound")
    if mi < values["lower"] - _ERRORS * np.hypot(se, values["lower_se"]):
        flags.append("below the lower bound")
    if about.bounds is not None and not about.bounds.reliable:
        flags.append("bounds near log n")
    if values["mi_ly"] > target_entropy + _ERRORS * values["mi_ly_se"]:
        flags.append("above H(Y)")
    return flags
