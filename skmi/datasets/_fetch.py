"""Real images from a folder, and some from a system package or OpenML."""

import gzip
import os
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.datasets import fetch_openml
from sklearn.utils import Bunch

FOLDER_VARIABLE = "SKMI_DATA"
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_PARTS = ("train", "t10k")
_SIDE = 28
_CIFAR_SHAPE = (3, 32, 32)
_CIFAR_FILES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")


def fetch_mnist(*, data_home=None, return_X_y=False):
    """Load handwritten digits: 28×28 images of ten classes (LeCun et al.).

    The images are searched in ``data_home``, then in the folder named by the environment variable ``SKMI_DATA``, then
    at OpenML, whose download scikit-learn caches. A folder may contain the four IDX files, gzipped or not, or a file
    ``mnist*.npz`` with arrays ``images`` and ``labels``, or with the array names of Keras. Both may also be in a
    subfolder ``mnist``.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Folder to search first, and where scikit-learn caches the download from OpenML.
    return_X_y : bool, default=False
        Whether to return only images and labels.

    Returns
    -------
    data : Bunch
        With ``data``, an ndarray of shape (n_samples, 784) and dtype uint8; ``target``, an ndarray of shape
        (n_samples,) and dtype int64; ``image_shape``, (28, 28); ``source``, where it was found; and ``DESCR``.
        Training images come before test images; a complete source has 70 000 in total.
    (data, target) : tuple
        If ``return_X_y`` is True.

    Raises
    ------
    OSError
        If no source has the images; the message lists what was tried.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998). "Gradient-based learning applied to document recognition".
    doi:10.1109/5.726791.

    Examples
    --------
    >>> from skmi.datasets import fetch_mnist
    >>> images, labels = fetch_mnist(return_X_y=True)  # doctest: +SKIP
    """
    folders = ["mnist", "MNIST/raw"]
    return _fetch("mnist", folders, [], "mnist_784", data_home, return_X_y)


def fetch_fashion_mnist(*, data_home=None, return_X_y=False):
    """Load pictures of clothes: 28×28 images of ten classes (Xiao et al.).

    The images are searched in ``data_home``, then in the folder named by the environment variable ``SKMI_DATA``, then
    where the Debian package ``dataset-fashion-mnist`` installs them, then at OpenML, whose download scikit-learn
    caches. A folder may contain the four IDX files, gzipped or not, or a file ``fashion-mnist*.npz``. Both may also be
    in a subfolder ``fashion-mnist``.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Folder to search first, and where scikit-learn caches the download from OpenML.
    return_X_y : bool, default=False
        Whether to return only images and labels.

    Returns
    -------
    data : Bunch
        With ``data``, an ndarray of shape (n_samples, 784) and dtype uint8; ``target``, an ndarray of shape
        (n_samples,) and dtype int64; ``image_shape``, (28, 28); ``source``, where it was found; and ``DESCR``.
    (data, target) : tuple
        If ``return_X_y`` is True.

    Raises
    ------
    OSError
        If no source has the images; the message lists what was tried.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017). "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms".
    arXiv:1708.07747.

    Examples
    --------
    >>> from skmi.datasets import fetch_fashion_mnist
    >>> images, labels = fetch_fashion_mnist(return_X_y=True)  # doctest: +SKIP
    """
    folders = ["fashion-mnist", "fashion_mnist", "FashionMNIST/raw"]
    return _fetch("fashion-mnist", folders, [_DEBIAN], "Fashion-MNIST", data_home, return_X_y)


def fetch_cifar10(*, data_home=None, return_X_y=False):
    """Load small photographs: 32×32 colour images of ten classes (Krizhevsky).

    The six files ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin`` of the "binary version" are
    searched in ``data_home``, then in the folder named by the environment variable ``SKMI_DATA``; both may have them in
    a subfolder ``cifar-10-batches-bin``. The "python version" is not read, because its files are pickles. Nothing is
    downloaded.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Folder to search first.
    return_X_y : bool, default=False
        Whether to return only images and labels.

    Returns
    -------
    data : Bunch
        With ``data``, an ndarray of shape (n_samples, 3072) and dtype uint8, the red values first, then green, then
        blue; ``target``, an ndarray of shape (n_samples,) and dtype int64; ``image_shape``, (3, 32, 32); ``source``,
        where it was found; and ``DESCR``. Training images come before test images; there are 60 000 in total.
    (data, target) : tuple
        If ``return_X_y`` is True.

    Raises
    ------
    OSError
        If no folder has the images, or a file is damaged; the message lists what was tried.

    References
    ----------
    Krizhevsky (2009). "Learning Multiple Layers of Features from Tiny Images".
    https://www.cs.toronto.edu/~kriz/cifar.html.

    Examples
    --------
    >>> from skmi.datasets import fetch_cifar10
    >>> images, labels = fetch_cifar10(return_X_y=True)  # doctest: +SKIP
    """
    tried = []
    for home in _homes(data_home, "cifar-10", tried):
        for folder in (home, home / "cifar-10-batches-bin"):
            if all((folder / name).is_file() for name in _CIFAR_FILES):
                rows = np.concatenate([_cifar_rows(folder / name) for name in _CIFAR_FILES])
                return _answer(rows[:, 1:], rows[:, 0], str(folder), return_X_y, _CIFAR_SHAPE)
    raise OSError(
        "cifar-10 was not found. Tried:\n- " + "\n- ".join(tried) + f"\nSet {FOLDER_VARIABLE} to a folder with the "
        f"files {_CIFAR_FILES[0]} to {_CIFAR_FILES[-1]} of the binary version, or a subfolder cifar-10-batches-bin."
    )


