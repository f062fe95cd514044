"""What the terminal may be sent."""

from __future__ import annotations

import os


def plain_terminal() -> bool:
    """Whether standard error must not get colours or animation."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
