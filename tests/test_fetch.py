"""Sources of real images, and errors when they are missing or broken."""

import gzip
import struct

import numpy as np
import pytest
from sklearn.utils import Bunch

from skmi.datasets import _fetch, fetch_cifar10, fetch_fashion_mnist, fetch_mnist

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(256, size=(6, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(10, size=6, dtype=np.uint8)


@pytest.fixture(autouse=True)
def nothing_anywhere(monkeypatch, tmp_path):
    """No environment variable, no system package, no network."""

    def no_network(*args, **kwargs):
        raise ConnectionError("no network here")

    monkeypatch.delenv("SKMI_DATA", raising=False)
    monkeypatch.setattr(_fetch, "_DEBIAN", tmp_path / "package")
    monkeypatch.setattr(_fetch, "fetch_openml", no_network)


def write_idx(folder, packed):
    folder.mkdir(parents=True)
    for part, rows in (("train", slice(0, 4)), ("t10k", slice(4, 6))):
        for kind, array in (("images-idx3-ubyte", IMAGES[rows]), ("labels-idx1-ubyte", LABELS[rows])):
            header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
            name = f"{part}-{kind}" + (".gz" if packed else "")
            with (gzip.open if packed else open)(folder / name, "wb") as file:
                file.write(header + array.tobytes())


def check(bunch, source):
    np.testing.assert_array_equal(bunch.data, IMAGES.reshape(6, 784))
    np.testing.assert_array_equal(bunch.target, LABELS)
    assert (bunch.data.dtype, bunch.target.dtype) == (np.uint8, np.int64)
    assert bunch.image_shape == (28, 28)
    assert source in bunch.source


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("folder", ["mnist", "MNIST/raw"])
def test_idx_files_are_read(tmp_path, packed, folder):
    write_idx(tmp_path / folder, packed)
    check(fetch_mnist(data_home=tmp_path), folder)
    images, labels = fetch_mnist(data_home=tmp_path, return_X_y=True)
    assert images.shape == (6, 784)
    assert labels.shape == (6,)


def test_the_folder_of_the_environment_variable_is_searched(tmp_path, monkeypatch):
    np.savez(tmp_path / "mnist-some.npz", images=IMAGES, labels=LABELS)
    monkeypatch.setenv("SKMI_DATA", str(tmp_path))
    check(fetch_mnist(), "mnist-some.npz")
    with pytest.raises(OSError, match="no files of fashion-mnist in"):  # MNIST is not Fashion-MNIST
        fetch_fashion_mnist()


def test_archives_with_array_names_of_keras_are_read(tmp_path):
    np.savez(tmp_path / "mnist.npz", x_train=IMAGES[:4], y_train=LABELS[:4], x_test=IMAGES[4:], y_test=LABELS[4:])
    check(fetch_mnist(data_home=tmp_path), "mnist.npz")


def test_archives_of_other_data_are_ignored(tmp_path):
    np.savez(tmp_path / "mnist-codes.npz", codes=IMAGES)
    write_idx(tmp_path / "mnist", packed=False)
    check(fetch_mnist(data_home=tmp_path), "mnist")


def test_the_home_folder_may_be_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "mnist.npz", images=IMAGES, labels=LABELS)
    check(fetch_mnist(data_home="~"), "mnist.npz")
    monkeypatch.setenv("SKMI_DATA", "~")
    check(fetch_mnist(), "mnist.npz")


def test_the_system_package_is_read(tmp_path):
    write_idx(tmp_path / "package", packed=True)
    check(fetch_fashion_mnist(), "package")


def test_idx_files_in_a_folder_without_the_name_of_the_set_are_ignored(tmp_path):
    write_idx(tmp_path / "raw", packed=False)
    with pytest.raises(OSError, match="no files of mnist"):
        fetch_mnist(data_home=tmp_path / "raw")


def test_openml_is_the_last_source(monkeypatch, tmp_path):
    calls = []

    def stand_in(name, **options):
        calls.append((name, options["data_home"]))
        return Bunch(data=IMAGES.reshape(6, 784).astype(float), target=LABELS.astype(str).astype(object))

    monkeypatch.setattr(_fetch, "fetch_openml", stand_in)
    check(fetch_mnist(), "OpenML mnist_784")
    check(fetch_fashion_mnist(data_home=tmp_path), "OpenML Fashion-MNIST")
    assert calls == [("mnist_784", None), ("Fashion-MNIST", tmp_path)]


def test_the_error_lists_all_sources(tmp_path):
    with pytest.raises(OSError, match="(?s)data_home: no files.*SKMI_DATA: not set.*package.*no network here.*npz"):
        fetch_fashion_mnist(data_home=tmp_path)


def test_broken_files_raise(tmp_path):
    write_idx(tmp_path / "mnist", packed=False)
    path = tmp_path / "mnist" / "train-labels-idx1-ubyte"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(OSError, match="truncated: expected 4 bytes, got 3"):
        fetch_mnist(data_home=tmp_path)
    path.write_bytes(b"<html>not found")
    with pytest.raises(OSError, match="not an IDX file"):
        fetch_mnist(data_home=tmp_path)
    path.write_bytes(whole[:6])
    with pytest.raises(OSError, match="not an IDX file"):
        fetch_mnist(data_home=tmp_path)
    path.unlink()
    path.with_suffix(".gz").write_bytes(gzip.compress(whole)[:-9])
    with pytest.raises(OSError, match="ubyte.gz cannot be read"):
        fetch_mnist(data_home=tmp_path)
    for content in (b"", b"garbage", b"PK\x03\x04 cut short"):
        (tmp_path / "mnist.npz").write_bytes(content)
        with pytest.raises(OSError, match=r"mnist\.npz cannot be read"):
            fetch_mnist(data_home=tmp_path)
    np.savez(tmp_path / "mnist.npz", pictures=IMAGES)
    with pytest.raises(OSError, match="arrays images and labels"):
        fetch_mnist(data_home=tmp_path)
    np.savez(tmp_path / "mnist.npz", images=IMAGES / 255, labels=LABELS)
    with pytest.raises(OSError, match=r"whole numbers from 0 to 255 in .*mnist\.npz, got float64"):
        fetch_mnist(data_home=tmp_path)
    np.savez(tmp_path / "mnist.npz", images=IMAGES[:, :5], labels=LABELS)
    with pytest.raises(OSError, match="28x28"):
        fetch_mnist(data_home=tmp_path)


PHOTOS = RNG.integers(256, size=(12, 3072), dtype=np.uint8)
CLASSES = RNG.integers(10, size=(12, 1), dtype=np.uint8)


def write_cifar(folder):
    folder.mkdir(parents=True)
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        rows = slice(2 * i, 2 * i + 2)
        np.hstack([CLASSES[rows], PHOTOS[rows]]).tofile(folder / f"{name}.bin")


@pytest.mark.parametrize("folder", ["cifar-10-batches-bin", "other"])
def test_the_binary_version_of_cifar_is_read(tmp_path, monkeypatch, folder):
    write_cifar(tmp_path / folder)
    home = tmp_path / folder if folder == "other" else tmp_path
    monkeypatch.setenv("SKMI_DATA", str(home))
    for bunch in (fetch_cifar10(), fetch_cifar10(data_home=home)):
        np.testing.assert_array_equal(bunch.data, PHOTOS)
        np.testing.assert_array_equal(bunch.target, CLASSES[:, 0])
        assert (bunch.data.dtype, bunch.target.dtype) == (np.uint8, np.int64)
        assert bunch.image_shape == (3, 32, 32)
        assert folder in bunch.source
        assert bunch.DESCR.startswith("12 images of 3x32x32 values")
    images, labels = fetch_cifar10(return_X_y=True)
    assert (images.shape, labels.shape) == ((12, 3072), (12,))


def test_missing_and_damaged_files_of_cifar_raise(tmp_path):
    with pytest.raises(OSError, match="(?s)data_home: no files of cifar-10.*SKMI_DATA: not set.*binary version"):
        fetch_cifar10(data_home=tmp_path)
    write_cifar(tmp_path / "cifar-10-batches-bin")
    path = tmp_path / "cifar-10-batches-bin" / "data_batch_3.bin"
    whole = path.read_bytes()
    for content, message in (
        (whole[:-1], "expected rows of 3073 bytes, got 6145 bytes"),
        (b"", "got 0 bytes"),
        (b"\x0a" + whole[1:], "labels from 0 to 9, got 10"),
    ):
        path.write_bytes(content)
        with pytest.raises(OSError, match=f"data_batch_3.bin is damaged.*{message}"):
            fetch_cifar10(data_home=tmp_path)
    path.unlink()
    with pytest.raises(OSError, match="cifar-10 was not found"):
        fetch_cifar10(data_home=tmp_path)
