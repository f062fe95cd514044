"""Errors about the rows of a text file name its line; what did not come from the file has none."""

import pandas as pd
import pytest

from logistica.core.errors import DataError
from logistica.data.newrows import design_rows, labelled_rows
from logistica.data.preparation import Preparation
from logistica.data.read import read


@pytest.fixture
def save(tmp_path):
    def saved(text, name="train.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return saved


# Each holds the offence in row 2: after two rows, a blank line and a line end in quotes.
OFFENCES = {
    "missing": ("NA,a,1,0", {}, "column 'x': 1 missing value, the first in row 2"),
    "missing-level": ("3,,1,0", {}, "column 'f': 1 missing value, the first in row 2"),
    "missing-label": ("3,a,1,NA", {}, "column 'y': 1 missing value, the first in row 2"),
    "infinite": ("-inf,a,1,0", {}, "column 'x': 1 infinite value, the first in row 2"),
    "negative-weight": ("3,a,-1,0", {"weights": "w"}, "column 'w': 1 negative weight, the first in row 2"),
    "missing-weight": ("3,a,NA,0", {"weights": "w"}, "column 'w': 1 missing value, the first in row 2"),
    "fractional-frequency": (
        "3,a,0.5,0",
        {"weights": "w", "weight_kind": "frequency"},
        "column 'w': 1 fractional weight, the first in row 2",
    ),
    "infinite-offset": ("3,a,inf,0", {"offset": "w"}, "column 'w': 1 infinite value, the first in row 2"),
    "infinite-label": ("3,a,1,inf", {}, "column 'y': the label in row 2 is inf"),
    "continuous-labels": ("3,a,1,0.5", {}, "column 'y': continuous labels: 3 distinct values such as 0.5 in row 2"),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("line", "options", "message"), OFFENCES.values(), ids=OFFENCES)
def test_a_fit_names_the_line(save, line, options, message, line_end):
    text = f'\ufeffx,f,w,y\n1,"a\nb",1,0\n\n2,a,1,1\n{line}\n4,a,1,1\n'.replace("\n", line_end)
    path = save(text)
    with pytest.raises(DataError) as caught:
        read(path, target="y", **options)
    assert str(caught.value).startswith(f"{path}, line 6, {message}")
    assert (caught.value.line, caught.value.row, caught.value.path) == (6, 2, str(path))


def test_the_row_of_a_label_counts_rows_that_are_not_in_use_too(save):
    path = save("x,w,y\n1,0,0\nNA,1,0\n3,1,1\n4,1,inf\n")
    with pytest.raises(DataError, match="line 5, column 'y': the label in row 3 is inf") as caught:
        read(path, Preparation(missing="drop"), target="y", weights="w")
    assert caught.value.row == 3
    frame = pd.DataFrame({"x": [1.0, 2, 3], "w": [0.0, 1, 1], "y": [0, 1, object()]})
    with pytest.raises(DataError, match=r"labels of different kinds: row 2 holds .*, row 1 holds 1"):
        read(frame, target="y", weights="w")


NEW = {
    "unknown-level": ("1,a,0\n\n2,c,1\n", "line 4, column 'f': the level 'c' in row 1"),
    "text-for-numbers": ("q,a,0\n", "line 2, column 'x': text or categories such as 'q' (row 0)"),
    "numbers-for-text": ("1,,0\n1,5,0\n", "line 3, column 'f': the level '5' in row 1"),
    "missing": ("1,a,0\nNA,b,0\n", "line 3, column 'x': 1 missing value"),
    "infinite": ("inf,a,0\n", "line 2, column 'x': 1 infinite value"),
}


@pytest.mark.parametrize(("text", "message"), NEW.values(), ids=NEW)
def test_new_rows_name_the_line(save, text, message):
    dataset = read(save("x,f,y\n1,a,0\n2,b,1\n3,a,1\n"), target="y")
    path = save("x,f,y\n" + text, "new.csv")
    for attempt in (
        lambda: design_rows(dataset.recipe, path, ignore=["y"]),
        lambda: labelled_rows(dataset.recipe, dataset.labels, path, target="y"),
    ):
        with pytest.raises(DataError) as caught:
            attempt()
        assert str(caught.value).startswith(f"{path}, {message}")


def test_an_unknown_label_names_the_line(save):
    dataset = read(save("x,w,y\n1,1,0\n2,1,1\n"), target="y", weights="w")
    path = save("x,w,y\n1,0,7\n\n2,1,1\n3,1,9\n", "new.csv")
    with pytest.raises(DataError, match=r"new\.csv, line 5, column 'y': the label 9 in row 2 is none of"):
        labelled_rows(dataset.recipe, dataset.labels, path, target="y", weights="w")


def test_labels_of_svmlight_text_name_the_line(save):
    continuous = save("# made\n1.5 1:1\n\n2.5 1:1 # last\n3 1:2\n", "train")
    with pytest.raises(DataError, match=r"train, line 2: continuous labels: .* in row 0"):
        read(continuous)
    dataset = read(save("1 1:1\n0 1:1\n", "train"))
    new = save("# made\r\n1 1:1\r\n \t\r\n3 1:1\r\n", "new")
    with pytest.raises(DataError, match=r"new, line 4: the label 3 in row 1 is none of"):
        labelled_rows(dataset.recipe, dataset.labels, new)


@pytest.mark.parametrize(
    "beside",
    [
        {"weights": [1.0, -1.0]},
        {"offset": [1.0, float("inf")]},
        {"target": [0.0, float("inf")]},
        {"target": pd.Series([0.0, float("inf")], name="x")},
        {"target": [0, None]},
    ],
    ids=["weights", "offset", "target", "named-target", "missing-target"],
)
def test_arrays_beside_a_file_have_no_line(save, beside):
    path = save("x,weights,offset,target,y\n1,1,1,1,0\n2,1,1,1,1\n")
    with pytest.raises(DataError) as caught:
        read(path, **{"target": "y", **beside})
    assert (caught.value.line, caught.value.row) == (None, 1)


def test_a_frame_has_rows_and_no_lines():
    with pytest.raises(DataError) as caught:
        read(pd.DataFrame({"x": [1.0, None], "y": [0, 1]}), target="y")
    assert (caught.value.line, caught.value.row) == (None, 1)
    assert "line" not in str(caught.value)
