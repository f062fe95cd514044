"""Labels of a text file: two texts are one class only where they are one label."""

import numpy as np
import pytest

from logistica.core.errors import DataError, DataWarning
from logistica.data.newrows import labelled_rows
from logistica.data.preparation import Preparation
from logistica.data.read import read


@pytest.fixture
def save(tmp_path):
    def saved(text, name="train.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return saved


def table(labels):
    return "x,y\n" + "".join(f"{row},{label}\n" for row, label in enumerate(labels))


TWINS = {
    "leading-zero": (["01", "1", "1"], ["01", "1"], "line 3: the label '1' is the same number as '01' on line 2"),
    "point": (["0", "1", "1.0"], ["0", "1", "1.0"], "line 4: the label '1.0' is the same number as '1' on line 3"),
    "sign": (["0", "-0", "1"], ["-0", "0", "1"], "line 3: the label '-0' is the same number as '0' on line 2"),
    "blanks-apart": ([" 01", "01 ", "1"], ["01", "1"], "line 4: the label '1' is the same number as '01' on line 2"),
    "beyond-2**53": (
        ["9007199254740992.0", "9007199254740993.0"],
        ["9007199254740992.0", "9007199254740993.0"],
        "line 3: the label '9007199254740993.0' is the same number as '9007199254740992.0' on line 2",
    ),
    "not-its-number": (
        ["9007199254740993.0", "1"],
        ["1", "9007199254740993.0"],
        "line 2: the label '9007199254740993.0' would be read as the number 9007199254740992",
    ),
}


@pytest.mark.parametrize(("labels", "classes", "message"), TWINS.values(), ids=TWINS)
def test_texts_of_one_number_stay_text_with_a_note(save, labels, classes, message):
    dataset = read(save(table(labels)), target="y")
    assert dataset.labels.classes.tolist() == classes
    assert dataset.labels.decode(dataset.source.y).tolist() == [label.strip() for label in labels]
    (note,) = dataset.notes
    assert (note.code, note.warning) == ("labels-as-text", DataWarning)
    assert f"Column 'y', {message}" in note.message


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["0", "1", "1"], [0, 1]),
        (["2", "1", " 1"], [1, 2]),
        (["+1", "-1", "+1"], [-1, 1]),
        (["1.0", "2.0", "1.0"], [1.0, 2.0]),
        (["1.0", "0.0", "1.0"], [0.0, 1.0]),
        (["9007199254740993", "9007199254740992"], [2**53, 2**53 + 1]),
        (["true", "FALSE", "True"], [False, True]),
    ],
)
def test_texts_of_different_numbers_are_those_numbers(save, labels, classes):
    dataset = read(save(table(labels)), target="y")
    assert dataset.labels.classes.tolist() == classes
    assert type(dataset.labels.classes[0].item()) is type(classes[0])
    assert dataset.notes == ()


def test_only_rows_in_use_are_compared(save):
    path = save("x,y,w\n1,0,1\n2,1,1\n3,01,0\n,1.0,1\n")
    dataset = read(path, Preparation(missing="drop"), target="y", weights="w")
    assert dataset.labels.classes.tolist() == [0, 1]
    assert [note.code for note in dataset.notes] == ["rows-dropped"]


def test_fractions_written_in_two_ways_are_refused(save):
    with pytest.raises(DataError, match=r"line 3, column 'y': the label '1.50' is the same number as '1.5' on line 2"):
        read(save(table(["1.5", "1.50", "2.5"])), target="y")
    with pytest.raises(DataError, match="continuous labels"):
        read(save(table(["1.5", "2.5", "3.5"])), target="y")


MATCHES = {
    "text-model-text-file": (["01", "1"], ["1", "01", "1"], [1, 0, 1]),
    "text-model-one-text": (["01", "1"], ["01", "01"], [0, 0]),
    "text-model-other-text": (["01", "1"], [" 1", "1"], [1, 1]),
    "words-model-numbers-file": (["a", "1", "2.0"], ["2.0", "1", "NA"], [1, 0, -1]),
    "words-model-booleans-file": (["a", "true"], ["true", "true"], [1, 1]),
    "words-model-dates-file": (["a", "2020-01-31"], ["2020-01-31"], [0]),
    "numbers-model": (["0", "1"], ["1.0", "0.0"], [1, 0]),
    "numbers-model-zeros": (["0", "1"], ["01", "00"], [1, 0]),
}


@pytest.mark.filterwarnings("ignore::logistica.core.errors.DataWarning")
@pytest.mark.parametrize(("train", "new", "codes"), MATCHES.values(), ids=MATCHES)
def test_new_labels_are_read_as_the_classes_are(save, train, new, codes):
    dataset = read(save(table(train)), target="y")
    rows = labelled_rows(dataset.recipe, dataset.labels, save(table(new), "new.csv"), target="y", missing="drop")
    assert rows.y.tolist() == codes


@pytest.mark.parametrize(
    ("train", "new", "message"),
    [
        (["01", "1"], ["1", "001"], r"line 3, column 'y': the label '001' in row 1 is none of .* '01', '1'"),
        (["0", "1"], ["1", "01"], r"line 3, column 'y': the label '01' is the same number as '1' on line 2"),
        (
            ["9007199254740992.0", "1.0"],
            ["1.0", "9007199254740993.0"],
            r"line 3, column 'y': the label '9007199254740993.0' would be read as the number 9007199254740992",
        ),
    ],
)
def test_new_labels_that_would_be_merged_are_refused(save, train, new, message):
    dataset = read(save(table(train)), target="y")
    with pytest.raises(DataError, match=rf"new\.csv, {message}") as caught:
        labelled_rows(dataset.recipe, dataset.labels, save(table(new), "new.csv"), target="y")
    assert (caught.value.row, caught.value.value, caught.value.column) == (1, new[1], "y")
    assert caught.value.remedy


@pytest.mark.parametrize("seed", range(20))
def test_classes_are_the_distinct_texts_or_the_distinct_numbers(save, seed):
    rng = np.random.default_rng(seed)
    texts = ["0", "1", "01", "1.0", "7", "007", "-2", "1e1", "10", "9007199254740993", "9007199254740993.0"]
    labels = [*rng.choice(texts, 4, replace=False), *rng.choice(texts, 3)]
    classes = read(save(table(labels)), target="y").labels.classes.tolist()
    assert len(classes) == len(set(labels))
    assert classes == (sorted(set(labels)) if isinstance(classes[0], str) else sorted(map(float, set(labels))))


def test_leading_zeros_are_kept(tmp_path):
    """Codes such as 01 come back as they went in, and new files are read alike."""
    path = tmp_path / "codes.csv"
    path.write_text("x,y\n1,01\n2,02\n3,01\n2,02\n")
    dataset = read(path, target="y")
    assert dataset.labels.classes.tolist() == ["01", "02"]
    assert [note.code for note in dataset.notes] == ["labels-as-text"]
    assert "'01'" in dataset.notes[0].message
