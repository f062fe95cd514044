"""How to add up over blocks of rows."""

from logistica.engines.base import Collected, Engine, Kernel, Sums, Workspace
from logistica.engines.numpy_engine import NumpyEngine

__all__ = ["Collected", "Engine", "Kernel", "NumpyEngine", "Sums", "Workspace"]
