"""Data frames and Arrow tables of any make, column by column. Importing this loads narwhals and pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.records import Note, frozen
from logistica.data.alignment import check_same_index, series_of
from logistica.data.arrays import Opened, checked_names
from logistica.data.arrow_numpy import codes_of, is_plain, truth_of, values_of
from logistica.data.chunks import Chunks
from logistica.data.columns import (
    CONVERT_DATE,
    CONVERT_DURATION,
    CONVERT_OTHER,
    Codes,
    Level,
    LevelColumn,
    NumberColumn,
    RawColumn,
    code_type,
    missing_labels,
    number_column,
    object_column,
    recoded,
    require_numbers,
    spread,
)
from logistica.data.exact import Rounded
from logistica.data.factors import OTHER
from logistica.data.mostly import Mostly
from logistica.data.origin import Origin, WrittenOrigin
from logistica.data.spelling import DECIMAL_COMMA, POINT, as_levels, rounded_whole
from logistica.data.target import Target
from logistica.data.typed import TypedTable

PLAIN_LEVELS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
)


@frozen(eq=False)
class Table(Opened):
    """A data frame, by reference, or what was read from a file.

    Attributes
    ----------
    frame : narwhals DataFrame
    names : tuple of str
        Column names, each as text, in the frame's order.
    text : WrittenOrigin or None
        The delimited text whose cells became numbers on being read.
    faults : mapping of name to DataError
        Columns that cannot be used, and the error of whoever tries to.
    rounded : mapping of name to Rounded
        Columns of float64 that were written as other numbers, where there is no ``text``.
    """

    frame: nw.DataFrame[Any]
    names: tuple[str, ...]
    text: WrittenOrigin | None = field(default=None, kw_only=True)
    faults: Mapping[str, DataError] = field(default_factory=dict, kw_only=True)
    rounded: Mapping[str, Rounded] = field(default_factory=dict, kw_only=True)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.frame)

    def holds(self, column: str | None) -> bool:
        """Whether an error about this column is about the table."""
        return column in self._own_names

    def series(self, name: str) -> nw.Series[Any]:
        """One column, by its name as text; a DataError if it cannot be used."""
        if name in self.faults:
            raise self.faults[name]
        return self.frame.get_column(self._own_names[name])

    @cached_property
    def _own_names(self) -> dict[str, Any]:
        """The frame's own names, which need not be text."""
        return dict(zip(self.names, self.frame.columns, strict=True))

    def column(self, name: str) -> RawColumn:
        """One column as numbers or levels."""
        column = raw_column(name, self.series(name))
        if isinstance(column, LevelColumn):
            return column
        rounded = self.rounded.get(name)
        if self.text is not None:
            rounded = rounded_whole(column.values, self.text, name)
        return column if rounded is None else replace(column, rounded=rounded)

    def column_like(self, name: str, known: Sequence[Level]) -> RawColumn:
        """One column for a factor of a model with these levels.

        A text file has no types: its cells are text where the levels are text, whatever else they look like, and
        numbers or booleans where the levels are such, beside cells that are not.
        """
        own = [level for level in known if level != OTHER]
        if self.text is None:
            return self.column(name)
        is_text = self.series(name).dtype == nw.String
        if is_text == any(isinstance(level, str) for level in own):
            return self.column(name)
        return as_levels(self.text.written(name), own, DECIMAL_COMMA if self.text.decimal_comma else POINT)

    def keeps_order(self, name: str) -> bool:
        """Whether the column declares no order, and is a factor in the order of its categories all the same."""
        column = self.series(name)
        return _declares_categories(column) and not column.to_native().dtype.ordered

    def check_rows_of(self, given: Any, what: str) -> None:
        """Raise a DataError if what stands beside the table is a pandas object with another index than its own."""
        check_same_index(self.frame, given, what)

    def named(self, names: Sequence[str]) -> Table:
        """Return a table without columns and rows as one with columns, of any type."""
        empty = pa.table({name: pa.nulls(0) for name in names})
        return replace(self, frame=nw.from_native(empty, eager_only=True), names=tuple(names))

    def check_free(self, names: Iterable[str]) -> None:
        """Raise an OptionError for a name, of a column to be added, that the table has already."""
        for name in names:
            if name in self._own_names:
                raise OptionError(
                    f"The data have a column {name!r} already. Rename it, or take the predictions alone: --only at the"
                    " command line, predict() and predict_proba() in Python."
                )

    def with_columns(self, columns: Mapping[str, Any]) -> Any:
        """Return a frame of the caller's own kind with columns of new names, as Arrow arrays, added at the end."""
        backend = self.frame.implementation
        added = [series_of(name, values, backend) for name, values in columns.items()]
        if backend.is_pandas_like():
            index = nw.maybe_get_index(self.frame)
            added = [nw.maybe_set_index(one, index=index) for one in added]
        return self.frame.with_columns(*added).to_native()

    def labels(self, name: str) -> Target:
        """One column as labels, in the type they have."""
        return replace(series_labels(self.series(name), name), origin=self.text)


