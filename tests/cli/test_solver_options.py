"""The options of solvers, stopping, class balance and checkpoints: what Python offers under the same names."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import logistica
from logistica.cli import fit as command_file
from logistica.cli.solver_options import PARAMETER_NAMES, RULE_NAMES, SCHEDULES, SOLVERS, known_parameters
from logistica.core.strict_json import parse
from logistica.fitting.class_balance import ClassBalance
from logistica.solvers import settings
from logistica.solvers.descent import schedules
from logistica.solvers.settings import SGD, Adam, GradientDescent
from logistica.solvers.stopping import Stop
from tests.cli.running import invoke

NOT_AT_THE_COMMAND_LINE = {"start"}


def test_every_parameter_of_a_solver_is_an_option_and_the_other_way_round():
    records = {field.name for kind in settings.SOLVERS.values() for field in fields(kind)}
    assert set(PARAMETER_NAMES) == records - NOT_AT_THE_COMMAND_LINE
    assert {name.removeprefix("stop_") for name in RULE_NAMES} == {field.name for field in fields(Stop)}
    assert set(SOLVERS) == set(settings.SOLVERS)
    assert set(SCHEDULES) == set(schedules.SCHEDULES)


def test_every_option_has_its_place_in_the_help():
    grouped = {name for names in command_file._GROUPS.values() for name in names}
    declared = {parameter.name for parameter in command_file.command.params}
    assert grouped <= declared
    text = invoke("fit", "--help").stdout
    for name in declared - {"data", "no_intercept", "as_json"}:
        assert f"--{name.replace('_', '-')}" in text
    headings = ["Examples:", "Data:", "Factors:", "Model:", "Solver:", "First-order solvers:", "Options:"]
    places = [text.index(f"\n{heading}") for heading in headings]
    assert places == sorted(places)


OPTIONS = {
    "--solver sgd --learning-rate 0.01 --batch-size 16 --epochs 3 --momentum 0.5 --nesterov --average 0.25": {
        "solver": SGD(learning_rate=0.01, batch_size=16, epochs=3, momentum=0.5, nesterov=True, average=0.25)
    },
    "--solver sgd --epochs 3 --schedule step,every=2,by=0.1 --no-shuffle --no-precondition": {
        "solver": SGD(epochs=3, schedule=schedules.Step(2, 0.1), shuffle=False, precondition=False)
    },
    "--solver adam --epochs 3 --beta-1 0.8 --beta-2 0.99 --epsilon 1e-6 --schedule cosine": {
        "solver": Adam(epochs=3, beta_1=0.8, beta_2=0.99, epsilon=1e-6, schedule="cosine")
    },
    "--solver gradient-descent --learning-rate auto --C 2 --l1-ratio 0.5": {
        "solver": GradientDescent(),
        "C": 2.0,
        "l1_ratio": 0.5,
    },
    "--solver sgd --patience 2 --validation-share 0.3 --stop-seconds 60 --stop-loss-change 0 --stop-gradient-norm 0": {
        "solver": SGD(),
        "stop": Stop(patience=2, validation_share=0.3, seconds=60, loss_change=0, gradient_norm=0),
    },
    "--stop-seconds 100": {"stop": Stop(seconds=100.0)},
    "--class-weight no=2 --class-weight yes=0.5": {"class_weight": {"no": 2.0, "yes": 0.5}},
    "--class-weight balanced --restore-prevalence": {"class_weight": "balanced", "restore_prevalence": True},
    "--resample under --random-state 7": {"resample": "under", "random_state": 7},
}


@pytest.mark.filterwarnings("ignore::logistica.ConvergenceWarning", "ignore::logistica.DataWarning")
@pytest.mark.parametrize("arguments", OPTIONS)
def test_the_same_fit_as_from_python(arguments, data, tmp_path):
    saved = tmp_path / "model.json"
    found = invoke("fit", data, "--target", "answer", *arguments.split(), "-o", saved, "--quiet")
    assert found.exit_code in {0, 4}, found.stderr
    model = logistica.fit(data, target="answer", **OPTIONS[arguments])
    other = logistica.load(saved)
    np.testing.assert_array_equal(other.coef_, model.coef_)
    np.testing.assert_array_equal(other.intercept_, model.intercept_)
    assert other.fitted.fit.options.stop == model.fitted.fit.options.stop
    assert other.fitted.fit.options.settings == model.fitted.fit.options.settings


@pytest.mark.parametrize(("text", "labels"), [("0=2", (0, 1)), ("true=2", (True, False)), ("1.5=2", (1.5, 0.5))])
def test_labels_are_named_as_they_are_written(text, labels, tmp_path):
    path = tmp_path / "table.csv"
    written = [str(label).lower() for label in labels]
    path.write_text("x,y\n" + "".join(f"{i % 5},{written[i * i % 7 < 3]}\n" for i in range(40)))
    found = invoke("fit", path, "--target", "y", "--class-weight", text, "--json")
    assert found.exit_code == 0, found.stderr
    expected = logistica.fit(path, target="y", class_weight={labels[0]: 2.0})
    assert parse(found.stdout)["objective"] == expected.fitted.fit.likelihoods.objective


USAGE = {
    "--momentum 0.5": ["--momentum is no option of --solver auto, which has none of its own"],
    "--solver adam --momentum 0.5": ["--momentum is no option of --solver adam, which has --learning-rate"],
    "--solver gradient-descent --batch-size 5": ["--batch-size is no option of --solver gradient-descent"],
    "--solver sgd --learning-rate fast": ["'--learning-rate': 'fast' is neither a number nor 'auto'"],
    "--solver sgd --learning-rate -1": ["--learning-rate -1.0: it must be a finite number above 0"],
    "--solver sgd --epochs 0": ["--epochs 0: it must be a whole number from 1"],
    "--solver sgd --schedule fast": ["'fast' is not one of 'constant', 'step'"],
    "--solver sgd --schedule step,every": ["'every' is not of the form PARAMETER=NUMBER"],
    "--solver sgd --schedule step,often=3": ["--schedule step has no parameter 'often'; it has every, by"],
    "--solver sgd --nesterov --learning-rate 1": ["--nesterov needs a momentum, such as --momentum 0.9"],
    "--solver sgd --tol 1e-5": ["--tol 1e-05 is for the Newton solver", "--stop-gradient-norm, --stop-loss-change"],
    "--patience 3": ["--patience 3 is for first-order solvers, such as --solver sgd"],
    "--stop-loss-change 0.1": ["--stop-loss-change 0.1 is for first-order solvers", "or --stop-seconds"],
    "--solver sgd --stop-seconds -1": ["--stop-seconds -1.0: it must be a number from 0"],
    "--solver newton --l1-ratio 0.5 --C 1": [
        "--l1-ratio 0.5: an L1 penalty has no second derivative, which --solver newton needs"
    ],
    "--solver adam --l1-ratio 0.5 --C 1": [
        "Use --solver proximal-newton, --solver gradient-descent or --solver sgd, or --l1-ratio 0"
    ],
    "--class-weight no": ["'no' is not of the form LABEL=WEIGHT"],
    "--class-weight no=much": ["'no=much' is not of the form LABEL=WEIGHT"],
    "--class-weight no=1 --class-weight no=2": ["the weight of 'no' is given twice"],
    "--class-weight perhaps=1": ["--class-weight names 'perhaps', which is none of the classes"],
    "--class-weight balanced --class-weight no=2": ["'balanced' is not of the form LABEL=WEIGHT"],
    "--class-weight balanced --resample over": ["--class-weight and --resample both balance the classes"],
    "--restore-prevalence": ["--restore-prevalence undoes what --class-weight or --resample does"],
    "--random-state -1": ["--random-state -1: it must be a whole number"],
    "--checkpoint run.ckpt": ["--checkpoint is for first-order solvers, such as --solver sgd"],
    "--solver sgd --checkpoint DATA": ["is the input itself, and would be overwritten"],
}


@pytest.mark.parametrize("arguments", USAGE)
def test_wrong_usage_by_name(arguments, data):
    before = data.read_bytes()
    given = [str(data) if one == "DATA" else one for one in arguments.split()]
    found = invoke("fit", data, "--target", "answer", *given)
    assert found.exit_code == 2, found.stderr
    assert found.stdout == ""
    for part in USAGE[arguments]:
        assert part in found.stderr
    assert data.read_bytes() == before


def test_the_same_class_twice_in_python():
    with pytest.raises(logistica.OptionError, match="names the class 1 twice"):
        logistica.fit([[1.0], [2.0], [3.0], [4.0]], target=[0, 1, 0, 1], class_weight={1: 2.0, "1": 3.0})
    assert ClassBalance({1: 2.0}).active


def test_every_solver_knows_its_own_parameters():
    assert known_parameters("newton") == ()
    assert "batch_size" not in known_parameters("gradient-descent")
    assert {"momentum", "nesterov"} <= set(known_parameters("sgd")) - set(known_parameters("adam"))


class TestCheckpoint:
    ARGUMENTS = (
        "--target",
        "answer",
        "--solver",
        "sgd",
        "--epochs",
        "5",
        "--batch-size",
        "16",
        "--learning-rate",
        "0.1",
    )

    def test_more_epochs_go_on_from_it(self, data, tmp_path):
        path, saved, whole = tmp_path / "run.ckpt", tmp_path / "model.json", tmp_path / "whole.json"
        invoke("fit", data, *self.ARGUMENTS, "--checkpoint", path)
        found = invoke("fit", data, *self.ARGUMENTS, "--epochs", "9", "--checkpoint", path, "-o", saved)
        assert "Went on from the checkpoint" in found.stdout
        assert "after 5 epochs" in " ".join(found.stdout.split())
        invoke("fit", data, *self.ARGUMENTS, "--epochs", "9", "-o", whole)
        np.testing.assert_array_equal(logistica.load(saved).coef_, logistica.load(whole).coef_)

    def test_that_of_another_fit_ends_with_code_6(self, data, tmp_path):
        path = tmp_path / "run.ckpt"
        invoke("fit", data, *self.ARGUMENTS, "--checkpoint", path)
        found = invoke("fit", data, *self.ARGUMENTS, "--batch-size", "8", "--checkpoint", path)
        assert found.exit_code == 6
        assert "is the checkpoint of another fit: it has --batch-size 16, and this fit --batch-size 8" in found.stderr

    def test_a_damaged_one_ends_with_code_6(self, data, tmp_path):
        path = tmp_path / "run.ckpt"
        path.write_bytes(b"")
        found = invoke("fit", data, *self.ARGUMENTS, "--checkpoint", path)
        assert (found.exit_code, found.stdout) == (6, "")
        assert "the file is empty" in found.stderr

    def test_it_may_not_be_the_output(self, data, tmp_path):
        saved = tmp_path / "model.json"
        invoke("fit", data, "--target", "answer", "-o", saved)
        for path in (saved, tmp_path / "new"):
            found = invoke("fit", data, *self.ARGUMENTS, "--checkpoint", path, "-o", path)
            assert (found.exit_code, found.stdout) == (2, "")
            assert "need a file each" in found.stderr

    def test_a_place_that_is_not_there(self, data, tmp_path):
        found = invoke("fit", data, *self.ARGUMENTS, "--checkpoint", tmp_path / "nowhere" / "run.ckpt")
        assert found.exit_code == 7
        assert "Make it first" in found.stderr


def test_the_document_shows_the_solver(data):
    document = parse(invoke("fit", data, "--target", "answer", "--solver", "sgd", "--epochs", "3", "--json").stdout)
    assert document["solver"]["name"] == "sgd"
    assert (document["solver"]["epochs"], document["solver"]["batch_size"]) == (3, 64)
    assert document["options"]["solver"] == {"name": "sgd", "epochs": 3}
    plain = parse(invoke("fit", data, "--target", "answer", "--json").stdout)
    assert plain["solver"] == {"name": "newton"}
