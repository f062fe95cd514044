"""What the name of an output says: the format of the rows and the archive around it. Importing this loads nothing.

Input is told by content, never by its name; output has no content yet, so that its name decides. A name without a
suffix that is known asks for the input's own format, and for no compression.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec

from logistica.core.errors import OptionError

ARCHIVES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd", ".zstd": "zstd"}
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "delimited"),
    **dict.fromkeys((".jsonl", ".ndjson"), "json-lines"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".feather", ".arrow", ".ipc"), "feather"),
    ".arrows": "arrow-stream",
    ".xlsx": "excel",
}
DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
DOCUMENT = ".json"
UNWRITTEN = (
    *(".xls", ".xlsm", ".xlsb", ".ods", ".sav", ".dta", ".sas7bdat", ".rds", ".rdata", ".pkl", ".pickle", ".npy"),
    *(".npz", ".h5", ".hdf5", ".db", ".sqlite", ".html", ".xml", ".avro", ".orc", ".zip", ".7z", ".rar", ".tar"),
    *(".tgz", ".xz", ".lz4", ".lzma"),
)
BINARY = frozenset({"parquet", "feather", "arrow-stream", "excel"})
MOST_SHEET_ROWS = 1_048_575
_WRITTEN = (
    "Rows are written as .csv, .tsv, .jsonl, .parquet, .feather, .arrows or .xlsx, each also with .gz, .bz2 or .zst"
)


@dataclass(frozen=True)
class Destination:
    """Where rows go.

    Attributes
    ----------
    kind : str or None
        The format, as :func:`logistica.data.files.sniff` names it; None: that of the input.
    delimiter : str or None
        Of delimited text; None: that of the input.
    archive : str or None
        "gzip", "bzip2" or "zstd"; None: plain.
    """

    kind: str | None = None
    delimiter: str | None = None
    archive: str | None = None

    def check_rows(self, n_rows: int) -> None:
        """Raise an OptionError for more rows than the format holds."""
        if self.kind == "excel" and n_rows > MOST_SHEET_ROWS:
            raise OptionError(
                f"A sheet of a workbook holds {MOST_SHEET_ROWS:,} rows and their header; there are {n_rows:,} rows."
                " Name a .csv or .parquet file instead."
            )


def destination(path: str | None, *, document: bool = False) -> Destination:
    """Tell format and archive from the name of an output; standard output, None or "-", has the input's own format.

    ``document``: one JSON document is to be written, not rows.

    Raises
    ------
    OptionError
        For a suffix of a format that is not written, or not what is asked for, or that needs a library that is missing.
    """
    if path is None or path == "-":
        return Destination()
    stem, suffix = os.path.splitext(os.path.basename(path).lower())
    archive = ARCHIVES.get(suffix)
    if archive is not None:
        suffix = os.path.splitext(stem)[1]
    if document:
        if suffix in KINDS or suffix in UNWRITTEN:
            raise OptionError(f"--json writes one JSON document, and {path!r} names another format. End it in .json.")
        return Destination(archive=archive)
    if suffix == DOCUMENT:
        raise OptionError(
            f"{path!r} names a JSON document: ask for one with --json, or for rows as JSON lines with a name that ends"
            " in .jsonl."
        )
    if suffix in UNWRITTEN:
        raise OptionError(f"{path!r} names a format that is not written, {suffix}. {_WRITTEN}.")
    kind = KINDS.get(suffix)
    if kind == "excel" and find_spec("openpyxl") is None:
        raise OptionError(f"{path!r}: a workbook takes openpyxl. Install it with: pip install 'logistica[excel]'.")
    return Destination(kind, DELIMITERS.get(suffix), archive)
