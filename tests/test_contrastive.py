"""The compressor that keeps what two variables share."""

import warnings

import numpy as np
import pytest
import torch

from skmi import KSG, AutoencoderCompressor, CompressedMI, ContrastiveCompressor, GaussianMI, KozachenkoLeonenko
from skmi.compression._canonical_pairs import neighbor_information
from skmi.compression._pair_networks import ContrastLoss, contrast
from skmi.datasets import CorrelatedNormal, anti_pca, blob_images, rectangle_images
from skmi.exceptions import InterruptedWarning, TrainingWarning, kept_warnings

from ._common import FAST


def with_nuisance(mi, n_samples=2000, seed=0):
    """Return two informative columns per side, mixed into twelve with four nuisances three times as large."""
    rng = np.random.default_rng(seed)
    sides = []
    for shared in CorrelatedNormal(mi, 2, 2).sample(n_samples, random_state=seed):
        factors = np.hstack([shared, 3 * rng.standard_normal((n_samples, 4))])
        sides.append(np.arcsinh(0.2 * factors @ rng.standard_normal((6, 12))))
    return sides


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
def test_contrastive_keeps_shared_factors_that_reconstruction_loses():
    X, y = with_nuisance(1.5, 3000)
    found = {}
    for compressor in (ContrastiveCompressor(2, random_state=0), AutoencoderCompressor(2, random_state=0)):
        found[type(compressor).__name__] = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, y).mi_
    assert found["AutoencoderCompressor"] < 0.3
    assert found["ContrastiveCompressor"] > 0.8


def test_reconstruction_does_not_pull_codes_away_from_an_informative_start():
    rng = np.random.default_rng(0)
    X, y = (np.hstack([shared, rng.standard_normal((2000, 3))]) for shared in CorrelatedNormal(5.0).sample(2000, 0))
    compressor = ContrastiveCompressor(1, random_state=0).fit(X[:1000], y[:1000])
    # Held to its full weight, reconstruction turns the only code to the nuisances, and less than 3 nats are left.
    assert KozachenkoLeonenko().fit(*compressor.transform(X[1000:], y[1000:])).mi_ == pytest.approx(5.0, abs=0.4)


def test_auto_marginals_use_ranks_of_bent_columns():
    factors = np.random.default_rng(0)
    sides = []
    for shared in CorrelatedNormal(1.8, 3, 3).sample(4000, random_state=0):
        hidden = np.hstack([shared, 3 * factors.standard_normal((4000, 6))]) @ factors.standard_normal((9, 24))
        sides.append(np.tanh(hidden / 9))
    values = {
        kind: CompressedMI(KSG(), compressor=ContrastiveCompressor(3, marginals=kind, random_state=0), random_state=0)
        .fit(*sides)
        .mi_
        for kind in ("standardize", "auto")
    }
    # Normal scores of tanh of normal columns are linear again, so that three canonical pairs hold all the information;
    # of three columns per side, the estimate of KSG is some 0.1 too low.
    assert values["standardize"] < 1.45 < values["auto"] < 1.9


@pytest.mark.parametrize("repeated", [False, True])
def test_auto_marginals_use_no_ranks_of_repeated_values(repeated):
    X, y = (np.exp(2 * Z) for Z in CorrelatedNormal(2.0, 3, 3).sample(1000, random_state=0))
    if repeated:  # like the background of images
        X, y = (np.maximum(Z, np.median(Z)) for Z in (X, y))
    compressor = ContrastiveCompressor(1, max_epochs=1, random_state=0).fit(X, y)
    assert (compressor._rotations["x"].scores is None) == repeated
    assert compressor.set_params(marginals="normal").fit(X, y)._rotations["x"].scores is not None


