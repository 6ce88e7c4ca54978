"""The main job on known truth and on real images: what ``skmi demo`` runs."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from tqdm.auto import tqdm

from ._seeding import stop_if_interrupted
from .compressed import CompressedMI
from .compression import AutoencoderCompressor
from .datasets import anti_pca, rectangle_images
from .estimators import KSG, KozachenkoLeonenko
from .exceptions import kept_warnings

TRUTHS = (0.0, 2.0, 4.0, 6.0)
_LATENT_DIM = 4
_OTHER_DRAWS, _THESE_DRAWS = 0, 1  # seeds: compressors are fitted on other images than those estimated on


@dataclass(frozen=True)
class Measurement:
    """One estimate beside its truth.

    Attributes
    ----------
    data, method : str
    truth : float or None
        In nats; None where it is unknown.
    mi, standard_error : float
        In nats.
    seconds : float
        Compression of these rows and estimation, without the training of a compressor that is reused.
    """

    data: str
    method: str
    truth: float | None
    mi: float
    standard_error: float
    seconds: float


@dataclass(frozen=True)
class DemoResult:
    """All measurements, the images of one variable and their reconstructions.

    Attributes
    ----------
    measurements : list of Measurement
    training_seconds : float
        Training of the autoencoder of the rectangles.
    n_samples : int
        Pairs behind each estimate on rectangles.
    images, reconstructions : ndarray of shape (n_images, size, size)
    """

    measurements: list
    training_seconds: float
    n_samples: int
    images: np.ndarray
    reconstructions: np.ndarray

    def of(self, data):
        """Return the measurements on one kind of data.

        Parameters
        ----------
        data : str
            Kind of data, as in the measurements.

        Returns
        -------
        measurements : list of Measurement
            Those on that kind, in the order they were made.
        """
        return [m for m in self.measurements if m.data == data]


def run_demo(*, quick=False, verbose=True, n_jobs=-1):
    """Measure rectangles, Anti-PCA data and scikit-learn's digits.

    Parameters
    ----------
    quick : bool, default=False
        Fewer rows and epochs.
    verbose : bool, default=True
        Whether to show progress bars.
    n_jobs : int, default=-1
        Threads of the neighbour searches.

    Returns
    -------
    result : DemoResult
        What was measured.
    """
    n_samples, n_training, max_epochs = (1500, 3000, 40) if quick else (5000, 5000, 80)
    measurements = []
    # Saturation and curved codes are what the table is there to show.
    with kept_warnings() as kept, tqdm(total=30, desc="demo", disable=not verbose, unit="step") as bar:

        def measure(data, method, truth, estimate):
            start = time.perf_counter()
            fitted = estimate()
            stop_if_interrupted(kept)
            seconds = time.perf_counter() - start
            measurements.append(Measurement(data, method, truth, fitted.mi_, fitted.standard_error_, seconds))
            bar.update()

        bar.set_postfix_str("training the autoencoder of the rectangles")
        autoencoder, pca, training_seconds = _fit_on_other_draws(n_training, max_epochs, verbose)
        bar.update()
        for truth in TRUTHS:
            bar.set_postfix_str(f"rectangles, {truth:g} nats")
            _measure_rectangles(measure, truth, n_samples, autoencoder, pca, n_jobs)
        bar.set_postfix_str("Anti-PCA data")
        _measure_anti_pca(measure, n_samples, max_epochs, n_jobs)
        bar.set_postfix_str("digits")
        _measure_digits(measure, max_epochs, n_jobs)
        bar.update(bar.total - bar.n)
    images = rectangle_images(2.0).sample(10, random_state=_THESE_DRAWS)[0]
    reconstructions = autoencoder.inverse_transform(autoencoder.transform(images))
    return DemoResult(
        measurements, training_seconds, n_samples, images.reshape(-1, 16, 16), reconstructions.reshape(-1, 16, 16)
    )


def _fit_on_other_draws(n_training, max_epochs, verbose):
    """Return an autoencoder and a PCA fitted once on rectangles that are not estimated on, and the training time."""
    start = time.perf_counter()
    images = np.vstack(rectangle_images(0.0).sample(n_training, random_state=_OTHER_DRAWS))
    autoencoder = AutoencoderCompressor(_LATENT_DIM, max_epochs=max_epochs, random_state=0, verbose=int(verbose))
    autoencoder.fit(images)
    return autoencoder, PCA(_LATENT_DIM, random_state=0).fit(images), time.perf_counter() - start


def _measure_rectangles(measure, truth, n_samples, autoencoder, pca, n_jobs):
    pair = rectangle_images(truth)
    X, y = pair.sample(n_samples, random_state=_THESE_DRAWS)
    parameters = pair.base.sample(n_samples, random_state=_THESE_DRAWS)
    ksg = KSG(n_jobs=n_jobs)
    # The parameters are uniform, and their edges would make the plain estimate read half a nat too low.
    kl = KozachenkoLeonenko(correction="boundary", n_jobs=n_jobs)
    name = f"autoencoder({_LATENT_DIM})"
    ways = {
        "raw pixels, KSG": lambda: ksg.fit(X, y),
        f"PCA({_LATENT_DIM}), KSG": lambda: ksg.fit(pca.transform(X), pca.transform(y)),
        f"{name}, KSG": lambda: ksg.fit(autoencoder.transform(X), autoencoder.transform(y)),
        f"{name}, whitened KL": lambda: kl.fit(autoencoder.transform(X), autoencoder.transform(y)),
        "true parameters, KSG": lambda: ksg.fit(*parameters),
        "true parameters, whitened KL": lambda: kl.fit(*parameters),
    }
    for method, estimate in ways.items():
        measure("rectangles", method, truth, estimate)


def _measure_anti_pca(measure, n_samples, max_epochs, n_jobs):
    pair = anti_pca(2.0)
    others = np.vstack(pair.sample(n_samples, random_state=_OTHER_DRAWS))
    X, y = pair.sample(n_samples, random_state=_THESE_DRAWS)
    # The informative factor has 1e-5 of the variance: only whitened components let a network see it.
    autoencoder = AutoencoderCompressor(
        2, n_components=4, whiten=True, noise_std=0.02, max_epochs=max_epochs, random_state=0
    )
    ways = {"PCA(2), KSG": PCA(2), "autoencoder(2) on whitened components, KSG": autoencoder}
    for method, compressor in ways.items():
        estimator = CompressedMI(KSG(n_jobs=n_jobs), compressor=compressor.fit(others), cv="prefit")
        measure("Anti-PCA, 32 columns", method, 2.0, lambda estimator=estimator: estimator.fit(X, y))


def _measure_digits(measure, max_epochs, n_jobs):
    X, labels = load_digits(return_X_y=True)
    halves = X.reshape(-1, 8, 8)
    left, right = (half.reshape(len(X), -1) for half in (halves[:, :, :4], halves[:, :, 4:]))
    autoencoder = AutoencoderCompressor(_LATENT_DIM, max_epochs=max_epochs)
    estimator = CompressedMI(KSG(n_jobs=n_jobs), compressor=autoencoder, random_state=0)
    method = f"autoencoder({_LATENT_DIM}), KSG, cross-fitted"
    measure("digits: I(image; label)", method, None, lambda: estimator.fit(X, labels))
    measure("digits: I(left half; right half)", method, None, lambda: estimator.fit(left, right))


def format_demo(result):
    """Return the result as text.

    Parameters
    ----------
    result : DemoResult
        What :func:`run_demo` measured.

    Returns
    -------
    text : str
        Tables with a line of explanation each.
    """
    from tabulate import tabulate

    rectangles = result.of("rectangles")
    methods = dict.fromkeys(m.method for m in rectangles)
    rows = []
    for method in methods:
        mine = [m for m in rectangles if m.method == method]
        rows.append([method, *(f"{m.mi:.2f} ± {m.standard_error:.2f} ({m.seconds:.1f} s)" for m in mine)])
    others = [
        [
            m.data,
            m.method,
            "-" if m.truth is None else f"{m.truth:g}",
            f"{m.mi:.2f} ± {m.standard_error:.2f}",
            f"{m.seconds:.1f}",
        ]
        for m in result.measurements
        if m.data != "rectangles"
    ]
    return "\n".join(
        [
            f"Pairs of 16x16 images of rectangles, n = {result.n_samples}: estimate ± standard error in nats (seconds)",
            tabulate(rows, headers=["truth", *(f"{truth:g}" for truth in TRUTHS)], disable_numparse=True),
            f"The autoencoder was trained once, on other images, in {result.training_seconds:.0f} s.",
            "KSG reads too low at high information; KL (Kozachenko-Leonenko) is corrected for edges of the data.",
            "Standard errors do not cover either bias.",
            "",
            "Data on which a linear compressor fails, and real images (scikit-learn's digits)",
            tabulate(others, headers=["data", "method", "truth", "estimate", "seconds"], disable_numparse=True),
            f"I(image; label) cannot exceed log 10 = {np.log(10):.3f} nats.",
        ]
    )


def plot_demo(result, path):
    """Save a picture: estimates against the truth with error bars, and images beside their reconstructions.

    Parameters
    ----------
    result : DemoResult
        What :func:`run_demo` measured.
    path : path-like
        Where the PNG goes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7.5), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.3, 1))
    axes = top.subplots()
    axes.plot(TRUTHS, TRUTHS, color="0.6", linewidth=1, label="truth")
    markers = "os^vDP"
    # Okabe and Ito's colours, which colour-blind readers tell apart.
    colours = ("#000000", "#E69F00", "#0072B2", "#56B4E9", "#009E73", "#CC79A7")
    rectangles = result.of("rectangles")
    for i, method in enumerate(dict.fromkeys(m.method for m in rectangles)):
        mine = [m for m in rectangles if m.method == method]
        axes.errorbar(
            [m.truth for m in mine],
            [m.mi for m in mine],
            yerr=[1.96 * m.standard_error for m in mine],
            marker=markers[i],
            color=colours[i],
            linestyle="--" if "true" in method else "-",
            capsize=3,
            label=method,
        )
    axes.set(
        xlabel="true mutual information (nats)",
        ylabel="estimate (nats), bars: ±1.96 standard errors",
        title=f"Pairs of 16×16 images of rectangles, n = {result.n_samples}",
    )
    axes.legend(frameon=False)
    n_images = len(result.images)
    grid = bottom.subplots(2, n_images)
    bottom.suptitle(f"Images (above) and their reconstructions from {_LATENT_DIM} codes (below)", fontsize="medium")
    for row, images in zip(grid, (result.images, result.reconstructions), strict=True):
        for cell, image in zip(row, images, strict=True):
            cell.imshow(image, cmap="gray", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=120)
