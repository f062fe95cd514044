"""Loss + penalty + data: the numbers that a solver may ask for."""

from logistica.objective.coordinates import Coordinates
from logistica.objective.objective import Derivatives, Objective

__all__ = ["Coordinates", "Derivatives", "Objective"]
