"""Random bytes as CSV, svmlight and JSON lines: the right answer or a typed error, in bounded time.

The quick run takes the same examples every time. ``make fuzz`` looks for new ones, for ``LOGISTICA_FUZZ_SECONDS``.
"""

import csv
import io
import json
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import LogisticaError
from logistica.data import delimited, filebytes, files, jsonlines, svmlight
from logistica.data.delimited_layout import layout_of
from logistica.data.filebytes import FileBytes
from tests.fuzzing import for_minutes

SLOWEST = 2.0
FREE_BYTES = 1 << 24
MOST_BYTES = 200
LARGE = 100_000
MISSING = {"", "NA", "N/A", "NaN", "nan", "null", "NULL"}

BYTES = st.binary(max_size=200)
CSV_PIECES = st.sampled_from(
    [
        b"a",
        b"b",
        b"1",
        b"2.5",
        b"-",
        b",",
        b",",
        b";",
        b"\t",
        b"|",
        b" ",
        b":",
        b'"',
        b'""',
        b"'",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"NA",
        b"1e400",
        b"0x1",
        b"\xc3\xa9",
        b"\xe9",
        b"\0",
        b"#",
        b"true",
        b"1,5",
        b"1.234,5",
        b"2020-01-01",
        b"\xef\xbb\xbf",
        b"inf",
        b"9" * 20,
    ]
)
CSV_LINES = st.sampled_from(
    [b"1,2\n", b"NA,2.5\r\n", b'"x","y"\n', b'"1\n2",1\r', b'" ""q""",\n', b"#c\n", b"1;2,5\n", b"1 2\n"]
)
CSV_TEXT = st.tuples(
    st.sampled_from([b"a,b\n", b"a;b\n", b"a b\n", b"'a','b'\n", b"a\n", b"a|b|c\r\n", b""]),
    st.lists(st.one_of(CSV_LINES, CSV_PIECES), max_size=25).map(b"".join),
).map(b"".join)

SVMLIGHT_PIECES = st.sampled_from(
    [
        b"1",
        b"-1",
        b"+1",
        b"0",
        b" ",
        b" ",
        b"\t",
        b":",
        b"1:1",
        b"2:0.5",
        b"3:1e400",
        b"4:nan",
        b"\n",
        b"\n",
        b"\r",
        b"#",
        b"qid:1",
        b"0:1",
        b"4294967296:1",
        b"9223372036854775808:1",
        b"-1:1",
        b"0x1:1",
        b"1:",
        b":1",
        b"\xef\xbb\xbf",
        b"\0",
        b"\xff",
        b".",
        b"e",
        b"1:1 1:1",
    ]
)
SVMLIGHT_TEXT = st.lists(
    st.one_of(SVMLIGHT_PIECES, st.sampled_from([b"1 1:0.5 3:2\n", b"-1 2:1\n", b"1\n"])), max_size=25
).map(b"".join)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
FLAT = st.fixed_dictionaries(
    {"a": st.none() | st.integers(-(2**64), 2**64) | st.floats(), "b": st.none() | st.text(max_size=5)}
)
JSON_LINE = st.one_of(
    FLAT.map(json.dumps),
    st.dictionaries(st.sampled_from("ab"), VALUES).map(json.dumps),
    st.sampled_from(["", "{", "[]"]),
)
JSON_TEXT = st.lists(st.one_of(FLAT.map(json.dumps), JSON_LINE), max_size=8).map(
    lambda lines: "\n".join(lines).encode()
)


def check_csv(data):
    """Where the file is read, Python's csv module finds the same cells; the size of the pieces does not matter."""
    found = outcome(delimited.read, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filebytes, "PIECE_BYTES", 7)
        in_pieces = outcome(delimited.read, data)
    if isinstance(found, LogisticaError):
        same = (type(in_pieces), str(in_pieces)) == (type(found), str(found))
        assert same or is_earlier(in_pieces, found), (str(in_pieces), str(found))
        return
    assert in_pieces[0].equals(found[0])
    decimal = "," if found[1].decimal_comma else "."
    source = FileBytes("f", data)
    marks = layout_of(source).marks
    text = data.decode("utf-8-sig")
    if marks.delimiter == b" " or "#" in text:
        return
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=marks.delimiter.decode(), quotechar=marks.quote.decode()
    )
    rows = [row for row in reader if row]
    assert found[0].column_names == rows[0]
    cells = list(found[0].to_pydict().values())
    assert len(rows) - 1 == found[0].num_rows
    for row, values in zip(rows[1:], zip(*cells, strict=True), strict=True):
        for text_of, value in zip(row, values, strict=True):
            assert agrees(text_of, value, decimal), (text_of, value)


def is_earlier(one, other):
    """Whether an error is about no later line: of several faults in a file a small piece finds the first one first."""
    return isinstance(one, LogisticaError) and None not in {one.line, other.line} and one.line <= other.line


def agrees(text, value, decimal):
    """Whether a value is what a cell's text says, in a file with this decimal sign."""
    if value is None:
        return text.removeprefix(" ") in MISSING
    if isinstance(value, bool):
        return text.strip().lower() == str(value).lower()
    if isinstance(value, int | float):
        assert decimal == "." or "." not in text
        number = float(text.replace(decimal, ".")) if isinstance(value, float) else int(text)
        return number == value
    return text == value if isinstance(value, str) else text.strip()[:4] == str(value)[:4]


