"""Trained compressors in files."""

import json
import tracemalloc

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from sklearn.base import clone

from skmi import AutoencoderCompressor, ContrastiveCompressor, CrossPredictiveCompressor
from skmi.exceptions import SkmiWarning

pytestmark = pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")

FAST = {"max_epochs": 2, "hidden_sizes": (8,), "random_state": 0}
KEPT = {
    "dense": AutoencoderCompressor(2, **FAST),
    "convolutional, tanh": AutoencoderCompressor(2, image_shape=(3, 4), channels=(2,), code="tanh", **FAST),
    "contrastive": ContrastiveCompressor(2, **FAST),
    "normal scores": ContrastiveCompressor(2, marginals="normal", refine=False, **FAST),
    "cosine, images": ContrastiveCompressor(
        2, image_shape=(3, 4), y_image_shape=(2, 3), critic="cosine", max_shift=1, channels=(2,), **FAST
    ),
    "cross-predictive": CrossPredictiveCompressor(2, **FAST),
}


def sample():
    return np.random.default_rng(0).standard_normal((60, 12)), np.random.default_rng(1).standard_normal((60, 6))


@pytest.mark.parametrize("compressor", KEPT.values(), ids=KEPT)
def test_a_loaded_compressor_gives_the_same_codes(compressor, tmp_path):
    X, y = sample()
    fitted = clone(compressor).fit(X, y)
    before = fitted.transform(X)
    fitted.save(tmp_path / "file")
    again = type(compressor).load(tmp_path / "file")
    np.testing.assert_array_equal(again.transform(X), before)
    if not isinstance(compressor, AutoencoderCompressor):
        np.testing.assert_array_equal(again.transform(X, y)[1], fitted.transform(X, y)[1])
    else:
        np.testing.assert_array_equal(again.inverse_transform(before), fitted.inverse_transform(before))
    assert str(again.get_params()) == str(fitted.get_params())
    assert again.n_features_in_ == 12
    assert list(again.get_feature_names_out()) == list(fitted.get_feature_names_out())
    np.testing.assert_array_equal(again.history_["valid_loss"], fitted.history_["valid_loss"])
    again.save(tmp_path / "file")  # and once more
    np.testing.assert_array_equal(type(compressor).load(tmp_path / "file").transform(X), before)


@pytest.mark.parametrize("labels", [["a", "b"], [1, 0], [True, False]], ids=str)
def test_labels_and_names_are_kept(labels, tmp_path):
    import pandas as pd

    X, _ = sample()
    X = pd.DataFrame(X, columns=[f"column {i}" for i in range(12)])
    y = np.array(labels * 30)
    fitted = ContrastiveCompressor(2, **FAST).fit(X, y)
    fitted.save(tmp_path / "file")
    again = ContrastiveCompressor.load(tmp_path / "file")
    np.testing.assert_array_equal(again.classes_, fitted.classes_)
    np.testing.assert_array_equal(again.transform(X, y)[0], fitted.transform(X, y)[0])
    with pytest.raises(ValueError, match="feature names"):
        again.transform(X.rename(columns={"column 0": "other"}))


def test_networks_of_ones_own_are_passed_again(tmp_path):
    X, _ = sample()
    own = {"encoder": torch.nn.Linear(12, 2), "decoder": torch.nn.Linear(2, 12)}
    fitted = AutoencoderCompressor(2, **own, **FAST).fit(X)
    fitted.save(tmp_path / "file")
    with pytest.raises(ValueError, match=r"the networks \['decoder', 'encoder'\].*got \[\]"):
        AutoencoderCompressor.load(tmp_path / "file")
    again = AutoencoderCompressor.load(tmp_path / "file", **own)
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_file_from_a_machine_with_a_graphics_card(tmp_path):
    X, y = sample()
    fitted = ContrastiveCompressor(2, **FAST).fit(X, y)
    fitted.device = "cuda"
    fitted.save(tmp_path / "file")
    state = torch.get_rng_state()
    with pytest.warns(SkmiWarning, match="no device 'cuda' here"):
        again = ContrastiveCompressor.load(tmp_path / "file")
    assert again.device == "auto"
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))
    assert torch.equal(torch.get_rng_state(), state)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"no tensors at all")
    with pytest.raises(ValueError, match="Expected a file of safetensors, got .*file.*save method"):
        AutoencoderCompressor.load(path)
    for about in ({}, {"skmi": "[]"}, {"skmi": json.dumps({"format": "skmi compressor"})}):
        save_file({"weight": np.zeros(2)}, path, metadata=about)
        with pytest.raises(ValueError, match="holds other tensors"):
            AutoencoderCompressor.load(path)
    with pytest.raises(ValueError, match="Expected a file, got the folder"):
        AutoencoderCompressor.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        AutoencoderCompressor.load(tmp_path / "nowhere")
    AutoencoderCompressor(2, **FAST).fit(sample()[0]).save(path)
    with pytest.raises(ValueError, match="file of ContrastiveCompressor, got one of AutoencoderCompressor"):
        ContrastiveCompressor.load(path)


