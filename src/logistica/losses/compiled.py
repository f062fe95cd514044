"""The binomial loss over float64 rows by compiled loops: what losses/binomial.py says, up to rounding, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.core.namespace import Kind
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
        known = _in_a_row(None if offset is None else offset[:, 0])
        (n, p), (row, column) = x.shape, x.strides
        lost: int = function(
            address(x), n, p, row // size, column // size, address(centre), address(slopes), constant, address(known),
            out.shape[1] == 2, address(out),
        )  # fmt: skip
        return lost


def is_readable(x: NDArray[Any]) -> bool:
    """Whether :meth:`CompiledBinomial.score_rows` reads such rows: native float64 or float32, of any order."""
    kind = x.dtype
    if kind not in (np.float64, np.float32) or not kind.isnative or not x.flags.aligned:
        return False
    return all(stride % kind.itemsize == 0 for stride in x.strides)


def _in_a_row(values: NDArray[T] | None) -> NDArray[T] | None:
    return None if values is None else np.ascontiguousarray(values)
