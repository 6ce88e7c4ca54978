"""Estimators of mutual information: ``fit(X, y)`` sets ``mi_`` in nats, ``score`` ranks them on new data."""

from ._base import MIOfRows, MutualInfoEstimator, can_estimate_parts
from ._codes import look_like_codes
from ._conditional_ksg import ConditionalKSG, ksg_conditional_mutual_info
from ._conditional_mi import ConditionalMI
from ._entropy import kl_entropy
from ._gaussian import GaussianCopulaMI, GaussianMI
from ._info_nce import InfoNCE
from ._jensen_shannon import JensenShannonMI
from ._kernel_density import KernelDensityMI
from ._kozachenko_leonenko import KozachenkoLeonenko
from ._ksg import KSG, ksg_mutual_info
from ._ksg_rows import ksg_of_columns, ksg_rows, pointwise_ksg, prepared
from ._labels import labels_entropy, labels_error, share_alone
from ._lower_values import warn_too_low
from ._mine import MINE
from ._neural import NeuralEstimator
from ._nwj import NWJ
from ._serial import effective_rows
from ._smile import SMILE
from ._warnings import has_outliers, in_time, is_largest, warn_constant, warn_of_data, warn_repeated_rows

# What is imported and not listed is for other rooms.
__all__ = [
    "KSG",
    "MINE",
    "NWJ",
    "SMILE",
    "ConditionalKSG",
    "ConditionalMI",
    "GaussianCopulaMI",
    "GaussianMI",
    "InfoNCE",
    "JensenShannonMI",
    "KernelDensityMI",
    "KozachenkoLeonenko",
    "MutualInfoEstimator",
    "kl_entropy",
    "ksg_conditional_mutual_info",
    "ksg_mutual_info",
]
