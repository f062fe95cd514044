"""What is written is read: exactly, always, in a file that people can read too."""

from __future__ import annotations

import json
import math
import os
import struct
import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.strict_json import DEEPEST
from logistica.core.version import VERSION
from logistica.prediction import model_file
from tests.model_file.example import CONTENT, DATA, read_bytes, sealed

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=())),
)
NAMES = st.text(st.characters(exclude_categories=()), max_size=5)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5))


def fingerprint(value: Any) -> Any:
    """Equal only for equal types, equal order of keys and equal bits."""
    if isinstance(value, dict):
        return [(key, fingerprint(item)) for key, item in value.items()]
    if isinstance(value, list):
        return ("list", [fingerprint(item) for item in value])
    return (type(value), struct.pack("<d", value) if isinstance(value, float) else value)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
@settings(derandomize=True, deadline=None)
def test_any_content_comes_back_exactly(content):
    data = model_file.to_bytes(content)
    assert fingerprint(read_bytes(data)) == fingerprint(content)
    assert model_file.to_bytes(read_bytes(data)) == data


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1))
@settings(derandomize=True, deadline=None)
def test_any_bit_pattern_of_a_finite_float_comes_back(patterns):
    floats = [struct.unpack("<d", struct.pack("<Q", pattern))[0] for pattern in patterns]
    floats = [number for number in floats if math.isfinite(number)]
    assert fingerprint(read_bytes(model_file.to_bytes({"x": floats}))) == fingerprint({"x": floats})


EXTREMES = [-0.0, 0.0, 5e-324, -5e-324, sys.float_info.min, sys.float_info.max, 1e308, 0.1, 1 / 3, 1e16, 1e22]


@pytest.mark.parametrize("number", EXTREMES, ids=repr)
def test_extreme_floats(tmp_path, number):
    model_file.write(tmp_path / "m.json", {"x": number})
    assert fingerprint(model_file.read(tmp_path / "m.json")) == fingerprint({"x": number})


def test_the_file_is_plain_json_in_ascii_with_one_key_a_line(tmp_path):
    path = tmp_path / "m.json"
    model_file.write(path, CONTENT)
    text = path.read_bytes().decode("ascii")
    whole = json.loads(text)
    assert list(whole) == ["format", "format_version", "made_by", "content_bytes", "content", "sha256"]
    assert whole["format"] == "logistica model"
    assert whole["made_by"] == f"logistica {VERSION}"
    assert whole["content"] == CONTENT
    assert '\n    "intercept": [-4.077713435211123],\n' in text
    assert '\n      "kind": "table",\n' in text


def test_a_thousand_terms_take_less_than_a_hundred_kilobytes():
    terms = 1000
    columns = {key: [math.sin(i + len(key)) for i in range(terms)] for key in ("coef", "std_error", "scale")}
    content = {"terms": [f"a_column_{i}" for i in range(terms)], **columns}
    assert len(model_file.to_bytes(content)) < 100_000


def test_the_written_form_is_pinned():
    content = {"a": [1, 2.0, None], "b": {"c": [[1.5], []], "d": {}, "e": "ü"}}
    assert DATA.startswith(b'{\n  "format": "logistica model",\n  "format_version": 1,\n  "made_by": "logistica ')
    text = (
        b'{\n    "a": [1,2.0,null],\n    "b": {\n      "c": [\n        [1.5],\n        []\n      ],\n'
        b'      "d": {},\n      "e": "\\u00fc"\n    }\n  }'
    )
    assert model_file.to_bytes(content) == sealed(text, made_by=b'"logistica %s"' % VERSION.encode())


def test_tuples_and_numpy_floats_are_written_as_what_they_mean():
    numpy = pytest.importorskip("numpy")
    content = {"t": (1, (2.5, "x")), "f": numpy.float64(0.1)}
    assert fingerprint(read_bytes(model_file.to_bytes(content))) == fingerprint({"t": [1, [2.5, "x"]], "f": 0.1})


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_deepest_nesting_that_is_read_is_written():
    content = {"x": nested(DEEPEST - 1)}
    assert read_bytes(model_file.to_bytes(content)) == content


UNWRITABLE = [
    pytest.param({"x": [1.0, math.nan]}, ValueError, r"\['x'\]\[1\]: nan", id="nan"),
    pytest.param({"x": math.inf}, ValueError, r"\['x'\]: inf", id="infinity"),
    pytest.param({"x": 2**64}, ValueError, r"\['x'\]: the integer 18446744073709551616 is beyond", id="integer"),
    pytest.param({"x": {"y": {1, 2}}}, TypeError, r"\['x'\]\['y'\]: set", id="set"),
    pytest.param({"x": b"bytes"}, TypeError, "bytes", id="bytes"),
    pytest.param({1: 2}, TypeError, "the key 1 is not text", id="key"),
    pytest.param({"x": nested(DEEPEST)}, ValueError, "nested more than", id="depth"),
    pytest.param([1.0], TypeError, "is a dict, not list", id="no-dict"),
]


@pytest.mark.parametrize(("content", "error", "message"), UNWRITABLE)
def test_what_json_cannot_hold_is_refused_before_anything_is_written(tmp_path, content, error, message):
    with pytest.raises(error, match=message):
        model_file.write(tmp_path / "m.json", content)
    assert not list(tmp_path.iterdir())


def test_a_model_that_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(model_file, "LARGEST_FILE", 1000)
    with pytest.raises(model_file.ModelFileError, match=r"more than the 1,000 .* Save it without its covariance"):
        model_file.write(tmp_path / "m.json", {"x": [0.5] * 1000})
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a POSIX thing")
def test_a_model_is_written_to_and_read_from_a_named_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=model_file.write, args=(pipe, CONTENT))
    writer.start()
    try:
        assert model_file.read(pipe) == CONTENT
    finally:
        writer.join()
    assert list(tmp_path.iterdir()) == [pipe]
