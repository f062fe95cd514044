"""What a file that is no model looks like: for a message that helps whoever gave the wrong file."""

from __future__ import annotations

import codecs
import re

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (codecs.BOM_UTF8, "text with a byte order mark"),
    (codecs.BOM_UTF32_LE, "UTF-32 text"),
    (codecs.BOM_UTF32_BE, "UTF-32 text"),
    (codecs.BOM_UTF16_LE, "UTF-16 text"),
    (codecs.BOM_UTF16_BE, "UTF-16 text"),
)
_PICKLE_PROTOCOLS = range(2, 6)
_TAR_MARK = slice(257, 262)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_OPENINGS = {b"{": "JSON of another kind", b"[": "JSON of another kind", b"<": "XML or HTML"}
_SEPARATORS = {b",": "a CSV file", b";": "a CSV file", b"\t": "a TSV file"}


def looks_like(beginning: bytes) -> str:
    """Name the kind of file, with its article, by its first bytes (a few hundred serve best)."""
    if len(beginning) > 1 and beginning[0] == 0x80 and beginning[1] in _PICKLE_PROTOCOLS:
        return "a pickle, which can run any code and is never read"
    for mark, kind in _MARKS:
        if beginning.startswith(mark):
            return kind
    if beginning[_TAR_MARK] == b"ustar":
        return "a tar archive"
    return "binary data" if _CONTROL.search(beginning) else _kind_of_text(beginning)


def _kind_of_text(beginning: bytes) -> str:
    opening = beginning.lstrip()[:1]
    if opening in _OPENINGS:
        return _OPENINGS[opening]
    first_line = beginning.partition(b"\n")[0]
    return next((kind for separator, kind in _SEPARATORS.items() if separator in first_line), "plain text")
