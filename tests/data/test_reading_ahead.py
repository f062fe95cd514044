"""A large file is read in pieces on several threads; the table, or the error, is that of one thread, bit for bit."""

import random

import pytest

from logistica.core.errors import DataError
from logistica.data import delimited, delimited_scan, filebytes, long_columns
from logistica.data.filebytes import FileBytes

CELLS = {
    "whole": ["0", "1", "-2", "30", "-0", "007", "9223372036854775807"],
    "float": ["0.5", "-0.0", "1e3", "-0", "1", ".5", "3.", "+2", "4e-324", "12345678901234567890.5", " 2.5 "],
    "odd": ["inf", "nan", "1e400", "0x10", "9223372036854775808", "1,5", "--1", "true"],
    "text": ["a", "b c", '"x,y"', '"two\nlines"', '"say ""a"""', "\u00e9", "2020-01-02", "12:30"],
    "missing": ["", "NA", "N/A", "NaN", "null", " NA", '""'],
}
ROWS = 60


def random_text(rng):
    """Make a table whose columns mostly keep to one kind, with slips, and now and then with a line that is none."""
    end, delimiter = rng.choice(["\n", "\n", "\r\n", "\r"]), rng.choice([",", ",", ";", "\t"])
    kinds = [rng.choice(["whole", "float", "text"]) for _ in range(rng.randint(1, 4))]
    slips = rng.choice([0.0, 0.01, 0.1])
    lines = [delimiter.join(f"c{place}" for place in range(len(kinds)))]
    for row in range(rng.randint(1, ROWS)):
        cells = []
        for kind in kinds:
            here = "missing" if rng.random() < 0.1 else rng.choice(list(CELLS)) if rng.random() < slips else kind
            late = here == "whole" and kind == "whole" and slips and row > ROWS // 2
            cells.append(rng.choice(CELLS["float" if late else here]))
        if rng.random() < 0.002:
            cells.append("1")
        lines.append(delimiter.join(cells))
        if rng.random() < 0.02:
            lines.append(rng.choice(["", "# a comment"]))
    return (end.join(lines) + rng.choice(["", end])).encode()


def outcome(data):
    try:
        table, origin = delimited.read(FileBytes("f.csv", data))
    except DataError as error:
        return error
    lines = [origin.line(row) for row in range(table.num_rows)]
    faults = {name: str(fault) for name, fault in origin.faults.items()}
    return repr(
        (table.schema, table.to_pydict(), faults, lines, origin.zeros)
    )  # in which -0.0 is not 0.0, and NaN is NaN


@pytest.mark.parametrize("seed", range(8))
def test_threads_change_nothing(monkeypatch, seed):
    rng = random.Random(seed)
    seen = set()
    for _ in range(60):
        data, piece_bytes = random_text(rng), rng.choice([7, 16, 61, 250])
        grain, grains = rng.choice([1, 4, 1 << 14]), rng.choice([1, 3])
        monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
        monkeypatch.setattr(long_columns, "FEWEST", rng.choice([1, 1, ROWS]))
        monkeypatch.setattr(long_columns, "GRAIN", grain)
        monkeypatch.setattr(long_columns, "LONGEST", grain * grains)
        with monkeypatch.context() as patch:
            patch.setattr(delimited_scan._Scan, "read", lambda scan, placed: scan.look(placed[0]))
            expected = outcome(data)
        seen.add(type(expected))
        for threads in (1, 3):
            with monkeypatch.context() as patch:
                patch.setattr(delimited_scan, "thread_count", lambda _, count=threads: count)
                assert repr(outcome(data)) == repr(expected)
    assert seen == {str, DataError}


def test_pieces_are_read_on_other_threads(monkeypatch):
    """Most of a table that keeps its types is read where it is looked at, and not again."""
    data = b"a,b\n" + b"1,2.5\n" * 1000
    again = []
    read = delimited._Columns._read
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 500)
    monkeypatch.setattr(delimited_scan, "thread_count", lambda _: 2)
    monkeypatch.setattr(delimited._Columns, "_read", lambda self, *given: again.append(1) or read(self, *given))
    assert delimited.read(FileBytes("f.csv", data))[0].num_rows == 1000
    assert len(again) == 1
