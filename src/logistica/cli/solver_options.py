"""How to optimise, from the command line: options named as the parameters of solvers and the rules of stopping are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from logistica.solvers.settings import SolverSettings
    from logistica.solvers.stopping import Stop

C = TypeVar("C", bound=Callable[..., Any])

SOLVERS = ("auto", "newton", "newton-cg", "lbfgs", "proximal-newton", "gradient-descent", "sgd", "adam")
SCHEDULES = ("constant", "step", "inverse-time", "cosine")


def _rate(context: click.Context, parameter: click.Parameter, value: str | None) -> float | str | None:
    """Read a number, or "auto"."""
    if value is None or value == "auto":
        return value
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither a number nor 'auto'.") from None


def _schedule(context: click.Context, parameter: click.Parameter, value: str | None) -> str | dict[str, Any] | None:
    """Read NAME or NAME,PARAMETER=VALUE,..."""
    if value is None:
        return None
    name, *rest = value.split(",")
    if name not in SCHEDULES:
        raise click.BadParameter(f"{name!r} is not one of {', '.join(map(repr, SCHEDULES))}.")
    values: dict[str, Any] = {"name": name}
    for part in rest:
        key, _, text = part.strip().partition("=")
        if key in values:
            raise click.BadParameter(f"{key!r} is given twice.")
        try:
            values[key] = int(text) if text.isdecimal() else float(text)
        except ValueError:
            raise click.BadParameter(f"{part.strip()!r} is not of the form PARAMETER=NUMBER.") from None
    return values if rest else name


PARAMETERS = (
    click.option(
        "--learning-rate", metavar="RATE", callback=_rate, help="Length of a step; default: auto, which suits the data."
    ),
    click.option(
        "--epochs", type=int, help="Passes over the data; default 100, gradient-descent 1000, more where rows are few."
    ),
    click.option("--batch-size", type=int, metavar="ROWS", help="Rows that an update reads; default 64."),
    click.option("--momentum", type=float, metavar="SHARE", help="Share of the last step that the next one keeps."),
    click.option("--nesterov/--no-nesterov", default=None, help="Whether the momentum is Nesterov's."),
    click.option(
        "--schedule",
        metavar="NAME",
        callback=_schedule,
        help=f"How the rate changes: {', '.join(SCHEDULES)}; also with its parameters: step,every=10,by=0.5.",
    ),
    click.option("--average", type=float, metavar="SHARE", help="Share of the run, its end, that is averaged."),
    click.option("--shuffle/--no-shuffle", default=None, help="Whether each epoch takes the rows in a new order."),
    click.option("--precondition/--no-precondition", default=None, help="Whether columns are standardised inside."),
    click.option("--beta-1", type=float, help="What adam keeps of the mean gradient; default 0.9."),
    click.option("--beta-2", type=float, help="What adam keeps of the mean square; default 0.999."),
    click.option("--epsilon", type=float, help="What adam adds to its roots; default 1e-8."),
)
"""Those of the solvers' records, but for ``start``."""

RULES = (
    click.option(
        "--stop-loss-change", type=float, metavar="SHARE", help="When the loss falls by less than this share."
    ),
    click.option("--stop-gradient-norm", type=float, metavar="NORM", help="When the gradient is no longer than this."),
    click.option("--stop-seconds", type=float, metavar="SECONDS", help="When so much time has passed; any solver."),
    click.option(
        "--patience", type=int, metavar="EPOCHS", help="When rows held out have not been fitted better for so long."
    ),
    click.option("--validation-share", type=float, metavar="SHARE", help="Share of the rows held out; default 0.1."),
)
"""Those of :class:`logistica.solvers.stopping.Stop`."""


def _names(decorators: tuple[Callable[[Any], Any], ...]) -> tuple[str, ...]:
    """Return the parameters that options declare."""

    def nothing() -> None:
        """Carry options."""

    for decorate in decorators:
        decorate(nothing)
    declared: list[click.Option] = nothing.__click_params__  # type: ignore[attr-defined]
    return tuple(str(option.name) for option in declared)


PARAMETER_NAMES, RULE_NAMES = _names(PARAMETERS), _names(RULES)


def solver_options(command: C) -> C:
    """Declare the options of this module."""
    for decorate in reversed((*PARAMETERS, *RULES)):
        command = decorate(command)
    return command


def settings(name: str, given: Mapping[str, Any]) -> SolverSettings:
    """Return the solver's record with the parameters that were given; one that it does not have is wrong usage."""
    from logistica.solvers.settings_values import solver_from_values

    values = {parameter: given[parameter] for parameter in PARAMETER_NAMES if given[parameter] is not None}
    known = known_parameters(name)
    for parameter in values:
        if parameter not in known:
            has = ", ".join(map(as_option, known))
            raise click.UsageError(
                f"{as_option(parameter)} is no option of --solver {name}, which has "
                + (f"{has}." if known else "none of its own.")
            )
    return solver_from_values({"name": name, **values})


def known_parameters(name: str) -> tuple[str, ...]:
    """Return the parameters that a solver has."""
    from dataclasses import fields

    from logistica.solvers.settings import SOLVERS as RECORDS

    own = {field.name for field in fields(RECORDS[name])}
    return tuple(parameter for parameter in PARAMETER_NAMES if parameter in own)


def stop(given: Mapping[str, Any]) -> Stop:
    """Return the rules of stopping."""
    from logistica.solvers.stopping import Stop

    return Stop(**{name.removeprefix("stop_"): given[name] for name in RULE_NAMES})


def as_option(parameter: str) -> str:
    """Return a parameter as the command line writes it."""
    return f"--{parameter.replace('_', '-')}"
