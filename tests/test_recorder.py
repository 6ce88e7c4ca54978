"""Noise in networks, and recording their layers."""

import copy

import numpy as np
import pytest
import torch
from skorch import NeuralNetClassifier, NeuralNetRegressor
from torch import nn

from skmi.channel import gaussian_channel_bounds
from skmi.exceptions import DeterministicLayerWarning, TrainingWarning
from skmi.information_plane import GaussianNoise, InformationPlaneRecorder, Recording, information_plane

RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


def network(seed=0, noise=0.3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), GaussianNoise(noise), nn.Dropout(0.3),
            nn.Sequential(nn.Linear(5, 3), nn.Tanh(), GaussianNoise(noise)), nn.Linear(3, 2),
        )  # fmt: skip


def test_losses_that_are_not_finite_are_said():
    recorder = InformationPlaneRecorder(X, Y)
    with pytest.warns(TrainingWarning, match="valid_loss=nan at epoch 2"):
        recorder.record(network(), 2, train_loss=torch.tensor(0.5), valid_loss=float("nan"))
    with pytest.warns(TrainingWarning, match="train_loss=inf"):
        recorder.record(network(), 3, train_loss=torch.tensor(float("inf")))
    assert recorder.recording_.epochs == [2, 3]


def test_noise_has_its_standard_deviation_in_training_and_evaluation():
    values = torch.zeros(100_000)
    for training in (True, False):
        noisy = GaussianNoise(0.5).train(training)(values)
        assert float(noisy.std()) == pytest.approx(0.5, rel=0.02)
    assert float((GaussianNoise(0.1, relative=True)(3 + 7 * torch.randn(100_000)) - 3).std()) == pytest.approx(
        7 * np.sqrt(1.01), rel=0.02
    )
    assert GaussianNoise(0.0)(values) is values
    assert repr(GaussianNoise(0.1)) == "GaussianNoise(std=0.1, relative=False)"


def test_gradients_go_through_noise():
    values = torch.ones(3, requires_grad=True)
    GaussianNoise(0.5, relative=True)(values).sum().backward()
    np.testing.assert_array_equal(values.grad, np.ones(3))


@pytest.mark.parametrize("std", [-0.1, float("inf"), float("nan")])
def test_impossible_noise_raises(std):
    with pytest.raises(ValueError, match="finite std >= 0"):
        GaussianNoise(std)


def test_all_rows_of_all_batches_are_recorded():
    whole, parts = (InformationPlaneRecorder(X, Y, batch_size=size).record(network(), 1) for size in (1000, 7))
    for layer in ("3", "5.2"):
        assert whole.recording_.activations(1, layer).shape[0] == 120
        # The rows are the same, but the noise is drawn batch by batch and differs.
        difference = parts.recording_.activations(1, layer) - whole.recording_.activations(1, layer)
        assert np.abs(difference).max() < 4


def test_activations_are_those_of_the_network_in_evaluation_mode():
    net = network(noise=1e-5)
    recorded = InformationPlaneRecorder(X, Y).record(net, 1).recording_
    net.eval()
    with torch.no_grad():
        first = net[:3](torch.as_tensor(X))
        second = net[5][:2](first)
    np.testing.assert_allclose(recorded.activations(1, "3"), first, atol=1e-4)
    np.testing.assert_allclose(recorded.activations(1, "5.2"), second, atol=1e-4)


def test_the_noise_is_the_same_at_each_epoch():
    recorder = InformationPlaneRecorder(X, Y)
    net = network()
    recorder.record(net, 1).record(net, 2)
    for layer in recorder.recording_.layers:
        np.testing.assert_array_equal(*(recorder.recording_.activations(epoch, layer) for epoch in (1, 2)))


def test_recording_leaves_the_network_and_the_generators_alone():
    net = network().train()
    net[5].eval()
    modes, state = [m.training for m in net.modules()], copy.deepcopy(net.state_dict())
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    InformationPlaneRecorder(X, Y).record(net, 1)
    after = torch.rand(1), np.random.rand()  # noqa: NPY002
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    assert after == (torch.rand(1), np.random.rand())  # noqa: NPY002
    assert [m.training for m in net.modules()] == modes
    assert all(torch.equal(a, b) for a, b in zip(state.values(), net.state_dict().values(), strict=True))
    assert not any(module._forward_hooks for module in net.modules())