def test_linear_start_uses_many_components():
    # Two linear combinations of 64 components carry more than two of two components, if canonical pairs are exact: from
    # components that are white on other rows only, they would carry half as much.
    X, y = blob_images(6.0).sample(5000, random_state=0)
    start = ContrastiveCompressor(2, max_epochs=1, refine=False, learning_rate=1e-6, random_state=0)
    start.fit(X[:4000], y[:4000])
    assert GaussianMI().fit(*start.transform(X[4000:], y[4000:])).mi_ > 5.5


def test_a_code_without_information_gets_a_small_scale():
    """Each side is one column that both share and one that they do not, in 32 columns that the latter fills."""
    X, y = anti_pca(3.0).sample(4000, random_state=0)
    compressor = ContrastiveCompressor(2, max_epochs=50, random_state=0).fit(X[:2000], y[:2000])
    scales = compressor.net_.module_.log_tau.detach().exp().numpy()
    assert scales.min() < 0.3 < 10 < scales.max()
    codes = compressor.transform(X[2000:], y[2000:])
    assert KozachenkoLeonenko(correction="boundary").fit(*codes).mi_ == pytest.approx(3.0, abs=0.45)


def test_reconstruction_rises_to_its_weight():
    codes = {side: torch.randn(8, 2) for side in "xy"}
    rows = torch.randn(8, 3)
    output = codes, {"x_to_x": (torch.zeros(8, 3), rows)}, None, torch.ones(2)
    loss = ContrastLoss("distance", 1.0, 100.0, {"x": np.ones(3)}, n_rising=2)
    expected = contrast(codes["x"], codes["y"], torch.ones(2), "distance")
    weights = [(loss(output, None) - expected) / rows.square().mean(dim=0).sum() for _ in range(4)]
    np.testing.assert_allclose(weights, [1, 10, 100, 100], rtol=1e-4)
    assert loss.eval()(output, None) == expected


def test_patience_is_not_lost_while_the_rate_rises():
    X, y = np.random.default_rng(0).standard_normal((2, 200, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        compressor = ContrastiveCompressor(2, max_epochs=20, patience=1, random_state=0).fit(X, y)
    assert 6 <= len(compressor.history_["valid_loss"]) < 20


def test_cosine_recovers_the_shared_class_of_images():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    other = np.empty(len(labels), dtype=int)
    for label in range(10):
        rows = np.flatnonzero(labels == label)
        other[rows] = rng.permutation(rows)
    compressor = ContrastiveCompressor(
        6,
        image_shape=(8, 8),
        y_image_shape=(8, 8),
        critic="cosine",
        reconstruction_weight=0.0,
        dropout=0.3,
        max_shift=1,
        learning_rate=3e-3,
        batch_size=64,
        random_state=0,
    )
    fitted = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(images, images[other])
    # The information is that of the label, log 10 = 2.30. With 720 training rows the networks find 1.6.
    assert 1.4 < fitted.mi_ < np.log(10) + 0.1


def test_noise_with_more_columns_than_rows_gives_zero():
    X, y = np.random.default_rng(0).standard_normal((2, 150, 200))
    fitted = CompressedMI(KSG(), compressor=ContrastiveCompressor(2, random_state=0), random_state=0).fit(X, y)
    assert abs(fitted.mi_) < 2 * fitted.standard_error_ + 0.02


def test_fine_detail_of_images_needs_reconstruction():
    X, y = rectangle_images(5.0).sample(4000, random_state=0)
    values = []
    for weight in (100.0, 0.0):
        compressor = ContrastiveCompressor(4, reconstruction_weight=weight, max_epochs=40, random_state=0)
        values.append(CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, y).mi_)
    assert values[0] > values[1] > 2


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
def test_labels_are_predicted_and_returned():
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=900)
    X = np.hstack([np.eye(3)[label] * 2 + rng.standard_normal((900, 3)), 5 * rng.standard_normal((900, 20))])
    names = np.array(["a", "b", "c"])[label]
    compressor = ContrastiveCompressor(2, max_epochs=30, random_state=0).fit(X[:600], names[:600])
    assert compressor.classes_.tolist() == ["a", "b", "c"]
    codes, same = compressor.transform(X[600:], names[600:])
    assert same.tolist() == names[600:].tolist()
    assert KSG().fit(codes, same).mi_ > KSG().fit(X[600:], same).mi_ + 0.1


@pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")  # two epochs
def test_a_narrow_side_is_returned_unchanged():
    X, y = with_nuisance(1.0, 400)
    compressor = ContrastiveCompressor(3, max_epochs=2, random_state=0).fit(X, y[:, 0])
    codes, same = compressor.transform(X[:5], y[:5, 0])
    assert codes.shape == (5, 3)
    np.testing.assert_array_equal(same, y[:5, 0])
    np.testing.assert_array_equal(compressor.transform(X[:5]), codes)
    narrow = ContrastiveCompressor(3, max_epochs=2, random_state=0).fit(y[:, :2], X)
    np.testing.assert_array_equal(narrow.transform(y[:5, :2]), y[:5, :2])
    assert narrow.get_feature_names_out().shape == (2,)


def test_codes_are_white_and_aligned():
    X, y = with_nuisance(2.0, 1000)
    x_codes, y_codes = ContrastiveCompressor(2, max_epochs=10, random_state=0).fit(X, y).transform(X, y)
    together = np.cov(np.hstack([x_codes, y_codes]), rowvar=False)
    np.testing.assert_allclose(together[:2, :2], np.eye(2), atol=0.01)
    np.testing.assert_allclose(together[2:, 2:], np.eye(2), atol=0.01)
    assert abs(together[0, 3]) < 0.01
    assert together[0, 2] > together[1, 3] > 0


def test_interruption_of_the_last_network_keeps_the_codes(monkeypatch):
    from skmi.compression._pair_networks import RefinerNet
    from skmi.exceptions import InterruptedWarning

    def interrupted(self, **sides):
        raise KeyboardInterrupt

    X, y = with_nuisance(2.0, 1000)
    monkeypatch.setattr(RefinerNet, "forward", interrupted)
    with pytest.warns(InterruptedWarning, match="interrupted before the codes were refined"):
        compressor = ContrastiveCompressor(2, random_state=0).fit(X, y)
    x_codes, y_codes = compressor.transform(X, y)
    # They keep most of the 2 nats of these rows; KSG is too low with 1000 of them.
    assert KSG().fit(x_codes, y_codes).mi_ > 1.0


def test_an_interruption_ends_all_training(monkeypatch):
    from skmi.compression._pair_networks import PairNet

    calls = []

    def interrupted(self, **sides):
        calls.append(self.training)
        if len(calls) == 60:
            raise KeyboardInterrupt
        return forward(self, **sides)

    forward = PairNet.forward
    monkeypatch.setattr(PairNet, "forward", interrupted)
    X, y = with_nuisance(2.0, 1000)
    with pytest.warns(InterruptedWarning, match="Training was interrupted in epoch"):
        compressor = ContrastiveCompressor(2, random_state=0).fit(X, y)
    assert len(calls) == 60
    assert "refine_valid_loss" not in compressor.history_
    assert np.isfinite(compressor.transform(X, y)).all()


