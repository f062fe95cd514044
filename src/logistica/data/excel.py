"""Excel workbooks (.xlsx): the first sheet, its first row the header.

openpyxl reads them, an optional dependency: it is pure Python, and gives each cell its own kind, so that a date, an
error or a formula without a value can be refused by row, where its column is used; faster readers guess one type for a
column.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.core.wording import listed
from logistica.data.compression import expansion_limit
from logistica.data.filebytes import FileBytes
from logistica.data.origin import NumberedOrigin
from logistica.data.typed import TypedColumns, TypedTable

_BATCH_ROWS = 10_000
_LONGEST_TEXT = 32_767
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
_COMPUTE = "Open the workbook in a spreadsheet program and save it, so that it is computed"
_NAME_COLUMNS = "Give each column a name of its own in the first row"


def read(source: FileBytes) -> TypedTable:
    """Read the first sheet, with its row numbers, and a note of other sheets.

    An empty cell is a missing value; rows without any cell are none. A date, an error value, a formula without a
    value, and cells of different kinds are faults of their column alone.

    Raises
    ------
    DataError
        openpyxl is not installed; the workbook is damaged or expands too much; a column has no name or another's.
    """
    openpyxl = _openpyxl(source)
    _check_archive(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(openpyxl, source)
    except DataError:
        raise
    except Exception as error:  # whatever a damaged workbook leads the library to
        raise DataError(
            f"the workbook cannot be read ({type(error).__name__}: {error})",
            path=source.path,
            remedy="Open it in a spreadsheet program and save it again as .xlsx, or as CSV",
        ) from error


def workbook_bytes(table: Any) -> bytes:
    """Return an Arrow table of numbers, booleans and text as a workbook of one sheet, its names in the first row.

    A missing value, and NaN, is an empty cell; a text that begins with "=" is no formula. A cell keeps 16 digits.

    Raises a DataError for a value that no cell holds: an infinity, a sign of control, a text of over 32,767 characters.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - an extra
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    for name, column in zip(table.column_names, table.columns, strict=True):
        _check_cells(name, pa.array([name]))
        _check_cells(name, column)
    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return None if isinstance(value, float) and math.isnan(value) else value
        made = WriteOnlyCell(sheet, value)
        made.data_type = "s"
        return made

    sheet.append([cell(name) for name in table.column_names])
    for batch in table.to_batches(_BATCH_ROWS):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sheet.append(list(map(cell, values)))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _check_cells(name: str, values: Any) -> None:
    if pa.types.is_string(values.type):
        odd = pc.or_(pc.match_substring_regex(values, _CONTROL), pc.greater(pc.utf8_length(values), _LONGEST_TEXT))
    elif pa.types.is_floating(values.type):
        odd = pc.is_inf(values)
    else:
        return
    row = pc.index(pc.fill_null(odd, False), True).as_py()
    if row >= 0:
        value = values[row].as_py()
        raise DataError(
            f"row {row} holds {str(value)[:40]!r}, which no cell of a workbook can",
            column=name,
            row=row,
            value=value,
            remedy="Name an output of another format, such as .csv",
        )


def _openpyxl(source: FileBytes) -> Any:
    try:
        import openpyxl  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise DataError(
            "an Excel workbook, which takes openpyxl to read",
            path=source.path,
            remedy="Install it with: pip install 'logistica[excel]', or save the sheet as CSV",
        ) from error
    return openpyxl


def _check_archive(source: FileBytes) -> None:
    limit = expansion_limit(source.size)
    try:
        with zipfile.ZipFile(source.opened()) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DataError(
            f"the workbook is damaged or cut off ({error})", path=source.path, remedy="Copy or download the file again"
        ) from error
    if size > limit:
        raise DataError(
            f"the workbook ({source.size:,} bytes) expands to {size:,} bytes, more than {limit:,}",
            path=source.path,
            value=size,
            remedy="If that is meant, save the sheet as CSV",
        )


