"""Every format, in every archive, through a pipe that can be read once: fit, predict and evaluate."""

import pyarrow as pa
import pytest

from logistica.core.strict_json import parse
from logistica.data import filestore
from tests.cli.running import invoke, run
from tests.formats.writing import ARCHIVES, FORMATS, table

WHOLE = table().to_pandas().dropna().reset_index(drop=True)
TABLE = pa.Table.from_pandas(WHOLE, preserve_index=False)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    path = folder / "data.csv"
    path.write_bytes(FORMATS["comma"](TABLE))
    model = folder / "model.json"
    assert invoke("fit", path, "--target", "y", "-o", model).exit_code == 0
    return path, model


@pytest.fixture(params=[False, True], ids=["memory", "disk"])
def _spooled(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(filestore, "MEMORY_BYTES", 64)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("archive", ["plain", "gzip", "bzip2", "zstd"])
@pytest.mark.usefixtures("_spooled")
def test_standard_input_says_what_the_file_says(expected, form, archive):
    path, model = expected
    data = ARCHIVES[archive](FORMATS[form](TABLE))
    for command in (
        ("fit", "{}", "--target", "y", "--json"),
        ("predict", model, "{}", "--only"),
        ("evaluate", model, "{}", "--json"),
    ):
        from_file = invoke(*(str(part).format(path) for part in command))
        found = invoke(*(str(part).format("-") for part in command), stdin=data)
        assert (found.exit_code, found.stderr) == (0, from_file.stderr)
        assert numbers(found.stdout) == numbers(from_file.stdout)


def numbers(text):
    if not text.startswith("{"):
        return text
    return {key: value for key, value in parse(text).items() if key not in {"created", "duration", "seconds", "time"}}


@pytest.mark.parametrize("form", ["comma", "parquet", "json-lines", "workbook"])
def test_a_real_pipe(expected, form):
    path, model = expected
    found = run("predict", model, "-", "--only", stdin=ARCHIVES["zstd"](FORMATS[form](TABLE)))
    assert found.returncode == 0, found.stderr
    assert found.stdout == run("predict", model, path, "--only").stdout


def test_a_cut_off_archive_through_a_pipe_predicts_nothing(expected):
    _, model = expected
    found = run("predict", model, "-", stdin=ARCHIVES["gzip"](FORMATS["comma"](TABLE))[:-9])
    assert (found.returncode, found.stdout) == (3, b"")
    assert b"standard input: the gzip data end too early" in found.stderr


def test_svmlight_through_a_pipe(expected):
    text = "".join(f"{int(y == 'yes')} 1:{age:g} 2:{dose!r}\n" for age, dose, y in WHOLE[["age", "dose", "y"]].values)
    plain = invoke("fit", "-", "--json", stdin=text.encode())
    found = invoke("fit", "-", "--json", stdin=ARCHIVES["zstd-frames"](text.encode()))
    assert (found.exit_code, numbers(found.stdout)) == (0, numbers(plain.stdout))
