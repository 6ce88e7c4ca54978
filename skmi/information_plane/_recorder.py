"""Record the layers of a network while it is trained."""

import sys
from collections import OrderedDict
from contextlib import ExitStack, contextmanager, nullcontext
from math import isfinite

import torch
from skorch.callbacks import Callback

from .._networks import seeded_cards
from ..channel import gaussian_channel_bounds, gaussian_channel_capacity
from ..exceptions import DeterministicLayerWarning, TrainingWarning, warn
from ._inputs import batches, read_rows, side_by_side
from ._layers import first_tensor, layers_by_name, unwrapped
from ._noise import GaussianNoise
from ._recording import LayerRecord, Recording
from ._run import information_plane
from ._with_noise import noise_of


class InformationPlaneRecorder(Callback):
    """Record layers at chosen epochs, always on the same rows and with the same draw of noise.

    With skorch the recorder is a callback:
    ``NeuralNetClassifier(net, callbacks=[InformationPlaneRecorder(X_eval, y_eval)])``. In a training loop of your own,
    call ``recorder.record(model, epoch)``. Recording runs the network in evaluation mode with a separate random
    generator, so it does not change the training.

    Parameters
    ----------
    X : array-like or tensor of shape (n_samples, ...), dict, tuple, Dataset or DataLoader
        Rows to record, in the form that the network takes; preferably not its training rows. A dict of tensors is
        passed as keyword arguments, a tuple or list of tensors as positional ones. The items of a torch ``Dataset`` are
        such inputs x, or pairs (x, y); they are read once, so that transforms that draw at random give the same rows at
        each epoch. I(X; L) is that of all inputs side by side.
    y : array-like or tensor of shape (n_samples,) or (n_samples, n_targets), default=None
        Targets of these rows: labels or values. None takes those of a Dataset or DataLoader.
    layers : str, list of str or None, default=None
        Names of modules, as in ``model.named_modules()``. None records every :class:`GaussianNoise`, and every layer
        that has one from :func:`with_noise`. A layer that ends in such noise is recorded with it. Of a layer that
        returns a tuple, the first tensor is recorded.
    every : int or list of int, default=1
        Number of epochs between records, or the list of epochs to record. Epoch 0 is before training; with skorch it is
        always recorded.
    allow_deterministic : bool, default=False
        Whether to record layers without noise in or before them, with a
        :class:`~skmi.exceptions.DeterministicLayerWarning`. By default they raise an error.
    n_noise_draws : int, default=16
        Additional draws of noise for the bounds of layers that come after another noisy layer. More draws make the
        bounds tighter; with 0 these layers have none.
    batch_size : int, default=1024
        Number of rows per forward pass.
    seed : int, default=0
        Seed of the noise.
    folder : str, path-like or None, default=None
        Folder for the activations; None keeps them in memory.
    estimate : dict or None, default=None
        Options of :func:`information_plane`. If given, it is called after every recorded epoch, and ``plane_`` holds
        the table so far.

    Attributes
    ----------
    recording_ : Recording
        The records so far.
    plane_ : InformationPlane
        Only with ``estimate``.

    Examples
    --------
    >>> import torch
    >>> from skmi.information_plane import GaussianNoise, InformationPlaneRecorder
    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Tanh(), GaussianNoise(0.1))
    >>> recorder = InformationPlaneRecorder(torch.randn(100, 4), torch.arange(100) % 2)
    >>> recorder.record(net, epoch=1).recording_.layers
    ['2']
    """

    def __init__(
        self,
        X,
        y=None,
        layers=None,
        *,
        every=1,
        allow_deterministic=False,
        n_noise_draws=16,
        batch_size=1024,
        seed=0,
        folder=None,
        estimate=None,
    ):
        self.X = X
        self.y = y
        self.layers = layers
        self.every = every
        self.allow_deterministic = allow_deterministic
        self.n_noise_draws = n_noise_draws
        self.batch_size = batch_size
        self.seed = seed
        self.folder = folder
        self.estimate = estimate

    def initialize(self):
        """Discard earlier records; skorch calls this when a new training begins.

        Returns
        -------
        self : object
            The recorder without records.
        """
        for name in ("recording_", "plane_", "_rows"):
            if hasattr(self, name):
                delattr(self, name)
        return self

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Record the network before it is trained; called by skorch.

        Parameters
        ----------
        net : skorch.NeuralNet
            The net.
        X : object, default=None
            Not used.
        y : object, default=None
            Not used.
        **kwargs : dict
            Not used.
        """
        if len(net.history) == 0:
            self.record(net.module_, 0)

    def on_epoch_end(self, net, **kwargs):
        """Record the network if this epoch is to be recorded; called by skorch.

        Parameters
        ----------
        net : skorch.NeuralNet
            The net.
        **kwargs : dict
            Not used.
        """
        epoch = len(net.history)
        due = epoch % self.every == 0 if isinstance(self.every, int) else epoch in set(self.every)
        if due:
            last = net.history[-1]
            losses = {name: float(last[name]) for name in ("train_loss", "valid_loss") if name in last}
            self.record(net.module_, epoch, **losses)

    def record(self, model, epoch, **losses):
        """Record a network now.

        Parameters
        ----------
        model : torch.nn.Module
            The network; its state does not change.
        epoch : int
            Number of the epoch, higher than those recorded before.
        **losses : float
            Losses to draw below the plane, such as ``train_loss=0.3``.

        Returns
        -------
        self : object
            With ``recording_``.
        """
        lost = [f"{name}={value}" for name, value in losses.items() if not isfinite(float(value))]
        if lost:
            warn(
                f"Expected finite losses, got {', '.join(lost)} at epoch {epoch}: training has diverged, or targets "
                "are missing. Lower the learning rate, or clip gradients.",
                TrainingWarning,
            )
        model = unwrapped(model)
        modules = _resolve(model, self.layers)
        n_passes = 1 + max(1, self.n_noise_draws)
        with _undisturbed(model):
            if not hasattr(self, "_rows"):
                torch.manual_seed(self.seed)  # for transforms that draw at random
                self._rows = read_rows(self.X, self.y)
            inputs = self._rows[0]
            # Pass 0 is recorded; the same seed at each epoch gives the same noise. The other passes show which part of
            # a layer is random given X.
            ends = [[], [], None]
            passes = [self._pass(model, modules, inputs, self.seed + i, ends[min(i, 2)]) for i in range(n_passes)]
        _warn_unused(passes, *ends[:2])
        self._keep(int(epoch), modules, passes, {name: float(value) for name, value in losses.items()})
        if self.estimate is not None:
            options = {"kept": getattr(self, "plane_", None)} | self.estimate
            self.plane_ = information_plane(self.recording_, **options)
            if not self.plane_.complete:
                raise KeyboardInterrupt  # the interruption was meant to stop the training too
        return self

    def _pass(self, model, modules, inputs, seed, ends):
        """Return the rows of each layer before and after its noise, in order; list what the network returns."""
        seen = OrderedDict()
        torch.manual_seed(seed)  # inside _undisturbed, which restores the generators
        like = next((p for p in model.parameters() if p.is_floating_point()), torch.zeros(()))
        with ExitStack() as stack:
            fired = {}
            for name, (module, axis) in modules.items():
                handle = module.register_forward_hook(_hook(name, axis, seen, fired))
                stack.callback(handle.remove)
            for arguments, keywords in batches(inputs, self.batch_size, like):
                fired.clear()
                end = first_tensor(model(*arguments, **keywords))
                if ends is not None:
                    ends.append(None if end is None else end.detach().to("cpu", copy=True))
                missing = [name for name in modules if name not in fired]
                if missing:
                    raise ValueError(f"The forward pass did not reach the layers {', '.join(missing)}.")
                repeated = [name for name, times in fired.items() if len(times) > 1]
                if repeated:
                    raise ValueError(
                        f"The forward pass used {', '.join(repeated)} more than once. Give each use a module of its "
                        "own."
                    )
                (n_rows,) = {len(part) for part in [*arguments, *keywords.values()]}
                for name, (shape,) in fired.items():
                    # Otherwise rows of the layer would be paired with the wrong rows of X.
                    if shape[0] != n_rows:
                        raise ValueError(
                            f"Expected layer {name} to return one row for each of {n_rows} inputs, got shape "
                            f"{tuple(shape)}. If the rows are on another axis, record a torch.nn.Identity that a "
                            "transposed tensor passes through."
                        )
        return OrderedDict(
            (name, [torch.cat(part) for part in zip(*batches, strict=True)]) for name, batches in seen.items()
        )

    def _keep(self, epoch, modules, passes, losses):
        activations, records, silent = {}, {}, []
        for name, (signal, noisy) in passes[0].items():
            if not torch.isfinite(noisy).all():
                raise ValueError(f"Layer {name} has values that are not finite at epoch {epoch}: did training diverge?")
            # Pass 1 had another draw of noise: if it gave the same values, no noise reaches this layer.
            deterministic = bool((noisy == passes[1][name][1]).all())
            if deterministic:
                silent.append(name)
            activations[name] = noisy.numpy()
            others = [p[name][0] for p in passes[1:]]
            records[name] = self._about(modules[name][0], signal, noisy, others, deterministic)
        if silent:
            self._on_deterministic(silent)
        if not hasattr(self, "recording_"):
            self.recording_ = Recording(side_by_side(self._rows[0]), self._rows[1], self.folder)
        self.recording_.add(epoch, activations, records, losses)

    def _about(self, module, signal, noisy, others, deterministic):
        known = isinstance(module, GaussianNoise) and module.std > 0 and not module.relative
        if not known:
            return LayerRecord(None, deterministic, None, None)
        # The signal is a function of X unless earlier noise makes it random; only then its other draws are needed.
        given = bool((signal == others[0]).all())
        capacity = gaussian_channel_capacity(signal.numpy(), module.std)
        if not given and self.n_noise_draws < 1:
            return LayerRecord(module.std, deterministic, None, capacity)
        draws = None if given else torch.stack(others).numpy()
        bounds = gaussian_channel_bounds(signal.numpy(), noisy.numpy(), module.std, signal_draws=draws)
        return LayerRecord(module.std, deterministic, bounds, capacity)

    def _on_deterministic(self, names):
        what = (
            f"No noise reaches the layers {', '.join(names)}. The mutual information of a deterministic layer with a "
            "continuous input is infinite, and every finite estimate of it is an artefact."
        )
        if not self.allow_deterministic:
            raise ValueError(
                f"{what} Put GaussianNoise(std) into the network, before or at these layers, by hand or by with_noise, "
                "or pass allow_deterministic=True."
            )
        warn(what, DeterministicLayerWarning)


def _warn_unused(passes, first, second):
    """Warn if layers have noise, but the network returned the same in two passes."""
    same = all(a is not None and torch.equal(a, b) for a, b in zip(first, second, strict=True))
    noisy = [name for name, (_, rows) in passes[0].items() if not torch.equal(rows, passes[1][name][1])]
    if same and noisy:
        warn(
            f"The noise of {', '.join(noisy)} does not reach the output of the network, which may use another output "
            "of the layer, as the last state of an LSTM. Record a torch.nn.Identity that what is used passes through.",
            DeterministicLayerWarning,
        )


def _resolve(model, layers):
    """Return the modules to record, and the axis of their rows, by the name of the layer."""
    if layers is None:
        layers = [name for name, module in model.named_modules() if isinstance(_noisy(module), GaussianNoise)]
        if not layers:
            raise ValueError(
                "Expected a GaussianNoise in the network, or names of layers, got neither. Put "
                "skmi.information_plane.GaussianNoise(std) after the layers to record, or call with_noise."
            )
    found = {name: _last(module) for name, module in layers_by_name(model, layers).items()}
    # Recurrent layers and attention put time first unless batch_first.
    return {name: (_noisy(layer), int(getattr(layer, "batch_first", True) is False)) for name, layer in found.items()}


def _last(module):
    """Return the last module of a sequence, unless noise follows the whole, or the module itself."""
    while noise_of(module) is None and isinstance(module, torch.nn.Sequential) and len(module):
        module = module[-1]
    return module


def _noisy(module):
    """Return the noise that with_noise put behind a module, or the module itself."""
    noise = noise_of(module)
    return module if noise is None else noise


def _hook(name, axis, seen, fired):
    def keep(module, inputs, output):
        noisy = first_tensor(output)
        if noisy is None:
            raise TypeError(
                f"Expected layer {name} to return a tensor, or a tuple that begins with one, got "
                f"{type(output).__name__}. Record a module inside it, or a torch.nn.Identity that the tensor of "
                "interest passes through."
            )
        signal = inputs[0] if isinstance(module, GaussianNoise) else noisy
        if noisy.dim() == 3:
            signal, noisy = (part.transpose(0, axis) for part in (signal, noisy))
        fired.setdefault(name, []).append(noisy.shape)
        # Copies, because a later module may work in place.
        rows = [part.detach().reshape(len(part), -1).to("cpu", torch.float32, copy=True) for part in (signal, noisy)]
        seen.setdefault(name, []).append(rows)

    return keep


@contextmanager
def _undisturbed(model):
    """Run a network in evaluation mode without gradients, then restore its modes and the random generators."""
    modes = [(module, module.training) for module in model.modules()]
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    fast = torch.backends.mha.get_fastpath_enabled()
    # Compiled parts do not see hooks that are new; nothing is compiled unless dynamo has been imported.
    stance = torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()
    try:
        model.eval()
        # Transformers drop padded tokens on their fast path, so that rows would have different lengths.
        torch.backends.mha.set_fastpath_enabled(False)
        # torch.manual_seed seeds the generators of all devices, so all of them are restored; fork_rng leaves out MPS.
        with stance, torch.random.fork_rng(devices=seeded_cards()), torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        if mps is not None:
            torch.mps.set_rng_state(mps)
        for module, mode in modes:
            module.training = mode
