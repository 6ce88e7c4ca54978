"""The autoencoder and CompressedMI."""

import pickle
import tracemalloc
import warnings

import joblib
import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.cross_decomposition import CCA, PLSCanonical
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, RepeatedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi import (
    KSG,
    AutoencoderCompressor,
    CanonicalCompressor,
    CompressedMI,
    ContrastiveCompressor,
    GaussianMI,
    KozachenkoLeonenko,
)
from skmi.datasets import CorrelatedNormal, blob_images
from skmi.exceptions import InterruptedWarning, TrainingWarning

from ._common import FAST

# Networks of a few epochs warn that they have learned little.
pytestmark = [
    pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning"),
    pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning"),
]

ARCHITECTURES = {
    "dense": {},
    "dense on all columns": {"n_components": None},
    "dense, whitened": {"whiten": True, "n_components": 4},
    "convolutional": {"image_shape": (9, 7)},
    "convolutional, three channels": {"image_shape": (3, 7, 3)},
    "absolute error": {"loss": "mae"},
    "no noise": {"noise_std": 0.0},
}
every_architecture = pytest.mark.parametrize("parameters", ARCHITECTURES.values(), ids=ARCHITECTURES)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    factors = rng.uniform(size=(400, 2))
    grid = np.linspace(0, 1, 9)[:, None], np.linspace(0, 1, 7)
    return np.stack([np.exp(-10 * ((grid[0] - a) ** 2 + (grid[1] - b) ** 2)).ravel() for a, b in factors])


@every_architecture
def test_reconstruction_beats_the_mean_and_repeats_bit_for_bit(parameters, images):
    compressor = AutoencoderCompressor(2, max_epochs=60, batch_size=32, random_state=0, **parameters).fit(images)
    codes = compressor.transform(images)
    assert codes.shape == (400, 2)
    rows = compressor.inverse_transform(codes)
    assert rows.shape == images.shape
    assert np.mean((rows - images) ** 2) < 0.5 * np.mean(images.var(axis=0))
    np.testing.assert_array_equal(clone(compressor).fit_transform(images), codes)
    assert not np.array_equal(clone(compressor).set_params(random_state=1).fit_transform(images), codes)


@every_architecture
def test_a_worker_with_another_number_of_threads_gives_the_same_codes(parameters, images):
    compressor = AutoencoderCompressor(2, max_epochs=2, random_state=0, **parameters)
    n_threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        here = clone(compressor).fit_transform(images)
    finally:
        torch.set_num_threads(n_threads)
    there = joblib.Parallel(n_jobs=2)(joblib.delayed(clone(compressor).fit_transform)(images) for _ in range(2))
    np.testing.assert_array_equal(here, there[0])


def test_the_learning_curve_is_kept_and_the_best_weights_restored(images):
    compressor = AutoencoderCompressor(2, max_epochs=200, patience=5, learning_rate=0.3, random_state=0).fit(images)
    history = compressor.history_
    n_epochs = len(history["valid_loss"])
    assert n_epochs == len(history["train_loss"]) < 200
    best = compressor.net_.history[:, "valid_loss"].index(history["valid_loss"].min())
    assert best < n_epochs - 1  # so there was something to restore
    assert compressor.net_.callbacks_[[name for name, _ in compressor.net_.callbacks_].index("early_stopping")][
        1
    ].load_best


def test_pandas_output_and_feature_names(images):
    compressor = AutoencoderCompressor(3, max_epochs=1, random_state=0).set_output(transform="pandas")
    codes = compressor.fit_transform(images)
    assert list(codes.columns) == ["autoencodercompressor0", "autoencodercompressor1", "autoencodercompressor2"]


def test_pickle(images):
    compressor = AutoencoderCompressor(2, max_epochs=1, random_state=0).fit(images)
    content = pickle.dumps(compressor)
    np.testing.assert_array_equal(pickle.loads(content).transform(images), compressor.transform(images))
    # None of the rows goes with it, in single or in double precision.
    inputs = compressor._rotations["x"].inputs(images).numpy()
    assert not any(row.tobytes() in content for row in (*images, *inputs))


