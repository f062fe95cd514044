"""Lessons for notebooks: see what a number does by moving it.

The sliders take ipywidgets: ``pip install 'logistica[lessons]'``. The points that they show are at hand without it.
"""

from __future__ import annotations

from logistica.lessons.example import OVERLAPPING, SEPARATED, Points, rounded_line
from logistica.lessons.sliders import SigmoidExplorer, sigmoid_explorer

__all__ = ["OVERLAPPING", "SEPARATED", "Points", "SigmoidExplorer", "rounded_line", "sigmoid_explorer"]
