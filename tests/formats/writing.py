"""One table written in every format and every archive."""

import bz2
import csv
import gzip
import io
import json

import numpy as np
import openpyxl
import pyarrow as pa
from pyarrow import feather, parquet

ROWS = 120


def table(rows=ROWS):
    """Whole numbers, numbers of at most 15 digits (as many as a workbook holds), truth values, text, and gaps."""
    rng = np.random.default_rng(20261121)
    age, dose = rng.integers(18, 80, rows), rng.normal(size=rows).round(9)
    city, member = rng.choice(["Bern", "Oslo", "Rome"], rows), rng.random(rows) < 0.5
    eta = 0.03 * (age - 50) + dose + (city == "Oslo") - member
    y = np.where(rng.random(rows) < 1 / (1 + np.exp(-eta)), "yes", "no")
    columns = {"age": age.tolist(), "dose": dose.tolist(), "city": city.tolist(), "member": member.tolist()}
    for gap, name in enumerate(columns):
        columns[name][10 * gap + 3] = None
    return pa.table({**columns, "y": y.tolist()})


def delimited(table, delimiter=",", decimal=".", line_end="\n", quote='"'):
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_MINIMAL if quote == '"' else csv.QUOTE_ALL
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quotechar=quote, quoting=quoting).writerow(
        table.column_names
    )
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quotechar=quote)
    for row in table.to_pylist():
        writer.writerow([cell(value, decimal) for value in row.values()])
    return text.getvalue().encode()


def cell(value, decimal="."):
    if value is None:
        return "NA"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).replace(".", decimal) if isinstance(value, float) else value


def json_lines(table):
    return "".join(f"{json.dumps(row)}\n" for row in table.to_pylist()).encode()


def json_lines_shuffled(table):
    lines = []
    for place, row in enumerate(table.to_pylist()):
        keys = list(row) if place == 0 else list(row)[::-1]
        lines.append(json.dumps({key: row[key] for key in keys}))
    return "\r\n".join(lines).encode()


def parquet_bytes(table, **options):
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def feather_bytes(table):
    sink = io.BytesIO()
    feather.write_feather(table, sink)
    return sink.getvalue()


def stream_bytes(table, chunk=None):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, chunk)
    return sink.getvalue()


def workbook_bytes(rows, *others):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name in others:
        book.create_sheet(name).append(["other"])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def workbook(table):
    return workbook_bytes([table.column_names, *(list(row.values()) for row in table.to_pylist())])


def encoded(table):
    """The same with dictionaries for text, one with unused and repeated chunks."""
    city = table["city"].dictionary_encode()
    return table.set_column(table.column_names.index("city"), "city", city)


FORMATS = {
    "comma": delimited,
    "crlf": lambda t: delimited(t, line_end="\r\n"),
    "cr": lambda t: delimited(t, line_end="\r"),
    "tab": lambda t: delimited(t, "\t"),
    "semicolon": lambda t: delimited(t, ";"),
    "semicolon-decimal-comma": lambda t: delimited(t, ";", decimal=","),
    "tab-decimal-comma": lambda t: delimited(t, "\t", decimal=","),
    "bar": lambda t: delimited(t, "|"),
    "space": lambda t: delimited(t, " "),
    "colon": lambda t: delimited(t, ":"),
    "caret": lambda t: delimited(t, "^"),
    "unit-separator": lambda t: delimited(t, "\x1f"),
    "apostrophes": lambda t: delimited(t, "\t", quote="'"),
    "byte-order-mark": lambda t: b"\xef\xbb\xbf" + delimited(t),
    "comments": lambda t: b"# one\n\n" + delimited(t).replace(b"\n", b'\n# it\'s "so"\n'),
    "json-lines": json_lines,
    "json-lines-shuffled": json_lines_shuffled,
    "parquet": parquet_bytes,
    "parquet-groups": lambda t: parquet_bytes(t, row_group_size=7),
    "parquet-dictionary": lambda t: parquet_bytes(encoded(t)),
    "feather": feather_bytes,
    "feather-dictionary": lambda t: feather_bytes(encoded(t)),
    "stream": stream_bytes,
    "stream-batches": lambda t: stream_bytes(encoded(t), 7),
    "workbook": workbook,
}


def zstd(data):
    return pa.Codec("zstd").compress(data, asbytes=True)


def halves(compress):
    return lambda data: compress(data[: len(data) // 2]) + compress(data[len(data) // 2 :])


ARCHIVES = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip-members": halves(gzip.compress),
    "bzip2": bz2.compress,
    "bzip2-members": halves(bz2.compress),
    "zstd": zstd,
    "zstd-frames": halves(zstd),
}
