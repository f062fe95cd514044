"""A page as plain text, for the terminal: no wider than 100 characters, whatever the names."""

from __future__ import annotations

import unicodedata
from collections import Counter

from logistica.report.sheet import Sheet

WIDTH = 100
LEAST_TERM = 16
INDENT = 12
GAP = "  "


def render(sheet: Sheet) -> str:
    """Return the page as lines of text, without a final line break."""
    table = _table(sheet)
    width = max([72, *(width_of(line) for line in (*table, *_facts(sheet)))])
    rule = "=" * min(width, WIDTH)
    lines = [*_wrapped(printable(sheet.title), "  "), rule, *_facts(sheet)]
    lines += _classes(sheet.classes)
    if table:
        lines += [rule, *table, rule]
    for note in sheet.notes:
        lines += _wrapped(f"- {printable(note)}", "  ")
    return "\n".join(lines)


def printable(text: str) -> str:
    """Return the text with line breaks, tabs and other control characters as escapes, so that none moves the cursor."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def width_of(text: str) -> int:
    """Return how many places a terminal gives the text."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


def cut(text: str, width: int) -> str:
    """Shorten a name in its middle, for names often differ at their ends."""
    if width_of(text) <= width:
        return text
    tail = (width - 3) // 2
    end = text[-tail:]
    while width_of(end) > tail:
        end = end[1:]
    start = text[: width - 3 - tail]
    while width_of(start) > width - 3 - tail:
        start = start[:-1]
    return f"{start}...{end}"


def _facts(sheet: Sheet) -> list[str]:
    left = [f"{name:<{INDENT}}{value}" for name, value in sheet.left]
    longest = max(len(value) for _, value in sheet.right)
    right = [f"{name:<26}{value:>{longest}}" for name, value in sheet.right]
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    middle = max(map(len, left)) + 4
    return [f"{a:<{middle}}{b}".rstrip() for a, b in zip(left, right, strict=True)]


def _classes(classes: tuple[str, ...]) -> list[str]:
    """List the classes, as many to a line as fit."""
    lines, line = [], "Classes".ljust(INDENT)
    for i, one in enumerate(classes):
        text = cut(printable(one), WIDTH - INDENT - 1) + ("," if i < len(classes) - 1 else "")
        if width_of(line) + width_of(text) > WIDTH:
            lines.append(line.rstrip())
            line = " " * INDENT
        line += f"{text} "
    return [*lines, line.rstrip()]


def _table(sheet: Sheet) -> list[str]:
    rows = [row for block in sheet.blocks for row in block.rows]
    if not rows:
        return []
    widths = [max(len(heading), *map(len, cells)) for heading, cells in _by_column(sheet)]
    room = max(WIDTH - sum(widths) - len(GAP) * len(widths), LEAST_TERM)
    terms = _told_apart([printable(row.term) for row in rows], room)
    first = max(width_of(term) for *_, term in terms)
    lines = [" " * first + _line(sheet.columns, widths)]
    remaining = iter(terms)
    for block in sheet.blocks:
        if block.heading:
            lines.append(cut(printable(block.heading), WIDTH))
        for row in block.rows:
            *above, term = next(remaining)
            lines += above
            padded = term + " " * (first - width_of(term))
            lines.append(padded + _line(row.cells, widths, row.remark))
    return lines


def _told_apart(names: list[str], room: int) -> list[list[str]]:
    """Return for each name its lines, of which the last stands in the row: cut, if no other name looks so then.

    Otherwise the whole name stands above its row.
    """
    short = {name: cut(name, room) for name in names}
    alike = Counter(short.values())
    return [[short[name]] if alike[short[name]] == 1 else [*_pieces(name), ""] for name in names]


def _pieces(text: str) -> list[str]:
    """Break a text into lines, wherever they are full."""
    lines = [""]
    for one in text:
        if width_of(lines[-1]) + width_of(one) > WIDTH:
            lines.append("")
        lines[-1] += one
    return lines


def _by_column(sheet: Sheet) -> list[tuple[str, tuple[str, ...]]]:
    cells = zip(*(row.cells for block in sheet.blocks for row in block.rows), strict=True)
    return list(zip(sheet.columns, cells, strict=True))


def _line(cells: tuple[str, ...], widths: list[int], remark: str = "") -> str:
    if not remark:
        return "".join(f"{GAP}{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    covered, room = 1, widths[0]
    while room < len(remark) and covered < len(widths):
        room += len(GAP) + widths[covered]
        covered += 1
    return f"{GAP}{remark:>{room}}" + _line(cells[covered:], widths[covered:])


def _wrapped(text: str, indent: str) -> list[str]:
    """Break at spaces, and cut what is wider than a line; textwrap would count characters, not the places they take."""
    lines, line = [], ""
    for long in text.split():
        word = cut(long, WIDTH - len(indent))
        if line.strip() and width_of(line) + 1 + width_of(word) > WIDTH:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
