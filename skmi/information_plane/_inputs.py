"""Rows in the forms that networks take: one tensor, several by position or by name, or a torch Dataset."""

import numpy as np
import torch
from sklearn.utils import check_consistent_length
from torch.utils.data import DataLoader, Dataset


def read_rows(X, y):
    """Return X as a tensor, or a tuple or dict of tensors, on the CPU, and y as an array of as many rows."""
    if isinstance(X, Dataset | DataLoader):
        X, y = _collected(X, y)
    if y is None:
        raise ValueError("Expected y, or a Dataset whose items are pairs (x, y).")
    X, y = _tensors(X), _array(y)
    check_consistent_length(*parts_of(X), y)
    return X, y


def parts_of(X):
    """Return the tensors of X as a list."""
    return list(X.values()) if isinstance(X, dict) else list(X) if isinstance(X, tuple) else [X]


def batches(X, size, like):
    """Yield positional and keyword arguments for a network whose parameters are as the tensor ``like``."""
    for start in range(0, len(parts_of(X)[0]), size):
        # Integer inputs, such as tokens, keep their dtype.
        batch = [part[start : start + size] for part in parts_of(X)]
        batch = [part.to(like if part.is_floating_point() else like.device) for part in batch]
        yield ((), dict(zip(X, batch, strict=True))) if isinstance(X, dict) else (batch, {})


def side_by_side(X):
    """Return X as one array; several tensors are flattened and put side by side."""
    if isinstance(X, torch.Tensor):
        return _readable(X).numpy()
    return np.hstack([_readable(part).reshape(len(part), -1).numpy() for part in parts_of(X)])


def _readable(tensor):
    """Return a tensor that NumPy has a type for."""
    return tensor.float() if tensor.dtype == torch.bfloat16 else tensor


def _collected(data, y):
    """Return X and y of all items."""
    if isinstance(data, DataLoader):
        if y is not None:
            raise ValueError("Expected y=None with a DataLoader, which may shuffle: let its items be pairs (x, y).")
        loader = data
    else:
        # A separate generator, so that the loader does not advance torch's global one.
        loader = DataLoader(data, batch_size=1024, generator=torch.Generator())
    items = [item if isinstance(item, tuple | list) else (item,) for item in loader]
    if any(len(item) not in (1, 2) for item in items):
        raise TypeError(f"Expected items x or (x, y) in the {type(data).__name__}, got tuples of {len(items[0])}.")
    X = _joined([item[0] for item in items])
    if y is None and items and len(items[0]) == 2:
        y = np.concatenate([_array(item[1]) for item in items])
    return X, y


def _joined(found):
    """Return batches of inputs as one."""
    if isinstance(found[0], dict):
        return {name: torch.cat([batch[name] for batch in found]) for name in found[0]}
    if isinstance(found[0], tuple | list):
        return tuple(torch.cat(parts) for parts in zip(*found, strict=True))
    return torch.cat(found)


def _tensors(X):
    if isinstance(X, dict):
        return {name: _tensor(part) for name, part in X.items()}
    # Other lists are one array: numbers, or rows as arrays.
    if isinstance(X, list | tuple) and len(X) > 0 and all(isinstance(part, torch.Tensor) for part in X):
        return tuple(map(_tensor, X))
    if isinstance(X, tuple) and len(X) > 0 and all(isinstance(part, np.ndarray) for part in X):
        return tuple(map(_tensor, X))
    return _tensor(X)


def _tensor(X):
    return (X if isinstance(X, torch.Tensor) else torch.as_tensor(np.asarray(X))).detach().cpu()


def _array(y):
    """Return targets as an array that can be saved without pickle: strings have a string dtype, not object."""
    y = y.detach().cpu().numpy() if isinstance(y, torch.Tensor) else np.asarray(y)
    return y.astype(str) if y.dtype == object else y
