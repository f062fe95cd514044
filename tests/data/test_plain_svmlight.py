"""The compiled reader of svmlight text: what the line-by-line parser reads, and nothing that is not plain."""

import random
import struct
import tracemalloc

import numpy as np
import pytest

from logistica.core import compiled
from logistica.core.errors import DataError
from logistica.data import plain_svmlight, svmlight
from logistica.data.filebytes import FileBytes
from logistica.data.svmlight_line import Bounds

needed = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")
ENDS = [b"\n", b"\r\n", b"\r"]
ANY = Bounds()


def by_lines(text, bounds=ANY):
    return svmlight._read_lines(svmlight._plain_lines(text), 1, "f", bounds)


def assert_same(one, other):
    for name in ("labels", "counts", "indices", "values"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes())


def some_number(rng):
    way = rng.random()
    if way < 0.3:
        return rng.choice(["0", "1", "-1", "+1", "1.5", "-0", ".5", "+.25", "1e5", "2E-3", "0.0"])
    if way < 0.6:
        return repr(rng.gauss(0, 10 ** rng.uniform(-20, 10)))
    if way < 0.8:
        return f"{rng.gauss(0, 1):.{rng.randint(1, 17)}g}"
    return repr(struct.unpack("d", struct.pack("Q", rng.randrange(1 << 52, 0x420 << 52)))[0])


def some_line(rng):
    if rng.random() < 0.1:
        return rng.choice(["", " \t", "# only this", " # \xe9:1"])
    blank = rng.choice([" ", "\t", "  ", " \t "])
    indices = sorted(rng.sample(range(1, 100_000_000), rng.randint(0, 20)))
    line = blank.join([some_number(rng), *(f"{index}:{some_number(rng)}" for index in indices)])
    return rng.choice(["", " "]) + line + rng.choice(["", "", " ", "\t#1:1 x", "# comment"])


def some_text(rng, n_lines, end=b"\n"):
    return end.join(some_line(rng).encode() for _ in range(n_lines)) + rng.choice([b"", end])


@needed
@pytest.mark.parametrize("end", ENDS)
def test_random_rows_are_those_of_the_line_by_line_parser(end):
    rng = random.Random(5)
    for n_lines in (0, 1, 2, 3, 50, 500):
        text = some_text(rng, n_lines, end)
        assert_same(plain_svmlight.read(text, ANY), by_lines(text))


@needed
def test_mutated_bytes_are_read_as_by_the_line_by_line_parser_or_left_to_it():
    rng = random.Random(6)
    read = 0
    for _ in range(4000):
        text = bytearray(some_text(rng, 3, rng.choice(ENDS)))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(text) + 1)
            text[place : place + rng.randint(0, 1)] = bytes([rng.choice(b"0123456789+-.eE:: \t\r\n#\0\x0c\xffnx")])
        found = plain_svmlight.read(bytes(text), ANY)
        if found is not None:
            assert_same(found, by_lines(bytes(text)))
            read += 1
    assert 500 < read < 3000


@needed
@pytest.mark.parametrize(
    "line",
    [
        b"1 2:1 1:1", b"1 1:1 1:2", b"1 01:1 1:1", b"1 -1:1", b"1 134217729:1", b"1 1234567890:1", b"1 1:", b"1 :1",
        b"1 1", b"1 1:1:1", b"1 1: 1", b"1:1", b"1 1:nan", b"1 1:inf", b"1 1:1e400", b"1 1:0x1", b"1 1:+-1",
        b"1 1:++1", b"1 1:+", b"1 1:-", b"1 qid:1", b"1 1:1\0", b"\0", b"1\x0c", b"1 1:1\xe9", b"9007199254740993 1:1",
        b"1 1:9007199254740992", b"+", b"-", b"1 1:1e", b"1 1:1.e", b"1,2", b"\xef\xbb\xbf1 1:1", b"1 +1:1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", [b"%b", b"1 1:1\n%b\n", b"1 1:1\r\n\r\n%b\r\n-1\r\n", b"1 1:1 #x\r%b # x\r1 2:3"])
def test_what_is_not_plain_is_left_to_others(line, around):
    assert plain_svmlight.read(around % line, ANY) is None


@needed
def test_indices_are_held_to_their_bounds():
    text = b"1 1:1 3:2\n"
    for bounds, plain in ((Bounds(0, 4), True), (Bounds(0, 3), False), (Bounds(1, 3), True), (Bounds(1, 2), False)):
        assert (plain_svmlight.read(text, bounds) is not None) == plain
    assert plain_svmlight.read(b"1 0:1\n", Bounds(1, 2)) is None
    assert plain_svmlight.read(b"1 0:1\n", Bounds()).indices.tolist() == [0]


@needed
def test_a_text_that_ends_anywhere_is_not_read_beyond():
    text = b"-1 7:12345678.12345678 8:0.123456789012345678 # 9"
    for length in range(len(text)):
        found = plain_svmlight.read(text[:length], ANY)
        if found is not None:
            assert_same(found, by_lines(text[:length]))


@pytest.mark.parametrize("way", ["compiled", "numpy", "lines"])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", [1 << 21, 100, 1])
def test_every_way_reads_the_same_from_chunks_of_any_size(monkeypatch, way, end, size):
    text = some_text(random.Random(7), 60, end)
    expected = by_lines(text)
    monkeypatch.setattr(svmlight, "CHUNK_BYTES", size)
    if way != "compiled":
        monkeypatch.setattr(plain_svmlight, "library", lambda: None)
    if way == "lines":
        monkeypatch.setattr(svmlight, "read_plain", lambda *_: None)
    found = svmlight.read(FileBytes("f", text))
    assert found.X.data.tobytes() == expected.values.tobytes()
    np.testing.assert_array_equal(found.X.indices, expected.indices - 1)
    np.testing.assert_array_equal(np.diff(found.X.indptr), expected.counts)
    np.testing.assert_array_equal(found.y, expected.labels)


@pytest.mark.parametrize("way", ["compiled", "numpy"])
@pytest.mark.parametrize("end", ENDS)
def test_the_first_wrong_line_of_several_chunks_is_named(monkeypatch, way, end):
    monkeypatch.setattr(svmlight, "CHUNK_BYTES", 64)
    if way == "numpy":
        monkeypatch.setattr(plain_svmlight, "library", lambda: None)
    lines = [b"1 1:1 2:2"] * 300
    lines[123] = lines[180] = lines[299] = b"1 1:x"
    with pytest.raises(DataError, match=r"^f, line 124: the value of '1:x'"):
        svmlight.read(FileBytes("f", end.join(lines)))


@needed
def test_memory_is_that_of_the_matrix(tmp_path):
    """Of what numpy holds at once; the text of a file is never in memory as a whole."""
    path = tmp_path / "big.svm"
    line = " ".join(["1", *(f"{index}:{index}.25" for index in range(1, 101))]).encode() + b"\n"
    path.write_bytes(line * 30_000)
    tracemalloc.start()
    try:
        X = svmlight.read(path).X
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.1 * (X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) + 8 * svmlight.CHUNK_BYTES
