"""CSV and TSV: what the parser beneath would let pass is refused by line; the rest comes back as written."""

import csv
import datetime
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import DataError
from logistica.data import delimited, delimited_types, filebytes
from logistica.data.filebytes import FileBytes


def read(text: bytes | str) -> pa.Table:
    """Read a table; the error of its first column that cannot be used is raised."""
    table, origin = delimited.read(FileBytes("f.csv", text.encode() if isinstance(text, str) else text))
    for fault in origin.faults.values():
        raise fault
    return table


REFUSED = {
    "too-many-fields": ("a,b\n1,2\n1,2,3\n", "line 3: 3 fields, expected 2. Give each line as many"),
    "too-few-fields": ("a,b\n1,2\n\n1\n", "line 4: 1 field, expected 2. Give each line as many"),
    "trailing-delimiter": ("a,b\n1,2,\n", "line 2: 3 fields, expected 2"),
    "trailing-delimiter-in-header": (
        "\na,b,\n1,2\n3,4\n",
        "line 2: the header ends with a delimiter, .* first row lacks: it has 2 fields, not 3. Remove the delimiter",
    ),
    "trailing-delimiter-everywhere": (
        "a;b;\n1;2;\n3;4;\n",
        "line 1: the header and every row end with a delimiter, .* holds nothing. Remove .* of each line",
    ),
    "trailing-delimiters-in-header": (
        "a,b,,\n1,2,,\n",
        "line 1: the header ends with delimiters, so its last 2 columns have no name. Remove the delimiters",
    ),
    "short-row-under-an-empty-name": ("a,\n1,2\n1\n", "line 3: 1 field, expected 2. Give each line as many"),
    "ragged-after-quoted-newlines": ('a,b\n"x\n\ny",2\n1\n', "line 5: 1 field, expected 2"),
    "ragged-after-cr": ("a,b\r1,2\r1\r", "line 3: 1 field, expected 2"),
    "ragged-after-crlf": ("a,b\r\n1,2\r\n1\r\n", "line 3: 1 field, expected 2"),
    "unclosed-quote": (
        'a,b\n1,"x\n2,y\n',
        "line 2: the quote that opens here is never closed. Close the field",
    ),
    "unclosed-quote-before-quoted-rows": (
        'a,b\n1,"x\n2,"y"\n3,"z"\n',
        "line 2: the quote that opens here is not closed: text follows .* on line 3. Close the field",
    ),
    "text-after-quote": (
        'a,b\n1,"x"y\n',
        "line 2: the quote that opens here is not closed: .* Close the field",
    ),
    "quote-within-field": ('a,b\n1,3.5" disk\n', "line 2: a quote inside a field .* Quote the whole field"),
    "quote-after-blank": ('a,b\n1, "x"\n', "line 2: a quote inside a field .* no blank before"),
    "unclosed-header": ('"a,b\n1,2\n', "line 1: the quote that opens here is never closed"),
    "overflow": ("a,b\n1,x\n1e400,y\n", "line 3, column 'a': '1e400' is too large.* Write a finite decimal"),
    "overflow-negative": ("a\n-1e400\n0.5\n", "line 2, column 'a': '-1e400' is too large"),
    "hexadecimal": (
        "a,b\n1,x\n\n0x10,y\n",
        "line 4, column 'a': '0x10' is hexadecimal. Write a finite decimal",
    ),
    "hexadecimal-capital": ("a\n0X10\n", "line 2, column 'a': '0X10' is hexadecimal"),
    "nul": (b"a,b\n1,\0\n", "line 2: a NUL byte at byte offset 6. Save the file as UTF-8"),
    "latin-1": (b"a,b\n1,caf\xe9\n", "line 2: byte 0xe9 at byte offset 9 is not UTF-8. .*iconv -f latin1"),
    "latin-1-header": (b"\xe9,b\n1,2\n", "line 1: byte 0xe9 at byte offset 0 is not UTF-8"),
    "utf-16": (
        "a,b\n1,2\n".encode("utf-16"),
        "the file is encoded as UTF-16 .byte order mark at byte offset 0.. Save it as",
    ),
    "utf-16-without-mark": ("a,b\n1,2\n".encode("utf-16-le"), "line 1: a NUL byte at byte offset 1.*UTF-16"),
    "duplicate-header": ("a,b,a\n1,2,3\n", "line 1: the header has the name 'a' 2 times. Begin the file"),
    "no-header": (
        "1,2.5,-3e2\n4,5,6\n",
        "line 1: no header: the first line holds only numbers. Begin the file",
    ),
    "no-header-with-missing": ("1,NA,\n4,5,6\n", "line 1: no header"),
    "empty": ("", "the file is empty. Give a file"),
    "blank-lines-only": ("\n\r\n", "the file is empty"),
    "mark-only": (b"\xef\xbb\xbf", "the file is empty"),
    "blank-line-in-one-column": (
        "a\n1\n\n2\n",
        "line 3: a blank line, which in a table of one column.* Write NA",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in REFUSED.items()])
