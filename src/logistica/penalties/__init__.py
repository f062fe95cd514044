"""Mathematics in the coefficients."""

from logistica.penalties.lasso import Lasso
from logistica.penalties.ridge import Ridge

__all__ = ["Lasso", "Ridge"]