def fit(callbacks, regression=False, epochs=3):
    kind, target = (NeuralNetRegressor, X[:, :2]) if regression else (NeuralNetClassifier, Y)
    options = {} if regression else {"criterion": nn.CrossEntropyLoss}
    torch.manual_seed(1)
    net = kind(network(), max_epochs=epochs, lr=0.05, batch_size=32, verbose=0, callbacks=callbacks, **options)
    return net.fit(X, target)


@pytest.mark.parametrize("regression", [False, True])
def test_recording_does_not_change_training(regression):
    recorder = InformationPlaneRecorder(X, X[:, :2] if regression else Y)
    with_it, without = fit([recorder], regression), fit([], regression)
    for a, b in zip(with_it.module_.state_dict().values(), without.module_.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    recording = recorder.recording_
    assert recording.epochs == [0, 1, 2, 3]
    assert set(recording.losses[2]) == {"train_loss", "valid_loss"}
    assert recording.losses[3]["train_loss"] == with_it.history[-1]["train_loss"]


@pytest.mark.parametrize(("every", "epochs"), [(2, [0, 2, 4]), ([1, 4], [0, 1, 4])])
def test_only_chosen_epochs_are_recorded(every, epochs):
    recorder = InformationPlaneRecorder(X, Y, every=every)
    fit([recorder], epochs=5)
    assert recorder.recording_.epochs == epochs
    fit([recorder], epochs=2)  # a new training is a new recording
    assert recorder.recording_.epochs == [e for e in epochs if e <= 2]


def test_bounds_follow_from_the_noise():
    net = nn.Sequential(nn.Linear(6, 4), GaussianNoise(0.8))
    recording = InformationPlaneRecorder(X, Y).record(net, 1).recording_
    with torch.no_grad():
        signal = net[0](torch.as_tensor(X)).numpy()
    about = recording.about(1, "1")
    assert about.bounds == gaussian_channel_bounds(signal, recording.activations(1, "1"), 0.8)
    assert about.bounds.upper <= about.capacity
    assert (about.noise_std, about.deterministic) == (0.8, False)


def test_layers_after_another_noisy_layer_have_bounds_too():
    recording = InformationPlaneRecorder(X, Y, n_noise_draws=32).record(network(), 1).recording_
    first, second = (recording.about(1, layer).bounds for layer in ("3", "5.2"))
    assert second.lower < second.upper
    assert second.upper < first.upper
    without = InformationPlaneRecorder(X, Y, n_noise_draws=0).record(network(), 1).recording_
    assert without.about(1, "5.2").bounds is None
    assert without.about(1, "3").bounds == first


def test_relative_noise_has_no_bounds():
    net = nn.Sequential(nn.Linear(6, 4), GaussianNoise(0.1, relative=True))
    about = InformationPlaneRecorder(X, Y).record(net, 1).recording_.about(1, "1")
    assert (about.noise_std, about.bounds, about.deterministic) == (None, None, False)


def test_layers_of_any_shape_are_flattened():
    images = RNG.standard_normal((20, 1, 6, 6)).astype(np.float32)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), GaussianNoise(0.2), nn.Flatten(), nn.Linear(48, 2))
    recording = InformationPlaneRecorder(images, np.arange(20) % 2).record(net, 1).recording_
    assert recording.activations(1, "1").shape == (20, 48)
    assert recording.X.shape == (20, 1, 6, 6)


def test_integer_inputs_keep_their_dtype():
    net = nn.Sequential(nn.Embedding(10, 4), GaussianNoise(0.2))
    tokens = RNG.integers(10, size=(30, 3))
    assert InformationPlaneRecorder(tokens, Y[:30]).record(net, 1).recording_.activations(1, "1").shape == (30, 12)


def test_a_sequential_that_ends_in_noise_is_recorded_as_noise():
    recording = InformationPlaneRecorder(X, Y, layers=["5"]).record(network(), 1).recording_
    assert recording.about(1, "5").noise_std == 0.3


def test_layers_after_noise_are_not_deterministic():
    recording = InformationPlaneRecorder(X, Y, layers=["5.1", "6"]).record(network(), 1).recording_
    assert not recording.about(1, "6").deterministic
    assert recording.about(1, "6").bounds is None


