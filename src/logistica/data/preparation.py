"""What the user asks of raw columns: which of them make X, by what formula, and what becomes of gaps and of factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from logistica.core.errors import OptionError
from logistica.data.factors import FactorOptions
from logistica.data.gaps import IMPUTE, check_policy


@dataclass(frozen=True)
class Preparation:
    """How raw columns are to become numbers.

    Attributes
    ----------
    formula : str or None
        Response and predictors of a table, such as ``y ~ a + log(b)``; see :mod:`logistica.data.formula`.
    columns : sequence of str or None
        Without a formula: the columns of a table that make X, in this order; None: all that have no other role. For a
        matrix: the names of its columns.
    missing : {"error", "drop", "impute"}
        What a missing value in X, y, weights or offset does: raise :class:`DataError`, leave its row out with a note,
        or, in predictors alone, be filled in with the column's median or most frequent level, with an indicator column.
        An infinity is never missing; it raises.
    factors : FactorOptions
        Baselines, order and pooling of levels, and what unknown ones do.

    Raises OptionError for an unknown policy, or for options that contradict each other.
    """

    formula: str | None = None
    columns: Sequence[str] | None = None
    missing: str = "error"
    factors: FactorOptions = field(default_factory=FactorOptions)

    def __post_init__(self) -> None:
        check_policy(self.missing, impute=True)
        if self.formula is not None and not isinstance(self.formula, str):
            raise OptionError(
                f"The formula is of type {type(self.formula).__name__}, and must be text. The data come first:"
                " fit(data, 'y ~ x'); labels beside the data are passed as target=."
            )
        if isinstance(self.columns, str):
            raise OptionError(f"columns={self.columns!r} is text. Pass a list of names.")
        if self.formula is not None and self.columns is not None:
            raise OptionError("columns= and a formula both say what X is. Pass one of them.")

    @property
    def imputes(self) -> bool:
        """Whether the missing values of predictors are filled in."""
        return self.missing == IMPUTE
