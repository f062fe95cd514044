"""Columns that are text because of a few cells among their numbers: marks of missing values, or thousands apart."""

from __future__ import annotations

import re

import numpy as np

from logistica.core.errors import DataWarning
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.data.columns import LevelColumn, Mask
from logistica.data.factors import level_counts
from logistica.data.origin import Origin
from logistica.data.spelling import DECIMAL_COMMA, is_number

MARKS = frozenset({".", "?", "-", "--", "*", "#n/a", "n/a", "n.a.", "na", "none", "nil", "missing", "<na>", "\\n"})
"""What other programs and people write for a missing value, in any case."""
MOSTLY = 0.5
CODES = 10
"""So many numbers, and no more, may be the codes of levels, beside others that are no marks."""
_GROUPED = re.compile(r"\s*[+-]?[0-9]{1,3}([_' \u00a0\u2009\u202f][0-9]{3})+([.,][0-9]*)?\s*")


def stray_notes(column: LevelColumn, origin: Origin | None, in_use: Mask | None) -> list[Note]:
    """Say of a factor that most of its cells are numbers, and which is the first that is none.

    ``in_use``, shape (n,), marks the rows whose values matter (None: all). A factor of numbers alone has a note of its
    own, and so few of them that they may be codes have none.
    """
    counts = level_counts(column, None, in_use)
    texts = [str(level) for level in column.levels]
    is_plain = np.array([is_number(text) or is_number(text, DECIMAL_COMMA) for text in texts], np.bool_)
    is_grouped = np.array([_GROUPED.fullmatch(text) is not None for text in texts], np.bool_)
    is_stray = ~is_plain & ~is_grouped & (counts > 0)
    n_cells, n_numbers = int(counts.sum()), int(counts[is_plain | is_grouped].sum())
    if n_numbers < MOSTLY * n_cells or not (is_stray.any() or counts[is_grouped].any()):
        return []
    strays = [text for text, stray in zip(texts, is_stray, strict=True) if stray]
    are_marks = all(text.strip().lower() in MARKS for text in strays)
    n_levels = int(np.count_nonzero(counts))
    if strays and not are_marks and n_levels - len(strays) <= CODES:
        return []
    places = (is_stray if strays else is_grouped)[column.codes] & (column.codes >= 0)
    row = int(np.argmax(places if in_use is None else places & in_use))
    text = texts[column.codes[row]]
    line = None if origin is None else origin.line(row)
    where = f"in row {row}" if line is None else f"on line {line}"
    if strays:
        what = (
            f"{n_numbers:,} of its {counted(n_cells, 'cell')} are numbers; the first that is none is {text!r} {where}"
        )
        remedy = "Correct such cells if numbers are meant, and write NA, or nothing, for a missing value"
        if are_marks:
            remedy = f"If {text!r} marks a missing value, write NA, or nothing, for it"
    else:
        what = f"its cells are numbers with thousands set apart, the first {text!r} {where}"
        remedy = "Write them without if numbers are meant"
    message = (
        f"Column {column.name!r} is text and was taken as a factor with {counted(n_levels, 'level')}, but {what}."
        f" {remedy}."
    )
    return [Note("text-column", message, DataWarning)]
