"""Estimators of mutual information: ``fit(X, y)`` sets ``mi_`` in nats, ``score`` ranks them on new data."""

from ._base import MutualInfoEstimator
from ._conditional_ksg import ConditionalKSG, ksg_conditional_mutual_info
from ._gaussian import GaussianCopulaMI, GaussianMI
from ._kernel_density import KernelDensityMI
from ._kozachenko_leonenko import KozachenkoLeonenko, kl_entropy
from ._ksg import KSG, ksg_mutual_info

__all__ = [
    "KSG",
    "ConditionalKSG",
    "GaussianCopulaMI",
    "GaussianMI",
    "KernelDensityMI",
    "KozachenkoLeonenko",
    "MutualInfoEstimator",
    "kl_entropy",
    "ksg_conditional_mutual_info",
    "ksg_mutual_info",
]
