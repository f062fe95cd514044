"""The binomial loss over float64 rows by compiled loops: what losses/binomial.py says, up to rounding, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.losses.base import Terms
from logistica.losses.binomial import Binomial

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


def _in_a_row(values: NDArray[T] | None) -> NDArray[T] | None:
    return None if values is None else np.ascontiguousarray(values)