@pytest.mark.parametrize("compressor", [CanonicalCompressor(), ContrastiveCompressor(2, **FAST)], ids=str)
def test_the_second_side_keeps_its_columns(compressor):
    X, y = np.random.default_rng(0).standard_normal((2, 100, 5))
    fitted = clone(compressor).fit(X, y)
    with pytest.raises(ValueError, match="Expected y with 5 columns, as in fit, got 1"):
        fitted.transform(X, y[:, 0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted.transform(X, y[:50])
    narrow = clone(compressor).fit(X, y[:, 0])
    with pytest.raises(ValueError, match="NaN"):
        narrow.transform(X, np.full(100, np.nan))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_sizes": (0,)}, "above 0 in hidden_sizes"),
        ({"hidden_sizes": ("a",)}, "above 0 in hidden_sizes"),
        ({"image_shape": (9, 7), "channels": (2.5,)}, "above 0 in channels"),
        ({"image_shape": (9.0, 7)}, "image_shape"),
    ],
)
def test_impossible_networks(parameters, message, images):
    with pytest.raises(ValueError, match=message):
        AutoencoderCompressor(2, **parameters).fit(images)


@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
def test_integers_of_numpy_are_integers(schedule, images):
    settings = {"max_epochs": np.int64(2), "batch_size": np.int64(64), "patience": np.int64(5)}
    compressor = AutoencoderCompressor(2, schedule=schedule, random_state=0, **settings).fit(images)
    assert len(compressor.history_["valid_loss"]) == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("compressor", [AutoencoderCompressor(2), ContrastiveCompressor(2)], ids=str)
def test_on_a_graphics_card(compressor, tmp_path):
    X, y = CorrelatedNormal(2.0, 4, 4, mixing=0).sample(1000, random_state=0)
    fitted = clone(compressor).set_params(device="cuda", random_state=0).fit(X, y)
    assert next(fitted.net_.module_.parameters()).is_cuda
    codes = fitted.transform(X)
    fitted.save(tmp_path / "file")
    np.testing.assert_allclose(type(compressor).load(tmp_path / "file").transform(X), codes, atol=1e-6)


def test_progress_bar_only_when_asked(images, capsys):
    AutoencoderCompressor(2, max_epochs=2, random_state=0).fit(images)
    assert capsys.readouterr() == ("", "")
    AutoencoderCompressor(2, max_epochs=2, random_state=0, verbose=1).fit(images)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "autoencoder:" in shown.err


def test_codes_with_the_wrong_number_of_columns(images):
    compressor = AutoencoderCompressor(2, max_epochs=1, random_state=0).fit(images)
    with pytest.raises(ValueError, match="codes with 2 columns, got 3"):
        compressor.inverse_transform(np.zeros((5, 3)))


def test_training_that_diverges_raises_and_one_that_learns_nothing_warns(images):
    with pytest.raises(ValueError, match="Training diverged.*Lower learning_rate"):
        AutoencoderCompressor(2, max_epochs=5, learning_rate=1e30, random_state=0).fit(images)
    with pytest.warns(TrainingWarning, match="learned nothing in 1 epochs"):
        AutoencoderCompressor(2, max_epochs=1, learning_rate=1e-9, random_state=0).fit(images)


def test_fits_in_threads_repeat_too(images):
    compressor = AutoencoderCompressor(2, max_epochs=3, random_state=0)
    expected = clone(compressor).fit_transform(images)
    with joblib.parallel_config("threading", n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(clone(compressor).fit_transform)(images) for _ in range(3))
    for codes in found:
        np.testing.assert_array_equal(codes, expected)


def test_supervised_and_repeated_splits():
    X, y = load_wine(return_X_y=True)
    once = CompressedMI(x_compressor=LinearDiscriminantAnalysis(n_components=2), random_state=0).fit(X, y)
    assert 0.9 < once.mi_ < np.log(3)
    often = CompressedMI(x_compressor=PCA(2), cv=RepeatedKFold(n_splits=2, n_repeats=5, random_state=0)).fit(X, y)
    # A row counts once, however often it was estimated on: the error does not shrink with repetitions.
    assert len(often.pointwise_) == len(X)
    assert often.mi_ == pytest.approx(np.mean(often.pointwise_), abs=1e-12)


