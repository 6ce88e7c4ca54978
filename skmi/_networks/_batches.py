"""Data sets for the training loop that return whole batches."""

from abc import ABC, abstractmethod

import torch
from torch.utils.data import Dataset


class BatchedRows(Dataset, ABC):
    """Rows that are fetched as whole batches, by arrays of row numbers, instead of being collated row by row."""

    @abstractmethod
    def __len__(self):
        """Return the number of rows."""

    @abstractmethod
    def __getitem__(self, index):
        """Return inputs and targets of one row or, by a tensor of numbers, of many."""

    def __getitems__(self, indices):
        # DataLoader calls this instead of one __getitem__ per row, which is slow.
        return self[torch.as_tensor(indices)]


class TensorRows(BatchedRows):
    """Rows of tensors in memory."""

    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class Unlabelled(BatchedRows):
    """Inputs that are their own targets."""

    def __init__(self, inputs):
        self.inputs = inputs

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        inputs = self.inputs[index]
        return inputs, inputs


class PreparedRows:
    """Network inputs that are prepared when they are asked for, so that never all of them are in memory.

    Preparing a batch costs little beside a convolution of it; pixels of all images, prepared at once, would be several
    copies of the images. They are indexed and sliced like a tensor.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        In memory or on disk.
    prepare : Rotation
        Called with the rows that are asked for.
    selection : ndarray of int or None, default=None
        Rows that belong to it; None takes all.
    """

    def __init__(self, rows, prepare, selection=None):
        self.rows, self.prepare, self.selection = rows, prepare, selection

    def __len__(self):
        return len(self.rows if self.selection is None else self.selection)

    @property
    def shape(self):
        """Number of rows and of columns."""
        return len(self), self.prepare.n_outputs

    def __getitem__(self, index):
        index = index.numpy() if isinstance(index, torch.Tensor) else index
        index = index if self.selection is None else self.selection[index]
        return torch.as_tensor(self.prepare(self.rows[index]), dtype=torch.float32)


def selected(inputs, selection):
    """Return some rows of inputs: of prepared ones without preparing them now."""
    if isinstance(inputs, PreparedRows):
        return PreparedRows(inputs.rows, inputs.prepare, selection)
    return inputs[selection]


def as_batch(batch):
    """Return the batch unchanged: :class:`BatchedRows` has collated it already."""
    return batch
