"""Both losses over float64 rows by compiled loops: what their Python files say, up to rounding, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.losses.base import Terms
from logistica.losses.binomial import Binomial
from logistica.losses.multinomial import Multinomial

Array = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class CompiledBinomial(Binomial):
    """Two classes; eta has shape (n, 1)."""

    def total(self, eta: Array, y: NDArray[np.intp], weights: Array | None) -> float:
        return self.terms(eta, y, weights, (0,)).loss

    def terms(self, eta: Array, y: NDArray[np.intp], weights: Array | None, free: Sequence[int]) -> Terms:
        n = len(eta)
        eta = np.ascontiguousarray(eta)
        residual, proba, sums = np.empty((n, 1)), np.empty((n, 1)), np.zeros(3)
        codes, weights = _in_a_row(y), _in_a_row(weights)
        library().logistica_binomial_terms(
            address(eta), address(codes), address(weights), n, address(residual), address(proba), address(sums)
        )
        loss, square, total = sums.tolist()
        return Terms(loss, residual, proba, square, total)

    def slope_of_rows(
        self,
        x: Array,
        centre: Array,
        slopes: Array,
        constant: float,
        y: NDArray[np.intp],
        weights: Array | None,
        offset: Array | None,
    ) -> tuple[float, Array]:
        """Return the weighted loss at eta = constant + (x - centre) slopes + offset, and its gradient; x is not copied.

        Parameters
        ----------
        x : array, shape (n, p)
            Numbers of a row side by side.
        centre, slopes : arrays, shape (p,)
        constant : float
        y, weights, offset : arrays, shape (n,); (n,) or None; (n, 1) or None

        Returns
        -------
        loss : float
        gradient : array, shape (1 + p,)
            The weighted sums of d loss, and of d loss times x - centre.
        """
        n, p = x.shape
        gradient, sums = np.zeros(1 + p), np.zeros(3)
        codes, weights = _in_a_row(y), _in_a_row(weights)
        known = _in_a_row(None if offset is None else offset[:, 0])
        library().logistica_binomial_slope(
            address(x), n, p, x.strides[0] // x.itemsize, address(centre), address(slopes), constant,
            address(codes), address(weights), address(known), address(gradient), address(sums),
        )  # fmt: skip
        return float(sums[0]), gradient


@dataclass(frozen=True)
class CompiledMultinomial(Multinomial):
    """K classes; eta has shape (n, K)."""

    def total(self, eta: Array, y: NDArray[np.intp], weights: Array | None) -> float:
        return self.terms(eta, y, weights, range(self.n_outputs)).loss

    def terms(self, eta: Array, y: NDArray[np.intp], weights: Array | None, free: Sequence[int]) -> Terms:
        eta = np.ascontiguousarray(eta)
        n, k = eta.shape
        residual, proba, sums = np.empty((n, len(free))), np.empty((n, k)), np.zeros(3)
        codes, weights = _in_a_row(y), _in_a_row(weights)
        library().logistica_multinomial_terms(
            address(eta), address(codes), address(weights), n, k, _left_out(free, k),
            address(residual), address(proba), address(sums),
        )  # fmt: skip
        loss, square, total = sums.tolist()
        return Terms(loss, residual, proba, square, total)

    def bend(self, proba: Array, direction: Array, weights: Array | None, free: Sequence[int]) -> Array:
        proba, direction, weights = np.ascontiguousarray(proba), np.ascontiguousarray(direction), _in_a_row(weights)
        n, k = proba.shape
        out = np.empty((n, len(free)))
        library().logistica_multinomial_bend(
            address(proba), address(direction), address(weights), n, k, _left_out(free, k), address(out)
        )
        return out


def _left_out(free: Sequence[int], k: int) -> int:
    """Return the one of k outputs that is not free; k where all are. The free ones are in order."""
    return k if len(free) == k else next((place for place, a in enumerate(free) if a != place), k - 1)


def _in_a_row(values: NDArray[T] | None) -> NDArray[T] | None:
    return None if values is None else np.ascontiguousarray(values)
