"""Checks of a finished training."""

import numpy as np

from ..exceptions import InterruptedWarning, TrainingWarning, warn

_STILL_FALLING = 0.1  # warn if the last tenth of the epochs brought more than this share of the fall of the loss


def check_finished(net, patience, unfinished):
    """Warn if training was interrupted or stopped too early; raise if it was interrupted before its first epoch."""
    complete = [row for row in net.history if "valid_loss" in row]
    stopped_early = dict(net.callbacks_)["early_stopping"].misses_ >= patience
    if len(complete) < net.max_epochs and not stopped_early:
        if not complete:
            raise KeyboardInterrupt
        # The interrupted epoch has no validation loss.
        del net.history[len(complete) :]
        net.interrupted_ = True
        best = 1 + int(np.argmin([row["valid_loss"] for row in complete]))
        warn(
            f"Training was interrupted in epoch {len(complete) + 1}. The best weights so far, of epoch {best}, "
            "are kept.",
            InterruptedWarning,
        )
        return
    losses = np.array([row["valid_loss"] for row in complete])
    if not np.isfinite(losses).all():
        return  # check_learned warns
    tenth = max(1, len(losses) // 10)
    fall = losses[-2 * tenth : -tenth].mean() - losses[-tenth:].mean() if len(losses) > tenth else 0.0
    # If the best epoch is not among the last, more epochs would not have helped.
    best_is_last = np.argmin(losses) >= len(losses) - tenth
    share = fall / max(np.ptp(losses), np.finfo(float).tiny)
    if not stopped_early and best_is_last and share > _STILL_FALLING:
        warn(
            f"The {unfinished} when training stopped after {len(losses)} epochs: the last {tenth} brought {share:.0%} "
            "of the whole improvement. Raise max_epochs.",
            TrainingWarning,
        )


def check_learned(net, baseline):
    """Raise if training diverged at once; warn if it diverged later, or if the loss is no lower than the baseline."""
    losses = np.array(net.history[:, "valid_loss"])
    finite = np.isfinite(losses)
    if not finite.all():
        diverged = f"Training diverged: the held-out loss was not finite at epoch {int(np.argmin(finite)) + 1}. "
        advice = "Lower learning_rate, or look for extreme values in the data."
        if not finite[0]:
            raise ValueError(diverged + advice)
        warn(f"{diverged}The best weights until then are kept. {advice}", TrainingWarning)
        losses = losses[finite]
    if baseline is not None and losses.min() > baseline > 0:
        warn(
            f"The network learned nothing in {len(losses)} epochs: its held-out loss {losses.min():.3g} is no lower "
            f"than that of a constant, {baseline:.3g}. Raise max_epochs, lower learning_rate, or look for extreme "
            "values.",
            TrainingWarning,
        )
