"""Information planes: closed forms, interruptions, pictures and findings."""

import warnings
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from torch import nn

from skmi import KSG, AutoencoderCompressor, CanonicalCompressor, ContrastiveCompressor, GaussianCopulaMI, GaussianMI
from skmi.exceptions import InterruptedWarning, SkmiWarning, warn
from skmi.information_plane import (
    GaussianNoise,
    InformationPlane,
    InformationPlaneDisplay,
    InformationPlaneRecorder,
    PlanePoint,
    information_plane,
)
from skmi.information_plane._findings import phases

STD = 0.6


def linear_network(widths=(3, 3, 2, 2), seed=0):
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in pairwise(widths):
        layer = nn.Linear(n_in, n_out, bias=False)
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(rng.standard_normal((n_out, n_in))))
        layers += [layer, GaussianNoise(STD)]
    return nn.Sequential(*layers)


def closed_forms(net, target):
    """Return I(X; L) and I(L; Y) of every layer, for standard normal X and y = X target + unit noise."""
    through, noise = np.eye(net[0].in_features), np.zeros((net[0].in_features,) * 2)
    found = []
    for layer in net[::2]:
        W = layer.weight.detach().numpy().astype(float)
        through, noise = W @ through, W @ noise @ W.T + STD**2 * np.eye(len(W))
        cov_l = through @ through.T + noise
        cov_y = target @ target + 1.0
        cross = through @ target
        explained = cross @ np.linalg.solve(cov_l, cross) / cov_y
        log_det = np.linalg.slogdet(cov_l)[1] - np.linalg.slogdet(noise)[1]
        found.append((0.5 * log_det, -0.5 * np.log1p(-explained)))
    return found


@pytest.fixture(scope="module")
def linear():
    """A recorded linear network with normal input, and the truth at its layers."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((3000, 3)).astype(np.float32)
    target = np.array([1.0, -2.0, 0.5])
    y = X @ target + rng.standard_normal(3000)
    net = linear_network()
    recording = InformationPlaneRecorder(X, y, n_noise_draws=4).record(net, 1).recording_
    return recording, closed_forms(net, target)


@pytest.mark.parametrize("estimator", [GaussianMI(), GaussianCopulaMI()], ids=repr)
def test_a_linear_network_is_matched_at_every_layer(linear, estimator):
    recording, truths = linear
    plane = information_plane(recording, estimator=estimator)
    assert [p.layer for p in plane.points] == ["1", "3", "5"]
    for point, (xl, ly) in zip(plane.points, truths, strict=True):
        assert abs(point.mi_xl - xl) < 3 * point.mi_xl_se
        assert abs(point.mi_ly - ly) < 3 * point.mi_ly_se
        assert point.lower - 3 * point.lower_se < xl < point.upper + 3 * point.upper_se
    assert np.isnan(plane.target_entropy)


def test_estimates_on_shuffled_rows_are_near_zero(linear):
    for point in information_plane(linear[0]).points:
        assert abs(point.null_xl) < 0.05  # KSG on 1500 rows of six columns errs by about 0.02
        assert abs(point.null_ly) < 0.05


class Counting(BaseEstimator):
    """Fits like GaussianMI and counts its fits; stops after a given number."""

    fits = 0
    stop_after = None

    def fit(self, X, y):
        if Counting.stop_after is not None and Counting.fits >= Counting.stop_after:
            raise KeyboardInterrupt
        Counting.fits += 1
        fitted = GaussianMI().fit(X, y)
        self.mi_, self.standard_error_ = fitted.mi_, fitted.standard_error_
        return self


@pytest.fixture
def counting():
    Counting.fits, Counting.stop_after = 0, None
    return Counting()


@pytest.fixture
def recorded():
    """A small classifier's recording of two epochs and two layers."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 6)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0.5)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), GaussianNoise(0.3), nn.Linear(5, 3), GaussianNoise(0.3))
    recorder = InformationPlaneRecorder(X, y).record(net, 1, train_loss=1.0)
    with torch.no_grad():
        net[0].weight.mul_(3)
    return recorder.record(net, 4, train_loss=0.4).recording_


