"""One exit code for each cause, a message on standard error, and nothing half done."""

import os

import numpy as np
import pytest

import logistica
from logistica.cli.exit_codes import ExitCode
from logistica.core.strict_json import parse
from logistica.prediction import model_file
from tests.cli.running import invoke
from tests.shared import shared


def only_a_message(found, *parts):
    """Nothing on standard output, and a message with all ``parts`` on standard error."""
    assert found.stdout == ""
    for part in parts:
        assert part in found.stderr
    assert "Traceback" not in found.stderr


def test_0_done_also_if_separated_or_aliased(separated, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", separated, "--target", "y", "-o", saved)
    assert found.exit_code == ExitCode.DONE
    assert found.stderr.startswith("warning: The classes are completely separated")
    assert logistica.load(saved).separation.verdict == "complete"


def test_1_unexpected_says_how_to_see_more(data, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("logistica.model.fit", broken)
    found = invoke("fit", data)
    assert found.exit_code == ExitCode.UNEXPECTED
    only_a_message(found, "ZeroDivisionError: a mistake of ours", "--debug")
    debugged = invoke("--debug", "fit", data)
    assert debugged.exit_code == ExitCode.UNEXPECTED
    assert "Traceback" in debugged.stderr


USAGE = {
    "no command that exists": (["fti"], "'fit'"),
    "no option that exists": (["fit", "DATA", "--tagret", "y"], "--target"),
    "no data": (["fit"], "DATA"),
    "no target": (["fit", "DATA"], "pass --target"),
    "an impossible C": (["fit", "DATA", "--target", "answer", "--C", "-1"], "--C -1.0: it must be a number above 0"),
    "an impossible max_iter": (["fit", "DATA", "--target", "answer", "--max-iter", "0"], "--max-iter 0"),
    "an unknown solver": (["fit", "DATA", "--target", "answer", "--solver", "magic"], "newton"),
    "an empty name": (["fit", "DATA", "--target", "answer", "--columns", "a,,b"], "empty name"),
    "the target among the columns": (["fit", "DATA", "--target", "answer", "--columns", "a,answer"], "'answer'"),
    "a model on standard output": (["fit", "DATA", "--target", "answer", "-o", "-"], "name a file"),
    "the input as output": (["fit", "DATA", "--target", "answer", "-o", "DATA"], "would be overwritten"),
    "the model as output": (["predict", "MODEL", "DATA", "-o", "MODEL"], "would be overwritten"),
    "an impossible threshold": (["evaluate", "MODEL", "DATA", "--threshold", "2"], "--threshold 2.0: it must be"),
    "an impossible level": (["summary", "MODEL", "--level", "95"], "--level 95.0: it must be"),
}


@pytest.mark.parametrize("case", USAGE)
def test_2_usage(case, data, model):
    arguments, part = USAGE[case]
    before = data.read_bytes(), model.read_bytes()
    found = invoke(*({"DATA": data, "MODEL": model}.get(one, one) for one in arguments))
    assert found.exit_code == ExitCode.USAGE
    only_a_message(found, part)
    assert (data.read_bytes(), model.read_bytes()) == before


def test_2_the_input_under_another_name_is_still_the_input(data, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(data)
    assert invoke("fit", data, "--target", "answer", "-o", link).exit_code == ExitCode.USAGE


BAD_DATA = {
    "a ragged row": ("x,y\n1,0\n2\n", "line 3"),
    "one class": ("x,y\n1,0\n2,0\n", "only class"),
    "no rows": ("x,y\n", "0 rows"),
    "empty": ("", "empty"),
    "no such column": ("x,z\n1,0\n2,1\n", "'y'"),
    "a missing value": ("x,y\n1,0\n,1\n3,1\n", "--missing drop"),
    "a number too large": ("x,y\n1,0\n1e400,1\n3,1\n", "line 3"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_3_bad_data(case, tmp_path):
    text, part = BAD_DATA[case]
    saved = tmp_path / "model.json"
    found = invoke("fit", "-", "--target", "y", "-o", saved, stdin=text)
    assert found.exit_code == ExitCode.BAD_DATA
    only_a_message(found, part)
    assert not saved.exists()


def test_4_not_converged_is_saved_and_says_so(data, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", data, "--target", "answer", "--max-iter", "1", "-o", saved, "--json")
    assert found.exit_code == ExitCode.NOT_CONVERGED
    assert "warning: Not converged after --max-iter 1 steps" in found.stderr
    document = parse(found.stdout)
    assert (document["converged"], document["status"]) == (False, "maximum number of iterations")
    assert not logistica.load(saved).record.converged


def test_5_separated_with_strict_saves_nothing(separated, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", separated, "--target", "y", "--strict", "-o", saved)
    assert found.exit_code == ExitCode.SEPARATED
    only_a_message(found, "error: The classes are completely separated", "--C 1")
    assert not saved.exists()


def test_5_separated_with_strict_still_prints_the_document(separated, tmp_path):
    saved = tmp_path / "model.json"
    strict = invoke("fit", separated, "--target", "y", "--strict", "--json", "-o", saved)
    assert strict.exit_code == ExitCode.SEPARATED
    assert strict.stderr.startswith("error: The classes are completely separated")
    assert not saved.exists()
    document, plain = (parse(one.stdout) for one in (strict, invoke("fit", separated, "--target", "y", "--json")))
    assert document["separation"]["verdict"] == "complete"
    assert document["converged"] is False
    assert document["separation"] == plain["separation"]
    assert document["coefficients"] == plain["coefficients"]


def test_5_the_labels_of_the_fifth_system_are_completely_separated(tmp_path):
    generator = np.random.RandomState(0)
    X = generator.randn(1000, 2)
    y = (X @ [2, -3] + 0.5 > 0).astype(int)
    path = tmp_path / "system5.csv"
    lines = [f"{a!r},{b!r},{label}" for (a, b), label in zip(X.tolist(), y.tolist(), strict=True)]
    path.write_text("\n".join(["x1,x2,y", *lines, ""]))
    assert invoke("fit", path, "--target", "y", "--strict").exit_code == ExitCode.SEPARATED
    document = parse(invoke("fit", path, "--target", "y", "--json").stdout)
    assert document["separation"]["verdict"] == "complete"
    penalised = parse(invoke("fit", path, "--target", "y", "--C", "1", "--strict", "--json").stdout)
    assert penalised["status"] == "converged"


@pytest.mark.parametrize("command", ["summary", "predict", "evaluate"])
@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "not a model"])
def test_6_bad_model_file(command, damage, model, data):
    content = model.read_bytes()
    changed = content.replace(b'"newton"', b'"newtoN"')
    model.write_bytes({"cut short": content[:-9], "one byte changed": changed, "not a model": b"a,b\n1,2\n"}[damage])
    found = invoke(command, model, *([] if command == "summary" else [data]))
    assert found.exit_code == ExitCode.BAD_MODEL
    only_a_message(found, str(model))


@pytest.mark.parametrize("command", ["summary", "predict", "evaluate"])
def test_6_a_hostile_model_with_a_valid_checksum(command, model, data):
    content = model_file.read(model)
    content["estimate"]["centre"][0] = 1e308
    model_file.write(model, content)
    found = invoke(command, model, *([] if command == "summary" else [data]))
    assert found.exit_code == ExitCode.BAD_MODEL
    only_a_message(found, str(model), "contradicts itself", "predictions overflow")


@pytest.mark.parametrize("arguments", [["summary", "-"], ["predict", "-", "DATA"], ["evaluate", "-", "DATA"]])
def test_2_the_model_cannot_be_standard_input(arguments, data):
    found = invoke(*(str(data) if one == "DATA" else one for one in arguments))
    assert found.exit_code == ExitCode.USAGE
    only_a_message(found, "the model must be a file; only data can be read from standard input ('-')")


ACCESS = {
    "no such data": ["fit", "DIRECTORY/nothing.csv"],
    "data that are a directory": ["fit", "DIRECTORY"],
    "no such model": ["summary", "DIRECTORY/nothing.json"],
    "an output without a directory": ["fit", "DATA", "--target", "answer", "-o", "DIRECTORY/no/model.json"],
    "an output that is a directory": ["predict", "MODEL", "DATA", "-o", "DIRECTORY"],
    "a model to a full disk": ["fit", "DATA", "--target", "answer", "-o", "/dev/full"],
    "predictions to a full disk": ["predict", "MODEL", "DATA", "-o", "/dev/full"],
}


@pytest.mark.parametrize("case", ACCESS)
def test_7_input_or_output_failed(case, data, model, tmp_path):
    if "full" in case and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    names = {"DATA": str(data), "MODEL": str(model)}
    arguments = [names.get(one, one.replace("DIRECTORY", str(tmp_path))) for one in ACCESS[case]]
    before = sorted(tmp_path.iterdir())
    found = invoke(*arguments)
    assert found.exit_code == ExitCode.ACCESS
    only_a_message(found, "error: ")
    assert sorted(tmp_path.iterdir()) == before


def test_the_readme_and_the_help_list_every_code():
    help_text = invoke("--help").stdout
    readme = (shared_root() / "README.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in readme
        if code < ExitCode.INTERRUPTED:
            assert f" {code.value}  " in help_text


def shared_root():
    """The root of the checkout."""
    from pathlib import Path

    return Path(__file__).resolve().parents[2]


def test_marks_end_well(tmp_path):
    path = shared("data", "marks", "marks.csv")
    saved = tmp_path / "m.json"
    assert invoke("fit", path, "--target", "passed", "--strict", "-o", saved).exit_code == ExitCode.DONE
    document = parse(invoke("evaluate", saved, path, "--json").stdout)
    assert document["confusion_matrix"] == [[34, 6], [5, 55]]
