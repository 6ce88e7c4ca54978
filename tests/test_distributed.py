"""The same calls on a Dask cluster: the same numbers, and nothing lost with a worker that dies."""

import os
import signal
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, KFold

from skmi import KSG, CompressedMI, GaussianMI
from skmi._parallel import Workers
from skmi.datasets import CorrelatedNormal
from skmi.feature_selection import MutualInfoSelector, mi_matrix, mi_scores
from skmi.information_plane import GaussianNoise, InformationPlaneRecorder, information_plane
from skmi.uncertainty import mi_interval, mi_permutation_test
from skmi.validation import validate

dask = pytest.importorskip("dask", reason="needs the extra skmi[distributed]")
distributed = pytest.importorskip("distributed", reason="needs the extra skmi[distributed]")

FACTORS, Y = CorrelatedNormal(mi=0.5, n_features_x=2, n_features_y=1).sample(400, random_state=0)
X, Y = np.hstack([FACTORS, 0.5 * FACTORS]) + 0.01 * np.random.default_rng(0).standard_normal((400, 4)), Y[:, 0]


def two_workers():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster),
    ):
        yield


cluster = pytest.fixture(scope="module")(two_workers)
own_cluster = pytest.fixture()(two_workers)  # for tests that kill a worker, which may not be back for the next


@pytest.fixture
def cluster_that_keeps_copies():
    """Workers that do not drop copies of what another one has."""
    with dask.config.set({"distributed.scheduler.active-memory-manager.start": False}):
        yield from two_workers()


def die_once(marker):
    """Kill the worker that calls this, the first time."""
    try:
        distributed.get_worker()
    except ValueError:
        return
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal(BaseEstimator):
    """A Gaussian estimate whose first fit on a cluster kills its worker."""

    def __init__(self, marker, scale=1.0):
        self.marker = marker
        self.scale = scale

    def fit(self, X, y):
        die_once(self.marker)
        self.model_ = GaussianMI().fit(X * self.scale, y)
        self.mi_ = self.model_.mi_
        return self

    def score(self, X, y):
        return self.model_.score(X * self.scale, y)


def scores():
    return mi_scores(X, Y, pvalues=True, random_state=0).to_frame()[["mi", "pvalue"]]


def matrix():
    return mi_matrix(X).mi


def selection():
    return MutualInfoSelector(random_state=0).fit(X, Y).gains_


def permutations():
    return mi_permutation_test(KSG(), X, Y, n_permutations=19, random_state=0).null


def interval():
    return mi_interval(KSG(), X, Y, random_state=0).low


def compressed():
    return CompressedMI(KSG(), compressor=PCA(2), random_state=0).fit(X, Y).mi_


def search():
    model = CompressedMI(KSG(), compressor=PCA(2), random_state=0)
    return GridSearchCV(model, {"compressor__n_components": [2, 3]}, cv=2).fit(X, Y).cv_results_["mean_test_score"]


def cells():
    return validate(GaussianMI(), "1x1-normal", n_samples=200, seeds=3).to_frame()["estimate"]


def plane():
    net = torch.nn.Sequential(torch.nn.Linear(4, 2), GaussianNoise(0.5))
    with torch.no_grad():
        net[0].weight.fill_(0.3)
    recorder = InformationPlaneRecorder(X.astype(np.float32), Y > 0, n_noise_draws=0).record(net, epoch=1)
    return information_plane(recorder.recording_).points[0].mi_xl


@pytest.mark.parametrize(
    "call",
    [scores, matrix, selection, permutations, interval, compressed, search, cells, plane],
    ids=lambda f: f.__name__,
)
def test_a_cluster_gives_the_same_numbers(cluster, call):
    alone = call()
    with joblib.parallel_config(backend="dask"):
        np.testing.assert_array_equal(call(), alone)


def multiplied(shared, marker, number):
    if number == 0:
        die_once(marker)
    return float(shared.sum()) * number


@pytest.mark.parametrize("ordered", [True, False])
def test_nothing_is_lost_with_a_worker_that_dies(own_cluster, tmp_path, ordered):
    # One of the two, with what it held. (That both come back is up to Dask, which may take minutes.)
    with joblib.parallel_config(backend="dask"):
        workers = Workers(np.ones(1000), tmp_path / "died", n_jobs=None)
        found = list(workers.run(multiplied, [(i,) for i in range(6)], ordered=ordered))
    assert sorted(found) == [1000.0 * i for i in range(6)]
    assert not ordered or found == sorted(found)
    assert (tmp_path / "died").exists()


def test_validation_goes_on_without_a_worker(own_cluster, tmp_path):
    with joblib.parallel_config(backend="dask"):
        result = validate(Mortal(str(tmp_path / "died")), "1x1-normal", n_samples=200, seeds=4)
    assert (tmp_path / "died").exists()
    assert result.complete
    expected = validate(GaussianMI(), "1x1-normal", n_samples=200, seeds=4).to_frame()["estimate"]
    np.testing.assert_allclose(result.to_frame()["estimate"], expected)


def test_a_search_goes_on_without_a_worker(cluster_that_keeps_copies, tmp_path):
    folds = list(KFold(3).split(X))
    search = GridSearchCV(Mortal(str(tmp_path / "died")), {"scale": [1.0, 2.0]}, cv=folds)
    # Named, so that each worker has a copy: rows and folds that lie on one worker are lost with it.
    with joblib.parallel_config(backend="dask", scatter=[X, Y, *(rows for fold in folds for rows in fold)]):
        found = search.fit(X, Y).cv_results_["mean_test_score"]
    assert (tmp_path / "died").exists()
    np.testing.assert_allclose(found, search.fit(X, Y).cv_results_["mean_test_score"])


def test_shared_objects_are_sent_once(cluster):
    with joblib.parallel_config(backend="dask"):
        workers = Workers(Counted(), n_jobs=None)
        for _ in range(2):
            assert len(list(workers.run(Counted.pid, [()] * 20))) == 20
    assert Counted.n_pickled <= 2  # to measure and to send


class Counted:
    """Counts how often it is sent."""

    n_pickled = 0

    def pid(self):
        return os.getpid()

    def __reduce__(self):
        Counted.n_pickled += 1
        return Counted, ()
