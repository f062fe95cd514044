"""Labelled rows as a picture shows them: the model's columns by name, before they become numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.records import warn_of
from logistica.core.wording import counted
from logistica.data.arrays import Matrix
from logistica.data.beside import missing_column
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn, coded, level_text, missing_rows
from logistica.data.design import SparseDesign
from logistica.data.factors import OTHER
from logistica.data.formula.variables import FactorVariable
from logistica.data.gaps import NameOf
from logistica.evaluation.labelled import Labelled, labelled
from logistica.pictures.canvas import one_line
from logistica.prediction.fitted import Fitted

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

FEWEST_OF_A_CLASS = 50


def fitted_of(model: Any) -> Fitted:
    """Return what was fitted, from a model or an estimator."""
    if isinstance(model, Fitted):
        return model
    found = getattr(getattr(model, "model_", model), "fitted", None)
    if not isinstance(found, Fitted):
        raise OptionError(
            f"model={model!r}: it must be a model, as logistica.fit returns it, or a LogisticRegression after its fit()"
        )
    return found


@dataclass(frozen=True, eq=False)
class Scene:
    """Labelled rows beside a fitted model. ``t`` counts the rows in use, those of counts once for each class."""

    fitted: Fitted
    found: Labelled

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes, in their order, as they can be shown."""
        return tuple(one_line(level_text(label)) for label in self.fitted.labels.classes.tolist())

    @property
    def probability(self) -> str:
        """What is modelled of two classes, as titles say it."""
        return f"P({self.target} = {self.classes[1]})"

    @property
    def target(self) -> str:
        """What is modelled, as it can be shown."""
        return one_line(self.fitted.target_name or "y")

    @property
    def truth(self) -> Codes:
        """The class codes, shape (t,)."""
        return self.found.truth

    @cached_property
    def weights(self) -> Array:
        """The weights, shape (t,)."""
        return np.ones(len(self.truth)) if self.found.weights is None else self.found.weights

    @property
    def observations(self) -> Array:
        """How many observations each row stands for, shape (t,): of grouped data its trials."""
        return np.ones(len(self.truth)) if self.found.rows.places is None else self.weights

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The raw columns that the model uses, as the data name them."""
        recipe, opened = self.fitted.recipe, self.found.opened
        if isinstance(opened, Matrix):
            names = NameOf(recipe.names or opened.names, recipe.index_base or 0)
            return tuple(map(names, range(recipe.width)))
        if recipe.names is not None:
            return recipe.names
        return tuple(name for name in opened.names if name not in self.found.taken)

    @cached_property
    def factors(self) -> dict[str, tuple[Level, ...]]:
        """The columns that are factors, and their levels in the model's order; a table's booleans are factors here."""
        if isinstance(self.found.opened, Matrix):
            return {}
        found = dict(self.fitted.recipe.factors)
        formula = self.fitted.recipe.formula
        for variable in () if formula is None else formula.variables:
            if isinstance(variable, FactorVariable):
                found[variable.column] = variable.levels
        for name in self.names:
            if name not in found:
                column = self.column(name)
                if isinstance(column, LevelColumn):
                    found[name] = column.levels
                elif np.asarray(column.values[:1]).dtype.kind == "b":
                    found[name] = (False, True)
        return found

    def check_columns(self) -> None:
        """Refuse a model of an intercept alone: there is no column to draw anything over."""
        if not self.names:
            raise OptionError(
                "The model has no columns: its probabilities are the same for every row, and there is nothing to draw"
                " them over. coefficients(model) draws an intercept; for other pictures fit a model with a column."
            )

    def named(self, asked: object) -> str:
        """Return the name of the column asked for; a number is a position in an array, or svmlight's index."""
        self.check_columns()
        if not isinstance(asked, str | int | np.integer):
            raise OptionError(f"column={asked!r}: it must be the name of one of the model's columns, or a position")
        for name in (str(asked), f"x{asked}"):
            if name in self._places:
                return name
        raise missing_column(str(asked), self.names, "picture")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def column(self, name: str) -> RawColumn:
        """Return a raw column, all rows of the data."""
        opened = self.found.opened
        if not isinstance(opened, Matrix):
            return opened.column(name)
        place = self._places[name]
        X: Any = opened.design.X
        dense = X[:, [place]].toarray()[:, 0] if isinstance(opened.design, SparseDesign) else X[:, place]
        return NumberColumn(name, dense)

    def numbers(self, name: str) -> Array:
        """Return the numbers of a column in the rows in use, shape (t,); NaN where the model fills them in."""
        column, used = self.column(name), self.found.used
        assert isinstance(column, NumberColumn)
        values = np.asarray(column.values[used], np.float64)
        return values if column.missing is None else np.where(column.missing[used], np.nan, values)

    def level_codes(self, name: str) -> Codes:
        """Return places among ``factors[name]`` in the rows in use, shape (t,); -1 where there is none."""
        levels = self.factors[name]
        column, used = self.column(name), self.found.used
        pooled = self.fitted.recipe.pooled.get(name, ())
        if isinstance(column, LevelColumn):
            among, codes = list(column.levels), column.codes[used].astype(np.intp)
        else:
            values, found = np.unique(np.asarray(column.values[used]), return_inverse=True)
            among, codes = values.tolist(), np.where(missing_rows(column)[used], -1, found)
        place = coded([OTHER if level in pooled else level for level in among], levels)
        return np.append(place, -1).astype(np.intp)[codes]

    @property
    def about_fit(self) -> list[str]:
        """Say so where the probabilities are not those of a finite, converged estimate."""
        fit = self.fitted.fit
        if fit.separation is not None:
            how = "completely" if fit.separation.verdict == "complete" else "quasi-completely"
            whose = "the limit's" if fit.separation.reached else "an early stop's"
            return [f"The classes are {how} separated: no finite estimate exists, and these probabilities are {whose}."]
        return [] if fit.record.converged else ["The fit has not converged."]

    @property
    def left_out(self) -> list[str]:
        """Say how many rows are not shown."""
        n_rows = self.found.rows.n_rows
        count = n_rows - int(np.count_nonzero(np.bincount(self.found.used, minlength=n_rows)))
        if not count:
            return []
        return [f"{counted(count, 'row')} of {n_rows:,} with missing values or weight 0 left out."]


def look_at(model: Any, data: Any, **beside: Any) -> Scene:
    """Read labelled rows for a picture; notes that ask for it are given as warnings, as from predictions.

    ``beside`` are target, weights, offset and missing, as for :func:`logistica.evaluation.evaluate`.
    """
    fitted = fitted_of(model)
    found = labelled(fitted, data, **beside)
    warn_of(found.notes, stacklevel=3)
    return Scene(fitted, found)


def sampled(truth: Codes, most: int) -> tuple[NDArray[np.intp], list[str]]:
    """Return about ``most`` places among rows, drawn by a fixed seed from each class, and what to say about it.

    Classes keep their shares, but each shows at least 50 rows if it has them.
    """
    if len(truth) <= most:
        return np.arange(len(truth)), []
    rng = np.random.default_rng(0)
    drawn = []
    for k in np.flatnonzero(np.bincount(truth)):
        own = np.flatnonzero(truth == k)
        count = max(round(most * len(own) / len(truth)), min(FEWEST_OF_A_CLASS, len(own)))
        drawn.append(rng.choice(own, count, replace=False))
    places = np.sort(np.concatenate(drawn))
    return places, [f"{len(places):,} of {len(truth):,} rows shown, drawn at random from each class."]
