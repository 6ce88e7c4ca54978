"""Bounds for channels with known noise, against closed forms."""

import numpy as np
import pytest

from skmi.channel import gaussian_channel_bounds, gaussian_channel_capacity, pca_information_gap
from skmi.exceptions import UnreliableEstimateWarning


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
    # The closed form; with 200 000 rows an eigenvalue has an error of 0.3 %, and half of it enters twice.
    assert gap == pytest.approx(0.5 * np.log1p(signal[2:] / noise**2).sum(), abs=0.01)
    assert lost < gap
    # As y comes closer to the signal itself, nothing else is lost: the bound is tight.
    closest = -0.5 * np.log1p(-signal / (signal + noise**2))[2:].sum()
    assert gap == pytest.approx(closest, abs=0.01)


def test_the_gap_is_zero_for_all_components_and_for_pure_noise():
    X = np.random.default_rng(0).standard_normal((5000, 3))
    assert pca_information_gap(X, 3, 1.0) == 0
    assert pca_information_gap(X, 0, 1.0) < 0.03  # three eigenvalues, each with an error of 2 %


def test_impossible_gaps_raise():
    X = np.zeros((5, 2))
    with pytest.raises(ValueError, match="integer n_components from 0 to 2"):
        pca_information_gap(X, 3, 1.0)
    with pytest.raises(ValueError, match="integer n_components.*got 1.5"):
        pca_information_gap(X, 1.5, 1.0)
    with pytest.raises(ValueError, match="noise_std > 0, got 0.*no bound"):
        pca_information_gap(X, 1, 0.0)
    with pytest.raises(ValueError, match="NaN"):
        pca_information_gap(X * np.nan, 1, 1.0)


def normal_channel(scale, n_samples=2000, n_factors=4, n_columns=256, seed=0):
    """Return signal and noisy rows of unit noise, and the information in closed form."""
    rng = np.random.default_rng(seed)
    weights = scale * rng.standard_normal((n_factors, n_columns)) / 16
    signal = rng.standard_normal((n_samples, n_factors)) @ weights
    truth = 0.5 * np.linalg.slogdet(np.eye(n_columns) + weights.T @ weights)[1]
    return signal, signal + rng.standard_normal(signal.shape), truth


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0, 4.0, 7.0])
def test_bounds_hold_the_closed_form(scale):
    signal, noisy, truth = normal_channel(scale)
    bounds = gaussian_channel_bounds(signal, noisy, 1.0)
    assert bounds.lower - 3 * bounds.lower_standard_error <= truth <= bounds.upper + 3 * bounds.upper_standard_error
    if truth <= 3.9:
        # Far below log n the bounds nearly touch.
        assert abs(bounds.upper - bounds.lower) < 0.1
        assert bounds.reliable
    if truth > 6:
        assert not bounds.reliable
        assert bounds.lower < np.log(2000)


def test_bounds_equal_a_slow_implementation():
    signal, noisy, _ = normal_channel(2.0, 50, 3, 5)
    from scipy.stats import norm

    matrix = np.array([[norm(f, 1.5).logpdf(t).sum() for f in signal] for t in noisy])
    lower = [matrix[i, i] - np.log(np.mean(np.exp(matrix[i]))) for i in range(50)]
    upper = [matrix[i, i] - np.log(np.mean(np.exp(np.delete(matrix[i], i)))) for i in range(50)]
    bounds = gaussian_channel_bounds(signal, noisy, 1.5)
    assert bounds.lower == pytest.approx(np.mean(lower))
    assert bounds.upper == pytest.approx(min(np.mean(upper), gaussian_channel_capacity(signal, 1.5)))


def test_bounds_do_not_depend_on_the_chunks(monkeypatch):
    signal, noisy, _ = normal_channel(1.0, 100, 3, 5)
    draws = np.stack([signal, signal + 0.1])
    whole = gaussian_channel_bounds(signal, noisy, 1.0, signal_draws=draws)
    monkeypatch.setattr("skmi.channel._CHUNK", 700)
    parts = gaussian_channel_bounds(signal, noisy, 1.0, signal_draws=draws)
    assert whole.lower == pytest.approx(parts.lower, rel=1e-12)
    assert whole.upper == pytest.approx(parts.upper, rel=1e-12)


