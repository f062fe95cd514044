"""Matrices: NumPy arrays and SciPy sparse containers, taken by reference wherever their form allows it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.records import Note, frozen
from logistica.data.columns import NumberColumn, RawColumn, number_column, require_numbers
from logistica.data.design import DenseDesign, SparseDesign
from logistica.data.gaps import Gaps, NameOf, look_at_sparse
from logistica.data.origin import Origin

AT_ONCE = 2**20
"""Entries of a sparse matrix that are looked at together."""


@frozen(eq=False, kw_only=True)
class Opened:
    """Data whose kind is known already: a Matrix or a Table.

    Attributes
    ----------
    origin : Origin or None
        The file that they came from; errors name it, and the line.
    notes : tuple of Note
        What should be known about how they were opened.
    """

    origin: Origin | None = None
    notes: tuple[Note, ...] = ()


@frozen(eq=False)
class Matrix(Opened):
    """Numbers without column types, dense or CSR.

    Attributes
    ----------
    design : DenseDesign or SparseDesign
    names : tuple of str, or None
        Column names, if the user gave them.
    index_base : int or None
        For svmlight text: the index of the first column in the file, 0 or 1.
    y : array, shape (n,), or None
        For svmlight text: the target that the file holds.
    """

    design: DenseDesign | SparseDesign
    names: tuple[str, ...] | None = None
    index_base: int | None = None
    y: NDArray[Any] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.design.n_rows

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return self.design.n_columns

    def holds(self, column: str | None) -> bool:
        """Whether an error about this column is about the file: only the target of svmlight text can be wrong yet."""
        return column is None and self.y is not None

    def columns(self, places: Iterable[int] | None = None) -> Iterator[NumberColumn]:
        """Yield the columns, or those at some places, one by one; those of a sparse matrix are written out."""
        names = NameOf(self.names, self.index_base or 0)
        sparse = isinstance(self.design, SparseDesign)
        X: Any = self.design.X
        if sparse:
            X = X.tocsc()
        for j in range(self.n_columns) if places is None else places:
            yield NumberColumn(names(j), X[:, [j]].toarray()[:, 0] if sparse else X[:, j])

    @property
    def sums_tell(self) -> bool:
        """Whether all is well with its values if their sums are finite: no integer is rounded, nothing overflows."""
        return isinstance(self.design, DenseDesign) and self.design.X.dtype in (np.float64, np.float32)

    def look(self, gaps: Gaps) -> None:
        """Find what is missing in it."""
        names = NameOf(self.names, self.index_base or 0)
        if isinstance(self.design, SparseDesign):
            look_at_sparse(gaps, self.design.X, names)
        else:
            gaps.look_at_matrix(self.design.X, names)


def is_sparse(X: object) -> bool:
    """Whether X is a SciPy sparse matrix or array; SciPy's sparse module is not imported to find out."""
    module = None if isinstance(X, np.ndarray) else sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(X))


def matrix(X: Any, names: Sequence[str] | None = None) -> Matrix:
    """Take X, shape (n, p), of any real dtype by reference; objects become float64, sparse becomes CSR.

    Raises
    ------
    DataError
        If X is not two-dimensional, or holds text, dates, durations, complex or mixed values.
    """
    sparse = is_sparse(X)
    values = X if sparse else np.asarray(X) if not isinstance(X, np.ma.MaskedArray) else _unmasked(X)
    _require_two_dimensions(values.shape)
    column_names = None if names is None else checked_names(names, values.shape[1])
    if sparse:
        return Matrix(SparseDesign(_canonical(values)), column_names)
    require_numbers(values.dtype, None)
    if values.dtype.kind == "O":
        return _from_objects(values, column_names)
    return Matrix(DenseDesign(values), column_names)


def checked_names(names: Sequence[Any], width: int | None = None) -> tuple[str, ...]:
    """Return column names as text; a wrong number of them, or one name twice, raises :class:`DataError`."""
    texts = tuple(map(str, names))
    if width is not None and len(texts) != width:
        raise DataError(f"{len(texts)} column names for {width} columns", remedy="Give one name per column")
    if len(set(texts)) < len(texts):
        double = next(name for place, name in enumerate(texts) if name in texts[:place])
        raise DataError(
            f"{texts.count(double)} columns have this name",
            column=double,
            remedy="Give every column its own name",
        )
    return texts


