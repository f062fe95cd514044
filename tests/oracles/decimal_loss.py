"""The softmax of one row in decimal arithmetic, written from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

DIGITS = 60
NEGLIGIBLE = Decimal(10) ** -25  # so small that four terms of the series of log(1 + x) hold all digits


def log_probabilities(eta: Sequence[float]) -> list[Decimal]:
    """Logarithms of the probabilities; one number stands for the two predictors (0, eta)."""
    row = [0.0, eta[0]] if len(eta) == 1 else list(eta)
    with localcontext() as context:
        context.prec = DIGITS
        top = row.index(max(row))
        below = [Decimal(e) - Decimal(row[top]) for e in row]
        rest = sum((power(d) for k, d in enumerate(below) if k != top), Decimal(0))
        logarithm = rest - rest**2 / 2 + rest**3 / 3 - rest**4 / 4 if rest < NEGLIGIBLE else (1 + rest).ln()
        return [d - logarithm for d in below]


def probabilities(eta: Sequence[float]) -> list[Decimal]:
    """The probabilities."""
    with localcontext() as context:
        context.prec = DIGITS
        return [power(value) for value in log_probabilities(eta)]


def power(exponent: Decimal) -> Decimal:
    """exp(exponent), and 0 where that is far below any float."""
    return exponent.exp() if exponent > -1500 else Decimal(0)
