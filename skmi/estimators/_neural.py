"""Neural estimators: a critic is trained on some rows, watched on others, and a bound reported on the rest."""

import warnings
from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._kinds import as_labels
from .._sklearn import Interval, StrOptions, _fit_context
from ..bounds import matrices, pointwise
from ..exceptions import SaturationWarning, TrainingWarning
from ._base import MutualInfoEstimator
from ._columns import Columns
from ._warnings import warn_constant, warn_negative, warn_repeated_rows

_MIN_SAMPLES = 8
_TRAINING = ("max_epochs", "batch_size", "learning_rate", "patience", "verbose")
_JOINT_ROWS = 512  # compared with one another by a network that has to see each pair of them
_CAP_MARGIN = 0.5  # nats below log(batch_size) from which InfoNCE has little left to climb
_PARAMETERS = """critic : {"joint", "separable", "bilinear"}, default="separable"
        Product of features of each side, which compares all pairs of a batch at once; a network on both rows
        together, which sees a few; or the product of the rows by a matrix, for a rough look.
    image_shape, y_image_shape : tuple of int or None, default=None
        ``(height, width)`` or ``(channels, height, width)`` of X, and of y, where they are images passed as flattened
        rows; a convolutional network sees them first.
    hidden_sizes : tuple of int, default=(128, 128)
        Widths of the dense layers.
    channels : tuple of int, default=(16, 32)
        Channels of the convolutional blocks, each of which halves the sides.
    marginals : {"normal", "standardize"}, default="normal"
        What happens to each column first: normal scores by rank, which tame heavy tails and leave the information as
        it is, or unit variance. Pixels of images are scaled together.
    max_epochs : int, default=100
        Most passes over the training rows.
    batch_size : int, default=256
        Rows a step.
    learning_rate : float, default=1e-3
        Largest rate of the one-cycle schedule.
    patience : int, default=50
        Epochs without a higher held-out value after which training stops; the best weights are kept.
    validation_fraction : float, default=0.15
        Share of the rows on which training is watched.
    test_fraction : float, default=0.3
        Share of the rows from which ``mi_`` is computed.
    device : str, default="auto"
        "cpu", "cuda", "mps", ...; "auto" takes an accelerator where there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of the parts, the weights and the batches.
    verbose : int, default=0
        Positive: a progress bar."""
_ATTRIBUTES = """pointwise_ : ndarray of shape (n_test,)
        What each test row contributes; the mean is ``mi_``.
    standard_error_ : float
        Standard error of ``mi_`` from ``pointwise_``, in nats, with the critic taken as given.
    history_ : dict of ndarray of shape (n_epochs,)
        ``"train_mi"`` and ``"valid_mi"``, {curve}.
    net_ : skorch.NeuralNet or None
        Trained critic; None where X or y does not vary.
    classes_ : ndarray or None
        Labels of y, where y holds labels.
    n_features_in_ : int
        Number of columns of X."""
_CURVES = {  # by what is climbed
    "jensen_shannon": (
        "what training climbs, on its batches and on the watched rows by epoch: twice\n"
        "        the Jensen–Shannon divergence of pairs from unpaired rows, at most log 4"
    ),
}
_FELL = 0.2, 0.2  # nats, and share of the highest held-out value, by which it has fallen too far


