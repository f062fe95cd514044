"""The doors to a fit offer the same options, with the same defaults and descriptions, or say why one has none."""

from __future__ import annotations

import dataclasses
import inspect

import click
import pytest

import logistica
from logistica import Auto, LogisticRegression, Stop
from logistica.cli import fit as command_file
from logistica.cli import path as path_file
from logistica.cli.solver_options import PARAMETER_NAMES, RULE_NAMES
from logistica.core.docstrings import attributes, entries_of
from logistica.data.factors import FactorOptions
from logistica.data.preparation import Preparation
from logistica.fitting.class_balance import ClassBalance
from logistica.fitting.options import OPTIONS, FitOptions

RECORDS = (FitOptions, ClassBalance, Preparation, FactorOptions)
PYTHON = inspect.signature(logistica.fit).parameters
ESTIMATOR = inspect.signature(LogisticRegression).parameters
SHELL = {
    parameter.name: parameter
    for parameter in command_file.command.params
    if isinstance(parameter, click.Option) and parameter.name not in {*PARAMETER_NAMES, *RULE_NAMES}
}

A_TRANSFORMER = "scikit-learn makes columns by transformers in a pipeline"
AN_ARGUMENT = "scikit-learn passes it to the method fit"
GROUPED = "scikit-learn's y holds one label for each row"
NOT_BEHIND_SCIKIT_LEARN_S = {
    **dict.fromkeys(("formula", "columns", "missing", "baseline", "levels", "rare", "unknown"), A_TRANSFORMER),
    **dict.fromkeys(("data", "target", "weights", "offset"), AN_ARGUMENT),
    "trials": GROUPED,
    "weight_kind": "sample_weight means importance throughout scikit-learn",
    "threads": "n_jobs is scikit-learn's word for it",
}
NOT_IN_THE_SHELL = {
    "data": "it is the argument",
    "fit_intercept": "--no-intercept",
    "on_separation": "--strict",
    "stop": "an option for each rule",
    "progress": "--quiet",
    "callback": "a shell has no functions",
    "keep_coefficients": "no command prints a history",
}
ONLY_IN_THE_SHELL = {"no_intercept", "strict", "quiet", "output", "as_json"}
PATH = inspect.signature(logistica.path).parameters
SHELL_S_PATH = {option.name: option for option in path_file.command.params if isinstance(option, click.Option)}


def _defaults() -> dict[str, object]:
    """The defaults of all options by name, as the records' fields state them; what is empty stands as None."""
    values = {
        field.name: field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        for record in RECORDS
        for field in dataclasses.fields(record)
        if field.name not in {"balance", "factors"}
    }
    return {name: None if value in ({}, Stop()) else value for name, value in values.items()}


def test_every_option_of_the_records_is_one_of_fit():
    assert set(OPTIONS) < set(_defaults()) < set(PYTHON)


def test_defaults_are_those_of_the_records():
    for name, default in _defaults().items():
        for door in (PYTHON, ESTIMATOR):
            if name in door:
                assert door[name].default == default, name
                assert type(door[name].default) is type(default), name


def test_scikit_learn_s_door_offers_what_fit_does():
    assert set(PYTHON) - set(ESTIMATOR) == set(NOT_BEHIND_SCIKIT_LEARN_S)
    assert set(ESTIMATOR) - set(PYTHON) == {"n_jobs"}
    for name in set(ESTIMATOR) & set(PYTHON):
        assert ESTIMATOR[name].default == PYTHON[name].default, name


def test_the_shell_offers_what_fit_does():
    assert set(PYTHON) - set(SHELL) == set(NOT_IN_THE_SHELL)
    assert set(SHELL) - set(PYTHON) == ONLY_IN_THE_SHELL


def test_a_command_without_options_is_a_call_without_options():
    given = command_file.command.make_context("fit", ["data.csv"]).params
    for name in ("data", "output", "checkpoint", "as_json", "quiet"):  # the command takes these itself
        assert given.pop(name) in {"data.csv", None, False}
    for name, value in command_file._arguments(given).items():
        default = PYTHON[name].default
        assert value == {"solver": Auto(), "stop": Stop()}.get(name, default) or value in ((), {}), name


def test_the_shell_s_path_offers_what_python_s_does():
    assert set(PATH) - set(SHELL_S_PATH) == {"data", "fit_intercept"}
    assert set(SHELL_S_PATH) - set(PATH) == ONLY_IN_THE_SHELL - {"strict"}
    assert set(PATH) - set(PYTHON) == {"n_penalties", "smallest"}
    for name in set(SHELL) & set(SHELL_S_PATH) - {"C", "output"}:
        if name not in {"l1_ratio", "tol", "max_iter"}:
            assert SHELL[name].to_info_dict() == SHELL_S_PATH[name].to_info_dict(), name


def test_a_path_without_options_is_a_call_without_options():
    given = path_file.command.make_context("path", ["data.csv"]).params
    for name in ("data", "output", "as_json", "quiet"):
        assert given.pop(name) in {"data.csv", None, False}
    for name, value in path_file._arguments(given).items():
        assert value == PATH[name].default or value == {}, name


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("missing", ("error", "drop", "impute")),
        ("weight_kind", ("importance", "frequency", "sampling")),
        ("unknown", ("error", "reference", "missing", "other")),
        ("resample", ("over", "under")),
        ("solver", ("auto", "newton", "newton-cg", "lbfgs", "proximal-newton", "gradient-descent", "sgd", "adam")),
    ],
)
def test_choices_of_the_shell_are_those_that_are_described(name, known):
    option = SHELL[name]
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == known
    described = entries_of(logistica.fit.__doc__, "Parameters")[name]
    assert "{" + ", ".join(f'"{one}"' for one in known) + "}" in described


@pytest.mark.parametrize("door", [logistica.fit, LogisticRegression], ids=["fit", "LogisticRegression"])
def test_every_parameter_is_described(door):
    entries = entries_of(door.__doc__, "Parameters")
    assert list(entries) == list(inspect.signature(door).parameters)
    for name, entry in entries.items():
        head, *text = entry.splitlines()
        assert head.startswith(f"{name} : "), entry
        assert len(" ".join(text)) > 20, entry


@pytest.mark.parametrize("door", [logistica.fit, LogisticRegression], ids=["fit", "LogisticRegression"])
def test_options_are_described_as_in_their_records(door):
    entries = entries_of(door.__doc__, "Parameters")
    said = {
        name: text for record in (FitOptions, ClassBalance, FactorOptions) for name, text in attributes(record).items()
    }
    shared = set(entries) & set(said)
    assert shared >= set(OPTIONS) - {"threads"}
    for name in shared:
        assert entries[name] == said[name]


@pytest.mark.parametrize("method", [logistica.fit, LogisticRegression])
def test_stated_defaults_are_true(method):
    entries = entries_of(method.__doc__, "Parameters")
    for name, parameter in inspect.signature(method).parameters.items():
        _, stated, value = entries[name].splitlines()[0].partition(", default ")
        if stated:
            assert value == {1e-10: "1e-10"}.get(parameter.default, _written(parameter.default)), name


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}" if type(value) is float else str(value)
