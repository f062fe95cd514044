"""What is to be solved: rows, columns and options, looked at before any solver starts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.memory import machine_memory
from logistica.core.products import room_for
from logistica.core.records import frozen
from logistica.core.wording import counted
from logistica.data.by_codes import ByCodes
from logistica.data.dataset import Dataset
from logistica.data.source import MemorySource
from logistica.engines import Engine, NumpyEngine
from logistica.engines.numpy_engine import blocks_under_way, rows_per_block
from logistica.fitting.balance import balanced
from logistica.fitting.columns import LARGEST, SMALLEST, Columns, survey
from logistica.fitting.held_out import hold_out
from logistica.fitting.options import FitOptions
from logistica.fitting.penalties import lasso, ridge
from logistica.fitting.record import INTERCEPT
from logistica.losses import Loss, loss_for
from logistica.objective import Coordinates, Objective
from logistica.objective.composite import Composite
from logistica.penalties import Lasso
from logistica.solvers.choice import WIDE

Array = NDArray[np.float64]

SLIGHT = 2**20
"""Bytes that are there wherever this runs: to ask the system takes longer than a small fit's steps."""
MATRICES = 7
"""Of the size of the Hessian, that are held at once: itself, its sum with that of a block, its factor and inverse."""


@frozen
class Problem:
    """A fit's data and wishes.

    Attributes
    ----------
    dataset : Dataset
    options : FitOptions
        For rows of this number: how many epochs there will be is settled.
    source : MemorySource
        The rows to learn from; their weights are divided by ``unit``.
    multipliers : array, shape (K,)
        What balancing multiplied each class's weight by.
    held_out : MemorySource or None
        Rows that only judge.
    unit : float
        A power of two, so that no sum of weights overflows.
    engine : Engine
    loss : Loss
    columns : Columns
    """

    dataset: Dataset
    options: FitOptions
    source: MemorySource
    multipliers: Array
    held_out: MemorySource | None
    unit: float
    engine: Engine
    loss: Loss
    columns: Columns

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.dataset.recipe.terms

    def objective(self, coordinates: Coordinates) -> Objective:
        """Return the objective's smooth part in a solver's coordinates."""
        penalty = ridge(self.options, coordinates, self.columns.deviation, self.unit, self.terms)
        return Objective(self.loss, penalty, self.source, self.engine, coordinates)

    def likelihood(self, coordinates: Coordinates) -> Objective:
        """Return the objective without its penalties."""
        return Objective(self.loss, None, self.source, self.engine, coordinates)

    def plain_objective(self, coordinates: Coordinates) -> Objective:
        """Return the loss of all rows as they are: classes not balanced, none held out, and without a penalty."""
        source, _ = _normalised(self.dataset.source, self.dataset.weights_name)
        return Objective(self.loss, None, source, self.engine, coordinates)

    def lasso(self, coordinates: Coordinates) -> Lasso | None:
        """Return the objective's part without a derivative, if there is one."""
        return lasso(self.options, coordinates, self.columns.deviation, self.unit, self.terms)

    def composite(self, coordinates: Coordinates) -> Composite:
        """Return the objective as a loss and penalties that fall apart into columns; all outputs are free."""
        whole, lasso = self.objective(coordinates), self.lasso(coordinates)
        nothing, offset = np.zeros(coordinates.n_rows), self.source.offset
        return Composite(
            replace(whole, penalty=None),
            nothing if lasso is None else lasso.strength,
            nothing if whole.penalty is None else whole.penalty.strength,
            self.columns.reach_in(coordinates),
            self.columns.class_weight,
            0.0 if offset is None else float(np.abs(offset).max()),
        )


