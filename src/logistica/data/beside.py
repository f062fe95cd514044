"""What stands beside X: target, weights and offset, each a column of the table or an array of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.records import frozen
from logistica.core.wording import listed
from logistica.data.arrays import Matrix
from logistica.data.columns import LevelColumn, Mask, NumberColumn
from logistica.data.counts import Counts
from logistica.data.gaps import Gaps
from logistica.data.opening import as_array, open_column, open_data, open_labels, placing
from logistica.data.target import Target
from logistica.data.weights import checked_weights, positive_rows

if TYPE_CHECKING:
    from logistica.data.frames import Table


@frozen(eq=False)
class Beside:
    """All that stands beside X.

    Attributes
    ----------
    target : Target or Counts
    weight_kind : {"importance", "frequency", "sampling"}
    weights : array of float64, shape (n,), or None
    offsets : tuple of NumberColumn
        None, one, or one per class.
    arrays : frozenset of str or None
        The names that errors give to what is an array of its own.
    weights_column : str or None
    offset_columns : tuple of str
        The table's columns that were named, which are no part of X.
    """

    target: Target | Counts
    weight_kind: str
    weights: NDArray[np.float64] | None
    offsets: tuple[NumberColumn, ...]
    arrays: frozenset[str | None] = frozenset()
    weights_column: str | None = None
    offset_columns: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """All columns of the table that are taken."""
        return {*self.target.columns, *self.roles}

    @property
    def response_columns(self) -> set[str]:
        """The columns that say the outcome, so that none of them can be a predictor; trials do not."""
        return {*self.target.columns} - {self.target.trials}

    @property
    def roles(self) -> dict[str, str]:
        """The columns that could be predictors, and what each of them is."""
        named = {self.target.trials: "trials", self.weights_column: "weights"}
        return {name: role for name, role in named.items() if name} | dict.fromkeys(self.offset_columns, "offset")

    @property
    def in_use(self) -> Mask | None:
        """The rows with a positive weight and, of counts, a trial, shape (n,); None if that is all of them."""
        weighted = None if self.weights is None else positive_rows(self.weights)
        if self.target.absent is None:
            return weighted
        return ~self.target.absent if weighted is None else weighted & ~self.target.absent

    def look(self, n_rows: int, policy: str) -> Gaps:
        """Find what is missing in it, among the rows in use."""
        gaps = Gaps(n_rows, self.in_use, policy)
        for name, missing in self.target.gaps.items():
            gaps.add(name, missing)
        if self.weights is not None:
            gaps.look_at(self.weights, self.weights_column or "weights")
        for column in self.offsets:
            gaps.look(column)
        return gaps


def names_of(given: object) -> tuple[str, ...]:
    """List the columns that an argument names: none for an array, one or several for text."""
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list | tuple) and given and all(isinstance(part, str) for part in given):
        return tuple(given)
    return ()


def arrays_among(**given: Any) -> frozenset[str | None]:
    """List the roles that are filled by arrays rather than by columns of the table."""
    return frozenset(role for role, value in given.items() if value is not None and not names_of(value))


def take_beside(opened: Table | Matrix, target: Any, weights: Any, weight_kind: str, offset: Any) -> Beside:
    """Take target, weights and offset out of a table, or from arrays; each is checked for itself."""
    known = isinstance(target, Target | Counts)
    named = target.columns if known else names_of(target) if isinstance(target, str) else ()
    _require_own_columns(named, names_of(weights), names_of(offset))
    arrays = arrays_among(weights=weights, offset=offset)
    with placing(opened, arrays):
        checked = None
        if weights is not None:
            checked = checked_weights(take_numbers(weights, opened, "weights"), weight_kind)
        truth = take_target(target, opened)
        offsets = () if offset is None else take_offset(offset, opened)
    if target is not None and not known and not isinstance(target, str):
        arrays |= {truth.name, truth.name or "target"}
    return Beside(
        target=truth,
        weight_kind=weight_kind,
        weights=checked,
        offsets=offsets,
        arrays=arrays,
        weights_column=weights if isinstance(weights, str) else None,
        offset_columns=names_of(offset),
    )


def _require_own_columns(target: Sequence[str], weights: Sequence[str], offset: Sequence[str]) -> None:
    """Refuse a column in two of these roles: what is known of the target would come in by another door."""
    roles: dict[str, str] = {}
    for role, names in (("target", target), ("weights", weights), ("offset", offset)):
        for name in dict.fromkeys(names):
            if name in roles:
                raise OptionError(f"Column {name!r} is named as {roles[name]} and as {role}; it can have one role.")
            roles[name] = role


def take_target(given: Any, opened: Table | Matrix) -> Target | Counts:
    """Take the target: a column's name, an array, or, by default, what svmlight text itself holds.

    Raises
    ------
    OptionError
        If there is no target, or a name for data that have no names.
    DataError
        If there is no such column, or the lengths differ.
    """
    if isinstance(given, Target | Counts):
        return given
    if isinstance(given, str):
        return replace(_require_table(given, opened, "target").labels(given), columns=(given,))
    if given is None:
        return _own_target(opened)
    taken = open_labels(given)
    require_rows_of(given, len(taken.values), opened, "target")
    return taken


def take_numbers(given: Any, opened: Table | Matrix, role: str) -> NumberColumn:
    """Take weights, or one offset: a column's name, or an array of shape (n,) or (n, 1)."""
    named = isinstance(given, str)
    column = _require_table(given, opened, role).column(given) if named else open_column(given, role)
    if isinstance(column, LevelColumn):
        raise DataError(
            f"text such as {column.levels[0]!r} where {role} are needed" if column.levels else f"no {role}",
            column=column.name,
            remedy="Pass numbers",
        )
    require_rows_of(given, len(column.values), opened, role)
    return column


