"""Numbers of a large file lie side by side in few chunks, in whatever pieces and by whatever types they came."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from logistica.data import delimited, filebytes, long_columns
from logistica.data.filebytes import FileBytes
from logistica.data.long_columns import LongColumns

ROWS = 2000


def read(monkeypatch, lines):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 500)
    monkeypatch.setattr(long_columns, "FEWEST", 1)
    return delimited.read(FileBytes("f.csv", "\n".join(["x,y", *lines]).encode()))[0]


@pytest.mark.parametrize("between", [[], [""], ["# a comment"], ["7,8"]], ids=["nothing", "blank", "comment", "a row"])
def test_few_chunks(monkeypatch, between):
    """Also where a line that is no row makes the first guess of later rows' places wrong."""
    lines = [f"{row},{row / 8}" for row in range(ROWS)]
    table = read(monkeypatch, lines[:700] + between + lines[700:])
    extra = [7] if between == ["7,8"] else []
    assert table["x"].to_pylist() == [*range(700), *extra, *range(700, ROWS)]
    assert table["y"].to_pylist() == [*(row / 8 for row in range(700)), *map(float, [8] * len(extra)),
                                      *(row / 8 for row in range(700, ROWS))]  # fmt: skip
    assert max(column.num_chunks for column in table.columns) <= 4


@pytest.mark.parametrize("late", [0, 1, 1000, ROWS - 1])
def test_whole_numbers_that_become_others(monkeypatch, late):
    """What was laid as int64 is float64 in the end, or text, of which nothing is kept."""
    whole = [str(row) for row in range(ROWS)]
    number, text = [*whole], [*whole]
    number[late], text[late] = "0.5", "a"
    table = read(monkeypatch, map(",".join, zip(number, text, strict=True)))
    assert table["x"].to_pylist() == [float(cell) for cell in number]
    assert table["y"].to_pylist() == text


@pytest.mark.parametrize("gap", [0, 1, 1000, ROWS - 1])
def test_gaps_stay_gaps(monkeypatch, gap):
    numbers = [None if row == gap else row + 0.5 for row in range(ROWS)]
    table = read(monkeypatch, [f"{'' if number is None else number},1" for number in numbers])
    assert table["x"].to_pylist() == numbers
    assert table["y"].to_pylist() == [1] * ROWS


@pytest.mark.parametrize("expected", [1, 10, 63, 64, 65, 1000, 100_000])
def test_rows_lie_where_they_belong(monkeypatch, expected):
    """Written by several threads in any order, with too much or too little room expected."""
    monkeypatch.setattr(long_columns, "GRAIN", 64)
    monkeypatch.setattr(long_columns, "LONGEST", 256)
    rng, columns = random.Random(expected), LongColumns(expected)
    values = {name: np.arange(1000) * factor for name, factor in (("a", 1), ("b", -3))}
    cuts = [0, *sorted(rng.sample(range(1, 1000), 40)), 1000]
    jobs = [(name, start, stop) for name in values for start, stop in pairwise(cuts)]
    rng.shuffle(jobs)

    def lay(job):
        name, start, stop = job
        return columns.lay(name, start, [pa.array(values[name][start:stop])])

    with ThreadPoolExecutor(3) as pool:
        for (name, start, stop), laid in zip(jobs, pool.map(lay, jobs), strict=True):
            assert pa.chunked_array(laid).to_pylist() == values[name][start:stop].tolist()
    for name, column in values.items():
        chunks = columns.whole(name, 1000, pa.int64())
        assert pa.chunked_array(chunks).to_pylist() == column.tolist()
        if expected == 1000:
            assert [len(chunk) for chunk in chunks] == [256, 256, 256, 232]


def test_small_tables_stay_as_they_are():
    chunks = [pa.array([1, 2]), pa.array([3])]
    assert LongColumns().lay("x", 0, chunks) is chunks


def test_many_columns_of_few_rows_are_not_laid(monkeypatch):
    """Each cell would take a call; what is read is the same."""
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 500)
    table = delimited.read(FileBytes("f.csv", b"x,y\n" + b"1,2.5\n" * 1000))[0]
    assert table["x"].num_chunks > 4
    assert table.to_pydict() == {"x": [1] * 1000, "y": [2.5] * 1000}
