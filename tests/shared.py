"""Where the reference data lie that come with the project's checkout, outside it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "shared"


def shared(*parts: str) -> Path:
    """A path under ../shared; skips the test with a reason where it is missing, and fails in CI."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        reason = f"the reference data {'/'.join(parts)} are not beside this checkout"
        if os.environ.get("LOGISTICA_REQUIRE_SHARED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
