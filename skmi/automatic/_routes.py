"""The routes to a number: all columns by the calibrator, codes, correlations, or a critic."""

import time

import numpy as np
from scipy.stats import entropy, kurtosis, norm
from sklearn.base import clone
from sklearn.decomposition import PCA

from .._maps import normal_scores
from ..compressed import CompressedMI
from ..compression import CanonicalCompressor
from ..estimators import KSG, GaussianCopulaMI, GaussianMI
from ..exceptions import (
    ConstantColumnWarning,
    LowEstimateWarning,
    RareClassWarning,
    SaturationWarning,
    TrainingWarning,
    kept_warnings,
)
from ..uncertainty import Table, bound_of_critic
from ._calibrator import calibrate, rule
from ._cheap import cheap_estimates, dimension
from ._pair import parts_of, suffice, varying
from ._route import Found, Route
from ._smoothed import may_be_codes, smoothed

_OF_ONE_ESTIMATE = SaturationWarning, LowEstimateWarning, TrainingWarning
_NOTICE = RareClassWarning  # what it says changes the question, not the answer
_SAID_ONCE = ConstantColumnWarning  # of all columns, with their names
_BY_COLUMNS = "all columns, calibrated"
_MOST_ROWS = 20_000  # of cheap estimates; more are drawn at random
_FEWEST_IN_HALF, _MOST_COLUMNS_OF_HALF = 200, 20  # rows, as the calibrator has seen; more columns cost too much
_FOLDS = 3
_MOST_CODES = 8  # of a linear compressor: of images many pairs are nearly exact, which no estimate takes well
_FILLED = 0.6  # share of the dimensions that columns must fill
_MOST_COMPONENTS, _HEAVY = 20, 0.1  # principal components, and excess kurtosis of half of them that is too much
_MOST_THIN = 3  # columns of a table that are looked at: of more, some are nearly functions of others without harm
MARGIN = 0.05  # nats
_SHOWN, _HALF = 0.8, 0.5  # of the entropy of labels, by the score


