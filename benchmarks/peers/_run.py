"""Runs one peer's estimator on a file of data; executed by the Python of the peer's environment.

It also says which environment each name needs, so only NumPy and the standard library are imported above.
"""

import contextlib
import json
import sys
import time
import warnings
from functools import partial
from typing import NamedTuple

import numpy as np


def npeet_plus(X, Y):
    from npeet_plus import mi

    return mi(X, Y, k=3, base=np.e)


def ennemi(X, Y):
    from ennemi import estimate_mi

    if X.shape[1] > 1 or Y.shape[1] > 1:
        raise ValueError("one column only")
    return estimate_mi(Y[:, 0], X[:, 0], k=3, preprocess=False, max_threads=1).item()


def infomeasure(X, Y):
    from infomeasure import mutual_information

    return mutual_information(X, Y, approach="metric", k=3, base="e")


def latentmi(regularizer, X, Y, **options):
    import torch
    from latentmi import lmi

    np.random.seed(0)  # noqa: NPY002 - the split of the rows comes from here
    torch.manual_seed(0)
    # A network that diverged has its codes set to zeros with no more than a warning, and then zero is the estimate.
    warnings.filterwarnings("error", "NaNs in embedding")
    bits, _, _ = lmi.estimate(X, Y, regularizer=regularizer, **options)
    return np.nanmean(bits) * np.log(2)  # NaN stands for the rows it trained on


def bmi(kind, X, Y, **options):
    from bmi.estimators import neural

    return getattr(neural, kind)(verbose=False, **options).estimate(X, Y)


def mrmr(X, Y, n_selected=5, classification=0):
    import pandas as pd
    from mrmr import mrmr_classif, mrmr_regression

    select = mrmr_classif if classification else mrmr_regression
    return select(pd.DataFrame(X), pd.Series(Y[:, 0]), K=int(n_selected), show_progress=False, n_jobs=1)


def feature_engine(method, X, Y, n_selected=5, classification=0):
    import pandas as pd
    from feature_engine.selection import MRMR

    names = [f"x{i}" for i in range(X.shape[1])]
    model = MRMR(method=method, max_features=int(n_selected), regression=not classification)
    kept = model.fit_transform(pd.DataFrame(X, columns=names), pd.Series(Y[:, 0])).columns
    return [names.index(name) for name in kept]


class Peer(NamedTuple):
    environment: str
    estimate: object
    warm_up_rows: int | None = 200
    warm_up: dict = {}  # options that make the warm-up short


_ONE_EPOCH = {"epochs": 1}
# JAX compiles for each shape, so that only the shape to come warms it up.
_ONE_STEP = {"warm_up_rows": None, "warm_up": {"max_n_steps": 1, "test_every_n_steps": 1}}

PEERS = {
    "npeet-plus": Peer("npeet-plus", npeet_plus),
    "ennemi": Peer("ennemi", ennemi),
    "infomeasure": Peer("infomeasure", infomeasure),
    "latentmi": Peer("latentmi", partial(latentmi, "models.AECross"), warm_up=_ONE_EPOCH),
    "latentmi-infonce": Peer("latentmi", partial(latentmi, "models.AEInfoNCE"), warm_up=_ONE_EPOCH),
    "mrmr-selection": Peer("mrmr-selection", mrmr),
    "feature-engine": Peer("mrmr-selection", partial(feature_engine, "FCQ")),
    "feature-engine-miq": Peer("mrmr-selection", partial(feature_engine, "MIQ")),
    "bmi-mine": Peer("benchmark-mi", partial(bmi, "MINEEstimator"), **_ONE_STEP),
    "bmi-infonce": Peer("benchmark-mi", partial(bmi, "InfoNCEEstimator"), **_ONE_STEP),
    "bmi-nwj": Peer("benchmark-mi", partial(bmi, "NWJEstimator"), **_ONE_STEP),
}


def main():
    name, path = sys.argv[1:]
    data = np.load(path)
    X, Y = data["X"], data["Y"]
    options = {key: data[key] for key in data.files if key not in ("X", "Y")}
    _, estimate, rows, warm_up = PEERS[name]
    with contextlib.redirect_stdout(sys.stderr):  # some print how far they are, and standard output is for the answer
        estimate(X[:rows], Y[:rows], **warm_up)  # imports and compilation are not timed
        start, cpu = time.perf_counter(), time.process_time()
        found = estimate(X, Y, **options)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    answer = {"mi": float(found)} if np.ndim(found) == 0 else {"selected": [int(i) for i in found]}
    print(json.dumps(answer | {"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