def test_unknown_device(images):
    with pytest.raises(RuntimeError, match="device"):
        AutoencoderCompressor(2, device="abacus").fit(images)


def test_pipeline_and_grid_search():
    X, y = blob_images(2.0, 8).sample(600, random_state=0)
    X, X_test, y, y_test = X[:400], X[400:], y[:400, ::9], y[400:, ::9]
    pipeline = make_pipeline(
        StandardScaler(), AutoencoderCompressor(latent_dim=4, max_epochs=5, random_state=0), KSG(marginals=None)
    )
    score = pipeline.fit(X, y).score(X_test, y_test)
    assert np.isfinite(score)
    assert score < np.log(200)
    grid = {"autoencodercompressor__latent_dim": [1, 2]}
    searches = [
        GridSearchCV(pipeline, grid, cv=KFold(3, shuffle=True, random_state=0), n_jobs=n_jobs).fit(X, y)
        for n_jobs in (1, 2)
    ]
    one, two = (search.cv_results_["mean_test_score"] for search in searches)
    # Training is the same to the last bit; the matrix products of the score are NumPy's, which round by threads.
    np.testing.assert_allclose(one, two, rtol=1e-12)
    assert len(set(one)) == 2
    assert searches[0].best_params_ == {"autoencodercompressor__latent_dim": 1 + int(np.argmax(one))}


def test_nested_parameters():
    estimator = CompressedMI(KSG(), x_compressor=AutoencoderCompressor(), y_compressor=PCA())
    estimator.set_params(estimator__n_neighbors=7, x_compressor__latent_dim=5, y_compressor__n_components=2)
    assert clone(estimator).get_params()["x_compressor__latent_dim"] == 5
    assert estimator.estimator.n_neighbors == 7


@pytest.mark.parametrize("compressor", [CCA(1), PLSCanonical(1)], ids=str)
def test_scikit_learns_paired_compressors_drop_in(compressor):
    X, y = CorrelatedNormal(1.0, 1, 1).sample(2000, random_state=0)
    noise = np.random.default_rng(0).standard_normal((2, 2000, 3))
    estimator = CompressedMI(compressor=compressor, random_state=0).fit(np.c_[X, noise[0]], np.c_[y, noise[1]])
    assert estimator.mi_ == pytest.approx(1.0, abs=0.1)
    assert estimator.log_density_ratio(np.c_[X, noise[0]][:4], np.c_[y, noise[1]][:9]).shape == (4, 9)


@pytest.mark.parametrize("cv", [2, 5, KFold(3), "in-sample"], ids=str)
def test_every_row_is_estimated_on_once(cv):
    X, y = CorrelatedNormal(1.0, 2, 2).sample(500, random_state=0)
    estimator = CompressedMI(compressor=PCA(2), cv=cv, random_state=0).fit(X, y)
    assert len(estimator.pointwise_) == 500
    assert estimator.mi_ == pytest.approx(1.0, abs=0.25)


def test_prefit_compressors_are_used_as_they_are():
    X, y = CorrelatedNormal(1.0, 2, 2).sample(500, random_state=0)
    compressor = PCA(1).fit(X)
    estimator = CompressedMI(compressor=compressor, cv="prefit").fit(X, y)
    assert estimator.mi_ == KSG().fit(compressor.transform(X), compressor.transform(y)).mi_
    with pytest.raises(NotFittedError):
        CompressedMI(compressor=PCA(1), cv="prefit").fit(X, y)


def test_folds_in_parallel_change_nothing():
    X, y = blob_images(2.0, 8).sample(300, random_state=0)
    estimator = CompressedMI(compressor=AutoencoderCompressor(2, max_epochs=3), random_state=0)
    np.testing.assert_array_equal(*(clone(estimator).set_params(n_jobs=n).fit(X, y).pointwise_ for n in (1, 2)))


