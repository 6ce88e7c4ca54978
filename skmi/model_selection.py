"""Choose among the candidates of a search when scores are noisy."""

import numpy as np


def smallest_within_one_se(*parameters):
    """Return a ``refit`` for searches that chooses the smallest candidate within one standard error of the best.

    Above the true latent dimension the score of a compressor is flat. The best of many candidates is then chosen by
    chance, and its score is too high on average. This rule chooses the smallest candidate whose score is below the best
    by at most one standard error of the difference between the two over the folds.

    Parameters
    ----------
    *parameters : str
        Names as in the grid. The first decides which candidate is smaller; the next ones break ties, then the score.

    Returns
    -------
    refit : callable
        ``refit(cv_results_)`` returns the index of the candidate. Pass it as ``GridSearchCV(refit=...)``, which then
        sets ``best_index_`` and ``best_params_``.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984). "Classification and Regression Trees". Section 3.4.3.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.model_selection import GridSearchCV, KFold
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmi import KSG
    >>> from skmi.datasets import blob_images
    >>> from skmi.exceptions import kept_warnings
    >>> from skmi.model_selection import smallest_within_one_se
    >>> X, y = blob_images(mi=2.0).sample(1000, random_state=0)
    >>> search = GridSearchCV(
    ...     make_pipeline(PCA(whiten=True), KSG()),
    ...     {"pca__n_components": [1, 2, 3, 4]},
    ...     cv=KFold(5, shuffle=True, random_state=0),
    ...     refit=smallest_within_one_se("pca__n_components"),
    ... )
    >>> with kept_warnings():  # of candidates with too few codes
    ...     search.fit(X, y[:, :2]).best_params_["pca__n_components"] <= 3
    True
    """
    if not parameters or not all(isinstance(name, str) for name in parameters):
        raise ValueError(f"Expected names of parameters of the grid, at least one, got {parameters!r}.")
    return _Refit(parameters)


class _Refit:
    """The rule for given parameters; a class, because a nested function could not be pickled for worker processes."""

    def __init__(self, parameters):
        self.parameters = parameters

    def __call__(self, cv_results):
        unknown = [name for name in self.parameters if f"param_{name}" not in cv_results]
        if unknown:
            known = sorted(key.removeprefix("param_") for key in cv_results if key.startswith("param_"))
            raise ValueError(f"Expected parameters of the grid, which are {known}, got {unknown}.")
        if "mean_test_score" not in cv_results:
            raise ValueError("Expected a search with one score, got one with several: pass a single scoring.")
        means = np.asarray(cv_results["mean_test_score"], dtype=float)
        # Candidates whose fit failed have NaN, which compares as False below and is never chosen.
        means = np.where(np.isfinite(means), means, np.nan)
        names = [key for key in cv_results if key.startswith("split") and key.endswith("_test_score")]
        folds = np.column_stack([cv_results[name] for name in names])  # shape (n_candidates, n_folds)
        if not np.isfinite(means).any():
            raise ValueError("Expected a finite score for at least one candidate, got none.")
        best = int(np.nanargmax(means))
        # Differences fold by fold: an easy fold is easy for both candidates, and that part cancels.
        differences = folds[best] - folds
        n_folds = folds.shape[1]
        error = np.std(differences, axis=1, ddof=1) / np.sqrt(n_folds) if n_folds > 1 else np.zeros(len(means))
        good = np.flatnonzero(means >= means[best] - error)
        sizes = [[cv_results[f"param_{name}"][i] for name in self.parameters] for i in good]
        try:
            return int(min(zip(sizes, -means[good], good, strict=True))[2])
        except TypeError as error:
            raise TypeError(f"Expected values of {list(self.parameters)} that can be ordered, got {sizes}.") from error

    def __repr__(self):
        return f"smallest_within_one_se({', '.join(map(repr, self.parameters))})"
