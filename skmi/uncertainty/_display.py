"""Pictures of intervals, tests and bounds."""

import numpy as np


class UncertaintyDisplay:
    """Picture of a result of :mod:`skmi.uncertainty`.

    Parameters
    ----------
    result : MIInterval, PermutationTest, LowerBound, LabelBounds, MIDifference or MISum
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure of the axes.

    Examples
    --------
    >>> from skmi import KSG
    >>> from skmi.datasets import CorrelatedNormal
    >>> from skmi.uncertainty import mi_interval
    >>> interval = mi_interval(KSG(), *CorrelatedNormal(mi=0.5).sample(300, random_state=0), random_state=0)
    >>> interval.plot().ax_.get_xlabel()
    'mutual information, nats'
    """

    def __init__(self, result):
        self.result = result

    def plot(self, ax=None):
        """Draw the result.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        display : UncertaintyDisplay
            The display itself.
        """
        import matplotlib.pyplot as plt

        is_test = hasattr(self.result, "null")
        if ax is None:
            _, ax = plt.subplots(figsize=(6, 3.2 if is_test else 2.0), layout="constrained")
        draw = _test if is_test else _spans
        draw(ax, self.result)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _test(ax, test):
    ax.hist(test.null, bins="auto", color="0.75", label=f"{len(test.null)} permutations")
    ax.axvline(test.statistic, color="C0", lw=2, label=f"as observed, p = {test.pvalue:.3g}")
    ax.set(xlabel="estimate, nats", ylabel="draws")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)


def _spans(ax, result):
    """Draw bars from low to high with marks."""
    if hasattr(result, "drift"):
        bars = [(result.low, result.high, "C0" if result.reliable else "C1")]
        marks = [(result.estimate, "o", "estimate"), (result.corrected, "D", "extrapolated")]
        label = "mutual information, nats"
        title = "reliable" if result.reliable else f"doubtful: {len(result.reasons)} reasons"
    elif hasattr(result, "difference"):
        bars, marks = [(result.low, result.high, "C0")], [(result.difference, "o", "difference")]
        label, title = "difference of mutual information, nats", f"p = {result.pvalue:.3g}"
        ax.axvline(0, color="0.5", lw=0.8, ls=":")
    elif hasattr(result, "estimates"):
        bars, marks = [(result.low, result.high, "C0")], [(result.value, "o", "sum")]
        label, title = "sum of mutual information, nats", ""
        ax.axvline(0, color="0.5", lw=0.8, ls=":")
    elif hasattr(result, "upper"):
        bars = [(result.lower, result.upper, "0.85"), (result.low, result.high, "C0")]
        marks = [(result.lower, "o", "classifier"), (result.upper, "|", "entropy of the labels")]
        label, title = "mutual information, nats", ""
    else:
        bars, marks = [], [(result.bound, ">", "lower bound"), (result.estimate, "o", "held-out InfoNCE")]
        label, title = (
            "mutual information, nats",
            f"at least {result.bound:.2f} nats, confidence {result.confidence:.0%}",
        )
    for low, high, color in bars:
        ax.plot([low, high], [0, 0], color=color, lw=6, alpha=0.6, solid_capstyle="butt")
    for value, marker, name in marks:
        ax.plot(value, 0, marker, ms=9, mec="black", color="white" if marker == "D" else "black", label=name, ls="none")
    ends = np.array([value for bar in bars for value in bar[:2]] + [mark[0] for mark in marks])
    room = 0.15 * max(np.ptp(ends), 0.02)
    ax.set(xlabel=label, yticks=[], ylim=(-1, 1.6), xlim=(ends.min() - room, ends.max() + room), title=title)
    ax.legend(loc="upper center", ncols=2, frameon=False)