def take_offset(given: Any, opened: Table | Matrix) -> tuple[NumberColumn, ...]:
    """Take the offset as columns, one or one per class: from names, or an array of shape (n,) or (n, K)."""
    names = names_of(given)
    if names:
        return tuple(take_numbers(name, opened, "offset") for name in names)
    if isinstance(given, list | tuple):
        given = as_array(given)
    if np.ndim(given) != 2:
        return (take_numbers(given, opened, "offset"),)
    several = open_data(given)
    require_rows_of(given, several.n_rows, opened, "offset")
    if isinstance(several, Matrix):
        X = several.design.X
        return tuple(take_numbers(X[:, k], opened, "offset") for k in range(several.n_columns))
    return tuple(take_numbers(several.series(name), opened, "offset") for name in several.names)


def require_rows_of(given: Any, length: int, opened: Table | Matrix, what: str) -> None:
    """Refuse something beside the data that is not as long as they are, or whose index is another."""
    if length != opened.n_rows:
        raise DataError(
            f"the length of the {what} is {length}, the data have {opened.n_rows} rows",
            count=length,
            remedy="Pass one value for each row",
        )
    if not isinstance(opened, Matrix) and not isinstance(given, str | np.ndarray | list | tuple):
        opened.check_rows_of(given, what)


def _own_target(opened: Table | Matrix) -> Target:
    if isinstance(opened, Matrix):
        if opened.y is None:
            raise OptionError("No target: pass target=y, an array with one label for each row.")
        return Target(opened.y)
    listed = ", ".join(map(repr, opened.names))
    raise OptionError(f"No target: pass target=, the name of the column to be predicted. There are {listed}.")


def _require_table(name: str, opened: Table | Matrix, role: str) -> Table:
    if isinstance(opened, Matrix):
        raise OptionError(
            f"{role}={name!r} names a column, but the data have no named columns. "
            "Pass an array with one value for each row."
        )
    if name not in opened.names:
        raise missing_column(name, opened.names, role)
    return opened


def missing_column(name: str, there: Sequence[str], role: str) -> DataError:
    """Make the error for a column that is not in a table; it lists those that are, and asks for the nearest name."""
    shown = listed(there, 20)
    nearest = _nearest(name, there)
    question = "" if nearest is None else f"Did you mean {nearest!r}? If not, check"
    return DataError(
        f"there is no such column for the {role}; there are {shown}",
        column=name,
        remedy=f"{question or 'Check'} the spelling, or rename the column",
    )


def _nearest(name: str, there: Sequence[str]) -> str | None:
    """Find the name most like a mistyped one, whatever the case; None if none is much like it."""
    folded = {other.strip().casefold(): other for other in reversed(there)}
    close = get_close_matches(name.strip().casefold(), folded, n=1)
    return folded[close[0]] if close else None
