"""The compiled reader: the numbers that Python reads, the tables that Arrow reads, and nothing that is not plain."""

from __future__ import annotations

import random
import struct
import tracemalloc
from decimal import Decimal, getcontext

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import DataError
from logistica.data import delimited, filebytes, plain_cells
from logistica.data.delimited_header import MISSING, Marks
from logistica.data.filebytes import FileBytes
from logistica.data.read import read

COMMA = Marks(b",", b'"')
compiled = pytest.mark.skipif(plain_cells._library() is None, reason="nothing was compiled: no C compiler here")


def column(cells, kind=None):
    """Read a column, before another one, or return None if it is not plain."""
    text = "".join(f"{cell},1\n" for cell in cells).encode()
    table = plain_cells.read(text, len(cells), {"x": kind or pa.float64(), "one": pa.int64()}, COMMA)
    return None if table is None else table["x"].to_pylist()


def bits(number):
    return struct.pack("d", number)


def some_decimal(rng):
    """Write a number as programs write them, with up to 19 digits, or as near to half-way between two as it may be."""
    way = rng.random()
    if way < 0.3:
        return repr(rng.gauss(0, 10 ** rng.uniform(-20, 10)))
    if way < 0.5:
        return repr(struct.unpack("d", struct.pack("Q", rng.randrange(0x7FF << 52)))[0])
    if way < 0.75:
        digits = str(rng.randint(1, 10 ** rng.randint(1, 19) - 1))
        point = rng.randint(0, len(digits))
        text = f"{digits[:point] or '0'}.{digits[point:]}" if point < len(digits) else digits
        return text + (f"e{rng.randint(-320, 10)}" if rng.random() < 0.5 else "")
    number = abs(rng.gauss(0, 1)) * 2 ** rng.randint(-60, 50)
    getcontext().prec = 60
    between = (Decimal(number) + Decimal(float(np.nextafter(number, np.inf)))) / 2
    getcontext().prec = rng.choice([17, 18, 19])
    return format(+between, "f") if rng.random() < 0.5 else str(+between)


@compiled
def test_numbers_are_those_of_python_bit_for_bit():
    rng, n_plain = random.Random(20261121), 0
    cells = [some_decimal(rng) for _ in range(60_000)]
    for cell in cells:
        if (found := column([cell])) is not None:
            n_plain += 1
            assert bits(found[0]) == bits(float(cell)), cell
    assert n_plain > 40_000


@compiled
@pytest.mark.parametrize(
    "cell",
    [
        *("0", "-0", "0.0", "-0.0", "0e999", "-0.000e-999", ".5", "-.25", "1e5", "1E+5", "1e-05", "9007199254740991"),
        *("4503599627370496.5", "4503599627370497.5", "738853477187865.1875", "0.30000000000000004", "1e-300"),
        "2.2250738585072014e-307",
        "0." + "0" * 40 + "1234567890123456789",
    ],
)
def test_plain_numbers(cell):
    assert bits(column([cell])[0]) == bits(float(cell))


@compiled
@pytest.mark.parametrize(
    "cell",
    [
        *(
            "007",
            "-01.5",
            "00",
            "+1",
            "5.",
            ".",
            "-",
            "1.2.3",
            "1e",
            "1e+",
            "e5",
            "1_0",
            "1,5",
            " 1",
            "1 ",
            "0x10",
            "abc",
        ),
        *("inf", "Infinity", "9007199254740992", "9007199254740993"),
        *("1e16", "1e308", "1e400", "1e-308", "4.9e-324"),
        *("12345678901234567890", "0.12345678901234567890", "1e12345"),
        *('"1"', "1\0", "\0", "é", "# 1", "1\r", "\r"),
    ],
)
def test_what_is_no_plain_number_is_left_to_others(cell):
    assert column(["1", cell, "2"]) is None


@compiled
@pytest.mark.parametrize("cell", ["0.5", "1e2", "1.", "-", "1234567890123456789", "9007199254740992", "01", "+1", "-0"])
def test_what_is_no_plain_whole_number_is_left_to_others(cell):
    assert column(["1", cell, "2"], pa.int64()) is None


@compiled
def test_whole_numbers():
    cells = ["0", "7", "-12", "9007199254740991", "-9007199254740991"]
    assert column(cells, pa.int64()) == [int(cell) for cell in cells]


@compiled
@pytest.mark.parametrize("kind", plain_cells._KINDS)
@pytest.mark.parametrize("missing", [*MISSING, " ", " NA"])
def test_missing_cells(kind, missing):
    cells = [missing if row % 3 == 1 else "5" for row in range(20)]
    found = column(cells, kind)
    assert [value is None for value in found] == [cell == missing for cell in cells]
    assert {value for value in found if value is not None} == {"5" if kind == pa.string() else 5}


@compiled
@pytest.mark.parametrize("cell", ["007", " 01", "-00", "+03", 'a"b', '"', "a\rb"])
def test_texts_that_may_be_codes_or_hold_quotes_are_left_to_others(cell):
    assert column(["a", cell], pa.string()) is None


@compiled
def test_texts():
    cells = ["a", "", "é ü", " x ", "-", "0", "0.5", "a" * 1000, "\u0663", "NAN"]
    assert column(cells, pa.string()) == [cell or None for cell in cells]


@compiled
@pytest.mark.parametrize("text", [b"1,2\n3\n", b"1,2\n3,4,5\n", b"1,2\n\n3,4\n", b"1,2\n,", b"1\n2\n", b"1,2\r3,4\n"])
def test_records_of_another_width_are_left_to_others(text):
    kinds = {"a": pa.float64(), "b": pa.int64()}
    table = plain_cells.read(text, 10, kinds, COMMA)
    if text == b"1,2\n,":
        assert table.to_pylist() == [{"a": 1.0, "b": 2}, {"a": None, "b": None}]
    else:
        assert table is None


