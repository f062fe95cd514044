"""Whether a maximum likelihood estimate exists, and what takes its place where it does not."""

from logistica.fitting.separation.examine import Limit, examine
from logistica.fitting.separation.record import Separation, SingleColumn

__all__ = ["Limit", "Separation", "SingleColumn", "examine"]