FITS = 4 * 2  # per point: pairs and shuffled pairs of I(X; L) and I(L; Y), in two folds


def test_finished_points_are_kept(recorded, counting, tmp_path):
    path = tmp_path / "plane.csv"
    first = information_plane(recorded, estimator=counting, path=path)
    assert Counting.fits == 4 * FITS
    again = information_plane(recorded, estimator=counting, path=path)
    assert Counting.fits == 4 * FITS
    assert again.points == first.points
    information_plane(recorded, estimator=counting, path=path, random_state=1)  # other folds
    assert Counting.fits == 8 * FITS


def test_kept_points_of_a_plane_are_not_computed_again(recorded, counting):
    plane = information_plane(recorded, estimator=counting)
    assert information_plane(recorded, estimator=counting, kept=plane).points == plane.points
    assert Counting.fits == 4 * FITS


def test_points_of_another_training_are_computed_again(recorded, counting, tmp_path):
    path = tmp_path / "plane.csv"
    information_plane(recorded, estimator=counting, path=path)
    other = InformationPlaneRecorder(recorded.X, recorded.y).record(linear_network((6, 5, 3), seed=5), 1).recording_
    assert information_plane(other, estimator=counting, path=path).layers == ("1", "3")
    assert Counting.fits == 6 * FITS


def test_points_of_other_targets_are_computed_again(recorded, counting, tmp_path):
    path = tmp_path / "plane.csv"
    information_plane(recorded, estimator=counting, path=path)
    recorded.y = recorded.y[::-1]
    information_plane(recorded, estimator=counting, path=path)
    assert Counting.fits == 8 * FITS


class Interrupted(PCA):
    """A compressor whose training was interrupted and that kept its weights so far."""

    def fit(self, X, y=None):
        warn("Training was interrupted in epoch 3. The best weights so far are kept.", InterruptedWarning)
        return super().fit(X)


def test_the_point_of_an_interrupted_training_is_not_kept(recorded, tmp_path):
    path = tmp_path / "plane.csv"
    with pytest.warns(SkmiWarning, match="Interrupted after 0 of 4"):
        assert information_plane(recorded, compressor=Interrupted(2), x_compressor=PCA(2), path=path).points == ()
    assert not path.exists()


def test_an_interruption_of_estimates_during_training_reaches_the_training(recorded, counting):
    Counting.stop_after = 3
    recorder = InformationPlaneRecorder(recorded.X, recorded.y, estimate={"estimator": counting})
    with pytest.warns(SkmiWarning, match="Interrupted"), pytest.raises(KeyboardInterrupt):
        recorder.record(linear_network((6, 5, 3)), 1)


def test_an_interruption_loses_one_point_at_most(recorded, counting, tmp_path):
    path = tmp_path / "plane.csv"
    Counting.stop_after = 2 * FITS + 3
    with pytest.warns(SkmiWarning, match=r"Interrupted after 2 of 4 points\. Run the same call again"):
        plane = information_plane(recorded, estimator=counting, path=path)
    assert not plane.complete
    assert "Interrupted" in repr(plane)
    Counting.stop_after = None
    assert information_plane(recorded, estimator=counting, path=path).complete
    assert Counting.fits == 2 * FITS + 3 + 2 * FITS


def test_the_number_of_jobs_changes_nothing(recorded):
    alone, together = (information_plane(recorded, n_jobs=n) for n in (1, 2))
    assert alone.points == together.points


def test_estimation_during_training_gives_the_same_plane(recorded):
    X, y = recorded.X, recorded.y
    net = linear_network((6, 5, 3))
    during = InformationPlaneRecorder(X, y, estimate={"estimator": GaussianMI()})
    after = InformationPlaneRecorder(X, y)
    for epoch in (1, 2):
        during.record(net, epoch)
        assert len(during.plane_.points) == 2 * epoch
        after.record(net, epoch)
    assert during.plane_.points == information_plane(after.recording_, estimator=GaussianMI()).points


