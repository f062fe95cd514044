"""Labels as text in files and on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from logistica.core.errors import OptionError
from logistica.data.columns import level_text

_BOOLEANS = ("true", "false")


def label_from(text: str, classes: Iterable[Any]) -> Any:
    """Return the class that is written as ``text``, a boolean in any case; OptionError where there is none."""
    by_text = {level_text(label): label for label in classes}
    spelled = text.lower() if text.lower() in _BOOLEANS else text
    for spelling in (text, spelled):
        if spelling in by_text:
            return by_text[spelling]
    close = get_close_matches(text, by_text, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    listed = ", ".join(list(by_text)[:20])
    raise OptionError(f"reference={text!r}: there is no such class; there are {listed}.{hint}")
