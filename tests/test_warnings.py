"""Warnings point at the user's line, reach it from workers, and leave the process's filters alone."""

import ast
import inspect
import pathlib
import subprocess
import sys
import textwrap
import threading
import warnings

import joblib
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

import skmi
from skmi import (
    KSG,
    MINE,
    AutoencoderCompressor,
    CompressedMI,
    ContrastiveCompressor,
    GaussianMI,
    KernelDensityMI,
    KozachenkoLeonenko,
)
from skmi.datasets import CorrelatedNormal
from skmi.exceptions import InterruptedWarning, SkmiWarning, issue, keeping_warnings, kept_warnings, warn
from skmi.feature_selection import mi_scores, mutual_info
from skmi.validation import validate

ROOT = pathlib.Path(skmi.__file__).parent
X, Y = CorrelatedNormal(1.0).sample(400, random_state=0)
FEW = {"max_epochs": 2, "hidden_sizes": (8,), "random_state": 0}


def repeated():
    return np.tile(X[:100], (4, 1)), np.tile(Y[:100], (4, 1))


CALLS = {
    "constant column": lambda: KSG().fit(np.c_[X, np.ones(400)], Y),
    "infinite": lambda: KSG().fit(X, X),
    "repeated rows": lambda: KSG().fit(*repeated()),
    "repeated rows, KL": lambda: KozachenkoLeonenko().fit(np.r_[X, X], np.r_[Y, Y]),
    "many columns, KDE": lambda: KernelDensityMI().fit(np.random.default_rng(0).normal(size=(400, 12)), Y),
    "few rows, Gaussian": lambda: GaussianMI().fit(np.random.default_rng(0).normal(size=(30, 20)), Y[:30]),
    "in a Pipeline": lambda: make_pipeline(PCA(1), KSG()).fit(X, X),
    "in a search": lambda: GridSearchCV(KSG(), {"n_neighbors": [3]}, cv=KFold(2)).fit(X, X),
    "compressed": lambda: CompressedMI(KSG(), compressor=PCA(1), random_state=0).fit(X, X),
    "compressed, in workers": lambda: CompressedMI(KSG(), compressor=PCA(1), random_state=0, n_jobs=2).fit(X, X),
    "columns": lambda: mi_scores(np.c_[X, np.ones(400)], Y),
    "a constant target": lambda: mutual_info(X, np.ones(400)),
    "score near its cap": lambda: GaussianMI().fit(X, X + 1e-6 * Y).score(X, X + 1e-6 * Y),
    "a neural estimator": lambda: MINE(learning_rate=1e-4, batch_size=16, **FEW).fit(X, Y),
    "a network": lambda: AutoencoderCompressor(1, learning_rate=1e-6, **FEW).fit(np.c_[X, Y]),
    "paired networks": lambda: ContrastiveCompressor(1, learning_rate=1e-5, **FEW).fit(np.c_[X, X], np.c_[Y, Y]),
    "validation": lambda: validate(Failing(), "1x1-normal", n_samples=10, seeds=1),
}


