"""The networks of paired compressors, and what they are trained by."""

import numpy as np
import torch
from torch import nn

from .._networks import Residual, TensorRows, shifted

_COSINE_SCALE = 5.0  # of the cosine critic at the start, which can then tell pairs apart by exp(10)
_REFINER_SIZES = (64, 64)
_FIRST_SHARE = 0.01  # of the weight of reconstruction


class PairRows(TensorRows):
    """Rows of both sides as inputs, since the network needs both; with labels, rows of X and what to name them."""

    def __getitem__(self, index):
        x, y = self.inputs[index], self.targets[index]
        return ({"x": x, "y": y} if y.is_floating_point() else {"x": x}), y


class PairNet(nn.Module):
    """Encoders of the sides, decoders from codes to rows, what names labels, and the scale of the critic.

    Parameters
    ----------
    encoders : dict of str to torch.nn.Module
        By side, "x" and "y".
    decoders : dict of str to torch.nn.Module
        By "x_to_x", "x_to_y" and so on.
    head : torch.nn.Module or None
        From codes of X to logits of labels.
    latent_dim : int
    tau : ndarray of shape (latent_dim,) or (1,)
        Scale of the critic at the start, of each code or of all.
    refined : bool
        Whether codes pass through one more small network, which :class:`RefinerNet` trains.
    shifts : dict of str to tuple
        For sides that are images to be moved in training, (channels, height, width) and the most pixels.
    """

    def __init__(self, encoders, decoders, head, latent_dim, tau, refined, shifts):
        super().__init__()
        self.encoders, self.decoders, self.head = nn.ModuleDict(encoders), nn.ModuleDict(decoders), head
        self.normalize = nn.ModuleDict({side: _unit_variance(latent_dim) for side in encoders})
        self.refiners = nn.ModuleDict({side: _refiner(latent_dim) for side in encoders} if refined else {})
        self.log_tau = nn.Parameter(torch.as_tensor(np.log(tau), dtype=torch.float32))
        self.shifts = shifts

    def coarse(self, side, rows):
        """Return codes of unit variance before they are refined, shape (batch, latent_dim)."""
        if self.training and side in self.shifts:
            rows = shifted(rows, *self.shifts[side])
        return self.normalize[side](self.encoders[side](rows))

    def encode(self, side, rows):
        """Return codes of unit variance, shape (batch, latent_dim)."""
        codes = self.coarse(side, rows)
        return self.refiners[side](codes) if self.refiners else codes

    def forward(self, **sides):
        """Return codes, pairs of rows rebuilt and rows there by way, logits of labels, and the critic's scale."""
        codes = {side: self.coarse(side, rows) for side, rows in sides.items()}
        rebuilt = {way: (decoder(codes[way[0]]), sides[way[-1]]) for way, decoder in self.decoders.items()}
        return codes, rebuilt, None if self.head is None else self.head(codes["x"]), self.log_tau.exp()


class RefinerNet(nn.Module):
    """The refiners of a :class:`PairNet` on its codes: few inputs, so that contrast alone hardly overfits."""

    def __init__(self, net):
        super().__init__()
        self.refiners = net.refiners
        self.log_tau = nn.Parameter(net.log_tau.detach().clone())

    def forward(self, **sides):
        """Return what :class:`PairNet` returns."""
        return {side: self.refiners[side](codes) for side, codes in sides.items()}, {}, None, self.log_tau.exp()


class PredictionLoss(nn.Module):
    """Shares of the variance of rows that codes do not explain, and the cross-entropy of labels.

    Parameters
    ----------
    shares : dict of str to ndarray
        By side, weights of squared errors that sum up to a share of its variance.
    cross : float
        Weight of what the code of one side tells of the other, beside 1 for what it tells of its own.
    """

    def __init__(self, shares, cross=1.0):
        super().__init__()
        self.cross = cross
        for side, share in shares.items():
            self.register_buffer(f"share_{side}", torch.as_tensor(share, dtype=torch.float32))

    def forward(self, output, target):
        """Return the loss of a batch."""
        _, rebuilt, named, _ = output
        loss = 0.0 if named is None else self.cross * nn.functional.cross_entropy(named, target)
        for way, (there, rows) in rebuilt.items():
            unexplained = ((rows - there).square().mean(dim=0) * getattr(self, f"share_{way[-1]}")).sum()
            loss = loss + (1.0 if way[0] == way[-1] else self.cross) * unexplained
        return loss


class ContrastLoss(nn.Module):
    """Contrast of codes or naming of labels and, in training, reconstruction; without contrast, the latter always.

    Parameters
    ----------
    critic : {"distance", "cosine"}
        What contrast compares codes by.
    contrast, reconstruction : float
        Weights; that of contrast is that of naming labels too.
    shares : dict of str to ndarray
        As in :class:`PredictionLoss`.
    n_rising : int, default=0
        Batches over which reconstruction rises to its weight, from a hundredth of it: at once, it would tear codes from
        a start at which contrast has little left to say.
    """

    def __init__(self, critic, contrast=1.0, reconstruction=0.0, shares=None, n_rising=0):
        super().__init__()
        self.critic, self.contrast, self.reconstruction = critic, contrast, reconstruction
        self.n_rising, self.n_seen = n_rising, 0
        self.prediction = PredictionLoss(shares or {})

    def forward(self, output, target):
        """Return the loss of a batch."""
        codes, rebuilt, named, tau = output
        if self.contrast == 0:
            return self.reconstruction * self.prediction((codes, rebuilt, None, tau), target)
        if named is not None:
            told = nn.functional.cross_entropy(named, target)
        else:
            told = contrast(codes["x"], codes["y"], tau, self.critic)
        if not self.training:
            return told
        rising = max(0.0, 1 - self.n_seen / self.n_rising) if self.n_rising else 0.0
        self.n_seen += 1
        weight = self.reconstruction * _FIRST_SHARE**rising
        return self.contrast * told + weight * self.prediction((codes, rebuilt, None, tau), target)


def contrast(a, b, tau, critic):
    """Return symmetric InfoNCE of codes of pairs, as a loss."""
    if critic == "cosine":
        logits = _COSINE_SCALE * tau * nn.functional.normalize(a) @ nn.functional.normalize(b).T
    else:
        # Squared distances by products: several times faster than differences, and exact enough for codes near 1.
        a, b = a * tau.sqrt(), b * tau.sqrt()
        logits = 2 * a @ b.T - a.square().sum(dim=1)[:, None] - b.square().sum(dim=1)
    own = torch.arange(len(logits), device=logits.device)
    return 0.5 * (nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.T, own))


def _unit_variance(latent_dim):
    return nn.BatchNorm1d(latent_dim, affine=False)


def _refiner(latent_dim):
    return nn.Sequential(
        Residual(latent_dim, latent_dim, _REFINER_SIZES, 0.0, torch.eye(latent_dim).numpy()), _unit_variance(latent_dim)
    )
