"""``logistica fit``: baselines, levels, pooling, unknown levels, filled gaps and counts."""

import numpy as np
import pytest

import logistica
from logistica.core.strict_json import parse
from tests.cli.running import invoke


@pytest.fixture
def data(tmp_path):
    """A table of numbers with gaps, a factor of text with a rare level, grades, and classes."""
    generator = np.random.default_rng(6)
    lines = ["x,tree,grade,y"]
    for i in range(160):
        x = round(generator.normal(), 3)
        tree, grade = generator.choice(["ash", "elm", "fir"], p=[0.6, 0.35, 0.05]), generator.integers(1, 5)
        lines.append(f"{x if i % 20 else ''},{tree},{grade},{int(x + generator.logistic() > 0)}")
    path = tmp_path / "data.csv"
    path.write_text("\n".join([*lines, ""]))
    return path


def fitted(data, tmp_path, *options):
    saved = tmp_path / "model.json"
    found = invoke("fit", data, "--target", "y", "--missing", "impute", *options, "-o", saved)
    assert found.exit_code == 0, found.stderr
    return logistica.load(saved), found


def test_options_reach_the_fit(data, tmp_path):
    options = ["--baseline", "tree=elm", "--baseline", "grade=2", "--rare", "20", "--unknown", "other"]
    model, found = fitted(data, tmp_path, *options)
    expected = {"baseline": {"tree": "elm", "grade": 2}, "rare": 20, "unknown": "other", "missing": "impute"}
    with pytest.warns(logistica.DataWarning, match="Missing values filled in"):
        by_hand = logistica.fit(data, target="y", **expected)
    np.testing.assert_array_equal(model.coef_, by_hand.coef_)
    assert model.terms == (*("x", "tree[ash]", "tree[(other)]", "grade[1]", "grade[3]", "grade[4]", "x[missing]"),)
    assert "warning: Missing values filled in: x 8 with the median" in found.stderr
    assert "1 level in fewer than 20 rows pooled into '(other)': 'fir'" in found.stdout


def test_levels_of_text_and_of_numbers(data, tmp_path):
    model, _ = fitted(data, tmp_path, "--levels", "tree=fir,elm,ash", "--levels", "grade=4, 3,2,1")
    assert model.terms == ("x", "tree[elm]", "tree[ash]", "grade[3]", "grade[2]", "grade[1]", "x[missing]")
    assert model.fitted.recipe.factors["grade"] == (4, 3, 2, 1)


def test_predictions_read_unknown_levels_as_the_fit_was_told(data, tmp_path):
    fitted(data, tmp_path, "--baseline", "tree=elm", "--unknown", "reference")
    found = invoke("predict", tmp_path / "model.json", "-", "--only", stdin="x,tree,grade\n1,yew,1\n1,elm,1\n,elm,2\n")
    assert found.exit_code == 0
    _, yew, elm, gap = (line.split(",") for line in found.stdout.splitlines())
    assert yew[-2:] == elm[-2:]
    assert all(gap[-2:])
    assert "the first 'yew' in row 0, read as the baseline 'elm'" in found.stderr


def test_names_and_levels_with_signs_of_their_own(tmp_path):
    path = tmp_path / "odd.csv"
    rows = "".join(f'{"<=5" if i % 3 else "a=b"},"{"p,q" if i % 5 < 3 else "r"}",{i * i % 7 % 2}\n' for i in range(70))
    path.write_text(f"f,g,y\n{rows}")
    saved = tmp_path / "model.json"
    options = ["--baseline", "f=a=b", "--levels", 'g=r,"p,q"']
    assert invoke("fit", path, "--target", "y", *options, "-o", saved).exit_code == 0
    assert logistica.load(saved).terms == ("f[<=5]", "g[p,q]")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--baseline", "tree"], 2, "'tree' is not of the form NAME=LEVEL"),
        (["--baseline", "=elm"], 2, "'=elm' is not of the form NAME=LEVEL"),
        (["--baseline", "tree="], 2, "'tree=' is not of the form NAME=LEVEL"),
        (["--baseline", "tree=elm", "--baseline", "tree=ash"], 2, "the baseline of 'tree' is given twice"),
        (["--levels", "tree"], 2, "'tree' is not of the form NAME=A,B,..."),
        (["--levels", "tree=ash,,elm"], 2, "holds an empty name"),
        (["--levels", "tree=ash", "--levels", "tree=elm"], 2, "the levels of 'tree' are given twice"),
        (["--rare", "few"], 2, "'few' is not a valid integer"),
        (["--rare", "-1"], 2, "--rare -1: it must be a whole number"),
        (["--unknown", "nan"], 2, "'nan' is not one of"),
        (["--unknown", "other"], 2, "--unknown other needs --rare"),
        (
            ["--baseline", "tree=yew"],
            2,
            "the level 'yew' of column 'tree' does not occur. There are 'ash', 'elm', 'fir'",
        ),
        (["--baseline", "grade=9"], 2, "the level '9' of column 'grade' does not occur. There are 1, 2, 3, 4"),
        (["--baseline", "tree=fir", "--rare", "20"], 2, "is rarer than --rare allows"),
        (["--baseline", "tee=ash"], 2, "--baseline names 'tee', which is no column of X"),
        (["--levels", "tree=ash,elm"], 3, "column 'tree': the level 'fir' in row"),
        (["--levels", "grade=1,2,1.0,3,4"], 2, "--levels of column 'grade' names a level twice: 1, 2, 1, 3, 4"),
    ],
)
def test_what_cannot_be_meant(data, options, code, message):
    found = invoke("fit", data, "--target", "y", "--missing", "impute", *options)
    assert found.exit_code == code
    assert message in " ".join(found.stderr.split())


def test_help_says_each_in_a_sentence():
    text = " ".join(invoke("fit", "--help").stdout.split())
    for option in ("--baseline NAME=LEVEL", "--levels NAME=A,B,...", "--rare N", "[error|drop|impute]"):
        assert option in text
    assert "--unknown [error|reference|missing|other]" in text
    assert "impute" not in invoke("predict", "--help").stdout


def test_counts_are_evaluated_by_rows_and_trials(tmp_path):
    path, saved = tmp_path / "beetles.csv", tmp_path / "model.json"
    dead = [1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16]
    path.write_text("dose,dead,n\n" + "".join(f"{i % 6},{count},20\n" for i, count in enumerate(dead)))
    assert invoke("fit", path, "--target", "dead", "--trials", "n", "-o", saved).exit_code == 0
    assert invoke("evaluate", saved, path).stdout.startswith("rows         12 rows, 240 trials\n")
    document = parse(invoke("evaluate", saved, path, "--json").stdout)
    assert (document["n_rows"], document["n_trials"], document["total_weight"]) == (12, 240, 240)
