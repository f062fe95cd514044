"""The solver's coordinates, and the way back to the user's.

A row x of the user's columns becomes z = (1, (x - centre) * scale), with scales that are powers of two, so that scaling
rounds nothing. Where there is an unpenalised intercept it absorbs the centres. The parameters are a matrix theta, shape
(q, m): a row for the intercept (if any) and for each column, a column for each free output. A softmax over K classes
has m = K - 1 free outputs: the contrasts with a reference class, whose predictor is zero. Then

    eta = z theta,    coef_j = scale_j * theta_j,    intercept = theta_0 - sum_j centre_j * coef_j,

with K coefficients a column that sum to zero for the softmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True)
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
    """

    centre: Array
    scale: Array
    intercept: bool
    n_outputs: int
    reference: int | None

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
        return self.n_rows, len(self.free_outputs)

    @cached_property
    def metric(self) -> Array:
        """The squared size of a row of theta as a quadratic form, shape (m, m); see the ridge penalty."""
        m = len(self.free_outputs)
        return np.eye(m) if self.reference is None else np.eye(m) - 1.0 / self.n_outputs

    def rows(self, block: Block, workspace: Workspace) -> Array:
        """Return the block's rows z, shape (n, q), in scratch memory."""
        z = workspace.array("z", block.n_rows, self.n_rows)
        columns = z[:, int(self.intercept) :]
        block.fill(columns)
        return self.transform(z)

    def transform(self, z: Array) -> Array:
        """Turn rows whose last p columns hold the user's x into z, in place."""
        columns = z[:, int(self.intercept) :]
        columns -= self.centre
        columns *= self.scale
        if self.intercept:
            z[:, 0] = 1.0
        return z

    def outputs(self, theta: Array) -> Array:
        """Return theta for all outputs, shape (q, n_outputs): zeros for the reference."""
        if self.reference is None:
            return theta
        full = np.zeros((self.n_rows, self.n_outputs))
        full[:, self.free_outputs] = theta
        return full

    def to_user(self, theta: Array) -> tuple[Array, Array]:
        """Return ``coef``, shape (n_outputs, p), and ``intercept``, shape (n_outputs,), in the user's columns."""
        full = self.outputs(theta)
        if self.reference is not None:
            full = full - full.mean(axis=1, keepdims=True)
        coef = (full[int(self.intercept) :] * self.scale[:, None]).T
        if not self.intercept:
            return coef, np.zeros(self.n_outputs)
        return coef, full[0] - coef @ self.centre
