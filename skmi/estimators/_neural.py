"""Neural estimators: disjoint rows train a critic, stop its training, and give the reported bound."""

from abc import abstractmethod
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state

from .._maps import Radius
from .._seeding import stop_if_interrupted
from .._sklearn import Interval, StrOptions
from .._tables import Indicators
from ..bounds import matrices, pointwise
from ..exceptions import SaturationWarning, TrainingWarning, issue, kept_warnings, one_of_each, warn
from ._base import ColumnEstimator
from ._lower_values import warn_too_low
from ._warnings import warn_constant, warn_linear_identity, warn_negative, warn_of_data

_MIN_SAMPLES = 8
_MIN_IN_FOLD = 4
_TRAINING = ("max_epochs", "batch_size", "learning_rate", "patience", "verbose")
_JOINT_ROWS = 512  # rows per part in evaluation of a joint critic, which needs a pass for each pair of rows
_CAP_MARGIN = 0.5  # warn if InfoNCE comes closer than this to its cap in training, in nats
PARAMETERS = """critic : {"joint", "separable", "bilinear"}, default="separable"
        "separable": the inner product of features of each side, which compares all pairs of a batch at once. "joint": a
        network on the concatenated rows, which compares each row with a few shuffled partners. "bilinear": a bilinear
        form of the rows, for a rough first look.
    image_shape, y_image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of X, and of y, if they are images passed as flattened
        rows; a convolutional network then encodes them.
    hidden_sizes : tuple of int, default=(128, 128)
        Widths of the dense layers.
    channels : tuple of int, default=(16, 32)
        Channels of the convolutional blocks, each of which halves height and width.
    marginals : {"normal", "standardize"}, default="normal"
        Scaling of each column: normal scores by rank, which remove heavy tails and preserve the information, or unit
        variance. Pixels of images are scaled together.
    radius : bool, default=False
        Whether dense sides of several columns get one more input: the distance of the row from the centre, with columns
        scaled by their quartiles. Products of features learn elliptical and rotating dependence slowly without it.
    max_epochs : int, default=100
        Maximum number of passes over the training rows.
    batch_size : int, default=256
        Rows per step.
    learning_rate : float, default=1e-3
        Largest learning rate of the one-cycle schedule.
    patience : int, default=50
        Epochs without a higher value on the validation rows after which training stops; the best weights are kept.
    validation_fraction : float, default=0.15
        Share of the rows used as validation rows, for early stopping.
    test_fraction : float, default=0.3
        Share of the rows from which ``mi_`` is computed. Ignored with ``cv``.
    cv : int or None, default=None
        Number of folds. The value of each row is then that of a critic trained on the other folds, so that all rows
        count, and most of them in training; ``log_density_ratio`` is the mean over these critics.
    discrete_features : "auto", bool or array-like of shape (n_features,), default="auto"
        Which columns of X are discrete; they enter as indicators of their values. "auto" goes by dtype: strings,
        categories and booleans are discrete; integer columns are if each has at most 32 distinct values and their joint
        combinations are at most a third of the number of rows (two values always pass).
    discrete_target : "auto", bool or array-like of shape (n_targets,), default="auto"
        The same for y.
    device : str, default="auto"
        "cpu", "cuda", "mps", ...; "auto" uses an accelerator if there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, the weights and the batches.
    verbose : int, default=0
        If positive, show a progress bar."""
ATTRIBUTES = """pointwise_ : ndarray of shape (n_test,)
        Contribution of each test row, or with ``cv`` of each row; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_`` from ``pointwise_``, in nats, for the given critic.
    history_ : dict of ndarray of shape (n_epochs,)
        ``"train_mi"`` and ``"valid_mi"``, {curve}; with ``cv``, those of the first fold.
    net_ : skorch.NeuralNet or None
        Trained critic, with ``cv`` that of the first fold; None if X or y does not vary.
    classes_ : ndarray of shape (n_classes,) or (n_classes, n_targets), or None
        Labels of y, if all its columns are discrete.
    discrete_features_ : ndarray of shape (n_features,), dtype bool
        Which columns of X were taken as discrete.
    discrete_target_ : ndarray of shape (n_targets,), dtype bool
        Which columns of y were taken as discrete.
    n_features_in_ : int
        Number of columns of X."""