def test_bounds_with_earlier_noise_hold_the_closed_form():
    # L1 = X A + N, L2 = L1 B + M, all normal: I(X; L2) follows from covariances.
    rng = np.random.default_rng(0)
    n, d, s = 800, 3, 1.0
    A, B = rng.standard_normal((d, d)), rng.standard_normal((d, d))
    X = rng.standard_normal((n, d))

    def signal():
        return (X @ A + s * rng.standard_normal((n, d))) @ B

    first = signal()
    noise = s**2 * (B.T @ B + np.eye(d))
    truth = 0.5 * (np.linalg.slogdet(B.T @ A.T @ A @ B + noise)[1] - np.linalg.slogdet(noise)[1])
    widths = []
    for n_draws in (8, 48):
        draws = np.array([signal() for _ in range(n_draws)])
        bounds = gaussian_channel_bounds(first, first + s * rng.standard_normal((n, d)), s, signal_draws=draws)
        assert bounds.lower - 3 * bounds.lower_standard_error < truth < bounds.upper
        # The normal critic of the lower bound is exact here; 800 rows lose a few hundredths.
        assert bounds.lower > truth - 0.5
        widths.append(bounds.upper - bounds.lower)
    assert widths[1] < 0.7 * widths[0]


def test_bounds_of_a_constant_signal_are_zero():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((500, 4))
    bounds = gaussian_channel_bounds(np.zeros((500, 4)), noise, 1.0)
    assert bounds.lower == pytest.approx(0, abs=1e-12)
    assert bounds.upper == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n_columns", [3, 300])
def test_capacity_equals_the_closed_form(n_columns):
    signal = normal_channel(2.0, 200, 2, n_columns)[0]
    expected = 0.5 * np.linalg.slogdet(np.eye(n_columns) + np.cov(signal, rowvar=False) / 0.25)[1]
    assert gaussian_channel_capacity(signal, 0.5) == pytest.approx(expected)


def test_impossible_channels_raise():
    X = np.zeros((5, 2))
    for function in (lambda s: gaussian_channel_bounds(X, X, s), lambda s: gaussian_channel_capacity(X, s)):
        with pytest.raises(ValueError, match="noise_std > 0, got 0"):
            function(0)
    with pytest.raises(ValueError, match="of one shape"):
        gaussian_channel_bounds(X, X[:, :1], 1.0)
    with pytest.raises(ValueError, match=r"signal_draws of shape \(n_draws, 5, 2\)"):
        gaussian_channel_bounds(X, X, 1.0, signal_draws=X)
    with pytest.raises(ValueError, match="minimum of 2"):
        gaussian_channel_bounds(X[:1], X[:1], 1.0)


@pytest.mark.parametrize("n_columns", [1, 4, 40])
@pytest.mark.parametrize("distance", [1e4, 1e7, 1e11])
def test_far_clusters_have_the_entropy_of_their_labels(n_columns, distance):
    rng = np.random.default_rng(0)
    centers = distance * rng.standard_normal((7, n_columns))
    signal = centers[rng.integers(7, size=1500)]
    bounds = gaussian_channel_bounds(signal, signal + rng.standard_normal(signal.shape), 1.0)
    assert bounds.lower == pytest.approx(np.log(7), abs=0.02)
    assert bounds.upper == pytest.approx(np.log(7), abs=0.02)
    assert bounds.reliable


@pytest.mark.parametrize("change", ["order", "scale", "float"])
def test_noise_that_is_not_what_it_is_said_to_be_warns(change):
    rng = np.random.default_rng(1)
    signal = rng.standard_normal((400, 3))
    noisy = signal + 0.4 * rng.standard_normal(signal.shape)
    noise_std = 0.4
    if change == "order":
        noisy = noisy[rng.permutation(400)]
    elif change == "scale":
        noise_std = 0.3
    else:  # the noise is lost in rounding
        signal, noisy = (side + 1e18 for side in (signal, noisy))
    with pytest.warns(UnreliableEstimateWarning, match="noisy - signal to have the standard deviation"):
        assert not gaussian_channel_bounds(signal, noisy, noise_std).reliable


def test_draws_of_the_signal_that_are_not_finite_raise():
    signal = np.zeros((10, 2))
    with pytest.raises(ValueError, match="signal_draws contains NaN"):
        gaussian_channel_bounds(signal, signal + 1, 1.0, signal_draws=np.full((2, 10, 2), np.nan))


def test_signal_and_noisy_rows_in_the_wrong_order_are_noticed():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((1000, 3))
    noisy = signal + 0.5 * rng.standard_normal((1000, 3))
    assert gaussian_channel_bounds(signal, noisy, 0.5).reliable
    with pytest.warns(UnreliableEstimateWarning, match="independent of signal"):
        assert not gaussian_channel_bounds(noisy, signal, 0.5).reliable
