"""One table, written in every format and archive, gives one and the same model, bit by bit."""

import json

import pytest
from scipy.sparse import csr_array

import logistica
from logistica.data import filebytes, jsonlines
from tests.formats.writing import ARCHIVES, FORMATS, table

pytestmark = pytest.mark.filterwarnings("ignore::logistica.DataWarning")  # rows with gaps are dropped


def numbers(path, tmp_path):
    """What a model file holds, but for when it was made."""
    saved = tmp_path / "model.json"
    logistica.fit(path, target="y", missing="drop").save(saved)
    document = json.loads(saved.read_text())
    return strip(document)


def strip(document):
    return {key: value for key, value in document.items() if key not in {"created", "created_at", "checksum", "sha256"}}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("expected")
    saved = folder / "model.json"
    logistica.fit(table().to_pandas(), target="y", missing="drop").save(saved)
    return strip(json.loads(saved.read_text()))


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_in_every_archive_gives_the_model_of_the_frame(tmp_path, expected, form, archive):
    path = tmp_path / "no-suffix"
    path.write_bytes(ARCHIVES[archive](FORMATS[form](table())))
    assert numbers(path, tmp_path) == expected


@pytest.mark.parametrize("piece_bytes", [64, 1000, 4096])
@pytest.mark.parametrize("form", [form for form in FORMATS if form not in {"workbook", "parquet", "feather", "stream"}])
def test_the_size_of_the_pieces_changes_nothing(tmp_path, monkeypatch, expected, form, piece_bytes):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(jsonlines, "BATCH_ROWS", piece_bytes // 64)
    path = tmp_path / "data"
    path.write_bytes(FORMATS[form](table()))
    assert numbers(path, tmp_path) == expected


@pytest.mark.parametrize("archive", ARCHIVES)
def test_svmlight_in_every_archive(tmp_path, archive):
    frame = table().to_pandas().dropna()
    text = "".join(f"{int(y == 'yes')} 1:{age:g} 2:{dose!r}\n" for age, dose, y in frame[["age", "dose", "y"]].values)
    path = tmp_path / "data"
    path.write_bytes(ARCHIVES[archive](text.encode()))
    model = logistica.fit(path)
    same = logistica.fit(csr_array(frame[["age", "dose"]].to_numpy()), target=(frame["y"] == "yes").astype(int))
    assert model.coef_.tobytes() == same.coef_.tobytes()
    assert model.intercept_.tobytes() == same.intercept_.tobytes()