def test_noise_with_more_columns_than_rows_gives_zero():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2, 200, 300))
    # Encoders that pick the most similar directions find information in the noise of their training rows only.
    held_out = CompressedMI(GaussianMI(), compressor=PLSCanonical(1), random_state=0).fit(X, y)
    assert abs(held_out.mi_) < 2 * held_out.standard_error_ + 0.02
    in_sample = CompressedMI(GaussianMI(), compressor=PLSCanonical(1), cv="in-sample").fit(X, y)
    assert in_sample.mi_ > 0.5


def test_labels_are_not_compressed_and_keep_their_shares_in_folds():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [150, 90, 60])
    X = (y == "a")[:, None] * 3.0 + rng.standard_normal((300, 5))
    estimator = CompressedMI(KozachenkoLeonenko(), compressor=PCA(1), random_state=0).fit(X, y)
    assert 0.3 < estimator.mi_ < 0.75  # a against the rest has log 2 = 0.69 at most
    assert all(part.discrete_target_.all() for part in estimator.estimators_)


def test_default_compressor_is_contrastive():
    _, y = blob_images(1.0, 8).sample(200, random_state=0)
    kinds = {"discrete_features": None, "discrete_target": np.zeros(y.shape[1], dtype=bool)}
    compression = CompressedMI(random_state=0)._compression(kinds, np.random.RandomState(0))
    assert isinstance(compression.paired, ContrastiveCompressor)


def test_linear_baseline_stands_beside_the_estimate():
    X, y = CorrelatedNormal(1.0, 2, 2).sample(2000, random_state=0)
    noise = np.random.default_rng(0).standard_normal((2, 2000, 5))
    X, y = np.hstack([X, noise[0]]), np.hstack([y, noise[1]])
    for cv in (2, "in-sample"):
        fitted = CompressedMI(compressor=PCA(2, random_state=0), cv=cv, random_state=0).fit(X, y)
        # Two canonical pairs of normal data keep everything; the standard error of KSG is 0.03.
        linear = fitted.linear_baseline(X, y)
        assert linear == pytest.approx(1.0, abs=0.12)
        assert fitted.mi_ < linear
        assert fitted.linear_baseline(X, y) == linear
    names = np.array(["a", "b"])[(y[:, 0] > 0).astype(int)]
    fitted = CompressedMI(compressor=PCA(2, random_state=0), random_state=0).fit(X, names)
    assert 0 < fitted.linear_baseline(X, names) < np.log(2)


def test_linear_baseline_of_smooth_images_stays_below_the_truth():
    X, y = blob_images(2.0).sample(1500, random_state=0)  # hundreds of components, nearly all of tiny variance
    fitted = CompressedMI(compressor=PCA(2, random_state=0), random_state=0).fit(X, y)
    assert 0.5 < fitted.linear_baseline(X, y) < 2.0


def test_a_network_of_ones_own(images):
    from torch import nn

    encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 7 * 5, 2))
    decoder = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 63), nn.Unflatten(1, (1, 9, 7)))
    weights = encoder[0].weight.detach().clone()
    compressor = AutoencoderCompressor(
        2, image_shape=(9, 7), encoder=encoder, decoder=decoder, max_epochs=80, batch_size=32, random_state=0
    )
    found = clone(compressor).fit(images)
    assert found.reconstruction_error(images) < 0.3
    assert torch.equal(encoder[0].weight, weights)  # a copy was trained
    with pytest.raises(ValueError, match="encoder to return shape \\(2, latent_dim=3\\).*got \\(2, 2\\)"):
        clone(compressor).set_params(latent_dim=3).fit(images)
    with pytest.raises(ValueError, match="decoder to return what the encoder takes"):
        clone(compressor).set_params(decoder=nn.Linear(2, 9)).fit(images)
    with pytest.raises(ValueError, match="encoder and decoder, or neither"):
        clone(compressor).set_params(decoder=None).fit(images)


