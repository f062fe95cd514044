"""How far the optimum can be from here, in standard errors.

With gradient g, Hessian H and Newton decrement lambda = sqrt(g' H^-1 g), let rho be the largest value over rows x and
directions d with d' H d <= 1 of the range of x' d over the classes (for two classes |x' d|). The objective is
generalised self-concordant with that constant (Bach 2010, Electronic Journal of Statistics 4, 384-414, section 2): if
lambda * rho < 1 a finite optimum exists and lies within lambda / (1 - lambda * rho) of theta in the norm of H. A
coefficient's share of that norm is measured in its own standard errors, and twice the figure allows for the change of
the standard error itself on the way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, Factor, factorise, length
from logistica.data.source import Block
from logistica.engines.base import Largest, Workspace
from logistica.objective.linear import Dense, products_of_entries, read_exactly
from logistica.objective.objective import Derivatives, Objective, eta, longest_row
from logistica.objective.products import Products

Array = NDArray[np.float64]


class Certificate(NamedTuple):
    """What is known of the distance to the optimum.

    A named tuple: it unpacks in this order, and equals any tuple of the same values; NaN, though, equals no other NaN.

    Attributes
    ----------
    decrement : float
        lambda, the Newton decrement.
    radius : float
        An upper bound of rho, or rho itself where ``exact``.
    bound : float
        Each estimable coefficient lies within this many of its own standard errors of the optimum; inf where
        lambda * rho >= 1, and never less than the floor.
    floor : float
        What rounding in the gradient alone may amount to, in the same unit.
    exact : bool
        Whether the radius was computed over the rows instead of bounded by the columns' ranges.
    gap : float
        With an L1 penalty, where a Newton step says nothing: the duality gap, the most by which the objective can be
        above its minimum, as a share of the objective. NaN otherwise.
    """

    decrement: float
    radius: float
    bound: float
    floor: float
    exact: bool
    gap: float = float("nan")

    @property
    def in_rounding(self) -> bool:
        """Whether the decrement is no more than what rounding alone may make."""
        return self.decrement <= self.floor < math.inf


def rescaled(certificate: Certificate, factor: float) -> Certificate:
    """Return the certificate of the objective times factor^2, whose standard errors are smaller by ``factor``."""
    if factor == 1.0:
        return certificate
    return certificate._replace(
        decrement=certificate.decrement * factor,
        radius=certificate.radius / factor,
        bound=certificate.bound * factor,
        floor=certificate.floor * factor,
    )


def certify(decrement: float, radius: float, floor: float, *, exact: bool) -> Certificate:
    """Put the figures together; the true decrement may be larger than the computed one by its rounding."""
    product = (decrement + floor / 2.0) * radius
    bound = max(2.0 * decrement / (1.0 - product), floor) if product < 1.0 else np.inf
    return Certificate(decrement, radius, float(bound), floor, exact)


def certify_landing(before: Certificate, drift: float, doubt: float) -> Certificate:
    """Return the certificate of the point to which the full Newton step leads, without a look at it.

    Along a step that moves no row's predictors further apart than r the Hessian stays within factors exp(-r) and exp(r)
    of H (Bach 2010, section 2). So the gradient at its end, the integral of (H(t) - H) times the step, is no longer
    than lambda ((exp(r) - 1) / r - 1) in the norm of H^-1, which is less than lambda r / 2 exp(r). The bound is in the
    standard errors of before, which differ from those at the end by no more than a factor of exp(r / 2).

    Parameters
    ----------
    before : Certificate
        Of the point where the step starts.
    drift : float
        r, or a bound of it.
    doubt : float
        The share of the gradient that rounding in the factor of H may leave: see :func:`radius_rounding`.
    """
    if not drift < 1.0:
        return before._replace(bound=math.inf)
    grown = math.exp(drift / 2.0)
    decrement = before.decrement * (drift / 2.0 * grown**2 + doubt) * grown
    found = certify(decrement, before.radius * grown, before.floor * grown, exact=before.exact)
    return found._replace(bound=found.bound * grown)


def largest_drift(certificate: Certificate) -> float:
    """Return lambda * rho: no row's predictors are moved further apart by the full Newton step."""
    return (certificate.decrement + certificate.floor / 2.0) * certificate.radius