def test_refused_with_line_and_remedy(case):
    text, message = case
    with pytest.raises(DataError, match=rf"^f\.csv[:,] {message}"):
        read(text)


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\n\n\r\n"])
def test_a_header_alone_is_a_table_of_no_rows(text):
    table = read(text)
    assert (table.column_names, table.num_rows) == (["a", "b"], 0)


AMBIGUOUS = {
    "header": ("#id,x\n1,2\n", "line 1: a line that begins with '#' may be a comment or the header.*remove its '#'"),
    "decimal-commas": ("#id;x;y\n1;2,5;3\n2;3,5;4\n", "line 1: .* may be a comment or the header"),
    "header-alone": ("#id,x\n", "the file is empty but for lines that begin with '#'.*remove its '#'"),
    "thousands-tab": ("x\ty\n1,234\t1\n999\t2\n", "line 2, column 'x': '1,234' may have a decimal comma or a thou"),
    "thousands-negative": ("x|y\n-21,234|1\n", "line 2, column 'x': '-21,234' may have a decimal comma"),
    "millions": ("x\ty\n1\t1\n1,234,567\t2\n", "line 3, column 'x': '1,234,567' has a thousands separator"),
    "thousands-and-point": ("x\ty\n1\t1\n1,234.5\t2\n", "line 3, column 'x': '1,234.5' has a thousands separator"),
}


@pytest.mark.parametrize(("text", "message"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_could_be_two_things_is_refused_with_the_remedy(text, message):
    with pytest.raises(DataError, match=rf"^f\.csv[:,] {message}") as caught:
        read(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x;y\n1,234;1\n", [1.234]),
        ("x\ty\n1,234\t0,25\n", [1.234]),
        ("x\ty\n1,234\t1\n1234\t2\n", [1.234, 1234.0]),
        ("x\ty\n0,234\t1\n", [0.234]),
        ("x\ty\n1,234\t1\n2,5\t2\n", [1.234, 2.5]),
    ],
    ids=["semicolon", "another-column", "four-digits", "zero", "one-digit"],
)
def test_decimal_commas_that_something_tells(text, expected):
    assert read(text)["x"].to_pylist() == expected


FORMS = {
    "plain": "a,b\n1,x\n2,y\n",
    "no-final-newline": "a,b\n1,x\n2,y",
    "crlf": "a,b\r\n1,x\r\n2,y\r\n",
    "cr": "a,b\r1,x\r2,y\r",
    "mixed-line-ends": "a,b\r\n1,x\n2,y\r",
    "bom": "\ufeffa,b\n1,x\n2,y\n",
    "blank-lines": "\n\r\na,b\n\n1,x\n\n2,y\n\n\n",
    "tabs": "a\tb\n1\tx\n2\ty\n",
    "semicolons": "a;b\n1;x\n2;y\n",
    "quoted": '"a","b"\n"1","x"\n"2","y"\n',
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in FORMS.items()])
def test_all_forms_give_the_same_table(text):
    assert read(text).equals(pa.table({"a": [1, 2], "b": ["x", "y"]}))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ('"a;b",c', ["a;b", "c"]),
        ('"a,1";"b,2"', ["a,1", "b,2"]),
        ("height, cm;weight, kg", ["height, cm", "weight, kg"]),
        ('"two\nlines",b', ["two\nlines", "b"]),
        ('"say ""a""",b', ['say "a"', "b"]),
        (" a,x:y", [" a", "x:y"]),
        ("a,", ["a", ""]),
        ("2020,b", ["2020", "b"]),
    ],
)
def test_header(header, names):
    delimiter = ";" if ";" in header and names != ["a;b", "c"] else ","
    table = read(f"{header}\n1{delimiter}2\n")
    assert table.column_names == names
    assert table.num_rows == 1


