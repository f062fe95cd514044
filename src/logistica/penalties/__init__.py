"""Mathematics in the coefficients."""

from logistica.penalties.ridge import Ridge

__all__ = ["Ridge"]
