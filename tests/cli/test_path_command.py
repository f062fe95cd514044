"""``logistica path``: what ``logistica.path`` finds, as lines, as a document and as a file."""

import numpy as np
import pytest
from pyarrow import csv, parquet

import logistica
from logistica.core.strict_json import parse
from logistica.fitting import path as fitting_path
from tests.cli.running import invoke


def test_the_table_is_python_s(data):
    found = invoke("path", data, "--target", "answer", "--n-penalties", "7", "--smallest", "0.01", "--columns", "a,b")
    assert (found.exit_code, found.stderr) == (0, "")
    expected = logistica.path(data, target="answer", n_penalties=7, smallest=0.01, columns=["a", "b"])
    assert found.stdout == f"{expected}\n"


def test_options_reach_the_path(three):
    options = ["--weights", "w", "--weight-kind", "frequency", "--l1-ratio", "0.3", "--standardize", "--no-intercept"]
    options += ["--C", "10,0.1", "--tol", "1e-9", "--max-iter", "90", "--class-weight", "yes=2", "--threads", "1"]
    found = invoke("path", three, "--target", "answer", *options, "--json")
    assert found.exit_code == 0
    expected = logistica.path(
        three, target="answer", weights="w", weight_kind="frequency", l1_ratio=0.3, standardize=True,
        fit_intercept=False, C=[10, 0.1], tol=1e-9, max_iter=90, class_weight={"yes": 2.0}, threads=1,
    )  # fmt: skip
    document = parse(found.stdout)
    assert (document["converged"], document["terms"], document["classes"]) == (True, ["a", "b"], ["maybe", "no", "yes"])
    assert [one["C"] for one in document["penalties"]] == [0.1, 10.0]
    for name in ("coef", "intercept", "objective", "log_likelihood", "gap", "n_nonzero", "sweeps"):
        np.testing.assert_array_equal([one[name] for one in document["penalties"]], getattr(expected, name))
    assert [one["status"] for one in document["penalties"]] == ["converged"] * 2
    assert document["options"]["l1_ratio"] == 0.3
    assert [note["code"] for note in document["notes"]] == [note.code for note in expected.notes]


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", ["path.csv", "path.parquet", "path.csv.gz"])
def test_the_coefficients_go_to_a_file(name, K, data, three, tmp_path):
    source, output = {2: data, 3: three}[K], tmp_path / name
    found = invoke("path", source, "--target", "answer", "--n-penalties", "4", "-o", output)
    assert (found.exit_code, found.stdout) == (0, "")
    expected = logistica.path(source, target="answer", n_penalties=4).to_frame("pyarrow")
    written = parquet.read_table(output) if name.endswith("parquet") else csv.read_csv(output)
    assert written.column_names == expected.column_names
    for column in written.column_names:
        assert written[column].to_pylist() == expected[column].to_pylist(), column


def test_the_coefficients_go_to_standard_output_as_csv(data):
    printed = invoke("path", data, "--target", "answer", "--C", "1", "-o", "-").stdout
    assert printed.startswith("C,n_nonzero,objective,log_likelihood,gap,status,sweeps,(Intercept),a,b,w\n1,")


def test_a_document_goes_to_a_file_too(data, tmp_path):
    options = ["path", data, "--target", "answer", "--C", "1", "--json"]
    assert invoke(*options, "-o", tmp_path / "path.json").stdout == ""
    assert (tmp_path / "path.json").read_text() == invoke(*options).stdout
    assert invoke(*options, "-o", tmp_path / "path.csv").exit_code == 2


def test_one_that_has_not_converged_is_told_and_ends_with_4(data):
    arguments = ["path", data, "--target", "answer", "--max-iter", "1", "--n-penalties", "3"]
    found = invoke(*arguments)
    assert found.exit_code == 4
    assert "have not converged, the first at --C" in found.stderr
    assert "larger --max-iter" in found.stdout
    assert not parse(invoke(*arguments, "--json").stdout)["converged"]
    assert invoke(*arguments, "-q").stderr == ""


def test_an_interrupt_ends_it_with_the_fits_that_are_done(monkeypatch, data):
    real, done = fitting_path._fitted, []

    def twice(*arguments):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(real(*arguments))
        return done[-1]

    monkeypatch.setattr(fitting_path, "_fitted", twice)
    found = invoke("path", data, "--target", "answer", "--n-penalties", "5")
    assert found.exit_code == 130
    assert "warning: Interrupted: these are the 2 fits that were done" in found.stderr
    assert len([line for line in found.stdout.splitlines() if line.endswith("converged")]) == 2


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--C", "1,x"], 2, "'1,x' is not a list of numbers with commas between them"),
        (["--C", "1,0"], 2, "error: --C 0.0: it must be a sequence of finite numbers above 0"),
        (["--C", "inf"], 2, "error: --C inf: it must be"),
        (["--n-penalties", "1"], 2, "error: --n-penalties 1: it must be"),
        (["--smallest", "1"], 2, "error: --smallest 1.0: it must be a number between 0 and 1"),
        (["--columns", "z"], 3, "'z'"),
        (["-o", "nowhere/path.csv"], 7, "there is no directory 'nowhere'"),
        (["-o", "path.xls"], 2, "names a format that is not written"),
    ],
)
def test_what_is_wrong_is_refused(options, code, said, data):
    found = invoke("path", data, "--target", "answer", *options)
    assert found.exit_code == code, found.stderr
    assert said in found.stderr
    assert found.stdout == ""
