"""Linear compressors, on data of which a rotation keeps all information."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skmi import KSG, CanonicalCompressor, CompressedMI, GaussianCopulaMI, GaussianMI, MarchenkoPasturPCA
from skmi.datasets import CorrelatedNormal


def sparse_normal(n_samples, n_features=25, seed=0):
    """Return X and y of which two pairs of columns correlate at 0.8 and no others: 1.022 nats."""
    X, y = np.random.default_rng(seed).standard_normal((2, n_samples, n_features))
    y[:, :2] = 0.8 * X[:, :2] + 0.6 * y[:, :2]
    return X, y


@pytest.mark.parametrize("estimator", [KSG(), GaussianMI(), GaussianCopulaMI()], ids=str)
@pytest.mark.parametrize("power", [1, 3])
def test_two_pairs_among_25_columns(estimator, power):
    X, y = sparse_normal(10_000)
    compressor = CanonicalCompressor(marginals="normal")
    fitted = CompressedMI(estimator, compressor=compressor, random_state=0).fit(X**power, y**power)
    assert [part.paired.n_components_ for part in fitted.compressions_] == [2, 2]
    assert fitted.mi_ == pytest.approx(-np.log(1 - 0.8**2), abs=0.05)


def test_noise_has_no_pairs():
    X, y = np.random.default_rng(0).standard_normal((2, 2000, 8))
    counts = [
        CanonicalCompressor().fit(X, y[np.random.default_rng(i).permutation(2000)]).n_components_ for i in range(9)
    ]
    assert max(counts) == 1  # one is the least
    fitted = CompressedMI(GaussianMI(), compressor=CanonicalCompressor(), random_state=0).fit(X, y)
    assert abs(fitted.mi_) < 0.01


@pytest.mark.parametrize("mi", [0.7, 2.1, 6.2])
def test_few_factors_in_a_thousand_columns(mi):
    # Two factors per side. Over 1000 columns the noise averages out, so that MI is nearly that of the factors.
    x, y = CorrelatedNormal(mi, 2, 2).sample(2000, random_state=0)
    rng = np.random.default_rng(1)
    X, Y = (Z @ rng.standard_normal((2, 1000)) + 0.1 * rng.standard_normal((2000, 1000)) for Z in (x, y))
    compressor = CanonicalCompressor()
    fitted = CompressedMI(GaussianMI(), compressor=compressor, random_state=0).fit(X, Y)
    assert fitted.mi_ == pytest.approx(mi, abs=0.12)
    assert MarchenkoPasturPCA().fit(X).n_components_ == 2


@pytest.mark.parametrize("shape", [(400, 100), (100, 400), (300, 300)])
@pytest.mark.parametrize("n_factors", [1, 3])
def test_factors_stand_out_of_noise(shape, n_factors):
    rng = np.random.default_rng(0)
    factors, loadings = rng.standard_normal((shape[0], n_factors)), rng.standard_normal((n_factors, shape[1]))
    X = 5 + factors @ loadings + 0.5 * rng.standard_normal(shape)
    model = MarchenkoPasturPCA().fit(X)
    assert model.n_components_ == n_factors
    assert model.noise_variance_ == pytest.approx(0.25, rel=0.1)
    np.testing.assert_allclose(np.abs(model.transform(X)), np.abs(PCA(n_factors).fit_transform(X)), atol=1e-6)
    assert MarchenkoPasturPCA(1, whiten=True).fit_transform(X).std() == pytest.approx(1.0, abs=0.01)


def test_codes_of_new_rows_and_of_labels():
    rng = np.random.default_rng(0)
    label = np.array(["a", "b", "c"])[rng.integers(3, size=600)]
    signal = (label[:, None] == ["a", "b"]) * 2.0 + rng.standard_normal((600, 2))
    X = np.hstack([signal, 9 * rng.standard_normal((600, 3))])
    compressor = CanonicalCompressor().fit(X, label)
    assert compressor.n_components_ == 2
    codes, same = compressor.transform(X[:5], label[:5])
    np.testing.assert_array_equal(codes, compressor.transform(X)[:5])
    assert same.tolist() == label[:5].tolist()
    fitted = CompressedMI(KSG(), compressor=compressor, random_state=0).fit(X, label)
    assert fitted.mi_ == pytest.approx(KSG().fit(signal, label).mi_, abs=0.08)


def test_bad_input():
    X, y = sparse_normal(50, 3)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CanonicalCompressor().fit(X, y[:40])
    with pytest.raises(ValueError, match="NaN"):
        CanonicalCompressor().fit(X, np.where(y > 0, y, np.nan))
    with pytest.raises(ValueError, match="alpha"):
        CanonicalCompressor(alpha=1.5).fit(X, y)
    X[:, 1] = 7.0  # a constant column is dropped
    assert np.isfinite(CanonicalCompressor().fit(X, y).transform(X)).all()


@pytest.mark.parametrize(("n_columns", "n_samples"), [(64, 300), (40, 200)])
def test_columns_of_equal_variance_are_all_kept(n_columns, n_samples):
    rng = np.random.default_rng(n_columns)
    X = rng.standard_normal((n_samples, n_columns))
    y = X[:, : n_columns // 2].mean(axis=1) + 0.05 * rng.standard_normal(n_samples)
    codes = CanonicalCompressor().fit(X[:-50], y[:-50]).transform(X[-50:])[:, 0]
    assert abs(np.corrcoef(codes, y[-50:])[0, 1]) > 0.85


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_neither_offset_nor_unit_nor_constant_columns_matter(offset, unit):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 2)) @ rng.standard_normal((2, 50)) + 0.5 * rng.standard_normal((200, 50))
    X = unit * (np.hstack([X, np.zeros((200, 80))]) + offset)
    assert MarchenkoPasturPCA().fit(X).n_components_ == 2
    low_rank = rng.standard_normal((200, 3)) @ rng.standard_normal((3, 50))
    assert MarchenkoPasturPCA(whiten=True).fit(low_rank).n_components_ == 3
