"""One run, the same behind every door: read the data, fit, and put together what predicts; with a bar meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from logistica.core.checks import checked_bool
from logistica.core.errors import OptionError
from logistica.core.memory import MORE, memory_in_words
from logistica.data.dataset import Dataset
from logistica.data.reading import watched
from logistica.fitting import FitOptions, fit
from logistica.model.progress import Bar
from logistica.prediction.fitted import Fitted
from logistica.solvers.history import Watch

SMALLER = (
    f"{MORE}, or fit fewer rows or columns; solver='newton-cg' needs no matrix of the columns,"
    " and threads=1 less for scratch"
)
"""What takes less memory."""


def run(
    reading: Callable[..., Dataset], options: FitOptions, *, callback: Watch | None, progress: bool | None
) -> Fitted:
    """Fit the data that ``reading`` returns, told whether values may be left unlooked at: see :func:`read`.

    Raises
    ------
    OptionError, FormulaError, DataError, FileAccessError, OutOfMemoryError, SeparationError
    """
    shown = None if progress is None else checked_bool("progress", progress)
    if callback is not None and not callable(callback):
        raise OptionError(f"callback={callback!r}: it must be a function of a row of the history, or None")
    with memory_in_words(SMALLER), Bar(shown) as bar:
        with watched(bar.reading):
            dataset = reading(unlooked=options.adds_all_rows)
        result = fit(dataset, with_stated_intercept(options, dataset), bar.watch(options, callback))
    return Fitted(
        dataset.recipe,
        dataset.labels,
        result,
        dataset.has_offset,
        dataset.target_name,
        dataset.weights_name,
        dataset.offset_names,
        dataset.response,
    )


def with_stated_intercept(options: FitOptions, dataset: Dataset) -> FitOptions:
    """Let a formula decide on the intercept, by which its factors are coded."""
    formula = dataset.recipe.formula
    if formula is None:
        return options
    if not options.fit_intercept:
        raise OptionError("With a formula the intercept is left out by '- 1' in it, not by fit_intercept=False.")
    return replace(options, fit_intercept=formula.intercept)
