"""Reading bytes: gzip by content, damage, expansion, what is no file; telling svmlight from a table."""

import gzip
import io
import os
import random
import threading
import types
from pathlib import Path

import pytest

from logistica.core.errors import DataError, FileAccessError
from logistica.data import compression, files

TEXT = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(2000))


def write(folder, data: bytes, name: str = "t.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t"])
@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:777]) + gzip.compress(b"") + gzip.compress(TEXT[777:]),
        gzip.compress(TEXT) + bytes(512),
    ],
    ids=["plain", "gzip", "members", "padded"],
)
def test_gzip_is_told_by_content(tmp_path, name, data):
    path = write(tmp_path, data, name)
    assert (files.read_bytes(path).path, files.read_bytes(path).data) == (path, TEXT)
    assert files.read_table(path)[0].num_rows == 2000


def test_many_members_of_incompressible_bytes():
    content = random.Random(0).randbytes(300_000)
    data = b"".join(gzip.compress(content[i : i + 1000]) for i in range(0, len(content), 1000))
    assert compression.decompressed(files.FileBytes("t", data), "gzip") == content


def test_gzip_cut_off_at_every_byte_is_refused(tmp_path):
    whole = gzip.compress(TEXT[:200])
    for length in range(2, len(whole)):
        with pytest.raises(DataError, match=r"t\.csv: the gzip data end too early.*again"):
            files.read_bytes(write(tmp_path, whole[:length]))


def test_gzip_cut_off_in_its_second_member_is_refused(tmp_path):
    with pytest.raises(DataError, match="cut off"):
        files.read_bytes(write(tmp_path, gzip.compress(TEXT) + gzip.compress(TEXT)[:-1]))


def test_damaged_gzip_is_refused(tmp_path):
    whole = bytearray(gzip.compress(TEXT))
    whole[len(whole) // 2] ^= 1
    with pytest.raises(DataError, match=r"t\.csv: the gzip data (are damaged|end too early)"):
        files.read_bytes(write(tmp_path, bytes(whole)))


def test_what_follows_gzip_data_is_not_ignored(tmp_path):
    with pytest.raises(DataError, match="bytes that are not gzip follow"):
        files.read_bytes(write(tmp_path, gzip.compress(TEXT) + b"1,2\n"))


def test_expansion_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(compression, "EXPANSION_FREE", 1 << 20)
    bomb = gzip.compress(bytes(40 << 20))
    with pytest.raises(DataError, match=r"expand to more than .* over 200 times.*decompress the file"):
        files.read_bytes(write(tmp_path, bomb))


def test_small_files_may_expand_as_they_like(tmp_path):
    assert len(files.read_bytes(write(tmp_path, gzip.compress(bytes(1 << 22)))).data) == 1 << 22


def test_what_is_no_file(tmp_path):
    with pytest.raises(FileAccessError, match=r"absent\.csv: there is no such file"):
        files.read_bytes(tmp_path / "absent.csv")
    with pytest.raises(FileAccessError, match="this is a directory"):
        files.read_bytes(tmp_path)
    with pytest.raises(FileAccessError, match="could not be read"):
        files.read_bytes(str(tmp_path / ("x" * 1000)))


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = write(tmp_path, TEXT)

    def refuse(*_):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(FileAccessError, match=r"t\.csv: no permission to read"):
        files.read_bytes(path)


def test_a_pipe(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    writer = threading.Thread(target=Path(path).write_bytes, args=(gzip.compress(TEXT),))
    writer.start()
    data = files.read_bytes(path).data
    writer.join()
    assert data == TEXT


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)], ids=["plain", "gzip"])
def test_standard_input(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(data)))
    source = files.read_bytes("-")
    assert (source.path, source.data) == ("standard input", TEXT)


def test_bytes_already_read_are_not_read_again():
    source = files.FileBytes("absent.csv", TEXT)
    assert files.read_bytes(source) is source


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 1:1 2:1\n", "svmlight"),
        ("\ufeff# made by x\n\n+1\t3:0.5 # c\n", "svmlight"),
        ("-1\n1\n-1 4:1\n", "svmlight"),
        ("3:1 4:1\n", "svmlight"),
        ("yes 3:1 4:1\n", "svmlight"),
        ("1 qid:4 3:1\n", "svmlight"),
        ("1 -3:1\n", "svmlight"),
        ("a,b\n1,2\n", "delimited"),
        ("a:b,c\n1,2\n", "delimited"),
        ("time 12:30:00,x\n", "delimited"),
        ("x\n1\n2\n", "delimited"),
        ("1\n2\n", "delimited"),
        ("a b:c\n1\n", "delimited"),
        ("a\tx:y\n1\t2\n", "delimited"),
        ("", "json-lines"),
        ("\n \n", "json-lines"),
        ("# only a comment\n", "delimited"),
    ],
)
def test_sniff(text, kind):
    assert files.sniff(files.FileBytes("t", text.encode())) == kind


def test_sniff_a_line_longer_than_its_window(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_WINDOW", 13)
    assert files.sniff(write(tmp_path, b"1 10:1 11:1 12:1 13:1\n")) == "svmlight"
    assert files.sniff(files.FileBytes("t", b"name_of_a_column,b\n1,2\n")) == "delimited"
