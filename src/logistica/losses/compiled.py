"""Both losses over float64 rows by compiled loops: what their Python files say, up to rounding, in one pass."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, in_a_row, library, start_of
from logistica.core.interface import STRUCTURES
from logistica.core.namespace import Kind
from logistica.core.records import frozen
from logistica.core.rows import NativeRows
from logistica.core.sparse import SparseRows
from logistica.losses.base import Terms
from logistica.losses.binomial import Binomial
from logistica.losses.multinomial import Multinomial

Array = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


class _Linear(ctypes.Structure):
    """The struct ``linear`` of binomial.c."""

    _fields_ = STRUCTURES["linear"]


@frozen
class LinearRows:
    """Rows of X and their predictors, eta = constant + (x - centre) slopes + offset.

    Attributes
    ----------
    x : NativeRows
        n of them, of p columns.
    centre, slopes : arrays, shape (p,)
    constant : float
    offset : array, shape (n, 1), C-ordered, or None
    """

    x: NativeRows
    centre: Array
    slopes: Array
    constant: float
    offset: Array | None

    def struct(self) -> _Linear:
        """Return the same for the compiled functions; it is good as long as this object is."""
        return _Linear(self.x.struct(), address(self.centre), address(self.slopes), self.constant, address(self.offset))


class _Entries(ctypes.Structure):
    """The struct ``entries`` of binomial_entries.c."""

    _fields_ = STRUCTURES["entries"]


@frozen
class LinearEntries:
    """Sparse rows of X and their predictors, eta = constant + x slopes + offset.

    Attributes
    ----------
    x : SparseRows
        n of them, of p columns, which ascend.
    slopes : array, shape (p,)
    constant : float
    offset : array, shape (n, 1), C-ordered, or None
    """

    x: SparseRows
    slopes: Array
    constant: float
    offset: Array | None

    def struct(self) -> _Entries:
        """Return the same for the compiled functions; it is good as long as this object is."""
        x = self.x
        return _Entries(*x.read, x.n_rows, x.n_columns, address(self.slopes), self.constant, address(self.offset))


class Curved(NamedTuple):
    """What rows add to the derivatives.

    ``gradient``, shape (1 + p,), is that of :meth:`CompiledBinomial.slope_of_rows`, or of entries; ``hessian``, shape
    (q, q), that of z; the others are those of ``Terms``.
    """

    gradient: Array
    hessian: Array
    loss: float
    square: float
    total: float


@frozen
class CompiledBinomial(Binomial):
    """Two classes; eta has shape (n, 1)."""

    def total(self, eta: Array, y: NDArray[np.intp], weights: Array | None) -> float:
        return self.terms(eta, y, weights, (0,)).loss

    def terms(self, eta: Array, y: NDArray[np.intp], weights: Array | None, free: Sequence[int]) -> Terms:
        n = len(eta)
        eta = np.ascontiguousarray(eta)
        residual, proba, sums = np.empty((n, 1)), np.empty((n, 1)), np.zeros(3)
        codes, weights = in_a_row(y), in_a_row(weights)
        library().logistica_binomial_terms(
            address(eta), address(codes), address(weights), n, address(residual), address(proba), address(sums)
        )
        loss, square, total = sums.tolist()
        return Terms(loss, residual, proba, square, total)

    def slope_of_rows(self, rows: LinearRows, y: NDArray[np.intp], weights: Array | None) -> tuple[float, Array]:
        """Return the weighted loss of rows, without a copy of them, and its gradient.

        Returns
        -------
        loss : float
        gradient : array, shape (1 + p,)
            The weighted sums of d loss, and of d loss times x - centre.
        """
        gradient, sums = np.zeros(1 + rows.x.shape[1]), np.zeros(3)
        codes, weights, linear = in_a_row(y), in_a_row(weights), rows.struct()
        library().logistica_binomial_slope(
            ctypes.addressof(linear), address(codes), address(weights), address(gradient), address(sums)
        )
        return float(sums[0]), gradient

    def slope_of_entries(self, rows: LinearEntries, y: NDArray[np.intp], weights: Array | None) -> tuple[float, Array]:
        """Return the weighted loss of rows of which only the entries are read, and its gradient.

        Returns
        -------
        loss : float
        gradient : array, shape (1 + p,)
            The weighted sums of d loss, and of d loss times x.
        """
        gradient, sums = np.zeros(1 + rows.x.n_columns), np.zeros(3)
        codes, weights, entries, compiled = in_a_row(y), in_a_row(weights), rows.struct(), library()
        function = compiled.logistica_entries_slope_32 if rows.x.short else compiled.logistica_entries_slope_64
        function(ctypes.addressof(entries), address(codes), address(weights), address(gradient), address(sums))
        return float(sums[0]), gradient

    def curved_entries(
        self,
        rows: LinearEntries,
        y: NDArray[np.intp],
        weights: Array | None,
        centre: Array,
        scale: Array,
        *,
        intercept: bool,
    ) -> Curved:
        """Return the loss, its gradient, and its Hessian in z = (1, (x - centre) * scale), as :meth:`curved_rows`."""
        p = rows.x.n_columns
        gradient, columns, sums = np.zeros(1 + p), np.zeros(p), np.zeros(3)
        hessian = np.zeros((p + intercept, p + intercept))
        codes, weights, entries, compiled = in_a_row(y), in_a_row(weights), rows.struct(), library()
        function = compiled.logistica_entries_curved_32 if rows.x.short else compiled.logistica_entries_curved_64
        function(
            ctypes.addressof(entries), address(codes), address(weights), address(centre), address(scale), intercept,
            address(gradient), address(columns), address(hessian), address(sums),
        )  # fmt: skip
        return Curved(gradient, hessian, *sums.tolist())

    def curved_rows(
        self,
        rows: LinearRows,
        y: NDArray[np.intp],
        weights: Array | None,
        scale: Array,
        *,
        intercept: bool,
        room: Array,
    ) -> Curved:
        """Return the loss, its gradient, and its Hessian in z = (1, (x - centre) * scale).

        Parameters
        ----------
        rows, y, weights
        scale : array, shape (p,)
        intercept : bool
            Whether z starts with a 1, and so has q = p + 1 columns instead of p.
        room : array of :func:`~logistica.core.products.room_for` numbers for q columns, C-ordered
            Scratch.
        """
        p = rows.x.shape[1]
        q = p + intercept
        gradient, hessian, sums = np.zeros(1 + p), np.empty((q, q)), np.zeros(3)
        codes, weights, linear = in_a_row(y), in_a_row(weights), rows.struct()
        library().logistica_binomial_curved(
            ctypes.addressof(linear), address(codes), address(weights), address(scale), intercept,
            address(gradient), address(hessian), address(room), address(sums),
        )  # fmt: skip
        return Curved(gradient, hessian, *sums.tolist())

    def proba(self, eta: Kind) -> Kind:
        if not isinstance(eta, np.ndarray) or eta.dtype != np.float64:
            return super().proba(eta)
        known, both = np.ascontiguousarray(eta), np.empty((len(eta), 2))
        library().logistica_binomial_proba(address(known), len(known), address(both))
        return cast(Kind, both)

    def score_rows(
        self, x: NDArray[Any], centre: Array, slopes: Array, constant: float, offset: Array | None, out: Array
    ) -> int:
        """Write eta = constant + (x - centre) slopes + offset, or the probabilities of both classes, to ``out``.

        Parameters
        ----------
        x : array, shape (n, p)
            Of :func:`is_readable` form, which is not copied.
        centre, slopes : arrays, shape (p,)
        constant : float
        offset : array, shape (n, 1), or None
        out : array, shape (n, 1) for eta, (n, 2) for probabilities, C-ordered

        Returns
        -------
        lost : int
            The number of rows whose eta is no finite number.
        """
        size, compiled = x.itemsize, library()
        function = compiled.logistica_binomial_scores_64 if size == 8 else compiled.logistica_binomial_scores_32
        known = in_a_row(None if offset is None else offset[:, 0])
        (n, p), (row, column) = x.shape, x.strides
        lost: int = function(
            start_of(x), n, p, row // size, column // size, address(centre), address(slopes), constant, address(known),
            out.shape[1] == 2, address(out),
        )  # fmt: skip
        return lost


@frozen
class CompiledMultinomial(Multinomial):
    """K classes; eta has shape (n, K)."""

    def total(self, eta: Array, y: NDArray[np.intp], weights: Array | None) -> float:
        return self.terms(eta, y, weights, range(self.n_outputs)).loss

    def terms(self, eta: Array, y: NDArray[np.intp], weights: Array | None, free: Sequence[int]) -> Terms:
        eta = np.ascontiguousarray(eta)
        n, k = eta.shape
        residual, proba, sums = np.empty((n, len(free))), np.empty((n, k)), np.zeros(3)
        codes, weights = in_a_row(y), in_a_row(weights)
        library().logistica_multinomial_terms(
            address(eta), address(codes), address(weights), n, k, _left_out(free, k),
            address(residual), address(proba), address(sums),
        )  # fmt: skip
        loss, square, total = sums.tolist()
        return Terms(loss, residual, proba, square, total)

    def bend(self, proba: Array, direction: Array, weights: Array | None, free: Sequence[int]) -> Array:
        proba, direction, weights = np.ascontiguousarray(proba), np.ascontiguousarray(direction), in_a_row(weights)
        n, k = proba.shape
        out = np.empty((n, len(free)))
        library().logistica_multinomial_bend(
            address(proba), address(direction), address(weights), n, k, _left_out(free, k), address(out)
        )
        return out


def _left_out(free: Sequence[int], k: int) -> int:
    """Return the one of k outputs that is not free; k where all are. The free ones are in order."""
    return k if len(free) == k else next((place for place, a in enumerate(free) if a != place), k - 1)


def is_readable(x: NDArray[Any]) -> bool:
    """Whether :meth:`CompiledBinomial.score_rows` reads such rows: native float64 or float32, of any order."""
    kind = x.dtype
    if kind not in (np.float64, np.float32) or not kind.isnative or not x.flags.aligned:
        return False
    return all(stride % kind.itemsize == 0 for stride in x.strides)
