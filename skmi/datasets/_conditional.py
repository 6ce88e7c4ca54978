"""Pairs with confounders Z among the columns of X, whose conditional mutual information I(X; y | Z) is known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from ._base import check_number
from ._normal import CorrelatedNormal

_KINDS = "linear", "sine", "product", "absolute", "noise level"


@dataclass(frozen=True)
class ConfoundedPair:
    """Two columns that depend on the same confounders Z, and on each other, by a known amount, given Z.

    Z moves or scales both columns, each as x = m(Z) + s(Z) e, with normal e of a given mutual information. Given Z
    that is an increasing map of either e, so that I(x; y | Z) is that of the two e, however strong Z is.

    Parameters
    ----------
    mi : float, default=0.0
        I(x; y | Z), in nats.
    n_confounders : int, default=1
        Columns of Z, normal and independent.
    kind : {"linear", "sine", "product", "absolute", "noise level"}, default="linear"
        What Z does: it adds its scaled sum, sine and cosine of it, the product of neighbouring columns, the sum of
        absolute values, or it sets the size of the noise of both columns.

    Examples
    --------
    >>> from skmi.datasets import ConfoundedPair
    >>> pair = ConfoundedPair(mi=0.5, n_confounders=3, kind="sine")
    >>> X, y = pair.sample(100, random_state=0)
    >>> X.shape, pair.conditioning
    ((100, 4), (1, 2, 3))
    """

    mi: float = 0.0
    n_confounders: int = 1
    kind: str = "linear"

    def __post_init__(self):
        check_number("n_confounders", self.n_confounders, 1, whole=True)
        CorrelatedNormal(self.mi)  # raises if mi is impossible
        if self.kind not in _KINDS:
            raise ValueError(f"Expected kind to be one of {', '.join(map(repr, _KINDS))}, got {self.kind!r}.")

    @property
    def conditioning(self):
        """Numbers of the columns of X that are Z, as ``ConditionalKSG(conditioning=...)`` takes them."""
        return tuple(range(1, 1 + self.n_confounders))

    def sample(self, n_samples, random_state=None):
        """Draw independent rows of the pair.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Pass an int for reproducible draws.

        Returns
        -------
        X : ndarray of shape (n_samples, 1 + n_confounders)
            First variable, x, then the columns of Z.
        y : ndarray of shape (n_samples, 1)
            Second variable.
        """
        rng = check_random_state(random_state)
        x, y = CorrelatedNormal(self.mi).sample(n_samples, rng)
        Z = rng.standard_normal((n_samples, self.n_confounders))
        total = Z.sum(axis=1, keepdims=True) / np.sqrt(self.n_confounders)
        if self.kind == "noise level":
            scale = np.exp(total)
            return np.hstack([scale * x, Z]), scale * y
        if self.kind == "product":
            moved = np.mean(Z * np.roll(Z, 1, axis=1), axis=1, keepdims=True) * np.sqrt(self.n_confounders)
            shifts = moved, moved
        elif self.kind == "absolute":
            moved = (np.abs(Z) - np.sqrt(2 / np.pi)).sum(axis=1, keepdims=True) / np.sqrt(self.n_confounders)
            shifts = 1.5 * moved, 1.5 * moved
        else:
            shifts = (total, total) if self.kind == "linear" else (np.sin(2 * total), np.cos(2 * total))
        return np.hstack([x + 1.5 * shifts[0], Z]), y + 1.5 * shifts[1]


class _ConditionalTasks(Mapping):
    """Named confounded pairs."""

    def __init__(self):
        self._pairs = {
            f"{kind.replace(' ', '-')}-{n}-{truth:g}": ConfoundedPair(truth, n, kind)
            for kind in _KINDS
            for n in (1, 5, 20)
            for truth in (0.0, 0.5)
        }

    def __getitem__(self, name):
        return self._pairs[name]

    def __iter__(self):
        return iter(self._pairs)

    def __len__(self):
        return len(self._pairs)

    def __repr__(self):
        width = max(map(len, self._pairs))
        lines = [f"{len(self)} tasks, with their true I(x; y | Z) in nats:"]
        return "\n".join(lines + [f"  {name:<{width}}  {pair.mi:.4f}" for name, pair in self.items()])


CONDITIONAL_TASKS = _ConditionalTasks()
