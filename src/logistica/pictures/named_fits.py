"""Fits with names, however they are given: one, several, a list, or a mapping from names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from logistica.core.errors import OptionError
from logistica.pictures.scene import fitted_of
from logistica.prediction.fitted import Fitted


def named_fits(fits: Sequence[Any], names: Sequence[str] | None) -> dict[str, Fitted]:
    """Return fits by name, in their order.

    Each of ``fits`` is a fit, several in anything to iterate over, or a mapping from names to fits. A fit without a
    name gets that of its solver, with a number where several have the same; one alone has none, "".
    """
    pairs = [pair for given in fits for pair in _pairs(given)]
    if not pairs:
        raise OptionError("there must be at least one fit: pass a model, several, a list of them, or a dict by name")
    own = [name for name, _ in pairs]
    found = [fitted_of(model) for _, model in pairs]
    if names is None:
        shown = _numbered(own, [fitted.fit.options.settings.name for fitted in found])
    else:
        shown = _asked(names, own)
    twice = [name for name, count in Counter(shown).items() if count > 1]
    if twice:
        raise OptionError(f"the name {twice[0]!r} is given to more than one fit: each needs a name of its own")
    return dict(zip(shown, found, strict=True))


def _pairs(given: Any) -> Iterator[tuple[str | None, Any]]:
    if isinstance(given, Mapping):
        yield from ((str(name), model) for name, model in given.items())
    elif isinstance(given, Iterable) and not isinstance(given, str):
        yield from ((None, model) for model in given)
    else:
        yield None, given


def _asked(names: Sequence[str], own: Sequence[str | None]) -> list[str]:
    if any(name is not None for name in own):
        raise OptionError(f"names={names!r}: the fits of a dict have their names already; leave names= out")
    asked = [names] if isinstance(names, str) else list(map(str, names))
    if len(asked) != len(own):
        raise OptionError(f"names={names!r}: there must be one name for each fit, {len(own)} in all")
    return asked


def _numbered(own: Sequence[str | None], solvers: Sequence[str]) -> list[str]:
    """Return each fit's own name, or else its solver's."""
    if list(own) == [None]:
        return [""]
    count = Counter(solver for name, solver in zip(own, solvers, strict=True) if name is None)
    seen: Counter[str] = Counter()
    shown = []
    for name, solver in zip(own, solvers, strict=True):
        seen[solver] += name is None
        shown.append(name if name is not None else f"{solver} {seen[solver]}" if count[solver] > 1 else solver)
    return shown
