"""Devices, and reproducible training on them."""

import contextlib
import threading

import torch
from threadpoolctl import threadpool_limits

_ONE_AT_A_TIME = threading.RLock()


def resolve_device(device):
    """Return the torch device that ``device`` names; "auto" uses CUDA, else MPS, else the CPU."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def seeded_cards():
    """Return the CUDA devices whose generators ``torch.manual_seed`` seeds: all, once one has been used."""
    return list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []


@contextlib.contextmanager
def reproducible(seed, device):
    """Seed torch inside the context, and restore the caller's generators and number of threads after it.

    Torch on the CPU and BLAS use one thread, because sums over several threads are rounded differently, and the same
    seed must give the same network in a worker process, which has fewer threads.
    """
    if device.type == "cuda":
        torch.cuda.init()
    # The generator and the number of threads belong to the process: fits in several threads take turns.
    with (
        _ONE_AT_A_TIME,
        _restored_threads(),
        torch.random.fork_rng(devices=seeded_cards()),
        threadpool_limits(1, user_api="blas"),
    ):
        torch.manual_seed(seed)
        if device.type == "cpu":
            torch.set_num_threads(1)
        yield


@contextlib.contextmanager
def _restored_threads():
    n_threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
