"""Find the layers of a network by name."""

import re

import torch

_PREFIXES = re.compile(r"^((_orig_mod|module)\.)+(?=.)")  # that torch.compile and DataParallel put before names


def unwrapped(model):
    """Return the network inside torch.compile, DataParallel and the like, whose layers have the names it gave them."""
    wrappers = torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel
    while isinstance(model, wrappers) or hasattr(model, "_orig_mod"):
        model = model.module if isinstance(model, wrappers) else model._orig_mod
    return model


def layers_by_name(model, names):
    """Return modules of an unwrapped network by name; names may have the prefixes of its wrappers."""
    named = dict(model.named_modules())
    names = [names] if isinstance(names, str) else list(names)
    names = [name if name in named else _PREFIXES.sub("", name) for name in names]
    unknown = [name for name in names if name not in named or not name]
    if unknown:
        raise ValueError(
            f"The network has no layers {', '.join(map(repr, unknown))}. It has "
            f"{', '.join(name for name in named if name)}."
        )
    return {name: named[name] for name in names}


def first_tensor(output):
    """Return a tensor, or the first tensor of a tuple or list, as LSTM and attention return; else None."""
    while isinstance(output, tuple | list) and len(output):
        output = output[0]
    return output if isinstance(output, torch.Tensor) else None
