"""Newton's method for binary and multinomial logistic regression in decimal arithmetic: slow, plain, right.

Coefficients are contrasts with the reference class 0. Floats are taken for the binary numbers that they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np

DIGITS = 50
STOP = Decimal(10) ** -35  # of the Newton decrement; the step after it squares this
NEGLIGIBLE = Decimal(10) ** -30  # a pivot this small beside its diagonal is a dependent coefficient
MAX_STEPS = 200

Vector = list[Decimal]
Matrix = list[list[Decimal]]


@dataclass(frozen=True)
class DecimalFit:
    """An optimum to more than 30 digits.

    Attributes
    ----------
    coef : (K-1, q) contrasts with class 0
    std_error : (K-1, q) from the inverse of the Hessian, penalty included
    log_likelihood : Decimal, without the penalty and without any binomial constant
    objective : Decimal, log-likelihood minus penalty
    """

    coef: Matrix
    std_error: Matrix
    log_likelihood: Decimal
    objective: Decimal

    @property
    def estimate(self) -> np.ndarray:
        """``coef`` as float64, shape (K-1, q)."""
        return np.array([[float(value) for value in row] for row in self.coef])

    @property
    def error(self) -> np.ndarray:
        """``std_error`` as float64, shape (K-1, q)."""
        return np.array([[float(value) for value in row] for row in self.std_error])


@dataclass(frozen=True)
class _Problem:
    Z: Matrix
    codes: Sequence[int]
    n_classes: int
    weights: Vector
    offset: Matrix
    allowed: Sequence[Sequence[bool]]
    penalty: Matrix


def decimal_newton(Z, codes, *, n_classes=None, weights=None, offset=None, ridge=None, allowed=None) -> DecimalFit:
    """Maximise the log-likelihood minus penalty.

    Parameters
    ----------
    Z : (n, q) design, an intercept column included if one is wanted
    codes : (n,) class codes
    n_classes : default max(codes) + 1
    weights : (n,), default ones
    offset : (n, K), added to the linear predictor of every class; default zeros
    ridge : (q,) the 1/C of each column, 0 for an intercept; with two classes half its multiple of coef^2 is
        subtracted, with K > 2 that of the K rows of coefficients which sum to zero
    allowed : (n, K) bool; a class that is not allowed has probability zero in that row; default all
    """
    codes = [int(code) for code in codes]
    n_classes = n_classes or max(codes) + 1
    n, q = len(codes), len(Z[0])
    with localcontext() as context:
        context.prec = DIGITS
        problem = _Problem(
            Z=[[_decimal(value) for value in row] for row in Z],
            codes=codes,
            n_classes=n_classes,
            weights=[Decimal(1)] * n if weights is None else [_decimal(value) for value in weights],
            offset=_zeros(n, n_classes) if offset is None else [[_decimal(v) for v in row] for row in offset],
            allowed=[[True] * n_classes] * n if allowed is None else allowed,
            penalty=_penalty([Decimal(0)] * q if ridge is None else [_decimal(v) for v in ridge], n_classes),
        )
        theta, hessian = _maximise(problem)
        errors = [abs(v).sqrt() for v in _inverse_diagonal(hessian)]
        likelihood = _log_likelihood(problem, theta)
        return DecimalFit(
            coef=[theta[k * q : (k + 1) * q] for k in range(n_classes - 1)],
            std_error=[errors[k * q : (k + 1) * q] for k in range(n_classes - 1)],
            log_likelihood=likelihood,
            objective=likelihood - _half_square(problem.penalty, theta),
        )


def _maximise(problem: _Problem) -> tuple[Vector, Matrix]:
    theta = [Decimal(0)] * ((problem.n_classes - 1) * len(problem.Z[0]))
    value = _log_likelihood(problem, theta) - _half_square(problem.penalty, theta)
    for _ in range(MAX_STEPS):
        gradient, hessian = _derivatives(problem, theta)
        direction = _solve(hessian, gradient)
        decrement = sum(g * d for g, d in zip(gradient, direction, strict=True))
        step = Decimal(1)
        while True:
            trial = [t + step * d for t, d in zip(theta, direction, strict=True)]
            trial_value = _log_likelihood(problem, trial) - _half_square(problem.penalty, trial)
            if trial_value >= value or decrement < STOP:
                break
            step /= 2
        theta, value = trial, trial_value
        if decrement < STOP:
            return theta, _derivatives(problem, theta)[1]
    raise ArithmeticError(f"no optimum after {MAX_STEPS} Newton steps; is the problem separated?")


def _probabilities(problem: _Problem, theta: Vector, i: int) -> tuple[Vector, Decimal]:
    """Class probabilities of row i, and the logarithm of its own class's."""
    z, q = problem.Z[i], len(problem.Z[i])
    eta = [problem.offset[i][0]]
    for k in range(problem.n_classes - 1):
        dot = sum(a * b for a, b in zip(z, theta[k * q : (k + 1) * q], strict=True))
        eta.append(problem.offset[i][k + 1] + dot)
    top = max(e for e, yes in zip(eta, problem.allowed[i], strict=True) if yes)
    powers = [(e - top).exp() if yes else Decimal(0) for e, yes in zip(eta, problem.allowed[i], strict=True)]
    total = sum(powers)
    return [power / total for power in powers], eta[problem.codes[i]] - top - total.ln()