def test_a_newer_format_is_refused(tmp_path):
    path = tmp_path / "file"
    AutoencoderCompressor(2, **FAST).fit(sample()[0]).save(path)
    about = {"format": "skmi compressor", "version": 2, "skmi": "9.0", "class": "AutoencoderCompressor"}
    save_file(load_file(path), path, metadata={"skmi": json.dumps(about)})
    with pytest.raises(ValueError, match=r"written by skmi 9.0 in version 2.*reads up to version 1. Install a newer"):
        AutoencoderCompressor.load(path)


def test_saving_an_unfitted_compressor_raises(tmp_path):
    with pytest.raises(ValueError, match="not fitted"):
        AutoencoderCompressor().save(tmp_path / "file")


def rewritten(path, change, hashed=True):
    """Save the file again with a changed header, and a hash that fits if asked for."""
    from safetensors import safe_open

    from skmi.compression._files import _digest

    arrays = load_file(path)
    with safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata())
    about = json.loads(metadata["skmi"])
    change(about, arrays)
    header = json.dumps(about)
    digest = _digest(header, arrays) if hashed else metadata["sha256"]
    save_file(arrays, path, metadata={"skmi": header, "sha256": digest})


@pytest.mark.parametrize("kind", [AutoencoderCompressor, ContrastiveCompressor])
def test_changed_bytes_are_noticed(kind, tmp_path):
    path = tmp_path / "file"
    kind(2, **FAST).fit(*sample()).save(path)
    content = bytearray(path.read_bytes())
    for place in np.linspace(len(content) * 0.3, len(content) - 1, 12).astype(int):
        changed = content.copy()
        changed[place] ^= 0x55
        path.write_bytes(changed)
        with pytest.raises(ValueError, match="damaged or was edited|safetensors"):
            kind.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda about, arrays: about.pop("fitted"),
        lambda about, arrays: about.pop("parameters"),
        lambda about, arrays: about["parameters"].update(no_such_parameter=1),
        lambda about, arrays: about["parameters"].update(latent_dim="two"),
        lambda about, arrays: about["parameters"].update(hidden_sizes=[60_000, 60_000]),
        lambda about, arrays: about["parameters"].update(hidden_sizes=[7]),
        lambda about, arrays: about["fitted"].pop("n_features_in"),
        lambda about, arrays: arrays.pop(next(name for name in arrays if name.startswith("network."))),
        lambda about, arrays: arrays.pop("rotation.x.mean"),
        lambda about, arrays: arrays.pop("rotation.x.components"),
    ],
)
@pytest.mark.parametrize("kind", [AutoencoderCompressor, ContrastiveCompressor])
def test_headers_that_do_not_fit_raise_value_errors_and_allocate_nothing(kind, change, tmp_path):
    path = tmp_path / "file"
    kind(2, **FAST).fit(*sample()).save(path)
    rewritten(path, change, hashed=False)
    with pytest.raises(ValueError, match="damaged or was edited"):
        kind.load(path)
    rewritten(path, lambda about, arrays: None)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="file"):
            kind.load(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_an_unwritable_place_raises_os_error_and_leaves_the_old_file(tmp_path):
    fitted = AutoencoderCompressor(2, **FAST).fit(sample()[0])
    with pytest.raises(OSError, match="nowhere"):
        fitted.save(tmp_path / "nowhere" / "file")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        fitted.save(tmp_path / "folder")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
