"""A text file has no types: its cells are levels of a model of text, and of a model of numbers, as their text says."""

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning
from tests.cli.running import invoke

N = 40


def csv(path, levels, rest="y"):
    path.write_text(f"g,{rest}\n" + "".join(f"{level},{row * 7 % 5 % 2}\n" for row, level in enumerate(levels)))
    return path


def design(model, data):
    """One row of indicators, without an intercept, for each row of the data."""
    rows = model.fitted.recipe.design(data, ignore=["y"])
    out = np.empty((rows.n_rows, rows.design.n_columns))
    rows.design.fill(slice(None), out)
    return out


LEVELS = {
    "numbers": ["a", "1", "2"],
    "booleans": ["unknown", "true", "false"],
    "zeros": ["A1", "007", "7"],
    "fractions": ["z", "1.50", "1.5"],
    "dates": ["x", "2020-01-01", "2020-01-02"],
    "exponents": ["q", "1e3", "1000"],
    "long": ["x", "9007199254740993", "9007199254740992"],
}


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("by", ["columns", "formula", "imputed"])
def test_new_rows_that_all_look_like_something_else(levels, by, tmp_path):
    train = csv(tmp_path / "train.csv", [levels[row % 3] for row in range(N)])
    options = {"columns": {"target": "y"}, "formula": {"formula": "y ~ g"}, "imputed": {"target": "y"}}[by]
    model = logistica.fit(train, C=1.0, missing="impute" if by == "imputed" else "error", **options)
    new = [levels[1], levels[2], levels[2], levels[1]]
    frame = pd.DataFrame({"g": new})
    found = design(model, csv(tmp_path / "new.csv", new))
    np.testing.assert_array_equal(found, design(model, frame))
    assert len(np.unique(found, axis=0)) == 2
    np.testing.assert_array_equal(model.predict_proba(tmp_path / "new.csv"), model.predict_proba(frame))
    evaluated = model.evaluate(tmp_path / "new.csv")
    assert evaluated.to_dict() == model.evaluate(frame, target=[row * 7 % 5 % 2 for row in range(4)]).to_dict()


def test_at_the_command_line(tmp_path):
    train = csv(tmp_path / "train.csv", ["007", "A1"] * (N // 2))
    new, saved = csv(tmp_path / "new.csv", ["007", "007"]), tmp_path / "m.json"
    assert invoke("fit", train, "--target", "y", "--C", "1", "-o", saved).exit_code == 0
    found = invoke("predict", saved, new)
    assert found.exit_code == 0, found.stderr
    assert [line.split(",")[0] for line in found.stdout.splitlines()] == ["g", "007", "007"]
    assert invoke("evaluate", saved, new).exit_code == 0
    assert "level '7' in row 0" in invoke("predict", saved, csv(new, ["7", "7"])).stderr


def test_blanks_around_a_cell_matter_only_where_the_model_has_them(tmp_path):
    model = logistica.fit(csv(tmp_path / "train.csv", ["a", "1", " 2"] * 10), target="y", C=1.0)
    found = design(model, csv(tmp_path / "new.csv", [" 1", "1", " 2"]))
    np.testing.assert_array_equal(found, design(model, pd.DataFrame({"g": ["1", "1", " 2"]})))


@pytest.mark.parametrize(
    ("values", "texts", "expected", "strange"),
    [
        ([1, 2, 3], ["1", "2.0"], [1, 2], "x"),
        ([1, 2, 3], ["03", " 1"], [3, 1], "1_000"),
        ([0.5, 1.5, 2.0], [".5", "1.50"], [0.5, 1.5], "1e"),
        ([True, False], ["true", "FALSE"], [True, False], "perhaps"),
        ([1, 2, 3], ["1", "2"], [1, 2], "true"),
        ([2**53, 2**53 + 1], [str(2**53), str(2**53 + 1)], [2**53, 2**53 + 1], "x"),
    ],
)
def test_text_in_a_file_for_a_factor_of_numbers(values, texts, expected, strange, tmp_path):
    frame = pd.DataFrame({"g": [values[row % len(values)] for row in range(N)], "y": [0, 0, 1, 1] * (N // 4)})
    model = logistica.fit(frame, "y ~ C(g)", C=1.0)
    path = tmp_path / "new.csv"
    path.write_text("g;z\n" + "".join(f"{text};0\n" for text in (*texts, strange)))
    with pytest.raises(DataError, match=r"new\.csv, line 4, column 'g': the level .* in row 2") as caught:
        model.predict(path)
    assert caught.value.value == strange
    lenient = logistica.fit(frame, "y ~ C(g)", C=1.0, unknown="reference")
    with pytest.warns(DataWarning, match="1 row with levels that the fit has not seen"):
        found = lenient.predict_proba(path)
    np.testing.assert_array_equal(found[:2], lenient.predict_proba(pd.DataFrame({"g": expected})))


def test_a_frame_keeps_its_types():
    frame = pd.DataFrame({"g": ["1", "2", "a", "1"] * 10, "y": [0, 0, 1, 1] * 10})
    with pytest.raises(DataError, match=r"numbers such as 1 \(row 0\), but the model was fitted on text here"):
        logistica.fit(frame, target="y", C=1.0).predict(pd.DataFrame({"g": [1, 2]}))
    with pytest.raises(DataError, match=r"text such as '1' \(row 0\), but the model was fitted on numbers here"):
        logistica.fit(frame[frame.g != "a"].astype({"g": int}), "y ~ C(g)", C=1.0).predict(frame[["g"]])
