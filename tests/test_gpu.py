"""Everything that is trained, on a graphics card; and the same tests on the CPU, so that they are known to run.

On a card, results are compared with those of the CPU: initial weights and batches are the same, but dropout draws other
numbers and sums are rounded differently.
"""

import gc
import pickle
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

import skmi
from skmi import (
    KSG,
    MINE,
    NWJ,
    SMILE,
    AutoencoderCompressor,
    CompressedMI,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
    InfoNCE,
    JensenShannonMI,
)
from skmi.datasets import CorrelatedNormal, blob_images
from skmi.information_plane import InformationPlaneRecorder, with_noise

CARD = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no graphics card (CUDA) here")
)
on_each_device = pytest.mark.parametrize("device", ["cpu", CARD])
pytestmark = [
    pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning"),
    pytest.mark.filterwarnings("ignore:.*deterministic:UserWarning"),
]
# Short: what is compared is that the same is learned, not how well. Without a card, that the tests run.
N_ROWS, EPOCHS = (800, 8) if torch.cuda.is_available() else (400, 2)
SHORT = {"max_epochs": EPOCHS, "batch_size": 128, "random_state": 0}
X, Y = CorrelatedNormal(1.5, 3, 3, mixing=0).sample(N_ROWS, random_state=0)
LABELS = (X[:, 0] > 0).astype(int)
IMAGES, PARTNERS = blob_images(2.0, 16).sample(N_ROWS, random_state=0)


def trained_on(estimator, device, *data):
    return clone(estimator).set_params(device=device, **SHORT).fit(*data)


def is_on(fitted, device):
    return {p.device.type for p in fitted.net_.module_.parameters()} == {device}


CRITICS = {
    **{kind.__name__: kind() for kind in (MINE, NWJ, InfoNCE, SMILE, JensenShannonMI)},
    "joint": MINE("joint"),
    "bilinear": InfoNCE("bilinear"),
    "cross-fitted": InfoNCE(cv=2, radius=True),
    "images": InfoNCE(image_shape=(16, 16), y_image_shape=(16, 16), channels=(4, 8)),
    "labels": InfoNCE(),
}


@on_each_device
@pytest.mark.parametrize("name", CRITICS)
def test_critics_learn_the_same(name, device):
    data = (IMAGES, PARTNERS) if name == "images" else (X, LABELS) if name == "labels" else (X, Y)
    there, here = (trained_on(CRITICS[name], where, *data) for where in (device, "cpu"))
    assert is_on(there, device)
    # Within what another seed changes after so few epochs, about 0.1 nats.
    assert there.mi_ == pytest.approx(here.mi_, abs=0.2)
    rows = [side[:50] for side in data]
    T = there.log_density_ratio(*rows)
    assert T.shape == (50, 50)
    assert T.dtype == np.float64
    assert np.isfinite(T).all()
    assert np.isfinite(there.score(*data))


COMPRESSORS = {
    "autoencoder": (AutoencoderCompressor(2), (X,)),
    "autoencoder of images": (AutoencoderCompressor(2, image_shape=(16, 16), channels=(4, 8)), (IMAGES,)),
    "contrastive": (ContrastiveCompressor(1), (X, Y)),
    "contrastive with labels": (ContrastiveCompressor(1), (X, LABELS)),
    "contrastive, any number": (ContrastiveCompressor("auto"), (X, Y)),
    "contrastive of images": (
        ContrastiveCompressor(2, image_shape=(16, 16), y_image_shape=(16, 16), channels=(4, 8)),
        (IMAGES, PARTNERS),
    ),
    "cross-predictive": (CrossPredictiveCompressor(1), (X, Y)),
}


def quality(fitted, data):
    """Return the share of the variance that is lost, or what the codes tell of one another."""
    if len(data) == 1:
        return fitted.reconstruction_error(*data)
    return KSG().fit(*fitted.transform(*data)).mi_


@on_each_device
@pytest.mark.parametrize("name", COMPRESSORS)
def test_compressors_learn_the_same(name, device, tmp_path):
    compressor, data = COMPRESSORS[name]
    there, here = (trained_on(compressor, where, *data) for where in (device, "cpu"))
    assert is_on(there, device)
    assert quality(there, data) == pytest.approx(quality(here, data), abs=0.25)
    codes = there.transform(data[0])
    assert isinstance(codes, np.ndarray)
    # Codes of a row do not depend on the others, and the file gives the same ones.
    np.testing.assert_allclose(there.transform(data[0][:7]), codes[:7], atol=1e-6)
    there.save(tmp_path / "file")
    np.testing.assert_allclose(type(there).load(tmp_path / "file").transform(data[0]), codes, atol=1e-6)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(there)).transform(data[0]), codes, atol=1e-6)


