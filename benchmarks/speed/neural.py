"""Seconds an epoch of what trains through skorch against a plain torch loop with the same network, on one thread.

The loop draws the same batches in random order, takes the same steps of AdamW under the one-cycle schedule, with
gradients cut to length 1 for the critic, evaluates the same validation rows and keeps the best weights. An epoch is the
difference between a fit of many and a fit of one, so that what is done once is left out; the two take turns.

Run: python benchmarks/speed/neural.py --csv docs/results/training_speed.csv
"""

import sys
import warnings
from copy import deepcopy
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed

from skmi import MINE, AutoencoderCompressor
from skmi._networks import Autoencoder, Rotation, dense, reproducible
from skmi.datasets import CorrelatedNormal
from skmi.estimators._critics import Critic, Objective

_CPU = torch.device("cpu")


def plain_loop(module, criterion, training, validation, max_epochs, learning_rate, max_norm=None, batch_size=256):
    """Train on tuples of tensors: the module's inputs, and last what the criterion compares its output with."""
    n_samples = len(training[0])
    optimizer = torch.optim.AdamW(module.parameters(), lr=learning_rate)
    n_steps = max_epochs * (n_samples // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=learning_rate, total_steps=n_steps)
    lowest, best = np.inf, None
    for _ in range(max_epochs):
        module.train()
        criterion.train()
        for batch in torch.randperm(n_samples).split(batch_size):
            if len(batch) < batch_size:
                continue
            *inputs, target = (part[batch] for part in training)
            optimizer.zero_grad()
            loss = criterion(module(*inputs), target)
            loss.backward()
            if max_norm is not None:
                torch.nn.utils.clip_grad_norm_(module.parameters(), max_norm)
            optimizer.step()
            schedule.step()
            loss.item()  # for the curve
        module.eval()
        criterion.eval()
        with torch.no_grad():
            loss = criterion(module(*validation[:-1]), validation[-1]).item()
        if loss < lowest:
            lowest, best = loss, deepcopy(module.state_dict())
    module.load_state_dict(best)
    return module


def critic_by_loop(X, y, max_epochs):
    """Train the critic of MINE with its defaults, on as many rows as it does."""
    n_valid, n_test = round(0.15 * len(X)), round(0.3 * len(X))
    with reproducible(0, _CPU):
        x, y = (Rotation(A[n_valid + n_test :], None, True).inputs(A) for A in (X, y))
        critic = Critic("separable", (x.shape[1], y.shape[1]), (128, 128), (None, None), (16, 32))
        parts = ((x[rows], y[rows], x[rows, 0]) for rows in (slice(n_valid + n_test, None), slice(n_valid)))
        plain_loop(critic, Objective("mine", "donsker_varadhan", np.inf), *parts, max_epochs, 1e-3, max_norm=1.0)


def autoencoder_by_loop(X, y, max_epochs):
    """Train the dense autoencoder with the compressor's defaults, on as many rows as it does."""
    n_valid = round(0.1 * len(X))
    with reproducible(0, _CPU):
        x = Rotation(X, 32, False).inputs(X)
        encoder, decoder = dense(x.shape[1], 2, (128, 128)), dense(2, x.shape[1], (128, 128))
        module = Autoencoder(encoder, decoder, 2, 0.1, "linear")
        parts = ((x[rows], x[rows]) for rows in (slice(n_valid, None), slice(n_valid)))
        plain_loop(module, torch.nn.MSELoss(), *parts, max_epochs, 0.01)


def by_fit(estimator, X, y, max_epochs):
    """Fit the estimator; patience is never short."""
    estimator.set_params(max_epochs=max_epochs, patience=max_epochs, device="cpu", random_state=0).fit(X, y)


def run(quick):
    warnings.simplefilter("ignore")
    n_epochs, repeat = (5, 2) if quick else (20, 3)
    rows = []
    for estimator, loop in ((MINE(), critic_by_loop), (AutoencoderCompressor(), autoencoder_by_loop)):
        for n_columns in (20,) if quick else (20, 784):
            X, y = CorrelatedNormal(2.0, n_columns, n_columns).sample(10_000, random_state=0)
            ways = {"fit": partial(by_fit, estimator), "loop": loop}
            seconds = {(way, length): np.inf for way in ways for length in (1, 1 + n_epochs)}
            for _ in range(repeat):
                for way, length in seconds:
                    seconds[way, length] = min(seconds[way, length], timed(ways[way], X, y, length)[1])
            fit, by_loop = ((seconds[way, 1 + n_epochs] - seconds[way, 1]) / n_epochs for way in ways)
            rows.append(
                {
                    "trained": type(estimator).__name__,
                    "rows": len(X),
                    "columns": n_columns,
                    "fit, s an epoch": fit,
                    "loop, s an epoch": by_loop,
                    "ratio": fit / by_loop,
                }
            )
    return rows


if __name__ == "__main__":
    main(run, __doc__)
