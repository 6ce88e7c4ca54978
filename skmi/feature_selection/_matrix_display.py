"""The mutual information of all pairs of columns as a picture."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from ._matrix import mi_matrix

_MOST_NAMES, _MOST_NUMBERS = 60, 14  # columns up to which names, and numbers in cells, can be read


class MIMatrixDisplay:
    """Heat map of the mutual information of all pairs of columns.

    Parameters
    ----------
    matrix : MIMatrix
        What to show.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the heat map.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.feature_selection import MIMatrixDisplay
    >>> X, _ = load_diabetes(return_X_y=True, as_frame=True)
    >>> display = MIMatrixDisplay.from_data(X)
    >>> [label.get_text() for label in display.ax_.get_xticklabels()][:3]
    ['age', 'sex', 's3']
    """

    def __init__(self, matrix):
        self.matrix = matrix

    @classmethod
    def from_data(cls, X, *, ax=None, clustered=True, **options):
        """Compute the matrix and draw it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Columns.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        clustered : bool, default=True
            Whether columns that tell much of one another stand side by side.
        **options : dict
            Passed to :func:`mi_matrix`.

        Returns
        -------
        display : MIMatrixDisplay
            The drawn display.
        """
        return cls(mi_matrix(X, **options)).plot(ax=ax, clustered=clustered)

    def plot(self, ax=None, *, clustered=True):
        """Draw the heat map of normalized values, with the numbers in the cells where there is room.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        clustered : bool, default=True
            Whether columns that tell much of one another stand side by side, as average linkage of 1 - normalized finds
            them; otherwise they keep their order.

        Returns
        -------
        self : MIMatrixDisplay
            The drawn display.
        """
        n_columns = len(self.matrix)
        if ax is None:
            import matplotlib.pyplot as plt

            side = float(np.clip(2 + 0.4 * n_columns, 4, 14))
            _, ax = plt.subplots(figsize=(side + 1, side), layout="constrained")
        order = self._order() if clustered else np.arange(n_columns)
        values = self.matrix.normalized[np.ix_(order, order)]
        image = ax.imshow(values, vmin=0, vmax=1, cmap="cividis")
        ax.figure.colorbar(image, ax=ax, label="normalized mutual information", shrink=0.8)
        if n_columns <= _MOST_NAMES:
            names = [str(self.matrix.feature[i]) for i in order]
            ax.set_xticks(range(n_columns), names, rotation=90)
            ax.set_yticks(range(n_columns), names)
        else:
            ax.set(xticks=[], yticks=[], xlabel=f"{n_columns} columns")
        if n_columns <= _MOST_NUMBERS:
            for i in range(n_columns):
                for j in range(n_columns):
                    if i != j and np.isfinite(values[i, j]):
                        colour = "black" if values[i, j] > 0.6 else "white"
                        ax.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", color=colour, fontsize=8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _order(self):
        """Return the columns in the order of a clustering."""
        if len(self.matrix) < 3:
            return np.arange(len(self.matrix))
        distance = 1 - np.nan_to_num(self.matrix.normalized, nan=0.0)
        np.fill_diagonal(distance, 0.0)
        return leaves_list(linkage(squareform(np.clip(distance, 0, 1), checks=False), "average"))
