"""Workbooks: the first sheet, cells of their own kinds, and nothing in them that is not a value."""

import datetime
import io
import sys
import warnings
import zipfile

import openpyxl
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning
from logistica.data import compression, excel, frames
from logistica.data.filebytes import FileBytes
from logistica.data.files import sniff
from logistica.data.newrows import design_rows
from logistica.data.opening import require_rows
from logistica.data.read import read
from tests.formats.writing import workbook_bytes

ROWS = [["x", "f", "y"], [1, "a", "no"], [2.5, "b", "yes"], [0, None, "yes"], [7, "a", "no"], [3, "b", "yes"]]


def opened(*rows, others=()):
    source = FileBytes("f.xlsx", workbook_bytes(rows, *others))
    assert sniff(source) == "excel"
    return excel.read(source)


def use(*rows):
    """Read a sheet, and then use every column."""
    table = frames.typed_table(opened(*rows))
    require_rows(table)
    return [table.column(name) for name in table.names]


def test_kinds_gaps_and_lines():
    sheet = opened(["a", "b", "c", "d"], [1, 2, "x", True], [None, 0.5, None, None], [], [3, 4, "2", False])
    table = sheet.arrow
    assert table.to_pydict() == {
        "a": [1, None, 3],
        "b": [2.0, 0.5, 4.0],
        "c": ["x", None, "2"],
        "d": [True, None, False],
    }
    assert [str(kind) for kind in table.schema.types] == ["int64", "double", "string", "bool"]
    assert [sheet.origin.line(row) for row in range(3)] == [2, 3, 5]
    assert sheet.notes == ()
    assert sheet.faults == {}


REFUSED = {
    "date": ([["a"], [1], [datetime.datetime(2020, 1, 2)]], "line 3, column 'a': a date or time, 2020-01-02.*days"),
    "time": ([["a"], [datetime.time(1, 2)]], "line 2, column 'a': a date or time, 01:02"),
    "error-value": ([["a"], [1], ["#N/A"]], "line 3, column 'a': the error value #N/A in cell A3"),
    "formula": ([["a", "b"], [1, 2], [3, "=1+1"]], "line 3, column 'b': the formula in cell B3 has no value"),
    "kinds": ([["a"], [1], ["x"]], "line 3, column 'a': text, 'x', where a number stands"),
    "no-name": ([["a", None, "c"], [1, 2, 3]], "line 1: column 2 has no name"),
    "repeated": ([["a", "a"], [1, 2]], "line 1: the header has the name 'a' twice"),
    "no-header": ([[1, 2], [3, 4]], "line 1: no header"),
    "beside": ([["a"], [1], [2, 3]], "line 3: a cell, B3, to the right of the last column with a name"),
    "header-only": ([["a", "b"]], "0 rows: the file holds only a header"),
    "empty": ([], "the sheet is empty"),
}


@pytest.mark.parametrize(("rows", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_with_row_and_remedy(rows, message):
    with pytest.raises(DataError, match=rf"^f\.xlsx[:,] {message}") as caught:
        use(*rows)
    assert caught.value.remedy


def test_other_sheets_are_a_note_of_every_command(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(workbook_bytes(ROWS[:3] + ROWS[4:] + [[4, "a", "yes"], [3, "b", "no"]], "second", "third"))
    with pytest.warns(DataWarning, match=r"the first sheet, 'Sheet', was read; there are others: 'second', 'third'"):
        model = logistica.fit(path, target="y", C=1.0)
    assert "other-sheets" in {note.code for note in model.record.notes}
    recipe = read(path, target="y").recipe
    assert "other-sheets" in {note.code for note in design_rows(recipe, path, ignore=["y"]).notes}


def test_an_error_found_later_names_the_row(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(workbook_bytes(ROWS))
    with pytest.raises(DataError, match="line 4, column 'f': 1 missing value"):
        read(path, target="y")


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"takes openpyxl to read\. Install it with: pip install 'logistica\[excel\]'"):
        opened(["a"], [1])


def test_cut_off_and_damaged():
    whole = workbook_bytes(ROWS)
    for length in range(60, len(whole), 97):
        with pytest.raises(DataError, match="the workbook") as caught:
            excel.read(FileBytes("f", whole[:length]))
        assert caught.value.remedy
    remedies = []
    for place in range(0, len(whole), 53):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                excel.read(FileBytes("f", bytes(damaged)))
            except DataError as error:
                remedies.append(error.remedy)
    assert len(remedies) > 10
    assert all(remedies)


def test_a_bomb_is_not_opened(monkeypatch):
    monkeypatch.setattr(compression, "EXPANSION_FREE", 1 << 20)
    sink = io.BytesIO(workbook_bytes(ROWS))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", bytes(64 << 20))
    with pytest.raises(DataError, match=r"expands to 67,.* bytes, more than .*save the sheet as CSV"):
        excel.read(FileBytes("f", sink.getvalue()))


def test_a_wrong_size_in_the_file_loses_no_rows():
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes([["a"], [1], [2], [3]])))
    sink = io.BytesIO()
    book.save(sink)
    changed = io.BytesIO()
    with zipfile.ZipFile(sink) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:A4"', b'<dimension ref="A1:A2"'))
    assert excel.read(FileBytes("f", changed.getvalue())).arrow["a"].to_pylist() == [1, 2, 3]


def test_other_zip_files_and_old_workbooks_are_refused_by_name():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"a zip archive that is no Excel workbook.*Unpack it"):
        sniff(FileBytes("f", sink.getvalue()))
    with pytest.raises(DataError, match=r"an old Excel workbook.*Save it as \.xlsx"):
        sniff(FileBytes("f", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)))
