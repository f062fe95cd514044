"""A page as Markdown, with the tables that GitHub, Quarto and pandoc read."""

from __future__ import annotations

import re

from logistica.report.as_text import printable
from logistica.report.sheet import Sheet

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def render(sheet: Sheet) -> str:
    """Return the page as Markdown, without a final line break."""
    lines = [f"**{_escaped(sheet.title)}**", "", "| | |", "|:---|:---|"]
    pairs = (*sheet.left, ("Classes", ", ".join(sheet.classes)), *sheet.right)
    lines += [f"| {_escaped(name.strip())} | {_escaped(value)} |" for name, value in pairs]
    for block in sheet.blocks:
        lines.append("")
        if block.heading:
            lines += [f"**{_escaped(block.heading)}**", ""]
        lines.append(f"| term | {' | '.join(map(_escaped, sheet.columns))} |")
        lines.append("|:---" + "|---:" * len(sheet.columns) + "|")
        for row in block.rows:
            cells = (row.remark or row.cells[0], *row.cells[1:])
            lines.append(f"| {_escaped(row.term)} | {' | '.join(map(_escaped, cells))} |")
    if sheet.notes:
        lines += ["", *(f"- {_escaped(note)}" for note in sheet.notes)]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
