"""The solver's coordinates, and the way back to the user's.

A row x of the user's columns becomes z = (1, (x - centre) * scale), with scales that are powers of two, so that scaling
rounds nothing. Where there is an unpenalised intercept it absorbs the centres. The parameters are a matrix theta, shape
(q, m): a row for the intercept (if any) and for each column, a column for each free output. A softmax over K classes
has m = K - 1 free outputs: the contrasts with a reference class, whose predictor is zero. Then

    eta = z theta,    coef_j = scale_j * theta_j,    intercept = theta_0 - sum_j centre_j * coef_j,

with K coefficients a column that sum to zero for the softmax.

Where a column is nearly a combination of others, its Hessian would be lost in rounding. The solver then sees the part
of it that is new instead, computed row by row (:class:`Residuals`, one level after the other), and theta is brought
back afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON
from logistica.core.records import frozen
from logistica.core.rows import standardise
from logistica.data.source import Block
from logistica.engines.base import Workspace

Array = NDArray[np.float64]


@frozen
class Residuals:
    """Columns of z that are replaced by what others leave of them.

    z_j becomes (z_j - sum_k z_k combination_kj) * scale_j for j in ``columns``, k in ``others``.

    Attributes
    ----------
    columns : array of intp, shape (s,)
    others : array of intp, shape (k,)
    combination : array, shape (k, s)
    scale : array, shape (s,)
        Powers of two.
    """

    columns: NDArray[np.intp]
    others: NDArray[np.intp]
    combination: Array
    scale: Array

    def apply(self, z: Array) -> None:
        """Replace the columns of z, shape (n, q), in place."""
        z[:, self.columns] = (z[:, self.columns] - z[:, self.others] @ self.combination) * self.scale

    def matrix(self, q: int) -> Array:
        """Return T, shape (q, q), with z T the new rows, so that T theta belongs to the old ones."""
        T = np.eye(q)
        T[self.columns, self.columns] = self.scale
        T[np.ix_(self.others, self.columns)] = -self.combination * self.scale
        return T


@frozen
class Coordinates:
    """An affine map between the user's columns and the solver's.

    Attributes
    ----------
    centre, scale : arrays, shape (p,)
        In the user's units, and their inverse. An aliased column has scale 0.
    intercept : bool
        Whether z starts with a 1.
    n_outputs : int
        Columns of eta: 1, or K for a softmax.
    reference : int or None
        The class whose predictor is held at zero; None for the binomial.
    residuals : tuple of Residuals
        Only while solving: columns that are replaced by what others leave of them, level by level.
    """

    centre: Array
    scale: Array
    intercept: bool
    n_outputs: int
    reference: int | None
    residuals: tuple[Residuals, ...] = ()

    @property
    def n_rows(self) -> int:
        """Rows of theta, q."""
        return len(self.centre) + self.intercept

    @cached_property
    def free_outputs(self) -> tuple[int, ...]:
        """The outputs that theta holds, m of them."""
        return tuple(k for k in range(self.n_outputs) if k != self.reference)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of theta, (q, m)."""
        return self.n_rows, self.n_outputs - (self.reference is not None)

    @cached_property
    def metric(self) -> Array:
        """The squared size of a row of theta as a quadratic form, shape (m, m); see the ridge penalty."""
        m = len(self.free_outputs)
        return np.eye(m) if self.reference is None else np.eye(m) - 1.0 / self.n_outputs

    def rows(self, block: Block, workspace: Workspace) -> Array:
        """Return the block's rows z, shape (n, q), in scratch memory."""
        z = workspace.array("z", block.n_rows, self.n_rows)
        x = block.view()
        if x is None:
            x = z[:, int(self.intercept) :]
            block.fill(x)
        standardise(x, self.centre, self.scale, z)
        for level in self.residuals:
            level.apply(z)
        return z

    @cached_property
    def far(self) -> float:
        """The most spreads that a column's centre lies away from zero."""
        return float(np.abs(self.centre * self.scale).max(initial=0.0))

    def plain(self) -> Coordinates:
        """Return the coordinates without residuals."""
        return replace(self, residuals=()) if self.residuals else self

    @cached_property
    def unmixing(self) -> Array | None:
        """The matrix, shape (q, q), that brings theta to the plain coordinates; None where it is there already."""
        if not self.residuals:
            return None
        matrix = np.eye(self.n_rows)
        for level in self.residuals:
            matrix = matrix @ level.matrix(self.n_rows)
        return matrix

    @property
    def magnification(self) -> Array:
        """By how much more than in the plain coordinates each column is enlarged, shape (q,)."""
        factor = np.ones(self.n_rows)
        for level in self.residuals:
            factor[level.columns] *= level.scale
        return factor

    def to_plain(self, theta: Array) -> Array:
        """Return theta, shape (q, m), in the plain coordinates."""
        return self.unmixing @ theta if self.residuals and self.unmixing is not None else theta

    def covariance_to_plain(self, covariance: Array) -> Array:
        """Return the covariance of theta flattened row by row, shape (q * m, q * m), in the plain coordinates."""
        if self.unmixing is None:
            return covariance
        T = np.kron(self.unmixing, np.eye(self.shape[1]))
        return np.asarray(T @ covariance @ T.T)

    @property
    def rounding(self) -> Array:
        """About how far rounding alone moves a value of each column of z, for columns of size one, shape (q,)."""
        noise = np.full(self.n_rows, EPSILON)
        for level in self.residuals:
            noise[level.columns] += np.abs(level.combination.T) @ noise[level.others]
            noise[level.columns] *= level.scale
        return noise

    def user_rows(self) -> Array:
        """Return the matrix, shape (q, q), from theta to the user's coefficients in units of their columns' scales.

        Only the intercept is a combination of several rows of theta.
        """
        rows = np.eye(self.n_rows)
        if self.intercept:
            rows[0, 1:] = -self.centre * self.scale
        return rows

    def transfer(self, other: Coordinates) -> Array:
        """Return the matrix, shape (q, q), that takes theta from these plain coordinates to others of the same form."""
        matrix = np.diag(np.concatenate([np.ones(int(self.intercept)), self.scale / other.scale]))
        if self.intercept:
            matrix[0, 1:] = self.scale * (other.centre - self.centre)
        return matrix

    def with_all_outputs(self) -> Coordinates:
        """Return coordinates whose theta holds every output, none of them at zero."""
        return replace(self, reference=None)

    def as_contrasts(self, theta: Array, reference: int) -> Array:
        """Return theta of all outputs, shape (q, K), as contrasts with one of them, shape (q, K - 1)."""
        return np.delete(theta - theta[:, [reference]], reference, axis=1)

    def outputs(self, theta: Array) -> Array:
        """Return theta for all outputs, shape (q, n_outputs): zeros for the reference."""
        if self.reference is None:
            return theta
        full = np.zeros((self.n_rows, self.n_outputs))
        full[:, self.free_outputs] = theta
        return full

    def from_user(self, coef: Array, intercept: Array) -> Array:
        """Return theta, shape (q, n_outputs), of the user's ``coef`` and ``intercept``; for all outputs free."""
        with np.errstate(over="ignore", invalid="ignore"):
            theta = coef.T / self.scale[:, None]
            return np.vstack([intercept + coef @ self.centre, theta]) if self.intercept else theta

    def to_user(self, theta: Array) -> tuple[Array, Array]:
        """Return ``coef``, shape (n_outputs, p), and ``intercept``, shape (n_outputs,), in the user's columns."""
        full = self.outputs(theta)
        if self.reference is not None:
            full = full - full.mean(axis=1, keepdims=True)
        coef = (full[int(self.intercept) :] * self.scale[:, None]).T
        if not self.intercept:
            return coef, np.zeros(self.n_outputs)
        return coef, full[0] - coef @ self.centre
