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


class MappedRows(BatchedRows):
    """Rows of an array on disk, with one batch in memory at a time; inputs are their own targets."""

    def __init__(self, rows, selection, prepare):
        self.rows, self.selection, self.prepare = rows, selection, prepare

    def __len__(self):
        return len(self.selection)

    def __getitem__(self, index):
        inputs = torch.as_tensor(self.prepare(self.rows[self.selection[index]]), dtype=torch.float32)
        return inputs, inputs


def as_batch(batch):
    """Return the batch unchanged: :class:`BatchedRows` has collated it already."""
    return batch
