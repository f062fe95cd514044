"""``logistica fit``."""

import gzip
import math

import numpy as np
import pytest

import logistica
from logistica.core.strict_json import parse
from tests.cli.running import invoke
from tests.shared import shared


def test_it_prints_the_summary_and_saves_the_model(data, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", data, "--target", "answer", "-o", saved)
    assert found.exit_code == 0
    assert found.stderr == ""
    model = logistica.load(saved)
    assert found.stdout == f"{model.summary()}\n"
    assert model.terms == ("a", "b", "w")


def test_options_reach_the_fit(data, tmp_path):
    saved = tmp_path / "model.json"
    options = ["--columns", "b,a", "--C", "0.5", "--standardize", "--no-intercept", "--tol", "1e-8", "--max-iter", "50"]
    others = ["--weights", "w", "--weight-kind", "frequency", "--threads", "1"]
    assert invoke("fit", data, "--target", "answer", *options, *others, "-o", saved).exit_code == 0
    fit = logistica.load(saved).fitted.fit
    assert fit.terms == ("b", "a")
    assert (fit.options.C, fit.options.standardize, fit.options.fit_intercept) == (0.5, True, False)
    assert (fit.options.tol, fit.options.max_iter, fit.options.threads) == (1e-8, 50, 1)
    assert fit.rows.weight_kind == "frequency"


def test_the_same_numbers_as_from_python(data, tmp_path):
    saved = tmp_path / "model.json"
    invoke("fit", data, "--target", "answer", "--offset", "a", "--weights", "w", "-o", saved)
    expected = logistica.fit(data, target="answer", offset="a", weights="w")
    np.testing.assert_array_equal(logistica.load(saved).coef_, expected.coef_)


@pytest.mark.parametrize("form", ["plain", "gzip", "tab"])
def test_standard_input_in_any_form(form, data):
    text = data.read_text()
    stdin = {"plain": text, "gzip": gzip.compress(text.encode()), "tab": text.replace(",", "\t")}[form]
    found = invoke("fit", "-", "--target", "answer", stdin=stdin)
    assert found.exit_code == 0, found.stderr
    assert found.stdout == invoke("fit", data, "--target", "answer").stdout


def test_names_with_commas_are_quoted(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text('"x,1",z,y\n' + "".join(f"{i % 7},{i % 5},{i * i % 2 if i % 3 else i % 2}\n" for i in range(40)))
    found = invoke("fit", path, "--target", "y", "--columns", '"x,1", z', "--json")
    assert found.exit_code == 0, found.stderr
    assert [row["term"] for row in parse(found.stdout)["coefficients"]] == ["(Intercept)", "x,1", "z"]


def test_missing_values(data):
    text = data.read_text().splitlines()
    text[3] = "," + text[3].partition(",")[2]
    refused = invoke("fit", "-", "--target", "answer", stdin="\n".join(text))
    assert refused.exit_code == 3
    assert "column 'a'" in refused.stderr
    assert "--missing drop" in refused.stderr
    dropped = invoke("fit", "-", "--target", "answer", "--missing", "drop", "--json", stdin="\n".join(text))
    assert dropped.exit_code == 0
    assert "Dropped 1 of 60 rows" in dropped.stderr
    assert parse(dropped.stdout)["rows"]["dropped"] == 1


def test_quiet_keeps_warnings_from_standard_error_but_not_from_the_document(separated):
    found = invoke("fit", separated, "--target", "y", "--json", "-q")
    assert found.exit_code == 0
    assert found.stderr == ""
    assert "separated" in {note["code"] for note in parse(found.stdout)["notes"]}


class TestJson:
    def test_an_ordinary_fit(self, data):
        document = parse(invoke("fit", data, "--target", "answer", "--json").stdout)
        model = logistica.fit(data, target="answer")
        assert document["status"] == "converged"
        assert document["converged"] is True
        assert document["certificate"]["bound"] <= 1e-10
        assert document["rank"] == 4
        assert document["separation"] is None
        assert document["options"]["C"] == "inf"
        assert document["rows"]["used"] == 60
        assert document["model"]["classes"] == ["no", "yes"]
        estimates = [row["estimate"] for row in document["coefficients"]]
        assert estimates == pytest.approx([*model.intercept_, *model.coef_[0]], rel=1e-12)
        assert document["mean_log_loss"] == pytest.approx(-model.log_likelihood_kernel / 60)

    def test_a_separated_one(self, separated):
        found = invoke("fit", separated, "--target", "y", "--json")
        assert found.exit_code == 0
        assert found.stderr.startswith("warning: The classes are completely separated")
        assert "--C 1" in found.stderr
        document = parse(found.stdout)
        assert document["status"] == "completely separated"
        separation = document["separation"]
        assert separation["verdict"] == "complete"
        assert {"term": "x", "class": 1, "reference": 0, "sign": "+inf"} in separation["signs"]
        assert separation["limiting_mean_log_loss"] == 0
        assert separation["direction"]["coef"] == [[pytest.approx(2.0)]]
        assert separation["direction"]["intercept"] == [pytest.approx(-9.0)]
        (alone,) = separation["single_columns"]
        assert (alone["term"], alone["complete"]) == ("x", True)
        assert {"above": 1, "below": 0}[alone["side"]] == alone["class"]
        assert {row["term"]: row["estimate"] for row in document["coefficients"]}["x"] == "inf"

    def test_an_aliased_one(self, tmp_path, data):
        lines = data.read_text().splitlines()
        twice = [f"{line},{'copy' if i == 0 else line.split(',')[0]}" for i, line in enumerate(lines)]
        found = invoke("fit", "-", "--target", "answer", "--json", stdin="\n".join(twice))
        assert found.exit_code == 0
        document = parse(found.stdout)
        assert document["aliases"] == {"copy": ["a"]}
        assert (document["rank"], document["n_columns"]) == (4, 5)


def test_three_classes(three, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", three, "--target", "answer", "-o", saved)
    assert found.exit_code == 0
    assert list(logistica.load(saved).classes_) == ["maybe", "no", "yes"]


def test_the_marks_have_the_coefficients_of_the_lesson():
    document = parse(invoke("fit", shared("data", "marks", "marks.csv"), "--target", "passed", "--json").stdout)
    table = document["coefficients"]
    assert [row["estimate"] for row in table] == pytest.approx([-25.16133357, 0.20623171, 0.20147160], abs=5e-9)
    assert [f"{row['std_error']:.6g}" for row in table] == ["5.79855", "0.0480007", "0.048625"]
    assert document["statistics"]["log_likelihood_kernel"] == pytest.approx(-20.34977016, rel=1e-9)


def test_adult_is_reported_as_it_is(tmp_path):
    saved = tmp_path / "m.json"
    found = invoke("fit", shared("data", "adult", "a1a.train"), "-o", saved, "--json")
    assert found.exit_code == 0
    assert "quasi-completely separated" in found.stderr
    document = parse(found.stdout)
    assert (document["rank"], document["n_columns"]) == (108, 124)
    separation = document["separation"]
    assert separation["verdict"] == "quasi"
    assert separation["columns"] == ["x12", "x13", "x34", "x89", "x123"]
    assert {(sign["class"], sign["reference"], sign["sign"]) for sign in separation["signs"]} == {(1, -1, "-inf")}
    assert separation["n_rows"] == 81
    assert math.isclose(separation["limiting_mean_log_loss"], 0.3219159133, abs_tol=5e-11)
    judged = invoke("evaluate", saved, shared("data", "adult", "a1a.test"), "--json")
    assert judged.exit_code == 0
    result = parse(judged.stdout)
    assert round(result["accuracy"], 4) == 0.8393
    assert result["accuracy"] * result["n_rows"] == pytest.approx(1347)
