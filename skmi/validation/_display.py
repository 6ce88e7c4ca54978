"""Pictures of a validation: estimates against the truth, and a map of errors."""

import numpy as np

_COLOURS = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"
_MARKERS = "osD^vPX"
_BAND = 0.05  # nats
_MAX_COLOUR = 1.0  # nats at which the colour scale ends, so that one large error does not bleach the others


class ValidationDisplay:
    """Pictures of a validation.

    Parameters
    ----------
    result : ValidationResult
        What to show.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the picture.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.validation import ValidationDisplay, validate
    >>> result = validate(KSG(), ["1x1-normal", "2x2-sparse"], n_samples=1000, seeds=2)
    >>> ValidationDisplay.from_result(result).ax_.get_xlabel()
    'true I(X; Y), nats'
    """

    def __init__(self, result):
        self.result = result

    @classmethod
    def from_result(cls, result, *, ax=None, kind="estimate"):
        """Draw a result.

        Parameters
        ----------
        result : ValidationResult
            What to show.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        kind : {"estimate", "error"}, default="estimate"
            See :meth:`plot`.

        Returns
        -------
        display : ValidationDisplay
            The drawn display.
        """
        return cls(result).plot(ax=ax, kind=kind)

    def plot(self, ax=None, *, kind="estimate"):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        kind : {"estimate", "error"}, default="estimate"
            "estimate" draws the mean over seeds against the truth, with error bars of the standard deviation over
            seeds, or of 1.96 standard errors if there is one seed, and a band of 0.05 nats around the truth. Means
            outside the range of the truths by more than its width are drawn at the edge, and the legend counts them.
            "error" draws a map of mean errors, with one row per task and one column per estimator.

        Returns
        -------
        self : ValidationDisplay
            The drawn display.
        """
        if kind not in ("estimate", "error"):
            raise ValueError(f'Expected kind "estimate" or "error", got {kind!r}.')
        if not self.result.cells:
            raise ValueError("The result is empty: there is nothing to draw.")
        if ax is None:
            ax = self._new_axes(kind)
        (self._estimates if kind == "estimate" else self._errors)(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _new_axes(self, kind):
        import matplotlib.pyplot as plt

        groups = self.result.groups()
        if kind == "estimate":
            size = (6, 5.5)
        else:
            size = (4.5 + 0.6 * len(groups), 1.8 + 0.2 * len(self._tasks()))
        return plt.subplots(figsize=size, layout="constrained")[1]

    def _estimates(self, ax):
        truths = np.array([cell.truth for cell in self.result.cells])
        low, high = min(0.0, truths.min()), max(truths.max(), 0.1)
        ends = np.array([low - 0.03 * (high - low), high + 0.05 * (high - low)])
        # The y axis ends one range of truths above and below: one bad estimate would flatten all others into a line.
        bottom, top = 2 * low - high, 2 * high - low
        ax.fill_between(ends, ends - _BAND, ends + _BAND, color="0.85", lw=0, label=f"truth ± {_BAND}")
        ax.plot(ends, ends, color="0.3", lw=0.8)
        groups = self.result.groups()
        # Estimators that agree would hide one another: each is shifted a little sideways.
        step = 0.008 * (high - low) if len(groups) > 1 else 0.0
        for i, (estimator, n_samples) in enumerate(groups):
            tasks = list(self.result.by_task(estimator, n_samples).values())
            x = np.array([task["truth"] for task in tasks]) + step * (i - (len(groups) - 1) / 2)
            y = np.array([task["estimate"] for task in tasks])
            # One draw has no spread; the standard error of its estimate is drawn instead.
            single = all(task["n_seeds"] == 1 for task in tasks)
            bars = np.array([1.96 * task["standard_error"] if single else task["spread"] for task in tasks])
            beyond = (y < bottom) | (y > top)
            ax.errorbar(
                x,
                np.clip(y, bottom, top),
                np.where(beyond, 0.0, np.nan_to_num(bars)),
                fmt=_MARKERS[i % len(_MARKERS)],
                color=_COLOURS[i % len(_COLOURS)],
                ms=5,
                mfc="none",
                lw=1,
                label=self._label(estimator, n_samples) + (f", {beyond.sum()} beyond" if beyond.any() else ""),
            )
        edge = 0.05 * (high - low)
        lowest, highest = ax.get_ylim()
        ax.set(xlabel="true I(X; Y), nats", ylabel="estimate, nats", xlim=ends)
        ax.set_ylim(max(lowest, bottom - edge), min(highest, top + edge))
        ax.legend(frameon=False, fontsize="small", loc="upper left")

    def _errors(self, ax):
        groups = self.result.groups()
        names = self._tasks()
        errors = np.full((len(names), len(groups)), np.nan)
        for j, group in enumerate(groups):
            for task, values in self.result.by_task(*group).items():
                errors[names.index(task), j] = values["estimate"] - values["truth"]
        largest = np.nanmax(np.abs(errors), initial=0.0)
        limit = np.clip(largest, 0.3, _MAX_COLOUR)
        image = ax.imshow(errors, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto")
        for (i, j), error in np.ndenumerate(errors):
            text = "none" if np.isnan(error) else f"{error:+.2f}"
            colour = "white" if abs(error) > 0.6 * limit else "black"
            ax.text(j, i, text, ha="center", va="center", fontsize=7, color=colour)
        ax.set_xticks(range(len(groups)), [self._label(*group) for group in groups], rotation=30, ha="right")
        ax.set_yticks(range(len(names)), names, fontsize=8)
        extend = "both" if largest > limit else "neither"
        ax.figure.colorbar(image, ax=ax, label="estimate − truth, nats", extend=extend)

    def _tasks(self):
        return list(dict.fromkeys(task for group in self.result.groups() for task in self.result.by_task(*group)))

    def _label(self, estimator, n_samples):
        sizes = {n for _, n in self.result.groups()}
        return estimator if len(sizes) == 1 else f"{estimator}, n = {n_samples}"