@on_each_device
def test_images_on_disk_are_trained_on(device, tmp_path):
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", mode="w+", dtype=np.float32, shape=IMAGES.shape)
    rows[:] = IMAGES
    compressor = COMPRESSORS["autoencoder of images"][0]
    mapped, whole = (trained_on(compressor, device, data).transform(rows) for data in (rows, np.array(rows)))
    np.testing.assert_allclose(mapped, whole, atol=1e-3)


@on_each_device
def test_compression_and_estimate_together(device):
    compressor = ContrastiveCompressor(1, max_epochs=EPOCHS)
    estimates = [
        CompressedMI(compressor=clone(compressor).set_params(device=where), random_state=0).fit(X, Y).mi_
        for where in (device, "cpu")
    ]
    assert estimates[0] == pytest.approx(estimates[1], abs=0.2)


@on_each_device
def test_planes_of_networks_are_those_of_the_cpu(device):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    with with_noise(net, ["1", "2"], 0.3):
        here = InformationPlaneRecorder(X, LABELS).record(net, 1).recording_
        there = InformationPlaneRecorder(torch.tensor(X), LABELS).record(net.to(device), 1).recording_
    for layer in ("1", "2"):
        # Another device draws another noise, with a standard deviation of 0.3 * sqrt(2) in the difference.
        assert (there.activations(1, layer) - here.activations(1, layer)).std() < 0.5
        assert there.about(1, layer).bounds.lower == pytest.approx(here.about(1, layer).bounds.lower, abs=0.1)


def held(device):
    """Return the bytes of a card in use, or the number of tensors that are alive."""
    gc.collect()
    if device == "cuda":
        return torch.cuda.memory_allocated()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


@on_each_device
@pytest.mark.parametrize("estimator", [InfoNCE(), ContrastiveCompressor(1)], ids=str)
def test_memory_is_given_back(estimator, device):
    trained_on(estimator, device, X, Y)  # libraries keep a workspace from their first use on
    before = held(device)
    fitted = trained_on(estimator, device, X, Y)
    parameters = list(fitted.net_.module_.parameters())
    # Weights only, in double precision: neither gradients nor moments of the optimiser nor copies of weights.
    assert all(parameter.grad is None for parameter in parameters)
    assert not fitted.net_.optimizer_.state
    if device == "cuda":
        used = sum(t.numel() * t.element_size() for t in fitted.net_.module_.state_dict().values())
        assert held(device) - before < used + 512 * len(fitted.net_.module_.state_dict()) + 2**20
    del fitted, parameters
    assert held(device) <= before


class Hungry(nn.Linear):
    """Fills any card when it is trained."""

    def forward(self, inputs):
        if self.training:
            if inputs.is_cuda:
                torch.empty(2**50, device=inputs.device)
            raise torch.OutOfMemoryError("CUDA out of memory.")  # as a card says
        return super().forward(inputs)


@on_each_device
def test_a_full_card_says_what_to_lower(device):
    compressor = AutoencoderCompressor(2, encoder=Hungry(3, 2), decoder=nn.Linear(2, 3))
    before = held(device)
    with pytest.raises(torch.OutOfMemoryError, match=rf"than {device}.* has free\. Lower batch_size \(now 128\)"):
        trained_on(compressor, device, X)
    assert trained_on(AutoencoderCompressor(2), device, X).transform(X).shape == (N_ROWS, 2)
    del compressor
    assert device == "cpu" or held(device) <= before + 2**20


@contextmanager
def default_device(device):
    """Let "auto" mean this device."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: device == "cuda")
        yield


@on_each_device
def test_auto_takes_the_card_if_there_is_one(device):
    with default_device(device):
        assert is_on(trained_on(InfoNCE(), "auto", X, Y), device)
        found = skmi.estimate(X, Y, random_state=0)
    assert found.mi == pytest.approx(1.5, abs=0.4)  # a standard error is 0.05 here


def generators():
    cards = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state(card) for card in cards)]


@on_each_device
def test_generators_are_left_alone(device):
    torch.zeros(1, device=device)
    before = generators()
    trained_on(InfoNCE(), device, X, Y)
    trained_on(InfoNCE(), "cpu", X, Y)
    assert all(torch.equal(a, b) for a, b in zip(before, generators(), strict=True))
