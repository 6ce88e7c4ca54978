"""Other packages on the data of a benchmark, each in a separate Python environment; see peers/README.md."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from peers._run import PEERS
from sklearn.base import BaseEstimator

_RUN = Path(__file__).parent / "peers" / "_run.py"
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PJRT_NPROC": "1",  # JAX looks at neither of the above
    "CUDA_VISIBLE_DEVICES": "",  # and a graphics card would not be one thread
}


def peer(name, X, Y, limit=300, **options):
    """Return what the peer called ``name`` finds, or None where its environment is absent.

    That is a dict of ``mi`` in nats, which is NaN where that is the peer's answer, or of the ``selected`` columns, and
    of the ``seconds`` and the seconds of ``cpu`` it took. If it fails, or takes over ``limit`` seconds, these are None
    and ``error`` says why. ``options`` are numbers that the peer's function takes.
    """
    folder = os.environ.get("SKMI_PEERS")
    python = Path(folder or "") / PEERS[name].environment / "bin" / "python"
    if not folder or not python.exists():
        return None
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "data.npz"
        np.savez(path, X=X, Y=Y, **options)
        command = [str(python), str(_RUN), name, str(path)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=os.environ | _ONE_THREAD)
        except subprocess.TimeoutExpired:
            return _failed(f"over {limit} s")
    if done.returncode:
        return _failed((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def _failed(why):
    return {"mi": None, "seconds": None, "cpu": None, "error": why}


class PeerEstimator(BaseEstimator):
    """Another package as an estimator; ``fit`` raises RuntimeError if it is absent, fails, or takes too long."""

    def __init__(self, name="npeet-plus", limit=300):
        self.name = name
        self.limit = limit

    def fit(self, X, y):
        found = peer(self.name, X, y, limit=self.limit)
        if found is None:
            raise RuntimeError("absent")
        if found["mi"] is None:
            raise RuntimeError(found["error"])
        self.mi_ = found["mi"]
        return self
