"""A typical row: what a picture holds the other columns at while one or two of them vary.

Numbers are held at their mean over the rows in use, factors and booleans at their most frequent level, the offset at
its mean; all weighted as in the fit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.data.arrays import Matrix
from logistica.data.beside import take_offset
from logistica.data.columns import Level, level_text
from logistica.data.design import SparseDesign
from logistica.data.factors import OTHER
from logistica.data.newrows import NewRows
from logistica.data.weights import checked_offset
from logistica.pictures.canvas import number, one_line
from logistica.pictures.scene import Scene
from logistica.prediction.fitted import linear_predictor

Array = NDArray[np.float64]
Varied = Mapping[str, Array | Sequence[Level]]

NUMBERS_AT_ONCE = 2**22
MOST_NAMED = 4


@dataclass(frozen=True, eq=False)
class Typical:
    """A typical row.

    Attributes
    ----------
    scene : Scene
    means : dict of str to float
    levels : dict of str to level
        The most frequent one of each factor.
    offset : array, shape (outputs,), or None
    """

    scene: Scene
    means: dict[str, float]
    levels: dict[str, Level]
    offset: Array | None

    def rows(self, varied: Varied) -> NewRows:
        """Return rows in the model's columns, with the values given, shape (n,) each, and all others held."""
        fitted = self.scene.fitted
        n = len(next(iter(varied.values())))
        offset = None if self.offset is None else np.tile(self.offset, (n, 1))
        data = self._matrix(n, varied) if isinstance(self.scene.found.opened, Matrix) else self._table(n, varied)
        return fitted.recipe.design(data, offset=offset, n_classes=len(fitted.labels.classes))

    def eta(self, varied: Varied) -> Array:
        """Return the linear predictors of such rows, shape (n, outputs), a part at a time where there are many."""
        n = len(next(iter(varied.values())))
        size = max(NUMBERS_AT_ONCE // len(self.scene.names), 1)
        parts = [{name: values[start : start + size] for name, values in varied.items()} for start in range(0, n, size)]
        return np.concatenate([linear_predictor(self.scene.fitted, self.rows(part)) for part in parts])

    def held(self, varied: Collection[str]) -> list[str]:
        """Say what the other columns, and the offset, are held at."""
        means = [f"{one_line(name)} = {number(value)}" for name, value in self.means.items() if name not in varied]
        levels = [
            f"{one_line(name)} = {one_line(level_text(value))}"
            for name, value in self.levels.items()
            if name not in varied
        ]
        said = [
            f"{kind} {_some(shown)}"
            for kind, shown in (("at their means:", means), ("at their most frequent levels:", levels))
            if shown
        ]
        sentences = [f"Other columns held {'; '.join(said)}."] if said else []
        if self.offset is not None:
            sentences.append(f"Offset held at its mean, {', '.join(map(number, self.offset))}.")
        return sentences

    def _matrix(self, n: int, varied: Varied) -> Array:
        X = np.tile(np.array(list(self.means.values())), (n, 1))
        for name, values in varied.items():
            X[:, self.scene.names.index(name)] = values
        return X

    def _table(self, n: int, varied: Varied) -> Any:
        import pyarrow as pa  # noqa: PLC0415 - for tables alone

        columns = {}
        for name in self.scene.names:
            if name in varied:
                values = varied[name]
                columns[name] = pa.array(values if isinstance(values, np.ndarray) else list(values))
            else:
                columns[name] = pa.array([self.levels[name] if name in self.levels else self.means[name]] * n)
        return pa.table(columns)


def typical(scene: Scene) -> Typical:
    """Return the typical row of a scene."""
    levels = {name: _most_frequent(scene, name) for name in scene.names if name in scene.factors}
    means = _matrix_means(scene) if isinstance(scene.found.opened, Matrix) else _table_means(scene, levels)
    return Typical(scene, means, levels, _mean_offset(scene))


def level_value(scene: Scene, name: str, code: int) -> Level:
    """Return a value that the model reads as the level with this code; of rare levels pooled, the first."""
    pooled = scene.fitted.recipe.pooled.get(name, ())
    level = scene.factors[name][code]
    return pooled[0] if pooled and level == OTHER else level


def _most_frequent(scene: Scene, name: str) -> Level:
    codes = scene.level_codes(name)
    known = codes >= 0
    count = np.bincount(codes[known], scene.weights[known], minlength=len(scene.factors[name]))
    return level_value(scene, name, int(np.argmax(count)))


def _table_means(scene: Scene, levels: Collection[str]) -> dict[str, float]:
    means = {}
    for name in scene.names:
        if name not in levels:
            values = scene.numbers(name)
            known = ~np.isnan(values)
            means[name] = float(np.average(values[known], weights=scene.weights[known])) if known.any() else 0.0
    return means


def _matrix_means(scene: Scene) -> dict[str, float]:
    """Return the means of a matrix's columns, a block of rows at a time; a sparse one stays sparse."""
    design, used = scene.found.rows.design, scene.found.used
    share = scene.weights / scene.weights.sum()
    if isinstance(design, SparseDesign):
        total = np.bincount(used, share, minlength=design.n_rows) @ design.X.astype(np.float64)
    else:
        total = np.zeros(design.n_columns)
        size = max(NUMBERS_AT_ONCE // design.n_columns, 1)
        out = np.empty((min(size, len(used)), design.n_columns))
        for start in range(0, len(used), size):
            rows = used[start : start + size]
            design.fill(rows, out[: len(rows)])
            total += share[start : start + size] @ out[: len(rows)]
    return dict(zip(scene.names, total[: len(scene.names)].tolist(), strict=True))


def _mean_offset(scene: Scene) -> Array | None:
    """Return the mean of the offset that was given; that of a formula follows from its columns."""
    if scene.found.offset is None:
        return None
    columns = take_offset(scene.found.offset, scene.found.opened)
    every = checked_offset(columns, len(scene.classes), None)
    return np.average(every[scene.found.used], axis=0, weights=scene.weights)


def _some(shown: Sequence[str]) -> str:
    more = len(shown) - MOST_NAMED
    return ", ".join(shown[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
