"""Archives: every truncation, every damage and every bomb is refused, and nothing of it is used."""

import bz2
import gzip
import os
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from logistica.core.errors import DataError, FileAccessError
from logistica.data import compression, filestore
from logistica.data.filebytes import FileBytes, read_bytes
from tests.data.cases import case
from tests.formats.writing import ARCHIVES, zstd

TEXT = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(500))
COMPRESS = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd}


def opened(tmp_path, data, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_bytes(path)


@pytest.mark.parametrize("kind", [case(33, f"magic-{kind}", kind) for kind in ARCHIVES])
@pytest.mark.parametrize("name", ["t.csv", "t.gz", "t.bz2", "t.zst", "t.xz"])
def test_the_content_tells_not_the_suffix(tmp_path, kind, name):
    assert opened(tmp_path, ARCHIVES[kind](TEXT), name).data == TEXT


@pytest.mark.parametrize("kind", [case(33, f"truncated-{kind}", kind) for kind in COMPRESS])
def test_cut_off_at_every_byte(tmp_path, kind):
    whole = COMPRESS[kind](TEXT)
    for length in range(10, len(whole)):
        with pytest.raises(DataError, match=rf"t\.csv: the {kind} data end too early: the file is cut off\. Copy"):
            opened(tmp_path, whole[:length])


@pytest.mark.parametrize("kind", [case(33, f"truncated-second-{kind}", kind) for kind in COMPRESS])
def test_cut_off_in_the_second_member(tmp_path, kind):
    whole = COMPRESS[kind](TEXT)
    for length in (len(whole) + len(whole) // 2, 2 * len(whole) - 1):
        with pytest.raises(DataError, match=f"the {kind} data end too early"):
            opened(tmp_path, (whole + whole)[:length])


@pytest.mark.parametrize("kind", [case(33, f"damaged-{kind}", kind) for kind in ("gzip", "bzip2")])
def test_a_flipped_bit_gives_an_error_or_the_same_content(kind):
    whole = COMPRESS[kind](TEXT)
    remedies = []
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        try:
            content = compression.decompressed(FileBytes("t", bytes(damaged)), kind)
        except DataError as error:
            remedies.append(error.remedy)
        else:
            assert content in {TEXT, b""} and place < 100  # noqa: PT018 - a time in the header, or no magic any more
    assert all(remedies)
    assert len(remedies) > len(whole) - 20


@pytest.mark.parametrize("_", [case(33, "damaged-zstd", None)])
def test_a_damaged_zstd_block_is_refused(_):
    """Arrow writes no checksum, so that not every flipped bit can be found; a block of impossible form is."""
    whole = bytearray(zstd(TEXT))
    whole[9:12] = b"\xff\xff\xff"
    with pytest.raises(DataError, match="the zstd data are damaged"):
        compression.decompressed(FileBytes("t", bytes(whole)), "zstd")


@pytest.mark.parametrize("kind", [case(33, f"garbage-{kind}", kind) for kind in COMPRESS])
def test_bytes_after_the_data_are_not_ignored(tmp_path, kind):
    with pytest.raises(DataError, match=f"bytes that are not {kind} follow"):
        opened(tmp_path, COMPRESS[kind](TEXT) + b"1,2 and more\n")


@pytest.mark.parametrize("kind", [case(33, f"bomb-{kind}", kind) for kind in COMPRESS])
def test_a_bomb_is_stopped(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(compression, "EXPANSION_FREE", 1 << 20)
    with pytest.raises(DataError, match=rf"the {kind} data .* expand to more than .* over 200 times.*decompress"):
        opened(tmp_path, COMPRESS[kind](bytes(64 << 20)))


@pytest.mark.parametrize("kind", [case(33, f"memory-{kind}", kind) for kind in COMPRESS])
def test_no_archive_becomes_larger_than_the_memory(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(compression, "machine_memory", lambda: 1000)
    with pytest.raises(DataError, match="more than 1,000 bytes, the memory there is"):
        opened(tmp_path, COMPRESS[kind](TEXT))


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)], ids=["nasty-33-fifo", "nasty-33-fifo-gzip"])
def test_what_does_not_fit_into_memory_goes_to_disk_and_leaves_nothing(tmp_path, monkeypatch, data):
    monkeypatch.setattr(filestore, "MEMORY_BYTES", 100)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=Path(path).write_bytes, args=(data,))
    writer.start()
    source = read_bytes(path)
    writer.join()
    assert source.data == TEXT
    assert b"".join(source.pieces(0, 7)) == TEXT
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("_", [case(33, "temporary-directory-full", None)])
def test_a_full_temporary_directory(tmp_path, monkeypatch, _):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", full)
    with pytest.raises(FileAccessError, match=r"No space left on device.*Set TMPDIR"):
        opened(tmp_path, gzip.compress(TEXT))


def append(path):
    with path.open("ab") as handle:
        handle.write(b"1,2\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        case(33, "growing", append, "the file was changed while it was read"),
        case(33, "shrinking", lambda path: os.truncate(path, 10), "the file was changed while it was read"),
    ],
)
def test_a_file_that_changes_while_it_is_read(tmp_path, change, message):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT)
    source = read_bytes(path)
    pieces = source.pieces(0, 100)
    next(pieces)
    change(path)
    with pytest.raises(DataError, match=message) as caught:
        list(pieces)
    assert caught.value.path == str(path)
    assert caught.value.remedy


@pytest.mark.parametrize("_", [case(33, "replaced", None)])
def test_a_file_that_is_replaced_is_read_as_it_was(tmp_path, _):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT)
    source = read_bytes(path)
    other = tmp_path / "other"
    other.write_bytes(b"x\n1\n")
    other.replace(path)
    assert source.data == TEXT


def test_a_library_finds_the_bytes_where_it_looks():
    handle = FileBytes("t", b"0123456789").opened()
    assert (handle.read(3), handle.tell()) == (b"012", 3)
    assert (handle.seek(-2, os.SEEK_END), handle.read()) == (8, b"89")
    assert pa.PythonFile(FileBytes("t", TEXT).opened(), mode="r").read() == TEXT