class Failing(KSG):
    def fit(self, X, y):
        raise ValueError("no estimate")


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_warnings_point_at_the_line_that_called(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    ours = [warning for warning in caught if issubclass(warning.category, SkmiWarning)]
    assert ours
    line = inspect.getsourcelines(call)[1]
    assert {(warning.filename, warning.lineno) for warning in ours} == {(__file__, line)}


def test_warnings_of_an_estimator_subclassed_elsewhere_point_outside_of_skmi():
    code = """
    import warnings
    from skmi import KSG
    def caller(x):
        return KSG().fit(x, x)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        caller([[float(i)] for i in range(9)])
    print(caught[0].filename, caught[0].lineno)
    """
    out = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["<string>", "5"]


class Warner(PCA):
    """Issues a warning directly, as other libraries do."""

    def fit(self, X, y=None):
        warnings.warn("a word of another library", UserWarning, stacklevel=2)
        return super().fit(X)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_warnings_of_other_libraries_reach_the_caller_from_workers(n_jobs):
    estimator = CompressedMI(KSG(), compressor=Warner(1), random_state=0, n_jobs=n_jobs)
    with pytest.warns(UserWarning, match="a word of another library"):
        estimator.fit(X, Y)


def test_each_text_is_issued_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CompressedMI(KSG(), compressor=PCA(1), random_state=0).fit(np.c_[X, X], np.ones(400))
    texts = [str(warning.message) for warning in caught if issubclass(warning.category, SkmiWarning)]
    assert len(texts) == len(set(texts)) == 1


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
def test_filters_are_as_they_were_after_work_in_parallel(backend):
    # scikit-learn's threads compile the texts of filters, which changes nothing.
    before = [(action, category) for action, _, category, *_ in warnings.filters]
    search = GridSearchCV(
        CompressedMI(KSG(), compressor=ContrastiveCompressor(1, **FEW), random_state=0),
        {"compressor__latent_dim": [1, 2]},
        cv=KFold(2),
        n_jobs=4,
    )
    with joblib.parallel_config(backend=backend):
        search.fit(np.c_[X, Y, X * Y], np.c_[Y, X, X + Y])
    assert [(action, category) for action, _, category, *_ in warnings.filters] == before


def test_no_file_of_the_package_counts_levels_or_changes_filters():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "attr", None)
            assert name not in {"simplefilter", "filterwarnings", "resetwarnings"}, path
            assert not (isinstance(node, ast.keyword) and node.arg == "stacklevel"), path
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn":
                raise AssertionError(f"{path} calls warnings.warn")


def test_kept_warnings_belong_to_one_thread():
    issued = []

    def other():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warn("from the other thread", SkmiWarning)
        issued.extend(caught)

    with kept_warnings() as kept:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        warn("from this thread", SkmiWarning)
    assert [warning.message for warning in kept] == ["from this thread"]
    assert [str(warning.message) for warning in issued] == ["from the other thread"]


def test_kept_warnings_are_kept_by_whoever_asks_last():
    with kept_warnings() as outer:
        with kept_warnings() as inner:
            warn("a", InterruptedWarning)
        issue([*inner, *inner])
    assert outer == inner


def test_work_that_raises_keeps_nothing_back():
    with pytest.raises(ZeroDivisionError):
        keeping_warnings(lambda: 1 / 0)()
    with pytest.warns(SkmiWarning, match="later"):
        warn("later", SkmiWarning)


class Stopped(PCA):
    """A compressor whose training was interrupted, and that goes on with what it had."""

    fits = 0

    def fit(self, X, y=None):
        Stopped.fits += 1
        warn("Training was interrupted in epoch 3. The best weights so far are kept.", InterruptedWarning)
        return super().fit(X)


def test_one_interruption_ends_all_folds():
    Stopped.fits = 0
    estimator = CompressedMI(KSG(), compressor=Stopped(1), random_state=0)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(np.c_[X, X], np.c_[Y, Y])
    assert Stopped.fits == 2  # both sides of the first fold
    assert not hasattr(estimator, "mi_")


def test_subclasses_without_a_docstring_and_docstrings_stripped():
    code = """
    import skmi.estimators
    class Mine(skmi.MINE):
        pass
    assert Mine(max_epochs=3).get_params()["max_epochs"] == 3
    """
    for flag in ("-O", "-OO"):
        subprocess.run([sys.executable, flag, "-c", textwrap.dedent(code)], check=True)


@pytest.mark.parametrize("name", ["MINE", "NWJ", "InfoNCE", "SMILE", "JensenShannonMI"])
def test_shared_texts_are_in_place(name):
    text = getattr(skmi, name).__doc__
    assert "{" not in text.replace('{"', "")
    assert 'critic : {"joint"' in text
    assert "pointwise_ : ndarray" in text
