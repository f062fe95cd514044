"""From raw columns to numbers: what a model must know to read new data as it read the first.

Numbers and booleans are one design column each. A factor is coded by treatment contrasts: its first level is
the baseline, and every other level has an indicator column, named ``factor[level]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, Self

import numpy as np

from logistica.core.records import frozen
from logistica.data.arrays import Matrix
from logistica.data.coding import LevelReading, numeric_part, part
from logistica.data.columns import Level, NumberColumn, RawColumn, level_text
from logistica.data.design import ColumnsDesign, Design, FilledDesign
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.recipe import FormulaRecipe
from logistica.data.formula.stored import formula_content
from logistica.data.gaps import NameOf
from logistica.data.imputation import Fill, indicator_name
from logistica.data.newrows import NewRows, design_rows
from logistica.data.recipe_file import checked_fields


@frozen
class Recipe:
    """How raw columns become design columns.

    Attributes
    ----------
    kind : str
        "array" (columns by position), "table" (by name) or "svmlight" (by index).
    width : int
        Number of raw columns.
    names : tuple of str, or None
        Their names; None where an array came without.
    factors : mapping from str to tuple of levels
        The levels of each factor, the baseline first.
    index_base : int or None
        For svmlight: the index of the first column, 0 or 1.
    formula : FormulaRecipe or None
        How design columns are made of these, where a formula says; ``names`` are then the columns that it needs.
    pooled : mapping from str to tuple of levels
        For each factor with rare levels those that count as "(other)", one of its own.
    unknown : {"error", "reference", "missing", "other"}
        What a level of a factor does that the fit has not seen.
    fills : mapping from str to Fill
        What stands in for missing values of each column, where they are imputed.
    booleans : tuple of str
        The columns that held booleans, and are no factors: new data may hold no other numbers than 1 and 0 there.
    """

    kind: str
    width: int
    names: tuple[str, ...] | None = None
    factors: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    index_base: int | None = None
    formula: FormulaRecipe | None = None
    pooled: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    unknown: str = "error"
    fills: Mapping[str, Fill] = field(default_factory=dict)
    booleans: tuple[str, ...] = ()

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Names of the design columns; without names, ``x0``, ``x1`` ..., or the indices of svmlight."""
        return (*self._own_terms, *map(indicator_name, self.indicated))

    @property
    def indicated(self) -> tuple[str, ...]:
        """The columns whose gaps have an indicator in the design, after all other columns."""
        return tuple(name for name, fill in self.fills.items() if fill.indicator)

    @property
    def _own_terms(self) -> tuple[str, ...]:
        if self.formula is not None:
            return self.formula.names
        name_of = NameOf(self.names, self.index_base or 0)
        if not self.factors:
            return tuple(map(name_of, range(self.width)))
        return tuple(term for name in self.names or () for term in self._terms_of(name))

    @property
    def n_columns(self) -> int:
        """Number of design columns."""
        own = self.width + sum(len(levels) - 2 for levels in self.factors.values())
        return len(self.indicated) + (own if self.formula is None else len(self.formula.names))

    def baseline(self, name: str) -> Level:
        """Return the level of a factor that has no column of its own."""
        return self.factors[name][0]

    @property
    def baselines(self) -> tuple[tuple[str, Level], ...]:
        """The factors, by their names in the design, with the level that their columns are compared with."""
        if self.formula is not None:
            return self.formula.baselines
        return tuple((name, levels[0]) for name, levels in self.factors.items() if levels)

    def table_design(
        self,
        columns: Mapping[str, RawColumn],
        indicators: Sequence[NumberColumn],
        reading: LevelReading,
    ) -> ColumnsDesign | FormulaDesign:
        """Return the design over a table's columns, as the model has them, and the indicators of their gaps.

        That of a formula is to be checked before it is used.
        """
        last = [numeric_part(column) for column in indicators]
        if self.formula is None:
            return ColumnsDesign(reading.n_rows, [*map(part, columns.values()), *last])
        return self.formula.design(columns.__getitem__, last, reading)

    def matrix_design(self, opened: Matrix) -> Design:
        """Return the design over a matrix's columns."""
        if not self.fills:
            return opened.design
        values = np.array([float(fill.value) for fill in self.fills.values()])
        return FilledDesign(opened.design, values, [j for j, fill in enumerate(self.fills.values()) if fill.indicator])

    def design(
        self,
        data: Any,
        *,
        offset: Any = None,
        n_classes: int = 2,
        missing: str = "error",
        ignore: Sequence[str] = (),
        unlooked: Callable[[object], bool] | None = None,
    ) -> NewRows:
        """Bring new data into the design's columns; see :func:`logistica.data.newrows.design_rows`."""
        return design_rows(
            self, data, offset=offset, n_classes=n_classes, missing=missing, ignore=ignore, unlooked=unlooked
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; read by :meth:`from_dict`."""
        return {
            "kind": self.kind,
            "width": self.width,
            "names": None if self.names is None else list(self.names),
            "factors": {name: list(levels) for name, levels in self.factors.items()},
            "index_base": self.index_base,
            "pooled": {name: list(levels) for name, levels in self.pooled.items()},
            "unknown": self.unknown,
            "fills": [
                {"column": name, "value": fill.value, "indicator": fill.indicator} for name, fill in self.fills.items()
            ],
            "formula": None if self.formula is None else formula_content(self.formula),
            "booleans": list(self.booleans),
        }

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Read the recipe of a model file; what :meth:`to_dict` cannot have written raises ModelFileError."""
        return cls(**checked_fields(stored))

    def _terms_of(self, name: str) -> tuple[str, ...]:
        if name not in self.factors:
            return (name,)
        return tuple(f"{name}[{level_text(level)}]" for level in self.factors[name][1:])
