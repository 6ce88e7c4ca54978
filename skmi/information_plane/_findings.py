"""The findings of an information plane, in words."""

import numpy as np

_ERRORS = 2.0  # a change counts if it exceeds this many standard errors
_LEAST = 0.02  # nats; a smaller change does not count, however small its error


def phases(values, errors, spreads=None):
    """Return the rises and falls of a curve that exceed its noise.

    Parameters
    ----------
    values : array-like of shape (n_epochs,)
        The curve.
    errors : array-like of shape (n_epochs,)
        Standard errors of its points.
    spreads : array-like of shape (n_epochs,) or None, default=None
        Half of the distance of bounds between which nothing is known.

    Returns
    -------
    phases : list of (str, int, int)
        "fitting" or "compression", with the positions where each begins and ends; they alternate. A turning point
        counts once the curve has gone back by more than the noise of both points.
    """
    spreads = np.zeros(len(values)) if spreads is None else spreads
    values, *errors = (np.asarray(a, dtype=float) for a in (values, errors, spreads))
    turns, direction, best = [], 0, 0
    lowest = highest = 0
    for i in range(1, len(values)):
        if direction == 0:
            # The direction is not known yet: compare with both extremes so far.
            lowest = i if values[i] < values[lowest] else lowest
            highest = i if values[i] > values[highest] else highest
            if _beyond(values, errors, lowest, i):
                turns, direction, best = [lowest], 1, i
            elif _beyond(values, errors, highest, i):
                turns, direction, best = [highest], -1, i
        elif direction * (values[i] - values[best]) > 0:
            best = i
        elif _beyond(values, errors, best, i):
            turns.append(best)
            direction, best = -direction, i
    if direction == 0:
        return []
    turns.append(best)
    names = ("fitting", "compression") if values[turns[1]] > values[turns[0]] else ("compression", "fitting")
    return [(names[k % 2], turns[k], turns[k + 1]) for k in range(len(turns) - 1)]


def _beyond(values, errors, i, j):
    errors, spreads = errors
    noise = max(_ERRORS * np.hypot(errors[i], errors[j]), _LEAST)
    return abs(values[i] - values[j]) > noise + spreads[i] + spreads[j]


def is_outside(point):
    """Return whether the estimate of I(X; L) lies outside of its bounds, which then take its place."""
    return "below the lower" in point.flags or "above the upper" in point.flags


def within_bounds(point):
    """Return I(X; L) of a point, its standard error, and by how much it may be off besides.

    Where the estimate lies outside of its bounds, the value is the middle between them.

    Parameters
    ----------
    point : PlanePoint

    Returns
    -------
    value, error, spread : float
    """
    if not is_outside(point):
        return point.mi_xl, point.mi_xl_se, 0.0
    spread = 0.5 * max(0.0, point.upper - point.lower)
    return 0.5 * (point.lower + point.upper), max(point.lower_se, point.upper_se), spread


def curve(points):
    """Return I(X; L) of points within their bounds, standard errors, and spreads, shape (n_points,) each."""
    return np.array([within_bounds(point) for point in points]).reshape(-1, 3).T


def _text_of(point):
    if is_outside(point):
        return f"between {point.lower:.2f} and {point.upper:.2f}"
    return f"{point.mi_xl:.2f}"


def findings(plane):
    """Return the findings of an InformationPlane as text."""
    lines = [_layer(plane, layer) for layer in plane.layers]
    lines += [line for line in (_steepest_fall(plane), _target(plane), _processing(plane), _outside(plane)) if line]
    return "\n".join(lines)


