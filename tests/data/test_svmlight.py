"""Row 34 of the hard cases, each situation its own test; random bytes against a naive reference parser."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import DataError, OptionError
from logistica.data import svmlight
from logistica.data.filebytes import FileBytes
from tests.shared import shared


def read(text: bytes | str, **options):
    return svmlight.read(FileBytes("f.txt", text.encode() if isinstance(text, str) else text), **options)


REFUSED = {
    "index-negative": (b"1 -3:2", "'-3:2' is negative", "from 1"),
    "index-2^32": (
        b"1 4294967296:1",
        "index 4294967296 in .* above the limit of 134,217,728 columns",
        "Renumber",
    ),
    "index-2^63": (b"1 9223372036854775808:1", "index 9223372036854775808 .* above the limit", "Renumber"),
    "index-one-above-limit": (b"1 134217729:1", "index 134217729 .* above the limit", "Renumber"),
    "index-of-5000-digits": (b"1 " + b"9" * 5000 + b":1", r"index 9{60}\.\.\. in", "Renumber"),
    "index-non-numeric": (b"1 abc:1", "index of 'abc:1' is not a whole number", "from 1"),
    "index-fraction": (b"1 1.5:1", "index of '1.5:1' is not a whole number", "from 1"),
    "index-exponent": (b"1 1e2:1", "index of '1e2:1' is not a whole number", "from 1"),
    "index-plus": (b"1 +3:1", "index of .* is not a whole number", "from 1"),
    "index-hex": (b"1 0x10:1", "index of '0x10:1' is not a whole number", "from 1"),
    "index-underscore": (b"1 1_0:1", "index of .* is not a whole number", "from 1"),
    "index-arabic-digits": ("1 ١٢:1".encode(), "index of '١٢:1' is not a whole number", "digits 0-9.*from 1"),
    "index-duplicated": (b"1 3:1 3:2", "index 3 occurs twice, the second time as '3:2'", "Keep one"),
    "index-duplicated-apart": (b"1 3:1 4:1 3:1", "index 3 occurs twice", "Keep one"),
    "index-duplicated-with-leading-zero": (b"1 3:1 03:1", "index 3 occurs twice", "Keep one"),
    "value-nan": (b"1 3:nan", "value of '3:nan' is not finite", "Remove the row"),
    "value-inf": (b"1 3:-inf", "value of '3:-inf' is not finite", "Remove the row"),
    "value-infinity": (b"1 3:Infinity", "is not finite", "Remove the row"),
    "value-1e400": (b"1 3:1e400", "value of '3:1e400' is too large for a float64", "finite decimal"),
    "value-hex": (b"1 3:0x10", "value of '3:0x10' is not a decimal number", "finite decimal"),
    "value-underscore": (b"1 3:1_000", "value of '3:1_000' is not a decimal number", "finite decimal"),
    "value-arabic-digits": ("1 3:١٢".encode(), "value of '3:١٢' is not a decimal number", "finite decimal"),
    "value-word": (b"1 3:abc", "value of '3:abc' is not a decimal number", "finite decimal"),
    "value-two-signs": (b"1 3:++1", "value of .* is not a decimal number", "finite decimal"),
    "value-plus-minus": (b"1 3:+-1", "value of .* is not a decimal number", "finite decimal"),
    "value-sign-only": (b"1 3:+", "value of .* is not a decimal number", "finite decimal"),
    "value-decimal-comma": (b"1 3:1,5", "value of .* is not a decimal number", "finite decimal"),
    "value-missing": (b"1 3:", "'3:' has no value", "index:value"),
    "value-after-blank": (b"1 3: 1", "'3:' has no value", "index:value"),
    "index-missing": (b"1 :3", "':3' has no index", "index:value"),
    "colon-alone": (b"1 :", "':' has no index", "index:value"),
    "colon-missing": (b"1 3", "'3' has no colon", "index:value"),
    "colon-twice": (b"1 3:1:2", "value of '3:1:2' is not a decimal number", "finite decimal"),
    "colon-twice-rising": (b"1 1:3:5", "value of '1:3:5' is not a decimal number", "finite decimal"),
    "label-missing": (b"3:1 4:1", "no label: it begins with '3:1'", "Begin each line with its label"),
    "label-nan": (b"nan 3:1", "label 'nan' is not finite", "finite number"),
    "label-1e400": (b"1e400 3:1", "label '1e400' is too large", "Give each class a number"),
    "label-word": (b"yes 3:1", "label 'yes' is not a decimal number", "Give each class a number"),
    "label-several": (b"1,2 3:1", "label '1,2' is not a decimal number", "Give each class a number"),
    "label-hex": (b"0x1 3:1", "label '0x1' is not a decimal number", "Give each class a number"),
    "label-beyond-float64": (
        b"9007199254740993 3:1",
        "more digits than a float64",
        "Give each class a number",
    ),
    "label-beyond-float64-with-point": (
        b"9007199254740993.0 3:1",
        "more digits than a float64",
        "Give each class a number",
    ),
    "qid": (b"1 qid:3 1:2", "'qid:3' assigns a query group", "Remove the qid"),
    "nul": (b"1 3:1\0 4:1", "NUL byte", "UTF-8"),
    "latin-1": (b"1 3:1\xe9", "byte 0xe9 at position 6 of the line is not UTF-8", "UTF-8"),
    "form-feed": (b"1 3:1\x0c4:1", "not a decimal number", "finite decimal"),
}


@pytest.mark.parametrize("bad", [pytest.param(case, id=f"nasty-34-{name}") for name, case in REFUSED.items()])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r", b""], ids=["lf", "crlf", "cr", "none"])
def test_refused_with_line_and_remedy(bad, ending):
    line, problem, remedy = bad
    newline = ending or b"\n"
    text = newline.join([b"1 1:1", b"", b"# 3:nan", b"-1 2:0.5", line]) + ending
    with pytest.raises(DataError, match=f"(?s)^f.txt, line 5: .*{problem}.*{remedy}") as caught:
        read(text)
    assert caught.value.line == 5
    assert caught.value.value is not None
    assert len(str(caught.value)) < 400


ACCEPTED = {
    "unsorted": (b"1 3:3 1:1\n", [[1, 0, 3]]),
    "comment": (b"# a: \xe9\n1 1:1 # 2:nan\n1 2:2#x\n", [[1, 0], [0, 2]]),
    "label-only": (b"1\n1 2:1\n-1\n", [[0, 0], [0, 1], [0, 0]]),
    "empty-line": (b"\n1 1:1\n\n \t\n1 2:1\n\n", [[1, 0], [0, 1]]),
    "bom": (b"\xef\xbb\xbf1 1:1\n", [[1]]),
    "crlf": (b"1 1:1\r\n1 2:1\r\n", [[1, 0], [0, 1]]),
    "cr": (b"1 1:1\r1 2:1\r", [[1, 0], [0, 1]]),
    "no-final-newline": (b"1 1:1\n1 2:1", [[1, 0], [0, 1]]),
    "tabs-and-trailing-blanks": (b"  1\t1:1 \t 2:2  \t\n", [[1, 2]]),
    "leading-zeros": (b"1 0000000000000001:1\n", [[1]]),
    "number-forms": (b"1 1:+.5 2:-1. 3:1e+2 4:2E-1 5:1e-400\n", [[0.5, -1, 100, 0.2, 0]]),
    "explicit-zero": (b"1 1:1 3:0\n", [[1, 0, 0]]),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=f"nasty-34-{name}") for name, case in ACCEPTED.items()])
def test_accepted(case):
    text, rows = case
    data = read(text)
    np.testing.assert_array_equal(data.X.toarray(), np.array(rows, float))
    assert data.X.has_canonical_format
    assert data.index_base == 1
    assert data.n_columns == len(rows[0])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"], ids=["nasty-34-utf-16", "nasty-34-utf-32"])
def test_wide_encodings_are_named(encoding):
    with pytest.raises(DataError, match=f"f.txt: the file is encoded as {encoding.upper()}.*Save it as UTF-8"):
        read("1 1:1\n".encode(encoding))


def test_utf_16_without_a_mark_is_guessed_from_its_nul_bytes():
    with pytest.raises(DataError, match=r"line 1: the line holds a NUL byte.*UTF-16"):
        read("1 1:1\n".encode("utf-16-le"))


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# only this\n", b"\xef\xbb\xbf"])
def test_no_rows(text):
    data = read(text, n_columns=3, index_base=1)
    assert (data.X.shape, data.y.shape, data.y.dtype) == ((0, 3), (0,), np.int64)


def test_a_whole_number_that_would_lose_digits_is_refused():
    with pytest.raises(DataError, match=r"line 2: value of '1:9007199254740993' has more digits than .*1.5e19"):
        read(b"1 1:9007199254740992\n0 1:9007199254740993\n")
    assert read(b"0 1:9.007199254740993e15\n").X.toarray().tolist() == [[2.0**53]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_chunks_end_at_any_line_end(monkeypatch, end):
    monkeypatch.setattr(svmlight, "CHUNK_BYTES", 64)
    source = FileBytes("f", end.join(b"%d 1:%d" % (row % 2, row) for row in range(200)))
    chunks = list(svmlight._chunks(source))
    assert max(len(chunk) for chunk, _ in chunks) < 3 * 64
    assert svmlight.read(source).X.toarray()[:, 0].tolist() == list(range(200))
    assert svmlight.SvmlightOrigin(source).line(150) == 151


@pytest.mark.parametrize(
    ("options", "base", "width"),
    [
        ({}, 0, 3),
        ({"index_base": 0}, 0, 3),
        ({"index_base": 0, "n_columns": 9}, 0, 9),
        ({"n_columns": 3}, 0, 3),
    ],
    ids=[
        "nasty-34-index-0-auto",
        "nasty-34-index-0-option",
        "nasty-34-index-0-width",
        "nasty-34-index-0-fits",
    ],
)
def test_index_zero(options, base, width):
    data = read(b"1 1:1 2:2\n-1 0:5\n", **options)
    assert (data.index_base, data.n_columns) == (base, width)
    np.testing.assert_array_equal(data.X.toarray()[:, :3], [[0, 1, 2], [5, 0, 0]])


def test_nasty_34_index_zero_against_a_model_that_counts_from_one():
    with pytest.raises(DataError, match=r"line 2: index 0 in '0:5', but indices count from 1.*write 0:0 into"):
        read(b"1 1:1\n-1 0:5\n", index_base=1)


def test_index_base_zero_without_any_index_zero():
    data = read(b"1 1:1\n", index_base=0)
    np.testing.assert_array_equal(data.X.toarray(), [[0, 1]])


@pytest.mark.parametrize(
    ("text", "options", "last"),
    [
        (b"1 123:1\n1 124:1", {"index_base": 1, "n_columns": 123}, 123),
        (b"1 122:1\n1 123:1", {"index_base": 0, "n_columns": 123}, 122),
        (b"1 0:1\n1 123:1", {"n_columns": 123}, 122),
        (b"1 1:1\n1 124:1", {"n_columns": 123}, 123),
    ],
)
def test_nasty_34_index_beyond_the_width_of_the_model(text, options, last):
    problem = f"line 2: index {last + 1} in .* the model has 123 columns, the last with index {last}.*fit again"
    with pytest.raises(DataError, match=problem):
        read(text, **options)


@pytest.mark.parametrize("options", [{"index_base": 2}, {"n_columns": -1}, {"n_columns": 1 << 28}])
def test_impossible_options(options):
    with pytest.raises(OptionError):
        read(b"1 1:1", **options)


@pytest.mark.parametrize(
    ("text", "labels", "kind"),
    [
        (b"+1\n-1\n", [1, -1], np.int64),
        (b"0\n1.0\n2e0\n", [0, 1, 2], np.int64),
        (b"1\n0.5\n", [1.0, 0.5], np.float64),
        (b"1e300\n", [1e300], np.float64),
        (b"9007199254740992\n", [2.0**53], np.float64),
    ],
)
def test_labels(text, labels, kind):
    y = read(text).y
    assert y.dtype == kind
    assert y.tolist() == labels


def test_all_rows_of_zeros_have_width_zero():
    assert read(b"1\n-1\n").X.shape == (2, 0)


def test_line_numbers_in_later_chunks(monkeypatch):
    monkeypatch.setattr(svmlight, "CHUNK_BYTES", 64)
    rows = [f"{i % 2} {i + 1}:{i}.5" for i in range(100)]
    np.testing.assert_array_equal(read("\n".join(rows)).X.diagonal(), np.arange(100) + 0.5)
    rows[70] = "1 71:x"
    with pytest.raises(DataError, match="line 71: "):
        read("\r\n".join(rows))


def test_values_survive_to_the_last_bit():
    rng = np.random.default_rng(34)
    values = rng.standard_normal(2000) * 10.0 ** rng.integers(-300, 300, 2000)
    text = "\n".join(f"1 1:{value!r}" for value in values.tolist())
    np.testing.assert_array_equal(read(text).X.toarray()[:, 0], values)


def test_adult_as_its_naive_reading():
    path = shared("data", "adult", "a1a.train")
    data = svmlight.read(path)
    y, rows = naive(path.read_bytes())
    assert data.X.shape == (30956, 123)
    assert data.y.tolist() == y
    assert [dict.fromkeys(part.tolist(), 1.0) for part in np.split(data.X.indices + 1, data.X.indptr[1:-1])] == rows


NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def naive(data: bytes) -> tuple[list[float], list[dict[int, float]]]:
    """The format as slowly and plainly as possible; ValueError for whatever is not of it."""
    text = "\n".join(line.split(b"#")[0].decode("utf-8") for line in data.removeprefix(b"\xef\xbb\xbf").splitlines())
    y, rows = [], []
    for line in text.split("\n"):
        fields = [field for field in re.split("[ \t]", line) if field]
        if not fields:
            continue
        y.append(finite(fields[0]))
        row: dict[int, float] = {}
        for index, value in (field.split(":") for field in fields[1:]):
            if not re.fullmatch("[0-9]+", index) or int(index) in row or int(index) > 1 << 27:
                raise ValueError(index)
            row[int(index)] = finite(value)
        rows.append(row)
    return y, rows


def finite(text: str) -> float:
    if not NUMBER.fullmatch(text) or math.isinf(float(text)):
        raise ValueError(text)
    return float(text)


PIECES = [
    b"1",
    b"-1",
    b"+",
    b"0",
    b"2",
    b"3",
    b"17",
    b".5",
    b"1e3",
    b"1e400",
    b":",
    b":",
    b" ",
    b" ",
    b"\t",
    b"\n",
]
PIECES += [
    b"\r\n",
    b"\r",
    b"#",
    b"nan",
    b"qid:1",
    b"x",
    b"\xe9",
    "é".encode(),
    b"\0",
    b"\xef\xbb\xbf",
    b" 5:1 6:2",
    b":5",
    b" 1:3:5",
]
LINES = st.sampled_from([b"1 1:1 2:2\n", b"-1 3:.5\n", b"0\n", b"2 7:1e3 5:2\n", b"\n", b"# c\n", b"1 0:2\n"])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(LINES, st.sampled_from(PIECES)), max_size=12).map(b"".join))
def test_random_bytes_give_the_naive_reading_or_a_data_error(text):
    try:
        y, rows = naive(text)
    except ValueError:
        with pytest.raises(DataError):
            read(text)
        return
    data = read(text)
    expected = np.zeros((len(rows), max((max(row, default=0) for row in rows), default=0) + 1))
    for place, row in enumerate(rows):
        expected[place, list(row)] = list(row.values())
    assert data.y.tolist() == y
    assert data.index_base == (0 if any(0 in row for row in rows) else 1)
    np.testing.assert_array_equal(data.X.toarray(), expected[:, data.index_base :])
