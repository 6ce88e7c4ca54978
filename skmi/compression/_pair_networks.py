"""The networks of paired compressors, and their losses."""

import numpy as np
import torch
from torch import nn

from .._networks import Residual, TensorRows, shifted

_COSINE_SCALE = 5.0  # initial scale of the cosine: logits within 5 of zero give ratios up to exp(10)
_REFINER_SIZES = (64, 64)
_FIRST_SHARE = 0.01  # share of the weight of reconstruction at the first batch


class PairRows(TensorRows):
    """Rows of both sides as inputs; with labels, rows of X as inputs and labels as targets."""

    def __getitem__(self, index):
        x, y = self.inputs[index], self.targets[index]
        # Labels are integers, rows of y are not.
        return ({"x": x, "y": y} if y.is_floating_point() else {"x": x}), y


class PairNet(nn.Module):
    """Encoders of the sides, decoders from codes to rows, a classifier of labels, and the scale of the critic.

    Parameters
    ----------
    encoders : dict of str to torch.nn.Module
        Keys are the sides, "x" and "y".
    decoders : dict of str to torch.nn.Module
        Keys are "x_to_x", "x_to_y" and so on.
    head : torch.nn.Module or None
        From codes of X to logits of labels.
    latent_dim : int
    tau : ndarray of shape (latent_dim,) or (1,)
        Initial scale of the critic, for each code or for all.
    refined : bool
        Whether codes pass through one more small network, trained by :class:`RefinerNet`.
    shifts : dict of str to tuple
        For sides with images that are shifted in training: (channels, height, width), and the maximum shift in pixels.
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
        """Return codes, (reconstruction, rows) for each decoder, logits of labels, and the scale of the critic."""
        codes = {side: self.coarse(side, rows) for side, rows in sides.items()}
        rebuilt = {way: (decoder(codes[way[0]]), sides[way[-1]]) for way, decoder in self.decoders.items()}
        return codes, rebuilt, None if self.head is None else self.head(codes["x"]), self.log_tau.exp()


class RefinerNet(nn.Module):
    """The refiners of a :class:`PairNet`, with its codes as inputs: few, so that contrast alone hardly overfits."""

    def __init__(self, net):
        super().__init__()
        self.refiners = net.refiners
        # The refiners are shared with the PairNet, whose own scale and encoders stay as trained.
        self.log_tau = nn.Parameter(net.log_tau.detach().clone())

    def forward(self, **sides):
        """Return the same kinds of outputs as :class:`PairNet`."""
        return {side: self.refiners[side](codes) for side, codes in sides.items()}, {}, None, self.log_tau.exp()


class PredictionLoss(nn.Module):
    """Unexplained shares of the variance of rows, and the cross-entropy of labels.

    Parameters
    ----------
    shares : dict of str to ndarray
        By side, weights that turn squared errors of its columns into a share of its variance.
    cross : float
        Weight of predicting the other side; reconstructing the own side has weight 1.
    """

    def __init__(self, shares, cross=1.0):
        super().__init__()
        self.cross = cross
        for side, share in shares.items():
            self.register_buffer(f"share_{side}", torch.as_tensor(share, dtype=torch.float32))

    def forward(self, output, target):
        """Return the loss of a batch."""
        _, rebuilt, logits, _ = output
        loss = 0.0 if logits is None else self.cross * nn.functional.cross_entropy(logits, target)
        for way, (predicted, rows) in rebuilt.items():
            unexplained = ((rows - predicted).square().mean(dim=0) * getattr(self, f"share_{way[-1]}")).sum()
            loss = loss + (1.0 if way[0] == way[-1] else self.cross) * unexplained
        return loss


class ContrastLoss(nn.Module):
    """InfoNCE of codes, or cross-entropy of labels, plus reconstruction in training.

    With ``contrast=0`` the loss is reconstruction alone, in training and validation.

    Parameters
    ----------
    critic : {"distance", "cosine"}
        How codes are compared.
    contrast, reconstruction : float
        Weights; that of contrast is also the weight of the cross-entropy of labels.
    shares : dict of str to ndarray
        As in :class:`PredictionLoss`.
    n_rising : int, default=0
        Batches over which reconstruction rises from a hundredth of its weight to all of it. At full weight from the
        beginning, it would pull codes away from a good linear start, at which the gradient of contrast is small.
    """

    def __init__(self, critic, contrast=1.0, reconstruction=0.0, shares=None, n_rising=0):
        super().__init__()
        self.critic, self.contrast, self.reconstruction = critic, contrast, reconstruction
        self.n_rising, self.n_seen = n_rising, 0
        self.prediction = PredictionLoss(shares or {})

    def forward(self, output, target):
        """Return the loss of a batch."""
        codes, rebuilt, logits, tau = output
        if self.contrast == 0:
            return self.reconstruction * self.prediction((codes, rebuilt, None, tau), target)
        if logits is not None:
            objective = nn.functional.cross_entropy(logits, target)
        else:
            objective = contrast(codes["x"], codes["y"], tau, self.critic)
        if not self.training:
            return objective
        # The weight rises geometrically, from _FIRST_SHARE of itself at the first batch.
        rising = max(0.0, 1 - self.n_seen / self.n_rising) if self.n_rising else 0.0
        self.n_seen += 1
        weight = self.reconstruction * _FIRST_SHARE**rising
        return self.contrast * objective + weight * self.prediction((codes, rebuilt, None, tau), target)


def contrast(a, b, tau, critic):
    """Return the symmetric InfoNCE loss of the codes of pairs."""
    if critic == "cosine":
        logits = _COSINE_SCALE * tau * nn.functional.normalize(a) @ nn.functional.normalize(b).T
    else:
        # Minus squared distances, by products: several times faster than differences, and exact enough for codes of
        # unit variance.
        a, b = a * tau.sqrt(), b * tau.sqrt()
        logits = 2 * a @ b.T - a.square().sum(dim=1)[:, None] - b.square().sum(dim=1)
    own = torch.arange(len(logits), device=logits.device)
    return 0.5 * (nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.T, own))


def _unit_variance(latent_dim):
    # Without a learned scale, so that only tau sets the scale of distances.
    return nn.BatchNorm1d(latent_dim, affine=False)


def _refiner(latent_dim):
    return nn.Sequential(
        Residual(latent_dim, latent_dim, _REFINER_SIZES, 0.0, np.eye(latent_dim)), _unit_variance(latent_dim)
    )
