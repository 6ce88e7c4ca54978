"""Noise put into networks that were written without it, and taken out again."""

import copy
import io
import pickle
from collections import namedtuple

import numpy as np
import pytest
import torch
from skorch import NeuralNetClassifier
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from skmi.channel import gaussian_channel_bounds
from skmi.exceptions import DeterministicLayerWarning
from skmi.information_plane import GaussianNoise, InformationPlaneRecorder, Recording, information_plane, with_noise

RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


class Residual(nn.Module):
    """A network written without noise: a block that adds its input, a sequence, and class scores."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 6)
        self.blocks = nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 5)])
        self.head = nn.Sequential(nn.Tanh(), nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x):
        x = x + self.inner(x).relu()
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Residual()


def outputs(net, *inputs, seed=0):
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        return net(*inputs)


def noisy(net, *inputs):
    """Return whether two passes differ."""
    first, second = (outputs(net, *inputs, seed=seed) for seed in (1, 2))
    return not torch.equal(first, second)


@pytest.mark.parametrize("layers", ["inner", ["inner", "head"], {"blocks.0": 0.3, "head.1": 0.1}], ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_noise_is_added_and_removed_without_a_trace(layers, training):
    net, rows = network().train(training), torch.tensor(X)
    before, text = copy.deepcopy(net.state_dict()), repr(net)
    names, clean = [name for name, _ in net.named_modules()], outputs(net, rows)
    options = {} if isinstance(layers, dict) else {"std": 0.5}
    with with_noise(net, layers, **options) as handle:
        assert noisy(net, rows)
        assert list(net.state_dict()) == list(before)
        assert [name for name, _ in net.named_modules()] == names
        assert list(handle.noises) == ([layers] if isinstance(layers, str) else list(layers))
        assert net.head[1].out_features == 3
    assert torch.equal(outputs(net, rows), clean)
    assert repr(net) == text
    assert all(torch.equal(a, b) for a, b in zip(before.values(), net.state_dict().values(), strict=True))
    assert not any(module._forward_hooks for module in net.modules())
    handle.remove()  # a second time does nothing


def test_noise_is_that_of_a_noise_layer():
    plain = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))
    first, act, last = copy.deepcopy(plain)
    built = nn.Sequential(first, act, GaussianNoise(0.4), last)
    handle = with_noise(plain, "1", 0.4)
    rows = torch.tensor(X)
    assert torch.equal(outputs(plain, rows), outputs(built, rows))
    handle.remove()
    with with_noise(plain, "1", 0.4, relative=True) as handle:
        assert handle.noises["1"].relative


def test_several_layers_have_their_own_standard_deviations():
    handle = with_noise(network(), {"inner": 0.5, "head.0": 0.25})
    assert {name: noise.std for name, noise in handle.noises.items()} == {"inner": 0.5, "head.0": 0.25}


class Concatenating(nn.Sequential):
    """A sequence that keeps its input, as in dense networks."""

    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


class Counting(nn.ModuleDict):
    """A container that runs all its children."""

    def forward(self, x):
        for layer in self.values():
            x = layer(x)
        return x


@pytest.mark.parametrize(
    ("container", "width"),
    [
        (nn.Sequential(nn.Linear(6, 4), nn.ReLU()), 4),
        (nn.Sequential(), 6),
        (Concatenating(nn.Linear(6, 4)), 10),
        (Counting({"a": nn.Linear(6, 4)}), 4),
    ],
    ids=["sequence", "empty", "own forward", "dict"],
)
def test_containers_get_their_noise_once_and_at_their_end(container, width):
    net = nn.Sequential(container, nn.Identity())
    clean, length, rows = outputs(net, torch.tensor(X)), len(container), torch.tensor(X)
    with with_noise(net, "0", 2.0):
        difference = outputs(net, rows) - clean
        assert difference.shape == (120, width)
        # 480 draws or more: their standard deviation is within 10 % of that of one addition; two give 2.8.
        assert float(difference.std()) == pytest.approx(2, rel=0.1)
        assert len(container) == length
        recording = InformationPlaneRecorder(X, Y).record(net, 1).recording_
    assert recording.layers == ["0"]
    assert recording.about(1, "0").noise_std == 2


def test_a_module_that_ends_two_sequences_adds_noise_to_the_named_one_only():
    shared = nn.ReLU()
    net = nn.Sequential(nn.Sequential(nn.Linear(6, 4), shared), nn.Sequential(nn.Linear(4, 3), shared))
    rows = torch.tensor(X)
    clean = outputs(net[0], rows)
    with with_noise(net, "1", 0.5):
        assert torch.equal(outputs(net[0], rows), clean)
        assert noisy(net[1], clean)


Pair = namedtuple("Pair", ["values", "more"])


class Fields(nn.Module):
    def forward(self, x):
        return Pair(x, -x)


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [
        (nn.LSTM(6, 3, batch_first=True), 1),
        (nn.MultiheadAttention(6, 2, batch_first=True), 3),
        (Fields(), 1),
    ],
    ids=["LSTM", "attention", "named tuple"],
)
def test_of_a_tuple_the_first_tensor_gets_the_noise(layer, inputs):
    rows = [torch.randn(4, 5, 6)] * inputs
    net = nn.ModuleDict({"layer": layer})
    clean = outputs(layer, *rows)
    with with_noise(net, "layer", 0.5):
        found = outputs(layer, *rows)
    assert type(found) is type(clean)
    assert not torch.equal(found[0], clean[0])
    others = [part[1:] if not isinstance(part[1], tuple) else part[1] for part in (found, clean)]
    assert all(torch.equal(a, b) for a, b in zip(*others, strict=True) if a is not None)


def test_packed_sequences_keep_their_form():
    packed = nn.utils.rnn.pack_sequence([torch.randn(3, 6), torch.randn(2, 6)])
    net = nn.ModuleDict({"lstm": nn.LSTM(6, 3)})
    with with_noise(net, "lstm", 0.5):
        values, lengths = nn.utils.rnn.pad_packed_sequence(outputs(net["lstm"], packed)[0])
    assert values.shape == (3, 2, 3)
    assert lengths.tolist() == [3, 2]


class Named(nn.Module):
    def forward(self, x):
        return {"values": x}


def test_outputs_without_a_first_tensor_raise():
    net = nn.Sequential(Named())
    with with_noise(net, "0", 0.5), pytest.raises(TypeError, match="layer 0 to return a tensor.*got dict"):
        net(torch.tensor(X))


@pytest.mark.parametrize(
    ("layers", "std", "message"),
    [
        ("inner", None, "either a dict"),
        ({"inner": 0.1}, 0.1, "either a dict"),
        (["inner", "outer"], 0.1, r"no layers 'outer'\. It has inner, blocks"),
        ("", 0.1, "no layers ''"),
        ("blocks", 0.1, "ModuleList, which is never called"),
        ("inner", -1.0, "finite std >= 0"),
        ("head.0", 0.1, "has noise already"),
    ],
)
def test_impossible_requests_raise_and_change_nothing(layers, std, message):
    net = network()
    with_noise(net, "head.0", 0.1)
    with pytest.raises(ValueError, match=message):
        with_noise(net, layers, std)
    assert [name for name, module in net.named_modules() if module._forward_hooks] == ["head.0"]


def saved(net):
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), saved])
def test_copies_keep_their_noise_apart_from_the_original(copied):
    net, rows = network(), torch.tensor(X)
    handle = with_noise(net, "inner", 0.5)
    other = copied(net)
    assert torch.equal(outputs(other, rows), outputs(net, rows))
    handle.remove()
    assert noisy(other, rows)
    assert not noisy(net, rows)
    assert InformationPlaneRecorder(X, Y).record(other, 1).recording_.layers == ["inner"]


def transformer(norm_first=False):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=norm_first)
        return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


@pytest.mark.parametrize("name", ["layers.0", "layers.0.self_attn", "layers.0.linear1", "layers.1.norm2"])
def test_the_fast_path_of_transformers_does_not_skip_the_noise(name):
    net, rows = transformer().eval(), torch.randn(6, 5, 8)
    with with_noise(net, name, 0.5):
        assert noisy(net, rows)
        recording = InformationPlaneRecorder(rows, np.arange(6)).record(net, 1).recording_
        assert recording.layers == [name]
    assert not noisy(net, rows)


def test_layers_that_are_never_called_are_named_by_the_recorder():
    net = transformer().eval()
    with (
        with_noise(net, "layers.0.self_attn.out_proj", 0.5),
        pytest.raises(ValueError, match="did not reach the layers layers.0.self_attn.out_proj"),
    ):
        InformationPlaneRecorder(torch.randn(6, 5, 8), np.arange(6)).record(net, 1)


@pytest.mark.parametrize("layers", [None, "inner", ["inner", "head"]])
def test_layers_with_noise_are_recorded_with_their_bounds(layers):
    net = network()
    with with_noise(net, ["inner", "head"], 0.8):
        recording = InformationPlaneRecorder(X, Y, layers).record(net, 1).recording_
    assert recording.layers == (["inner"] if layers == "inner" else ["inner", "head"])
    signal = outputs(net.inner, torch.tensor(X)).numpy()
    about = recording.about(1, "inner")
    assert about.bounds == gaussian_channel_bounds(signal, recording.activations(1, "inner"), 0.8)
    assert not about.deterministic


def test_a_recording_with_inserted_noise_is_that_of_the_same_noise_built_in():
    plain = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))
    first, act, last = copy.deepcopy(plain)
    built = nn.Sequential(first, act, GaussianNoise(0.4), last, GaussianNoise(0.2))
    with with_noise(plain, {"1": 0.4, "2": 0.2}):
        one = InformationPlaneRecorder(X, Y).record(plain, 1).recording_
    two = InformationPlaneRecorder(X, Y).record(built, 1).recording_
    for a, b in zip(("1", "2"), ("2", "4"), strict=True):
        np.testing.assert_array_equal(one.activations(1, a), two.activations(1, b))
        assert one.about(1, a) == two.about(1, b)


class Recurrent(nn.Module):
    def __init__(self, batch_first=True, noise=False):
        super().__init__()
        self.lstm = nn.LSTM(6, 3, batch_first=batch_first)
        self.noise = GaussianNoise(0.3) if noise else nn.Identity()
        self.head = nn.Linear(3, 2)

    def forward(self, rows):
        first = self.lstm.batch_first
        values, _ = self.lstm(rows if first else rows.transpose(0, 1))
        return self.head(self.noise(values)[:, -1] if first else self.noise(values)[-1])


@pytest.mark.parametrize("batch_first", [True, False])
def test_recurrent_layers_are_recorded_by_name_and_row_by_row(batch_first):
    rows = torch.randn(20, 5, 6)  # as many steps as rows in a batch, so that shapes do not show which is which
    net = Recurrent(batch_first)
    with with_noise(net, "lstm", 1e-6):
        recording = InformationPlaneRecorder(rows, np.arange(20), batch_size=5).record(net, 1).recording_
    for i in (0, 7, 19):
        alone = outputs(net.lstm, rows[i])[0].flatten()
        np.testing.assert_allclose(recording.activations(1, "lstm")[i], alone, atol=1e-4)


def test_layers_without_a_row_per_input_raise():
    recorder = InformationPlaneRecorder(torch.randn(20, 5, 6), np.arange(20))
    with pytest.raises(ValueError, match=r"layer noise to return one row for each of 20 inputs, got shape \(5, 20, 3"):
        recorder.record(Recurrent(False, noise=True), 1)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.both = nn.Linear(6, 3), nn.Embedding(10, 3), nn.Linear(3, 2)

    def forward(self, rows, tokens):
        return self.both(self.left(rows) + self.right(tokens).mean(1))


TOKENS = RNG.integers(10, size=(120, 4))
INPUTS = {
    "dict": {"tokens": torch.tensor(TOKENS), "rows": torch.tensor(X)},
    "dict of arrays": {"tokens": TOKENS, "rows": X},
    "tuple": (torch.tensor(X), torch.tensor(TOKENS)),
    "list": [torch.tensor(X), torch.tensor(TOKENS)],
    "tuple of arrays": (X, TOKENS),
}


@pytest.mark.parametrize("name", INPUTS)
def test_networks_of_several_inputs_are_recorded(name, tmp_path):
    net = TwoInputs()
    with with_noise(net, "both", 0.3):
        recorder = InformationPlaneRecorder(INPUTS[name], Y, batch_size=50, folder=tmp_path / "r").record(net, 1)
        expected = outputs(net, torch.tensor(X), torch.tensor(TOKENS))
    parts = [TOKENS, X] if "dict" in name else [X, TOKENS]
    recording = Recording.load(tmp_path / "r")
    np.testing.assert_array_equal(recording.X, np.hstack(parts))
    np.testing.assert_array_equal(recording.y, Y)
    # The same rows in the same order; batches draw other noise.
    assert np.abs(recording.activations(1, "both") - expected.numpy()).max() < 3
    assert np.isfinite(information_plane(recording).points[0].mi_xl)
    np.testing.assert_array_equal(recorder.recording_.X, recording.X)


def test_inputs_of_different_lengths_raise():
    net = TwoInputs()
    with with_noise(net, "both", 0.3), pytest.raises(ValueError, match="inconsistent numbers of samples"):
        InformationPlaneRecorder((torch.tensor(X), torch.tensor(TOKENS[1:])), Y).record(net, 1)


class Items(Dataset):
    """A Dataset whose items have a given form; "random" ones differ at each access."""

    def __init__(self, form):
        self.form = form

    def __len__(self):
        return 120

    def __getitem__(self, i):
        x, t, y = torch.tensor(X[i]), torch.tensor(TOKENS[i]), int(Y[i])
        if self.form == "random":
            return x + torch.rand(6), y
        return {"x": x, "(x, y)": (x, y), "(dict, y)": ({"rows": x, "tokens": t}, y), "((x, t), y)": ((x, t), y)}[
            self.form
        ]


def linear():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 4), GaussianNoise(1e-6))


@pytest.mark.parametrize("form", ["x", "(x, y)", "(dict, y)", "((x, t), y)"])
def test_datasets_are_recorded(form):
    several = form in ("(dict, y)", "((x, t), y)")
    net = TwoInputs() if several else linear()
    layer = "both" if several else "1"
    with with_noise(net, "both", 1e-6) if several else torch.no_grad():
        recorder = InformationPlaneRecorder(Items(form), Y if form == "x" else None).record(net, 1)
        inputs = (torch.tensor(X), torch.tensor(TOKENS))[: 1 + several]
        expected = outputs(net, *inputs)
    np.testing.assert_array_equal(recorder.recording_.y, Y)
    np.testing.assert_allclose(recorder.recording_.activations(1, layer), expected, atol=1e-4)
    np.testing.assert_array_equal(recorder.recording_.X, np.hstack([X, TOKENS]) if several else X)


def test_random_items_are_read_once_and_without_the_generator_of_the_training():
    net = linear()
    recorder = InformationPlaneRecorder(Items("random")).record(net, 1).record(net, 2)
    np.testing.assert_array_equal(*(recorder.recording_.activations(epoch, "1") for epoch in (1, 2)))
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    InformationPlaneRecorder(Items("random")).record(net, 1)
    assert torch.rand(1) == expected


@pytest.mark.parametrize("source", ["array", "dataset", "loader", "shuffling loader"])
def test_rows_of_the_input_and_of_the_layer_are_the_same_rows(source):
    """With tiny noise, each recorded row of the layer is what the network makes of the recorded row of X."""
    data = TensorDataset(torch.tensor(X), torch.tensor(Y))
    inputs = {
        "array": (X, Y),
        "dataset": (data, None),
        "loader": (DataLoader(data, batch_size=7), None),
        "shuffling loader": (DataLoader(data, batch_size=7, shuffle=True), None),
    }[source]
    net = linear()
    recorder = InformationPlaneRecorder(*inputs, batch_size=11)
    for epoch in (1, 2):
        recorder.record(net, epoch)
        recording = recorder.recording_
        expected = outputs(net, torch.tensor(recording.X))
        np.testing.assert_allclose(recording.activations(epoch, "1"), expected, atol=1e-4)
        np.testing.assert_array_equal(recording.y, recording.X[:, 0] > 0)
        with torch.no_grad():
            net[0].weight.mul_(1.5)
    assert (recording.X.shape, np.unique(recording.X[:, 0]).size) == ((120, 6), 120)
    assert np.array_equal(recording.X, X) == (source != "shuffling loader")


def test_targets_that_are_missing_or_given_twice_raise():
    data = TensorDataset(torch.tensor(X), torch.tensor(Y))
    with pytest.raises(ValueError, match=r"Expected y, or a Dataset whose items are pairs"):
        InformationPlaneRecorder(X).record(linear(), 1)
    with pytest.raises(ValueError, match=r"Expected y, or a Dataset whose items are pairs"):
        InformationPlaneRecorder(Items("x")).record(linear(), 1)
    with pytest.raises(ValueError, match="Expected y=None with a DataLoader"):
        InformationPlaneRecorder(DataLoader(data), Y).record(linear(), 1)
    with pytest.raises(TypeError, match=r"items x or \(x, y\).*tuples of 3"):
        InformationPlaneRecorder(TensorDataset(*map(torch.tensor, (X, X, X)))).record(linear(), 1)


def built_in():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), GaussianNoise(0.3), nn.Linear(5, 2)), "2"


def inserted():
    net = nn.Sequential(*[layer for layer in built_in()[0] if not isinstance(layer, GaussianNoise)])
    with_noise(net, "1", 0.3)
    return net, "1"


EAGER = {"backend": "eager"}


def compiled_in_place(net):
    net.compile(**EAGER)
    return net


WRAPS = {
    "plain": lambda net: net,
    "compiled": lambda net: torch.compile(net, **EAGER),
    "compiled in place": compiled_in_place,
    "data parallel": nn.DataParallel,
    "compiled data parallel": lambda net: torch.compile(nn.DataParallel(net), **EAGER),
}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch warns of itself when it compiles
@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("make", [built_in, inserted])
def test_wrapped_networks_are_noisy_and_recorded(wrap, make):
    expected = InformationPlaneRecorder(X, Y).record(make()[0], 1).recording_
    net, layer = make()
    net, rows = WRAPS[wrap](net), torch.tensor(X)
    assert noisy(net, rows)  # and compiled before anything is recorded
    for layers in (None, [layer], [next(name for name, _ in net.named_modules() if name.endswith(layer))]):
        recording = InformationPlaneRecorder(X, Y, layers).record(net, 1).recording_
        assert recording.layers == [layer]
        np.testing.assert_array_equal(recording.activations(1, layer), expected.activations(1, layer))
        assert recording.about(1, layer) == expected.about(1, layer)
    assert noisy(net, rows)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("wrap", WRAPS)
def test_networks_that_were_compiled_before_get_their_noise_and_lose_it(wrap):
    net, rows = WRAPS[wrap](network()), torch.tensor(X)
    clean = outputs(net, rows)
    with with_noise(net, "inner", 0.5):
        assert noisy(net, rows)
    assert torch.equal(outputs(net, rows), clean)


@pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec:FutureWarning")  # Lightning with a newer torch
@pytest.mark.parametrize("make", [built_in, inserted])
@pytest.mark.parametrize("way", ["loop", "skorch", "skorch with a dataset", "Lightning"])
def test_all_ways_of_training_record_the_same_layers(make, way):
    net, layer = make()
    recorder = InformationPlaneRecorder(X, Y)
    data = TensorDataset(torch.tensor(X), torch.tensor(Y))
    torch.manual_seed(1)
    if way == "loop":
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        for epoch in (1, 2):
            for rows, labels in DataLoader(data, batch_size=32, shuffle=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(rows), labels).backward()
                optimizer.step()
            recorder.record(net, epoch)
    elif way.startswith("skorch"):
        options = {"criterion": nn.CrossEntropyLoss, "max_epochs": 2, "callbacks": [recorder], "train_split": None}
        trained = NeuralNetClassifier(net, lr=0.1, verbose=0, iterator_train__shuffle=True, **options)
        trained.fit(data if "dataset" in way else X, None if "dataset" in way else Y)
    else:
        train_by_lightning(net, data, recorder)
        layer = f"net.{layer}"
    recording = recorder.recording_
    assert recording.layers == [layer]
    assert recording.epochs[-2:] == [1, 2]
    np.testing.assert_array_equal(recording.X, X)
    assert recording.about(2, layer).bounds.upper > 0
    first, last = (recording.activations(epoch, layer) for epoch in (1, 2))
    assert not np.array_equal(first, last)


def train_by_lightning(net, data, recorder):
    lightning = pytest.importorskip("pytorch_lightning")

    class Classifier(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, rows):
            return self.net(rows)

        def training_step(self, batch, index):
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    class Record(lightning.Callback):
        def on_train_epoch_end(self, trainer, module):
            recorder.record(module, trainer.current_epoch + 1)

    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = lightning.Trainer(max_epochs=2, accelerator="cpu", callbacks=[Record()], **quiet)
    trainer.fit(Classifier(), DataLoader(data, batch_size=32, shuffle=True))
    assert trainer.current_epoch == 2


class LastState(nn.Module):
    """Class scores from the last state of an LSTM, which is not among the outputs that noise is put on."""

    def __init__(self):
        super().__init__()
        self.recurrent, self.head = nn.LSTM(2, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        _, (state, _) = self.recurrent(x)
        return self.head(state[-1])


def test_noise_that_the_network_does_not_use_is_said():
    net = LastState()
    with_noise(net, "recurrent", 0.3)
    recorder = InformationPlaneRecorder(X.reshape(120, 3, 2), Y)
    with pytest.warns(DeterministicLayerWarning, match="The noise of recurrent does not reach the output"):
        recorder.record(net, 1)
