"""Terms as sets of variables, held as bits, so that thousands of them are joined and told apart at once."""

from __future__ import annotations

from collections.abc import Iterable

MARK = 60
"""Bits below those of the variables. Python's hash of a power of two takes only 61 values; marked, each has its own."""

Terms = dict[int, None]
"""Terms in their order, each once."""


def member(place: int) -> int:
    """Return the term of one variable: its bit, and a mark that depends on it alone, so that terms join by ``|``."""
    return 1 << (place + MARK) | (place + 1) * 0x9E3779B97F4A7C15 % (1 << MARK)


def together(terms: Iterable[int]) -> int:
    """Return the term of all variables of some terms."""
    every = 0
    for term in terms:
        every |= term
    return every


def size_of(term: int) -> int:
    """Return the number of a term's variables."""
    return (term >> MARK).bit_count()


def places_in(term: int) -> tuple[int, ...]:
    """Return the places of a term's variables, ascending."""
    places = []
    bits = term >> MARK
    while bits:
        low = bits & -bits
        places.append(low.bit_length() - 1)
        bits ^= low
    return tuple(places)