def test_the_papers_autoencoder(images):
    compressor = AutoencoderCompressor.paper((9, 7), 2, max_epochs=2, random_state=0).fit(images)
    assert np.abs(compressor.transform(images)).max() < 1
    assert compressor.get_params()["loss"] == "mae"
    # A constant rate: of Adam, the first step is as long as the rate, whatever the gradient.
    assert compressor.net_.optimizer_.param_groups[0]["lr"] == 1e-3


def test_reconstruction_error_is_a_share_of_variance(images):
    compressor = AutoencoderCompressor(2, random_state=0).fit(images[:300])
    rows = images[300:]
    rebuilt = compressor.inverse_transform(compressor.transform(rows))
    expected = ((rows - rebuilt) ** 2).mean() / rows.var(axis=0).mean()
    assert compressor.reconstruction_error(rows) == pytest.approx(expected)
    with pytest.raises(ValueError, match="all alike"):
        compressor.reconstruction_error(rows[[0, 0]])


def test_training_that_ends_too_early_warns(images):
    with pytest.warns(TrainingWarning, match="still falling when training stopped after 4 epochs"):
        AutoencoderCompressor(
            2, max_epochs=4, schedule="constant", learning_rate=3e-3, batch_size=32, random_state=0
        ).fit(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrainingWarning)
        AutoencoderCompressor(2, random_state=0).fit(images)


class Interrupting(torch.nn.Linear):
    """Raises KeyboardInterrupt, as Ctrl-C does, at a given call."""

    calls, last = 0, 30

    def forward(self, inputs):
        Interrupting.calls += 1
        if Interrupting.calls == self.last:
            raise KeyboardInterrupt
        return super().forward(inputs)


def test_interruption_keeps_the_best_weights(images):
    Interrupting.calls = 0
    # One call a batch of 360 rows and one for the 40 validation rows, after one that checks shapes: 30 is in epoch 15.
    compressor = AutoencoderCompressor(
        2, encoder=Interrupting(63, 2), decoder=torch.nn.Linear(2, 63), batch_size=400, random_state=0
    )
    with pytest.warns(
        InterruptedWarning, match="interrupted in epoch 15.*best weights so far, of epoch [0-9]+, are kept"
    ):
        fitted = clone(compressor).fit(images)
    assert len(fitted.history_["valid_loss"]) == len(fitted.history_["train_loss"]) == 14
    assert np.isfinite(fitted.transform(images)).all()
    Interrupting.calls = Interrupting.last - 2  # within the first epoch there is nothing to keep
    with pytest.raises(KeyboardInterrupt):
        clone(compressor).fit(images)


class Hungry(torch.nn.Linear):
    """Raises the error of a full graphics card, in training."""

    def forward(self, inputs):
        if self.training:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return super().forward(inputs)


def test_running_out_of_memory_says_what_to_lower(images):
    compressor = AutoencoderCompressor(2, encoder=Hungry(63, 2), decoder=torch.nn.Linear(2, 63), random_state=0)
    with pytest.raises(torch.OutOfMemoryError, match="Lower batch_size \\(now 256\\)"):
        compressor.fit(images)


@pytest.mark.parametrize("parameters", [{"image_shape": (28, 28), "channels": (2,)}, {}], ids=["pixels", "components"])
def test_rows_on_disk_are_not_copied_whole(parameters, tmp_path):
    rng = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", mode="w+", dtype=np.uint8, shape=(30_000, 784))
    for start in range(0, len(rows), 1000):
        rows[start : start + 1000] = rng.integers(256, size=(1000, 784))
    compressor = AutoencoderCompressor(
        2, max_epochs=1, batch_size=2000, hidden_sizes=(8,), random_state=0, **parameters
    )
    tracemalloc.start()
    try:
        codes = clone(compressor).fit(rows).transform(rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # NumPy's share: in double precision the rows are 188 MB. The 7840 rows that mean and spread are learned from take
    # 49, three times while they are centred and squared. Torch's tensors are not seen.
    assert peak < 160e6
    np.testing.assert_array_equal(codes, clone(compressor).fit(np.array(rows)).transform(rows))


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, bool])
def test_kinds_of_numbers(dtype, images):
    rows = (images > 0.5) if dtype is bool else (100 * images).astype(dtype)
    compressor = AutoencoderCompressor(2, max_epochs=2, random_state=0)
    found, expected = (clone(compressor).fit_transform(kind) for kind in (rows, rows.astype(np.float64)))
    np.testing.assert_allclose(found, expected, atol=1e-6)


