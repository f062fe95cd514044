"""Numbers among which a few cells are none: a factor, and a note that names the first of them."""

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataWarning
from logistica.data.preparation import Preparation
from logistica.data.read import read

N = 60


def cells(stray, every, values=None):
    rng = np.random.default_rng(20261121)
    numbers = rng.normal(size=N).round(3) if values is None else rng.choice(values, N)
    return [stray if row % every == every - 1 else str(number) for row, number in enumerate(numbers)]


def notes_of(data, formula=None, **options):
    target = None if formula else "y"
    return [
        note for note in read(data, Preparation(formula, **options), target=target).notes if note.code == "text-column"
    ]


def csv(path, values):
    path.write_text("y;x\n" + "".join(f"{row % 2};{value}\n" for row, value in enumerate(values)))
    return path


@pytest.mark.parametrize("stray", [".", "?", "-", "n/a", "N/a", "#N/A", "missing"])
@pytest.mark.parametrize("values", [None, [1, 2, 3], [0.5, 1.0, 7.25]])
def test_a_mark_of_a_missing_value_is_named_with_its_line(stray, values, tmp_path):
    texts = cells(stray, 6, values)
    (note,) = notes_of(csv(tmp_path / "f.csv", texts))
    assert note.warning is DataWarning
    expected = f"Column 'x' is text and was taken as a factor with {len(set(texts))} levels, but 50 of its 60 cells"
    assert note.message.startswith(f"{expected} are numbers; the first that is none is {stray!r} on line 7.")
    assert f"If {stray!r} marks a missing value, write NA" in note.message
    (note,) = notes_of(pd.DataFrame({"x": texts, "y": [0, 1] * 30}))
    assert f"the first that is none is {stray!r} in row 5." in note.message


@pytest.mark.parametrize("stray", ["1_000 kg", "ca. 5", "1,2,3"])
def test_other_strays_are_named_where_there_are_more_numbers_than_codes(stray, tmp_path):
    (note,) = notes_of(csv(tmp_path / "f.csv", cells(stray, 7)))
    assert f"the first that is none is {stray!r} on line 8. Correct such cells if numbers are meant" in note.message
    assert notes_of(csv(tmp_path / "f.csv", cells(stray, 7, range(10)))) == []


@pytest.mark.parametrize("sign", ["_", " ", "'", "\u00a0"])
def test_thousands_set_apart(sign, tmp_path):
    texts = [f"{row + 1}{sign}{row * 37 % 1000:03}" for row in range(N)]
    (note,) = notes_of(csv(tmp_path / "f.csv", texts))
    assert f"numbers with thousands set apart, the first {texts[0]!r} on line 2. Write them without" in note.message
    (note,) = notes_of(csv(tmp_path / "f.csv", ["950", *texts[1:]]))
    assert f"the first {texts[1]!r} on line 3" in note.message


@pytest.mark.parametrize(
    "texts", [["a", "b", "1"] * 20, ["007", "A1"] * 30, ["12-14", "15-17"] * 30, [f"k{row}" for row in range(N)]]
)
def test_levels_are_levels(texts, tmp_path):
    assert notes_of(csv(tmp_path / "f.csv", texts)) == []


def test_only_rows_in_use_count(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("x,y,w\n" + "".join(f"{row if row < 15 else '.'},{row % 2},{int(row < 16)}\n" for row in range(60)))
    (note,) = [one for one in read(path, target="y", weights="w").notes if one.code == "text-column"]
    assert "15 of its 16 cells" in note.message
    path.write_text(path.read_text().replace(".,1,1", "3,1,1"))
    assert [one.code for one in read(path, target="y", weights="w").notes] == ["numeric-text"]


def test_who_asks_for_a_factor_gets_one_without_a_note(tmp_path):
    path = csv(tmp_path / "f.csv", cells("?", 6, [1, 2, 3]))
    assert len(notes_of(path, "y ~ x")) == 1
    assert notes_of(path, "y ~ C(x)") == []


def test_rows_as_dictionaries_and_series_get_a_remedy_that_works():
    frame = pd.DataFrame({"x": [0.0, 1, 2, 3], "g": ["a", "b", "a", "a"]})
    model = logistica.fit(frame, target=[0, 1, 1, 0], C=1.0)
    row = {"x": 1.0, "g": "b"}
    with pytest.raises(logistica.DataError, match=r"pandas\.DataFrame\(rows\)"):
        model.predict([row])
    with pytest.raises(logistica.DataError, match=r"pandas\.DataFrame\(\[row\]\)"):
        model.predict(row)
    with pytest.raises(logistica.DataError, match=r"to_frame\(\)\.T, or df\.iloc\[\[0\]\]"):
        model.predict(frame.iloc[1])
    expected = model.predict_proba(frame.iloc[1:2])
    for same in (pd.DataFrame([row]), frame.iloc[1].to_frame().T, frame.iloc[[1]]):
        np.testing.assert_array_equal(model.predict_proba(same), expected)
