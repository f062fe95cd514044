"""Delimiters, quotes, comments and decimal commas, told from the content; what could be either is an error."""

import locale

import numpy as np
import pyarrow as pa
import pytest

from logistica.core.errors import DataError
from logistica.data import delimited, filebytes
from logistica.data.filebytes import FileBytes
from tests.data.cases import case
from tests.shared import shared


def read(text):
    """Read a table; the error of its first column that cannot be used is raised."""
    table, origin = delimited.read(FileBytes("f", text.encode() if isinstance(text, str) else text))
    for fault in origin.faults.values():
        raise fault
    return table


@pytest.mark.parametrize("delimiter", [case(29, f"delimiter-{d!r}", d) for d in ",\t;| :^~!&*@$%/=\x01\x1f"])
def test_any_delimiter(delimiter):
    rows = [["a", "b c" if delimiter != " " else "bc", "d"], ["1", "x", "2.5"], ["3", "y", "4"]]
    text = "".join(f"{delimiter.join(row)}\n" for row in rows)
    assert read(text).to_pydict() == {"a": [1, 3], rows[0][1]: ["x", "y"], "d": [2.5, 4.0]}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        case(29, "space-runs", "  a   b\n 1  2 \n3 4\n", {"a": [1, 3], "b": [2, 4]}),
        case(29, "space-runs-cr", "a  b \r 1  2\r\r3 4", {"a": [1, 3], "b": [2, 4]}),
        case(29, "space-quoted", 'a b\n"x  y" 2\n\'z 3\n', {"a": ["x  y", "'z"], "b": [2, 3]}),
        case(29, "space-in-quotes-before-line-end", 'a b\n2 "x \n  y"\n', {"a": [2], "b": ["x \n  y"]}),
        case(29, "apostrophes", "'a';'b;c'\n1;'it''s;'\n2;\"x\"\n", {"a": [1, 2], "b;c": ["it's;", '"x"']}),
        case(29, "apostrophes-with-spaces", "'a'  'b c'\n1  'x  y'\n", {"a": [1], "b c": ["x  y"]}),
        case(29, "apostrophe-in-a-name", "it's,b\n1,2\n", {"it's": [1], "b": [2]}),
        case(29, "comma-in-a-header-cell", "height, cm;b\n1;2\n", {"height, cm": [1], "b": [2]}),
        case(29, "comment", "# made by x\n\na,b\n1,2\n# no row\n3,4\n# end", {"a": [1, 3], "b": [2, 4]}),
        case(29, "comment-with-quote", 'a,b\n# 5" disk\n1,"x"\n', {"a": [1], "b": ["x"]}),
        case(29, "comment-sign-in-quotes", 'a,b\n1,"x\n#y"\n"#2",z\n', {"a": ["1", "#2"], "b": ["x\n#y", "z"]}),
        case(29, "comment-sign-in-a-cell", "a,b\n1,#x\n", {"a": [1], "b": ["#x"]}),
        case(
            29,
            "decimal-comma",
            "a;b;c\n1,5;x;2\n-,5e1;y;3\n+2,;x;4\n",
            {"a": [1.5, -5.0, 2.0], "b": ["x", "y", "x"], "c": [2, 3, 4]},
        ),
        case(29, "decimal-comma-gaps", "a\tb\n1,5\tNA\nNA\t2\n", {"a": [1.5, None], "b": [None, 2]}),
        case(29, "no-decimal-comma-in-levels", "a;b\n1,5;1\nx;2\n", {"a": ["1,5", "x"], "b": [1, 2]}),
    ],
)
@pytest.mark.parametrize("piece_bytes", [1, 3, 8, 1 << 20])
def test_forms(monkeypatch, text, values, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    assert read(text).to_pydict() == values


REFUSED = [
    case(29, "ambiguous-usual", "a,b;c\n1,2;3\n", "line 1: both ',' and ';' may delimit the fields. Put"),
    case(29, "ambiguous-tab", "a\tb, c\nx\t1, 2\n", r"line 1: both ',' and '\\t' may delimit"),
    case(29, "ambiguous-rare", "a:b^c\n1:2^3\n", r"line 1: both ':' and '\^' may delimit"),
    case(29, "ambiguous-space", "x1, x2\n1 2\n3 4\n", "line 1: both ' ' and ',' may delimit"),
    case(29, "comment-or-header", "#a,b\n1,2\n", "line 1: a line that begins with '#' may be a comment or the header"),
    case(29, "comment-or-names", "#a,b\nx,y\n", "line 1: a line that begins with '#' may be a comment or the header"),
    case(29, "comment-or-row", "a,b\n1,2\n#3,4\n", "line 3: a line that begins with '#' may be a comment or a row"),
    case(29, "comment-or-row-of-one", "a\n1\n# x\n", "line 3: a line that begins with '#' may be a comment or a row"),
    case(29, "thousands", "a;b\n2,5;x\n1.234,56;y\n", "line 3, column 'a': '1.234,56' has a thousands separator"),
    case(29, "mixed-signs", "a;b\n2,5;x\n1.5;y\n", "line 3, column 'a': '1.5' has a decimal point, and other cells"),
    case(29, "mixed-columns", "a;b\n2,5;1\n3;1.5\n", "line 3, column 'b': '1.5' has a decimal point, and column 'a'"),
    case(29, "comma-overflow", "a;b\n2,5;1\n1,5e400;2\n", "line 3, column 'a': '1,5e400' is too large"),
    case(30, "ragged-spaces", "a b\n1 2\n1 2 3\n", "line 3: 3 fields, expected 2"),
    case(30, "ragged-after-comment", "a,b\n# c\n1,2\n1,2,3\n", "line 4: 3 fields, expected 2"),
    case(30, "apostrophe-unclosed", "'a','b'\n1,'x\n2,y\n", "line 2: the quote that opens here is never closed"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
@pytest.mark.parametrize("piece_bytes", [1, 7, 1 << 20])
def test_refused(monkeypatch, text, message, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    with pytest.raises(DataError, match=rf"^f[:,] {message}") as caught:
        read(text)
    assert caught.value.remedy


@pytest.mark.parametrize("_", [case(29, "comma-slip", None)])
def test_a_slip_among_numbers_with_commas(_):
    with pytest.raises(DataError, match="line 42, column 'a': 'n/k' is not a number, as nearly all"):
        read("a;b\n" + "".join(f"{i},5;x\n" for i in range(40)) + "n/k;x\n")


@pytest.mark.parametrize("_", [case(29, "locale", None)])
def test_the_locale_does_not_matter(_):
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
        try:
            assert read("a,b\n1.5,2\n").to_pydict() == {"a": [1.5], "b": [2]}
            assert read("a;b\n1,5;2\n").to_pydict() == {"a": [1.5], "b": [2]}
        finally:
            locale.setlocale(locale.LC_NUMERIC, "C")


@pytest.mark.parametrize(
    ("name", "names", "rows"),
    [
        ("anes96", ["popul", "TVnews", "selfLR", "ClinLR", "DoleLR", "PID", "age", "educ", "income", "vote"], 944),
        ("spector", ["OBS", "GPA", "TUCE", "PSI", "GRADE"], 32),
    ],
)
def test_reference_files_with_tabs_spaces_and_apostrophes(name, names, rows):
    table = delimited.read(shared("reference", f"{name}.csv"))[0]
    assert (table.column_names, table.num_rows) == (names, rows)
    assert set(table.schema.types) <= {pa.int64(), pa.float64()}
    assert not any(table[name].null_count for name in names)


@pytest.mark.parametrize("seed", range(20))
def test_pieces_of_any_size_give_the_same_table(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    cells = ["1", "2.5", "NA", '"x\ny"', '"a""b"', "é漢", "true", '","', "-7e3", ""]
    rows = [",".join(rng.choice(cells, 3)) for _ in range(60)]
    text = "a,b,c\n" + "".join(row + str(rng.choice(["\n", "\r\n", "\r", "\n\n"])) for row in rows)
    whole = read(text)
    for piece_bytes in (1, 2, 5, 31, 200):
        monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
        assert read(text).equals(whole)