BOUND_CURVE = "the bound on the training batches and on the validation rows, by epoch"
CLASSIFIER_CURVE = """the objective on the training batches and on the validation rows, by
        epoch: twice the Jensen–Shannon divergence of pairs from unpaired rows, at most log 4"""
_MAX_FALL = 0.2, 0.2  # nats, and share of the highest validation value; warn if the last value is lower by more


class NeuralEstimator(ColumnEstimator):
    """Base class of the estimators that train a critic.

    A subclass names the training objective in ``_gradient``, and the reported bound and its options in ``_reported``.
    """

    _parameter_constraints = {
        **ColumnEstimator._parameter_constraints,
        "critic": [StrOptions({"joint", "separable", "bilinear"})],
        "image_shape": [tuple, list, None],
        "y_image_shape": [tuple, list, None],
        "hidden_sizes": [tuple, list],
        "channels": [tuple, list],
        "marginals": [StrOptions({"standardize", "normal"})],
        "radius": ["boolean"],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "test_fraction": [Interval(Real, 0, 1, closed="neither")],
        "cv": [Interval(Integral, 2, None, closed="left"), None],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        critic="separable",
        *,
        image_shape=None,
        y_image_shape=None,
        hidden_sizes=(128, 128),
        channels=(16, 32),
        marginals="normal",
        radius=False,
        max_epochs=100,
        batch_size=256,
        learning_rate=1e-3,
        patience=50,
        validation_fraction=0.15,
        test_fraction=0.3,
        cv=None,
        discrete_features="auto",
        discrete_target="auto",
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.critic = critic
        self.image_shape = image_shape
        self.y_image_shape = y_image_shape
        self.hidden_sizes = hidden_sizes
        self.channels = channels
        self.marginals = marginals
        self.radius = radius
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.test_fraction = test_fraction
        self.cv = cv
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @property
    @abstractmethod
    def _gradient(self):
        """Name of the training objective."""

    @property
    @abstractmethod
    def _reported(self):
        """Name of the reported bound, and its options."""

    _stopping = None  # name of the bound for early stopping, if not the reported one

    def _fit(self, x, y):
        """Train the critic, and return the contributions of the test rows to the bound."""
        if len(x) < _MIN_SAMPLES:
            raise ValueError(
                f"Expected at least {_MIN_SAMPLES} rows to train, validate and test on, got n_samples={len(x)}. Pass "
                "more."
            )
        # Copies of training rows among the validation and test rows would hide overfitting.
        by_ranks = self.marginals == "normal" or self.image_shape is not None or self.y_image_shape is not None
        warn_of_data(x, y, None if by_ranks else 'pass marginals="normal"')
        warn_linear_identity(x, y)
        self.classes_ = self._y_coder.classes()
        self._x_numbers, self._y_numbers = Indicators(x), None if self.classes_ is not None else Indicators(y)
        X, Y = self._inputs(x, y)
        self._critics, self.history_ = [], {}
        contributions, n_training = self._held_out(X, Y, check_random_state(self.random_state))
        self.net_ = self._critics[0].net if self._critics else None
        self._warn_near_cap(float(np.mean(contributions)), n_training)
        advice = (
            "the critic is worse than a constant one on the test rows. Pass more rows, or lower hidden_sizes or "
            "learning_rate."
        )
        warn_negative(contributions, advice)
        warn_too_low(contributions, x, y, "Pass more rows, raise max_epochs, or compress first.")
        return contributions

    def _held_out(self, X, Y, random_state):
        """Return the contributions of rows that the critic has not seen, and the number of rows it has seen."""
        if self.cv is None:
            training, validation, test = self._parts(len(X), random_state)
            contributions = self._contributions(X, Y, training, validation, test, random_state)
            return contributions, len(training)
        if len(X) < _MIN_IN_FOLD * self.cv:
            raise ValueError(
                f"Expected at least {_MIN_IN_FOLD} rows in each of cv={self.cv} folds, got n_samples={len(X)}. Pass "
                "more rows or fewer folds."
            )
        contributions = np.empty(len(X))
        with kept_warnings() as kept:
            for rest, test in KFold(self.cv, shuffle=True, random_state=random_state).split(X):
                n_valid = max(2, round(self.validation_fraction * len(rest)))
                rest = random_state.permutation(rest)
                training, validation = rest[n_valid:], rest[:n_valid]
                contributions[test] = self._contributions(X, Y, training, validation, test, random_state)
                stop_if_interrupted(kept)
        issue(one_of_each(kept))
        return contributions, len(training)

    def _contributions(self, X, Y, training, validation, test, random_state):
        """Train a critic, and return the contributions of the test rows to the bound."""
        seed = random_state.randint(2**31 - 1)
        critics = []
        if np.ptp(X, axis=0).any() and np.ptp(Y, axis=0).any():
            critics = [self._train(X, Y, training, validation, seed)]
            self._critics += critics
        bound, options = self._reported
        most = _JOINT_ROWS if self.critic == "joint" else None

        def ratios(x, y):
            return self._ratios(x, y, critics)

        values = [pointwise(bound, T, **options) for T in matrices(ratios, X[test], Y[test], most)]
        return np.concatenate(values)

    def _error_of(self, x, y):
        """Return the standard error of the bound on the reported rows, labels included."""
        return self._spread_error()

    def _log_density_ratio(self, x, y):
        return self._ratios(*self._inputs(x, y), self._critics)

    def _warn_constant(self, x, y):
        # Constant pixels are normal at the border of images.
        if self.image_shape is None:
            warn_constant(x, "X")
        if self.y_image_shape is None:
            warn_constant(y, "y")

    def _inputs(self, x, y):
        """Return both sides as columns of numbers, with labels as one indicator per class."""
        X = x.values if self.image_shape is not None else self._x_numbers(x)
        if self.classes_ is not None:
            return X, (self._y_coder.class_numbers(y)[:, None] == np.arange(len(self.classes_))).astype(np.float64)
        return X, y.values if self.y_image_shape is not None else self._y_numbers(y)

    def _ratios(self, X, y, critics):
        """Return the mean of the critics' values of all pairs of rows."""
        if not critics:  # a side without variation
            return np.zeros((len(X), len(y)))
        log_ratios = np.mean([critic.matrix(X, y) for critic in critics], axis=0)
        if self.classes_ is not None:
            log_ratios[:, ~y.any(axis=1)] = 0.0  # labels that fit has not seen
        return log_ratios

    def _parts(self, n_samples, random_state):
        """Return the numbers of the training, validation and test rows."""
        order = random_state.permutation(n_samples)
        n_valid, n_test = (max(2, round(part * n_samples)) for part in (self.validation_fraction, self.test_fraction))
        if n_samples - n_valid - n_test < 4:
            raise ValueError(
                f"Expected validation_fraction and test_fraction to leave at least 4 of {n_samples} rows for training, "
                f"got {self.validation_fraction} and {self.test_fraction}. Lower them or pass more rows."
            )
        return order[n_valid + n_test :], order[:n_valid], order[n_valid : n_valid + n_test]

    def _train(self, X, y, training, validation, seed):
        """Return a trained critic."""
        from .._networks import (
            TrainingOptions,
            checked_image_shape,
            history_of,
            reproducible,
            resolve_device,
            selected,
            train,
        )
        from ._critics import BothSides, Critic, Objective

        shapes = (
            checked_image_shape(self.image_shape, X.shape[1], "image_shape", "X"),
            checked_image_shape(self.y_image_shape, y.shape[1], "y_image_shape", "y"),
        )
        bound, options = self._reported
        device, scores = resolve_device(self.device), self.marginals == "normal"
        with reproducible(seed, device):
            of_x = _Inputs(X[training], shapes[0] is not None, scores, self.radius)
            # Indicators of labels have neither ranks nor a radius.
            labels = self.classes_ is not None
            of_y = _Inputs(y[training], shapes[1] is not None, scores and not labels, self.radius and not labels)
            x, y = of_x(X), of_y(y)
            net = train(
                Critic(self.critic, (x.shape[1], y.shape[1]), self.hidden_sizes, shapes, self.channels),
                Objective(self._gradient, self._stopping or bound, options.get("clip", np.inf)),
                *(BothSides(selected(x, rows), selected(y, rows)) for rows in (training, validation)),
                TrainingOptions(
                    device=device,
                    name=type(self).__name__,
                    unfinished="held-out MI was still rising",
                    averaged=self.cv is not None,
                    max_norm=1.0,  # the exponentials of some bounds make rare, huge gradients
                    **{key: getattr(self, key) for key in _TRAINING},
                ),
            )
        losses = history_of(net)
        history = {"train_mi": -losses["train_loss"], "valid_mi": -losses["valid_loss"]}
        self.history_ = self.history_ or history
        curve = history["valid_mi"][np.isfinite(history["valid_mi"])]
        best, last = curve.max(), curve[-1]
        if best - last > max(_MAX_FALL[0], _MAX_FALL[1] * best):
            warn(
                f"The held-out MI fell from its highest, {best:.2f}, to {last:.2f} during training: the critic "
                "overfits the training rows. The weights of the best epoch are kept; pass more rows, or lower "
                "hidden_sizes or learning_rate.",
                TrainingWarning,
            )
        return _TrainedCritic(of_x, of_y, net)

    def _warn_near_cap(self, mi, n_training):
        """Warn if more partners of each row in training might have raised the estimate."""
        if self._gradient != "info_nce" or self.net_ is None:
            return
        from ._critics import N_SHUFFLES

        if self.critic == "joint":
            n_compared, what, advice = N_SHUFFLES + 1, f"log({N_SHUFFLES + 1})", 'Use critic="separable".'
        else:
            n_compared, what = min(self.batch_size, n_training), "log(batch_size)"
            advice = "Raise batch_size." if self.batch_size < n_training else "Pass more rows."
        cap = np.log(n_compared)
        if mi > cap - _CAP_MARGIN:
            warn(
                f"The estimate {mi:.2f} is near the cap {what} = {cap:.2f} of the training objective. {advice}",
                SaturationWarning,
            )


class _Inputs:
    """The map from rows of one side to inputs of a network, learned from training rows.

    Parameters
    ----------
    rows : ndarray of shape (n_training, n_columns)
    images : bool
        Whether rows are images, which keep their pixels.
    scores : bool
        Whether columns are turned to normal scores, if rows are not images.
    radius : bool
        Whether the distance from the centre is one more column, if there are several and rows are not images.
    """

    def __init__(self, rows, images, scores, radius):
        from .._networks import Rotation

        self.images = images
        self.radius = Radius(rows) if radius and not images else None
        self.rotation = Rotation(self._with_radius(rows), None, not images, scores and not images)

    def _with_radius(self, rows):
        return rows if self.radius is None else np.hstack([rows, self.radius(rows)])

    def __call__(self, rows):
        """Return network inputs: a tensor, or images that are prepared batch by batch."""
        from .._networks import PreparedRows

        if self.images:
            return PreparedRows(rows, self.rotation)
        return self.rotation.inputs(self._with_radius(rows))


class _TrainedCritic(NamedTuple):
    """A network, and the maps of both sides to its inputs."""

    of_x: _Inputs
    of_y: _Inputs
    net: object

    def matrix(self, X, y):
        """Return the critic's value of all pairs of rows."""
        from .._networks import in_passes

        module, targets = self.net.module_, self.of_y(y)[:]
        return in_passes(lambda rows: module.matrix(rows, targets.to(rows)), module, self.of_x(X))
