"""Every message of the house names options in the shell as the shell has them."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import pytest

import logistica
from logistica.cli.main import commands
from logistica.cli.spelling import in_options
from logistica.core.errors import DataError, FormulaError
from logistica.solvers.descent.schedules import SCHEDULES
from logistica.solvers.descent.starts import Normal
from logistica.solvers.settings import SOLVERS
from logistica.solvers.stopping import Stop

HOUSE = Path(logistica.__file__).parent
RECORDS = (Stop, Normal, *SOLVERS.values(), *SCHEDULES.values())
PYTHON = {
    *inspect.signature(logistica.fit).parameters,
    *inspect.signature(logistica.Model.summary).parameters,
    *(field.name for record in (Stop, Normal, *SOLVERS.values()) for field in fields(record)),
} - {"data", "formula", "self"}
SHELL = {
    spelled
    for command in commands.commands.values()
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for spelled in (*parameter.opts, *parameter.secondary_opts)
}
QUOTED = re.compile(r"""(?<!\w)'(?:[^'\\]|\\.)*'|(?<!\w)"(?:[^"\\]|\\.)*\"""")
UNDERSCORED = "|".join(sorted(name for name in PYTHON if "_" in name))
MARKS = re.compile(
    rf"(?<![\w.])(?:{'|'.join(PYTHON)})(?:\[[^\]]*\])?=(?!=)"
    rf"|(?<![\w.-])(?:{UNDERSCORED})(?![\w(])"
    rf"|(?<![\w.])(?:{'|'.join(record.__name__ for record in RECORDS)})\("
)

NOT_IN_THE_SHELL = {
    "the shell has an option for each rule": ("stop=7: it must be a record",),
    "the shell has one kind of standard errors": ("covariance=7: it must be",),
    "the shell starts at zeros": (
        "start=7: the loss there is beyond all numbers",
        "start= gives an intercept to a model without one",
        "start=: the 7",
        "start=7: it must be 'zeros'",
    ),
    "the shell has no callbacks": ("callback=7: it must be a function", "callback= returned 7"),
    "the shell keeps no coefficients of its history": ("Do without keep_coefficients=True",),
}


def _strings(tree: ast.AST) -> list[str]:
    """All text of a file, whole, but for docstrings; what is filled in stands as 7, as a name as seconds."""
    left_out = {
        id(part)
        for node in ast.walk(tree)
        for part in (
            [node.value] if isinstance(node, ast.Expr) else node.values if isinstance(node, ast.JoinedStr) else []
        )
    }
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
            texts.append(re.sub(r"\b7=", "seconds=", text))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            texts.append(node.value)
    return texts


@cache
def _messages() -> list[str]:
    """Texts of the house that name an option; the command line speaks for itself, and pages have styles."""
    files = [path for path in HOUSE.rglob("*.py") if "cli" not in path.parts and path.stem != "as_html"]
    texts = {text for path in files for text in _strings(ast.parse(path.read_text(encoding="utf-8")))}
    return sorted(text for text in texts if " " in text and MARKS.search(text))


def test_there_are_messages():
    assert len(_messages()) > 60


@pytest.mark.parametrize("message", _messages())
def test_no_message_speaks_python_in_the_shell(message):
    excused = [start for starts in NOT_IN_THE_SHELL.values() for start in starts if start in message]
    spelled = in_options(message)
    left = MARKS.findall(QUOTED.sub("''", spelled))
    assert bool(left) == bool(excused), spelled
    assert set(re.findall(r"(?<!\S)\(?(--[A-Za-z][\w-]*)", spelled)) <= SHELL, spelled


def test_every_excuse_is_needed():
    for starts in NOT_IN_THE_SHELL.values():
        for start in starts:
            assert any(start in message for message in _messages()), start


def test_options_that_are_checked_by_name():
    """Names that are handed to the functions of ``core.checks``, whose messages begin with them."""
    handed = set()
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("checked_") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    handed.add(first.value)
    spoken = {name for name in handed if "--" in in_options(f"{name}=7: it must be")}
    assert handed & PYTHON - spoken == {"sigma", "keep_coefficients", "progress"}  # which the shell has not
    assert len(spoken) > 15


EXAMPLES = {
    "class_weight={'no': 2.0, 'yes': 0.5} and": "--class-weight no=2.0 --class-weight yes=0.5 and",
    "class_weight['a b']=-1.0: it must be": "--class-weight 'a b'=-1.0: it must be",
    "it has class_weight=None, and this fit class_weight='balanced'.": (
        "it has no --class-weight, and this fit --class-weight balanced."
    ),
    "it has fit_intercept=True, and this fit fit_intercept=False": (
        "it has no --no-intercept, and this fit --no-intercept"
    ),
    "it has standardize=False, and this fit standardize=True": "it has no --standardize, and this fit --standardize",
    "shuffle=True, shuffle=False": "--shuffle, --no-shuffle",
    "it has momentum=None": "it has no --momentum",
    "on_separation='raise' ends": "--strict ends",
    "stop=Stop(seconds=5, patience=...) and": "--stop-seconds 5, --patience and",
    "A smaller Stop(loss_change=...) brings": "A smaller --stop-loss-change brings",
    "use solver=SGD(learning_rate=0.1, epochs=3).": "use --solver sgd --learning-rate 0.1 --epochs 3.",
    "schedule=Cosine(final=0.01)": "--schedule cosine,final=0.01",
    "schedule={'name': 'step', 'every': 10, 'by': 0.5}": "--schedule step,every=10,by=0.5",
    "columns=['a', 'b c'], then": "--columns a,'b c', then",
    "column 'x (C=1, tol=2)' needs C=1": "column 'x (C=1, tol=2)' needs --C 1",
    'column "it\'s C=1" needs C=1': 'column "it\'s C=1" needs --C 1',
    "Newton's method and the rows' weights= ask": "Newton's method and the rows' --weights ask",
    "a smaller C, or C=0.5; C(x) and C.": "a smaller --C, or --C 0.5; C(x) and --C.",
    "(tol=0.001).": "(--tol 0.001).",
    "weights=(unclosed": "--weights (unclosed",
    "solver='' is none": "--solver '' is none",
    "a == b, C==1, x.C=1": "a == b, C==1, x.C=1",
    "": "",
}


@pytest.mark.parametrize("python", EXAMPLES)
def test_marks(python):
    assert in_options(python) == EXAMPLES[python]
    assert in_options(in_options(python)) == EXAMPLES[python]


def test_what_is_the_user_s_in_an_error_is_left_alone():
    error = DataError("pass target=", path="C=1.csv", line=3, column="tol=2", remedy="Use missing='drop'")
    assert error.told(in_options) == "C=1.csv, line 3, column 'tol=2': pass --target. Use --missing drop."
    assert error.told(str) == str(error)
    formula = FormulaError("pass weights=", "y ~ C(x, levels=c('a'))", 4)
    assert formula.told(str) == str(formula)
    assert formula.told(in_options) == str(formula).replace("weights=.", "--weights.")
