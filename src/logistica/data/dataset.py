"""What a fit reads: rows, labels, and the way from raw columns to numbers."""

from __future__ import annotations

from collections.abc import Callable

from logistica.core.records import Note, frozen
from logistica.data.counts import Groups
from logistica.data.labels import Labels
from logistica.data.recipe import Recipe
from logistica.data.source import MemorySource


@frozen(eq=False)
class Dataset:
    """Data ready to be fitted.

    Attributes
    ----------
    source : MemorySource
        The rows in use.
    labels : Labels
    recipe : Recipe
    weight_kind : str
        "frequency", "importance" or "sampling".
    n_rows_read : int
        Rows of the data as they came; rows in use are ``source.n_rows``.
    n_rows_dropped : int
        Rows left out because a value is missing.
    n_rows_weight_zero : int
        Rows left out because their weight is 0, or they have no trial.
    notes : tuple of Note
    has_offset : bool
        Whether an offset was given, which new rows then need too. Those of a formula belong to the recipe.
    target_name, weights_name, offset_names : str or None, and tuple of str
        The columns' names, where they were columns; new data may hold them under the same names.
    weights_given : bool
        Whether rows were weighted, counts apart.
    groups : Groups or None
        Where rows held counts of classes; ``source`` then has one row for each class that occurred in a row.
    response : str or None
        A comparison, or ``cbind()`` of the columns of counts, as a formula says it.
    look : callable or None
        Looks at the values of X one by one, and raises a DataError at one that is missing or infinite; None where that
        was done. It may be left to who finds sums of X that are not finite.
    """

    source: MemorySource
    labels: Labels
    recipe: Recipe
    weight_kind: str
    n_rows_read: int
    n_rows_dropped: int = 0
    n_rows_weight_zero: int = 0
    notes: tuple[Note, ...] = ()
    has_offset: bool = False
    target_name: str | None = None
    weights_name: str | None = None
    offset_names: tuple[str, ...] = ()
    weights_given: bool = False
    groups: Groups | None = None
    response: str | None = None
    look: Callable[[], None] | None = None
