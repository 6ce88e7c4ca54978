"""Checks without known truth, on estimators that have or break the properties."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skmi import KSG, GaussianMI
from skmi.datasets import CorrelatedNormal, SmoothedUniform
from skmi.validation import check_mi_estimator

X, Y = CorrelatedNormal(1.0, 2, 2, mixing=0).sample(2400, random_state=0)


class Broken(BaseEstimator):
    """The linear estimate, spoilt in one way."""

    def __init__(self, how="none"):
        self.how = how

    def fit(self, X, y):
        mi = GaussianMI().fit(X, y).mi_
        self.mi_ = {
            "none": lambda: mi,
            "constant": lambda: 1.0,
            "asymmetric": lambda: mi + 0.3 * X[:, 0].std(),
            "unscaled": lambda: mi + 0.2 * np.log(X.std(axis=0)).sum(),
            "counts columns": lambda: mi + 0.2 * X.shape[1],
            "grows": lambda: mi + len(X) / 400,
            "folded": lambda: mi + 3.0 * abs(X[:, 0].mean()),
        }[self.how]()
        return self


def failing(report):
    return {check.name for check in report.checks if not check.holds}


def test_the_linear_estimate_holds_on_normal_data():
    report = check_mi_estimator(GaussianMI(), X, Y)
    assert report.holds
    assert report.mi == pytest.approx(1.0, abs=0.1)
    assert (report.n_samples, report.n_parts) == (600, 4)


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("none", set()),
        ("constant", {"independence", "additivity"}),
        ("unscaled", {"units"}),
        ("counts columns", {"independence", "data processing, added"}),
        ("grows", {"independence", "more data"}),
        ("folded", {"data processing, folded"}),
    ],
)
def test_each_broken_property_is_found(how, names):
    assert failing(check_mi_estimator(Broken(how), X, Y)) >= names
    assert bool(names) == bool(failing(check_mi_estimator(Broken(how), X, Y)))


def test_asymmetry_is_found():
    assert "symmetry" in failing(check_mi_estimator(Broken("asymmetric"), X, Y[:, :1] * 3))


def test_an_estimator_that_raises_is_reported():
    class Narrow(GaussianMI):
        def fit(self, X, y):
            if X.shape[1] > 2:
                raise ValueError("at most two columns")
            return super().fit(X, y)

    report = check_mi_estimator(Narrow(), X, Y)
    assert failing(report) == {"data processing, added", "additivity"}
    assert "FAILS  additivity" in repr(report)
    assert "ValueError: at most two columns" in repr(report)


def test_ksg_holds_on_sharp_edges():
    report = check_mi_estimator(KSG(), *SmoothedUniform(1.0).sample(4000, random_state=0))
    assert failing(report) <= {"additivity"}
    assert len(report.to_frame()) == len(report.checks) == 8


def test_the_same_call_gives_the_same_report():
    assert check_mi_estimator(KSG(), X, Y) == check_mi_estimator(KSG(), X, Y)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X,), {}, "got only one"),
        ((X, Y[:-1]), {}, "inconsistent numbers of samples"),
        ((X[:100], Y[:100]), {}, "at least 40 rows per part"),
        ((X, Y), {"n_parts": 1}, "n_parts >= 2"),
        ((X, Y), {"tolerance": np.nan}, "finite tolerance >= 0"),
        ((np.full_like(X, np.nan), Y), {}, "NaN"),
    ],
)
def test_impossible_arguments_raise(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        check_mi_estimator(GaussianMI(), *arguments, **options)
