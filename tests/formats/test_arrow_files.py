"""Parquet, Feather and Arrow streams: nulls, dictionaries, decimals, odd types, and every truncation."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import logistica
from logistica.core.errors import DataError
from logistica.data import arrowfiles
from logistica.data.filebytes import FileBytes
from logistica.data.opening import open_data
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import case
from tests.data.naive import filled
from tests.formats.writing import feather_bytes, parquet_bytes, stream_bytes

WRITE = {"parquet": parquet_bytes, "feather": feather_bytes, "arrow-stream": stream_bytes}
Y = [0, 1, 0, 1]


@pytest.fixture(params=WRITE)
def save(request, tmp_path):
    def saved(table, **options):
        path = tmp_path / "data"
        path.write_bytes(WRITE[request.param](table, **options))
        return path

    return saved


def cases(*names):
    return [case(35, name, name) for name in names]


@pytest.mark.parametrize("kind", cases("nulls-int", "nulls-float", "nulls-bool", "nulls-text"))
def test_nulls_are_missing_and_not_zero(save, kind):
    values = {"int": [1, None, 3, 4], "float": [1.5, None, 3.0, 4.0], "bool": [True, None, False, True]}
    values["text"] = ["a", None, "b", "a"]
    path = save(pa.table({"x": values[kind.removeprefix("nulls-")], "y": Y}))
    with pytest.raises(DataError, match="1 missing value, the first in row 1") as caught:
        read(path, target="y")
    assert (caught.value.path, caught.value.column, caught.value.line) == (str(path), "x", None)
    assert read(path, Preparation(missing="drop"), target="y").n_rows_dropped == 1


@pytest.mark.parametrize("kind", cases("dictionary", "dictionary-null", "dictionary-unused", "dictionary-integers"))
def test_dictionaries_are_factors(save, kind):
    city = {
        "dictionary": pa.array(["b", "a", "b", "c"]).dictionary_encode(),
        "dictionary-null": pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 2]), pa.array(["a", "b", "c"])),
        "dictionary-unused": pa.DictionaryArray.from_arrays(pa.array([1, 0, 1, 2]), pa.array(["a", "b", "c", "z"])),
        "dictionary-integers": pa.DictionaryArray.from_arrays(pa.array([1, 0, 1, 2]), pa.array([10, 20, 30])),
    }[kind]
    dataset = read(save(pa.table({"city": city, "y": Y})), Preparation(missing="drop"), target="y")
    sorted_levels = pd.Categorical(city.to_pylist(), categories=sorted({*city.to_pylist()} - {None}))
    same = read(pd.DataFrame({"city": sorted_levels, "y": Y}), Preparation(missing="drop"), target="y")
    np.testing.assert_array_equal(filled(dataset.source.design), filled(same.source.design))
    assert dataset.recipe.terms == same.recipe.terms


@pytest.mark.parametrize("digits", [case(35, f"decimal-{d}", d) for d in ("1.10", "0.1", "12345678901234567.25", "-7")])
def test_decimals_become_the_nearest_number(save, digits):
    exact = decimal.Decimal(digits)
    values = pa.array([exact, None, exact, decimal.Decimal(1)], pa.decimal128(30, 6))
    dataset = read(save(pa.table({"x": values, "y": Y})), Preparation(missing="drop"), target="y")
    assert filled(dataset.source.design)[0, 0] == float(exact)


ODD = {
    "nested-list": (pa.array([[1], [2], [3], [4]]), "values of type list"),
    "nested-struct": (pa.array([{"a": 1}] * 4), "values of type struct"),
    "nested-map": (pa.array([[("k", 1)]] * 4, pa.map_(pa.string(), pa.int64())), "values of type map"),
    "binary": (pa.array([b"1"] * 4), "values of type binary"),
    "date": (pa.array([datetime.date(2020, 1, 1)] * 4), "dates and times"),
    "timestamp": (pa.array([datetime.datetime(2020, 1, 1)] * 4), "dates and times"),
    "duration": (pa.array([datetime.timedelta(1)] * 4), "durations"),
}


@pytest.mark.parametrize(("values", "message"), [case(35, name, *each) for name, each in ODD.items()])
def test_other_types_are_refused_by_name(tmp_path, values, message):
    path = tmp_path / "data"
    path.write_bytes(stream_bytes(pa.table({"x": values, "y": Y})))
    with pytest.raises(DataError, match=f"column 'x': {message}.*Convert first") as caught:
        read(path, target="y")
    assert caught.value.path == str(path)


@pytest.mark.parametrize("_", cases("empty-row-groups"))
def test_empty_row_groups_are_no_rows(tmp_path, _):
    table = pa.table({"x": [1.0, 2.0, 3.0, 2.5], "y": Y})
    path = tmp_path / "data"
    with pa.OSFile(str(path), "wb") as sink, pa.parquet.ParquetWriter(sink, table.schema) as writer:
        for rows in (table[:0], table[:2], table[:0], table[2:], table[:0]):
            writer.write_table(rows)
    assert filled(read(path, target="y").source.design)[:, 0].tolist() == [1.0, 2.0, 3.0, 2.5]


@pytest.mark.parametrize("_", cases("no-rows"))
def test_no_rows(save, _):
    with pytest.raises(DataError, match="0 rows"):
        logistica.fit(save(pa.table({"x": pa.array([], pa.float64()), "y": pa.array([], pa.int64())})), target="y")


@pytest.mark.parametrize("_", [case(25, "duplicate-arrow-stream", None)])
def test_repeated_names(tmp_path, _):
    path = tmp_path / "data"
    path.write_bytes(stream_bytes(pa.Table.from_arrays([pa.array(Y)] * 2, names=["a", "a"])))
    with pytest.raises(DataError, match="'a'"):
        open_data(path)


@pytest.mark.parametrize("kind", [case(35, f"truncated-{kind}", kind) for kind in WRITE])
def test_cut_off_at_every_byte(kind):
    table = pa.table({"x": [1.0, 2.0, 3.0, 2.5] * 20, "c": ["a", None, "b", "c"] * 20})
    whole = stream_bytes(table, 20) if kind == "arrow-stream" else WRITE[kind](table)
    for length in range(8, len(whole)):
        with pytest.raises(DataError, match=r"^f: the (Parquet|Feather|Arrow stream).*Copy, download"):
            arrowfiles.read(FileBytes("f", whole[:length]), kind)


@pytest.mark.parametrize("kind", [case(35, f"damaged-{kind}", kind) for kind in WRITE])
def test_damage_is_an_error_or_a_table(kind):
    whole = WRITE[kind](pa.table({"x": [1.0, 2.0, 3.0, 2.5], "c": ["a", None, "b", "c"]}))
    remedies = []
    for place in range(8, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            table, _ = arrowfiles.read(FileBytes("f", bytes(damaged)), kind)
        except DataError as error:
            remedies.append(error.remedy)
        else:
            table.validate(full=True)
    assert all(remedies)
    assert len(remedies) > len(whole) // 10


@pytest.mark.parametrize("_", [case(35, "more-rows-than-memory", None)])
def test_more_cells_than_memory(monkeypatch, _):
    monkeypatch.setattr(arrowfiles, "machine_memory", lambda: 3)
    with pytest.raises(DataError, match=r"4 rows of 1 columns, more than the memory.*Select the rows"):
        arrowfiles.read(FileBytes("f", parquet_bytes(pa.table({"y": Y}))), "parquet")
