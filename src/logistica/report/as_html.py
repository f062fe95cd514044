"""A page as HTML: one fragment, styled inline from the colours around it, so that it suits light and dark pages alike.

Names of columns and classes are the user's data; everything is escaped.
"""

from __future__ import annotations

from html import escape

from logistica.report.sheet import Block, Pairs, Row, Sheet

_BOX = "font-family:system-ui,sans-serif;font-size:0.9em;line-height:1.45;max-width:64em;color:inherit"
_TABLE = "border-collapse:collapse;margin:0.4em 0;font-variant-numeric:tabular-nums;background:transparent"
_LINE = "1px solid rgba(128,128,128,0.6)"
_NUMBER = "text-align:right;padding:0.15em 0 0.15em 1.4em;white-space:nowrap"
_NAME = "text-align:left;padding:0.15em 0;font-weight:normal"
_FAINT = "opacity:0.7;font-weight:normal"


def render(sheet: Sheet) -> str:
    """Return the page as an HTML fragment."""
    parts = [
        f'<div style="{_BOX}">',
        f'<div style="font-weight:600;font-size:1.1em;overflow-wrap:anywhere">{escape(sheet.title)}</div>',
        '<div style="display:flex;flex-wrap:wrap;column-gap:3em">',
        _pairs((*sheet.left, ("Classes", ", ".join(sheet.classes)))),
        _pairs(sheet.right),
        "</div>",
    ]
    if sheet.blocks:
        parts += ['<div style="overflow-x:auto">', *_table(sheet), "</div>"]
    if sheet.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in sheet.notes)
        parts.append(f'<ul style="margin:0.4em 0;padding-left:1.2em;overflow-wrap:anywhere">{notes}</ul>')
    parts.append("</div>")
    return "\n".join(parts)


def _pairs(pairs: Pairs) -> str:
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="{_NAME};{_FAINT}">{escape(name.strip())}</th>'
        f'<td style="text-align:left;padding:0.15em 0 0.15em 1.4em">{escape(value)}</td></tr>'
        for name, value in pairs
    )
    return f'<table style="{_TABLE};align-self:flex-start">{rows}</table>'


def _table(sheet: Sheet) -> list[str]:
    headings = "".join(f'<th scope="col" style="{_NUMBER};{_FAINT}">{escape(name)}</th>' for name in sheet.columns)
    return [
        f'<table style="{_TABLE};border-top:{_LINE};border-bottom:{_LINE}">',
        f'<thead><tr style="border-bottom:{_LINE}"><th></th>{headings}</tr></thead>',
        "<tbody>",
        *(line for block in sheet.blocks for line in _block(block, len(sheet.columns))),
        "</tbody></table>",
    ]


def _block(block: Block, n_columns: int) -> list[str]:
    lines = [_row(row) for row in block.rows]
    if block.heading:
        style = f"{_NAME};font-weight:600;padding-top:0.6em"
        lines.insert(0, f'<tr><th colspan="{n_columns + 1}" style="{style}">{escape(block.heading)}</th></tr>')
    return lines


def _row(row: Row) -> str:
    cells = list(row.cells)
    if row.remark:
        covered = min(2, len(cells))
        opening = f'<td colspan="{covered}" style="{_NUMBER}">{escape(row.remark)}</td>'
        cells = cells[covered:]
    else:
        opening = ""
    numbers = "".join(f'<td style="{_NUMBER}">{escape(cell)}</td>' for cell in cells)
    name = f'<th scope="row" style="{_NAME}">{escape(row.term)}</th>'
    return f'<tr style="background:transparent">{name}{opening}{numbers}</tr>'
