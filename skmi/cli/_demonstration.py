"""The main job on known truth and on real images: what ``skmi demo`` runs."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from tqdm.auto import tqdm

from .._seeding import stop_if_interrupted
from ..compressed import CompressedMI
from ..compression import AutoencoderCompressor
from ..datasets import anti_pca, rectangle_images
from ..estimators import KSG, KozachenkoLeonenko
from ..exceptions import kept_warnings
from ..validation import ValidationDisplay, ValidationResult, validate

_TRUTHS = (0.0, 2.0, 4.0, 6.0)
_LATENT_DIM = 4
_OTHER_DRAWS, _THESE_DRAWS = 0, 1  # seeds: compressors are fitted on other images than those estimated on


@dataclass(frozen=True)
class Demonstration:
    """Estimates on known truth and on digits, and images beside their reconstructions.

    Attributes
    ----------
    rectangles, anti_pca : ValidationResult
        Estimates beside the truth.
    digits : dict of str to (CompressedMI, float)
        Fitted estimators and their seconds, where no truth is known.
    training_seconds : float
        Training of the autoencoder of the rectangles.
    images, reconstructions : ndarray of shape (n_images, size, size)
    """

    rectangles: ValidationResult
    anti_pca: ValidationResult
    digits: dict
    training_seconds: float
    images: np.ndarray
    reconstructions: np.ndarray


def run(quick=False, verbose=True):
    """Return a :class:`Demonstration`; quick takes fewer rows and epochs."""
    n_samples, n_training, max_epochs = (1500, 3000, 40) if quick else (5000, 5000, 80)
    # Saturation and curved codes are what the table is there to show.
    with kept_warnings() as kept, tqdm(total=4, desc="demo", disable=not verbose, unit="step") as bar:

        def step(text, function, *arguments):
            bar.set_postfix_str(text)
            result = function(*arguments)
            stop_if_interrupted(kept)
            bar.update()
            return result

        start = time.perf_counter()
        autoencoder = step("training the autoencoder of the rectangles", _train, n_training, max_epochs, verbose)
        training_seconds = time.perf_counter() - start
        rectangles = step("rectangles", _rectangles, n_samples, n_training, autoencoder)
        anti = step("Anti-PCA data", _anti_pca, n_samples, max_epochs)
        digits = step("digits", _digits, max_epochs)
        images = rectangle_images(2.0).sample(10, random_state=_THESE_DRAWS)[0]
        reconstructions = autoencoder.inverse_transform(autoencoder.transform(images))
    shape = (-1, 16, 16)
    return Demonstration(
        rectangles, anti, digits, training_seconds, images.reshape(shape), reconstructions.reshape(shape)
    )


def _images(n_training):
    return np.vstack(rectangle_images(0.0).sample(n_training, random_state=_OTHER_DRAWS))


def _train(n_training, max_epochs, verbose):
    """Return an autoencoder fitted on rectangles that are not estimated on."""
    autoencoder = AutoencoderCompressor(_LATENT_DIM, max_epochs=max_epochs, random_state=0, verbose=int(verbose))
    return autoencoder.fit(_images(n_training))


def _through(compressor, estimator):
    """Return an estimator of codes of a fitted compressor, which clones keep as it is."""
    return CompressedMI(estimator, compressor=FrozenEstimator(compressor), cv="prefit")


def _rectangles(n_samples, n_training, autoencoder):
    pairs = {f"{truth:g} nats": rectangle_images(truth) for truth in _TRUTHS}
    pca = PCA(_LATENT_DIM, random_state=0).fit(_images(n_training))
    ksg = KSG(n_jobs=-1)
    # The parameters are uniform, and their edges would make the plain estimate read half a nat too low.
    kl = KozachenkoLeonenko(correction="boundary", n_jobs=-1)
    name = f"autoencoder({_LATENT_DIM})"
    of_images = {
        "raw pixels, KSG": ksg,
        f"PCA({_LATENT_DIM}), KSG": _through(pca, ksg),
        f"{name}, KSG": _through(autoencoder, ksg),
        f"{name}, whitened KL": _through(autoencoder, kl),
    }
    of_parameters = {"true parameters, KSG": ksg, "true parameters, whitened KL": kl}
    options = {"n_samples": n_samples, "seeds": [_THESE_DRAWS]}
    results = (
        validate(of_images, pairs, **options),
        validate(of_parameters, {truth: pair.base for truth, pair in pairs.items()}, **options),
    )
    return ValidationResult(tuple(cell for result in results for cell in result.cells))


def _anti_pca(n_samples, max_epochs):
    pair = anti_pca(2.0)
    others = np.vstack(pair.sample(n_samples, random_state=_OTHER_DRAWS))
    # The informative factor has 1e-5 of the variance: only whitened components let a network see it.
    autoencoder = AutoencoderCompressor(
        2, n_components=4, whiten=True, noise_std=0.02, max_epochs=max_epochs, random_state=0
    )
    ways = {"PCA(2), KSG": PCA(2), "autoencoder(2) on whitened components, KSG": autoencoder}
    models = {name: _through(compressor.fit(others), KSG(n_jobs=-1)) for name, compressor in ways.items()}
    return validate(models, {"Anti-PCA, 32 columns": pair}, n_samples=n_samples, seeds=[_THESE_DRAWS])


def _digits(max_epochs):
    X, labels = load_digits(return_X_y=True)
    halves = X.reshape(-1, 8, 8)
    left, right = (half.reshape(len(X), -1) for half in (halves[:, :, :4], halves[:, :, 4:]))
    autoencoder = AutoencoderCompressor(_LATENT_DIM, max_epochs=max_epochs)
    model = CompressedMI(KSG(n_jobs=-1), compressor=autoencoder, random_state=0)
    found = {}
    for name, data in {"I(image; label)": (X, labels), "I(left half; right half)": (left, right)}.items():
        start = time.perf_counter()
        fitted = clone(model).fit(*data)
        found[f"digits: {name}"] = fitted, time.perf_counter() - start
    return found


def format_text(demo):
    """Return the demonstration as text: tables with a line of explanation each."""
    from tabulate import tabulate

    rows = {}
    for cell in demo.rectangles.cells:
        value = f"{cell.estimate:.2f} ± {cell.standard_error:.2f} ({cell.seconds:.1f} s)"
        rows.setdefault(cell.estimator, [cell.estimator]).append(value)
    others = [
        [cell.task, cell.estimator, f"{cell.truth:g}", f"{cell.estimate:.2f} ± {cell.standard_error:.2f}", cell.seconds]
        for cell in demo.anti_pca.cells
    ]
    others += [
        [name, f"autoencoder({_LATENT_DIM}), KSG, cross-fitted", "-", f"{m.mi_:.2f} ± {m.standard_error_:.2f}", seconds]
        for name, (m, seconds) in demo.digits.items()
    ]
    others = [[*row[:-1], f"{row[-1]:.1f}"] for row in others]
    n_samples = demo.rectangles.cells[0].n_samples
    return "\n".join(
        [
            f"Pairs of 16x16 images of rectangles, n = {n_samples}: estimate ± standard error in nats (seconds)",
            tabulate(rows.values(), ["truth", *(f"{truth:g}" for truth in _TRUTHS)], disable_numparse=True),
            f"The autoencoder was trained once, on other images, in {demo.training_seconds:.0f} s.",
            "KSG is too low at high information; KL (Kozachenko-Leonenko) is corrected for edges of the data.",
            "Standard errors do not cover either bias.",
            "",
            "Data on which a linear compressor fails, and real images (scikit-learn's digits)",
            tabulate(others, ["data", "method", "truth", "estimate", "seconds"], disable_numparse=True),
            f"I(image; label) cannot exceed log 10 = {np.log(10):.3f} nats.",
        ]
    )


def plot(demo, path):
    """Save a picture: estimates against the truth, and images beside their reconstructions."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 8), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.5, 1))
    display = ValidationDisplay.from_result(demo.rectangles, ax=top.subplots())
    display.ax_.set_title(f"Pairs of 16×16 images of rectangles, n = {demo.rectangles.cells[0].n_samples}")
    grid = bottom.subplots(2, len(demo.images))
    bottom.suptitle(f"Images (above) and their reconstructions from {_LATENT_DIM} codes (below)", fontsize="medium")
    for row, images in zip(grid, (demo.images, demo.reconstructions), strict=True):
        for cell, image in zip(row, images, strict=True):
            cell.imshow(image, cmap="gray", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=120)