def table(data: Any) -> Table | None:
    """Open any eager data frame or Arrow object; None if ``data`` is none."""
    try:
        frame = nw.from_native(data, eager_only=True, pass_through=True)
    except nw.exceptions.DuplicateError as error:
        raise DataError(_first_line(error), remedy="Give every column its own name") from error
    if isinstance(frame, nw.DataFrame):
        return Table(frame, checked_names(frame.columns))
    if series(data) is not None:
        raise DataError(
            "a series where a table is needed",
            remedy="Use to_frame() for one column; for one row of a pandas frame to_frame().T, or df.iloc[[0]]",
        )
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return arrow_table(data)
    if isinstance(nw.from_native(data, pass_through=True), nw.LazyFrame):
        raise DataError("a lazy frame, whose rows are not there yet", remedy="Call its collect() first")
    return None


def series(data: Any) -> nw.Series[Any] | None:
    """Open a series of any make, an Arrow or pandas array, or the only column of a frame; None if it is neither."""
    pandas = nw.dependencies.get_pandas()
    if isinstance(data, pa.Array):
        data = pa.chunked_array([data])
    elif pandas is not None and isinstance(data, pandas.api.extensions.ExtensionArray | pandas.Index):
        data = pandas.Series(data)
    taken = nw.from_native(data, eager_only=True, allow_series=True, pass_through=True)
    if isinstance(taken, nw.Series):
        return taken
    if isinstance(taken, nw.DataFrame) and len(taken.columns) == 1:
        return taken[:, 0]
    return None


def raw_column(name: str, column: nw.Series[Any]) -> RawColumn:
    """Take one series as numbers or levels.

    Text is a factor with its levels sorted; so is every dictionary whose order is only its encoding. An
    ordered dictionary, an Enum and a pandas categorical keep the order of their categories.
    """
    native = getattr(column.to_native(), "dtype", None)
    if isinstance(native, np.dtype) and native.kind != "O":
        return number_column(name, column.to_numpy())
    if _is_sparse(native):
        return _sparse_column(name, column.to_native().array)
    dtype = column.dtype
    if dtype in (nw.Int128, nw.UInt128, nw.Object) or dtype.is_decimal():
        wide = dtype in (nw.Int128, nw.UInt128)
        return object_column(name, np.array(column.to_list(), dtype=np.object_) if wide else column.to_numpy())
    if dtype.is_numeric() or dtype == nw.Boolean:
        return _numbers(name, column)
    if dtype in (nw.Categorical, nw.Enum, nw.String):
        return _levels(name, column)
    return _nothing(name, column)


def series_labels(column: nw.Series[Any], name: str | None) -> Target:
    """Take labels as they are; nulls leave the others' type unchanged."""
    if column.dtype in (nw.Categorical, nw.Enum, nw.String):
        text = _levels(name or "target", column)
        absent = text.codes < 0
        values = np.array([*text.levels, None], dtype=np.object_)[text.codes]
        return Target(values, absent if absent.any() else None, name, text.levels)
    if not column.null_count():
        values = _values(column)
        return Target(values, missing_labels(values), name)
    absent = _absent(column)
    values, _ = spread(_values(column.drop_nulls()), absent)
    marked = missing_labels(values)
    return Target(values, absent if marked is None else absent | marked, name)


def _is_sparse(dtype: Any) -> bool:
    pandas = nw.dependencies.get_pandas()
    return pandas is not None and isinstance(dtype, pandas.SparseDtype)


def _sparse_column(name: str, values: Any) -> RawColumn:
    """Take a pandas SparseArray without writing out its fill value; one of objects is written out."""
    stored = values.sp_values
    if stored.dtype.kind == "O":
        return object_column(name, np.asarray(values))
    require_numbers(stored.dtype, name)
    return NumberColumn(name, Mostly(len(values), values.sp_index.indices, stored, values.fill_value))


def _numbers(name: str, column: nw.Series[Any]) -> NumberColumn:
    """Take plain numbers as the view that the frame hands out; nulls are told apart by a mask."""
    if not column.null_count():
        chunks = _chunks(column)
        return NumberColumn(name, Chunks(chunks)) if len(chunks) > 1 else number_column(name, _values(column))
    return NumberColumn(name, *spread(_values(column.drop_nulls()), _absent(column)))


def _values(column: nw.Series[Any]) -> NDArray[Any]:
    """Return a column without nulls as one array, shape (n,)."""
    native = column.to_native()
    if column.implementation.is_pyarrow() and is_plain(native.type):
        pieces = _chunks(column) or [values_of(pa.nulls(0, native.type))]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return column.to_numpy()


def _absent(column: nw.Series[Any]) -> NDArray[np.bool_]:
    """Mark the nulls of a column, shape (n,)."""
    if not column.implementation.is_pyarrow():
        return np.asarray(column.is_null().to_numpy(), np.bool_)
    return np.concatenate([np.empty(0, np.bool_), *(truth_of(chunk.is_null()) for chunk in column.to_native().chunks)])


