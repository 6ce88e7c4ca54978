"""Bounds of the information about labels, from any classifier."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy.stats import norm
from sklearn.model_selection import KFold, StratifiedKFold, check_cv, cross_val_predict
from sklearn.utils import check_consistent_length

from .._seeding import seeded
from .._sklearn import HasMethods, Interval, validate_params
from .._tables import labels_of
from ._result import Result


@dataclass(frozen=True)
class LabelBounds(Result):
    """Result of :func:`label_information_bounds`.

    Attributes
    ----------
    lower : float
        Entropy of the labels less the held-out cross-entropy of the classifier, in nats.
    low, high : float
        Confidence interval of what ``lower`` estimates, in nats.
    upper : float
        Entropy of the labels, in nats.
    confidence : float
        Nominal share of intervals [low, high] that contain the value they are of.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skmi.uncertainty import label_information_bounds
    >>> bounds = label_information_bounds(LogisticRegression(max_iter=1000), *load_iris(return_X_y=True))
    >>> round(bounds.upper, 2)  # three classes of equal size
    1.1
    """

    lower: float
    low: float
    high: float
    upper: float
    confidence: float = 0.95

    def __repr__(self):
        return f"LabelBounds({self.lower:.3f} [{self.low:.3f}, {self.high:.3f}] <= I(X; y) <= {self.upper:.3f} nats)"


@validate_params(
    {
        "classifier": [HasMethods(["fit", "predict_proba"])],
        "cv": ["cv_object"],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "groups": ["array-like", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def label_information_bounds(classifier, X, y, *, cv=5, confidence=0.95, groups=None, random_state=None, n_jobs=None):
    """Return bounds of I(X; y) for labels y from any classifier of scikit-learn.

    A classifier that predicts labels of held-out rows proves information: H(y) less its cross-entropy is at most
    I(X; y), which is at most H(y). The better and the better calibrated the classifier, the tighter the bound.

    Parameters
    ----------
    classifier : classifier
        With ``fit`` and ``predict_proba``; also a Pipeline.
    X : array-like of shape (n_samples, n_features)
        First variable.
    y : array-like of shape (n_samples,)
        Labels.
    cv : int, cross-validation generator or iterable, default=5
        How rows are split; every row must be held out exactly once. An int shuffles, and keeps the shares of labels.
    confidence : float, default=0.95
        Of the interval [low, high].
    groups : array-like of shape (n_samples,) or None, default=None
        Passed to ``cv``.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, and of the classifier if its own is None.
    n_jobs : int, default=None
        Folds fitted in parallel.

    Returns
    -------
    bounds : LabelBounds
        Lower bound with its interval, and upper bound.

    Raises
    ------
    ValueError
        If y holds quantities instead of labels.

    Notes
    -----
    Predicted probabilities are mixed with the shares of the labels at weight 1 / (n + 1), so that one confident mistake
    does not cost infinitely much. Rows are taken as independent, and classifiers as given, so the interval is of the
    bound of these classifiers.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skmi.uncertainty import label_information_bounds
    >>> X, y = load_digits(return_X_y=True)
    >>> bounds = label_information_bounds(LogisticRegression(max_iter=200), X / 16, y, random_state=0)
    >>> bool(bounds.lower > 2.0)
    True
    """
    check_consistent_length(X, y)
    classes, labels = labels_of(y)
    if classes is None:
        raise ValueError("Expected labels in y, got quantities. Pass strings, categories, or integers of few values.")
    if classes.ndim > 1:
        raise ValueError(f"Expected one column of labels in y, got {classes.shape[1]}. Join them into one.")
    if isinstance(cv, Integral) and groups is None:
        kind = StratifiedKFold if np.bincount(labels).min() >= cv else KFold
        cv = kind(cv, shuffle=True, random_state=random_state)
    else:
        cv = check_cv(cv, labels, classifier=True)
    seed = random_state if random_state is not None else 0
    probabilities = cross_val_predict(
        seeded(classifier, seed), X, labels, cv=cv, groups=groups, method="predict_proba", n_jobs=n_jobs
    )
    shares = np.bincount(labels) / len(labels)
    weight = 1 / (len(labels) + 1)
    of_label = probabilities[np.arange(len(labels)), labels]
    gains = np.log((1 - weight) * of_label / shares[labels] + weight)
    lower, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    reach = norm.ppf(0.5 + confidence / 2) * error
    upper = float(-np.sum(shares * np.log(shares)))
    return LabelBounds(lower, lower - reach, lower + reach, upper, confidence)
