"""The facade: one fitted model, and the ways to get one. Every method delegates."""

from logistica.model.api import fit, load
from logistica.model.model import Model
from logistica.model.penalty_path import Path, path

__all__ = ["Model", "Path", "fit", "load", "path"]
