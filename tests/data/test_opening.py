"""Paths, imports and speed: what opening data costs, and what it never touches."""

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from logistica.core.errors import DataError, FileAccessError
from logistica.data.opening import open_data
from logistica.data.read import read
from tests.data.naive import COLUMNS, TERMS, expected_design, filled
from tests.shared import shared

HEAVY = (
    "pandas",
    "polars",
    "pyarrow",
    "narwhals",
    "sklearn",
    "numba",
    "scipy.optimize",
    "scipy.sparse",
    "matplotlib",
)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "passed.csv"
    pd.DataFrame(COLUMNS).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("as_text", [True, False])
def test_a_csv_file_gives_the_numbers_of_its_frame(csv, as_text):
    dataset = read(str(csv) if as_text else csv, target="passed")
    assert dataset.recipe.terms == TERMS
    np.testing.assert_array_equal(filled(dataset.source.design), expected_design())
    new = dataset.recipe.design(csv, ignore=["passed"])
    np.testing.assert_array_equal(filled(new.design), expected_design())


def test_data_opened_once_can_be_read_twice(csv):
    opened = open_data(csv)
    assert open_data(opened) is opened
    assert read(opened, target="passed").recipe == read(opened, target="passed").recipe


def test_an_error_in_a_file_names_the_file(csv, tmp_path):
    with pytest.raises(DataError) as error:
        read(csv, target="rank", weights="city")
    assert error.value.path == str(csv)
    assert str(csv) in str(error.value)
    assert error.value.column == "city"
    recipe = read(csv, target="passed").recipe
    other = tmp_path / "other.csv"
    pd.DataFrame(COLUMNS).assign(city="Paris").to_csv(other, index=False)
    with pytest.raises(DataError, match="'Paris' in row 0") as error:
        recipe.design(other)
    assert (error.value.path, error.value.column) == (str(other), "city")
    with pytest.raises(FileAccessError, match="nowhere"):
        read(tmp_path / "nowhere.csv", target="y")


def test_svmlight_text_fixes_index_base_and_width(tmp_path):
    path = tmp_path / "train"
    path.write_text("1 1:0.5 4:2\n-1 2:1\n1\n")
    dataset = read(path)
    assert dataset.recipe.terms == ("x1", "x2", "x3", "x4")
    assert dataset.labels.classes.tolist() == [-1, 1]
    assert dataset.source.y.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(filled(dataset.source.design), [[0.5, 0, 0, 2], [0, 1, 0, 0], [0, 0, 0, 0]])
    narrow = tmp_path / "new"
    narrow.write_text("0 2:3\n")
    np.testing.assert_array_equal(filled(dataset.recipe.design(narrow).design), [[0, 3, 0, 0]])
    wide = tmp_path / "wide"
    wide.write_text("0 2:3 5:1\n")
    with pytest.raises(DataError, match="5"):
        dataset.recipe.design(wide)


def test_adult_keeps_its_width_and_index_base():
    train = read(shared("data", "adult", "a1a.train"))
    assert (train.source.n_rows, train.recipe.n_columns, train.recipe.index_base) == (30956, 123, 1)
    assert train.source.y.mean() == pytest.approx(0.240535, abs=5e-7)
    test = train.recipe.design(shared("data", "adult", "a1a.test"))
    assert (test.n_rows, test.design.n_columns) == (1605, 123)


def test_marks_are_read_as_they_stand():
    dataset = read(shared("data", "marks", "marks.csv"), target=_last_column("marks"))
    assert (dataset.source.n_rows, dataset.recipe.n_columns) == (100, 2)


def _last_column(name):
    return open_data(shared("data", name, f"{name}.csv")).names[-1]


def test_reading_arrays_imports_nothing_heavy():
    code = (
        "import sys, numpy as np\n"
        "from logistica.data.read import read\n"
        "read(np.eye(4), target=[0, 1, 0, 1], weights=np.ones(4), offset=np.ones(4))\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_small_arrays_are_read_in_a_fraction_of_a_millisecond():
    X = np.random.default_rng(0).normal(size=(32, 4))
    y = np.arange(32) % 2
    read(X, target=y)
    durations = []
    for _ in range(50):
        start = time.perf_counter()
        read(X, target=y)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 2e-4
