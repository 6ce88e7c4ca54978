"""How often a search over dimension and bandwidth is right, by the score that it maximises.

Two columns of ten tell about y. For each of 20 seeds, five folds of 800 rows in all choose the number of principal
components (the smallest within one standard error) and the bandwidth (the best); both are then judged on 2000 new rows.
"Regret" is what the choice loses there, in nats, against the best candidate there, by InfoNCE. At the end
an autoencoder is fitted to images of rectangles, which have four parameters, for 5 seeds of 2000 rows.

Run: python benchmarks/accuracy/model_selection.py --csv docs/results/searches.csv
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main

from skmi import KSG, AutoencoderCompressor, KernelDensityMI
from skmi.bounds import scorer
from skmi.datasets import CorrelatedNormal, CorrelatedStudent, rectangle_images
from skmi.model_selection import smallest_within_one_se

FAMILIES = {"normal": lambda: CorrelatedNormal(1.5, 2, 2), "Student (3)": lambda: CorrelatedStudent(1.5, 2, 2, 3)}
SCORES = ("info_nce", "nwj", "donsker_varadhan", "smile")
DIMENSIONS = {"pca__n_components": [1, 2, 3, 4, 6]}
BANDWIDTHS = {"kerneldensitymi__bandwidth": [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6]}
TASKS = {
    "dimension, KSG": (KSG(), DIMENSIONS),
    "dimension, KDE": (KernelDensityMI(), DIMENSIONS),
    "bandwidth": (KernelDensityMI(), BANDWIDTHS),
}


def of_images(quick):
    """Return the row about the latent dimension of an autoencoder."""
    pair = rectangle_images(3.0)
    found, regrets = [], []
    for seed in range(1 if quick else 5):
        y, X = pair.base.sample(2000, random_state=seed)[1], pair.sample(2000, random_state=seed)[0]
        new_y, new_X = pair.base.sample(4000, random_state=99 + seed)[1], pair.sample(4000, random_state=99 + seed)[0]
        name, grid = "autoencodercompressor__latent_dim", [2, 4] if quick else [1, 2, 3, 4, 6]
        compressor = AutoencoderCompressor(max_epochs=5 if quick else 60, random_state=seed)
        search = GridSearchCV(
            make_pipeline(compressor, KernelDensityMI()),
            {name: grid},
            cv=KFold(3, shuffle=True, random_state=seed),
            refit=smallest_within_one_se(name),
        ).fit(X, y)
        model = search.best_estimator_
        judged = {d: model.set_params(**{name: d}).fit(X, y).score(new_X, new_y) for d in grid}
        found.append(search.best_params_[name])
        regrets.append(max(judged.values()) - judged[found[-1]])
    return {
        "data": "rectangles",
        "choice of": "codes, KDE",
        "score": "info_nce",
        "right dimension": f"{np.mean(np.array(found) == 4):.0%}",
        "mean regret": np.mean(regrets),
        "largest regret": np.max(regrets),
    }


def sample(pair, n_samples, seed):
    X, y = pair.sample(n_samples, random_state=seed)
    noise = np.random.default_rng(seed).standard_normal((n_samples, 8))
    return np.hstack([3 * X, noise]), y


def run(quick):
    warnings.simplefilter("ignore")
    seeds, n_samples = (2, 600) if quick else (20, 800)
    rows = []
    for family, make in FAMILIES.items():
        for task, (estimator, grid) in TASKS.items():
            (name,) = grid
            found = {score: [] for score in SCORES}
            for seed in range(seeds):
                X, y = sample(make(), n_samples, seed)
                new = sample(make(), 1000 if quick else 2000, 1000 + seed)
                model = make_pipeline(PCA(2, random_state=0), estimator)
                judged = [model.set_params(**{name: value}).fit(X, y).score(*new) for value in grid[name]]
                search = GridSearchCV(
                    model,
                    grid,
                    scoring={score: scorer(score) for score in SCORES},
                    cv=KFold(5, shuffle=True, random_state=seed),
                    refit=False,
                ).fit(X, y)
                for score in SCORES:
                    results = {
                        key.replace(score, "score"): value
                        for key, value in search.cv_results_.items()
                        if key.startswith("param_") or key.endswith(f"test_{score}")
                    }
                    simplest = smallest_within_one_se(name)
                    best = simplest(results) if task != "bandwidth" else int(np.argmax(results["mean_test_score"]))
                    found[score].append((grid[name][best], max(judged) - judged[best]))
            for score, choices in found.items():
                values, regret = np.array(choices).T
                right = f"{np.mean(values == 2):.0%}" if task != "bandwidth" else ""
                rows.append(
                    {
                        "data": family,
                        "choice of": task,
                        "score": score,
                        "right dimension": right,
                        "mean regret": regret.mean(),
                        "largest regret": regret.max(),
                    }
                )
    return [*rows, of_images(quick)]


def merged(rows):
    """Return one row for all scores that have the same results to four decimals."""
    scores = {}
    for row in rows:
        regrets = (f"{row[name]:.4f}" for name in ("mean regret", "largest regret"))
        scores.setdefault((row["data"], row["choice of"], row["right dimension"], *regrets), []).append(row["score"])
    return [
        {
            "data": data,
            "choice of": choice,
            "scores": ", ".join(equal),
            "right dimension": right,
            "mean regret": mean,
            "largest regret": largest,
        }
        for (data, choice, right, mean, largest), equal in scores.items()
    ]


if __name__ == "__main__":
    main(run, __doc__, table=merged)