def _chunks(column: nw.Series[Any]) -> list[NDArray[Any]]:
    """Take the pieces of an Arrow or Polars column of plain numbers, without a copy; of others, none."""
    native = column.to_native()
    if column.dtype == nw.Boolean:
        return []
    if column.implementation.is_pyarrow():
        return [values_of(chunk) for chunk in native.chunks] if is_plain(native.type) else []
    if column.implementation.is_polars():
        return [chunk.to_numpy() for chunk in native.get_chunks()]
    return []


def _levels(name: str, column: nw.Series[Any]) -> LevelColumn:
    encoded = _dictionary(name, column)
    dictionary = encoded.dictionary
    levels: list[Level] = dictionary.to_pylist()
    codes = codes_of(encoded.indices)
    keeps_order = encoded.type.ordered or _declares_categories(column)
    return LevelColumn(name, tuple(levels), codes) if keeps_order else _sorted(name, levels, codes)


def _declares_categories(column: nw.Series[Any]) -> bool:
    """Whether this is a pandas categorical, whose categories have an order; that of a dictionary is its encoding's."""
    return column.implementation.is_pandas_like() and hasattr(column.to_native().dtype, "categories")


def _dictionary(name: str, column: nw.Series[Any]) -> Any:
    """Encode the column as one Arrow dictionary with signed indices, for -1 to mark a gap."""
    native = column.to_native()
    try:
        values = native if isinstance(native, pa.ChunkedArray) else column.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"categories of different kinds ({_first_line(error)})", column=name, remedy=CONVERT_OTHER
        ) from error
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    if not pa.types.is_dictionary(values.type):
        return values.cast(pa.large_string()).dictionary_encode()
    _require_plain_levels(name, values.dictionary)
    if values.dictionary.null_count or len(values.dictionary.unique()) < len(values.dictionary):
        return values.cast(values.type.value_type).dictionary_encode()
    index = values.type.index_type
    if pa.types.is_signed_integer(index) and len(values.dictionary) <= np.iinfo(index.to_pandas_dtype()).max:
        return values
    signed = pa.from_numpy_dtype(code_type(len(values.dictionary)))
    return values.cast(pa.dictionary(signed, values.type.value_type, values.type.ordered))


def _require_plain_levels(name: str, dictionary: Any) -> None:
    kind = dictionary.type
    if not any(is_kind(kind) for is_kind in PLAIN_LEVELS):
        remedy = "Convert first to text, for example with astype(str)"
        raise DataError(f"categories of type {kind}", column=name, remedy=remedy)
    if pa.types.is_floating(kind) and np.isnan(dictionary.to_numpy(zero_copy_only=False)).any():
        raise DataError("NaN among the categories", column=name, remedy="Make it a missing value instead")


def _sorted(name: str, levels: list[Level], codes: Codes) -> LevelColumn:
    order = sorted(range(len(levels)), key=levels.__getitem__)
    rank = np.full(len(levels) + 1, -1, code_type(len(levels)))
    rank[order] = np.arange(len(levels))
    return LevelColumn(name, tuple(levels[code] for code in order), recoded(codes, rank))


def _nothing(name: str, column: nw.Series[Any]) -> NumberColumn:
    """Take a column of missing values only, whatever its type; with values, other types are refused."""
    if column.null_count() == len(column):
        return NumberColumn(name, np.zeros(len(column)), np.ones(len(column), np.bool_))
    dtype = column.dtype
    if dtype.is_temporal():
        duration = dtype == nw.Duration
        what = "durations" if duration else "dates and times"
        raise DataError(what, column=name, remedy=CONVERT_DURATION if duration else CONVERT_DATE)
    native = getattr(column.to_native(), "dtype", None) or getattr(column.to_native(), "type", dtype)
    raise DataError(f"values of type {native}", column=name, remedy=CONVERT_OTHER)


def arrow_table(
    data: Any, origin: Origin | None = None, *, text: WrittenOrigin | None = None, notes: tuple[Note, ...] = ()
) -> Table:
    """Open Arrow data of any kind, a record batch or a stream too; ``origin`` and ``text`` say where they are from."""
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    arrow = data if isinstance(data, pa.Table) else pa.table(data)
    names = checked_names(arrow.column_names)
    frame, faults = nw.from_native(arrow, eager_only=True), {} if text is None else text.faults
    return Table(frame, names, origin=text or origin, text=text, faults=faults, notes=notes)


def typed_table(read: TypedTable) -> Table:
    """Open what was read from a file whose cells have kinds of their own."""
    return replace(
        arrow_table(read.arrow, read.origin, notes=read.notes), faults=dict(read.faults), rounded=dict(read.rounded)
    )


def _first_line(error: Exception) -> str:
    lines: Iterable[str] = str(error).strip().splitlines() or [type(error).__name__]
    return " ".join(line.strip() for line in lines)