@pytest.mark.parametrize(
    ("cells", "values", "kind"),
    [
        (["1", "-2", "NA"], [1, -2, None], pa.int64()),
        (["1", "2.5", "NaN"], [1.0, 2.5, None], pa.float64()),
        (["+1", " 2 ", "3."], [1.0, 2.0, 3.0], pa.float64()),
        (["true", "FALSE", "null"], [True, False, None], pa.bool_()),
        (["1", "0", "true"], ["1", "0", "true"], pa.string()),
        (["1", "2", "abc"], ["1", "2", "abc"], pa.string()),
        (["x", "", "NULL"], ["x", None, None], pa.string()),
        (['"x"', '""', '"N/A"'], ["x", None, None], pa.string()),
        (['"1"', "2", '" nan"'], [1, 2, None], pa.int64()),
        (["1", " NA", "3"], [1, None, 3], pa.int64()),
        (
            ["2020-01-31", "NA", "2020-02-01"],
            [datetime.date(2020, 1, 31), None, datetime.date(2020, 2, 1)],
            pa.date32(),
        ),
        (["NA", "", "nan"], [None, None, None], pa.null()),
        (["1_000", "2", "3"], ["1_000", "2", "3"], pa.string()),
        (["١٢", "2", "3"], ["١٢", "2", "3"], pa.string()),
        (["x0x10", "0xyz", "1"], ["x0x10", "0xyz", "1"], pa.string()),
        (["9223372036854775807", "1", "2"], [2**63 - 1, 1, 2], pa.int64()),
        (
            ["9223372036854775808", "1", "2"],
            [2.0**63, 1, 2],
            pa.float64(),
        ),
        (["99999999999999999999", "1", "NA"], ["99999999999999999999", "1", None], pa.string()),
        (["1e300", "1", "0.5"], [1e300, 1, 0.5], pa.float64()),
        (["inf", "1", "-Infinity"], [np.inf, 1, -np.inf], pa.float64()),
        (["1e-400", "1", "2"], [0.0, 1.0, 2.0], pa.float64()),
    ],
)
def test_types_and_missing_cells(cells, values, kind):
    column = read("a,b\n" + "".join(f"{cell},z\n" for cell in cells))["a"]
    assert column.type == kind
    assert column.to_pylist() == values


@pytest.mark.parametrize(
    ("late", "kind"),
    [("NA", pa.int64()), ("0.5", pa.float64()), ("1" * 20, pa.string())],
)
@pytest.mark.parametrize("block_bytes", [200, 1 << 20])
def test_types_do_not_depend_on_the_chunk_size(monkeypatch, late, kind, block_bytes):
    monkeypatch.setattr(delimited_types, "BLOCK_BYTES", block_bytes)
    column = read("a,b\n" + "".join(f"{i},x\n" for i in range(5000)) + f"{late},x\n")["a"]
    assert column.type == kind
    assert column.slice(0, 5000).cast(pa.float64()).to_pylist() == list(range(5000))
    assert column[5000].as_py() == {"NA": None, "0.5": 0.5}.get(late, late)


@pytest.mark.parametrize("block_bytes", [200, 1 << 20])
def test_much_late_text_makes_a_column_of_text(monkeypatch, block_bytes):
    monkeypatch.setattr(delimited_types, "BLOCK_BYTES", block_bytes)
    column = read("a,b\n" + "".join(f"{i},x\n" for i in range(5000)) + "abc,x\n" * 1000)["a"]
    assert column.type == pa.string()
    assert column.to_pylist() == [*map(str, range(5000)), *["abc"] * 1000]