def _read(openpyxl: Any, source: FileBytes) -> TypedTable:
    workbook = openpyxl.load_workbook(source.opened(), read_only=True, data_only=True)
    try:
        sheets = workbook.worksheets
        if not sheets:
            raise DataError("the workbook has no sheet with cells", path=source.path, remedy="Give one with a table")
        rows = _numbered(sheets[0])
        columns = _columns(source, next(rows, (1, ())))
        has_gaps = _take(columns, rows)
        titles = [sheet.title for sheet in sheets]
    finally:
        workbook.close()
    if has_gaps:
        _look_at_formulas(openpyxl, source, columns)
    return columns.table(NumberedOrigin(source.path, columns.lines()), _sheet_notes(source, titles))


def _numbered(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the rows that are not empty, with their numbers; the size that the file states is not believed."""
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell.value is not None for cell in cells):
            yield number, cells


def _columns(source: FileBytes, header: tuple[int, Sequence[Any]]) -> TypedColumns:
    line, cells = header
    values = [cell.value for cell in cells]
    while values and values[-1] is None:
        values.pop()
    if not values:
        raise DataError("the sheet is empty", path=source.path, remedy="Put the table on the first sheet")
    if all(isinstance(value, int | float) for value in values):
        problem = "no header: the first row holds only numbers"
        raise DataError(problem, path=source.path, line=line, value=values[0], remedy=_NAME_COLUMNS)
    names = ["" if value is None else str(value) for value in values]
    for place, name in enumerate(names):
        if name == "" or names.count(name) > 1:
            problem = f"column {place + 1} has no name" if name == "" else f"the header has the name {name!r} twice"
            raise DataError(problem, path=source.path, line=line, value=name, remedy=_NAME_COLUMNS)
    return TypedColumns(source.path, names)


def _take(columns: TypedColumns, rows: Iterator[tuple[int, Sequence[Any]]]) -> bool:
    """Add all rows; returns whether a cell is empty."""
    width, has_gaps = len(columns.names), False
    values: list[tuple[Any, ...]] = []
    lines: list[int] = []
    for line, cells in rows:
        for cell in cells[width:]:
            if cell.value is not None:
                problem = f"a cell, {cell.coordinate}, to the right of the last column with a name"
                raise DataError(problem, path=columns.path, line=line, value=cell.value, remedy=_NAME_COLUMNS)
        for place, cell in enumerate(cells[:width]):
            if cell.data_type == "e":
                remedy = "Correct the formula, or leave the cell empty for a missing value"
                columns.refuse(
                    place, line, f"the error value {cell.value} in cell {cell.coordinate}", cell.value, remedy
                )
        row = tuple(cell.value for cell in cells[:width])
        row += (None,) * (width - len(row))
        has_gaps = has_gaps or None in row
        values.append(row)
        lines.append(line)
        if len(values) == _BATCH_ROWS:
            columns.take(values, lines)
            values, lines = [], []
    columns.take(values, lines)
    return has_gaps


def _look_at_formulas(openpyxl: Any, source: FileBytes, columns: TypedColumns) -> None:
    """Find empty cells that are formulas whose value was never computed; they are not missing values."""
    stated = openpyxl.load_workbook(source.opened(), read_only=True)
    valued = openpyxl.load_workbook(source.opened(), read_only=True, data_only=True)
    try:
        sheets = [workbook.worksheets[0] for workbook in (stated, valued)]
        for sheet in sheets:
            sheet.reset_dimensions()
        for line, (formulas, values) in enumerate(zip(*(sheet.iter_rows() for sheet in sheets), strict=True), 1):
            for place, (formula, cell) in enumerate(zip(formulas[: len(columns.names)], values, strict=False)):
                if cell.value is None and formula.data_type == "f":
                    problem = f"the formula in cell {formula.coordinate} has no value in the file"
                    columns.refuse(place, line, problem, formula.value, _COMPUTE)
    finally:
        stated.close()
        valued.close()


def _sheet_notes(source: FileBytes, titles: list[str]) -> tuple[Note, ...]:
    if len(titles) == 1:
        return ()
    others = listed(titles[1:], 5)
    message = f"{source.path}: the first sheet, {titles[0]!r}, was read; there are others: {others}."
    return (Note("other-sheets", message, DataWarning),)
