"""Design matrices made the obvious way, to compare with."""

import numpy as np

from logistica.data.read import read

ROWS = [
    # age, rank, city, member, passed
    (31.5, "b", "Rome", True, "yes"),
    (22.0, "a", "Oslo", False, "no"),
    (47.25, "c", "Rome", False, "yes"),
    (18.0, "a", "Bern", True, "no"),
    (60.0, "b", "Oslo", True, "yes"),
]
NAMES = ("age", "rank", "city", "member", "passed")
COLUMNS = {name: [row[j] for row in ROWS] for j, name in enumerate(NAMES)}
TERMS = ("age", "rank[b]", "rank[c]", "city[Oslo]", "city[Rome]", "member")


def expected_design():
    rows = []
    for age, rank, city, member, _ in ROWS:
        indicators = [rank == "b", rank == "c", city == "Oslo", city == "Rome"]
        rows.append([age, *map(float, indicators), float(member)])
    return np.array(rows)


def filled(design, rows=None):
    """All rows (or the chosen ones) of a design, as float64; the scratch starts as garbage."""
    rows = slice(0, design.n_rows) if rows is None else rows
    n_rows = len(range(design.n_rows)[rows]) if isinstance(rows, slice) else len(rows)
    out = np.full((n_rows, design.n_columns), 777.0)
    design.fill(rows, out)
    return out


def read_x(X, **options):
    """What a fit would see of X beside a plain target."""
    y = np.arange(len(X) if not hasattr(X, "shape") else X.shape[0]) % 2
    dataset = read(X, target=y, **options)
    return filled(dataset.source.design)


def source_rows(source):
    """The rows in use of a source, as float64."""
    blocks = list(source.blocks(3))
    out = np.full((source.n_rows, source.n_columns), 777.0)
    for block in blocks:
        block.fill(out[block.start : block.start + block.n_rows])
    return out
