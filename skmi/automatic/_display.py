"""A picture of an answer and of what was tried."""

import numpy as np


class EstimateDisplay:
    """Picture of an :class:`~skmi.automatic.Estimate`: the answer above, and below what each route found.

    Parameters
    ----------
    estimate : Estimate
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure of the axes.

    Examples
    --------
    >>> import skmi
    >>> from skmi.datasets import CorrelatedNormal
    >>> found = skmi.estimate(*CorrelatedNormal(mi=0.5).sample(300, random_state=0), random_state=0)
    >>> found.plot().ax_.get_xlabel()
    'mutual information, nats'
    """

    def __init__(self, estimate):
        self.estimate = estimate

    def plot(self, ax=None):
        """Draw the answer.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : EstimateDisplay
            The display itself.
        """
        import matplotlib.pyplot as plt

        found = self.estimate
        routes = [route for route in found.routes if route.gave_a_value]
        if ax is None:
            _, ax = plt.subplots(figsize=(6, 1.4 + 0.35 * len(routes)), layout="constrained")
        names = [f"answer, {found.confidence:.0%} interval", *(route.name for route in routes)]
        ax.plot([found.low, found.high], [0, 0], lw=4, color="C0", solid_capstyle="butt")
        ax.plot(found.mi, 0, "o", color="C0", ms=8)
        for i, route in enumerate(routes, start=1):
            ends = [route.low, route.mi if np.isnan(route.high) else route.high]
            ax.plot(ends, [i, i], lw=2, color="0.6")
            ax.plot(route.mi, i, "o" if np.isfinite(route.high) else ">", color="0.3")
        if np.isfinite(found.lower_bound):
            ax.axvline(found.lower_bound, color="C2", ls=":", label="lower bound for any distribution")
            ax.legend(loc="best", fontsize="small")
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel("mutual information, nats")
        ax.set_title("" if found.reliable else "not reliable: see reasons", color="C3", fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self
