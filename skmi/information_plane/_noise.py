"""Noise as part of the model."""

import torch
from torch import nn


class GaussianNoise(nn.Module):
    """Add normal noise, in training and in evaluation.

    The mutual information of a deterministic layer with a continuous input is infinite, and a finite estimate of it
    depends only on how it is estimated. With noise in the model it is finite and has known bounds. Unlike dropout, the
    noise is not switched off by ``eval()``: the noisy network is the one that is trained, used and measured.

    Parameters
    ----------
    std : float
        Standard deviation of the noise, at least 0; with 0 the values are returned unchanged.
    relative : bool, default=False
        Whether ``std`` is a share of the standard deviation of the batch. The channel then changes with the weights and
        the batch: growing weights no longer raise the mutual information, and no bounds are known.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from skmi.information_plane import GaussianNoise
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), GaussianNoise(0.1), nn.Linear(3, 2)).eval()
    >>> x = torch.zeros(1, 2)
    >>> bool((net(x) == net(x)).all())
    False
    """

    def __init__(self, std, relative=False):
        super().__init__()
        if not 0 <= std < float("inf"):
            raise ValueError(f"Expected a finite std >= 0, got {std!r}.")
        self.std = float(std)
        self.relative = bool(relative)

    def forward(self, values):
        """Add noise to the values.

        Parameters
        ----------
        values : torch.Tensor
            Of any shape.

        Returns
        -------
        noisy : torch.Tensor
            Of the same shape.
        """
        if self.std == 0:
            return values
        scale = self.std
        if self.relative:
            # Detached, so that the noise adds nothing to the gradients.
            scale = scale * values.detach().std()
        return values + scale * torch.randn_like(values)

    def extra_repr(self):
        """Return the parameters as text, for printing a network.

        Returns
        -------
        text : str
            Such as ``std=0.1, relative=False``.
        """
        return f"std={self.std:g}, relative={self.relative}"
