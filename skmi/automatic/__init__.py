"""How much does X tell about y? One call that chooses how to find out, and says how sure it is."""

from ._auto import AutoMI
from ._display import EstimateDisplay
from ._estimate import Estimate, estimate
from ._route import Route

__all__ = ["AutoMI", "Estimate", "EstimateDisplay", "Route", "estimate"]
