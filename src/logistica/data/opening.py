"""Whatever the user holds, opened: a path, array, sparse container or data frame becomes a table or a matrix.

Modules that load narwhals, pyarrow or a parser are imported only when such data arrive.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.arrays import Matrix, Opened, is_sparse, matrix, vector
from logistica.data.columns import Mask, RawColumn, missing_labels
from logistica.data.design import SparseDesign
from logistica.data.target import Target

if TYPE_CHECKING:
    from logistica.data.frames import Table

ACCEPTED = "Pass a path, a two-dimensional array, a SciPy sparse matrix or array, a data frame or an Arrow table"


def open_data(
    data: Any,
    *,
    names: Sequence[str] | None = None,
    index_base: int | None = None,
    n_columns: int | None = None,
) -> Table | Matrix:
    """Open data of any kind.

    Parameters
    ----------
    data : path, array, sparse container, data frame or Arrow table
        Text is always a path; its content, not its name, tells its format.
    names : sequence of str, optional
        Column names for a matrix; a table has its own.
    index_base, n_columns : int, optional
        For svmlight text: the first index, and the width, where a model has fixed them.

    Raises
    ------
    DataError, FileAccessError
        If the data are of no known kind, or their content is not usable.
    """
    if isinstance(data, Opened):
        return data  # type: ignore[return-value]
    if isinstance(data, np.ndarray) or is_sparse(data):
        return matrix(data, names)
    if isinstance(data, str | os.PathLike):
        return _open_path(os.fspath(data), index_base, n_columns)
    if isinstance(data, Mapping) or (isinstance(data, list | tuple) and data and isinstance(data[0], Mapping)):
        what = "a dictionary" if isinstance(data, Mapping) else "a list of dictionaries"
        rows = "[row]" if isinstance(data, Mapping) else "rows"
        raise DataError(
            f"{what} where a table is needed",
            remedy=f"Make a table of it, with pandas.DataFrame({rows}) or pyarrow.Table.from_pylist({rows})",
        )
    if isinstance(data, list | tuple):
        return matrix(as_array(data), names)
    from logistica.data import frames  # noqa: PLC0415 - narwhals is loaded only for frames

    table = frames.table(data)
    if table is not None:
        return table
    if hasattr(data, "__array__"):
        return matrix(np.asarray(data), names)
    raise DataError(f"data of type {type(data).__name__}", remedy=ACCEPTED)


def require_rows(opened: Table | Matrix) -> None:
    """Raise a DataError if there are no rows to learn from."""
    if not opened.n_rows:
        path = None if opened.origin is None else opened.origin.path
        what = "data are empty" if path is None else "file holds only a header" if opened.names else "file is empty"
        raise DataError(f"0 rows: the {what}", path=path, remedy="Give at least one row of each class")


def open_column(values: Any, name: str) -> RawColumn:
    """Numbers beside the data, shape (n,) or (n, 1): an array, a list, or a series of any make."""
    if not isinstance(values, np.ndarray | list | tuple):
        from logistica.data import frames  # noqa: PLC0415 - narwhals is loaded only for series

        series = frames.series(values)
        if series is not None:
            return frames.raw_column(name, series)
    return vector(as_array(values) if isinstance(values, list | tuple) else values, name)


def open_labels(y: Any) -> Target:
    """Labels beside the data: an array, a list, or a series of any make."""
    if isinstance(y, np.ndarray):
        return _plain_target(y)
    if isinstance(y, list | tuple):
        return _plain_target(_as_objects(y))
    from logistica.data import frames  # noqa: PLC0415 - narwhals is loaded only for series

    series = frames.series(y)
    if series is None:
        return _plain_target(np.asarray(y))
    return frames.series_labels(series, str(series.name) if series.name else None)


def _plain_target(values: NDArray[Any]) -> Target:
    masked: Mask | None = None
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values).ravel() if np.ma.is_masked(values) else None
    values = np.asarray(values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        remedy = "Pass one label per row, shape (n,)"
        raise DataError(f"the target has shape {values.shape}", column="target", remedy=remedy)
    missing = missing_labels(values)
    if masked is None or missing is None:
        return Target(values, missing if masked is None else masked)
    return Target(values, missing | masked)


def as_array(values: Any) -> NDArray[Any]:
    """Take lists as an array; rows of different lengths raise :class:`DataError`."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError("rows of different lengths", remedy="Give every row the same number of values") from error


def _as_objects(values: Any) -> NDArray[Any]:
    """Take a list as objects, so that no label is turned into another type to please its neighbours."""
    try:
        return np.asarray(values, dtype=np.object_)
    except ValueError as error:
        raise DataError("labels of different shapes", remedy="Pass one label per row, shape (n,)") from error


class placing:  # noqa: N801 - used as a function is
    """Let every :class:`DataError` about data from a file say which file it is, and on which line the row starts.

    ``arrays`` names what came beside the file, whose rows have no line.
    """

    __slots__ = ("_arrays", "_opened")

    def __init__(self, opened: Table | Matrix, arrays: Collection[str | None] = ()) -> None:
        self._opened, self._arrays = opened, arrays

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        opened = self._opened
        if not isinstance(error, DataError) or opened.origin is None or error.path is not None:
            return
        line = error.line
        if line is None and error.row is not None and opened.holds(error.column) and error.column not in self._arrays:
            line = opened.origin.line(error.row)
        raise type(error)(**{**vars(error), "path": opened.origin.path, "line": line}) from None


def _open_path(path: str, index_base: int | None, n_columns: int | None) -> Table | Matrix:
    from logistica.data import files  # noqa: PLC0415 - pyarrow is loaded only for files

    content = files.read_bytes(path)
    no_rows = index_base is not None and files.is_blank(content)
    kind = "svmlight" if no_rows else files.sniff(content)
    if kind != "svmlight":
        return files.open_table(content, kind)
    from logistica.data import svmlight  # noqa: PLC0415 - the parser is loaded only for its files

    read = svmlight.read(content, index_base=index_base, n_columns=n_columns)
    return Matrix(SparseDesign(read.X), index_base=read.index_base, y=read.y, origin=svmlight.SvmlightOrigin(content))
