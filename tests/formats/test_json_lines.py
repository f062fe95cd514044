"""JSON lines: strict, typed whatever the order of keys and rows, every error with its line and key."""

import json
import time

import numpy as np
import pytest

from logistica.core.errors import DataError
from logistica.data import filebytes, jsonlines
from logistica.data.filebytes import FileBytes
from logistica.data.files import open_table, sniff
from tests.data.cases import case


def read(text):
    source = FileBytes("f", text.encode() if isinstance(text, str) else text)
    assert sniff(source) == "json-lines"
    return jsonlines.read(source).arrow


def use(text):
    """Read text, and then use every column."""
    table = open_table(FileBytes("f", text.encode() if isinstance(text, str) else text), "json-lines")
    return [table.column(name) for name in table.names]


REFUSED = {
    "no-json": ('{"a":1}\n{"a":1,}\n', None, "line 2: this is not JSON: .* at character 8. Write one object"),
    "cut-off": ('{"a":1}\n{"a":', None, "line 2: this is not JSON: expecting value at character 6"),
    "two-objects": ('{"a":1}{"a":2}\n', None, "line 1: this is not JSON: extra data at character 8"),
    "over-two-lines": ('{"a":\n1}\n', None, "line 1: this is not JSON"),
    "no-object": ('{"a":1}\n\n[1]\n', None, "line 3: a line that is no object"),
    "empty-object": ("{}\n", None, "line 1: an object without keys"),
    "missing-key": ('{"a":1,"b":2}\n{"a":1}\n', "b", "line 2, column 'b': the key 'b' is missing"),
    "new-key": ('{"a":1}\n{"a":1,"c":2}\n', "c", "line 2, column 'c': the key 'c' is new"),
    "repeated-key": ('{"a":1}\n{"a":1,"a":2}\n', "a", "line 2, column 'a': the key 'a' occurs twice"),
    "repeated-first": ('{"a":1,"a":1}\n', "a", "line 1, column 'a': the key 'a' occurs twice"),
    "nested-object": ('{"a":{"b":1}}\n', "a", "line 1, column 'a': a nested value"),
    "nested-array": ('{"a":1}\n{"a":[1]}\n', "a", "line 2, column 'a': a nested value"),
    "deep": ('{"a":' * 100_000, None, "line 1: values nested too deep"),
    "nan": ('{"a":1,"b":NaN}\n', "b", "line 1, column 'b': NaN is not a number in JSON"),
    "infinity-before-a-slip": ('{"a":Infinity} x\n', None, "line 1: Infinity is not a number in JSON"),
    "digits-before-a-slip": (f'{{"a":{"1" * 5000}}} x\n', None, "line 1: a whole number of thousands of digits"),
    "infinity": ('{"a":-Infinity}\n', "a", "line 1, column 'a': -Infinity is not a number in JSON"),
    "overflow": ('{"a":1}\n{"a":1e400}\n', "a", "line 2, column 'a': a number beyond the largest float64"),
    "digits": ('{"a":1}\n{"a":' + "1" * 5000 + "}", "a", "line 2, column 'a': a whole number of thousands of digits"),
    "identifier": ('{"a":1}\n{"a":' + "9" * 20 + "}", "a", "line 2, column 'a': the whole number 9+ has no float64"),
    "text-in-numbers": (
        '{"a":1}\n{"a":null}\n{"a":"NA"}',
        "a",
        "line 3, column 'a': text, 'NA', where a number stands",
    ),
    "number-in-text": ('{"a":"x"}\n{"a":1}', "a", "line 2, column 'a': a number, 1, where text stands"),
    "bool-in-numbers": ('{"a":1}\n{"a":true}', "a", "line 2, column 'a': true or false, True, where a number stands"),
    "surrogate": ('{"a":"x"}\n{"a":"\\ud800"}', "a", "line 2, column 'a': text with half of a surrogate pair"),
    "latin-1": (b'{"a":"x"}\n{"a":"\xe9"}', None, "line 2: byte 0xe9 at byte offset 16 is not UTF-8"),
    "nul": (b'{"a":"x"}\n\0', None, "line 2: a NUL byte at byte offset 10"),
}