def vector(values: Any, name: str) -> RawColumn:
    """Take numbers beside the data (weights, one offset), shape (n,) or (n, 1), under the given name."""
    array = np.asarray(values) if not isinstance(values, np.ma.MaskedArray) else _unmasked(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{name} of shape {array.shape}", remedy="Pass one number per row, shape (n,)")
    return number_column(name, array)


def _unmasked(values: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """Return a masked array without its mask; what was masked is missing, so it becomes NaN."""
    if not np.ma.is_masked(values):
        return np.asarray(values.data)
    kind = np.object_ if values.dtype.kind in "OUS" else np.float64
    return np.asarray(np.ma.filled(values.astype(kind), np.nan))


def _require_two_dimensions(shape: tuple[int, ...]) -> None:
    if len(shape) == 2:
        return
    remedy = "Pass a table or an array of shape (rows, columns)"
    if len(shape) == 1:
        remedy = "Use X.reshape(-1, 1) for one column of many rows, X.reshape(1, -1) for one row of many columns"
    raise DataError(f"X has {len(shape)} dimension(s), shape {shape}; 2 are needed", remedy=remedy)


def _from_objects(X: NDArray[Any], names: tuple[str, ...] | None) -> Matrix:
    """Convert objects that are all numbers, one by one; there is no float64 view of them to refer to."""
    name_of = NameOf(names)
    numbers = np.empty(X.shape, np.float64)
    integers = Gaps(len(X))
    for j in range(X.shape[1]):
        column = number_column(name_of(j), X[:, j])
        numbers[:, j] = column.values
        if column.missing is not None:
            numbers[column.missing, j] = np.nan
        if column.values.dtype.kind == "i":
            integers.look_at(column.values, column.name, column.missing)
        elif column.rounded is not None:
            integers.look_at_entries(column.name, column.rounded.rows, column.rounded.values)
    return Matrix(DenseDesign(numbers), names, notes=tuple(integers.notes))


def _canonical(X: Any) -> Any:
    """Return CSR with sorted rows; duplicates are summed in float64, so that none wraps around."""
    require_numbers(X.dtype, None)
    _require_sound(X)
    if X.format == "csr" and X.dtype.kind != "O" and _rows_ascend(X.indptr, X.indices):
        return _plain(X)
    canonical = X.astype(np.float64).tocsr()
    if X.format == "csr":
        canonical.has_canonical_format = False  # it may have been before its arrays changed, which SciPy does not see
    canonical.sum_duplicates()
    return _plain(canonical)


def _rows_ascend(start: NDArray[Any], index: NDArray[Any]) -> bool:
    """Whether the columns of every row ascend, none of them twice."""
    entries = int(start[-1])
    for first in range(0, entries - 1, AT_ONCE):
        some = index[first : min(first + AT_ONCE + 1, entries)]
        ascends = some[1:] > some[:-1]
        low, high = np.searchsorted(start, np.array([first + 1, first + len(some)], dtype=start.dtype))
        ascends[start[low:high] - (first + 1)] = True
        if not ascends.all():
            return False
    return True


def _plain(X: Any) -> Any:
    """Return X, or the same with arrays that compiled loops can read: see :class:`SparseDesign`."""
    index = X.indices.dtype
    if index not in {np.dtype(np.int32), np.dtype(np.int64)} or X.indptr.dtype != index:
        largest = max(len(X.indices), X.shape[1])
        index = np.dtype(np.int32 if largest <= np.iinfo(np.int32).max else np.int64)
    held = ((X.data, X.dtype.newbyteorder("=")), (X.indices, index), (X.indptr, index))
    if all(array.dtype == kind and array.flags.c_contiguous and array.flags.aligned for array, kind in held):
        return X
    return type(X)(tuple(np.require(array, kind, ["C", "A"]) for array, kind in held), shape=X.shape)


def _require_sound(X: Any) -> None:
    """Refuse a compressed container whose index arrays do not describe a matrix of its shape."""
    if X.format not in {"csr", "csc"}:
        return
    n_lines, width = X.shape if X.format == "csr" else X.shape[::-1]
    start, index = X.indptr, X.indices
    sound = len(start) == n_lines + 1 and start[0] == 0 and start[-1] <= min(len(index), len(X.data))
    if not (sound and np.all(start[1:] >= start[:-1])):
        raise DataError(
            "the sparse container is damaged: its indptr does not run from 0 upwards to its number of entries",
            remedy="Build it again; X.check_format() tells more",
        )
    if len(index) and not 0 <= int(index.min()) <= int(index.max()) < width:
        across = "columns" if X.format == "csr" else "rows"
        wrong = int(index.min()) if index.min() < 0 else int(index.max())
        raise DataError(
            f"the sparse container is damaged: index {wrong} where it has {width} {across}",
            value=wrong,
            remedy="Build it again; X.check_format() tells more",
        )
