"""The facade: one fitted model, and the ways to get one. Every method delegates."""

from logistica.model.api import fit, load
from logistica.model.model import Model

__all__ = ["Model", "fit", "load"]
