"""Pictures of information planes."""

from itertools import cycle

import numpy as np

_MARKER, _MARKERS = 5, "osD^vPX*<>"
_TIGHT = 0.25  # nats between bounds, whose middle is then a better value than any estimate
_BOUNDS, _MIDPOINT = "bounds from the known noise", "their middle, where they are tight"
_OUTSIDE = "estimate outside of them"
_NULL_ERRORS = 2  # standard deviations of the null band to each side
_TEXT = {"textcoords": "offset points", "fontsize": "x-small", "color": "0.3"}


class InformationPlaneDisplay:
    """Pictures of an information plane.

    Parameters
    ----------
    plane : InformationPlane
        What to show.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes
        Axes of the planes, followed by that of the losses if there is one.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.
    """

    def __init__(self, plane):
        self.plane = plane

    @classmethod
    def from_plane(cls, plane, **options):
        """Draw a plane.

        Parameters
        ----------
        plane : InformationPlane
            What to show.
        **options : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : InformationPlaneDisplay
            The drawn display.
        """
        return cls(plane).plot(**options)

    def plot(self, ax=None, *, layers="each", smooth=None):
        """Draw I(L; Y) against I(X; L), coloured by epoch, with the losses below.

        Error bars are one standard error. Dashed lines are H(Y) and, if they are within the picture, log n and the
        capacity of a layer at its last epoch, in the panel of that layer. Grey bands show the estimates on shuffled
        rows, two standard deviations to each side of their mean. Where the noise is known, a thin grey line spans the
        bounds of I(X; L), a white diamond marks their middle if they are at most 0.25 nats apart, which is then a
        better value than the estimate, and a cross marks an estimate outside them.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw with ``layers="one"``; the losses are then left out. None makes a figure.
        layers : {"each", "one"}, default="each"
            One panel per layer, or one for all layers.
        smooth : int or None, default=None
            Odd number of neighbouring points to average at each point; the title then says so. None draws the estimates
            as they are.

        Returns
        -------
        self : InformationPlaneDisplay
            The drawn display.
        """
        import matplotlib.pyplot as plt

        if layers not in ("each", "one"):
            raise ValueError(f'Expected layers "each" or "one", got {layers!r}.')
        if not self.plane.points:
            raise ValueError("The plane is empty: there is nothing to draw.")
        if smooth is not None and (smooth < 1 or smooth % 2 == 0):
            raise ValueError(f"Expected an odd number of points to average, or None, got smooth={smooth!r}.")
        if ax is not None and layers == "each":
            raise ValueError('One ax holds one panel: pass layers="one" with it.')
        losses = [] if ax is not None else self._loss_names()
        names = list(self.plane.layers)
        self._norm = plt.Normalize(*self._epoch_range())
        if ax is not None:
            panels, loss_ax, figure = [ax], None, ax.figure
        else:
            figure, panels, loss_ax = self._new_axes(1 if layers == "one" else len(names), bool(losses))
        if layers == "one":
            for name, marker in zip(names, cycle(_MARKERS), strict=False):
                self._layer(panels[0], name, smooth, marker, label=name)
            found = dict(zip(*reversed(panels[0].get_legend_handles_labels()), strict=True))
            marks = {name: found[name] for name in found if name in names}
            panels[0].legend(marks.values(), marks.keys(), frameon=False, fontsize="small", title="layer")
            panels[0].set_title(self._title("all layers", smooth), fontsize="medium")
        else:
            for panel, name in zip(panels, names, strict=True):
                self._layer(panel, name, smooth, "o")
                self._capacity(panel, self.plane.of(name)[-1].capacity)
                panel.set_title(self._title(f"layer {name}", smooth), fontsize="medium")
        for panel in panels:
            self._lines(panel)
            panel.set_xlabel("I(X; L), nats")
        panels[0].set_ylabel("I(L; Y), nats")
        if loss_ax is not None:
            self._losses(loss_ax, losses)
        if ax is None:
            _explain(figure, panels)
        mappable = plt.cm.ScalarMappable(self._norm, "viridis")
        figure.colorbar(mappable, ax=panels, label="epoch", aspect=30 if len(panels) > 1 else 20)
        self.axes_ = np.array([*panels, *([loss_ax] if loss_ax is not None else [])])
        self.figure_ = figure
        return self

    def _new_axes(self, n_panels, with_losses):
        import matplotlib.pyplot as plt

        n_columns = min(n_panels, 3)
        n_rows = -(-n_panels // n_columns)  # rounded up
        width = 5.5 if n_panels == 1 else 3.4 * n_columns + 1
        heights = [1.0] * n_rows + ([0.5] if with_losses else [])
        figure = plt.figure(figsize=(width, 3.2 * n_rows + (1.8 if with_losses else 0)), layout="constrained")
        grid = figure.add_gridspec(len(heights), n_columns, height_ratios=heights)
        # The panels share their axes, so that layers can be compared.
        panels = []
        for i in range(n_panels):
            shared = {"sharex": panels[0], "sharey": panels[0]} if panels else {}
            panels.append(figure.add_subplot(grid[i // n_columns, i % n_columns], **shared))
        return figure, panels, figure.add_subplot(grid[n_rows, :]) if with_losses else None

    def _layer(self, ax, name, smooth, marker, label=None):
        points = self.plane.of(name)
        x, y, x_error, y_error = (
            np.array([getattr(p, field) for p in points]) for field in ("mi_xl", "mi_ly", "mi_xl_se", "mi_ly_se")
        )
        x, y = (_smoothed(values, smooth) for values in (x, y))
        epochs = np.array([p.epoch for p in points])
        colours = _colour_map()(self._norm(epochs))
        bounded = np.array([not np.isnan(point.lower) for point in points])
        lower, upper = (np.array([getattr(point, field) for point in points]) for field in ("lower", "upper"))
        if bounded.any():
            ax.hlines(y[bounded], lower[bounded], upper[bounded], color="0.75", lw=1, zorder=1, label=_BOUNDS)
        tight = bounded & (upper - lower <= _TIGHT)
        if tight.any():
            middle = 0.5 * (lower + upper)[tight]
            ax.scatter(middle, y[tight], marker="D", s=22, fc="white", ec=colours[tight], zorder=4, label=_MIDPOINT)
        ax.plot(x, y, color="0.5", lw=0.6, zorder=2)
        ax.errorbar(x, y, y_error, x_error, fmt="none", ecolor=colours, elinewidth=1, zorder=3)
        ax.scatter(x, y, c=epochs, norm=self._norm, cmap="viridis", marker=marker, s=_MARKER**2, zorder=4, label=label)
        outside = np.array(["below the lower" in p.flags or "above the upper" in p.flags for p in points])
        if outside.any():
            ax.scatter(x[outside], y[outside], marker="x", color="black", s=30, lw=1, zorder=5, label=_OUTSIDE)

    def _lines(self, ax):
        points = self.plane.points
        if not np.isnan(self.plane.target_entropy):
            ax.axhline(self.plane.target_entropy, color="0.3", lw=0.8, ls="--")
            place = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "top"}
            ax.annotate("H(Y)", (1, self.plane.target_entropy), (-2, -2), **place, **_TEXT)
        # Limits from all layers, set by hand: no line may stretch the shared axis.
        left, right = self._limits()
        log_n = np.log(points[0].n_samples)
        if right >= log_n:
            _vertical(ax, log_n, "log n")
        ax.set_xlim(left - 0.04 * (right - left), right + 0.06 * (right - left))
        for axis, field in ((ax.axvspan, "null_xl"), (ax.axhspan, "null_ly")):
            values = np.array([getattr(p, field) for p in points])
            spread = _NULL_ERRORS * values.std(ddof=1) if len(values) > 1 else 0.0
            axis(values.mean() - spread, values.mean() + spread, color="0.9", lw=0, zorder=0)

    def _limits(self):
        """Return the range of I(X; L) in the picture."""
        # Upper bounds can be far above all that this many rows can resolve, so they may leave the picture.
        points = self.plane.points
        null = np.array([p.null_xl for p in points])
        left = min(0.0, min(p.mi_xl - 2 * p.mi_xl_se for p in points), null.mean() - _NULL_ERRORS * null.std())
        right = max(max(p.mi_xl + 2 * p.mi_xl_se, np.nan_to_num(p.lower)) for p in points)
        log_n = np.log(points[0].n_samples)
        return left, max(right, log_n) if right > 0.75 * log_n else right

    def _capacity(self, ax, capacity):
        """Draw the capacity of a layer if it is within the picture."""
        if capacity <= self._limits()[1]:
            _vertical(ax, capacity, "capacity")

    def _losses(self, ax, names):
        for name, style in zip(names, ("-", "--", ":", "-."), strict=False):
            epochs = [epoch for epoch, losses in self.plane.losses.items() if name in losses]
            values = [self.plane.losses[epoch][name] for epoch in epochs]
            ax.plot(epochs, values, style, color="0.3", marker=".", label=name.replace("_", " "))
            ax.scatter(epochs, values, c=epochs, norm=self._norm, cmap="viridis", s=_MARKER**2, zorder=3)
        ax.set(xlabel="epoch", ylabel="loss")
        ax.legend(frameon=False, fontsize="small")

    def _loss_names(self):
        return list(dict.fromkeys(name for losses in self.plane.losses.values() for name in losses))

    def _epoch_range(self):
        epochs = [p.epoch for p in self.plane.points]
        return min(epochs), max(max(epochs), min(epochs) + 1)

    def _title(self, text, smooth):
        return text if smooth in (None, 1) else f"{text} (smoothed over {smooth} points)"


def _explain(figure, panels):
    """Add one legend for what stands for bounds, below all panels."""
    found = {}
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    shown = {label: found[label] for label in (_BOUNDS, _MIDPOINT, _OUTSIDE) if label in found}
    if shown:
        figure.legend(
            shown.values(), shown.keys(), loc="outside lower center", ncols=len(shown), frameon=False, fontsize="small"
        )


def _colour_map():
    import matplotlib

    return matplotlib.colormaps["viridis"]


def _vertical(ax, place, name):
    ax.axvline(place, color="0.3", lw=0.8, ls="--")
    ax.annotate(name, (place, 0), (-2, 2), xycoords=("data", "axes fraction"), ha="right", **_TEXT)


def _smoothed(values, width):
    """Return running means, over fewer points at the ends."""
    if width in (None, 1):
        return values
    half = width // 2
    return np.array([values[max(0, i - half) : i + half + 1].mean() for i in range(len(values))])
