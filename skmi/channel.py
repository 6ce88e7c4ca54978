"""What is known exactly when the noise is known."""

import numpy as np
from sklearn.utils import check_array


def pca_information_gap(X, n_components, noise_std):
    """Return how much mutual information principal components of noisy rows can lose at most, in nats.

    For rows X = f + N with independent normal noise N of known standard deviation s in every column, and any y that
    depends on X through f alone, the discarded components tell at most the capacity of their channel:

    .. math:: I(X; y) - I(\\mathrm{PCA}(X); y) \\le \\frac{1}{2} \\sum_{i > k} \\log \\frac{\\lambda_i}{s^2},

    with λ the eigenvalues of the covariance of X. Eigenvalues below the noise, which only a finite sample has, count
    as noise.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows with their noise; many more than columns, since small samples spread the eigenvalues.
    n_components : int
        Components kept.
    noise_std : float
        Standard deviation of the noise.

    Returns
    -------
    gap : float
        In nats.

    References
    ----------
    Butakov et al. (2024). "Information Bottleneck Analysis of Deep Neural Networks via Lossy Compression".
    arXiv:2305.08013.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.channel import pca_information_gap
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((10_000, 3)) * [3, 2, 1]  # of which noise has 1
    >>> round(pca_information_gap(X, 1, 1.0), 1)  # 1/2 log 4
    0.7
    """
    X = check_array(X, dtype=np.float64, ensure_min_samples=2)
    if not 0 <= n_components <= X.shape[1]:
        raise ValueError(f"Expected 0 <= n_components <= {X.shape[1]}, the columns of X, got {n_components}.")
    if not (noise_std > 0 and np.isfinite(noise_std)):
        raise ValueError(f"Expected a finite noise_std > 0, got {noise_std}. Without noise the loss has no bound.")
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(X, rowvar=False)))[::-1]
    ratios = np.maximum(eigenvalues[int(n_components) :] / noise_std**2, 1.0)
    return float(0.5 * np.sum(np.log(ratios)))
