"""Scores of columns as a bar chart."""

import numpy as np

from ._scores import mi_scores


class MIScoresDisplay:
    """Bars of mutual information with error bars, highest on top.

    Parameters
    ----------
    scores : MIScores
        What to show.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the bars.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmi.feature_selection import MIScoresDisplay
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> display = MIScoresDisplay.from_data(X, y, max_features=5)
    >>> len(display.ax_.get_yticks())
    5
    """

    def __init__(self, scores):
        self.scores = scores

    @classmethod
    def from_data(cls, X, y, *, ax=None, max_features=30, **options):
        """Compute the scores and draw them.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Target.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_features : int, default=30
            Maximum number of bars.
        **options : dict
            Passed to :func:`mi_scores`.

        Returns
        -------
        display : MIScoresDisplay
            The drawn display.
        """
        return cls(mi_scores(X, y, **options)).plot(ax=ax, max_features=max_features)

    def plot(self, ax=None, *, max_features=30):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        max_features : int, default=30
            Maximum number of bars; the highest scores are drawn.

        Returns
        -------
        self : MIScoresDisplay
            The drawn display.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            n_bars = min(len(self.scores), max_features)
            _, ax = plt.subplots(figsize=(6, 1 + 0.3 * n_bars), layout="constrained")
        names = [str(name) for name in self.scores.feature[:max_features]]
        positions = np.arange(len(names))
        colours = np.where(self.scores.kind[:max_features] == "discrete", "#E69F00", "#0072B2")
        ax.barh(
            positions,
            self.scores.mi[:max_features],
            xerr=1.96 * self.scores.standard_error[:max_features],
            color=colours,
            capsize=3,
        )
        # Empty bars, so that each kind has one entry in the legend.
        for kind, colour in (("continuous", "#0072B2"), ("discrete", "#E69F00")):
            if kind in self.scores.kind[:max_features]:
                ax.barh(0, 0, color=colour, label=kind)
        ax.set(yticks=positions, yticklabels=names, xlabel="mutual information with the target (nats), ±1.96 s.e.")
        ax.axvline(0, color="0.3", linewidth=0.8)
        ax.invert_yaxis()
        ax.legend(frameon=False, loc="lower right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
