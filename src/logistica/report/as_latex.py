"""A page as LaTeX: plain ``tabular`` environments that need no package."""

from __future__ import annotations

import re

from logistica.report.as_text import printable
from logistica.report.sheet import Block, Pairs, Sheet

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_TABLE = str.maketrans(_SPECIAL)
_NUMBER = re.compile(r"([<>]?)([+-]?)(\d[\d.,]*|inf)(?:e([+-]\d+))?")


def render(sheet: Sheet) -> str:
    """Return the page as LaTeX source, without a final line break."""
    lines = [rf"\noindent\textbf{{{_escaped(sheet.title)}}}", ""]
    lines += _pairs((*sheet.left, ("Classes", ", ".join(sheet.classes)), *sheet.right))
    if sheet.blocks:
        width = len(sheet.columns)
        headings = " & ".join(map(_escaped, sheet.columns))
        lines += ["", rf"\begin{{tabular}}{{l{'r' * width}}}", r"\hline", rf" & {headings} \\", r"\hline"]
        for block in sheet.blocks:
            lines += _block(block, width)
        lines += [r"\hline", r"\end{tabular}"]
    if sheet.notes:
        lines += ["", r"\begin{itemize}", *(rf"\item {_escaped(note)}" for note in sheet.notes), r"\end{itemize}"]
    return "\n".join(lines)


def _pairs(pairs: Pairs) -> list[str]:
    rows = [rf"{_escaped(name.strip())} & {_cell(value)} \\" for name, value in pairs]
    return [r"\begin{tabular}{lp{0.6\linewidth}}", *rows, r"\end{tabular}"]


def _block(block: Block, width: int) -> list[str]:
    lines = [rf"\multicolumn{{{width + 1}}}{{l}}{{{_escaped(block.heading)}}} \\"] if block.heading else []
    for row in block.rows:
        first = _escaped(row.remark) if row.remark else _cell(row.cells[0])
        lines.append(rf"{_escaped(row.term)} & {' & '.join([first, *map(_cell, row.cells[1:])])} \\")
    return lines


def _cell(text: str) -> str:
    """Set a number as mathematics, so that its sign is a minus and its exponent raised."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return _escaped(text)
    relation, sign, digits, exponent = found.groups()
    digits = r"\infty" if digits == "inf" else digits.replace(",", "{,}")
    power = "" if exponent is None else rf" \times 10^{{{int(exponent)}}}"
    return f"${relation}{sign}{digits}{power}$"


def _escaped(text: str) -> str:
    # A term such as [a] after a line's \\ would be read as its optional argument.
    escaped = printable(text).translate(_TABLE)
    return f"{{}}{escaped}" if escaped.startswith(("[", "*")) else escaped
