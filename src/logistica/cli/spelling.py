"""How messages that were written for Python name options in the shell: ``C=1`` there is ``--C 1`` here.

A message marks an option by writing it as a call would: its name and an equals sign, with or without a value. Such
marks are read as Python, and written as the command line's own options have it. What stands in quotes is the user's:
columns, labels and files are left as they are.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import click

from logistica.cli.solver_options import RULE_NAMES, as_option
from logistica.core.wording import QUOTED

_NEGATED = {"fit_intercept": ("--no-intercept", False), "on_separation": ("--strict", "raise")}
"""Options that the shell has as flags of other names: the flag, and the value that it stands for."""
_PLAIN = re.compile(r"\.\.\.|[\w.+-]*\w")
_CALL = re.compile(r"\w+(?=\()")
_OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class _Grammar:
    """What marks an option.

    Attributes
    ----------
    options : mapping of str to click.Option
        The shell's, by the names that they have in Python.
    solvers, schedules : mapping of str to str
        The shell's names of Python's records.
    pattern : Pattern
        Finds text in quotes (group "quoted"), a call of a record ("record"), an option that is given ("given") and one
        that is only named ("named").
    """

    options: Mapping[str, click.Option]
    solvers: Mapping[str, str]
    schedules: Mapping[str, str]
    pattern: re.Pattern[str]


def in_options(text: str) -> str:
    """Turn the names of Python's options in a message into the command line's."""
    grammar = _grammar()
    parts, place = [], 0
    while found := grammar.pattern.search(text, place):
        parts.append(text[place : found.start()])
        place = found.end()
        if found["record"]:
            place = _closed(text, found.end())
            parts.append(_spelled_record(found[0] + text[found.end() : place], grammar))
        elif found["given"]:
            place = _value_end(text, found.end())
            parts.append(_spelled_option(found["given"], found["key"], text[found.end() : place], grammar))
        elif found["named"]:
            parts.append(_name(found["named"], grammar))
        else:
            parts.append(found[0])
    return "".join(parts) + text[place:]


@cache
def _grammar() -> _Grammar:
    from logistica.cli.main import commands
    from logistica.solvers.descent.schedules import SCHEDULES
    from logistica.solvers.settings import SOLVERS

    options = {
        str(option.name).removeprefix("stop_") if option.name in RULE_NAMES else str(option.name): option
        for command in commands.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
    }
    names = [*options, *_NEGATED]
    solvers = {kind.__name__: name for name, kind in SOLVERS.items()}
    schedules = {kind.__name__: name for name, kind in SCHEDULES.items()}
    bare = [name for name in names if "_" in name or name == "C"]
    pattern = re.compile(
        rf"(?P<quoted>{QUOTED})"
        rf"|(?<![\w.])(?:stop=)?(?P<record>{'|'.join(['Stop', *solvers, *schedules])})\("
        rf"|(?<![\w.'\"-])(?P<given>{'|'.join(names)})(?P<key>\[[^\]]*\])?=(?!=)"
        rf"|(?<![\w.'\"-])(?P<named>{'|'.join(bare)})(?![\w'\"(\[=-])"
    )
    return _Grammar(options, solvers, schedules, pattern)


def _name(name: str, grammar: _Grammar) -> str:
    return _NEGATED[name][0] if name in _NEGATED else grammar.options[name].opts[-1]


def _spelled_option(name: str, key: str | None, value: str, grammar: _Grammar) -> str:
    """Return an option with its value as the shell has it; ``key`` is the bracket of ``class_weight['a']=2``."""
    option = _name(name, grammar)
    if value in {"", "..."}:
        return option
    node = _parsed(value)
    if key is not None:
        return f"{option} {_word(_parsed(key[1:-1]), key[1:-1])}={_word(node, value)}"
    if isinstance(node, ast.Constant) and (node.value is None or _is_switch(name, grammar)):
        return _switched(name, node.value, grammar)
    if isinstance(node, ast.Call):
        record = _spelled_record(value, grammar)
        return record if record.startswith("--") else f"{option} {record}"
    if isinstance(node, ast.Dict):
        return _spelled_mapping(option, node)
    return f"{option} {_word(node, value)}"


def _is_switch(name: str, grammar: _Grammar) -> bool:
    return name in _NEGATED or grammar.options[name].is_flag


def _switched(name: str, value: object, grammar: _Grammar) -> str:
    """Return a flag for the value that it stands for, and words for the one that it does not; None is absence."""
    if name in _NEGATED:
        flag, meant = _NEGATED[name]
        return flag if value == meant else f"no {flag}"
    option = grammar.options[name]
    if value:
        return option.opts[-1]
    off = option.secondary_opts
    return off[-1] if off and value is not None else f"no {option.opts[-1]}"


def _spelled_mapping(option: str, node: ast.Dict) -> str:
    """Return a mapping as an option that is given once for each key, or as a schedule with its parameters."""
    pairs = [(_word(key), _word(value)) for key, value in zip(node.keys, node.values, strict=True)]
    if pairs and pairs[0][0] == "name":
        return f"{option} " + ",".join([pairs[0][1], *(f"{name}={value}" for name, value in pairs[1:])])
    return " ".join(f"{option} {name}={value}" for name, value in pairs) or f"no {option}"


def _spelled_record(call: str, grammar: _Grammar) -> str:
    """Return ``Stop(seconds=5)``, ``SGD(epochs=3)`` or ``Cosine(final=0.1)`` as the options, or the value, it is."""
    node = _parsed(call.removeprefix("stop="))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.args:
        return call
    kind = node.func.id
    if kind in grammar.schedules:
        return ",".join([grammar.schedules[kind], *(f"{one.arg}={_word(one.value)}" for one in node.keywords)])
    given = [
        _spelled_option(str(one.arg), None, ast.unparse(one.value), grammar)
        for one in node.keywords
        if one.arg in grammar.options
    ]
    if kind in grammar.solvers:
        return " ".join([f"{as_option('solver')} {grammar.solvers[kind]}", *given])
    return ", ".join(given)


def _word(node: ast.expr | None, written: str | None = None) -> str:
    """Return a value as one word of a command line; numbers as they are ``written``."""
    if isinstance(node, ast.List | ast.Tuple):
        return ",".join(map(_word, node.elts))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return shlex.quote(node.value)
    return written or ("" if node is None else ast.unparse(node))


def _parsed(text: str) -> ast.expr | None:
    """Return a value that is written as Python; None where it is not."""
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _value_end(text: str, start: int) -> int:
    """Return where the value ends that begins at ``start``: text in quotes, brackets, a call, or a plain word."""
    quoted = re.compile(QUOTED).match(text, start)
    if quoted is not None:
        return quoted.end()
    call = _CALL.match(text, start)
    opening = start if call is None else call.end()
    if text[opening : opening + 1] in _OPENING:
        return _closed(text, opening + 1)
    plain = _PLAIN.match(text, start)
    return start if plain is None else plain.end()


def _closed(text: str, start: int) -> int:
    """Return the place behind the bracket that closes the one before ``start``; the text's end where none does."""
    depth, place = 1, start
    while place < len(text):
        quoted = re.compile(QUOTED).match(text, place)
        if quoted is not None:
            place = quoted.end()
            continue
        depth += (text[place] in _OPENING) - (text[place] in _OPENING.values())
        place += 1
        if depth == 0:
            return place
    return place
