"""Facts gathered once, rendered many ways: as text, HTML, Markdown, LaTeX, JSON-able values and data frames."""

from __future__ import annotations

from logistica.report.history import history_frame
from logistica.report.model_line import html, short
from logistica.report.summary import Summary, summarise

__all__ = ["Summary", "history_frame", "html", "short", "summarise"]
