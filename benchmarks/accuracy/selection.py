"""Selecting columns: distinct factors found among their copies, and what a model makes of the columns of real tables.

*Factors*: five factors, four noisy copies of each and twenty columns of noise, 1000 rows; five columns are selected,
and the mean number of different factors among them counts. y is a sum of the factors, or of their squares. *Tables*:
some columns of scikit-learn's tables are selected within each of five folds, and the held-out score of gradient
boosting counts (R² or accuracy).
Other packages run where SKMI_PEERS names a folder of their environments; see benchmarks/peers/README.md.

Run: SKMI_PEERS=~/skmi-peers python benchmarks/accuracy/selection.py --csv docs/results/selection.csv
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, mutual_info_classif, mutual_info_regression
from sklearn.model_selection import KFold

sys.path.insert(0, str(Path(__file__).parents[1]))
from _common import main, timed
from _peers import peer

from skmi.exceptions import kept_warnings
from skmi.feature_selection import MutualInfoSelector, mutual_info

TABLES = {
    "diabetes": load_diabetes,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}
SELECTED = {"diabetes": 4, "wine": 4, "breast cancer": 5, "digits": 10}
PEERS = ("mrmr-selection", "feature-engine", "feature-engine-miq")


def factors(seed, squares=False, n_samples=1000):
    rng = np.random.RandomState(seed)
    five = rng.standard_normal((n_samples, 5))
    copies = [five + 0.3 * rng.standard_normal(five.shape) for _ in range(4)]
    X = np.hstack([*copies, rng.standard_normal((n_samples, 20))])
    terms = (five**2 - 1) / np.sqrt(2) if squares else five
    return X, terms @ [1.0, 0.9, 0.8, 0.7, 0.6] + 0.5 * rng.standard_normal(n_samples)


def by_skmi(strategy, X, y, n_selected):
    with kept_warnings():
        return MutualInfoSelector(n_selected, strategy=strategy, random_state=0).fit(X, y).selected_


def by_scores(function, X, y, n_selected):
    with kept_warnings():
        return SelectKBest(function, k=n_selected).fit(X, y).get_support(indices=True)


def by_scikit_learn(X, y, n_selected):
    function = mutual_info_classif if y.dtype.kind in "iu" else mutual_info_regression
    return by_scores(partial(function, random_state=0), X, y, n_selected)


def by_peer(name, X, y, n_selected):
    found = peer(name, X, y[:, None], n_selected=n_selected, classification=int(y.dtype.kind in "iu"))
    if found is None or "error" in found:
        return None, "absent" if found is None else found["error"][:40]
    return np.array(found["selected"]), found["cpu"]


def methods():
    """Return functions that select columns and say how many seconds that took."""
    ours = {f"MutualInfoSelector, {strategy}": partial(by_skmi, strategy) for strategy in ("cmim", "jmi", "mrmr")}
    ours["SelectKBest, skmi"] = partial(by_scores, mutual_info)
    ours["SelectKBest, scikit-learn"] = by_scikit_learn
    found = {name: partial(timed, function, of_processor=True) for name, function in ours.items()}
    return found | {name: partial(by_peer, name) for name in PEERS}


def run(quick):
    rows = []
    X, y = factors(0)
    mutual_info(X, y)  # compiled kernels are there before the clock starts
    tables = {"wine": load_wine} if quick else TABLES
    for name, select in methods().items():
        row = {"method": name}
        found = {}
        for squares in (False, True):
            draws = [factors(seed, squares) for seed in range(2 if quick else 8)]
            found[squares] = [select(*draw, 5) for draw in draws]
        if found[False][0][0] is None:
            rows.append(row | {"factors of 5": found[False][0][1]})
            continue
        row["factors of 5"] = n_factors(found[False])
        row["squared factors of 5"] = n_factors(found[True])
        row["CPU s"] = float(np.mean([seconds for draws in found.values() for _, seconds in draws]))
        row |= {
            f"{table}, {SELECTED[table]}": downstream(load, SELECTED[table], select) for table, load in tables.items()
        }
        rows.append(row)
    return rows


def n_factors(found):
    """Return the mean number of different factors among selected columns."""
    return float(np.mean([len({i % 5 for i in selected if i < 20}) for selected, _ in found]))


def downstream(load, n_selected, select):
    """Return the mean held-out score of a model of columns that were selected on its training rows."""
    X, y = load(return_X_y=True)
    model = HistGradientBoostingClassifier if y.dtype.kind in "iu" else HistGradientBoostingRegressor
    scores = []
    for train, test in KFold(5, shuffle=True, random_state=0).split(X):
        selected, _ = select(X[train], y[train], n_selected)
        if selected is None:
            return None
        fitted = model(random_state=0).fit(X[train][:, selected], y[train])
        scores.append(fitted.score(X[test][:, selected], y[test]))
    return float(np.mean(scores))


if __name__ == "__main__":
    main(run, __doc__, floatfmt=".3g")
