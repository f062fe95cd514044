"""Loss + penalty + data: the numbers that a solver may ask for."""

from logistica.objective.coordinates import Coordinates
from logistica.objective.mean import MeanObjective
from logistica.objective.objective import Derivatives, Objective, Slope
from logistica.objective.products import Products, products_at

__all__ = ["Coordinates", "Derivatives", "MeanObjective", "Objective", "Products", "Slope", "products_at"]