def test_compressors_are_fitted_on_other_rows_than_they_encode(recorded):
    """A compressor that stores its rows finds none of them among those it encodes."""

    class Memory(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.rows_ = {tuple(row) for row in X.round(6)}
            return self

        def transform(self, X):
            assert not self.rows_ & {tuple(row) for row in X.round(6)}
            return X[:, :2]

    plane = information_plane(recorded, compressor=Memory(), cv=3)
    assert all("Memory" in point.method for point in plane.points)


@pytest.mark.parametrize(
    "compressor", [CanonicalCompressor(2), ContrastiveCompressor(2, max_epochs=2, hidden_sizes=(8,))], ids=repr
)
def test_paired_compressors_repeat_and_stand_alone(recorded, compressor):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkmiWarning)
        plane = information_plane(recorded, compressor=compressor)
        assert plane.points == information_plane(recorded, compressor=compressor).points
    assert all(np.isfinite([p.mi_xl, p.mi_ly, p.mi_xl_se]).all() for p in plane.points)
    with pytest.raises(ValueError, match="paired compressor, which compresses X too"):
        information_plane(recorded, compressor=compressor, x_compressor=PCA(2))
    with pytest.raises(ValueError, match="x_compressor that needs X alone"):
        information_plane(recorded, x_compressor=compressor)


def test_layers_narrower_than_the_codes_are_not_compressed(recorded):
    plane = information_plane(recorded, compressor=PCA(4), x_compressor=PCA(2))
    assert np.isfinite(plane.points[1].mi_xl)