def decrement_to_land_from(tol: float, radius: float) -> float:
    """Return from what Newton decrement a full step is certain to lead within ``tol``, standard errors included."""
    share = tol / radius if radius > 0.0 else math.inf
    return 0.5 * min(share, math.sqrt(share))


def cheap_radius(inverse: Array, reach: Array, m: int) -> float:
    """Bound rho by the largest |z| of each column, ``reach``, shape (q,).

    ``inverse`` is H^-1, shape (q * m, q * m); aliased parameters hold zeros.
    """
    q = len(reach)
    blocks = np.abs(inverse).reshape(q, m, q, m)
    corner = np.einsum("i,iajb,j->ab", reach, blocks, reach) if m > 1 else reach @ blocks[:, 0, :, 0] @ reach
    if m == 1:
        return float(np.sqrt(corner))
    own = np.sqrt(np.diagonal(corner))
    top_two = np.sort(own)[-2:]
    return float(top_two.sum())


def exact_radius(objective: Objective, inverse: Array) -> float:
    """Compute rho, rounding apart, by one sweep over the rows; ``inverse`` as in :func:`cheap_radius`."""
    q, m = objective.shape
    blocks = inverse.reshape(q, m, q, m)
    pairs = [blocks[:, a, :, a] for a in range(m)]
    pairs += [
        blocks[:, a, :, a] + blocks[:, b, :, b] - blocks[:, a, :, b] - blocks[:, b, :, a]
        for a in range(m)
        for b in range(a)
    ]

    def kernel(block: Block, workspace: Workspace) -> Largest:
        z = read_exactly(objective.coordinates, block, workspace)
        return Largest(max(float(z.form_bounds(pair).max()) for pair in pairs))

    largest = objective.engine.sum(kernel, objective.source, objective.products_width).value
    return float(np.sqrt(max(largest, 0.0)))


def certify_by_ridge(at: Products, reach: Array, column_square: Array) -> Certificate:
    """Bound the distance by the ridge penalty alone, for Hessians too large to be factorised.

    The unpenalised intercept's block a of the Hessian is eliminated, with b its products with the other columns. What
    is left of these is at least the penalty R, of which the inverse is known. So with gradient (g0, g1)

        lambda^2 <= g0' a^-1 g0 + (g1 - b a^-1 g0)' R^-1 (g1 - b a^-1 g0),

    without an intercept |g| sqrt(C) in the user's columns. A direction d of length one in the norm of H moves no row's
    predictors apart by more than r, the largest z' R^-1 z, through the columns, and through the intercept by no more
    than the root of u' a^-1 u times 1 + r sqrt(W) / 2, with u a difference of two classes and W the sum of the weights,
    for no row's second derivative along d exceeds r^2 / 4. One sweep for the product, one for
    a, and one for r.

    Parameters
    ----------
    at : Products
        Of an objective with a ridge penalty on all columns, one class being the reference.
    reach, column_square : arrays, shape (q,)
        For each column of z the largest absolute value, and the weighted sum of squares.
    """
    penalty, gradient = at.objective.penalty, at.slope.gradient
    assert penalty is not None
    k, m = int(at.objective.coordinates.intercept), gradient.shape[1]
    strength, form = penalty.strength[k:], np.asarray(np.linalg.inv(penalty.metric), dtype=np.float64)
    slopes, variances = gradient[k:], np.outer(np.zeros(k + len(strength)), np.ones(m))
    variances[k:] = form.diagonal() / strength[:, None]
    longest = longest_row(at.objective, np.concatenate([np.zeros(k), 1.0 / strength]))
    square, radius = 0.0, math.sqrt(_widest(form) * longest)
    if k:
        factor = factorise(at.curvature())
        if factor is None:
            return Certificate(np.inf, np.inf, np.inf, np.inf, exact=False)
        inverse, direction = factor.inverse(), np.zeros_like(gradient)
        direction[0] = factor.solve(gradient[0])
        square = float(gradient[0] @ direction[0])
        slopes = slopes - at.times(direction)[1:]
        variances[0] = inverse.diagonal()
        radius += math.sqrt(_widest(inverse)) * (1.0 + radius * math.sqrt(at.objective.total_weight) / 2.0)
    square += float(np.sum((slopes @ form) * slopes / strength[:, None]))
    floor = rounding_floor(at, variances.reshape(-1), np.repeat(column_square, m), np.repeat(reach, m))
    return certify(math.sqrt(square), radius, floor * (1.0 + at.objective.coordinates.far), exact=False)