class CountingPCA(PCA):
    """Counts how often any of its kind is fitted."""

    fits = 0

    def fit(self, X, y=None):
        CountingPCA.fits += 1
        return super().fit(X)


def test_a_cache_fits_the_same_compressor_on_the_same_rows_once(tmp_path):
    X, y = CorrelatedNormal(1.0, 3, 1).sample(300, random_state=0)
    estimator = CompressedMI(KSG(), compressor=CountingPCA(1, random_state=0), memory=str(tmp_path), random_state=0)
    CountingPCA.fits = 0
    first = clone(estimator).fit(X, y[:, 0]).mi_
    assert CountingPCA.fits == 2
    assert clone(estimator).set_params(estimator=GaussianMI()).fit(X, y[:, 0]).mi_ != first
    assert clone(estimator).fit(X, y[:, 0]).mi_ == first == clone(estimator).set_params(memory=None).fit(X, y[:, 0]).mi_
    assert CountingPCA.fits == 4  # two of them without a cache
    clone(estimator).fit(X + 1.0, y[:, 0])
    assert CountingPCA.fits == 6


def test_groups_stay_together():
    X, y = CorrelatedNormal(1.0, 2, 1).sample(300, random_state=0)
    groups = np.repeat(np.arange(30), 10)
    for cv in (2, GroupKFold(3)):
        estimator = CompressedMI(KSG(), compressor=PCA(1, random_state=0), cv=cv, random_state=0).fit(
            X, y, groups=groups
        )
        assert len(estimator.estimators_) == (2 if cv == 2 else 3)
        state = np.random.RandomState(0)
        for train, test in estimator._folds(X, y, None, groups, state):
            assert not set(groups[train]) & set(groups[test])
        assert np.isfinite(estimator.linear_baseline(X, y, groups=groups))
    with pytest.raises(ValueError, match="groups"):
        CompressedMI(KSG(), compressor=PCA(1), cv=GroupKFold(3)).fit(X, y)
    with pytest.raises(ValueError, match="at least one fold"):
        CompressedMI(KSG(), compressor=PCA(1), cv=[]).fit(X, y)


def test_groups_are_routed():
    X, y = CorrelatedNormal(1.0, 2, 1).sample(300, random_state=0)
    groups = np.repeat(np.arange(30), 10)
    inner = CompressedMI(KSG(), compressor=PCA(1, random_state=0), cv=GroupKFold(2), random_state=0)
    with config_context(enable_metadata_routing=True):
        model = inner.set_fit_request(groups=True)
        values = cross_validate(model, X, y, cv=GroupKFold(3), params={"groups": groups})["test_score"]
    assert np.isfinite(values).all()


def test_a_default_can_be_searched():
    X, y = CorrelatedNormal(1.0, 3, 3).sample(200, random_state=0)
    estimator = CompressedMI(random_state=0).set_params(compressor__latent_dim=1, compressor__max_epochs=2)
    assert isinstance(estimator.compressor, ContrastiveCompressor)
    assert estimator.compressor.latent_dim == 1
    assert CompressedMI().set_params(estimator__n_neighbors=5).estimator.n_neighbors == 5
    search = GridSearchCV(
        CompressedMI(random_state=0),
        {"compressor__latent_dim": [1, 2], "compressor__max_epochs": [2], "compressor__hidden_sizes": [(8,)]},
        cv=KFold(2),
    )
    with pytest.warns(TrainingWarning):
        search.fit(X, y)
    assert search.best_params_["compressor__latent_dim"] in (1, 2)
