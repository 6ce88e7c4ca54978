"""What results of this room share: a table and a picture."""


class Result:
    """Base of the frozen dataclasses that the functions return; a subclass may change the row of its table."""

    def _row(self):
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_frame(self):
        """Return the numbers as a pandas DataFrame of one row.

        Returns
        -------
        frame : pandas.DataFrame of shape (1, n_numbers)
            One row.
        """
        import pandas as pd

        return pd.DataFrame([self._row()])

    def plot(self, ax=None):
        """Draw the result.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : UncertaintyDisplay
            With ``ax_`` and ``figure_``.
        """
        from ._display import UncertaintyDisplay

        return UncertaintyDisplay(self).plot(ax=ax)
