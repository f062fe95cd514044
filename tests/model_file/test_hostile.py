"""Row 37: model files made to do harm, with the right length and checksum where that helps them."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logistica.core.errors import ModelFileError
from logistica.core.schema import Fields
from logistica.core.strict_json import DEEPEST, MOST_CONTAINERS
from logistica.prediction import model_file
from tests.model_file.example import CONTENT, DATA, read_bytes, sealed

ROOT = Path(__file__).parents[2]


def refused(data: bytes) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_bytes(data)
    message = str(caught.value)
    assert len(message) < 500
    return message


def test_the_attackers_envelope_is_otherwise_valid():
    assert read_bytes(sealed(b'{"a": [1, -2.5e-3, "\\u00e9", true, null]}')) == {"a": [1, -0.0025, "é", True, None]}


HOSTILE_CONTENT = {
    "nested-1e5-deep-lists": (
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        f"more than {DEEPEST} deep",
    ),
    "nested-1e5-deep-objects": (b'{"a": ' * 100_000 + b"0" + b"}" * 100_000, f"more than {DEEPEST} deep"),
    "nested-1e5-deep-unclosed": (b'{"a": ' + b"[" * 100_000, f"more than {DEEPEST} deep"),
    "1e6-digit-integer": (b'{"a": ' + b"9" * 1_000_000 + b"}", "has 1,000,000 characters"),
    "1e6-digit-negative-integer": (b'{"a": -' + b"9" * 1_000_000 + b"}", "has 1,000,001 characters"),
    "1e6-digit-float": (b'{"a": 0.' + b"1" * 1_000_000 + b"}", "has 1,000,002 characters"),
    "1e6-digit-exponent": (b'{"a": 1e' + b"1" * 1_000_000 + b"}", "has 1,000,002 characters"),
    "integer-beyond-64-bits": (b'{"a": 18446744073709551616}', "beyond 64 bits"),
    "NaN-token": (b'{"a": NaN}', "the token NaN is not JSON"),
    "Infinity-token": (b'{"a": [1.0, Infinity]}', "the token Infinity is not JSON"),
    "minus-Infinity-token": (b'{"a": -Infinity}', "the token -Infinity is not JSON"),
    "float-overflow": (b'{"a": 1e400}', "the number 1e400 is beyond the range of float64"),
    "float-underflow": (b'{"a": -1.5E-400}', "the number -1.5E-400 is beyond the range of float64"),
    "duplicate-keys": (b'{"coef": [1.0], "coef": [2.0]}', "the key 'coef' stands twice"),
    "duplicate-keys-inside": (b'{"a": [{"b": 1, "c": 2, "\\u0062": 3}]}', "the key 'b' stands twice"),
    "duplicate-keys-long": (b'{"%s": 1, "%s": 2}' % (b"k" * 10**6, b"k" * 10**6), "stands twice"),
    "a-million-lists": (
        b'{"a": [' + b"[]," * MOST_CONTAINERS + b"[]]}",
        "more than 1,000,000 lists and objects",
    ),
    "a-second-value": (b'{}, "content": {"coef": [1.0]}', "extra data"),
    "an-early-end": (b'{}}\n{"content": {}', "extra data"),
    "no-object": (b"[1.0]", "its content is not an object with named fields"),
    "null": (b"null", "its content is not an object with named fields"),
    "comment": (b'{"a": 1 /* ok */}', "expecting ',' delimiter"),
    "trailing-comma": (b'{"a": 1,}', "property name"),
    "single-quotes": (b"{'a': 1}", "property name"),
    "hexadecimal": (b'{"a": 0x10}', "expecting ',' delimiter"),
    "leading-zero": (b'{"a": 010}', "expecting ',' delimiter"),
    "unclosed-text": (b'{"a": "' + b'\\"' * 100_000, "unterminated string"),
    "control-character": (b'{"a": "\x00"}', "control character"),
    "not-ascii": ('{"a": "ü"}'.encode(), "is not ASCII"),
    "not-utf-8": (b'{"a": "\xff"}', "is not ASCII"),
    "cut-inside-an-escape": (b'{"a": "\\u12', "uXXXX escape"),
}


@pytest.mark.parametrize(
    ("content", "message"),
    [pytest.param(*case, id=f"nasty-37-{name}") for name, case in HOSTILE_CONTENT.items()],
)
def test_hostile_content_is_refused_in_bounded_time(content, message):
    data = sealed(content)
    start = time.perf_counter()
    assert message in refused(data)
    assert time.perf_counter() - start < 5


HOSTILE_ENVELOPE = {
    "version-zero": sealed(b"{}", format_version=b"0"),
    "version-negative": sealed(b"{}", format_version=b"-1"),
    "version-not-a-number": sealed(b"{}", format_version=b'"1"'),
    "version-of-1e6-digits": sealed(b"{}", format_version=b"1" * 1_000_000),
    "maker-with-a-terminal-escape": sealed(b"{}", format_version=b"2", made_by=b'"\x1b[2J"'),
    "maker-of-1e6-letters": sealed(b"{}", made_by=b'"' + b"x" * 1_000_000 + b'"'),
    "length-zero": sealed(b"{}", content_bytes=b"0"),
    "length-negative": sealed(b"{}", content_bytes=b"-2"),
    "length-too-short": sealed(b"{  }", content_bytes=b"2"),
    "length-too-long": sealed(b"{}", content_bytes=b"3"),
    "length-of-1e6-digits": sealed(b"{}", content_bytes=b"9" * 1_000_000),
    "no-comma-after-the-content": sealed(b"{}", after=b" \n"),
    "checksum-of-nothing": DATA[:-67] + b"0" * 64 + DATA[-3:],
    "checksum-in-capitals": DATA[:-67] + DATA[-67:-3].upper() + DATA[-3:],
}


@pytest.mark.parametrize("data", [pytest.param(data, id=f"nasty-37-{name}") for name, data in HOSTILE_ENVELOPE.items()])
def test_a_hostile_envelope_is_refused(data):
    assert "\x1b" not in refused(data)


class Trap:
    """Unpickling this leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    "protocol",
    [pytest.param(p, id=f"nasty-37-pickle-protocol-{p}") for p in range(pickle.HIGHEST_PROTOCOL + 1)],
)
def test_a_pickle_is_never_run(tmp_path, protocol):
    path = tmp_path / "m.json"
    path.write_bytes(pickle.dumps(Trap(os.fspath(tmp_path / "sprung")), protocol=protocol))
    with pytest.raises(ModelFileError, match="not a logistica model file"):
        model_file.read(path)
    assert list(tmp_path.iterdir()) == [path]


