"""Critics, their losses, and the estimators that train them."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits

from skmi import MINE, NWJ, SMILE, InfoNCE, JensenShannonMI, bounds
from skmi.datasets import CorrelatedNormal
from skmi.estimators._critics import BothSides, Critic, Objective, bound_of
from skmi.exceptions import RepeatedRowsWarning, SaturationWarning, TrainingWarning

ALL = [MINE, NWJ, InfoNCE, SMILE, JensenShannonMI]
every_estimator = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
quiet = pytest.mark.filterwarnings("ignore::skmi.exceptions.TrainingWarning")
FAST = {"max_epochs": 8, "hidden_sizes": (16,), "learning_rate": 0.02, "batch_size": 32, "random_state": 0}


def split(T):
    """Return diagonal and off-diagonal of a matrix as the losses take them."""
    T = torch.as_tensor(T)
    return T.diagonal(), T[~torch.eye(len(T), dtype=torch.bool)].reshape(len(T), -1)


@pytest.mark.parametrize("name", ["donsker_varadhan", "nwj", "info_nce", "smile"])
def test_losses_are_the_bounds_of_the_matrix(name):
    T = 3 * np.random.default_rng(0).standard_normal((7, 7))
    assert float(bound_of(name, *split(T))) == pytest.approx(getattr(bounds, name)(T), abs=1e-6)


def test_the_gradient_of_mine_divides_by_the_moving_average():
    objective = Objective("mine", "donsker_varadhan", np.inf)
    first, second = np.random.default_rng(0).standard_normal((2, 5, 5))
    objective(split(first))
    T = torch.tensor(second, requires_grad=True)
    loss = objective(split_with_gradient(T))
    loss.backward()
    apart = ~np.eye(5, dtype=bool)
    average = 0.99 * np.exp(first[apart]).mean() + 0.01 * np.exp(second[apart]).mean()
    # d/dT of mean(T_ii) is 1/5 on the diagonal, and that of mean(exp T_ij) / average the rest, with the sign of a loss.
    expected = np.where(apart, np.exp(second) / 20 / average, -1 / 5)
    np.testing.assert_allclose(T.grad, expected, rtol=1e-5)
    assert loss.item() == pytest.approx(-bounds.donsker_varadhan(second), abs=1e-6)


def split_with_gradient(T):
    return T.diagonal(), T[~torch.eye(len(T), dtype=torch.bool)].reshape(len(T), -1)


def test_the_gradient_of_smile_is_that_of_a_classifier():
    T = torch.tensor(np.random.default_rng(0).standard_normal((5, 5)), requires_grad=True)
    loss = Objective("jensen_shannon", "smile", 5.0)(split_with_gradient(T))
    loss.backward()
    apart = ~np.eye(5, dtype=bool)
    sigmoid = 1 / (1 + np.exp(-T.detach().numpy()))
    np.testing.assert_allclose(T.grad, np.where(apart, sigmoid / 20, -(1 - sigmoid) / 5), rtol=1e-6)
    assert loss.item() == pytest.approx(-bounds.smile(T.detach().numpy()), abs=1e-6)


@pytest.mark.parametrize("kind", ["joint", "separable", "bilinear"])
def test_pairs_and_partners_are_entries_of_the_matrix(kind):
    torch.manual_seed(0)
    critic = Critic(kind, (3, 2), (8,), (None, None), ()).double().eval()
    critic.highest.fill_(np.inf)
    x, y = torch.randn(6, 3).double(), torch.randn(6, 2).double()
    T = critic.matrix(x, y)
    pairs, apart = critic(x, y)
    torch.testing.assert_close(pairs, T.diagonal())
    for i in range(6):
        others = torch.cat([T[i, :i], T[i, i + 1 :]])
        torch.testing.assert_close(apart[i].sort().values, others.sort().values)


def test_values_of_new_rows_stay_below_those_of_training():
    X, y = CorrelatedNormal(1.0).sample(2000, random_state=0)
    model = MINE(max_epochs=30, random_state=0).fit(X, y)
    far = model.log_density_ratio(np.array([[1e3]]), np.array([[1e3]]))
    assert far <= float(model.net_.module_.highest) < 12


# Little information needs a small network and few epochs only; tests of the defaults take longer.
SMALL = {"hidden_sizes": (64, 64), "batch_size": 512, "learning_rate": 3e-3, "max_epochs": 40, "patience": 20}


@pytest.mark.parametrize(
    ("kind", "mi", "options"),
    [
        *[pytest.param(kind, 0.4, SMALL, id=f"{kind.__name__}-0.4-small") for kind in ALL],
        *[pytest.param(kind, 1.96, {}, id=f"{kind.__name__}-1.96") for kind in (InfoNCE, MINE)],
        *[pytest.param(kind, 0.4, {}, marks=pytest.mark.long, id=f"{kind.__name__}-0.4") for kind in ALL],
        *[
            pytest.param(kind, 1.96, {}, marks=pytest.mark.long, id=f"{kind.__name__}-1.96")
            for kind in (NWJ, SMILE, JensenShannonMI)
        ],
    ],
)
@pytest.mark.slow
def test_known_information(kind, mi, options):
    X, y = CorrelatedNormal(mi).sample(10_000, random_state=0)
    model = kind(**options, random_state=0).fit(X, y)
    # The standard error of 3000 test rows is 0.013 and 0.016.
    assert model.mi_ == pytest.approx(mi, abs=0.05)


@every_estimator
def test_independent_data_give_zero(kind):
    X, y = np.random.default_rng(0).standard_normal((2, 6000, 3))
    model = kind(hidden_sizes=(32,), max_epochs=30, random_state=1).fit(X, y)
    assert abs(model.mi_) < 2 * model.standard_error_ + 1e-3


def test_standard_error_is_the_spread_over_repetitions():
    pair = CorrelatedNormal(1.0)
    model = MINE(hidden_sizes=(32,), random_state=0).fit(*pair.sample(4000, random_state=0))
    parts = [pair.sample(500, random_state=seed) for seed in range(1, 41)]
    values = [bounds.pointwise("donsker_varadhan", model.log_density_ratio(*part)) for part in parts]
    spread = np.std([value.mean() for value in values], ddof=1)
    stated = np.mean([np.std(value, ddof=1) / np.sqrt(500) for value in values])
    assert stated == pytest.approx(spread, rel=0.3)  # the relative error of a spread of 40 repetitions is 11 %


@quiet
@every_estimator
def test_parts_are_disjoint_and_seeds_repeat(kind):
    X, y = CorrelatedNormal(1.0, 2, 2).sample(400, random_state=0)
    model = kind(**FAST)
    parts = model._parts(400, np.random.RandomState(0))
    assert [len(rows) for rows in parts] == [220, 60, 120]
    assert len(np.unique(np.concatenate(parts))) == 400
    first, second = (clone(model).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.pointwise_, second.pointwise_)
    assert first.mi_ != clone(model).set_params(random_state=1).fit(X, y).mi_
    # The estimate is the bound on the test rows.
    T = first.log_density_ratio(X[parts[2]], y[parts[2]])
    bound, options = first._reported
    assert first.mi_ == pytest.approx(bounds.pointwise(bound, T, **options).mean(), abs=1e-9)


def test_bound_is_too_high_on_training_rows_only():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((600, 20)), rng.standard_normal((600, 20))
    model = MINE(patience=100, random_state=0)
    with pytest.warns(TrainingWarning, match=r"held-out MI fell from its highest.*overfits.*pass more rows"):
        model.fit(X, y)
    assert model.history_["train_mi"].max() > 0.5
    assert model.mi_ < 0.05
    assert len(model.history_["train_mi"]) == len(model.history_["valid_mi"])


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
def test_training_that_ends_too_early_warns():
    X, y = CorrelatedNormal(2.0, 3, 3).sample(2000, random_state=0)
    with pytest.warns(TrainingWarning, match="held-out MI was still rising when training stopped after 3 epochs"):
        InfoNCE(max_epochs=3, learning_rate=1e-4, random_state=0).fit(X, y)


@pytest.mark.filterwarnings("ignore::skmi.exceptions.LowEstimateWarning")
@quiet
def test_info_nce_warns_near_the_cap_of_few_partners():
    X, y = CorrelatedNormal(4.0, 2, 2).sample(2000, random_state=0)
    with pytest.warns(SaturationWarning, match=r'near the cap log\(5\) = 1.61.*critic="separable"'):
        InfoNCE("joint", max_epochs=20, random_state=0).fit(X, y)


@quiet
def test_info_nce_warns_near_the_cap_of_small_batches():
    X, y = CorrelatedNormal(4.0, 2, 2).sample(4000, random_state=0)
    with pytest.warns(SaturationWarning, match=r"near the cap log\(batch_size\) = 2.08.*Raise batch_size"):
        InfoNCE(batch_size=8, max_epochs=20, random_state=0).fit(X, y)


@pytest.mark.parametrize("model", [InfoNCE(), MINE("joint")], ids=str)
@quiet
def test_images_predict_labels(model):
    images, label = load_digits(return_X_y=True)
    settings = {"image_shape": (8, 8), "channels": (8, 16), "max_epochs": 20, "batch_size": 64, "random_state": 0}
    fitted = clone(model).set_params(**settings).fit(images, label)
    # Nearly all digits can be distinguished, which is 2.3 nats; 990 training rows give a little less.
    assert 1.7 < fitted.mi_ < np.log(10) + 0.05
    assert fitted.classes_.tolist() == list(range(10))
    with pytest.raises(ValueError, match=r"image_shape \(height, width\).*64 pixels"):
        clone(model).set_params(image_shape=(8, 9), max_epochs=1).fit(images, label)


@quiet
@pytest.mark.filterwarnings("ignore::skmi.exceptions.UnreliableEstimateWarning")  # which the raw columns deserve
def test_normal_scores_serve_heavy_tails():
    X, y = CorrelatedNormal(1.0).sample(3000, random_state=0)
    raw, scored = (
        MINE(marginals=kind, hidden_sizes=(32,), random_state=0).fit(X**5, y**5).mi_
        for kind in ("standardize", "normal")
    )
    assert raw < scored
    assert scored == pytest.approx(1.0, abs=0.12)  # three standard errors of 900 test rows


@quiet
def test_validation_rows_may_just_exceed_one_batch():
    X, y = CorrelatedNormal(1.0).sample(27_313, random_state=0)  # of which 4097 are validation rows
    for critic in ("separable", "joint"):
        assert MINE(critic, max_epochs=1, hidden_sizes=(8,), test_fraction=0.01, random_state=0).fit(X, y).mi_ < 1.1


@pytest.mark.filterwarnings("ignore::skmi.exceptions.UnreliableEstimateWarning")  # few epochs
def test_training_that_diverges_late_keeps_the_best_weights(monkeypatch):
    X, y = CorrelatedNormal(1.0).sample(1000, random_state=0)
    model = NWJ(max_epochs=8, hidden_sizes=(8,), random_state=0)
    epochs, original = iter(range(1000)), Objective.forward

    def forward(self, output, target=None):
        if not self.training and next(epochs) >= 5:
            return torch.tensor(torch.nan)
        return original(self, output, target)

    monkeypatch.setattr(Objective, "forward", forward)
    with pytest.warns(TrainingWarning, match="diverged.*at epoch 6.*are kept"):
        model.fit(X, y)
    assert np.isfinite(model.mi_)


@quiet
def test_copies_of_rows_warn():
    X, y = CorrelatedNormal(0.5).sample(200, random_state=0)
    with pytest.warns(RepeatedRowsWarning, match="occur more than once"):
        MINE(**FAST).fit(np.tile(X, (3, 1)), np.tile(y, (3, 1)))


def test_too_few_rows_for_training_raise():
    X, y = CorrelatedNormal(1.0).sample(50, random_state=0)
    with pytest.raises(ValueError, match="at least 8 rows to train, validate and test on, got n_samples=5"):
        MINE().fit(X[:5], y[:5])
    with pytest.raises(ValueError, match="leave at least 4 of 50 rows for training"):
        MINE(validation_fraction=0.5, test_fraction=0.5).fit(X, y)


def test_batches_are_indexed_at_once():
    data = BothSides(torch.arange(6.0).reshape(3, 2), torch.zeros(3, 1))
    inputs, _ = data.__getitems__([2, 0])
    assert inputs["x"].tolist() == [[4.0, 5.0], [0.0, 1.0]]
