"""Critics: networks that tell pairs from unpaired rows, and the losses they are trained by."""

import numpy as np
import torch
from torch import nn

from .._networks import TensorRows, convolutional_encoder, dense
from ..bounds import FORMULAS

_FEATURES = 32  # of an encoder of a side
N_SHUFFLES = 4  # partners of each row that a joint critic sees in training,
_WATCHED_SHUFFLES = 16  # and in evaluation
_PAIRS_PER_PASS = 2**17
_MEMORY = 0.99  # of the moving average of MINE, and of the highest value of a critic


class BothSides(TensorRows):
    """Rows of both sides as inputs; there is nothing to compare the output with."""

    def __getitem__(self, index):
        x, y = self.inputs[index], self.targets[index]
        return {"x": x, "y": y}, x[:, 0]


class Critic(nn.Module):
    """A number for each pair of rows, from an encoder of each side and what compares their features.

    In evaluation no value is above the highest of late in training: far out, where no row has been, a network goes on
    rising, and the exponential of one such value can outweigh those of all others.

    Parameters
    ----------
    kind : {"joint", "separable", "bilinear"}
        A network on both sides' features; the product of features; the product of inputs by a matrix.
    n_inputs : tuple of int
        Columns of x and of y.
    hidden_sizes : tuple of int
    image_shapes : tuple
        For each side (channels, height, width), or None.
    channels : tuple of int
    """

    def __init__(self, kind, n_inputs, hidden_sizes, image_shapes, channels):
        super().__init__()
        self.kind = kind
        self.encoders = nn.ModuleList()
        widths = []
        for n, shape in zip(n_inputs, image_shapes, strict=True):
            if shape is not None:
                self.encoders.append(convolutional_encoder(shape, _FEATURES + 1, channels))
                widths.append(_FEATURES + 1)
            elif kind == "separable":
                # The last feature is a function of one side alone, which only InfoNCE could do without.
                self.encoders.append(dense(n, _FEATURES + 1, hidden_sizes, normalize=False))
                widths.append(_FEATURES + 1)
            else:
                self.encoders.append(nn.Identity())
                widths.append(n)
        if kind == "joint":
            self.compare = dense(sum(widths), 1, hidden_sizes, normalize=False)
        elif kind == "bilinear":
            self.compare = nn.Linear(widths[0], widths[1] + 1)
        else:
            self.scale = nn.Parameter(torch.tensor(0.0))
        self.register_buffer("highest", torch.tensor(0.0))

    def matrix(self, x, y):
        """Return the critic's value for all pairs of rows, shape (n_x, n_y)."""
        return self._matrix(self.encoders[0](x), self.encoders[1](y)).clamp(max=self.highest)

    def forward(self, x, y):
        """Return the values of the pairs, shape (batch,), and of unpaired rows, shape (batch, n_partners)."""
        pairs, apart = self._values(self.encoders[0](x), self.encoders[1](y))
        if not self.training:
            return pairs.clamp(max=self.highest), apart.clamp(max=self.highest)
        self.highest = torch.maximum(_MEMORY * self.highest, pairs.detach().max())
        return pairs, apart

    def _values(self, x, y):
        size = len(x)
        if self.kind != "joint":
            values = self._matrix(x, y)
            apart = ~torch.eye(size, dtype=torch.bool, device=values.device)
            return values.diagonal(), values[apart].reshape(size, size - 1)
        n_shuffles = min(N_SHUFFLES if self.training else _WATCHED_SHUFFLES, size - 1)
        # Batches are in random order already, so a partner is as good as another: those next in it, by views of y.
        values = [self.compare(torch.hstack([x, y.roll(-k, 0)])) for k in range(n_shuffles + 1)]
        return values[0][:, 0], torch.hstack(values[1:])

    def _matrix(self, x, y):
        if self.kind == "separable":
            return self.scale.exp() * x[:, :-1] @ y[:, :-1].T + x[:, -1:] + y[:, -1]
        if self.kind == "bilinear":
            return self.compare(x)[:, :-1] @ y.T + self.compare(x)[:, -1:]
        rows = max(1, _PAIRS_PER_PASS // len(y))
        parts = [
            self.compare(torch.hstack([part.repeat_interleave(len(y), 0), y.repeat(len(part), 1)])).reshape(
                len(part), -1
            )
            for part in x.split(rows)
        ]
        return torch.cat(parts)


class Objective(nn.Module):
    """Minus a bound from values of pairs and of unpaired rows; its gradient may be that of another.

    Parameters
    ----------
    gradient : {"mine", "nwj", "info_nce", "jensen_shannon"}
        Objective of training.
    bound : {"donsker_varadhan", "nwj", "info_nce", "smile", "jensen_shannon"}
        What is reported, the last being at most log 4.
    clip : float
        Of SMILE.
    """

    def __init__(self, gradient, bound, clip):
        super().__init__()
        self.gradient, self.bound, self.clip = gradient, bound, clip
        self.register_buffer("log_average", torch.tensor(torch.nan))

    def forward(self, output, target=None):
        """Return the loss of a batch."""
        pairs, apart = output
        value = bound_of(self.bound, pairs, apart, self.clip)
        if not self.training:
            return -value
        if self.gradient == "mine":
            objective = pairs.mean() - (apart - self._average(apart)).exp().mean()
        else:
            objective = bound_of(self.gradient, pairs, apart, self.clip)
        # The value of one function with the gradient of another: what is detached has no gradient.
        return (objective - value).detach() - objective

    def _average(self, apart):
        """Return the log of the moving average of exp(apart), which lacks the bias that its mean over a batch has."""
        now = _Torch.log_mean_exp(apart.detach())
        if torch.isnan(self.log_average):
            self.log_average = now
        else:
            weights = torch.tensor([_MEMORY, 1 - _MEMORY], device=now.device).log()
            self.log_average = torch.logaddexp(self.log_average + weights[0], now + weights[1])
        return self.log_average


class _Torch:
    """What the formulas of bounds need of torch."""

    exp = staticmethod(torch.exp)
    softplus = staticmethod(nn.functional.softplus)

    @staticmethod
    def log_mean_exp(values):
        return values.flatten().logsumexp(dim=0) - np.log(values.numel())

    @staticmethod
    def log_mean_exp_with(pairs, apart):
        return torch.hstack([pairs[:, None], apart]).logsumexp(dim=1) - np.log(apart.shape[1] + 1)


def bound_of(name, pairs, apart, clip=5.0):
    """Return a bound from the values of pairs, shape (n,), and of unpaired rows, shape (n, m)."""
    return FORMULAS[name](pairs, apart, _Torch, **({"clip": clip} if name == "smile" else {}))