def archive_with_traversal() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../escaped.json", DATA)
    return stream.getvalue()


def archive_with_symlink() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("m.json")
        link.type, link.linkname = tarfile.SYMTYPE, "../escaped.json"
        archive.addfile(link)
    return stream.getvalue()


ARCHIVES = {
    "archive-with-dot-dot": archive_with_traversal(),
    "archive-with-a-symlink": archive_with_symlink(),
    "zip-bomb": gzip.compress(bytes(50_000_000), compresslevel=9),
}


@pytest.mark.parametrize("data", [pytest.param(d, id=f"nasty-37-{name}") for name, d in ARCHIVES.items()])
def test_an_archive_is_never_opened(tmp_path, data):
    path = tmp_path / "inner" / "m.json"
    path.parent.mkdir()
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(ModelFileError, match=r"looks like (a zip|a tar|gzip)"):
        model_file.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    assert list(tmp_path.rglob("*")) == [path.parent, path]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((10**9, 10**9), id="nasty-37-shape-1e9-by-1e9"),
        pytest.param((-1, -1), id="nasty-37-shape-negative"),
        pytest.param((2**63, 0), id="nasty-37-shape-overflow"),
    ],
)
def test_a_declared_shape_allocates_nothing(shape):
    content = read_bytes(sealed(b'{"shape": [%d, %d], "covariance": [[1.0]]}' % shape))
    rows, columns = content["shape"]
    tracemalloc.start()
    with pytest.raises(ModelFileError, match=r"^model\.covariance has 1 entries; .* were expected"):
        Fields(content).matrix("covariance", (rows, columns))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize("announced", [pytest.param(b"999999999999", id="nasty-37-oversized-announced")])
def test_an_announced_size_beyond_the_limit_is_refused_unread(announced):
    class OnlyTheBeginning(io.BytesIO):
        taken = 0

        def read(self, size=-1):
            self.taken += size
            return super().read(size)

    stream = OnlyTheBeginning(sealed(b'{"a": 1}' + b" " * 10**6, content_bytes=announced))
    with pytest.raises(ModelFileError, match="announces 1,000,000,000,"):
        model_file.read_stream(stream, "'upload'")
    assert stream.taken <= 8192


def test_a_caller_may_set_a_smaller_limit():
    assert read_bytes(DATA, len(DATA)) == CONTENT
    with pytest.raises(ModelFileError, match="bytes, more than the"):
        read_bytes(DATA, len(DATA) - 1)


def test_an_announced_size_that_is_not_there_takes_no_memory():
    data = sealed(b"{}", content_bytes=b"900000000")
    tracemalloc.start()
    assert "cut short" in refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no endless device here")
def test_an_endless_file_is_left_at_its_first_bytes():
    with pytest.raises(ModelFileError, match="binary data"):
        model_file.read("/dev/zero")


def test_names_are_data_never_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = {"../escaped": {"/etc/passwd": ["$(touch x)", "file:///etc/passwd", "con", "..\\x"]}}
    model_file.write("m.json", content)
    assert model_file.read("m.json") == content
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


def test_deep_nesting_is_refused_close_to_the_recursion_limit_too():
    code = (
        "import sys, io\n"
        "from logistica.prediction import model_file\n"
        "from tests.model_file.example import sealed\n"
        "data = sealed(b'{\"a\": ' + b'[' * 100000 + b']' * 100000 + b'}')\n"
        "sys.setrecursionlimit(120)\n"
        "try: model_file.read_stream(io.BytesIO(data), 'm')\n"
        "except model_file.ModelFileError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "nested more than" in done.stdout


def outcome(data: bytes) -> object:
    try:
        return read_bytes(data)
    except ModelFileError as error:
        return error


FRAGMENTS = st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"1e", b"-", b"NaN", b"null", b" ", b"9"])


@given(st.binary(max_size=300))
@example(b"{")
@settings(derandomize=True, deadline=None, max_examples=300)
def test_random_bytes_are_refused(data):
    refused(data)


@given(st.lists(FRAGMENTS, max_size=30).map(b"".join) | st.binary(max_size=60))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_random_content_in_a_sound_envelope_is_refused_or_a_dict(content):
    assert isinstance(outcome(sealed(content)), dict | ModelFileError)


@given(st.integers(0, len(DATA)), st.integers(0, len(DATA)), st.binary(max_size=20))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_random_splices_are_refused(first, second, inserted):
    data = DATA[:first] + inserted + DATA[second:]
    if data != DATA:
        refused(data)
