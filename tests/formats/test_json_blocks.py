"""Blocks of JSON lines read at once: only those of which Arrow's lenient reader says what the strict one says."""

import json

import numpy as np
import pyarrow as pa
import pytest

from logistica.data import filebytes, jsonlines
from logistica.data.filebytes import FileBytes
from logistica.data.jsonlines_block import read_plain

LEFT = {
    "nan": '{"a":1,"b":NaN}\n',
    "infinity": '{"a":Infinity,"b":1}\n',
    "overflow": '{"a":1e400,"b":1}\n',
    "large-among-fractions": '{"a":9007199254740993,"b":1}\n{"a":0.5,"b":1}\n',
    "beyond-64-bits": '{"a":9223372036854775808,"b":1}\n',
    "thousands-of-digits": '{"a":' + "1" * 5000 + ',"b":1}\n',
    "missing-key": '{"a":1,"b":2}\n{"a":1}\n',
    "missing-key-and-null-in-text": '{"a":"null","b":2}\n{"a":"x"}\n',
    "missing-key-and-null-in-escape": '{"a":"\\null","b":2}\n{"a":"x"}\n',
    "new-key": '{"a":1,"b":2}\n{"a":1,"b":2,"c":3}\n',
    "repeated-key": '{"a":1,"b":2,"a":3}\n',
    "nested": '{"a":[1],"b":2}\n',
    "nested-object": '{"a":{"c":1},"b":2}\n',
    "kinds": '{"a":1,"b":2}\n{"a":"x","b":2}\n',
    "two-on-a-line": '{"a":1,"b":2}{"a":1,"b":2}\n',
    "two-on-a-line-and-one-on-two": '{"a":1,"b":2}{"a":1,"b":2}\n{"a":1,\n"b":2}\n',
    "over-two-lines": '{"a":1,\n"b":2}\n',
    "blank-line": '{"a":1,"b":2}\n\n{"a":1,"b":2}\n',
    "no-object": '{"a":1,"b":2}\n[1]\n',
    "cut-off": '{"a":1,"b":2}\n{"a":',
    "trailing": '{"a":1,"b":2}}\n',
    "surrogate": '{"a":"\\ud800","b":2}\n',
}
TAKEN = {
    "numbers": '{"a":1,"b":2.5}\n{"a":-3,"b":1E5}\n',
    "shuffled": '{"a":1,"b":"x"}\n{"b":"y","a":2}\n',
    "nulls": '{"a":null,"b":true}\n{"a":1,"b":null}\n{"a":1,"b":null}',
    "escapes": '{"a":"\\u00e9\\n\\ud83d\\ude00","b":"{\\"}"}\n',
    "spaces": '{ "a" : 1 , "b" : 2 }\n',
    "whole-at-the-end": '{"a":9223372036854775807,"b":1}\n',
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("types", [{}, {"a": pa.float64(), "b": pa.int64()}, {"a": pa.string(), "b": pa.int64()}])
def test_what_is_odd_is_left_to_the_strict_reader(text, types):
    assert read_plain(text.encode(), ("a", "b"), types) is None


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_is_plain_is_what_python_reads(text):
    table = read_plain(text.encode(), ("a", "b"), {})
    assert table.select(["a", "b"]).to_pylist() == [json.loads(line) for line in text.splitlines()]


def test_text_that_looks_like_times_is_read_at_once_where_the_column_is_known_as_text():
    assert read_plain(b'{"a":"2020-01-01"}\n', ("a",), {}) is None
    table = read_plain(b'{"a":"2020-01-01"}\n', ("a",), {"a": pa.string()})
    assert table["a"].to_pylist() == ["2020-01-01"]


def test_an_ordinary_file_never_goes_line_by_line(monkeypatch):
    rng = np.random.default_rng(20261204)
    rows = [
        {"x": x, "n": int(n), "f": f, "d": "2021-03-04", "g": None if n == 3 else x}
        for x, n, f in zip(rng.normal(size=500).tolist(), rng.integers(9, size=500), "ab" * 250, strict=True)
    ]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    strict = []
    original = jsonlines._take_lines
    monkeypatch.setattr(jsonlines, "_take_lines", lambda *given: (strict.append(given[2]), original(*given)))
    monkeypatch.setattr(filebytes, "PIECE_BYTES", 5000)
    found = jsonlines.read(FileBytes("f", data))
    assert found.arrow.to_pylist() == rows
    assert strict == [1], "only the first block, which finds that d is text, not times"
    assert [found.origin.line(row) for row in (0, 250, 499)] == [1, 251, 500]
