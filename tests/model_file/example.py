"""A small but realistic content of a model file, and helpers to damage the file it makes."""

from __future__ import annotations

import io
from typing import Any

from logistica.core.envelope import tail
from logistica.prediction import model_file

CONTENT: dict[str, Any] = {
    "labels": {"dtype": "str", "classes": ["no", "yes"]},
    "recipe": {
        "kind": "table",
        "width": 3,
        "names": ["hours", "Größe", "../../rank"],
        "factors": {"../../rank": ["a", "b"]},
        "index_base": None,
    },
    "C": "inf",
    "fit_intercept": True,
    "intercept": [-4.077713435211123],
    "coef": [[1.5046454054204586, -0.0, 5e-324]],
    "covariance": [[1.1, 1e-300, 0.0], [1e-300, 1e308, -2.5], [0.0, -2.5, 0.1]],
    "rows": 12,
}

DATA = model_file.to_bytes(CONTENT)


def read_bytes(data: bytes, largest: int = model_file.LARGEST_FILE) -> dict[str, Any]:
    return model_file.read_stream(io.BytesIO(data), "'m.json'", largest)


def sealed(content: bytes, *, after: bytes = b",\n", **changed: bytes) -> bytes:
    """A model file around any bytes, with the right length and checksum, as an attacker would make it."""
    head = {
        "format_version": b"1",
        "made_by": b'"logistica 0.1.0"',
        "content_bytes": b"%d" % len(content),
        **changed,
    }
    lines = b"".join(b'  "%s": %s,\n' % (name.encode(), value) for name, value in head.items())
    body = b'{\n  "format": "logistica model",\n' + lines + b'  "content": ' + content + after
    return body + tail(body)