def test_number_of_codes_is_found_in_our_compressors_and_in_pipelines(recorded):
    """Our n_components is not the number of codes, and the codes of a pipeline are those of its last step."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skmi.information_plane._run import _n_codes

    assert _n_codes(AutoencoderCompressor(2)) == 2
    assert _n_codes(make_pipeline(StandardScaler(), PCA(4))) == 4
    information_plane(recorded, compressor=make_pipeline(StandardScaler(), PCA(4)))  # the second layer has three units


def test_images_keep_their_black_pixels(recorded):
    recorded.X = np.zeros((200, 1, 8, 8))
    recorded.X[:, 0, 2:6, 2:6] = np.random.default_rng(0).standard_normal((200, 4, 4))
    images = AutoencoderCompressor(2, image_shape=(8, 8), max_epochs=1, channels=(2,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkmiWarning)
        assert np.isfinite(information_plane(recorded, x_compressor=images).points[0].mi_xl)


def test_a_constant_layer_has_no_information(recorded):
    net = nn.Sequential(nn.Linear(6, 3), nn.ReLU(), GaussianNoise(0.1), nn.Linear(3, 2), nn.ReLU())
    with torch.no_grad():
        net[3].bias.fill_(-100.0)
    recorder = InformationPlaneRecorder(recorded.X, recorded.y, layers=["4"], allow_deterministic=True)
    with pytest.warns(SkmiWarning, match="No noise reaches"):
        recorder.record(net, 1)
    point = information_plane(recorder.recording_).points[0]
    assert point.mi_xl == pytest.approx(0, abs=1e-9)
    assert point.mi_ly == pytest.approx(0, abs=1e-9)
    assert "deterministic" in point.flags


def test_target_entropy_is_that_of_the_labels(recorded):
    plane = information_plane(recorded)
    shares = np.bincount(recorded.y) / 200
    assert plane.target_entropy == pytest.approx(-np.sum(shares * np.log(shares)))
    assert plane.losses == {1: {"train_loss": 1.0}, 4: {"train_loss": 0.4}}


def test_impossible_arguments_raise(recorded):
    with pytest.raises(ValueError, match="at least 400 rows for cv=40"):
        information_plane(recorded, cv=40)
    recorded.epochs = []
    with pytest.raises(ValueError, match="recording is empty"):
        information_plane(recorded)


def point(epoch, layer, xl, ly, lower=np.nan, upper=np.nan, flags="", se=0.02):
    return PlanePoint(epoch, layer, xl, se, ly, se, 0.01, -0.01, lower, se, upper, se, np.nan, 500, "m", flags, "f")


@pytest.fixture
def plane():
    """Layer a fits, compresses and fits again; layer b, after it, has more information about y at the end."""
    a = [0.5, 1.5, 3.0, 2.5, 2.0, 2.6]
    b = [0.2, 0.5, 1.0, 1.01, 1.0, 1.02]
    points = [
        point(epoch, layer, xl, ly, *((xl + 0.5, xl + 1.0, "below the lower bound") if layer == "a" else ()))
        for epoch, (x, z) in enumerate(zip(a, b, strict=True), start=1)
        for layer, xl, ly in (("a", x, 0.5), ("b", z, 0.4 if epoch < 6 else 0.9))
    ]
    losses = {epoch: {"train_loss": loss} for epoch, loss in enumerate([2.0, 1.9, 1.7, 0.8, 0.7, 0.69], start=1)}
    return InformationPlane(tuple(points), ("a", "b"), float(np.log(3)), losses)


def test_findings_describe_the_table(plane):
    a, b, fall, target, processing, outside = plane.findings().splitlines()
    assert a.startswith(
        "a: fitting from between 1.00 and 1.50 at epoch 1 to between 3.50 and 4.00 at 3, then compression from between "
        "3.50 and 4.00 at epoch 3 to between 2.50 and 3.00 at 5"
    )
    assert b.startswith("b: fitting from 0.20 at epoch 1 to 1.02 at 6; ends")
    assert fall == (
        "The training loss falls fastest between epochs 3 and 4; the first compression, of a, begins at epoch 3."
    )
    assert target == "I(L; Y) reaches 0.90 of H(Y) = 1.10 nats, in b at epoch 6; no point lies above H(Y)."
    assert processing.startswith("Of 6 pairs of layers, 0 of I(X; L) and 1 of I(L; Y) have the later layer above")
    assert outside.startswith("Of 6 estimates of I(X; L) with known noise, 6 lie below its lower bound")
    assert outside.endswith("above, these are between their bounds.")
    assert "(no bounds are known" in b


def test_compression_of_estimates_below_their_bounds_is_no_finding():
    falling = [
        point(epoch, "a", 2.0 - 0.3 * epoch, 0.5, 4.0, 4.2, "below the lower bound" if epoch > 0 else "")
        for epoch in range(4)
    ]
    losses = {epoch: {"train_loss": float("nan") if epoch == 1 else 1.0 / (1 + epoch)} for epoch in range(4)}
    first, fall, *_ = InformationPlane(tuple(falling[1:]), ("a",), 1.0, losses).findings().splitlines()
    assert first.startswith("a: no change beyond its error bars; ends with I(X; L) between 4.00 and 4.20")
    assert fall == (
        "The training loss falls fastest between epochs 0 and 2; no layer compresses beyond its error bars."
    )
    rising = [point(1, "a", 0.1, 0.1, 0.2, 1.0), point(6, "a", 2.0, 0.1, 6.6, 32.8, "below the lower bound")]
    first, *_ = InformationPlane(tuple(rising), ("a",), 1.0, {}).findings().splitlines()
    assert first.startswith("a: fitting from 0.10 at epoch 1 to between 6.60 and 32.80 at 6; ends with I(X; L) between")
    above = [point(epoch, "a", 3.0 - epoch, 0.5, 0.9, 1.1, "above the upper bound") for epoch in (0, 1)]
    assert "no change" in InformationPlane(tuple(above), ("a",), 1.0, {}).findings()


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1.0, 1.01, 1.0, 1.02], []),
        ([1.0, 2.0, 3.0], [("fitting", 0, 2)]),
        ([3.0, 2.0, 1.0], [("compression", 0, 2)]),
        ([1.0, 3.0, 2.9, 3.1], [("fitting", 0, 3)]),  # 0.1 back is within the noise of 0.1
        ([1.0, 3.0, 2.0, 4.0], [("fitting", 0, 1), ("compression", 1, 2), ("fitting", 2, 3)]),
        ([1.0, 0.9, 2.0], [("fitting", 1, 2)]),
        ([2.0], []),
    ],
)
def test_phases_are_rises_and_falls_beyond_the_noise(values, found):
    assert phases(values, np.full(len(values), 0.1)) == found


def test_small_changes_are_not_a_phase_even_without_noise():
    assert phases([1.0, 1.01, 1.0], [0.0, 0.0, 0.0]) == []


def test_tables_and_files_have_all_points(plane, tmp_path):
    assert len(plane.to_frame()) == 12
    plane.to_csv(tmp_path / "plane.csv")
    assert len((tmp_path / "plane.csv").read_text().splitlines()) == 13
    assert "H(Y) = 1.099 nats" in repr(plane)
    assert [p.epoch for p in plane.of("a")] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(KeyError, match="no layer 'c'; there are a, b"):
        plane.of("c")


def test_pictures_show_the_estimates(plane):
    display = InformationPlaneDisplay.from_plane(plane)
    assert len(display.axes_) == 3  # two layers and the loss
    panel = display.axes_[0]
    offsets = panel.collections[-2].get_offsets()  # the last are the crosses
    np.testing.assert_allclose(offsets, [(p.mi_xl, p.mi_ly) for p in plane.of("a")])
    assert {text.get_text() for text in panel.texts} >= {"H(Y)"}
    assert panel.get_title() == "layer a"
    assert display.axes_[-1].get_ylabel() == "loss"
    plt.close("all")


def test_capacity_and_log_n_are_drawn_only_within_the_picture(plane):
    points = [replace(p, capacity=1.5 if p.layer == "b" else 50.0, n_samples=30) for p in plane.points]
    display = InformationPlaneDisplay.from_plane(replace(plane, points=tuple(points)))
    texts = [{text.get_text() for text in ax.texts} for ax in display.axes_[:2]]
    assert texts == [{"H(Y)", "log n"}, {"H(Y)", "log n", "capacity"}]
    plt.close("all")


def test_smoothing_is_labelled(plane):
    display = InformationPlaneDisplay.from_plane(plane, layers="one", smooth=3)
    assert "smoothed over 3 points" in display.axes_[0].get_title()
    plt.close("all")


def test_pictures_are_drawn_in_given_axes(plane):
    _, ax = plt.subplots()
    display = InformationPlaneDisplay(plane).plot(ax, layers="one")
    assert list(display.axes_) == [ax]
    plt.close("all")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": "some"}, "Expected layers"),
        ({"smooth": 2}, "odd number"),
        ({"ax": object()}, "One ax holds one panel"),
    ],
)
def test_impossible_pictures_raise(plane, options, message):
    with pytest.raises(ValueError, match=message):
        InformationPlaneDisplay(plane).plot(**options)
    with pytest.raises(ValueError, match="empty"):
        InformationPlaneDisplay(InformationPlane((), ("a",), 1.0, {})).plot()


def test_estimates_outside_their_bounds_are_flagged(linear):
    class Shifted(KSG):
        def fit(self, X, y):
            super().fit(X, y)
            self.pointwise_ = self.pointwise_ + self.shift
            self.mi_ += self.shift
            return self

    for shift, flag in ((3.0, "above the upper bound"), (-3.0, "below the lower bound")):
        Shifted.shift = shift
        assert flag in information_plane(linear[0], estimator=Shifted()).points[0].flags