def test_recorder_raises_or_warns_when_a_layer_is_deterministic():
    with pytest.raises(ValueError, match=r"No noise reaches the layers 0, 2\..*allow_deterministic=True"):
        InformationPlaneRecorder(X, Y, layers=["0", "2", "3"]).record(network(), 1)
    recorder = InformationPlaneRecorder(X, Y, layers=["0"], allow_deterministic=True)
    with pytest.warns(DeterministicLayerWarning, match="infinite"):
        recorder.record(network(), 1)
    assert recorder.recording_.about(1, "0").deterministic


def test_noise_of_zero_counts_as_no_noise():
    with pytest.raises(ValueError, match="No noise reaches"):
        InformationPlaneRecorder(X, Y).record(nn.Sequential(nn.Linear(6, 2), GaussianNoise(0.0)), 1)


class Branches(nn.Module):
    """Uses one module twice, another that returns two values, and never a third."""

    def __init__(self):
        super().__init__()
        self.noise, self.pair, self.unused = GaussianNoise(0.1), nn.LSTM(6, 3), GaussianNoise(0.1)

    def forward(self, x):
        return self.pair(self.noise(self.noise(x)))[0]


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        (["noise"], ValueError, "used noise more than once"),
        (["unused"], ValueError, "did not reach the layers unused"),
        (["nose"], ValueError, r"no layers 'nose'\. It has noise, pair, unused"),
        ([""], ValueError, "no layers ''"),
    ],
)
def test_layers_that_cannot_be_recorded_raise(layers, error, message):
    with pytest.raises(error, match=message):
        InformationPlaneRecorder(X, Y, layers=layers).record(Branches(), 1)


def test_a_network_without_noise_raises_with_advice():
    with pytest.raises(ValueError, match=r"Put\s+skmi.information_plane.GaussianNoise"):
        InformationPlaneRecorder(X, Y).record(nn.Linear(6, 2), 1)


def test_recording_another_network_raises():
    recorder = InformationPlaneRecorder(X, Y).record(network(), 1)
    with pytest.raises(ValueError, match=r"Expected the layers 3, 5\.2, as before, got 1"):
        recorder.record(nn.Sequential(nn.Linear(6, 4), GaussianNoise(0.1)), 2)
    with pytest.raises(ValueError, match="an epoch after 1"):
        recorder.record(network(), 1)


def test_recording_a_diverged_network_raises():
    net = network()
    with torch.no_grad():
        net[0].weight.fill_(float("nan"))
    with pytest.raises(ValueError, match="did training diverge"):
        InformationPlaneRecorder(X, Y).record(net, 1)


def test_recordings_in_a_folder_equal_those_in_memory(tmp_path):
    folder = tmp_path / "recording"
    memory, disk = (
        InformationPlaneRecorder(X, Y, folder=f).record(network(), 2, train_loss=0.5) for f in (None, folder)
    )
    loaded = Recording.load(folder)
    for recording in (disk.recording_, loaded):
        assert (recording.epochs, recording.layers) == ([2], ["3", "5.2"])
        assert recording.losses == {2: {"train_loss": 0.5}}
        for layer in recording.layers:
            np.testing.assert_array_equal(recording.activations(2, layer), memory.recording_.activations(2, layer))
            assert recording.about(2, layer) == memory.recording_.about(2, layer)
        np.testing.assert_array_equal(recording.X, X)
        np.testing.assert_array_equal(recording.y, Y)
    with pytest.raises(FileExistsError, match="holds a recording already"):
        InformationPlaneRecorder(X, Y, folder=folder).record(network(), 1)
    with pytest.raises(FileNotFoundError, match="no recording"):
        Recording.load(tmp_path)


def test_asking_for_what_was_not_recorded_raises():
    recording = InformationPlaneRecorder(X, Y).record(network(), 1).recording_
    with pytest.raises(KeyError, match=r"Epoch 5 was not recorded; there are 1\."):
        recording.activations(5, "3")
    with pytest.raises(KeyError, match="Layer 'x' was not recorded"):
        recording.about(1, "x")


