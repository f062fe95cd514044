"""The hard cases of files, from end to end: what a fit from a path does with each."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

import logistica
from logistica.core.errors import DataError, FileAccessError
from logistica.data import filebytes
from tests.data.cases import case

ROWS = [
    (0.5, "u", "no"),
    (1.5, "v", "yes"),
    (-0.25, "u", "yes"),
    (1.25, "v", "no"),
    (0.75, "u", "no"),
    (1.0, "v", "yes"),
]
PLAIN = "x,f,y\n" + "".join(f"{x},{f},{y}\n" for x, f, y in ROWS)


@pytest.fixture
def save(tmp_path):
    def saved(data):
        path = tmp_path / "data.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return saved


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 11)


def same_model(path, **options):
    model = logistica.fit(path, target="y", **options)
    plain = path.with_name("plain.csv")
    plain.write_text(PLAIN)
    expected = logistica.fit(plain, target="y")
    assert model.terms == expected.terms
    assert model.coef_.tobytes() == expected.coef_.tobytes()
    assert model.intercept_.tobytes() == expected.intercept_.tobytes()


def refused(path, message, kind=DataError, **options):
    with pytest.raises(kind, match=message) as caught:
        logistica.fit(path, target="y", **options)
    assert str(path) in str(caught.value)
    return caught.value


# Row 25: names.

NAMES = {
    "blank": "a b",
    "formula-interaction": "x:y",
    "digit": "1",
    "formula-call": "C(x)",
    "unicode": "größe 漢字 😀",
    "quote": 'say "a"',
    "comma": "a,b",
    "newline": "two\nlines",
    "formula-tilde": "y ~ x",
    "backtick": "a`b",
}


@pytest.mark.parametrize("name", [case(25, f"csv-{kind}", name) for kind, name in NAMES.items()])
def test_a_name_comes_back_from_a_file_and_a_model(save, tmp_path, name):
    quoted = '"' + name.replace('"', '""') + '"'
    path = save(PLAIN.replace("x,", f"{quoted},", 1))
    model = logistica.fit(path, target="y")
    assert model.terms[0] == name
    model.save(tmp_path / "model.json")
    again = logistica.load(tmp_path / "model.json")
    assert again.terms[0] == name
    np.testing.assert_array_equal(again.predict_proba(path), model.predict_proba(path))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        case(25, "csv-duplicate", "x,x,y", "line 1: the header has the name 'x' 2 times"),
        case(25, "csv-duplicate-quoted", 'x,"x",y', "line 1: the header has the name 'x' 2 times"),
        case(25, "csv-empty-twice", "x,,", "line 1: the header ends with delimiters"),
    ],
)
def test_names_that_cannot_be(save, header, message):
    refused(save(PLAIN.replace("x,f,y", header)), message)


# Rows 28 and 29: bytes and forms.

FORMS = [
    case(28, "byte-order-mark", "\ufeff" + PLAIN),
    case(29, "crlf", PLAIN.replace("\n", "\r\n")),
    case(29, "cr", PLAIN.replace("\n", "\r")),
    case(29, "mixed", PLAIN.replace("\n", "\r\n", 3).replace("u,no\n", "u,no\r")),
    case(29, "no-final-newline", PLAIN[:-1]),
    case(29, "quoted", "".join(",".join(f'"{c}"' for c in line.split(",")) + "\n" for line in PLAIN.splitlines())),
    case(29, "comment-lines", "# a note\n" + PLAIN.replace("\n", "\n# one more\n")),
    case(29, "blank-lines", "\n\n" + PLAIN.replace("\n", "\n\n")),
    case(29, "semicolon", PLAIN.replace(",", ";")),
    case(29, "tab", PLAIN.replace(",", "\t")),
    case(29, "semicolon-and-decimal-comma", PLAIN.replace(",", ";").replace(".", ",")),
    case(29, "bar", PLAIN.replace(",", "|")),
    case(29, "spaces", PLAIN.replace(",", "   ")),
]


@pytest.mark.parametrize("text", FORMS)
def test_all_forms_give_one_model(save, text):
    same_model(save(text))


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.usefixtures("small_pieces")
def test_all_forms_give_one_model_whatever_the_pieces(save, text):
    same_model(save(text))


@pytest.mark.parametrize(
    "level", [case(29, "quoted-newline", "v\n2"), case(29, "quoted-comma", "v,2"), case(29, "quoted-quote", 'v"2')]
)
@pytest.mark.usefixtures("small_pieces")
def test_what_is_quoted_survives_the_pieces(save, level):
    quoted = '"' + level.replace('"', '""') + '"'
    model = logistica.fit(save(PLAIN.replace(",v,", f",{quoted},")), target="y")
    assert model.terms == ("x", f"f[{level}]")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        case(28, "utf-16", PLAIN.encode("utf-16"), "encoded as UTF-16 .byte order mark at byte offset 0.*iconv"),
        case(28, "utf-16-no-mark", PLAIN.encode("utf-16-le"), "line 1: a NUL byte at byte offset 1"),
        case(28, "utf-32", PLAIN.encode("utf-32"), "encoded as UTF-32 .*iconv"),
        case(28, "latin-1", PLAIN.replace("v", "é").encode("latin-1"), "line 3: byte 0xe9 at byte offset 19 .*iconv"),
        case(28, "latin-1-header", PLAIN.replace("f", "é", 1).encode("latin-1"), "line 1: byte 0xe9 at byte offset 2"),
        case(28, "nul", PLAIN.replace("1.25", "1\0").encode(), "line 5: a NUL byte at byte offset"),
        case(
            28,
            "cut-in-a-character",
            PLAIN.encode() + "é".encode()[:1],
            f"line 8: byte 0xc3 at byte offset {len(PLAIN)} ",
        ),
    ],
)
@pytest.mark.parametrize("piece_bytes", [1, 11, 1 << 20])
def test_wrong_encodings(save, monkeypatch, data, message, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    assert refused(save(data), message).remedy


# Rows 30 and 31: shapes, headers, files.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        case(30, "ragged-long", PLAIN + "1,u,no,4\n", "line 8: 4 fields, expected 3"),
        case(30, "ragged-short", PLAIN + "1,u\n", "line 8: 2 fields, expected 3"),
        case(30, "unclosed-quote", PLAIN.replace("1.5,v", '1.5,"v'), "line 3: the quote that opens here is never"),
        case(
            30, "unclosed-quote-later", PLAIN + '1,"u,no\n2,"v",no\n', "line 8: the quote that opens here is not closed"
        ),
        case(
            30, "trailing-delimiter", PLAIN.replace("\n", ",\n"), "line 1: the header and every row end with a delimi"
        ),
        case(30, "trailing-delimiter-rows", PLAIN.replace("no\n", "no,\n"), "line 2: 4 fields, expected 3"),
        case(
            30, "trailing-delimiter-header", PLAIN.replace("y\n", "y,\n", 1), "line 1: the header ends with a delimiter"
        ),
        case(31, "no-header", PLAIN.split("\n", 1)[1].replace(",u,", ",1,").replace("no", "0"), "line 1: no header"),
        case(31, "header-only", "x,f,y\n", "0 rows: the file holds only a header"),
        case(31, "empty", "", "the file is empty"),
    ],
)
@pytest.mark.parametrize("piece_bytes", [1, 11, 1 << 20])
def test_shapes(save, monkeypatch, text, message, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    assert refused(save(text), message).remedy


@pytest.mark.parametrize("_", [case(31, "rows-read-are-stated", None)])
def test_the_number_of_rows_is_stated(save, _):
    assert logistica.fit(save(PLAIN), target="y").fitted.fit.rows.read == len(ROWS)


@pytest.mark.parametrize("_", [case(31, "directory", None)])
def test_a_directory(tmp_path, _):
    refused(tmp_path, "this is a directory; name a file in it", FileAccessError)


@pytest.mark.parametrize("_", [case(31, "missing", None)])
def test_a_missing_file(tmp_path, _):
    refused(tmp_path / "absent", "there is no such file", FileAccessError)


@pytest.mark.parametrize("_", [case(31, "unreadable", None)])
def test_an_unreadable_file(save, monkeypatch, _):
    path = save(PLAIN)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    refused(path, "no permission to read this file", FileAccessError)


# Row 32: cells, whatever the pieces.

LATE = "x,y\n" + "".join(f"{i},{'no' if i % 3 else 'yes'}\n" for i in range(300))


@pytest.mark.parametrize("token", [case(32, f"missing-{token!r}", token) for token in ("NA", "N/A", "", "null", "NaN")])
@pytest.mark.parametrize("piece_bytes", [16, 500, 1 << 20])
def test_a_late_missing_cell(save, monkeypatch, token, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    path = save(f"{LATE}{token},no\n")
    error = refused(path, "line 302, column 'x': 1 missing value, the first in row 300")
    assert error.remedy
    with pytest.warns(logistica.DataWarning, match="Dropped 1 of 301 rows"):
        model = logistica.fit(path, target="y", missing="drop")
    expected = logistica.fit(save(LATE), target="y")
    assert model.coef_.tobytes() == expected.coef_.tobytes()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        case(32, "dash", "-", "'-' is not a number, as nearly all other cells are"),
        case(32, "text", "abc", "'abc' is not a number"),
        case(32, "underscore", "1_000", "'1_000' is not a number"),
        case(32, "arabic-digits", "\u0661\u0662", "'\u0661\u0662' is not a number"),
        case(32, "overflow", "1e400", "'1e400' is too large: a float64 ends at 1.8e308"),
        case(32, "hexadecimal", "0x10", "'0x10' is hexadecimal"),
    ],
)
@pytest.mark.parametrize("piece_bytes", [16, 500, 1 << 20])
@pytest.mark.parametrize("row", [0, 150, 300])
def test_a_cell_that_is_no_number(save, monkeypatch, cell, message, piece_bytes, row):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    lines = LATE.splitlines(keepends=True)
    lines.insert(1 + row, f"{cell},no\n")
    error = refused(save("".join(lines)), f"line {row + 2}, column 'x': {message}")
    assert (error.row, error.remedy is None) == (row, False)


@pytest.mark.filterwarnings("ignore:Column 'x' is text that looks like numbers:logistica.DataWarning")
@pytest.mark.parametrize("late", [case(32, f"late-{kind}", kind) for kind in ("float", "text", "huge", "bool", "date")])
def test_the_type_of_a_column_depends_on_no_piece(save, monkeypatch, late):
    cell = {"float": "0.5", "text": "abc", "huge": "9" * 20, "bool": "true", "date": "2020-01-01"}[late]
    lines = [f"{i % 7},{'no' if i % 3 else 'yes'}" for i in range(30)] + [f"{cell},no", f"{cell},yes"] * 12
    path = save("x,y\n" + "\n".join(lines) + "\n")
    found = []
    for piece_bytes in (3, 16, 100, 1 << 20):
        monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
        model = logistica.fit(path, target="y", C=1.0)
        found.append((model.terms, model.coef_.tobytes()))
    assert len(set(found)) == 1


# The silent faults of the parser beneath, one by one.


@pytest.mark.parametrize("_", [case(30, "fault-unclosed-quote-swallows-rows", None)])
def test_fault_unclosed_quote(save, _):
    rows = "".join(f'{i},"name {i % 3}",{"no" if i % 3 else "yes"}\n' for i in range(20_000))
    refused(save("x,f,y\n" + rows.replace('4000,"name 1"', '4000,"name 1', 1)), "line 4002: the quote that opens here")


@pytest.mark.parametrize("_", [case(31, "fault-blank-lines-in-one-column", None)])
def test_fault_blank_lines_in_one_column(save, tmp_path, _):
    model = logistica.fit(save(PLAIN), target="y", columns=["x"])
    new = tmp_path / "new.csv"
    new.write_text("x\n1\n\n2\n")
    with pytest.raises(DataError, match="line 3: a blank line, which in a table of one column may be a missing value"):
        model.predict(new)


@pytest.mark.parametrize("_", [case(33, "fault-gzip-without-suffix", None)])
def test_fault_gzip_is_told_by_suffix(save, _):
    same_model(save(gzip.compress(PLAIN.encode())))


@pytest.mark.parametrize("_", [case(32, "fault-hexadecimal-beside-decimals", None)])
@pytest.mark.parametrize("piece_bytes", [8, 1 << 20])
def test_fault_hexadecimal_among_other_numbers(save, monkeypatch, piece_bytes, _):
    """0x10 is a whole number to the parser, in a piece of its own; beside 0.5 it must not become 16.0."""
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    path = save("x,y\n" + "".join(f"{i}.5,no\n{i},yes\n" for i in range(20)) + "0x10,no\n" * 2)
    assert refused(path, "line 42, column 'x': '0x10' is not a number").row == 40


@pytest.mark.parametrize("_", [case(32, "fault-column-of-gaps-first", None)])
def test_a_column_that_begins_with_gaps(save, monkeypatch, _):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 16)
    path = save("x,y\n" + "NA,no\n" * 20 + "1,no\n2.5,yes\n2,no\n1.5,yes\n")
    with pytest.warns(logistica.DataWarning, match="Dropped 20 of 24 rows"):
        assert logistica.fit(path, target="y", missing="drop", C=1.0).terms == ("x",)


@pytest.mark.parametrize("_", [case(33, "jsonl-named-csv", None)])
def test_a_wrong_suffix(save, _):
    names = ("x", "f", "y")
    same_model(save("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in ROWS)))
