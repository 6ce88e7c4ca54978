"""The warnings and errors a user meets. Each message says what was found and what to try."""


class SkmiWarning(UserWarning):
    """Base class of every warning of skmi, for filtering all of them at once."""


class ConstantColumnWarning(SkmiWarning):
    """A column has one value only: it carries no information and is ignored."""


class TiesWarning(SkmiWarning):
    """Many values coincide where an estimator expects continuous data."""


class RepeatedRowsWarning(SkmiWarning):
    """Whole rows of (X, y) occur several times, which reads as information."""


class RareClassWarning(SkmiWarning):
    """Rows were dropped because their discrete values occur only once."""


class SaturationWarning(SkmiWarning):
    """A value is close to the largest one that the sample size lets the method report."""


class InfiniteMIWarning(SkmiWarning):
    """X determines a part of y exactly, so the mutual information of continuous data is infinite."""


class UnreliableEstimateWarning(SkmiWarning):
    """The data break an assumption of the estimator, such as a joint density of full dimension."""


class TrainingWarning(SkmiWarning):
    """A network was still improving, or had failed to improve, when its training stopped."""


class DeterministicLayerWarning(SkmiWarning):
    """A layer without noise was asked for: its information about a continuous input is infinite or an artefact."""