@pytest.mark.parametrize("slip", ["abc", "1_000", "-", "n/k", "\u0663"])
@pytest.mark.parametrize("block_bytes", [200, 1 << 20])
def test_a_slip_among_numbers_is_refused_with_its_line(monkeypatch, slip, block_bytes):
    monkeypatch.setattr(delimited_types, "BLOCK_BYTES", block_bytes)
    with pytest.raises(DataError, match=r"line 5002, column 'a': .* is not a number.*NA for a missing value") as caught:
        read("a,b\n" + "".join(f"{i}.5,x\n" for i in range(5000)) + f"{slip},x\n")
    assert (caught.value.line, caught.value.row, caught.value.value) == (5002, 5000, slip)


def test_line_of_an_overflow_after_blank_lines_and_quoted_newlines():
    rows = "".join(f'{i}.5,"x\ny"\n\n' for i in range(1000))
    with pytest.raises(DataError, match="line 3002, column 'a'") as caught:
        read(f"a,b\n{rows}1e999,x\n")
    assert (caught.value.line, caught.value.row, caught.value.count) == (3002, 1000, 1)


def test_a_row_longer_than_a_block(monkeypatch):
    monkeypatch.setattr(delimited_types, "BLOCK_BYTES", 100)
    long = "x\n" * 5000
    assert read(f'a,b\n1,"{long}"\n2,y\n').to_pydict() == {"a": [1, 2], "b": [long, "y"]}


def test_one_unclosed_quote_among_many_rows():
    rows = [f'{i},"name {i}"' for i in range(20000)]
    rows[4000] = '4000,"name 4000'
    with pytest.raises(DataError, match="line 4002: the quote that opens here is not closed"):
        read("a,b\n" + "\n".join(rows) + "\n")


ALPHABET = [
    "a",
    "Z",
    "é",
    "漢",
    '"',
    '""',
    ",",
    ";",
    "\t",
    "\n",
    " ",
    "0",
    "-",
    "1e5",
    "'",
    "#",
    "\\",
    "\r\n",
    "\r",
]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("line_end", "alphabet"), [("\r\n", ALPHABET), ("\n", ALPHABET[:-2])], ids=["crlf", "lf"])
def test_random_tables_come_back(seed, delimiter, line_end, alphabet):
    rng = np.random.default_rng([seed, ord(delimiter)])
    names = [f"c{j}" + "".join(rng.choice(alphabet[:4], 2)) for j in range(int(rng.integers(2, 6)))]
    rows = [
        ["s" + "".join(rng.choice(alphabet, int(rng.integers(0, 6)))) for _ in names]
        for _ in range(int(rng.integers(1, 60)))
    ]
    rows = [[*row, int(rng.integers(-9, 9))] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator=line_end)
    writer.writerows([[*names, "number"], *rows])
    table = read(text.getvalue())
    assert table.column_names == [*names, "number"]
    assert table["number"].type == pa.int64()
    assert [list(row) for row in zip(*table.to_pydict().values(), strict=True)] == rows


PIECES = [
    "a",
    "b",
    "1",
    "2.5",
    ",",
    ",",
    ";",
    "\t",
    '"',
    '""',
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "NA",
    "1e400",
    "0x1",
    "é",
]


LINES = st.sampled_from(["1,2\n", "NA,2.5\r\n", '"x","y"\n', '"1\n2",1\r', '" ""q""",\n', "\n", "b,+1\n", "é, NA\n"])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(LINES, LINES, st.sampled_from(PIECES)), max_size=25).map("".join))
def test_random_text_gives_all_its_rows_or_a_data_error(text):
    text = "a,b\n" + text
    try:
        table = read(text)
    except DataError:
        return
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row][1:]
    assert table.num_rows == len(rows)
    for row, values in zip(rows, zip(*table.to_pydict().values(), strict=True), strict=True):
        for cell, value in zip(row, values, strict=True):
            assert value == same_kind(cell, value)


def same_kind(cell: str, value):
    """The cell read as the kind of value it was read as."""
    if value is None:
        assert cell.removeprefix(" ") in {"", "NA"}
        return None
    return type(value)(cell)


@pytest.mark.parametrize("piece_bytes", [7, 1 << 20])
def test_a_comment_between_two_kinds_of_line_ends_is_a_line(monkeypatch, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    with pytest.raises(DataError, match="line 5: 1 field, expected 2"):
        read("a,b\n1,2\r\n\r#c\na")
