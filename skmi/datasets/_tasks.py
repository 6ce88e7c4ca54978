"""Named pairs with known mutual information, including the forty of "Beyond Normal"."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from ._anti_pca import anti_pca
from ._base import MappedPair, WithNuisance
from ._discrete import NoisySteps, QuantisedUniform, symmetric_channel
from ._everyday import (
    NormalSeries,
    RoundedNormal,
    ZeroInflatedPoisson,
    brightness_images,
    embeddings,
    gaussian_channel,
    rare_event,
    zipf_labels,
)
from ._images import blob_images, correlated_blob_images, rectangle_images
from ._labels import digits_pairs
from ._maps import InvertibleNetwork, LinearEmbedding, Spiral, Wiggly, half_cube, swiss_roll
from ._mixtures import (
    concentric_normals,
    crossed_normals,
    galaxy,
    letters,
    waves,
    with_inliers,
    with_outliers,
)
from ._normal import CorrelatedNormal, correlated_uniform, dense_normal
from ._nuisance import NuisanceFactors, WithBackground
from ._shapes import CorrelatedStudent, LogGammaExponential, SmoothedUniform, additive_uniform_noise, bimodal_normal
from ._tiled import Tiled

_NORMAL_MI = -0.5 * float(np.log1p(-(0.75**2)))  # at a correlation of 0.75
_SPARSE_MI = -float(np.log1p(-(0.8**2)))  # of two pairs of columns with a correlation of 0.8


def _spirals(n_features):
    """Return the spirals of X and of y; their mean angle does not depend on the dimension."""
    return Spiral(0, 1, 1 / n_features), Spiral(1, 2, 1 / n_features)


_MAPS = {
    "normal-cdf": lambda _: (ndtr, ndtr),
    "half-cube": lambda _: (half_cube, half_cube),
    "asinh": lambda _: (np.arcsinh, np.arcsinh),
    "wiggly": lambda _: (Wiggly(), Wiggly(((-0.4, 0.4, 0.0), (0.17, 1.3, 3.5), (0.02, 4.3, -2.5)))),
    "spiral": _spirals,
    "swiss-roll": lambda _: (swiss_roll, None),
    "embedding": lambda n_features: (LinearEmbedding(10 * n_features), LinearEmbedding(10 * n_features, seed=1)),
    "network": lambda _: (InvertibleNetwork(seed=0), InvertibleNetwork(seed=1)),
}


def _student(n_features, degrees_of_freedom):
    return CorrelatedStudent(0.0, n_features, n_features, degrees_of_freedom)


# d=d stores the value in each function; otherwise all functions of a loop would use its last value.
_BASES = {
    "1x1-normal": lambda: CorrelatedNormal(_NORMAL_MI),
    "1x1-additive-0.1": lambda: additive_uniform_noise(0.1),
    "1x1-additive-0.75": lambda: additive_uniform_noise(0.75),
    "1x1-bimodal": lambda: bimodal_normal(_NORMAL_MI),
    **{f"{d}x{d}-dense": lambda d=d: dense_normal(d, d) for d in (2, 3, 5, 25, 50)},
    **{f"{d}x{d}-sparse": lambda d=d: CorrelatedNormal(_SPARSE_MI, d, d, n_pairs=2) for d in (2, 3, 5, 25)},
    **{
        f"{d}x{d}-student-{df}": lambda d=d, df=df: _student(d, df)
        for d, df in ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))
    },
    # Not among the forty of Beyond Normal.
    "1x1-independent": lambda: CorrelatedNormal(0.0),
    "5x5-independent": lambda: CorrelatedNormal(0.0, 5, 5),
    "1x1-normal-5-nats": lambda: CorrelatedNormal(5.0),
    "2x2-normal-8-nats": lambda: CorrelatedNormal(8.0, 2, 2, mixing=0),
    "3x3-normal-mixed": lambda: CorrelatedNormal(2.0, 3, 3, mixing=0),
    "10x10-normal-mixed": lambda: CorrelatedNormal(2.0, 10, 10, mixing=0),
    "10x1-normal": lambda: CorrelatedNormal(1.0, 10, 1, mixing=0),
    "2x2-uniform": lambda: correlated_uniform(2.0, 2, 2),
    "4x4-uniform": lambda: correlated_uniform(4.0, 4, 4),
    "2x2-smoothed-uniform": lambda: SmoothedUniform(2.0, 2),
    "1x1-log-gamma-exponential": lambda: LogGammaExponential(1.0),
    "3x3-log-gamma-exponential": lambda: LogGammaExponential(2.0, 3),
    "1x1-quantised": lambda: QuantisedUniform(1.5),
    "1x1-noisy-steps": lambda: NoisySteps(5),
    "1x1-labels": lambda: symmetric_channel(1.0, 10),
    "6x6-nuisance": lambda: WithNuisance(CorrelatedNormal(1.0), 5),
    "20x20-nuisance-factors": lambda: NuisanceFactors(1.661),
    "24x24-nuisance-factors": lambda: NuisanceFactors(1.8, 24, 9, 3, 3.0),
    "32x32-anti-pca": lambda: anti_pca(2.0),
    "blobs-16": lambda: blob_images(2.0, 16),
    "blobs-32": lambda: blob_images(4.0, 32),
    "blobs-16-background": lambda: WithBackground(blob_images(2.0, 16)),
    "rectangles-16": lambda: rectangle_images(2.0, 16),
    "rectangles-32": lambda: rectangle_images(4.0, 32),
    "slanted-blobs-16": lambda: correlated_blob_images(2.0, 16),
    "digits": lambda: digits_pairs(1.5),
    "three-digits": lambda: Tiled(digits_pairs(1.5), 3, (8, 8)),
    "two-blobs-16": lambda: Tiled(blob_images(2.0, 16), 2, (16, 16)),
    "1x1-crossed": crossed_normals,
    "1x1-letters": letters,
    "1x1-waves": waves,
    "2x1-galaxy": galaxy,
    "2x2-concentric": concentric_normals,
    "5x5-concentric": lambda: concentric_normals(5),
    "1x1-inliers": with_inliers,
    "1x1-outliers": with_outliers,
    "1x1-rare-event": rare_event,
    "1x1-rare-event-1e-4": lambda: rare_event(1e-4, 0.95, 0.9999),
    **{f"1x1-labels-{n}-independent": lambda n=n: zipf_labels(n, 0.0, 1.0) for n in (30, 100)},
    **{f"1x1-labels-{n}-channel": lambda n=n: zipf_labels(n, 0.0, 0.5) for n in (30, 100)},
    **{f"1x1-labels-{n}-zipf": lambda n=n: zipf_labels(n, 1.0, 0.5) for n in (30, 100)},
    "1x1-zero-inflated": ZeroInflatedPoisson,
    "1x1-zero-inflated-0.9": lambda: ZeroInflatedPoisson(0.9),
    "1x1-rounded-0.1": lambda: RoundedNormal(1.0, 0.1),
    "1x1-rounded-0.5": RoundedNormal,
    "1x1-rounded-independent": lambda: RoundedNormal(0.0, 0.5),
    "1x1-series-independent": NormalSeries,
    "1x1-series-slow": lambda: NormalSeries(0.0, 0.99),
    "1x1-series-dependent": lambda: NormalSeries(0.5, 0.9),
    **{f"10x10-channel-{n:g}": lambda n=n: gaussian_channel(2.0, 10, n) for n in (1, 1e2, 1e4)},
    "30x30-channel-100": lambda: gaussian_channel(4.0, 30, 100.0),
    "brightness-16": brightness_images,
    "300x300-embeddings": embeddings,
    "300x300-embeddings-independent": lambda: embeddings(0.0),
}

_SIZES = 3, 5, 25

BEYOND_NORMAL = (
    "1x1-normal",
    "normal-cdf @ 1x1-normal",
    "1x1-additive-0.1",
    "1x1-additive-0.75",
    "1x1-bimodal",
    "wiggly @ 1x1-normal",
    "half-cube @ 1x1-normal",
    "1x1-student-1",
    "asinh @ 1x1-student-1",
    "swiss-roll @ normal-cdf @ 1x1-normal",
    *(f"{d}x{d}-dense" for d in (2, 3, 5, 25, 50)),
    *(f"{d}x{d}-sparse" for d in (2, 3, 5, 25)),
    *(f"{d}x{d}-student-{df}" for d, df in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))),
    *(f"normal-cdf @ {d}x{d}-sparse" for d in _SIZES),
    *(f"half-cube @ {d}x{d}-sparse" for d in _SIZES),
    *(f"spiral @ {d}x{d}-sparse" for d in _SIZES),
    *(f"spiral @ normal-cdf @ {d}x{d}-sparse" for d in _SIZES),
    *(f"asinh @ {d}x{d}-student-{df}" for d, df in ((2, 1), (3, 2), (5, 2))),
)

_FURTHER = (
    *list(_BASES)[list(_BASES).index("1x1-independent") :],
    "half-cube @ 2x2-uniform",
    "network @ 3x3-normal-mixed",
    "spiral @ network @ 3x3-normal-mixed",
    "embedding @ 3x3-sparse",
    "embedding @ network @ 5x5-sparse",
    "asinh @ half-cube @ 5x5-sparse",
)


def _pair(name):
    """Return the pair of a name: maps, of which the last is applied first, and a base."""
    *maps, base = name.split(" @ ")
    pair = _BASES[base]()
    # Names begin with the number of columns of X, as "5x5-sparse".
    for map_name in reversed(maps):
        pair = MappedPair(pair, *_MAPS[map_name](int(base.split("x")[0])))
    return pair


class _Tasks(Mapping):
    """Named pairs, each made when it is looked up."""

    def __init__(self, names):
        self._names = dict.fromkeys(names)

    def __getitem__(self, name):
        if name not in self._names:
            from difflib import get_close_matches

            near = get_close_matches(str(name), self._names, n=3, cutoff=0.3)
            raise KeyError(f"There is no task {name!r}. Similar names: {', '.join(map(repr, near)) or 'none'}.")
        return _pair(name)

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)

    def __repr__(self):
        width = max(map(len, self._names))
        lines = [f"{len(self)} tasks, with their true I(X; Y) in nats:"]
        lines += [f"  {name:<{width}}  {pair.mi:.4f}" for name, pair in self.items()]
        return "\n".join(lines)


TASKS = _Tasks((*BEYOND_NORMAL, *_FURTHER))
