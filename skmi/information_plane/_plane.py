"""The table of an information plane, its files and its findings."""

from dataclasses import dataclass, fields

import numpy as np

from .._resume import RecordFile
from ._findings import findings


@dataclass(frozen=True)
class PlanePoint:
    """One layer at one epoch; mutual information in nats, or NaN if not known.

    Attributes
    ----------
    epoch : int
        Number of the epoch; 0 is before training.
    layer : str
        Name of the layer.
    mi_xl, mi_xl_se : float
        Estimate of I(X; L), and its standard error. It uses codes of other rows than those to which the compressors
        were fitted.
    mi_ly, mi_ly_se : float
        The same for I(L; Y).
    null_xl, null_ly : float
        The same estimates with the rows of L shuffled.
    lower, lower_se : float
        Lower bound of I(X; L) that follows from the known noise, and its standard error.
    upper, upper_se : float
        The same for the upper bound.
    capacity : float
        Upper bound of I(X; L) for any signal with the same covariance.
    n_samples : int
        Number of rows used for the estimates.
    method : str
        Compressors and estimator.
    flags : str
        Problems of the point, separated by semicolons.
    fingerprint : str
        Hash of the activations and of the data, which identifies a finished point.
    """

    epoch: int
    layer: str
    mi_xl: float
    mi_xl_se: float
    mi_ly: float
    mi_ly_se: float
    null_xl: float
    null_ly: float
    lower: float
    lower_se: float
    upper: float
    upper_se: float
    capacity: float
    n_samples: int
    method: str
    flags: str
    fingerprint: str


NAMES = [field.name for field in fields(PlanePoint)]


@dataclass(frozen=True)
class InformationPlane:
    """Mutual information of layers with the input and with the target, by epoch.

    Attributes
    ----------
    points : tuple of PlanePoint
        Ordered by epoch and layer.
    layers : tuple of str
        In the order of the forward pass.
    target_entropy : float
        H(Y) in nats, the upper limit of I(L; Y) for labels; NaN for continuous targets.
    losses : dict
        For each epoch, a dict of losses by name.
    complete : bool
        Whether all recorded points are estimated; False after an interruption.
    """

    points: tuple[PlanePoint, ...]
    layers: tuple[str, ...]
    target_entropy: float
    losses: dict
    complete: bool = True

    def of(self, layer):
        """Return the points of one layer, by epoch.

        Parameters
        ----------
        layer : str
            Name of the layer.

        Returns
        -------
        points : list of PlanePoint
            In the order of the epochs.
        """
        if layer not in self.layers:
            raise KeyError(f"There is no layer {layer!r}; there are {', '.join(self.layers)}.")
        return [point for point in self.points if point.layer == layer]

    def to_frame(self):
        """Return the points as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per point.
        """
        import pandas as pd

        return pd.DataFrame([vars(point) for point in self.points], columns=NAMES)

    def to_csv(self, path):
        """Write the points, one per line.

        Parameters
        ----------
        path : str or path-like
            The file, which is overwritten.
        """
        RecordFile(PlanePoint, path).replace(self.points)

    def findings(self):
        """Describe the table in words.

        Returns
        -------
        text : str
            For each layer, the rises and falls of I(X; L) that exceed the error bars, and its last value; when the loss
            falls fastest and when the first compression begins; which estimates break data processing, bounds or H(Y).
            Where an estimate lies outside of its bounds these take its place, and only a change of both counts.
        """
        return findings(self)

    def __repr__(self):
        width = max([len(layer) for layer in self.layers] + [len("layer")])
        lines = [
            f"{'epoch':>6}  {'layer':<{width}}  {'I(X; L)':>7} {'± s.e.':>6}  {'lower':>6} {'upper':>6}  "
            f"{'I(L; Y)':>7} {'± s.e.':>6}  flags"
        ]
        for p in self.points:
            lines.append(
                f"{p.epoch:>6}  {p.layer:<{width}}  {p.mi_xl:>7.3f} {p.mi_xl_se:>6.3f}  {p.lower:>6.3f} "
                f"{p.upper:>6.3f}  {p.mi_ly:>7.3f} {p.mi_ly_se:>6.3f}  {p.flags}"
            )
        if not np.isnan(self.target_entropy):
            lines.append(f"H(Y) = {self.target_entropy:.3f} nats")
        if not self.complete:
            lines.append("Interrupted: some points are missing.")
        return "\n".join(lines)