def _widest(form: Array) -> float:
    """Return the largest value of a quadratic form over classes against the reference, and against each other."""
    own = form.diagonal()
    return float(max(own.max(), (own[:, None] + own - 2.0 * form).max()))


def radius_rounding(factor: Factor) -> float:
    """Return by how much rounding in the Hessian may have made rho too small, a factor of at least 1.

    The inverse is as uncertain as the smallest pivot, which is known to about d epsilon (Higham 2002, Accuracy and
    Stability of Numerical Algorithms, theorem 10.3): where probabilities are all but 0 and 1 nothing of it may be left,
    and then nothing is known of rho.
    """
    share = 8.0 * len(factor.root) * EPSILON / factor.smallest_pivot()
    return 1.0 / (1.0 - share) if share < 1.0 else math.inf


def rounding_floor(at: Derivatives | Products, variances: Array, column_square: Array, reach: Array) -> float:
    """Estimate what rounding of the gradient amounts to, in standard errors.

    Each of its entries is a sum of products of a residual and a column, whose rounding is about epsilon times the sum
    of their absolute values: at most the root of the product of their sums of squares, and at most the sum of absolute
    residuals times the column's largest value.

    Parameters
    ----------
    variances : array, shape (q * m,)
        The diagonal of H^-1, zero for parameters that are not free.
    column_square, reach : arrays, shape (q * m,)
        For each parameter its column's sum of squares and largest absolute value.
    """
    noise = np.minimum(np.sqrt(at.residual_square * column_square), at.residual_sum * reach)
    return 4.0 * EPSILON * length(noise * np.sqrt(variances))


def exact_floor(objective: Objective, theta: Array, variances: Array) -> float:
    """Estimate by one sweep what :func:`rounding_floor` bounds, from the products of each row.

    A parameter that few rows determine, all of them with small residuals, has a large variance, but little rounding: a
    residual is right to about epsilon times its own size, times that of the terms of the row's predictors. Where sums
    are made from the entries of sparse rows, what is taken away for the centres is rounded besides.

    Parameters
    ----------
    theta : array, shape (q, m)
    variances : array, shape (q * m,)
        The diagonal of H^-1, zero for parameters that are not free.
    """
    coordinates = objective.coordinates
    full, free = coordinates.outputs(theta), coordinates.free_outputs
    k = int(coordinates.intercept)

    def kernel(block: Block, workspace: Workspace) -> Array:
        z = coordinates.rows(block, workspace)
        at = objective.loss.terms(eta(Dense(z), full, block), block.y, block.weights, free)
        sizes = np.abs(z)
        if products_of_entries(coordinates, block.design):
            sizes[:, k:] += 2.0 * np.abs(coordinates.centre * coordinates.scale)
        terms = sizes @ np.abs(full)
        if block.offset is not None:
            terms += np.where(np.isfinite(block.offset), np.abs(block.offset), 0.0)
        steps = 4.0 + 2.0 * terms.max(axis=1)
        return np.asarray(sizes.T @ (np.abs(at.residual) * steps[:, None]))

    noise = objective.engine.sum(kernel, objective.source, 2 * objective.width)
    return EPSILON * length(noise.reshape(-1) * np.sqrt(variances))