@compiled
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("between", [b"\n", b"\r\n"])
def test_ends_of_lines(between, end):
    table = plain_cells.read(b"1;a" + between + b"2;b" + end, 2, {"x": pa.int64(), "y": pa.string()}, Marks(b";", b"'"))
    assert table.to_pydict() == {"x": [1, 2], "y": ["a", "b"]}


@compiled
def test_more_records_than_there_is_room_for_are_left_to_others():
    assert plain_cells.read(b"1\n2\n3\n", 2, {"x": pa.int64()}, COMMA) is None


@compiled
def test_room_is_made_for_what_the_text_may_hold_whatever_the_number_of_its_line_ends():
    kinds = {"x": pa.int64(), "y": pa.string()}
    assert plain_cells.read(b"1,a\n2,b", 1 << 50, kinds, COMMA).num_rows == 2
    assert plain_cells.read(b",\n,", 1 << 50, kinds, COMMA).num_rows == 2
    assert plain_cells.read(b"\n" * 100, 1 << 50, kinds, COMMA) is None


@compiled
def test_the_powers_last_as_long_as_the_reading(monkeypatch):
    """Threads that begin at once make a table each, of which only the last is kept for others."""
    powers = plain_cells.powers_of_five()
    monkeypatch.setattr(plain_cells, "powers_of_five", powers.copy)
    cells = ["1.5e-100"] * (powers.nbytes // 8)  # whose column fits in the place of a table that is gone
    assert column(cells) == [1.5e-100] * len(cells)


@compiled
def test_columns_do_not_hold_one_another_in_memory():
    text = b"1.5,a,abc\n" * 10_000
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    numbers = plain_cells.read(text, 10_000, {"x": pa.float64(), "s": pa.string(), "t": pa.string()}, COMMA)["x"]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held + pa.total_allocated_bytes() - before < 1.5 * numbers.nbytes


@pytest.mark.parametrize("delimiter", [b".", b"-", b"e", b"5"])
def test_delimiters_that_are_parts_of_numbers_are_left_to_others(delimiter):
    assert not plain_cells.are_plain({"x": pa.float64()}, Marks(delimiter, b'"'))


def outcome(text, piece_bytes, library):
    """Read a file in small pieces, with the compiled reader or without: all that is known of it, or the error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
        patch.setattr(plain_cells, "_library", library)
        try:
            table, origin = delimited.read(FileBytes("f.csv", text))
        except DataError as error:
            return str(error)
    rows = range(table.num_rows)
    written = {name: origin.written(name).levels for name in table.column_names}
    lines = [origin.line(row) for row in rows]
    faults = {name: str(fault) for name, fault in origin.faults.items()}
    return table.schema, table.to_pydict(), faults, origin.zeros, lines, written


CELLS = st.one_of(
    st.integers(-10, 10).map(str),
    st.floats(-1e3, 1e3).map(repr),
    st.sampled_from(
        ["", "NA", "a", "b c", "007", "1e17", "0x1", "-0", '"q"', "é", "+1", "true", "5.", "9007199254740993"]
    ),
)


@compiled
@given(st.lists(CELLS, min_size=1, max_size=12), st.integers(4, 60), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=200, deadline=None)
def test_tables_of_one_column_are_those_without_it(cells, piece_bytes, end):
    text = end.join(["x", *cells]).encode()
    assert outcome(text, piece_bytes, plain_cells._library) == outcome(text, piece_bytes, lambda: None)


@compiled
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.integers(4, 60), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=400, deadline=None)
def test_tables_are_those_without_it(records, piece_bytes, end):
    text = end.join(["x,y", *(f"{one},{other}" for one, other in records)]).encode()
    assert outcome(text, piece_bytes, plain_cells._library) == outcome(text, piece_bytes, lambda: None)


def labels_of(path, piece_bytes, library):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
        patch.setattr(plain_cells, "_library", library)
        dataset = read(path, target="y")
    return dataset.labels.classes.tolist(), dataset.source.y.tolist(), [note.message for note in dataset.notes]


@compiled
@given(
    st.lists(st.sampled_from(["0", "1", "-0", "00", "-1"]), min_size=30, max_size=30),
    st.sampled_from(["0", "-0", "-0.5", "7"]),
)
@settings(max_examples=200, deadline=None)
def test_labels_are_those_without_it(tmp_path_factory, labels, feature):
    path = tmp_path_factory.mktemp("labels") / "f.csv"
    path.write_text("y,x\n" + "".join(f"{label},{feature}\n" for label in ["0", "1", "2", "-1", *labels]))
    assert labels_of(path, 20, plain_cells._library) == labels_of(path, 20, lambda: None)


@compiled
def test_a_large_file_goes_this_way(monkeypatch):
    read_piece, tables = plain_cells.read, []
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 1 << 12)
    monkeypatch.setattr(plain_cells, "read", lambda *given: tables.append(read_piece(*given)) or tables[-1])
    rng = np.random.default_rng(7)
    rows = [f"{x!r},{k},{'ab'[k % 2]}" for x, k in zip(rng.normal(size=3000).tolist(), range(3000), strict=True)]
    table, origin = delimited.read(FileBytes("f.csv", "\n".join(["x,k,f", *rows]).encode()))
    assert sum(len(part) for part in tables) + 4 * 60 > table.num_rows
    assert table.to_pydict() == {
        "x": [float(row.split(",")[0]) for row in rows],
        "k": list(range(3000)),
        "f": ["ab"[k % 2] for k in range(3000)],
    }
    assert origin.line(2999) == 3001
