"""The lessons draw without a window, and their figures are closed."""

from tests.pictures.conftest import closed_figures

__all__ = ["closed_figures"]
