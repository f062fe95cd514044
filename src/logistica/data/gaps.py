"""Missing values, infinities, and integers that float64 cannot hold: found without copying X.

A sum is finite only if every term is, so one pass at the speed of memory clears almost every array; only
columns whose sum is not finite are looked at value by value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.core.records import Note
from logistica.core.wording import counted, first_of
from logistica.data.chunks import Chunks
from logistica.data.columns import LevelColumn, Mask, RawColumn, Values
from logistica.data.exact import inexact_places, may_be_inexact
from logistica.data.filled import Filled
from logistica.data.mostly import Mostly

REMEDY_PREDICTORS = (
    "Fill them in, or pass missing='impute' for medians and most frequent levels in their place, or missing='drop' to"
    " leave those rows out"
)
REMEDY_MISSING = "Fill them in, or pass missing='drop' to leave those rows out"
REMEDY_KNOWN = "Only predictors are filled in: pass missing='drop' to leave those rows out, or fill them in first"
REMEDY_INFINITE = "Replace it by a number, or leave the row out"
POLICIES = ("error", "drop")
IMPUTE = "impute"
"""A policy of fits: new data are then filled in as the fit's were."""
Rows = NDArray[np.intp]
NONE: Rows = np.empty(0, np.intp)


class Gaps:
    """What is missing, column by column, among the rows in use.

    Parameters
    ----------
    n_rows : int
        Rows of the data.
    in_use : array of bool, shape (n_rows,), or None
        Rows whose values matter; None: all. The others may hold anything.
    policy : {"error", "drop", "impute"}
        What a missing value does.
    unlooked : function from a matrix or a column of numbers to bool, optional
        Whether it is passed over, because whoever uses it finds out whether all of it is finite; the attribute
        ``looked_at`` says whether none was.
    """

    def __init__(
        self,
        n_rows: int,
        in_use: Mask | None = None,
        policy: str = "error",
        unlooked: Callable[[object], bool] | None = None,
    ) -> None:
        self.n_rows = n_rows
        self.in_use = in_use
        self.policy = policy
        self.looked_at = True
        self._unlooked = unlooked
        self.counts: dict[str, int] = {}
        self.rows: Mask | None = None
        self.notes: list[Note] = []
        self._first_rows: dict[str, int] = {}

    def look(self, column: RawColumn) -> None:
        """Find the missing values of one column; an infinity raises :class:`DataError` at once."""
        if isinstance(column, LevelColumn):
            self.add(column.name, column.codes < 0)
            return
        if column.missing is not None:
            self.add(column.name, column.missing)
        self.look_besides(column, column.missing)

    def look_besides(self, column: RawColumn, absent: Mask | None) -> None:
        """Look at a column whose missing values, ``absent``, shape (n_rows,), do not count."""
        if isinstance(column, LevelColumn):
            return
        self.look_at(column.values, column.name, absent)
        if column.rounded is not None:
            self.look_at_entries(column.name, column.rounded.rows, column.rounded.values)

    def look_at(self, values: Values, name: str, absent: Mask | None = None) -> None:
        """Find NaN, infinities and inexact integers in an array, shape (n_rows,)."""
        if absent is None and self.passes_over(values):
            return
        odd = _odd_places(values)
        if absent is not None:
            odd = odd[~absent[odd]]
        self.look_at_entries(name, odd, values[odd])

    def passes_over(self, values: object) -> bool:
        """Whether values are not looked at here; ``looked_at`` then says so."""
        if self._unlooked is None or not self._unlooked(values):
            return False
        self.looked_at = False
        return True

    def look_at_matrix(self, X: NDArray[Any], names: NameOf) -> None:
        """Look at every column of a dense matrix, shape (n_rows, p)."""
        if self.passes_over(X):
            return
        for j in _suspects(X):
            self.look_at(X[:, j], names(j))

    def look_at_entries(self, name: str, rows: Rows, values: NDArray[Any]) -> None:
        """Sort out a column's odd entries, by row: NaN is missing, an infinity raises, integers are noted."""
        if self.in_use is not None:
            here = self.in_use[rows]
            rows, values = rows[here], values[here]
        if not len(rows):
            return
        if values.dtype.kind != "f":
            self.notes.append(_inexact_note(name, rows, values))
            return
        infinite = np.isinf(_as_float64(values))
        if infinite.any():
            raise _infinite(name, rows[infinite], values[infinite])
        self._add_rows(name, rows)

    def add(self, name: str, missing: Mask) -> None:
        """Count missing values, shape (n_rows,), under a column's name."""
        self._add_rows(name, np.flatnonzero(missing if self.in_use is None else missing & self.in_use))

    def _add_rows(self, name: str, rows: Rows) -> None:
        if not len(rows):
            return
        if self.rows is None:
            self.rows = np.zeros(self.n_rows, np.bool_)
        self.rows[rows] = True
        self.counts[name] = self.counts.get(name, 0) + len(rows)
        self._first_rows[name] = min(self._first_rows.get(name, self.n_rows), int(rows[0]))

    def settle(self, remedy: str = REMEDY_MISSING) -> None:
        """Under the policy "error", raise :class:`DataError` if anything is missing."""
        if self.policy == "error" and self.rows is not None:
            raise self._error(remedy)

    def settle_known(self) -> None:
        """Under the policy "impute", raise :class:`DataError` if anything is missing so far: none of it is filled in.

        An offset, a weight or a label is known, or it is not.
        """
        if self.policy == IMPUTE and self.rows is not None:
            raise self._error(REMEDY_KNOWN)

    @property
    def complete(self) -> Mask | None:
        """Rows in use with nothing missing, shape (n_rows,); None if that is all of them."""
        if self.rows is None:
            return self.in_use
        return ~self.rows if self.in_use is None else self.in_use & ~self.rows

    @property
    def n_rows_missing(self) -> int:
        """Rows in use with a missing value."""
        return 0 if self.rows is None else int(np.count_nonzero(self.rows))

    def listed(self, first: int = 0) -> str:
        """Return the counts per column, such as "age 10, income 3", from the ``first`` column found."""
        counts = [f"{name} {count}" for name, count in self.counts.items()][first:]
        return first_of(counts, "column")

    def _error(self, remedy: str) -> DataError:
        name, count = next(iter(self.counts.items()))
        row = self._first_rows[name]
        problem = f"{counted(count, 'missing value')}, the first in row {row}"
        if len(self.counts) > 1:
            problem += f" (also missing: {self.listed(first=1)})"
        return DataError(problem, column=name, row=row, count=count, remedy=remedy)


