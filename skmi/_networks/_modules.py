"""The networks of compressors and critics."""

from numbers import Integral

import numpy as np
import torch
from torch import nn

from .._tables import refuse_channels_last


class Autoencoder(nn.Module):
    """Encoder, normalised code with noise in training, decoder.

    Parameters
    ----------
    encoder : torch.nn.Module
        From inputs to (batch, latent_dim).
    decoder : torch.nn.Module
        From (batch, latent_dim) to inputs.
    latent_dim : int
    noise_std : float
        Standard deviation of the noise on the code.
    code : {"linear", "tanh"}
        Codes of unit variance, or in (-1, 1).
    """

    def __init__(self, encoder, decoder, latent_dim, noise_std, code):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        # With a free scale the encoder could make the code so large that the noise has no effect.
        self.normalize = nn.BatchNorm1d(latent_dim, affine=False) if code == "linear" else nn.Tanh()
        self.noise_std = noise_std

    def encode(self, inputs):
        """Return codes of shape (batch, latent_dim)."""
        return self.normalize(self.encoder(inputs))

    def decode(self, codes):
        """Return inputs reconstructed from codes."""
        return self.decoder(codes)

    def forward(self, inputs):
        """Return reconstructions."""
        codes = self.encode(inputs)
        if self.training and self.noise_std > 0:
            codes = codes + self.noise_std * torch.randn_like(codes)
        return self.decoder(codes)


class Residual(nn.Module):
    """A linear map that starts at a given one, plus a network that starts near zero and corrects it.

    Parameters
    ----------
    n_inputs, n_outputs : int
    hidden_sizes : tuple of int
    dropout : float
    start : ndarray of shape (n_inputs, n_outputs) or None
        Initial linear map. None leaves the linear map out, and the network has its usual initial weights.
    """

    def __init__(self, n_inputs, n_outputs, hidden_sizes, dropout, start):
        super().__init__()
        # A smooth activation: ReLU locates fine detail, such as the edges of rectangles, less well.
        self.network = dense(n_inputs, n_outputs, hidden_sizes, dropout, activation=nn.SiLU)
        self.skip = None
        if start is not None:
            self.skip = nn.Linear(n_inputs, n_outputs, bias=False)
            with torch.no_grad():
                # Codes beyond the rank of the given map start at small random weights.
                scale = torch.as_tensor(abs(start).sum(axis=0) == 0, dtype=torch.float32)[:, None]
                self.skip.weight.mul_(0.1 * scale).add_(torch.as_tensor(start.T, dtype=torch.float32))
                self.network[-1].weight.mul_(0.01)

    def forward(self, inputs):
        """Return codes, shape (batch, n_outputs)."""
        correction = self.network(inputs)
        return correction if self.skip is None else self.skip(inputs) + correction


def dense(n_inputs, n_outputs, hidden_sizes, dropout=0.0, normalize=True, activation=nn.ReLU):
    """Return a fully connected network; pass ``normalize=False`` if batches mix pairs and unpaired rows."""
    _check_widths("hidden_sizes", hidden_sizes)
    layers, width = [], n_inputs
    for size in hidden_sizes:
        layers += [nn.Linear(width, size), nn.BatchNorm1d(size) if normalize else nn.Identity(), activation()]
        layers += [nn.Dropout(dropout)]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, n_outputs))


def convolutional_encoder(image_shape, latent_dim, channels, dropout=0.0):
    """Return a network of strided blocks from flattened images to codes."""
    _check_widths("channels", channels)
    n_channels, height, width = image_shape
    layers, size, n_in = [nn.Unflatten(1, image_shape)], (height, width), n_channels
    for n_out in channels:
        layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.BatchNorm2d(n_out), nn.ReLU()]
        size, n_in = tuple((side + 1) // 2 for side in size), n_out  # stride 2 with padding 1 rounds up
    return nn.Sequential(*layers, nn.Flatten(), *_head(n_in * size[0] * size[1], latent_dim, dropout))


def convolutional_decoder(image_shape, latent_dim, channels):
    """Return the mirror image of :func:`convolutional_encoder`, for any height and width."""
    n_channels, *sides = image_shape
    sizes = [tuple(sides)]
    for _ in channels:
        sizes.append(tuple((side + 1) // 2 for side in sizes[-1]))
    widths = [n_channels, *channels]
    bottom = (widths[-1], *sizes[-1])
    layers = [*_head(latent_dim, bottom[0] * bottom[1] * bottom[2]), nn.Unflatten(1, bottom)]
    for level in range(len(channels), 0, -1):
        layers += [nn.BatchNorm2d(widths[level]), nn.ReLU(), nn.Upsample(size=sizes[level - 1])]
        layers += [nn.Conv2d(widths[level], widths[level - 1], 3, padding=1)]
    return nn.Sequential(*layers, nn.Flatten())


def _check_widths(name, widths):
    if not all(isinstance(width, Integral) and width > 0 for width in widths):
        raise ValueError(f"Expected whole numbers above 0 in {name}, got {widths!r}.")


def checked_image_shape(image_shape, n_features, name, side):
    """Return (channels, height, width) of rows that are images, or None for None."""
    if image_shape is None:
        return None
    shape = tuple(image_shape)
    whole = all(isinstance(length, Integral) and length > 0 for length in shape)
    if len(shape) not in (2, 3) or not whole or np.prod(shape) != n_features:
        raise ValueError(
            f"Expected {name} (height, width) or (channels, height, width) with {n_features} pixels in all, the number "
            f"of columns of {side}; got {image_shape!r}."
        )
    refuse_channels_last(shape, name)
    return tuple(map(int, shape if len(shape) == 3 else (1, *shape)))


def shifted(images, image_shape, max_shift):
    """Return flattened images, each shifted at random by up to ``max_shift`` pixels, with its edge repeated."""
    n_channels, height, width = image_shape
    size = len(images)
    padded = nn.functional.pad(images.reshape(size, *image_shape), [max_shift] * 4, mode="replicate")
    # Each image is a window of the padded one, cut out for all images at once by an index per dimension.
    down, right = torch.randint(0, 2 * max_shift + 1, (2, size, 1, 1, 1), device=images.device)
    image = torch.arange(size, device=images.device)[:, None, None, None]
    channel = torch.arange(n_channels, device=images.device)[:, None, None]
    row = down + torch.arange(height, device=images.device)[:, None]
    column = right + torch.arange(width, device=images.device)
    return padded[image, channel, row, column].reshape(size, -1)


def _head(n_inputs, n_outputs, dropout=0.0):
    """Return two dense layers between feature maps and codes."""
    drop = [nn.Dropout(dropout)] if dropout > 0 else []
    return [*drop, nn.Linear(n_inputs, 128), nn.ReLU(), *drop, nn.Linear(128, n_outputs)]
