"""Rows of a sparse matrix times vectors: compiled, or by SciPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SparseRows:
    """Some rows of a matrix in CSR form.

    Attributes
    ----------
    start : array of int32 or int64, shape (n + 1,)
        Where each row's entries begin.
    column : array of the same type, shape (entries,)
        Those of a row ascend.
    data : array, shape (entries,)
        All three are contiguous and aligned, as compiled loops read them.
    n_columns : int
    ones : bool
        Whether all of ``data`` are known to be ones, as those of indicators are: compiled loops then do not read them.
    """

    start: NDArray[Any]
    column: NDArray[Any]
    data: Array
    n_columns: int
    ones: bool = False

    @classmethod
    def of(cls, X: Any, rows: slice | NDArray[np.intp], *, ones: bool = False) -> SparseRows:
        """Return the chosen rows of a SciPy matrix or array in CSR form; those of a slice, if float64, by reference.

        Its arrays are as those of a :class:`~logistica.data.design.SparseDesign`; ``ones`` says that all of its data
        are ones.
        """
        if not isinstance(rows, slice):
            X, rows = X[rows], slice(0, len(rows))
        begin, end, _ = rows.indices(X.shape[0])
        start = X.indptr[begin : end + 1]
        here = slice(int(start[0]), int(start[-1]))
        column = X.indices[here]
        data = np.ascontiguousarray(X.data[here], dtype=np.float64)
        return cls((start - start[0]).astype(column.dtype, copy=False), column, data, int(X.shape[1]), ones)

    def with_data(self, data: Array) -> SparseRows:
        """Return rows with other numbers at the same places."""
        return replace(self, data=data, ones=False)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.start) - 1

    def times(self, values: Array) -> Array:
        """Return the rows' products with ``values``, shape (p, k): shape (n, k)."""
        compiled = library()
        if compiled is None:
            return np.asarray(self.matrix @ values)
        values = np.ascontiguousarray(values)
        out = np.empty((self.n_rows, values.shape[1]))
        function = compiled.logistica_sparse_times_32 if self.short else compiled.logistica_sparse_times_64
        function(*self.read, self.n_rows, address(values), values.shape[1], address(out))
        return out

    def transposed_times(self, values: Array, *, squared: bool = False) -> Array:
        """Return the sums of the rows, each times its ``values``, shape (n, k): shape (p, k).

        ``squared`` takes the square of every entry.
        """
        compiled = library()
        if compiled is None:
            matrix = self.matrix
            return np.asarray((matrix.power(2) if squared else matrix).T @ values)
        values = np.ascontiguousarray(values)
        out = np.zeros((self.n_columns, values.shape[1]))
        function = compiled.logistica_sparse_transposed_32 if self.short else compiled.logistica_sparse_transposed_64
        function(*self.read, self.n_rows, address(values), values.shape[1], int(squared), address(out))
        return out

    def gram(self, weights: Array) -> tuple[Array, Array]:
        """Return the weighted sums of the columns, shape (p,), and of their products, X' diag(weights) X, shape (p, p).

        ``weights`` have shape (n,). The columns of a row's entries ascend.
        """
        compiled = library()
        if compiled is None:
            matrix = self.matrix
            products = (matrix.multiply(weights[:, None]).T @ matrix).toarray()
            return np.asarray(matrix.T @ weights), np.asarray(products)
        weights = np.ascontiguousarray(weights)
        sums, out = np.zeros(self.n_columns), np.zeros((self.n_columns, self.n_columns))
        function = compiled.logistica_sparse_gram_32 if self.short else compiled.logistica_sparse_gram_64
        function(*self.read, self.n_rows, address(weights), self.n_columns, address(sums), address(out))
        return sums, out

    def forms(self, form: Array, linear: Array) -> Array:
        """Return x' form x + x' linear of each row x, shape (n,); the form, shape (p, p), is symmetric."""
        compiled = library()
        if compiled is None:
            return np.asarray((self.matrix.multiply(self.matrix @ form + linear)).sum(axis=1))
        form, linear, out = np.ascontiguousarray(form), np.ascontiguousarray(linear), np.empty(self.n_rows)
        function = compiled.logistica_sparse_forms_32 if self.short else compiled.logistica_sparse_forms_64
        function(*self.read, self.n_rows, address(form), address(linear), self.n_columns, address(out))
        return out

    def written(self, rows: NDArray[np.intp]) -> Array:
        """Return some of the rows with their zeros, shape (len(rows), p)."""
        counts = np.diff(self.start)[rows]
        out = np.zeros((len(rows), self.n_columns))
        here = np.arange(counts.sum()) + np.repeat(self.start[rows] - (np.cumsum(counts) - counts), counts)
        out[np.repeat(np.arange(len(rows)), counts), self.column[here]] = self.data[here]
        return out

    def count(self, place: NDArray[np.int32], n_chosen: int) -> NDArray[np.int64]:
        """Return how many entries each of some columns has, shape (n_chosen,).

        ``place``, shape (p,), says where among them a column is; a negative one that it is none of them.
        """
        compiled = library()
        if compiled is None:
            to = place[self.column]
            return np.bincount(to[to >= 0], minlength=n_chosen)
        found = np.zeros(n_chosen, dtype=np.int64)
        function = compiled.logistica_sparse_count_32 if self.short else compiled.logistica_sparse_count_64
        function(address(self.column), len(self.column), address(place), address(found))
        return found

    def write_by_column(
        self, place: NDArray[np.int32], first: int, following: NDArray[np.int64], row: NDArray[np.int32], data: Array
    ) -> None:
        """Write the entries of some columns, column by column, to ``row`` and ``data``.

        Parameters
        ----------
        place : array of int32, shape (p,)
            As for :meth:`count`.
        first : int
            The number of the first row.
        following : array of int64, shape (n_chosen,)
            Where each column's next entry goes; it moves on.
        row, data : arrays
        """
        compiled = library()
        if compiled is not None:
            short = self.short
            write = compiled.logistica_sparse_by_column_32 if short else compiled.logistica_sparse_by_column_64
            write(*self.addresses, self.n_rows, address(place), first, address(following), address(row), address(data))
            return
        to = place[self.column]
        chosen = np.flatnonzero(to >= 0)
        chosen = chosen[np.argsort(to[chosen], kind="stable")]
        counts = np.bincount(to[chosen], minlength=len(following))
        behind = np.arange(len(chosen)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(following, counts) + behind
        row[at], data[at] = self.row_of_entry[chosen] + first, self.data[chosen]
        following += counts

    @property
    def row_of_entry(self) -> NDArray[np.intp]:
        """The row of each entry, shape (entries,)."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.start))

    @property
    def short(self) -> bool:
        """Whether indices have 32 bits."""
        return self.column.dtype == np.int32

    @property
    def addresses(self) -> tuple[int | None, ...]:
        """Where ``start``, ``column`` and ``data`` are, for compiled loops."""
        return address(self.start), address(self.column), address(self.data)

    @property
    def read(self) -> tuple[int | None, ...]:
        """The same for loops that take NULL for data that are all ones."""
        start, column, data = self.addresses
        return start, column, None if self.ones else data

    @cached_property
    def matrix(self) -> Any:
        """The rows as SciPy has them, a csr_array of shape (n, p); its arrays are these."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - who has sparse rows has loaded it

        return csr_array((self.data, self.column, self.start), shape=(self.n_rows, self.n_columns))
