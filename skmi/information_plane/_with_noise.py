"""Noise for networks that were written without it."""

import sys

import torch

from ._layers import first_tensor, layers_by_name, unwrapped
from ._noise import GaussianNoise


def with_noise(model, layers, std=None, *, relative=False):
    """Add normal noise to the output of layers of any network, until it is taken out again.

    The network needs no change: what a layer returns goes through a :class:`GaussianNoise` before anything else sees
    it, in training and in evaluation. The names of its modules and its ``state_dict`` stay as they are. Insert the
    noise before training, so that the network learns with it.

    Parameters
    ----------
    model : torch.nn.Module
        The network; ``torch.compile``, ``DataParallel`` and the like may be around it.
    layers : str, list of str or dict of str to float
        Names of modules, as in ``model.named_modules()``, or a dict with the standard deviation for each. Of a layer
        that returns a tuple, such as ``LSTM`` or ``MultiheadAttention``, the first tensor gets the noise.
    std : float or None, default=None
        Standard deviation of the noise; left out if ``layers`` is a dict.
    relative : bool, default=False
        Whether standard deviations are shares of that of the batch, as in :class:`GaussianNoise`.

    Returns
    -------
    handle : NoiseHandle
        ``handle.remove()`` takes the noise out, after which the network is as it was before; in a ``with`` statement
        this happens at its end. ``handle.noises`` is a dict of the inserted :class:`GaussianNoise` by layer.

    Raises
    ------
    ValueError
        If the network has no such layer, if a layer has noise already, or if it is a list of modules that is never
        called itself.

    See Also
    --------
    InformationPlaneRecorder : Records these layers by default, or by the same names.

    Notes
    -----
    The noise is a forward hook, so it reaches only what is called as a module. A layer whose weights another one reads
    directly, such as ``out_proj`` of ``MultiheadAttention``, gets none, and the recorder says that the forward pass did
    not reach it. Copies and pickles of the network keep the noise; the handle belongs to the original.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from skmi.information_plane import with_noise
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)).eval()
    >>> x = torch.zeros(1, 2)
    >>> with with_noise(net, "1", 0.1):
    ...     bool((net(x) == net(x)).all())
    False
    >>> bool((net(x) == net(x)).all())
    True
    """
    if isinstance(layers, dict) == (std is not None):
        raise ValueError("Expected either a dict of standard deviations as layers, or names and std.")
    modules = layers_by_name(unwrapped(model), layers)
    stds = layers.values() if isinstance(layers, dict) else [std] * len(modules)
    # Everything is checked before anything is changed.
    for name, module in modules.items():
        if noise_of(module) is not None or isinstance(module, GaussianNoise):
            raise ValueError(f"Layer {name} has noise already.")
        if type(module).forward is torch.nn.Module.forward:  # ModuleList, ModuleDict
            raise ValueError(f"Layer {name} is a {type(module).__name__}, which is never called. Name its modules.")
    hooks = {name: _AddNoise(GaussianNoise(s, relative), name) for name, s in zip(modules, stds, strict=True)}
    return NoiseHandle([(modules[name], hook) for name, hook in hooks.items()])


class NoiseHandle:
    """What :func:`with_noise` returns: takes the noise out of the network again.

    Parameters
    ----------
    hooks : list of tuple
        Layers, each with the hook that adds its noise.

    Attributes
    ----------
    noises : dict of str to GaussianNoise
        The inserted noise by the name of its layer.
    """

    def __init__(self, hooks):
        self.noises = {hook.name: hook.noise for _, hook in hooks}
        self._handles = [module.register_forward_hook(hook) for module, hook in hooks]
        _forget_compiled()

    def remove(self):
        """Take the noise out; a second call does nothing."""
        for handle in self._handles:
            handle.remove()
        if self._handles:
            _forget_compiled()
        self._handles = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


class _AddNoise:
    """Forward hook that passes the output of a layer through noise.

    The noise is no child of the layer: containers such as Sequential run their children, and others count them.
    """

    def __init__(self, noise, name):
        self.noise, self.name = noise, name

    def __call__(self, module, inputs, output):
        if first_tensor(output) is None:
            raise TypeError(
                f"Expected layer {self.name} to return a tensor, or a tuple that begins with one, got "
                f"{type(output).__name__}. Name a module inside it."
            )
        return self._noisy(output)

    def _noisy(self, output):
        if isinstance(output, torch.Tensor):
            return self.noise(output)
        first, *rest = output
        parts = self._noisy(first), *rest
        # Named tuples take their fields one by one.
        return type(output)._make(parts) if hasattr(output, "_make") else type(output)(parts)


def noise_of(module):
    """Return the noise that with_noise put behind a module, or None."""
    return next((hook.noise for hook in module._forward_hooks.values() if isinstance(hook, _AddNoise)), None)


def _forget_compiled():
    """Let everything be compiled again: compiled code does not notice hooks that come or go."""
    if "torch._dynamo" in sys.modules:
        torch.compiler.reset()