class NameOf:
    """Column names of a matrix, made only when one is needed: ``names(j)`` for j from 0."""

    def __init__(self, names: tuple[str, ...] | None, index_base: int = 0) -> None:
        self.names = names
        self.index_base = index_base

    def __call__(self, j: int) -> str:
        """Name column j, counted from 0."""
        return self.names[j] if self.names is not None else f"x{j + self.index_base}"


def check_policy(missing: str, *, impute: bool = False) -> None:
    """Refuse an unknown missing-value policy; ``impute``: whether "impute" is one."""
    known = (*POLICIES, IMPUTE) if impute else POLICIES
    if missing not in known:
        raise OptionError(f"missing={missing!r} is not a policy. Use one of {', '.join(map(repr, known))}.")


def look_at_sparse(gaps: Gaps, X: Any, names: NameOf) -> None:
    """Find what is missing among the stored entries of a CSR matrix, shape (n_rows, p)."""
    if gaps.passes_over(X):
        return
    odd = _odd_places(X.data)
    if not len(odd):
        return
    rows = np.searchsorted(X.indptr, odd, side="right") - 1
    order = np.argsort(X.indices[odd], kind="stable")
    columns, starts = np.unique(X.indices[odd][order], return_index=True)
    for j, here in zip(columns, np.split(order, starts[1:]), strict=True):
        gaps.look_at_entries(names(int(j)), rows[here], X.data[odd[here]])


def _odd_places(values: Values) -> Rows:
    """Where a vector holds what is not a finite float64 number, exactly."""
    if isinstance(values, Filled):
        return NONE
    if isinstance(values, Chunks):
        return np.concatenate([NONE, *(_odd_places(chunk) + start for start, chunk in values)])
    if isinstance(values, Mostly):
        return values.find(_odd_places)
    if values.dtype.kind == "f":
        return NONE if _surely_finite(values) else np.flatnonzero(~np.isfinite(_as_float64(values)))
    return inexact_places(values)


def _suspects(X: NDArray[Any]) -> Iterable[int]:
    """Columns that must be looked at one by one."""
    if X.dtype.kind == "f":
        if _surely_finite(X):
            return ()
        if X.dtype.itemsize > 8:
            return range(X.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            totals = X.sum(axis=0)
        return [int(j) for j in np.flatnonzero(~np.isfinite(totals))]
    return range(X.shape[1]) if may_be_inexact(X) else ()


def _surely_finite(values: NDArray[Any]) -> bool:
    """Be True only if all are finite; a sum that overflows says no, and costs only a closer look."""
    if values.dtype.itemsize > 8:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(values.sum())


def _as_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float64)


def _inexact_note(name: str, rows: Rows, values: NDArray[Any]) -> Note:
    message = (
        f"Column {name!r}: {counted(len(rows), 'integer')} beyond 2**53 rounded to the nearest float64, "
        f"the first in row {rows[0]}: {values[0]}. Leave the column out if it is an identifier."
    )
    return Note("inexact-integers", message, DataWarning)


def _infinite(name: str, rows: Rows, values: NDArray[Any]) -> DataError:
    row, count, value = int(rows[0]), len(rows), float(values[0])
    problem = f"{counted(count, 'infinite value')}, the first in row {row}: {value}"
    return DataError(problem, column=name, row=row, value=value, count=count, remedy=REMEDY_INFINITE)
