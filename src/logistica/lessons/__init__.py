"""Lessons for notebooks: see what a number does by moving it.

They take ipywidgets: ``pip install 'logistica[lessons]'``.
"""

from __future__ import annotations

from logistica.lessons.sliders import SigmoidExplorer, sigmoid_explorer

__all__ = ["SigmoidExplorer", "sigmoid_explorer"]