@pytest.mark.parametrize(("text", "key", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("batch", [1, 10_000])
def test_refused_with_line_and_key(monkeypatch, text, key, message, batch):
    monkeypatch.setattr(jsonlines, "BATCH_ROWS", batch)
    with pytest.raises(DataError, match=f"^f, {message}") as caught:
        use(text)
    assert caught.value.column == key
    assert caught.value.remedy


def test_an_array_is_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"a JSON array, which is not read. Write JSON lines: one object on each line"):
        sniff(FileBytes("f", b' [\n{"a": 1}]'))


@pytest.mark.parametrize("batch", [1, 3, 10_000])
@pytest.mark.parametrize("piece_bytes", [1, 5, 1 << 20])
def test_types_depend_on_no_batch_and_no_order(monkeypatch, batch, piece_bytes):
    monkeypatch.setattr(jsonlines, "BATCH_ROWS", batch)
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    text = (
        '\ufeff{"a":1,"b":null,"c":"x\u2028","d":true,"e":null}\r\n'
        '\n{"e":null,"d":null,"c":null,"b":2,"a":9007199254740993}\r'
        ' {"a":0.5,"b":3,"c":"é","d":false,"e":null} \n'
    )
    table = read(text)
    assert table.to_pydict() == {
        "a": [1.0, 2.0**53, 0.5],
        "b": [None, 2, 3],
        "c": ["x\u2028", None, "é"],
        "d": [True, None, False],
        "e": [None] * 3,
    }
    assert [str(kind) for kind in table.schema.types] == ["double", "int64", "string", "bool", "null"]


def test_whole_numbers_at_the_end_of_64_bits():
    assert read('{"a":9223372036854775807}\n{"a":-9223372036854775808}')["a"].to_pylist() == [2**63 - 1, -(2**63)]
    assert read('{"a":9223372036854775808}\n{"a":1}')["a"].to_pylist() == [2.0**63, 1.0]


def test_numbers_come_back_bit_by_bit():
    values = (np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-150, 150).repeat(4)[:1000]).tolist()
    assert read("".join(json.dumps({"x": value}) + "\n" for value in values))["x"].to_pylist() == values


def test_an_error_found_later_names_the_line():
    source = FileBytes("f", b'\n{"a":1}\n\n{"a":2}\n')
    table = open_table(source, "json-lines")
    assert [table.origin.line(row) for row in (0, 1)] == [2, 4]


@pytest.mark.parametrize("_", [case(37, "json-lines-nested-deep", None)])
def test_hostile_nesting_takes_no_time(_):
    begun = time.perf_counter()
    with pytest.raises(DataError, match="nested"):
        use('{"a":' + "[" * 1_000_000)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("text", ["NaN", "[NaN]", "[[-Infinity]]", "1" * 5000, f"[{'1' * 5000}]"])
def test_a_line_that_is_no_object_is_refused_whatever_it_is(text):
    for source in (text, f'{{"a":1}}\n{text}'):
        with pytest.raises(DataError, match=r"line [12]: "):
            use(source)


def test_keys_in_another_order_are_looked_up_and_not_searched_for(monkeypatch):
    """2,000 keys in reverse: to look for each among all others would take 30 times as long as to read them in order."""
    monkeypatch.setattr(jsonlines, "read_plain", lambda *_: None)
    compared = 0

    class Key(str):
        __slots__ = ()

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    keys = [f"k{place}" for place in range(200)]
    text = f"{json.dumps(dict.fromkeys(keys, 1))}\n{json.dumps(dict.fromkeys(keys[::-1], 2))}\n"
    monkeypatch.setattr(jsonlines, "_first_names", lambda path, line, pairs: [Key(name) for name, _ in pairs])
    assert read(text).num_rows == 2
    assert compared < 20 * len(keys)
