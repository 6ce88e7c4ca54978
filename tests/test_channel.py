"""What is known when the noise is known."""

import numpy as np
import pytest

from skmi.channel import pca_information_gap


def test_the_gap_bounds_the_exact_loss_of_a_normal_channel():
    # X = S + N with y = S + M, all normal: I(X; y) and I(of two components; y) follow from covariances. The signal's
    # axes are those of X, so that the components kept and lost are independent given y's parts, one by one.
    signal, noise, other = np.array([9.0, 4.0, 1.0, 0.25]), 0.5, 0.1
    correlation = signal**2 / ((signal + noise**2) * (signal + other**2))
    lost = -0.5 * np.log1p(-correlation)[2:].sum()
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    X = (rng.standard_normal((200_000, 4)) * np.sqrt(signal)) @ axes + noise * rng.standard_normal((200_000, 4))
    gap = pca_information_gap(X, 2, noise)
    # In closed form; 200 000 rows know an eigenvalue to 0.3 %, half of which shows twice.
    assert gap == pytest.approx(0.5 * np.log1p(signal[2:] / noise**2).sum(), abs=0.01)
    assert lost < gap
    # As y comes closer to the signal itself, nothing else is lost: the bound is tight.
    closest = -0.5 * np.log1p(-signal / (signal + noise**2))[2:].sum()
    assert gap == pytest.approx(closest, abs=0.01)


def test_pure_noise_and_all_components_lose_nothing():
    X = np.random.default_rng(0).standard_normal((5000, 3))
    assert pca_information_gap(X, 3, 1.0) == 0
    assert pca_information_gap(X, 0, 1.0) < 0.03  # three eigenvalues each known to 2 %


def test_bad_input():
    X = np.zeros((5, 2))
    with pytest.raises(ValueError, match="0 <= n_components <= 2"):
        pca_information_gap(X, 3, 1.0)
    with pytest.raises(ValueError, match="noise_std > 0, got 0.*no bound"):
        pca_information_gap(X, 1, 0.0)
    with pytest.raises(ValueError, match="NaN"):
        pca_information_gap(X * np.nan, 1, 1.0)
