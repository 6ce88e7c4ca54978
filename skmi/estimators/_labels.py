"""Labels against labels: entropies of counts that allow for what the sample has not shown."""

import numpy as np
from scipy.special import digamma, exp1

_DIGITS = 37.0  # log of the precision to which the series of the tail is summed
_MAX_TERMS = 100_000


def labels_mi_rows(x, y, given=None):
    """Return the pointwise estimate of I(x; y), or of I(x; y | given), of labels, shape (n_samples,).

    Each entropy is that of Chao, Wang and Jost (2013, doi:10.1111/2041-210X.12108): the digamma sum over the counts,
    which is what nearest neighbours give too, plus a tail for what has not been seen, from the numbers of labels seen
    once and twice. Without it, independent labels of many values read as information.

    Parameters
    ----------
    x, y, given : ndarray of shape (n_samples,), int
        Numbers of labels, from 0 on.
    """
    if given is None:
        return _entropy_rows(x) + _entropy_rows(y) - _entropy_rows(pairs_of(x, y))
    xz, yz = pairs_of(x, given), pairs_of(y, given)
    return _entropy_rows(xz) + _entropy_rows(yz) - _entropy_rows(pairs_of(xz, y)) - _entropy_rows(given)


def pairs_of(x, y):
    """Return the number of each row's pair of labels."""
    return np.unique(x * (y.max() + 1) + y, return_inverse=True)[1]


def unseen_entropy(counts):
    """Return the share of the entropy in labels that have not been seen, in nats, by Chao, Wang and Jost."""
    return _tail(int(counts.sum()), *_once_and_twice(counts))


def _once_and_twice(counts):
    return tuple(int(np.count_nonzero(counts == times)) for times in (1, 2))


def _tail(n, once, twice):
    """Return the same from the numbers of rows, of labels seen once, and of labels seen twice.

    With f1 and f2 the numbers of labels seen once and twice, the term is f1 / n (1 - A)^(1 - n) times
    -log A - sum over r < n of (1 - A)^r / r. That bracket is the rest of the series of -log A, so that the term is
    f1 / n sum over j >= 0 of (1 - A)^(j + 1) / (n + j), which neither overflows nor cancels.
    """
    if once == 0:
        return 0.0
    if twice > 0:
        share = 2 * twice / ((n - 1) * once + 2 * twice)
    else:
        share = 2 / ((n - 1) * (once - 1) + 2)
    if share >= 1:
        return 0.0
    decay = -np.log1p(-share)
    n_terms = int(np.ceil(_DIGITS / decay))
    if n_terms <= _MAX_TERMS:
        j = np.arange(n_terms)
        series = float(np.sum(np.exp(-decay * (j + 1)) / (n + j)))
    else:
        # So slow a decay makes the sum an integral, with the first terms of Euler and Maclaurin.
        first = (1 - share) / n
        integral = (1 - share) * np.exp(decay * n) * exp1(decay * n)
        series = float(integral + first / 2 + first * (decay + 1 / n) / 12)
    return once / n * series


def labels_error(pointwise, x, y, given=None):
    """Return the standard error of an estimate of labels, also near independence and where cells hold few rows.

    Near independence 2 n times the estimate varies as chi square does, of (r - 1) (c - 1) degrees of freedom for r and
    c labels, and the spread of the rows' contributions is that of the same number of degrees, twice as much. To that
    comes the spread of what has not been seen, whose two counts vary as counts of rare events do.

    Parameters
    ----------
    pointwise : ndarray of shape (n_samples,)
        Of :func:`labels_mi_rows`.
    x, y, given : ndarray of shape (n_samples,), int
        Numbers of labels, from 0 on.
    """
    n = len(pointwise)
    if n < 2:
        return float("nan")
    if given is None:
        given = np.zeros(n, dtype=np.int64)
    cells = pairs_of(pairs_of(x, given), y)
    # Labels of each side within each value of what is given.
    n_x, n_y = (np.bincount(given[np.unique(pairs_of(side, given), return_index=True)[1]]) for side in (x, y))
    at_independence = float(np.sum((n_x - 1.0) * (n_y - 1.0) * (n_x > 0))) / (2 * n**2)
    # The spread may come out as small as it likes; half of what is right at independence keeps the mean right there.
    variance = max(np.var(pointwise, ddof=1) / n - at_independence, 0.5 * at_independence)
    once, twice = _once_and_twice(np.bincount(cells))
    if once:
        slopes = (_tail(n, once + step, twice + 1 - step) - _tail(n, once, twice) for step in (1, 0))
        variance += sum(slope**2 * count for slope, count in zip(slopes, (once, twice), strict=True))
    return float(np.sqrt(variance))


def share_alone(x, y):
    """Return the share of the rows that are alone in their cell of the table of both labels."""
    return float(np.count_nonzero(np.bincount(pairs_of(x, y)) == 1) / len(x))


def labels_entropy(labels):
    """Return the entropy of labels, numbers from 0 on, in nats."""
    return float(np.mean(_entropy_rows(labels)))


def _entropy_rows(labels):
    counts = np.bincount(labels)
    table = np.zeros(len(counts))
    seen = counts > 0
    table[seen] = digamma(len(labels)) - digamma(counts[seen])
    return table[labels] + unseen_entropy(counts[seen])
