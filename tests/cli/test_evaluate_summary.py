"""``logistica evaluate`` and ``logistica summary``."""

import pytest

import logistica
from logistica.core.strict_json import parse
from logistica.evaluation import evaluate
from tests.cli.running import invoke


def test_the_target_is_found_by_its_name(model, data):
    found = invoke("evaluate", model, data)
    assert found.exit_code == 0
    assert found.stdout == f"{evaluate(logistica.load(model).fitted, data)}\n"


def test_another_target_a_threshold_weights_and_json(model, data, tmp_path):
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(data.read_text().replace("answer", "truth"))
    missing = invoke("evaluate", model, renamed)
    assert missing.exit_code == 3
    assert "'answer'" in missing.stderr
    options = ["--target", "truth", "--threshold", "0.3", "--weights", "w", "--weight-kind", "frequency"]
    found = invoke("evaluate", model, renamed, *options, "--json")
    assert found.exit_code == 0
    expected = evaluate(
        logistica.load(model).fitted, renamed, target="truth", threshold=0.3, weights="w", weight_kind="frequency"
    )
    assert parse(found.stdout) == parse(invoke("evaluate", model, data, *options[2:], "--json").stdout)
    assert parse(found.stdout)["log_loss"] == expected.log_loss
    assert parse(found.stdout)["threshold"] == 0.3


def test_a_model_of_svmlight_text_finds_the_target_in_the_file(tmp_path):
    path, saved = tmp_path / "data.txt", tmp_path / "model.json"
    path.write_text("".join(f"{'+1' if i % 3 else '-1'} 1:{i % 5} 2:{i % 2}\n" for i in range(30)))
    assert invoke("fit", path, "-o", saved).exit_code == 0
    document = parse(invoke("evaluate", saved, path, "--json").stdout)
    assert (document["n_rows"], document["classes"]) == (30, [-1, 1])


def test_a_class_that_is_not_there_is_noted(model, data):
    only = "\n".join(line for line in data.read_text().splitlines() if ",no," not in line)
    found = invoke("evaluate", model, "-", stdin=only)
    assert found.exit_code == 0
    assert "note: no row here is of class 'no'" in found.stderr
    assert "ROC AUC      n/a" in found.stdout


def test_summary_of_a_saved_model_is_the_one_of_its_fit(model, data):
    printed = invoke("fit", data, "--target", "answer", "--columns", "a,b").stdout
    assert invoke("summary", model).stdout == printed


@pytest.mark.parametrize(("option", "method"), [("--markdown", "to_markdown"), ("--latex", "to_latex")])
def test_summary_in_other_forms(option, method, model):
    summary = logistica.load(model).summary(level=0.9)
    assert invoke("summary", model, "--level", "0.9", option).stdout == f"{getattr(summary, method)()}\n"


def test_summary_as_json(model):
    document = parse(invoke("summary", model, "--level", "0.99", "--json").stdout)
    assert document["level"] == 0.99
    assert [row["term"] for row in document["coefficients"]] == ["(Intercept)", "a", "b"]


def test_a_separation_is_told_in_one_shape(separated, tmp_path):
    saved = tmp_path / "model.json"
    fitted = parse(invoke("fit", separated, "--target", "y", "-o", saved, "--json").stdout)
    document = parse(invoke("summary", saved, "--json").stdout)
    assert document["separation"]["n_rows"] == 8
    assert {key: fitted[key] for key in document} == document


def test_the_reference_class_is_given_as_text(three, tmp_path):
    saved = tmp_path / "model.json"
    invoke("fit", three, "--target", "answer", "-o", saved)
    document = parse(invoke("summary", saved, "--reference", "yes", "--json").stdout)
    assert {row["class"] for row in document["coefficients"]} == {"maybe", "no"}
    mistyped = invoke("summary", saved, "--reference", "yess")
    assert mistyped.exit_code == 2
    assert "Did you mean 'yes'?" in mistyped.stderr


def test_a_numeric_reference_keeps_its_type(separated, tmp_path):
    saved = tmp_path / "model.json"
    invoke("fit", separated, "--target", "y", "--C", "1", "-o", saved)
    assert parse(invoke("summary", saved, "--reference", "1", "--json").stdout)["model"]["reference"] == 1
