"""Rows of a pandas frame beside what else has its labels, and columns of any library beside a frame's own."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v1 as nw
import pyarrow as pa

from logistica.core.errors import DataError


def check_same_index(frame: nw.DataFrame[Any], given: Any, what: str) -> None:
    """Raise a DataError if what stands beside a frame is a pandas object with another index than its own."""
    own, other = nw.maybe_get_index(frame), _index_of(given)
    if own is None or other is None or own.equals(other):
        return
    place = next((row for row, (one, two) in enumerate(zip(own, other, strict=True)) if one != two), 0)
    is_same = own.is_unique and bool(own.isin(other).all())
    by_label = f"Pass {what}.reindex(X.index) to match rows by their labels, or" if is_same else "Pass"
    (label,), (value,) = own[place : place + 1].tolist(), other[place : place + 1].tolist()
    order = ", but holds the same labels in another order" if is_same else ""
    raise DataError(
        f"the index of the {what} is not that of the data{order}: row {place} is {label!r} in the data and"
        f" {value!r} in the {what}",
        row=place,
        value=value,
        remedy=f"{by_label} {what}.to_numpy() to match them by position",
    )


def _index_of(given: Any) -> Any:
    """Return the index of a pandas series or frame; None of anything else."""
    taken = nw.from_native(given, eager_only=True, allow_series=True, pass_through=True)
    return nw.maybe_get_index(taken) if isinstance(taken, nw.Series | nw.DataFrame) else None


def series_of(name: str, values: Any, backend: Any) -> nw.Series[Any]:
    """Return an Arrow array as a series of a library.

    Integers and booleans beside nulls have pandas' nullable types, so that no label changes; of other types with nulls
    pandas finds its own.
    """
    if backend.is_pandas_like() and values.null_count and (kind := _nullable(values.type)) is not None:
        native = backend.to_native_namespace()
        return nw.from_native(native.Series(values.to_pylist(), name=name, dtype=kind), series_only=True)
    dtype = None
    if not (backend.is_pandas_like() and values.null_count):
        dtype = nw.from_native(pa.chunked_array([values]), series_only=True).dtype
    return nw.new_series(name, values.to_pylist(), dtype, backend=backend)


def _nullable(kind: Any) -> str | None:
    """Name the pandas type that holds an Arrow type beside nulls, where its plain one does not."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if not pa.types.is_integer(kind):
        return None
    return str(kind).replace("uint", "UInt") if pa.types.is_unsigned_integer(kind) else str(kind).replace("int", "Int")
