"""Numbers as people read them: as many digits as mean something, "NA" for what does not exist."""

from __future__ import annotations

import math

MISSING = "NA"
SIGNIFICANT = 5
"""Digits that a standard error is shown with; its row follows."""
LARGEST_FIXED, MOST_DECIMALS = 1e7, 8


def like(value: float, std_error: float) -> str:
    """Return ``value`` to the decimal place of its standard error's fifth digit, or with five digits of its own."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return f"{value:+.0f}"
    measure = std_error if math.isfinite(std_error) and std_error > 0.0 else abs(value)
    if measure == 0.0:
        return "0"
    place = _exponent(measure) - SIGNIFICANT + 1
    if -place <= MOST_DECIMALS and max(abs(value), measure) < LARGEST_FIXED:
        return _unsigned_zero(f"{value:.{max(-place, 0)}f}")
    digits = min(max(_exponent(value) - place, 0), 14) if value else 0
    return f"{value:.{digits}e}"


def z_value(z: float) -> str:
    """Return a test statistic with three decimals."""
    if math.isnan(z):
        return MISSING
    return _unsigned_zero(f"{z:.3f}") if abs(z) < 1e5 else f"{z:.3e}"


def p_value(p: float) -> str:
    """Return a p-value with four decimals, or three digits where that is more."""
    if math.isnan(p):
        return MISSING
    if p < 1e-300:
        return "<1e-300"
    return f"{p:.4f}" if p >= 1e-3 else f"{p:.2e}"


def ratio(value: float, *, infinite: bool) -> str:
    """Return an odds ratio with five digits; one beyond float64 as a bound, one of an infinite estimate as inf or 0."""
    if math.isnan(value):
        return MISSING
    if infinite:
        return "inf" if value > 0.0 else "0"
    if value < 1e-300 or value > 1e300:
        return "<1e-300" if value < 1.0 else ">1e+300"
    if 1e-3 <= value < 1e6:
        return f"{value:.{max(SIGNIFICANT - 1 - _exponent(value), 0)}f}"
    return f"{value:.3e}"


def statistic(value: float, decimals: int = 4) -> str:
    """Return a log-likelihood or the like."""
    if math.isnan(value):
        return MISSING
    return _unsigned_zero(f"{value:.{decimals}f}") if abs(value) < 1e8 else f"{value:.10g}"


def count(value: float) -> str:
    """Return a number of rows, or a sum of weights."""
    return f"{value:,.0f}" if value == int(value) and value < 1e15 else f"{value:,.6g}"


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value)))


def _unsigned_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
