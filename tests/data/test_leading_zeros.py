"""Features such as 007 are numbers, and the record says so: with column, line, cell and what to do."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import DataWarning
from logistica.data import delimited, delimited_zeros, filebytes
from logistica.data.delimited_header import Marks
from logistica.data.delimited_text import Piece
from logistica.data.factors import FactorOptions
from logistica.data.filebytes import FileBytes
from logistica.data.preparation import Preparation
from logistica.data.read import read

CODES = ["02134", "7", "007", "1", "30", "4"]


def written(tmp_path, cells, delimiter=","):
    lines = [delimiter.join(["y", "x", "zip"])]
    lines += [delimiter.join(["ab"[i % 2], f"{i}.5", cell]) for i, cell in enumerate(cells)]
    path = tmp_path / "f.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def zeros(dataset):
    return [note for note in dataset.notes if note.code == "leading-zeros"]


def test_a_feature_of_codes_is_named(tmp_path):
    (note,) = zeros(read(written(tmp_path, CODES), target="y"))
    assert note.warning is DataWarning
    assert "column 'zip', line 2: '02134'." in note.message
    assert "C(zip) in a formula or with levels=; quotes change nothing" in note.message


@pytest.mark.parametrize("cell", ["007", "-007", "+007", '"007"', " 007", "00", "00.5", "01e3"])
def test_every_way_to_write_it(tmp_path, cell):
    (note,) = zeros(read(written(tmp_path, ["1", cell, "2", "3"]), target="y"))
    assert f"line 3: {cell.strip(' ' + chr(34))!r}" in note.message


@pytest.mark.parametrize("cell", ["0", "0.05", "-0.007", "100", "1e05", "1.007", "NA", "0e1"])
def test_other_zeros_are_none(tmp_path, cell):
    assert not zeros(
        read(written(tmp_path, ["1", cell, "2", "3"]), target="y", preparation=Preparation(missing="drop"))
    )


def test_a_column_that_the_model_does_not_use_is_not_named(tmp_path):
    assert not zeros(read(written(tmp_path, CODES), Preparation("y ~ x")))


def test_text_is_text(tmp_path):
    assert not zeros(read(written(tmp_path, [*CODES, "02139-1"]), target="y"))


def test_decimal_commas_are_no_different(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("y;zip\na;1,5\nb;007,5\na;2,5\nb;4,0\n")
    (note,) = zeros(read(path, target="y"))
    assert "line 3: '007,5'" in note.message


def test_a_factor_is_named_where_two_codes_become_one_level(tmp_path):
    path = written(tmp_path, CODES)
    (note,) = zeros(read(path, Preparation("y ~ x + C(zip)")))
    assert note.message.startswith("Column 'zip': '7' on line 3 and '007' on line 4 are one level, the number 7.")
    assert "Put a letter before each code" in note.message
    assert zeros(read(path, target="y", preparation=Preparation(factors=FactorOptions(baseline={"zip": "7"})))) == [
        note
    ]


def test_a_factor_of_different_codes_needs_no_word(tmp_path):
    assert not zeros(read(written(tmp_path, ["02134", "02135", "02136", "02134"]), Preparation("y ~ x + C(zip)")))


@pytest.mark.parametrize("piece_bytes", [7, 16, 1 << 20])
def test_the_line_does_not_depend_on_pieces(tmp_path, monkeypatch, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    text = b"y,z\n1,2\n\n# no row\n0,3\n1,04\n0,05\n"
    origin = delimited.read(FileBytes("f.csv", text))[1]
    assert {name: (zero.row, zero.cell) for name, zero in origin.zeros.items()} == {"z": (2, "04")}
    assert origin.line(2) == 6


@given(st.text('0012.,\n-+ "', max_size=40), st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_cells_are_those_of_a_pattern(text, step):
    data = text.encode()
    pattern = rb'(?:\A|(?<=[,\n]))[ "]*([+-]?0[0-9])'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_zeros, "_STEP", step)
        found = delimited_zeros._cells(data, Marks(b",", b'"')).tolist()
    assert found == [match.start(1) for match in re.finditer(pattern, data)]


def test_quoted_delimiters_and_line_ends_divide_nothing():
    piece = Piece(b'"a,01",2,03\n"x\n04",05,6\n', 1, 3)
    found = delimited_zeros.leading_zeros(piece, ["a", "b", "c"], Marks(b",", b'"'))
    assert found["b"].row == 1
    assert found["c"].row == 0
    assert (found["b"].cell, found["c"].cell) == ("05", "03")


@given(st.text("0-.,\n1e ", max_size=30), st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_cells_of_minus_zero_are_seen(text, step):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_zeros, "_STEP", step)
        found = delimited_zeros.has_negative_zero(text.encode())
    assert found == (re.search(r"-0(?![0-9.])", text) is not None)
