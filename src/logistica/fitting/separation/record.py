"""What a fit on separated classes found out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

OPPOSITE = {"+inf": "-inf", "-inf": "+inf", "undetermined": "undetermined"}
"""The sign of a contrast when its two classes change places."""


@dataclass(frozen=True)
class SingleColumn:
    """One column that separates a class without the help of others.

    In every row where ``term`` is ``side`` ("above" or "below") ``threshold`` the class is ``class_``; there are
    ``n_rows`` of these. ``complete`` says that no row of that class lies elsewhere.
    """

    term: str
    class_: object
    side: str
    threshold: float
    n_rows: int
    complete: bool


@dataclass(frozen=True)
class Separation:
    """No finite maximum likelihood estimate exists; this is what does.

    Decided at a tolerance of 1e-10 of a row's length in the solver's coordinates: classes that overlap by less count
    as touching, and so as separated. A finite estimate then exists in principle, ten orders beyond its columns' scale.

    Attributes
    ----------
    verdict : str
        "complete" or "quasi".
    n_rows : int
        Rows with at least one class that the limit excludes (two classes: rows predicted with certainty).
    columns : tuple of str
        The terms with a coefficient that has no finite estimate, in the order of the model.
    signs : dict of (term, class, reference class) to str
        For each contrast that has no finite estimate "+inf", "-inf" or "undetermined": both signs improve the
        likelihood for ever, depending on the others (or there are too many coefficients to settle). Every pair of
        classes is there once, the later first.
    single_columns : tuple of SingleColumn
        The separation that single columns and levels explain on their own.
    direction : array, shape (q, m)
        In the solver's coordinates; the smallest margin is 1.
    canonical : bool
        Whether the direction is the one of minimum norm in standardised columns.
    distance : float
        How far along it predictions are made: there the log-likelihood is within 1e-9 of its supremum. 0 where a
        first-order solver ended on the way, and its coefficients are not those of the limit.
    log_likelihood : float
        That supremum, without the binomial constant; NaN where it is not known.
    """

    verdict: str
    n_rows: int
    columns: tuple[str, ...]
    signs: dict[tuple[str, object, object], str]
    single_columns: tuple[SingleColumn, ...]
    direction: Array
    canonical: bool
    distance: float
    log_likelihood: float

    @property
    def reached(self) -> bool:
        """Whether the fit's coefficients are those of the limit."""
        return self.distance > 0.0
