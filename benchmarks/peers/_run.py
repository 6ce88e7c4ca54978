"""Runs one peer's nearest-neighbour estimator on a file of data; executed by the Python of the peer's environment."""

import json
import sys
import time

import numpy as np


def npeet_plus(X, Y):
    from npeet_plus import mi

    return mi(X, Y, k=3, base=np.e)


def ennemi(X, Y):
    from ennemi import estimate_mi

    return estimate_mi(Y[:, 0], X[:, 0], k=3, preprocess=False, max_threads=1).item()  # one column a side only


def infomeasure(X, Y):
    from infomeasure import mutual_information

    return mutual_information(X, Y, approach="metric", k=3, base="e")


def main():
    peer, path = sys.argv[1:]
    data = np.load(path)
    X, Y = data["X"], data["Y"]
    estimate = {"npeet-plus": npeet_plus, "ennemi": ennemi, "infomeasure": infomeasure}[peer]
    estimate(X[:200], Y[:200])  # imports and compilation are not timed
    start = time.perf_counter()
    mi = float(estimate(X, Y))
    print(json.dumps({"mi": mi, "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