def test_modules_that_work_in_place_do_not_change_what_was_recorded():
    linear = nn.Linear(6, 4)
    found = []
    for inplace in (False, True):
        net = nn.Sequential(linear, GaussianNoise(0.5), nn.ReLU(inplace=inplace))
        found.append(InformationPlaneRecorder(X, Y).record(net, 1).recording_)
    np.testing.assert_array_equal(*(recording.activations(1, "1") for recording in found))
    assert found[0].about(1, "1") == found[1].about(1, "1")
    assert found[0].activations(1, "1").min() < 0


def test_different_lengths_raise_before_recording():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        InformationPlaneRecorder(X, np.r_[Y, Y]).record(network(), 1)


def test_networks_in_double_precision_are_recorded():
    recording = InformationPlaneRecorder(X.astype(float), Y).record(network().double(), 1).recording_
    assert recording.activations(1, "3").shape == (120, 5)


def test_strings_as_targets_are_saved_and_loaded(tmp_path):
    texts = np.where(Y > 0, "up", "down").astype(object)
    InformationPlaneRecorder(X, texts, folder=tmp_path / "r").record(network(), 1)
    np.testing.assert_array_equal(Recording.load(tmp_path / "r").y, texts)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch warns of itself when it compiles
@pytest.mark.parametrize("wrap", [torch.compile, nn.DataParallel, lambda net: torch.compile(nn.DataParallel(net))])
@pytest.mark.parametrize("layers", [None, ["3"], "as the wrapped network names them"])
def test_wrapped_networks_are_recorded_under_the_names_of_their_own_layers(wrap, layers):
    wrapped = wrap(network())
    if isinstance(layers, str):
        layers = [name for name, module in wrapped.named_modules() if isinstance(module, GaussianNoise)]
    plain = InformationPlaneRecorder(X, Y, layers and ["3", "5.2"][: len(layers)]).record(network(), 1).recording_
    recording = InformationPlaneRecorder(X, Y, layers).record(wrapped, 1).recording_
    assert recording.layers == plain.layers
    np.testing.assert_array_equal(recording.activations(1, "3"), plain.activations(1, "3"))


def recorded(folder):
    recorder = InformationPlaneRecorder(X, Y, folder=folder)
    for epoch in (1, 2):
        recorder.record(network(epoch), epoch)
    return folder


@pytest.mark.parametrize("name", ["rows.npz", "epoch-00000002.npz"])
@pytest.mark.parametrize("content", [b"", b"no zip file", "half", "renamed entries"])
def test_damaged_files_of_a_recording_are_named(tmp_path, name, content):
    path = recorded(tmp_path / "r") / name
    whole = path.read_bytes()
    if content == "renamed entries":
        np.savez(path, other=X)
    else:
        path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(ValueError, match=f"{name} is damaged, or no file of this recording"):
        Recording.load(tmp_path / "r")
    path.write_bytes(whole)
    assert Recording.load(tmp_path / "r").epochs == [1, 2]


@pytest.mark.parametrize("change", ["rows", "nan", "text", "dimensions"])
def test_activations_of_other_rows_are_named(tmp_path, change):
    path = recorded(tmp_path / "r") / "epoch-00000002.npz"
    arrays = dict(np.load(path))
    of_layer = arrays["layer_0"]
    arrays["layer_0"] = {
        "rows": of_layer[:-1],
        "nan": np.where(np.arange(len(of_layer))[:, None] == 3, np.nan, of_layer),
        "text": of_layer.astype(str),
        "dimensions": of_layer[0],
    }[change]
    np.savez(path, **arrays)
    recording = Recording.load(tmp_path / "r")
    assert np.isfinite(recording.activations(1, "3")).all()
    with pytest.raises(ValueError, match="epoch-00000002.npz is damaged.*layer 3"):
        information_plane(recording)


def test_rows_that_are_no_pairs_and_foreign_epochs_are_named(tmp_path):
    folder = recorded(tmp_path / "r")
    (folder / "epoch-00000002.npz").rename(folder / "epoch-00000007.npz")
    with pytest.raises(ValueError, match="epoch-00000007.npz.*it holds epoch 2"):
        Recording.load(folder)
    (folder / "epoch-00000007.npz").unlink()
    np.savez(folder / "rows.npz", X=X, y=Y[1:])
    with pytest.raises(ValueError, match="rows.npz.*which are no pairs"):
        Recording.load(folder)
