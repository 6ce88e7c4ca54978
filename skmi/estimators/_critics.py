"""Critics: networks that distinguish pairs from unpaired rows, and the losses that train them."""

import torch
from torch import nn

from .._networks import TensorRows, convolutional_encoder, dense
from ..bounds import FORMULAS

_FEATURES = 32  # outputs of the encoder of each side
N_SHUFFLES = 4  # shuffled partners that a joint critic compares each row with, in training,
_EVALUATION_SHUFFLES = 16  # and in evaluation
_PAIRS_PER_PASS = 2**17  # bounds the memory of a joint critic
_MEMORY = 0.99  # decay of the moving average of MINE, and of the highest value of a critic


class BothSides(TensorRows):
    """Rows of both sides as inputs; the target is a placeholder."""

    def __getitem__(self, index):
        x, y = self.inputs[index], self.targets[index]
        # skorch wants a target, which the loss ignores.
        return {"x": x, "y": y}, x[:, 0]


class Critic(nn.Module):
    """A number for each pair of rows, from an encoder per side and a comparison of their features.

    In evaluation, values are clipped at the highest recent value of a training pair. Far from all training rows a
    network keeps rising, and the exponential of one such value could outweigh all others.

    Parameters
    ----------
    kind : {"joint", "separable", "bilinear"}
        A network on the concatenated features of both sides; the inner product of their features; a bilinear form of
        the rows.
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
                # The last feature is added, not multiplied: a function of one side alone, which all bounds but InfoNCE
                # need to reach the log ratio.
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
        # A buffer, so that it is saved and restored with the best weights.
        self.register_buffer("highest", torch.tensor(0.0))

    def matrix(self, x, y):
        """Return the critic's value for all pairs of rows, shape (n_x, n_y)."""
        return self._matrix(self.encoders[0](x), self.encoders[1](y)).clamp(max=self.highest)

    def forward(self, x, y):
        """Return the values of the pairs, shape (batch,), and of unpaired rows, shape (batch, n_partners)."""
        pairs, apart = self._values(self.encoders[0](x), self.encoders[1](y))
        if not self.training:
            return pairs.clamp(max=self.highest), apart.clamp(max=self.highest)
        # Decays, so that a peak early in training is forgotten.
        self.highest = torch.maximum(_MEMORY * self.highest, pairs.detach().max())
        return pairs, apart

    def _values(self, x, y):
        size = len(x)
        if self.kind != "joint":
            values = self._matrix(x, y)
            apart = ~torch.eye(size, dtype=torch.bool, device=values.device)
            return values.diagonal(), values[apart].reshape(size, size - 1)
        n_shuffles = min(N_SHUFFLES if self.training else _EVALUATION_SHUFFLES, size - 1)
        # Batches are in random order already, so the next rows of y serve as random partners.
        values = [self.compare(torch.hstack([x, y.roll(-k, 0)])) for k in range(n_shuffles + 1)]
        return values[0][:, 0], torch.hstack(values[1:])

    def _matrix(self, x, y):
        if self.kind == "separable":
            # The last feature of each side is its own additive term.
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
    """Minus a bound, from values of pairs and of unpaired rows; its gradient may be that of another objective.

    Parameters
    ----------
    gradient : {"mine", "nwj", "info_nce", "jensen_shannon"}
        Objective whose gradient trains the critic.
    bound : {"donsker_varadhan", "nwj", "info_nce", "smile", "jensen_shannon"}
        Bound that gives the value of the loss; "jensen_shannon" is at most log 4.
    clip : float
        Clipping of log ratios in SMILE.
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
            # MINE, section 3.2: the gradient of log mean exp T is mean(exp T grad T) / mean(exp T). Its denominator is
            # replaced by a moving average, because the mean over one batch makes the ratio biased.
            objective = pairs.mean() - (apart - self._average(apart)).exp().mean()
        else:
            objective = bound_of(self.gradient, pairs, apart, self.clip)
        # Equals -value, with the gradient of -objective: detached terms have no gradient. The learning curve then shows
        # the reported bound whatever the training objective.
        return (objective - value).detach() - objective

    def _average(self, apart):
        """Return the log of the moving average of exp(apart) over batches."""
        now = _Torch.log_mean_exp(apart.detach())
        if torch.isnan(self.log_average):
            self.log_average = now
        else:
            # In logs throughout, so that large critic values do not overflow.
            weights = torch.tensor([_MEMORY, 1 - _MEMORY], device=now.device).log()
            self.log_average = torch.logaddexp(self.log_average + weights[0], now + weights[1])
        return self.log_average


class _Torch:
    """The functions of torch that the formulas of bounds call."""

    exp = staticmethod(torch.exp)
    softplus = staticmethod(nn.functional.softplus)

    @staticmethod
    def log_mean_exp(values):
        return values.flatten().logsumexp(dim=0) - _log(values.numel(), values.dtype)

    @staticmethod
    def log_mean_exp_with(pairs, apart):
        return torch.hstack([pairs[:, None], apart]).logsumexp(dim=1) - _log(apart.shape[1] + 1, apart.dtype)


def bound_of(name, pairs, apart, clip=5.0):
    """Return a bound from the values of pairs, shape (n,), and of unpaired rows, shape (n, m)."""
    return FORMULAS[name](pairs, apart, _Torch, **({"clip": clip} if name == "smile" else {}))


def _log(number, dtype):
    return torch.log(torch.tensor(float(number), dtype=dtype))
