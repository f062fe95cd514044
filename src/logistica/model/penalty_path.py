"""One model under many penalties: the path of its coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.docstrings import described_by
from logistica.core.memory import MORE, memory_in_words
from logistica.core.records import Note, warn_of
from logistica.data.columns import Level
from logistica.data.factors import FactorOptions
from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.fitting import FitOptions
from logistica.fitting.class_balance import ClassBalance
from logistica.fitting.path import PathFit, Penalties, follow
from logistica.model.run import with_stated_intercept
from logistica.report.path_table import nonzero, path_frame, path_text
from logistica.solvers.driver import Status
from logistica.solvers.stopping import CLOSE_GAP

Array = NDArray[np.float64]

SMALLER = f"{MORE}, or fit fewer rows, columns or penalties; threads=1 needs less for scratch"
"""What takes less memory."""


@dataclass(frozen=True)
class Path:
    """The fits of one model under n penalties, from the strongest to the weakest.

    Attributes
    ----------
    terms : tuple of str
        Names of the p columns.
    classes : array, shape (K,)
    fit : PathFit
    """

    terms: tuple[str, ...]
    classes: NDArray[Any]
    fit: PathFit

    @property
    def C(self) -> Array:  # noqa: N802 - its name everywhere
        """The inverse strengths of the penalties, rising, shape (n,)."""
        return self.fit.C

    @property
    def coef(self) -> Array:
        """The coefficients in the user's columns, shape (n, 1, p), or (n, K, p) for K classes."""
        return self.fit.coef

    @property
    def intercept(self) -> Array:
        """Shape (n, 1), or (n, K) for K classes; zeros without an intercept."""
        return self.fit.intercept

    @property
    def n_nonzero(self) -> NDArray[np.intp]:
        """How many coefficients are not zero, shape (n,); intercepts do not count."""
        return nonzero(self.fit)

    @property
    def objective(self) -> Array:
        """The penalised sum that was minimised, shape (n,)."""
        return self.fit.objective

    @property
    def log_likelihood(self) -> Array:
        """Without the penalty and the binomial constant, shape (n,)."""
        return self.fit.log_likelihood

    @property
    def gap(self) -> Array:
        """The most by which each objective can be above its minimum, as a share of itself, shape (n,)."""
        return self.fit.gap

    @property
    def status(self) -> tuple[Status, ...]:
        """How each fit ended."""
        return self.fit.status

    @property
    def sweeps(self) -> NDArray[np.intp]:
        """How often all rows were read for each fit, shape (n,)."""
        return self.fit.sweeps

    @property
    def notes(self) -> tuple[Note, ...]:
        """What else should be known."""
        return self.fit.notes

    def __str__(self) -> str:
        return path_text(self.fit)

    def to_frame(self, backend: str | None = None) -> Any:
        """Return the path as a data frame: a row for each penalty, its figures, and a column for each coefficient.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Default: pandas if it is installed, else an Arrow table.

        Raises
        ------
        OptionError, NotAvailableError
            For a backend that is unknown, or not installed.
        """
        return path_frame(self.fit, self.terms, self.classes.tolist(), backend)


@described_by(FitOptions, ClassBalance, FactorOptions)
def path(
    data: Any,
    formula: str | None = None,
    *,
    target: Any = None,
    trials: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    missing: str = "error",
    baseline: Mapping[str, Level] | None = None,
    levels: Mapping[str, Sequence[Level]] | None = None,
    rare: int = 0,
    unknown: str = "error",
    columns: Sequence[str] | None = None,
    C: Sequence[float] | None = None,
    n_penalties: int = 100,
    smallest: float = 1e-3,
    l1_ratio: float = 1.0,
    fit_intercept: bool = True,
    standardize: bool = False,
    tol: float = CLOSE_GAP,
    max_iter: int = 100,
    threads: int | None = None,
    class_weight: Mapping[Any, float] | str | None = None,
) -> Path:
    """Fit a logistic regression under many penalties, each fit starting from the one before.

    By proximal Newton; every fit is certified by its duality gap, and is the one that ``fit`` finds with its ``C``.

    Parameters
    ----------
    data, formula, target, trials, weights, weight_kind, offset, missing, columns
        As for :func:`logistica.fit`.
    baseline, levels, rare, unknown
        Of factors: see :class:`~logistica.data.factors.FactorOptions`.
    C : sequence of float, optional
        Inverse strengths of the penalties, in any order. Default: ``n_penalties`` in equal ratios, from the weakest
        penalty that holds all coefficients at zero to ``smallest`` of it (of a ridge penalty, which holds none there,
        from that of ``l1_ratio=0.001``).
    n_penalties : int, default 100
        At least 2.
    smallest : float, default 0.001
        Between 0 and 1.
    l1_ratio : float, default 1
        The share of the penalty that is L1, from 0 (ridge) to 1 (lasso).
    fit_intercept, standardize
        See :class:`~logistica.fitting.FitOptions`.
    tol : float, default 1e-06
        The duality gap at which each fit ends, as a share of its objective.
    max_iter : int, default 100
        Steps at most for each fit, >= 1.
    threads
        See :class:`~logistica.fitting.FitOptions`.
    class_weight
        See :class:`~logistica.fitting.class_balance.ClassBalance`.

    Ctrl-C ends the path with the fits that are done, and a ConvergenceWarning; before there is one it is a
    KeyboardInterrupt, as elsewhere.

    Returns
    -------
    Path

    Raises
    ------
    OptionError, FormulaError, DataError, FileAccessError, OutOfMemoryError

    Examples
    --------
    >>> import logistica
    >>> hours = [[0.5], [1], [1.5], [2], [2.5], [3], [3.5], [4], [4.5], [5], [5.5], [6]]
    >>> path = logistica.path(hours, target=[0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1], C=[0.01, 1.0, 100.0])
    >>> path.coef[:, 0, 0].round(4), path.n_nonzero
    (array([0.    , 0.8727, 1.1811]), array([0, 1, 1]))
    """
    penalties = Penalties(C, n_penalties, smallest)
    options = FitOptions(
        C=1.0,
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        solver="proximal-newton" if l1_ratio else "newton-cg",
        tol=tol,
        max_iter=max_iter,
        threads=threads,
        balance=ClassBalance(class_weight),
    )
    preparation = Preparation(formula, columns, missing, FactorOptions(baseline or {}, levels or {}, rare, unknown))
    with memory_in_words(SMALLER):
        dataset = read(
            data,
            preparation,
            target=target,
            trials=trials,
            weights=weights,
            weight_kind=weight_kind,
            offset=offset,
        )
        found = follow(dataset, with_stated_intercept(options, dataset), penalties)
    warn_of(found.notes, stacklevel=2)
    return Path(dataset.recipe.terms, dataset.labels.classes, found)