def _layer(plane, layer):
    points = plane.of(layer)
    if len(points) < 2:
        return f"{layer}: one epoch only."
    found = phases(*curve(points))
    if found:
        turns = [(name, points[a], points[b]) for name, a, b in found]
        what = ", then ".join(
            f"{name} from {_text_of(first)} at epoch {first.epoch} to {_text_of(then)} at {then.epoch}"
            for name, first, then in turns
        )
    else:
        what = "no change beyond its error bars"
    last = points[-1]
    ends = f"ends at I(X; L) = {last.mi_xl:.2f} ± {last.mi_xl_se:.2f}"
    if is_outside(last):
        ends = f"ends with I(X; L) {_text_of(last)} by its noise"
    elif not np.isnan(last.lower):
        ends += f" (between {last.lower:.2f} and {last.upper:.2f} by its noise)"
    else:
        ends += " (no bounds are known, and codes may have lost any part of it)"
    return f"{layer}: {what}; {ends}, I(L; Y) = {last.mi_ly:.2f} ± {last.mi_ly_se:.2f}."


def _steepest_fall(plane):
    """Compare the first compression of any layer with the steepest fall of the loss between recorded epochs."""
    epochs = [epoch for epoch, losses in plane.losses.items() if np.isfinite(losses.get("train_loss", np.nan))]
    if len(epochs) < 3:
        return ""
    loss = np.array([plane.losses[epoch]["train_loss"] for epoch in epochs])
    slopes = np.diff(loss) / np.diff(epochs)
    k = int(np.argmin(slopes))
    text = f"The training loss falls fastest between epochs {epochs[k]} and {epochs[k + 1]}"
    starts = []
    for layer in plane.layers:
        points = plane.of(layer)
        found = phases(*curve(points))
        starts += [(points[a].epoch, layer) for name, a, _ in found if name == "compression"][:1]
    if not starts:
        return f"{text}; no layer compresses beyond its error bars."
    epoch, layer = min(starts)
    return f"{text}; the first compression, of {layer}, begins at epoch {epoch}."


def _target(plane):
    if np.isnan(plane.target_entropy) or not plane.points:
        return ""
    most = max(plane.points, key=lambda p: p.mi_ly)
    above = [p for p in plane.points if "above H(Y)" in p.flags]
    text = f"I(L; Y) reaches {most.mi_ly:.2f} of H(Y) = {plane.target_entropy:.2f} nats, in {most.layer} at epoch "
    text += str(most.epoch)
    return f"{text}; {len(above)} points lie above H(Y)." if above else f"{text}; no point lies above H(Y)."


def _processing(plane):
    """Count pairs of layers that break data processing: the later layer has more information than the earlier one."""
    by_key = {(p.epoch, p.layer): p for p in plane.points}
    broken = {"I(X; L)": 0, "I(L; Y)": 0}
    compared = 0
    for epoch in dict.fromkeys(p.epoch for p in plane.points):
        row = [by_key[epoch, layer] for layer in plane.layers if (epoch, layer) in by_key]
        for i, later in enumerate(row):
            for earlier in row[:i]:
                compared += 1
                for name, mi, se in (("I(X; L)", "mi_xl", "mi_xl_se"), ("I(L; Y)", "mi_ly", "mi_ly_se")):
                    margin = _ERRORS * np.hypot(getattr(earlier, se), getattr(later, se))
                    broken[name] += getattr(later, mi) > getattr(earlier, mi) + margin
    if not compared:
        return ""
    parts = " and ".join(f"{count} of {name}" for name, count in broken.items())
    text = f"Of {compared} pairs of layers, {parts} have the later layer above the earlier one by more than its error"
    return (
        f"{text}; there, compression has lost "
        "information about the earlier layer, or the later layer has other inputs too."
        if any(broken.values())
        else f"{text}."
    )


def _outside(plane):
    bounded = [p for p in plane.points if not np.isnan(p.lower)]
    if not bounded:
        return "No layer has bounds: they need noise of known size, added by the layer itself."
    low, high = (sum(f"{side} bound" in p.flags for p in bounded) for side in ("below the lower", "above the upper"))
    return (
        f"Of {len(bounded)} estimates of I(X; L) with known noise, {low} lie below its lower bound, where compression "
        f"has lost information, and {high} above its upper one"
        + ("; above, these are between their bounds." if low + high else ".")
    )