def _cifar_rows(path):
    """Return the rows of a file: a label and the bytes of an image."""
    values, length = np.fromfile(path, np.uint8), 1 + int(np.prod(_CIFAR_SHAPE))
    if not values.size or values.size % length:
        raise OSError(f"{path} is damaged: expected rows of {length} bytes, got {values.size} bytes.")
    rows = values.reshape(-1, length)
    if rows[:, 0].max() > 9:
        raise OSError(f"{path} is damaged: expected labels from 0 to 9, got {rows[:, 0].max()}.")
    return rows


def _fetch(name, folders, system, openml_name, data_home, return_X_y):
    tried = []
    for home in _homes(data_home, name, tried):
        # MNIST and Fashion-MNIST use the same names for their IDX files. They are taken only from a folder whose name
        # says which set it holds; archives have the name of the set in their own.
        for folder in [home, *(home / sub for sub in folders)]:
            if (found := _from_folder(folder, name, idx=folder != home or _is_named(folder, name))) is not None:
                return _answer(*found, return_X_y)
    for folder in system:
        if (found := _from_folder(folder, name, idx=True)) is not None:
            return _answer(*found, return_X_y)
        tried.append(f"system package: no folder {folder}")
    try:
        bunch = fetch_openml(openml_name, version=1, as_frame=False, parser="liac-arff", data_home=data_home)
    except Exception as error:  # whatever stops a download: the network, the server, a full disk
        tried.append(f"OpenML: {type(error).__name__}: {error}")
        raise OSError(
            f"{name} was not found. Tried:\n- " + "\n- ".join(tried) + f"\nSet {FOLDER_VARIABLE} to a folder with "
            f"{name}.npz of arrays images and labels, or the four IDX files in a subfolder {folders[0]}."
        ) from error
    return _answer(bunch.data, bunch.target, f"OpenML {openml_name}", return_X_y)


def _homes(data_home, name, tried):
    """Yield the folders to search, and add to ``tried`` why the next one is needed."""
    for what, home in (("data_home", data_home), (FOLDER_VARIABLE, os.environ.get(FOLDER_VARIABLE))):
        if home is None:
            tried.append(f"{what}: not set")
            continue
        home = Path(home).expanduser()
        yield home
        tried.append(f"{what}: no files of {name} in {home}")


def _is_named(folder, name):
    """Return whether a folder's own name says which set it holds."""
    plain = folder.resolve().name.lower().replace("_", "-")
    return plain == name or (name == "fashion-mnist" and plain == "fashionmnist")


def _from_folder(folder, name, idx):
    """Return images, labels and the path they were read from, or None."""
    for path in sorted(folder.glob(f"{name}*.npz")):
        try:
            found = _from_archive(path)
        except (ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise OSError(f"{path} cannot be read: {error}. Remove it, or download it again.") from error
        if found is not None:
            return *found, str(path)
        if path.stem == name:  # a longer name, such as mnist-codes.npz, may be of other data
            raise OSError(f"Expected arrays images and labels in {path}.")
    if not idx:
        return None
    parts = [[_idx(folder, f"{part}-{kind}") for part in _PARTS] for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    if any(array is None for both in parts for array in both):
        return None
    images, labels = (np.concatenate(both) for both in parts)
    return images, labels, str(folder)


def _from_archive(path):
    """Return images and labels, or None if the arrays have other names."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        for keys in (("images", "labels"), ("data", "target")):
            if all(key in arrays for key in keys):
                return tuple(arrays[key] for key in keys)
        if "x_train" in arrays:
            return tuple(np.concatenate([arrays[f"{v}_train"], arrays[f"{v}_test"]]) for v in "xy")
    return None


def _idx(folder, name):
    """Return the array in an IDX file, gzipped or not, or None if there is no such file."""
    for path, opened in ((folder / name, open), (folder / f"{name}.gz", gzip.open)):
        if path.is_file():
            try:
                with opened(path, "rb") as file:
                    content = file.read()
            except (EOFError, zlib.error) as error:
                raise OSError(f"{path} cannot be read: {error}. Remove it, or download it again.") from error
            # Two zero bytes, 8 for unsigned bytes, the number of dimensions; then each length as a big-endian integer.
            if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
                raise OSError(f"{path} is not an IDX file of bytes.")
            shape = np.frombuffer(content, ">i4", content[3], offset=4)
            values = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
            if len(values) != np.prod(shape):
                raise OSError(f"{path} is truncated: expected {np.prod(shape)} bytes, got {len(values)}.")
            return values.reshape(shape)
    return None


def _answer(images, labels, source, return_X_y, image_shape=(_SIDE, _SIDE)):
    images = np.asarray(images).reshape(len(images), -1)
    if images.size and (images.min() < 0 or images.max() > 255 or not (images == np.round(images)).all()):
        raise OSError(
            f"Expected pixels as whole numbers from 0 to 255 in {source}, got {images.dtype} from {images.min():.3g} "
            f"to {images.max():.3g}."
        )
    images = images.astype(np.uint8, copy=False)
    labels = np.asarray(labels).astype(np.int64)
    size = "x".join(map(str, image_shape))
    if images.shape[1] != np.prod(image_shape) or len(labels) != len(images):
        raise OSError(
            f"Expected images of {size} and as many labels in {source}, got {images.shape} and {labels.shape}."
        )
    if return_X_y:
        return images, labels
    description = f"{len(images)} images of {size} values, ten classes, from {source}."
    return Bunch(data=images, target=labels, image_shape=image_shape, source=source, DESCR=description)
