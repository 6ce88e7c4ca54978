"""Files of compressors: arrays as safetensors, the rest as JSON in the header."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from .. import __version__

_FORMAT, _VERSION = "skmi compressor", 1


def write(path, compressor):
    """Write a fitted compressor."""
    arrays, fitted = compressor._state()
    parameters, modules = {}, []
    for name, value in compressor.get_params(deep=False).items():
        if isinstance(value, torch.nn.Module):
            modules.append(name)
        else:
            # The only parameter that JSON cannot hold is a generator, which is not needed after fitting.
            parameters[name] = None if isinstance(value, np.random.RandomState) else value
    about = {
        "format": _FORMAT,
        "version": _VERSION,
        "skmi": __version__,
        "class": type(compressor).__name__,
        "parameters": parameters,
        "modules": modules,
        "fitted": fitted,
        "arrays": sorted(arrays),
    }
    arrays = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    header = json.dumps(about, default=_plain)
    path = Path(path)
    # Beside the file first: a full disk leaves an existing one as it was.
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(arrays, beside, metadata={"skmi": header, "sha256": _digest(header, arrays)})
        os.replace(beside, path)
    except SafetensorError as error:
        raise OSError(f"{path} could not be written: {error}") from error
    finally:
        beside.unlink(missing_ok=True)


def read(path, kind, modules):
    """Return the compressor of class ``kind`` that a file holds."""
    about, arrays = _contents(path)
    if about["class"] != kind.__name__:
        raise ValueError(
            f"Expected a file of {kind.__name__}, got one of {about['class']}: call {about['class']}.load."
        )
    if set(modules) != set(about["modules"]):
        raise ValueError(
            f"Expected the networks {about['modules']}, which were parameters of the compressor and are not in the "
            f"file, as keywords of load; got {sorted(modules)}."
        )
    try:
        # JSON has lists for tuples.
        parameters = {
            key: tuple(value) if isinstance(value, list) else value for key, value in about["parameters"].items()
        }
        compressor = kind(**parameters, **modules)
        compressor._restore(arrays, about["fitted"])
    except (KeyError, TypeError, AttributeError, IndexError, RuntimeError, NotImplementedError) as error:
        raise ValueError(
            f"Expected in {path} what the save method writes, got parameters and arrays that do not fit together "
            f"({type(error).__name__}: {error})."
        ) from error
    return compressor


def _contents(path):
    """Return the header and the arrays of a file, or raise."""
    advice = "Pass a file that the save method of a compressor has written."
    if Path(path).is_dir():
        raise ValueError(f"Expected a file, got the folder {path}. {advice}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            header = metadata.get("skmi", "{}")
            about = json.loads(header)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is not a dict
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"Expected a file of safetensors, got {path}, which is not one ({error}). {advice}") from error
    if not isinstance(about, dict) or about.get("format") != _FORMAT or not isinstance(about.get("version"), int):
        raise ValueError(f"Expected a file of a compressor, got {path}, which holds other tensors. {advice}")
    if about["version"] > _VERSION:
        raise ValueError(
            f"{path} was written by skmi {about['skmi']} in version {about['version']} of the format; this skmi, "
            f"{__version__}, reads up to version {_VERSION}. Install a newer skmi."
        )
    if metadata.get("sha256") != _digest(header, arrays):
        raise ValueError(f"{path} is damaged or was edited: its content does not match its hash. {advice}")
    missing = {"class", "parameters", "modules", "fitted", "arrays"} - set(about)
    if missing:
        raise ValueError(f"Expected {', '.join(sorted(missing))} in the header of {path}, got none. {advice}")
    if about["arrays"] != sorted(arrays):
        raise ValueError(f"Expected in {path} the arrays that its header names, got others. {advice}")
    return about, arrays


def _digest(header, arrays):
    """Return a hash over the whole content: three changed bytes would load as other codes in silence."""
    digest = hashlib.sha256(header.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _plain(value):
    """Return a NumPy number or array as plain Python."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"Expected parameters that JSON can hold, got {value!r} of type {type(value).__name__}.")