class NeuralEstimator(MutualInfoEstimator):
    """Base class of the estimators that train a critic.

    A subclass says in ``_gradient`` what is climbed and in ``_reported`` the bound that is reported, with its options.
    """

    _parameter_constraints = {
        "critic": [StrOptions({"joint", "separable", "bilinear"})],
        "image_shape": [tuple, list, None],
        "y_image_shape": [tuple, list, None],
        "hidden_sizes": [tuple, list],
        "channels": [tuple, list],
        "marginals": [StrOptions({"standardize", "normal"})],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "test_fraction": [Interval(Real, 0, 1, closed="neither")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        curve = _CURVES.get(cls._gradient, "the bound on batches of training and on the watched rows by epoch")
        words = {"{parameters}": _PARAMETERS, "{attributes}": _ATTRIBUTES.replace("{curve}", curve)}
        for name, text in words.items():  # written once for all
            cls.__doc__ = cls.__doc__.replace(name, text)

    def __init__(
        self,
        critic="separable",
        *,
        image_shape=None,
        y_image_shape=None,
        hidden_sizes=(128, 128),
        channels=(16, 32),
        marginals="normal",
        max_epochs=100,
        batch_size=256,
        learning_rate=1e-3,
        patience=50,
        validation_fraction=0.15,
        test_fraction=0.3,
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
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.test_fraction = test_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @property
    @abstractmethod
    def _gradient(self):
        """What training climbs."""

    @property
    @abstractmethod
    def _reported(self):
        """Name of the bound that is reported, and its options."""

    _watched = None  # the bound by which training stops, if not by that reported

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train the critic and estimate I(X; Y) on rows that it has not seen.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            First variable.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Second variable, or labels.

        Returns
        -------
        self : object
            Fitted estimator, with ``mi_`` in nats.
        """
        self._check_table(X, y, reset=True)
        X = check_array(X, dtype=np.float64, input_name="X", ensure_min_samples=2)
        self.classes_ = as_labels(y)[0]
        y = self._y_columns(y)
        check_consistent_length(X, y)
        if len(X) < _MIN_SAMPLES:
            raise ValueError(
                f"Expected at least {_MIN_SAMPLES} rows to train, watch and test on, got n_samples={len(X)}. Pass more."
            )
        # Images have borders, of which nobody wants to be told.
        if self.image_shape is None:
            warn_constant(X, "X")
        if self.classes_ is None and self.y_image_shape is None:
            warn_constant(y, "y")
        if self.classes_ is None:
            # Copies of training rows among the others would be known by heart there too.
            warn_repeated_rows(*(Columns(Z, np.zeros(Z.shape[1], dtype=bool)) for Z in (X, y)), stacklevel=4)
        parts, seed = self._parts(len(X), check_random_state(self.random_state))
        self.net_, self.history_ = None, {}
        if np.ptp(X, axis=0).any() and np.ptp(y, axis=0).any():
            self._train(X, y, parts, seed)
        test = parts[-1]
        bound, options = self._reported
        # The classes are known, so that later rows are coded as these are.
        most = _JOINT_ROWS if self.critic == "joint" else None
        values = [pointwise(bound, T, **options) for T in matrices(self._ratios, X[test], y[test], most)]
        self.pointwise_ = np.concatenate(values)
        self.mi_ = float(np.mean(self.pointwise_))
        self._look_at_the_cap(len(parts[0]))
        advice = (
            "the critic is worse than none on the test rows. Pass more rows, or lower hidden_sizes or learning_rate."
        )
        warn_negative(self.pointwise_, advice, 4)
        return self

    def log_density_ratio(self, X, y):
        """Return the critic's values for all pairs of rows, which stand for log p(x, y) / (p(x) p(y)).

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
        check_is_fitted(self, "mi_")
        self._check_table(X, y, reset=False)
        return self._ratios(check_array(X, dtype=np.float64, input_name="X"), self._y_columns(y))

    def _ratios(self, X, y):
        if self.net_ is None:  # a side without variation
            return np.zeros((len(X), len(y)))
        from .._rows import in_passes

        x, module = self._x_rotation.inputs(X), self.net_.module_
        targets = self._y_rotation.inputs(y)
        log_ratios = in_passes(lambda rows: module.matrix(rows, targets.to(rows)), module, x.numpy())
        if self.classes_ is not None:
            log_ratios[:, ~y.any(axis=1)] = 0.0  # labels that were not there in fit
        return log_ratios

    def _y_columns(self, y):
        """Return y as columns of numbers; labels as one indicator for each class."""
        if self.classes_ is not None:
            return (np.asarray(y).reshape(-1, 1) == self.classes_).astype(np.float64)
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        return y.reshape(len(y), -1)

    def _parts(self, n_samples, random_state):
        """Return the numbers of the rows to train on, to watch and to test on, and a seed for the rest."""
        order = random_state.permutation(n_samples)
        n_valid, n_test = (max(2, round(part * n_samples)) for part in (self.validation_fraction, self.test_fraction))
        if n_samples - n_valid - n_test < 4:
            raise ValueError(
                f"Expected validation_fraction and test_fraction to leave at least 4 of {n_samples} rows for training, "
                f"got {self.validation_fraction} and {self.test_fraction}. Lower them or pass more rows."
            )
        seed = random_state.randint(2**31 - 1)
        return (order[n_valid + n_test :], order[:n_valid], order[n_valid : n_valid + n_test]), seed

    def _train(self, X, y, parts, seed):
        from .._networks import checked_image_shape
        from .._rows import Rotation
        from .._training import history_of, reproducible, resolve_device, train
        from ._critics import BothSides, Critic, Objective

        shapes = (
            checked_image_shape(self.image_shape, X.shape[1], "image_shape", "X"),
            checked_image_shape(self.y_image_shape, y.shape[1], "y_image_shape", "y"),
        )
        bound, options = self._reported
        device, scores = resolve_device(self.device), self.marginals == "normal"
        with reproducible(seed, device):
            training = parts[0]
            self._x_rotation = Rotation(X[training], None, shapes[0] is None, scores and shapes[0] is None)
            y_scores = scores and shapes[1] is None and self.classes_ is None
            self._y_rotation = Rotation(y[training], None, shapes[1] is None, y_scores)
            x, y = self._x_rotation.inputs(X), self._y_rotation.inputs(y)
            self.net_ = train(
                Critic(self.critic, (x.shape[1], y.shape[1]), self.hidden_sizes, shapes, self.channels),
                Objective(self._gradient, self._watched or bound, options.get("clip", np.inf)),
                *(BothSides(x[rows], y[rows]) for rows in parts[:2]),
                device=device,
                name=type(self).__name__,
                unfinished="held-out MI was still rising",
                max_norm=1.0,
                **{key: getattr(self, key) for key in _TRAINING},
            )
        losses = history_of(self.net_)
        self.history_ = {"train_mi": -losses["train_loss"], "valid_mi": -losses["valid_loss"]}
        watched = self.history_["valid_mi"][np.isfinite(self.history_["valid_mi"])]
        best, last = watched.max(), watched[-1]
        if best - last > max(_FELL[0], _FELL[1] * best):
            warnings.warn(
                f"The held-out MI fell from its highest, {best:.2f}, to {last:.2f} while training went on: the critic "
                "was learning its rows by heart. The value of the best epoch is kept; pass more rows, or lower "
                "hidden_sizes or learning_rate.",
                TrainingWarning,
                stacklevel=4,
            )

    def _look_at_the_cap(self, n_training):
        """Warn where more partners of a row in training might have brought more."""
        if self._gradient != "info_nce" or self.net_ is None:
            return
        from ._critics import N_SHUFFLES

        if self.critic == "joint":
            n_compared, what, advice = N_SHUFFLES + 1, f"log({N_SHUFFLES + 1})", 'Take critic="separable".'
        else:
            n_compared, what = min(self.batch_size, n_training), "log(batch_size)"
            advice = "Raise batch_size." if self.batch_size < n_training else "Pass more rows."
        cap = np.log(n_compared)
        if self.mi_ > cap - _CAP_MARGIN:
            warnings.warn(
                f"The estimate {self.mi_:.2f} is near the cap {what} = {cap:.2f} of what training climbs. {advice}",
                SaturationWarning,
                stacklevel=4,
            )
