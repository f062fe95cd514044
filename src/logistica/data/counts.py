"""Grouped data: each row holds how often each class occurred among its trials.

For the fit a row becomes one row for each class that occurred, weighted by how often; the design is the same, read
again. What the likelihood gains by the order of the trials, the binomial constant, is kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from logistica.core.errors import DataError, OptionError
from logistica.core.records import Note, frozen
from logistica.data.columns import Mask
from logistica.data.in_use import Rows, chosen
from logistica.data.labels import Codes, Labels

Array = NDArray[np.float64]

EXACT = 2.0**53


@dataclass(frozen=True, eq=False)
class Groups:
    """What the counts came to.

    Attributes
    ----------
    n_rows : int
        Rows in use, each with at least one trial.
    class_count : array of int, shape (K,)
        How often each class occurred.
    constant : float
        The logarithm of the number of orders of each row's trials, weighted and added up.
    saturated : float
        The log-likelihood, without that constant, of a model with a probability of its own for each row.
    """

    n_rows: int
    class_count: NDArray[np.int64]
    constant: float
    saturated: float


@frozen(eq=False)
class Outcome:
    """The classes of the rows that are fitted.

    Attributes
    ----------
    labels : Labels
    codes : array of intp, shape (t,)
    weights : array, shape (t,), or None
    rows : array of intp, shape (t,), or None
        Their numbers among the rows of the data; None: all, in order.
    places : array of intp, shape (t,), or None
        Their places among the rows in use; None: the same rows.
    frequencies : array, shape (rows in use,), or None
        How many rows each row in use stands for; None: one.
    groups : Groups or None
        Of counts.
    notes : tuple of Note
    """

    labels: Labels
    codes: Codes
    weights: Array | None
    rows: Rows
    places: NDArray[np.intp] | None = None
    frequencies: Array | None = None
    groups: Groups | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Counts:
    """A target of counts.

    Attributes
    ----------
    values : array, shape (n, K)
        How often each class occurred, in the order of ``labels``; NaN where missing.
    labels : Labels
    name : str
        What messages call it.
    columns : tuple of str
        The table's columns that it is made of.
    response : str or None
        As a formula says it, where it is made of columns.
    trials : str or None
        The column with the trials of each row, where there is one: it says nothing about the outcome.
    gaps : mapping of str to array of bool, shape (n,)
        What it is made of, by name, and where that is missing.
    notes : tuple of Note
        How it was read.
    """

    values: Array
    labels: Labels
    name: str
    columns: tuple[str, ...] = ()
    response: str | None = None
    trials: str | None = None
    gaps: Mapping[str, Mask] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def absent(self) -> Mask | None:
        """Rows without a trial, shape (n,); None if there are none."""
        absent = np.asarray((self.values == 0.0).all(axis=1))
        return absent if absent.any() else None

    def expand(self, rows: Rows, weights: Array | None, *, every_class: bool = True) -> Outcome:
        """Make one row of each class that occurred in the rows in use (None: all), in order. Each has a trial.

        ``weights``, shape (rows,), multiply the counts of a row.

        Raises
        ------
        DataError
            If a count is negative or no whole number, or with ``every_class`` a class never occurs.
        """
        counts = chosen(self.values, rows)
        self._check(counts, rows, every_class)
        places, codes = np.nonzero(counts)
        weight = counts[places, codes]
        totals = counts.sum(axis=1)
        own = np.ones(len(counts)) if weights is None else weights
        constant = float(own @ (gammaln(totals + 1.0) - gammaln(counts + 1.0).sum(axis=1)))
        saturated = float(own @ (xlogy(counts, counts).sum(axis=1) - xlogy(totals, totals)))
        return Outcome(
            self.labels,
            codes,
            weight if weights is None else weight * weights[places],
            places if rows is None else rows[places],
            places,
            totals,
            Groups(len(counts), _whole(counts.sum(axis=0)), constant, saturated),
        )

    def _check(self, counts: Array, rows: Rows, every_class: bool) -> None:
        bad = (counts < 0) | (counts != np.floor(counts)) | (counts > EXACT)
        if bad.any():
            place, k = (int(i[0]) for i in np.nonzero(bad))
            row = place if rows is None else int(rows[place])
            raise DataError(
                f"the count {counts[place, k]:g} of class {self.labels.classes.tolist()[k]!r} in row {row} is no whole"
                " number from 0",
                column=self.name,
                row=row,
                value=float(counts[place, k]),
                remedy="Counts say how often a class occurred; trials must be no fewer than successes",
            )
        never = np.flatnonzero(counts.sum(axis=0) == 0)
        if every_class and len(never):
            raise DataError(
                f"class {self.labels.classes.tolist()[never[0]]!r} has not occurred in any row",
                column=self.name,
                remedy="At least two classes must occur; leave out one that does not",
            )


def are_proportions(successes: Array) -> bool:
    """Return whether successes, shape (n,), NaN where missing, are from 0 to 1, and some lie between."""
    known = successes[~np.isnan(successes)]
    return bool(((known >= 0.0) & (known <= 1.0)).all() and ((known > 0.0) & (known < 1.0)).any())


def success_counts(
    successes: Array,
    failures: Array,
    name: str,
    columns: Sequence[str],
    response: str | None,
    precision: float = 0.0,
) -> Counts:
    """Make the target of successes and failures, shape (n,) each; its classes are False and True, the success.

    ``precision`` is the relative error of what they were computed of: within it they are rounded to whole numbers.
    """
    values = np.column_stack([failures, successes])
    near = 4.0 * precision * values.sum(axis=1, keepdims=True)
    whole = np.rint(values)
    values = np.where(np.abs(values - whole) <= near, whole, values)
    return Counts(values, Labels(np.array([False, True])), name, tuple(columns), response)


def class_counts(counts: Sequence[Array], names: Sequence[str], columns: Sequence[str], response: str) -> Counts:
    """Make the target of K > 2 columns of counts, shape (n,) each; its classes are their names, sorted."""
    if len(set(names)) < len(names):
        raise OptionError(f"The counts {', '.join(names)} name a class twice.")
    order = sorted(range(len(names)), key=names.__getitem__)
    labels = Labels(np.array([names[k] for k in order]))
    return Counts(
        np.column_stack([counts[k] for k in order]), labels, f"({', '.join(names)})", tuple(columns), response
    )


def _whole(values: Array) -> NDArray[np.int64]:
    return values.astype(np.int64)
