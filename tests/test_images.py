"""Images come as they are, or flattened with their shape: the same codes and the same numbers."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA

from skmi import (
    KSG,
    AutoencoderCompressor,
    CompressedMI,
    ContrastiveCompressor,
    CrossPredictiveCompressor,
)
from skmi.datasets import blob_images

pytestmark = pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")

FAST = {"max_epochs": 2, "hidden_sizes": (8,), "channels": (4,), "random_state": 0}
X, Y = blob_images(2.0, 8).sample(120, random_state=0)
SHAPES = [(8, 8), (1, 8, 8), (4, 4, 4)]
LABELS = np.array(["low", "high"])[(Y.sum(axis=1) > np.median(Y.sum(axis=1))).astype(int)]


def stack(rows, shape):
    return rows.reshape(len(rows), *shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_autoencoder_takes_stacks_of_images(shape, tmp_path):
    flat = AutoencoderCompressor(2, image_shape=shape, **FAST).fit(X)
    stacked = AutoencoderCompressor(2, **FAST).fit(stack(X, shape))
    np.testing.assert_array_equal(stacked.transform(stack(X, shape)), flat.transform(X))
    np.testing.assert_array_equal(stacked.transform(X), flat.transform(X))
    assert stacked.reconstruction_error(stack(X, shape)) == flat.reconstruction_error(X)
    assert stacked.n_features_in_ == 64
    stacked.save(tmp_path / "file")
    again = AutoencoderCompressor.load(tmp_path / "file")
    np.testing.assert_array_equal(again.transform(stack(X, shape)), flat.transform(X))


@pytest.mark.parametrize("kind", [ContrastiveCompressor, CrossPredictiveCompressor])
def test_paired_compressors_take_stacks_of_images(kind, tmp_path):
    flat = kind(2, image_shape=(8, 8), y_image_shape=(8, 8), **FAST).fit(X, Y)
    stacked = kind(2, **FAST).fit(stack(X, (8, 8)), stack(Y, (8, 8)))
    for ours, theirs in zip(stacked.transform(stack(X, (8, 8)), stack(Y, (8, 8))), flat.transform(X, Y), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    stacked.save(tmp_path / "file")
    np.testing.assert_array_equal(kind.load(tmp_path / "file").transform(stack(X, (8, 8))), flat.transform(X))


@pytest.mark.parametrize(
    "compressor",
    [PCA(2, random_state=0), AutoencoderCompressor(2, **FAST), ContrastiveCompressor(2, **FAST)],
    ids=lambda compressor: type(compressor).__name__,
)
@pytest.mark.parametrize("y", [Y, LABELS], ids=["images", "labels"])
def test_compressed_estimates_of_stacks_of_images(compressor, y):
    model = CompressedMI(KSG(), compressor=compressor, random_state=0)
    images, others = stack(X, (8, 8)), stack(y, (8, 8)) if y is Y else y
    stacked = clone(model).fit(images, others)
    shaped = clone(compressor)
    if "image_shape" in compressor.get_params():
        shaped.set_params(image_shape=(8, 8))
    if "y_image_shape" in compressor.get_params() and y is Y:
        shaped.set_params(y_image_shape=(8, 8))
    flat = clone(model).set_params(compressor=shaped).fit(X, y)
    assert stacked.mi_ == flat.mi_
    assert stacked.score(images, others) == pytest.approx(flat.score(X, y), abs=1e-12)
    assert stacked.linear_baseline(images, others) == flat.linear_baseline(X, y)
    assert stacked.log_density_ratio(images[:3], others[:2]).shape == (3, 2)


def test_shapes_that_differ_are_named():
    with pytest.raises(ValueError, match=r"image_shape=\(4, 16\) as the images of X have it, which are \(8, 8\)"):
        AutoencoderCompressor(2, image_shape=(4, 16), **FAST).fit(stack(X, (8, 8)))
    fitted = ContrastiveCompressor(2, **FAST).fit(stack(X, (8, 8)), LABELS)
    with pytest.raises(ValueError, match="image_shape"):
        fitted.transform(stack(X, (4, 16)))
