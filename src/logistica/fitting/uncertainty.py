"""The covariances of a finished fit: of all parameters, and of each of the user's coefficients by itself.

The covariance of theta holds only the digits that survive when its entries are added up: of nearly collinear columns,
or of an intercept far from the columns' values, none may. So each coefficient's own block is not taken from it but from
the factor of the Hessian: with H = R'R and a coefficient F theta, its covariance is (R'^-1 F')' (R'^-1 F'), a sum of
squares, which loses nothing.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, Factor, inverse_over_all
from logistica.core.records import frozen
from logistica.core.threads import single_threaded_blas
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

KNOWN = 1e-6
"""Relative rounding of a standard error above which it is not given."""


@frozen
class CovariancesOfHessian:
    """The covariances of an estimate (see ``fitting/record.py``), made from the Hessian's factor when asked for.

    Attributes
    ----------
    coordinates : Coordinates
        Those of the solver, residuals included.
    factor : Factor
        Of the Hessian of the parameters that are ``free``: their places in theta, flattened row by row.
    free : array of intp
    unit : float
        By which the weights had been divided.
    """

    coordinates: Coordinates
    factor: Factor
    free: NDArray[np.intp]
    unit: float

    @cached_property
    def _inverse(self) -> Array:
        q, m = self.coordinates.shape
        return inverse_over_all(self.factor, self.free, q * m)

    @cached_property
    def parameters(self) -> Array | None:
        """The inverse of the Hessian in the plain coordinates; None where a part of it is beyond all numbers."""
        with single_threaded_blas():
            return finite_or_none(divided(self.coordinates.covariance_to_plain(self._inverse), self.unit))

    @cached_property
    def outputs(self) -> Array:
        """Of the outputs of each of the user's coefficients."""
        with single_threaded_blas():
            return divided(output_covariances(self.coordinates, self.factor, self.free, self._inverse), self.unit)


def output_covariances(coordinates: Coordinates, factor: Factor, free: NDArray[np.intp], inverse: Array) -> Array:
    """Return the covariance of the outputs of each of the user's coefficients, shape (q, m, m), intercept first.

    In the solver's unit of each column. NaN where it overflows, or rounding leaves it fewer than six digits.

    Parameters
    ----------
    coordinates : Coordinates
        Those of the solver, residuals included.
    factor : Factor
        Of the Hessian of the parameters that are ``free``: their places in theta, flattened row by row.
    inverse : array, shape (q * m, q * m)
        Of the Hessian, zero for parameters that are not free.
    """
    q, m = coordinates.shape
    plain = coordinates.user_rows()
    unmixing = coordinates.unmixing
    rows = plain if unmixing is None else plain @ unmixing
    blocks = np.einsum("jajb->jab", inverse.reshape(q, m, q, m)) * np.diagonal(rows)[:, None, None] ** 2
    mixed = np.flatnonzero((rows != 0.0).sum(axis=1) > 1)
    if not len(mixed):
        return np.asarray(blocks)
    functionals = np.zeros((q, m, len(mixed), m))
    for a in range(m):
        functionals[:, a, :, a] = rows[mixed].T
    half = factor.half_solve(functionals.reshape(q * m, -1)[free]).reshape(len(free), len(mixed), m)
    with np.errstate(over="ignore", invalid="ignore"):
        blocks[mixed] = np.einsum("dra,drb->rab", half, half)
    size = np.abs(plain[mixed]) if unmixing is None else np.abs(plain[mixed]) @ np.abs(unmixing)
    rounding = EPSILON * size @ np.sqrt(np.diagonal(inverse).reshape(q, m))
    own = np.sqrt(np.einsum("raa->ra", blocks[mixed]))
    lost = ~((rounding <= KNOWN * own) & np.isfinite(own))
    blocks[mixed] = np.where(lost[:, :, None] | lost[:, None, :], np.nan, blocks[mixed])
    return np.asarray(blocks)


def divided(covariance: Array, unit: float) -> Array:
    """Return a covariance over ``unit``, by which weights had been divided; NaN where it overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        own = covariance / unit
    return np.where(np.isfinite(own), own, np.nan)


def finite_or_none(covariance: Array) -> Array | None:
    """Return a covariance of all parameters, or None where a part of it is beyond all numbers."""
    return covariance if np.isfinite(covariance).all() else None


def condition(coordinates: Coordinates, hessian: Array, factor: Factor, free: NDArray[np.intp]) -> float:
    """Return the condition number (1-norm) of the weighted plain columns, each scaled to length one.

    ``hessian`` is that of theta, shape (q * m, q * m), and ``factor`` that of its part over the parameters ``free``.
    """
    if not (coordinates.residuals and coordinates.unmixing is not None and len(free)):
        return factor.condition()
    inverse = coordinates.covariance_to_plain(inverse_over_all(factor, free, len(hessian)))
    mixing = np.kron(np.linalg.inv(coordinates.unmixing), np.eye(coordinates.shape[1]))
    plain = (mixing.T @ hessian @ mixing)[np.ix_(free, free)]
    root = np.sqrt(np.diagonal(plain))
    there, back = np.abs(plain) / np.outer(root, root), np.abs(inverse[np.ix_(free, free)]) * np.outer(root, root)
    return float(np.sqrt(there.sum(axis=0).max() * back.sum(axis=0).max()))