def by_columns(pair, confidence):
    """Read the information of all columns from cheap estimates, by the calibrator.

    Parameters
    ----------
    pair : Pair
        Without columns of both kinds on one side.
    confidence : float

    Returns
    -------
    found : Found
    """
    started = time.perf_counter()
    with kept_warnings() as kept:
        whole = KSG(marginals="normal", **pair.kinds).fit(pair.x.values, pair.y.values)
    some = pair if len(pair) <= _MOST_ROWS else pair.part(_some_rows(len(pair), pair.seed))
    X, y, labels = some.ordered()
    if min(np.ptp(X, axis=0).max(), np.ptp(y, axis=0).max()) == 0:
        nothing = Route(_BY_COLUMNS, 0.0, 0.0, 0.0, 0.0, 0.0, time.perf_counter() - started, "a side does not vary")
        return Found(nothing, whole, 0.0, **by_meaning(kept))
    estimates, known = _calibrated(X, y, labels, confidence)
    half = _some_rows(len(X), pair.seed, len(X) // 2)
    of_half = np.nan
    if len(half) >= _FEWEST_IN_HALF and pair.n_columns <= _MOST_COLUMNS_OF_HALF:
        of_half = _calibrated(X[half], y[half], labels, confidence)[1].mi
    error = _of_groups(whole, pair)
    mi = known.mi
    reasons = []
    thin = _thin(X, y, labels, _MOST_THIN)
    if thin is not None:
        known = known._replace(is_known=False)
    if not known.is_known:
        mi, of_half = rule(estimates), np.nan
        reasons.append(
            thin
            or "No pair like this one is among those on which estimates were calibrated, or their information differed "
            "too much: the value is the largest of three estimates by ranks, and its bias is unknown."
        )
    wider = max(1.0, error / whole.standard_error_) if pair.groups is not None else 1.0
    # Rows of some pairs vary more than those of the pairs that were calibrated on.
    reach = norm.ppf(0.5 + confidence / 2) * error
    low, high = mi - max(reach, wider * (mi - known.low)), mi + max(reach, wider * (known.high - mi))
    score, bound = np.nan, np.nan
    if pair.can_hold_out:
        score, bound = _judged(pair.table, pair.parts, pair.kinds, confidence)
        if score > high + MARGIN:
            mi, high = score, score + (high - mi)
            reasons.append(
                f"On rows held out at least {score:.2f} nats show, more than the calibrated interval allows."
            )
    mi, low, high = at_most_entropy(pair, mi, low, high)
    route = Route(_BY_COLUMNS, mi, low, high, error, score, time.perf_counter() - started)
    return Found(route, whole, bound, tuple(reasons), is_known=known.is_known, half=of_half, **by_meaning(kept))


def by_codes(pair, name, compressor, confidence, image_shapes=(None, None)):
    """Compress both sides on half of the rows, and read the information of the codes of the others; and the reverse.

    Parameters
    ----------
    pair : Pair
    name : str
        Of the route.
    compressor : transformer
        Paired, unfitted.
    confidence : float
    image_shapes : tuple, default=(None, None)
        Shapes of the images of both sides, where they are to be taken as such.

    Returns
    -------
    found : Found
    """
    started = time.perf_counter()
    labels = pair.are_labels[1]
    shapes = dict(zip(("image_shape", "y_image_shape"), image_shapes, strict=True))
    options = {"discrete_features": False, "discrete_target": labels} | {k: v for k, v in shapes.items() if v}
    known = compressor.get_params()
    compressor = clone(compressor).set_params(**{key: value for key, value in options.items() if key in known})
    estimator = KSG(marginals="normal", discrete_features=False, discrete_target=labels)
    model = CompressedMI(estimator, compressor=compressor, discrete_target=labels, random_state=pair.seed)
    X, y = pair.x.values, pair.y.values
    with kept_warnings() as kept:
        model.fit(X, y, groups=pair.groups)
    folds, codes, sizes = [], [], []
    for compression, rows in zip(model.compressions_, model.test_rows_, strict=True):
        x_codes, y_codes = compression.transform(X[rows], y[rows])
        codes.append((x_codes, y_codes))
        targets = pair.y.strata[rows] if labels else varying(y_codes)
        folds.append(_calibrated(varying(x_codes), targets, labels, confidence)[1])
        sizes.append(len(rows))
    mi, low, high = np.average([fold[:3] for fold in folds], axis=0, weights=sizes)
    reasons = []
    thin = _thin(*(varying(side) for side in codes[0]), labels, _MOST_CODES)
    are_known = thin is None and all(fold.is_known for fold in folds)
    if not are_known:
        reach = norm.ppf(0.5 + confidence / 2) * model.standard_error_
        mi, low, high = model.mi_, min(low, model.mi_ - reach), max(high, model.mi_ + reach)
        reasons.append(
            (thin or "").replace("columns", "codes")
            or "No codes like these are among the pairs on which estimates were calibrated, or their information "
            "differed too much: the value is that of nearest neighbours, whose bias is unknown."
        )
    score, bound = _score_of_codes(pair, codes[0], confidence)
    if labels:
        share = score / at_most_entropy(pair, np.inf, np.inf, np.inf)[0]
        # Between what rows held out show and the entropy of the labels no calibration is needed; and where much is
        # shown, encoders trained on few rows may well have lost the rest.
        if share > _SHOWN:
            low, reasons = min(low, score - MARGIN), []
        high = np.inf if share > _HALF else high
    mi, low, high = at_most_entropy(pair, mi, low, high)
    route = Route(name, mi, low, high, model.standard_error_, score, time.perf_counter() - started)
    return Found(route, model, bound, tuple(reasons), kind="codes", is_known=are_known, **by_meaning(kept))


def by_correlations(pair, confidence):
    """Read what normal data with the rank correlations of all columns hold: more than few codes, if it is spread out.

    Parameters
    ----------
    pair : Pair
    confidence : float

    Returns
    -------
    found : Found
    """
    started = time.perf_counter()
    some = pair if len(pair) <= _MOST_ROWS else pair.part(_some_rows(len(pair), pair.seed))
    with kept_warnings():
        model = (GaussianMI if pair.are_labels[1] else GaussianCopulaMI)(**pair.kinds)
        model.fit(some.x.values, some.y.values)
        error = _of_groups(model, some)
    reach = norm.ppf(0.5 + confidence / 2) * error
    mi, low, high = at_most_entropy(pair, model.mi_, model.mi_ - reach, model.mi_ + reach)
    note = ""
    if not all(_are_normal(side.continuous) for side in (some.x, some.y) if side.continuous.shape[1]):
        # Correlations of pixels and the like hold much that the rows do not.
        mi, low, high, note = np.nan, np.nan, np.nan, "not used: principal components are far from normal"
    route = Route("rank correlations", mi, low, high, error, np.nan, time.perf_counter() - started, note)
    reasons = (
        "The value is that of normal data with the rank correlations of all columns, of which codes have lost a part: "
        "its bias is unknown.",
    )
    return Found(route, model, reasons=reasons, kind="correlations", is_known=False)


def by_critic(pair, n_rows, confidence):
    """Train critics on two thirds of the rows each, and take what they tell of the others: a lower bound on average.

    Parameters
    ----------
    pair : Pair
    n_rows : int
        At most so many, which bounds the cost.
    confidence : float

    Returns
    -------
    found : Found
    """
    from ..estimators import InfoNCE

    started = time.perf_counter()
    some = pair if len(pair) <= n_rows else pair.part(_some_rows(len(pair), pair.seed, n_rows))
    # Critics cannot see what a few rows hold; the batch is then small enough for several steps in each epoch.
    batch = int(np.clip(2 ** np.floor(np.log2(len(some) / 8)), 16, 256))
    critic = InfoNCE(radius=True, cv=_FOLDS, patience=30, batch_size=batch, random_state=pair.seed, **pair.kinds)
    with kept_warnings():
        critic.fit(some.x.values, some.y.values)
    error = _of_groups(critic, some)
    mi = critic.mi_
    low = mi - norm.ppf(0.5 + confidence / 2) * error
    route = Route("critic, cross-fitted", mi, low, np.nan, error, mi, time.perf_counter() - started)
    return Found(route, critic, kind="critic")


def _calibrated(X, y, labels, confidence):
    """Return cheap estimates, and what the calibrator makes of them.

    Columns with outliers or ties are read as they are and smoothed, whichever gives the narrower interval. Where both
    sides hold whole numbers that repeat, which may be codes of labels, they are read as they are, and the interval is
    that of both readings.
    """
    readings = [_read(X, y, labels, confidence)]
    smooth = smoothed(X, 0), y if labels else smoothed(y, 1)
    if smooth[0] is X and smooth[1] is y:
        return readings[0]
    readings.append(_read(*smooth, labels, confidence))
    if not labels and may_be_codes(X) and may_be_codes(y):
        estimates, known = readings[0]
        low, high = (limit(reading[1][k] for reading in readings) for k, limit in ((1, min), (2, max)))
        return estimates, known._replace(low=low, high=high)
    return min(readings, key=lambda reading: (not reading[1].is_known, reading[1].high - reading[1].low))


def _read(X, y, labels, confidence):
    estimates = cheap_estimates(X, y, labels)
    return estimates, calibrate(estimates, confidence)


def _are_normal(values):
    """Return whether the largest principal components of normal scores are normal, which those of images are not."""
    scores = normal_scores(varying(values))
    n_components = min(_MOST_COMPONENTS, *scores.shape)
    components = PCA(n_components, svd_solver="covariance_eigh").fit_transform(scores)
    limit = _HEAVY + 2 * np.sqrt(24 / len(scores))  # the standard error of the excess kurtosis of normal values
    return bool(np.median(np.abs(kurtosis(components))) < limit)


def _thin(X, y, labels, most_columns):
    """Return a sentence on a side that lies near a curve or surface, of which the calibrator has seen none, or None."""
    for name, side in zip("Xy", (X,) if labels else (X, y), strict=False):
        n_columns = side.shape[1]
        if 2 <= n_columns <= most_columns and len(side) > _FEWEST_IN_HALF:
            filled = dimension(side)
            if filled < _FILLED * n_columns:
                return (
                    f"The {n_columns} columns of {name} fill some {filled:.1f} dimensions only, as rows on a curve or "
                    "surface do: the value is a simple one, whose bias is unknown."
                )
    return None


def by_meaning(kept):
    """Return the warnings about the data, and those that are for notice only."""
    return {
        "warnings": tuple(w for w in kept if not issubclass(w.category, (*_OF_ONE_ESTIMATE, _SAID_ONCE, _NOTICE))),
        "notices": tuple(w for w in kept if issubclass(w.category, _NOTICE)),
    }


def _score_of_codes(pair, codes, confidence):
    """Return the score and the certified bound of one fold's codes, on rows that their encoders have not seen."""
    rows = np.random.RandomState(pair.seed).permutation(len(codes[0]))
    parts = parts_of(rows, np.arange(len(rows)) / len(rows))
    if not suffice(parts):
        return np.nan, np.nan
    kinds = {"discrete_features": False, "discrete_target": pair.are_labels[1]}
    return _judged(Table.of(*codes), parts, kinds, confidence)


def _judged(table, parts, kinds, confidence):
    """Return score and bound, on the third part, of the critic fitted to the first that does best on the second."""
    best, best_score = None, -np.inf
    labels = bool(np.all(kinds["discrete_target"]))
    for critic in (GaussianMI() if labels else GaussianCopulaMI(), KSG(marginals="normal")):
        with kept_warnings():
            try:
                model = critic.set_params(**kinds).fit(*table.rows(parts[0]))
                score = model.score(*table.rows(parts[1]))
            except ValueError:
                continue
        if score > best_score:
            best, best_score = model, score
    if best is None:
        return np.nan, np.nan
    with kept_warnings():
        return best.score(*table.rows(parts[2])), certified(best, table, parts[2], confidence)


def certified(model, table, rows, confidence):
    with kept_warnings():
        return bound_of_critic(model, table, rows, confidence).bound


def at_most_entropy(pair, mi, low, high):
    """Return the numbers, none above the entropy of the labels."""
    for side, labels in zip((pair.x, pair.y), pair.are_labels, strict=True):
        if labels:
            counts = np.bincount(side.strata)
            most = float(entropy(counts)) + (len(counts) - 1) / (2 * len(pair))
            mi, low, high = min(mi, most), min(low, most), min(high, most)
    return float(mi), float(low), float(max(high, mi))


def _of_groups(model, pair):
    """Return the standard error of an estimate, counting groups where rows have them."""
    error = float(model.standard_error_)
    pointwise = model.pointwise_
    if pair.groups is None or len(pointwise) != len(pair):
        return error
    sums = np.bincount(np.unique(pair.groups, return_inverse=True)[1], weights=pointwise - pointwise.mean())
    return max(error, float(np.sqrt(np.sum(sums**2)) / len(pair)))


def _some_rows(n_samples, seed, most=_MOST_ROWS):
    return np.sort(np.random.RandomState(seed).permutation(n_samples)[:most])


def canonical():
    """Return the linear compressor of the routes by codes."""
    return CanonicalCompressor(_MOST_CODES, marginals="normal")
