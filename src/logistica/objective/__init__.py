"""Loss + penalty + data: the numbers that a solver may ask for."""

from logistica.objective.coordinates import Coordinates
from logistica.objective.mean import MeanObjective
from logistica.objective.objective import Derivatives, Objective, Slope

__all__ = ["Coordinates", "Derivatives", "MeanObjective", "Objective", "Slope"]