def _log_likelihood(problem: _Problem, theta: Vector) -> Decimal:
    rows = range(len(problem.codes))
    return sum((problem.weights[i] * _probabilities(problem, theta, i)[1] for i in rows), Decimal(0))


def _derivatives(problem: _Problem, theta: Vector) -> tuple[Vector, Matrix]:
    """Gradient of the objective and minus its Hessian."""
    q, outputs = len(problem.Z[0]), problem.n_classes - 1
    gradient = [-sum(a * b for a, b in zip(row, theta, strict=True)) for row in problem.penalty]
    hessian = [row[:] for row in problem.penalty]
    for i, z in enumerate(problem.Z):
        proba, _ = _probabilities(problem, theta, i)
        outer = [[a * b for b in z] for a in z]
        for k in range(outputs):
            residual = problem.weights[i] * ((problem.codes[i] == k + 1) - proba[k + 1])
            for a in range(q):
                gradient[k * q + a] += residual * z[a]
            for m in range(outputs):
                curvature = problem.weights[i] * proba[k + 1] * ((k == m) - proba[m + 1])
                for a in range(q):
                    row = hessian[k * q + a]
                    for b in range(q):
                        row[m * q + b] += curvature * outer[a][b]
    return gradient, hessian


def _penalty(ridge: Vector, n_classes: int) -> Matrix:
    q, outputs = len(ridge), n_classes - 1
    penalty = _zeros(q * outputs, q * outputs)
    for k in range(outputs):
        for m in range(outputs):
            share = Decimal(k == m) - (Decimal(1) / n_classes if n_classes > 2 else 0)
            for a in range(q):
                penalty[k * q + a][m * q + a] = ridge[a] * share
    return penalty


def _half_square(penalty: Matrix, theta: Vector) -> Decimal:
    rows = (t * sum(a * b for a, b in zip(row, theta, strict=True)) for t, row in zip(theta, penalty, strict=True))
    return sum(rows, Decimal(0)) / 2


def _factor(matrix: Matrix) -> Matrix:
    """Cholesky factor; a dependent coefficient gets a zero row and column, which fixes it at zero."""
    size = len(matrix)
    lower = _zeros(size, size)
    for j in range(size):
        pivot = matrix[j][j] - sum(value * value for value in lower[j][:j])
        if pivot <= NEGLIGIBLE * matrix[j][j]:
            lower[j] = [Decimal(0)] * size
            continue
        root = lower[j][j] = pivot.sqrt()
        for i in range(j + 1, size):
            dot = sum(a * b for a, b in zip(lower[i][:j], lower[j][:j], strict=True))
            lower[i][j] = (matrix[i][j] - dot) / root
    return lower


def _solve(matrix: Matrix, right: Vector) -> Vector:
    return _back(_factor(matrix), right)


def _back(lower: Matrix, right: Vector) -> Vector:
    size = len(right)
    out = [Decimal(0)] * size
    for i in range(size):
        if lower[i][i]:
            out[i] = (right[i] - sum(a * b for a, b in zip(lower[i][:i], out[:i], strict=True))) / lower[i][i]
    for i in reversed(range(size)):
        if lower[i][i]:
            out[i] = (out[i] - sum(lower[j][i] * out[j] for j in range(i + 1, size))) / lower[i][i]
    return out


def _inverse_diagonal(matrix: Matrix) -> Vector:
    lower, size = _factor(matrix), len(matrix)
    return [_back(lower, [Decimal(i == j) for j in range(size)])[i] for i in range(size)]


def _zeros(rows: int, columns: int) -> Matrix:
    return [[Decimal(0)] * columns for _ in range(rows)]


def _decimal(value: object) -> Decimal:
    return Decimal(value.item() if isinstance(value, np.generic) else value)