def test_missing_objectives_raise():
    X, y = with_nuisance(1.0, 100)
    with pytest.raises(ValueError, match="got 0 and 0"):
        ContrastiveCompressor(contrastive_weight=0, reconstruction_weight=0).fit(X, y)
    with pytest.raises(ValueError, match="with labels the former; got 0 and 100"):
        ContrastiveCompressor(contrastive_weight=0).fit(X, np.array(["a", "b"] * 50))
    with pytest.raises(ValueError, match="at least two classes in y, got only 'a'"):
        ContrastiveCompressor().fit(X, np.full(100, "a"))
    with pytest.raises(ValueError, match="latent_dim"):
        ContrastiveCompressor(0).fit(X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ContrastiveCompressor(max_epochs=1).fit(X, y[:50])


def test_reconstruction_alone_is_an_autoencoder():
    X, y = with_nuisance(1.0, 600)
    compressor = ContrastiveCompressor(2, contrastive_weight=0, max_epochs=15, random_state=0).fit(X, y)
    losses = compressor.history_["valid_loss"]
    assert losses.min() < losses[0]


def test_columns_constant_in_training_do_not_blow_up_later_rows():
    """Pixels at the border may be black in all training images and not in later ones."""
    rng = np.random.default_rng(0)
    X, y = (
        np.hstack([Z, Z, 0.1 * rng.standard_normal((800, 3)), np.zeros((800, 2))])
        for Z in CorrelatedNormal(1.5).sample(800, random_state=0)
    )
    train, test = slice(0, 400), slice(400, None)
    X[400:, 5] = rng.uniform(size=400) < 0.1  # breaks the copy's rank and the constant
    X[400:, 1] += 0.01 * rng.standard_normal(400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)  # three epochs
        codes = ContrastiveCompressor(1, **FAST).fit(X[train], y[train]).transform(X[test], y[test])
    assert max(np.abs(Z).max() for Z in codes) < 30
    assert KSG().fit(*codes).mi_ > 0.5


def test_the_number_of_codes_is_found_and_survives_a_file(tmp_path):
    # Two of ten columns a side are shared, so that two codes tell all.
    X, y = CorrelatedNormal(2.0, 10, 10, n_pairs=2, mixing=0).sample(1200, random_state=0)
    with kept_warnings():
        compressor = ContrastiveCompressor(max_epochs=15, hidden_sizes=(32,), random_state=0).fit(X, y)
    assert compressor.n_codes_ == 2
    codes = compressor.transform(X, y)
    assert [side.shape for side in codes] == [(1200, 2)] * 2
    assert list(compressor.get_feature_names_out()) == ["contrastivecompressor0", "contrastivecompressor1"]
    compressor.save(tmp_path / "codes.safetensors")
    again = ContrastiveCompressor.load(tmp_path / "codes.safetensors")
    assert again.n_codes_ == 2
    np.testing.assert_array_equal(again.transform(X), codes[0])


def test_labels_take_one_code_less_than_there_are_classes():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=600)
    X = 3 * np.eye(4)[labels] @ rng.standard_normal((4, 12)) + rng.standard_normal((600, 12))
    with kept_warnings():
        compressor = ContrastiveCompressor(max_epochs=5, hidden_sizes=(16,), random_state=0).fit(X, labels)
    assert compressor.n_codes_ == 3
    assert compressor.transform(X).shape == (600, 3)


def test_information_of_codes_by_neighbours_is_that_of_the_estimator():
    a, b = CorrelatedNormal(1.0, 2, 2).sample(700, random_state=0)
    assert neighbor_information(a, b).mean() == pytest.approx(KSG().fit(a, b).mi_, abs=1e-9)


class Widest(torch.overrides.TorchFunctionMode):
    """Notes the most rows of 784 pixels in any tensor."""

    n_rows = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        if isinstance(found, torch.Tensor) and found.shape[1:] == (784,):
            self.n_rows = max(self.n_rows, len(found))
        return found


@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
def test_pixels_of_all_images_are_not_prepared_at_once(tmp_path):
    images = np.random.default_rng(0).integers(256, size=(6000, 784), dtype=np.uint8)
    rows = np.lib.format.open_memmap(tmp_path / "images.npy", mode="w+", dtype=np.uint8, shape=images.shape)
    rows[:] = images
    options = {"image_shape": (28, 28), "channels": (2,), "max_epochs": 1, "refine": False, "random_state": 0}
    with Widest() as widest:
        on_disk = ContrastiveCompressor(1, **options).fit(rows, images[:, 0])
    assert 1000 < widest.n_rows <= 4096  # a batch of validation rows, or a pass of the encoder
    in_memory = ContrastiveCompressor(1, **options).fit(images, images[:, 0])
    np.testing.assert_array_equal(on_disk.transform(rows), in_memory.transform(images))
