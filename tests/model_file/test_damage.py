"""Row 36: truncated anywhere, any bit flipped, wrong magic, future version, wrong endian, missing field."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile

import pytest

from logistica.core import envelope
from logistica.core.errors import FileAccessError, LogisticaError, ModelFileError
from logistica.core.schema import Fields
from logistica.core.version import VERSION
from logistica.prediction import model_file
from tests.model_file.example import CONTENT, DATA, read_bytes, sealed


def refused(data: bytes) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_bytes(data)
    return str(caught.value)


@pytest.mark.parametrize("data", [pytest.param(DATA, id="nasty-36-truncated-at-every-byte")])
def test_every_truncation_is_an_error(data):
    for length in range(len(data)):
        message = refused(data[:length])
        assert message.startswith("'m.json': ")
        assert "cut short" in message or (length == 0 and "empty" in message)
        assert "Copy the file again" in message


@pytest.mark.parametrize("bit", [pytest.param(b, id=f"nasty-36-one-bit-flipped-bit-{b}") for b in range(8)])
def test_every_flipped_bit_is_an_error(bit):
    for position in range(len(DATA)):
        flipped = bytearray(DATA)
        flipped[position] ^= 1 << bit
        refused(bytes(flipped))


def test_every_added_removed_or_doubled_byte_is_an_error():
    for position in range(len(DATA)):
        refused(DATA[:position] + b" " + DATA[position:])
        refused(DATA[:position] + DATA[position + 1 :])
        refused(DATA[: position + 1] + DATA[position:])


def test_bytes_after_the_end_are_an_error():
    assert "bytes follow the end" in refused(DATA + b"\n")
    assert "bytes follow the end" in refused(DATA + DATA)


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("m.json", DATA)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("m.json"), io.BytesIO())
    return stream.getvalue()


OTHER_FILES = {
    "pickle": (pickle.dumps(CONTENT), "a pickle, which can run any code"),
    "pickle-protocol-0": (pickle.dumps(CONTENT, protocol=0), "plain text"),
    "zip": (zipped(), "a zip archive"),
    "gzip": (gzip.compress(DATA), "gzip data"),
    "bzip2": (bz2.compress(DATA), "bzip2 data"),
    "xz": (lzma.compress(DATA), "xz data"),
    "zstandard": (b"\x28\xb5\x2f\xfd" + DATA, "Zstandard data"),
    "tar": (tarred(), "a tar archive"),
    "numpy": (b"\x93NUMPY\x01\x00" + DATA, "a NumPy array"),
    "parquet": (b"PAR1" + DATA, "a Parquet file"),
    "csv": (b"admit,gre,gpa\n0,380,3.61\n", "a CSV file"),
    "csv-latin-1": ("größe,alter\n".encode("latin-1"), "a CSV file"),
    "csv-semicolon": (b"admit;gre\r\n0;380\r\n", "a CSV file"),
    "tsv": (b"admit\tgre\n0\t380\n", "a TSV file"),
    "svmlight": (b"-1 3:1 11:1\n", "plain text"),
    "xml": (b"<PMML/>", "XML or HTML"),
    "other-json": (b'{"coef": [1, 2]}', "JSON of another kind"),
    "json-list": (b"[1, 2]", "JSON of another kind"),
    "byte-order-mark": (b"\xef\xbb\xbfadmit,gre\n", "text with a byte order mark"),
    "noise": (bytes(range(256)), "binary data"),
}


@pytest.mark.parametrize(
    ("data", "kind"),
    [pytest.param(*case, id=f"nasty-36-wrong-magic-{name}") for name, case in OTHER_FILES.items()],
)
def test_other_files_are_named(data, kind):
    message = refused(data)
    assert f"this is not a logistica model file; it looks like {kind}" in message
    assert message.endswith("Give a file made by logistica's fit or save.")


def test_a_file_changed_by_an_editor_is_named():
    assert "changed after logistica wrote it" in refused(DATA.replace(b"\n", b"\r\n"))
    assert "changed after logistica wrote it" in refused(b" ".join(DATA.split()))
    assert "changed after logistica wrote it" in refused(b"\xef\xbb\xbf" + DATA)


TEXT = DATA.decode()
WRONG_ENDIAN = {
    "utf-16-le": (TEXT.encode("utf-16-le"), "binary data"),
    "utf-16-be": (TEXT.encode("utf-16-be"), "binary data"),
    "utf-16-le-marked": (b"\xff\xfe" + TEXT.encode("utf-16-le"), "UTF-16 text"),
    "utf-16-be-marked": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "UTF-16 text"),
    "utf-32-le-marked": (b"\xff\xfe\x00\x00" + TEXT.encode("utf-32-le"), "UTF-32 text"),
    "bytes-swapped-in-pairs": (bytes(DATA[i ^ 1] for i in range(len(DATA) // 2 * 2)), "JSON of another kind"),
}


@pytest.mark.parametrize(
    ("data", "kind"),
    [pytest.param(*case, id=f"nasty-36-wrong-endian-{name}") for name, case in WRONG_ENDIAN.items()],
)
def test_the_wrong_byte_order_is_an_error(data, kind):
    assert f"this is not a logistica model file; it looks like {kind}" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            sealed(b'{"a": 1}', format_version=b"9", made_by=b'"logistica 3.2"'), id="nasty-36-future-version"
        ),
        pytest.param(
            b'{\n  "format": "logistica model",\n  "format_version": 9,\n'
            b'  "made_by": "logistica 3.2",\n  "something": "else"\n}\n',
            id="nasty-36-future-version-with-another-layout",
        ),
    ],
)
def test_a_future_version_names_both_versions_and_the_remedy(data):
    assert refused(data) == (
        f"'m.json': the model was made by logistica 3.2 with format 9; this is logistica {VERSION}, "
        "which reads formats up to 1. Upgrade logistica."
    )


LINES = DATA.split(b"\n")
ENVELOPE = {"format": 1, "format_version": 2, "made_by": 3, "content_bytes": 4, "sha256": len(LINES) - 3}


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=f"nasty-36-missing-field-{name}") for name, line in ENVELOPE.items()]
)
def test_a_missing_line_of_the_envelope_is_an_error(line):
    refused(b"\n".join(LINES[:line] + LINES[line + 1 :]))


@pytest.mark.parametrize("name", [pytest.param(name, id=f"nasty-36-missing-field-{name}") for name in CONTENT])
def test_a_missing_field_of_the_content_is_named(name):
    content = read_bytes(model_file.to_bytes({key: value for key, value in CONTENT.items() if key != name}))
    with pytest.raises(ModelFileError, match=rf"^model\.{name} is missing\. Save the model again"):
        Fields(content).raw(name)


def test_a_missing_file_a_directory_and_an_impossible_name_are_no_model_errors(tmp_path):
    for path, message in [
        (tmp_path / "absent.json", "there is no such file"),
        (tmp_path, "this is a directory"),
        (tmp_path / ("x" * 300), "cannot be read: file name too long"),
        ("a\0b", "cannot be read: embedded null byte"),
    ]:
        with pytest.raises(FileAccessError, match=message) as caught:
            model_file.read(path)
        assert not isinstance(caught.value, ModelFileError)


def test_a_file_whose_reading_fails_half_way(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    path.write_bytes(DATA)

    def fail(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(envelope, "_take", fail)
    with pytest.raises(FileAccessError, match=r"m\.json' cannot be read: input/output error"):
        model_file.read(path)


def test_every_refusal_belongs_to_the_family():
    assert issubclass(ModelFileError, LogisticaError)
    assert issubclass(FileAccessError, LogisticaError)