def check_svmlight(data):
    """Where the file is read, a few lines of Python find the same rows."""
    found = outcome(svmlight.read, data)
    if isinstance(found, LogisticaError):
        return
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.partition("#")[0].split() for line in text.split("\n")]
    lines = [line for line in lines if line]
    assert found.y.tolist() == [float(line[0]) for line in lines]
    dense = found.X.toarray()
    for row, line in zip(dense, lines, strict=True):
        expected = {int(index) - found.index_base: float(value) for index, value in (e.split(":") for e in line[1:])}
        assert {j: value for j, value in enumerate(row.tolist()) if value} == {j: v for j, v in expected.items() if v}


def check_json_lines(data):
    """Where the file is read, Python's json module finds the same values; neither way and no batch matters."""
    found = outcome(jsonlines.read, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonlines, "BATCH_ROWS", 1)
        in_batches = outcome(jsonlines.read, data)
        patch.setattr(jsonlines, "read_plain", lambda *_: None)
        by_lines = outcome(jsonlines.read, data)
        patch.setattr(filebytes, "PIECE_BYTES", 7)
        in_pieces = outcome(jsonlines.read, data)
    others = (in_batches, by_lines, in_pieces)
    if isinstance(found, LogisticaError):
        assert [(type(other), str(other)) for other in others[:2]] == [(type(found), str(found))] * 2
        same = (type(in_pieces), str(in_pieces)) == (type(found), str(found))
        assert same or is_earlier(in_pieces, found), (str(in_pieces), str(found))
        return
    for other in others:
        assert other.arrow.equals(found.arrow)
        assert {key: str(error) for key, error in other.faults.items()} == {k: str(e) for k, e in found.faults.items()}
        assert {key: one.rows.tolist() for key, one in other.rounded.items()} == {
            key: one.rows.tolist() for key, one in found.rounded.items()
        }
    rows = [json.loads(line) for line in data.decode("utf-8-sig").replace("\r", "\n").split("\n") if line.strip()]
    assert found.arrow.num_rows == len(rows)
    assert [found.origin.line(place) for place in range(len(rows))] == found.origin.lines.tolist()
    for row, values in zip(rows, found.arrow.to_pylist(), strict=True):
        for key in row.keys() - found.faults.keys():
            assert nearest(row[key], values[key]) == values[key]


def nearest(value, like):
    return float(value) if isinstance(like, float) and value is not None else value


def check_any(data):
    """Whatever the bytes are, a format is told and read, or an error says why not."""
    source = FileBytes("f", data)
    kind = outcome(files.sniff, data)
    if not isinstance(kind, LogisticaError):
        outcome(svmlight.read if kind == "svmlight" else lambda _: files.open_table(source, kind), data)


def outcome(read, data):
    """What the reader returns, or the typed error that it raises; anything else fails, and so does a long time."""
    begun = time.perf_counter()
    try:
        result = read(FileBytes("f", data))
    except LogisticaError as error:
        result = error
    assert time.perf_counter() - begun < SLOWEST
    return result


def check_memory(data):
    """Reading 100,000 bytes and more, a piece again and again and a stray one, takes some multiple of their number."""
    read, header, piece, place, stray = data
    source = b"".join([header, (piece * (LARGE // len(piece)))[:place], stray, piece * (LARGE // len(piece))])
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    tracemalloc.reset_peak()
    held, _ = tracemalloc.get_traced_memory()
    with suppress(LogisticaError):
        read(FileBytes("f", source))
    taken = tracemalloc.get_traced_memory()[1] - held
    assert taken < FREE_BYTES + MOST_BYTES * len(source)


@pytest.fixture(autouse=True)
def _traced_no_longer():
    """Stop tracing, where a test has begun to: not while Arrow's threads let go of a text, or Python itself crashes."""
    yield
    if tracemalloc.is_tracing():
        time.sleep(0.2)
        tracemalloc.stop()


def larger(read, header, text):
    return st.tuples(st.just(read), st.just(header), text.filter(bool), st.integers(0, LARGE), text)


TARGETS = {
    "csv": (check_csv, st.one_of(CSV_TEXT, CSV_TEXT, BYTES)),
    "svmlight": (check_svmlight, st.one_of(SVMLIGHT_TEXT, BYTES)),
    "json-lines": (check_json_lines, st.one_of(JSON_TEXT, BYTES)),
    "any": (check_any, st.one_of(BYTES, CSV_TEXT, SVMLIGHT_TEXT, JSON_TEXT)),
    "memory": (
        check_memory,
        st.one_of(
            larger(delimited.read, b"a,b\n", CSV_LINES),
            larger(svmlight.read, b"1 1:1\n", SVMLIGHT_PIECES),
            larger(jsonlines.read, b'{"a":1,"b":"x"}\n', JSON_LINE.map(lambda line: f"{line}\n".encode())),
        ),
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_the_right_answer_or_a_typed_error(target):
    check, data = TARGETS[target]
    count = 30 if target == "memory" else 300
    settings(max_examples=count, deadline=None, derandomize=True, database=None)(given(data)(check))()


@pytest.mark.fuzz
@pytest.mark.parametrize("target", TARGETS)
def test_for_minutes(target):
    for_minutes(*TARGETS[target])