def prepare(dataset: Dataset, options: FitOptions) -> Problem:
    """Survey the columns; refuse what no solver can do."""
    if INTERCEPT in dataset.recipe.terms:
        raise DataError("the name is the intercept's", column=INTERCEPT, remedy="Rename the column")
    if options.balance.resample is not None and dataset.groups is not None:
        raise OptionError(
            "Rows of counts cannot be resampled: each is many observations. Use class_weight=, or give one row for each"
            " observation"
        )
    if options.stop.held_out and dataset.groups is not None:
        raise OptionError(
            "Rows of counts cannot be held out (validation_share=, patience=): each is many observations. Give one row"
            " for each observation"
        )
    engine = NumpyEngine(options.threads)
    original, held_out = hold_out(dataset.source, options.stop.held_out, options.random_state)
    even = balanced(original, options.balance, dataset.labels, dataset.weight_kind, options.random_state)
    source, unit = _normalised(even.source, dataset.weights_name)
    loss = loss_for(len(dataset.labels.classes))
    q = source.n_columns + int(options.fit_intercept)
    coefficients = q * (loss.n_outputs - loss.invariant)
    wide = coefficients > WIDE
    options = options.settled(source.n_rows, source.n_columns, coefficients)
    if options.second_order:
        _check_memory(q, loss, source, engine.threads)
    gram = not (wide or options.lasso or options.second_order)
    columns = survey(
        engine, source, loss, dataset.recipe.terms, intercept=options.fit_intercept, gram=gram, look=dataset.look
    )
    _check_classes(columns, dataset)
    return Problem(dataset, options, source, even.multipliers, held_out, unit, engine, loss, columns)


def _normalised(source: MemorySource, weights_name: str | None) -> tuple[MemorySource, float]:
    """Divide the weights by the power of two next to the largest, so that no sum can overflow."""
    if source.weights is None:
        return source, 1.0
    largest = float(source.weights.max())
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    weights = source.weights if unit == 1.0 else source.weights / unit
    if not (largest > SMALLEST and float(weights.sum()) < LARGEST / unit):
        raise DataError(
            f"the weights, {float(source.weights.min()):.3g} to {largest:.3g}, are too close to the limits of floating"
            " point to add up",
            column=weights_name or "weights",
            remedy="Multiply them all by one number that brings them near 1",
        )
    return replace(source, weights=weights), unit


def _check_memory(q: int, loss: Loss, source: MemorySource, threads: int) -> None:
    """Refuse a problem whose Hessian is beyond the memory there is, before anything is allocated."""
    parameters = q * (loss.n_outputs - loss.invariant)
    by_codes = source.design.by_codes
    needed = newton_memory(q, parameters, source.n_rows, threads, by_codes)
    if needed <= SLIGHT:
        return
    there = machine_memory()
    if needed > there:
        fewer = newton_memory(q, parameters, source.n_rows, 1, by_codes) <= there
        raise OptionError(
            f"the Newton solver needs matrices of {parameters:,} x {parameters:,} numbers, about"
            f" {needed / 2**30:,.1f} GiB, for {q:,} columns and {loss.n_classes} classes on"
            f" {counted(threads, 'thread')}; there are {there / 2**30:,.1f} GiB. Pass"
            f"{' threads=1, which needs less, or' if fewer else ''} solver='newton-cg', which makes no matrix and with"
            " a penalty, such as C=1, is certified, leave out columns that are rarely used, or merge levels or classes"
        )


def newton_memory(q: int, parameters: int, n_rows: int, threads: int, by_codes: ByCodes | None = None) -> int:
    """Return about how many bytes Newton's method takes beside X, from above.

    Each thread has some rows and room for products of their columns; each block under way may come to a Hessian, and,
    where rows are read ``by_codes``, to products of levels, of which there may be more than columns.
    """
    rows = rows_per_block(q)
    blocks = -(-n_rows // rows)
    scratch = min(rows, n_rows) * q + room_for(q, weighted=True)
    under_way = min(blocks_under_way(threads, q), blocks)
    workers = min(threads, blocks)
    scratch += parameters**2 if parameters > q else 0  # the products of each pair of outputs, to be put together
    if by_codes is not None:
        outputs = parameters // q
        each = outputs * (outputs + 1) // 2 * by_codes.n_products
        scratch += 2 * by_codes.n_products
        under_way += -(-blocks_under_way(threads, by_codes.width) * each // parameters**2)
    return 8 * (2 * q**2 + (MATRICES + under_way) * parameters**2 + workers * scratch)


def _check_classes(columns: Columns, dataset: Dataset) -> None:
    """Refuse a class whose weights vanish beside the largest."""
    for k in (columns.class_weight == 0.0).nonzero()[0]:
        raise DataError(
            f"the weights of class {dataset.labels.classes.tolist()[k]!r} are so much smaller than the largest that"
            " floating point loses them",
            column=dataset.weights_name or "weights",
            remedy="Give the class larger weights, or leave it out",
        )
