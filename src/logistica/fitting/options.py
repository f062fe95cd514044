"""What a fit can be told, checked before any data are touched."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass

from logistica.core.errors import OptionError
from logistica.core.threads import thread_count

SOLVERS = ("newton",)
ON_SEPARATION = ("warn", "raise")


@dataclass(frozen=True)
class FitOptions:
    """The options of a fit, under their public names.

    Attributes
    ----------
    C : float, default inf
        Inverse strength of the penalty, > 0; inf is plain maximum likelihood.
    fit_intercept : bool, default True
        The intercept is never penalised.
    standardize : bool, default False
        Whether the penalty acts on columns divided by their standard deviations instead of the user's own scale.
    solver : str, default "newton"
    tol : float, default 1e-10
        The distance from the optimum to certify, in standard errors of each coefficient; 0 goes down to the rounding
        floor.
    max_iter : int, default 100
        Steps at most, >= 1.
    on_separation : {"warn", "raise"}
        What to do where no finite maximum likelihood estimate exists.
    threads : int or None
        Threads for the sweeps; None: one per available processor. The result does not depend on it.
    """

    C: float = math.inf
    fit_intercept: bool = True
    standardize: bool = False
    solver: str = "newton"
    tol: float = 1e-10
    max_iter: int = 100
    on_separation: str = "warn"
    threads: int | None = None

    def __post_init__(self) -> None:
        self._check()
        plain = {"C": float, "tol": float, "max_iter": int, "fit_intercept": bool, "standardize": bool}
        for name, kind in plain.items():
            object.__setattr__(self, name, kind(getattr(self, name)))
        if self.threads is not None:
            object.__setattr__(self, "threads", thread_count(self.threads))

    def _check(self) -> None:
        _number(
            "C",
            self.C,
            "a number above 0; C=inf is no penalty, a small C a strong one",
            above=0.0,
            infinite=True,
        )
        _number("tol", self.tol, "a finite number from 0; the default is 1e-10 standard errors", least=0.0)
        if not isinstance(self.max_iter, numbers.Integral) or isinstance(self.max_iter, bool) or self.max_iter < 1:
            raise OptionError(f"max_iter={self.max_iter!r}: it must be a whole number from 1; the default is 100")
        for name in ("fit_intercept", "standardize"):
            if getattr(self, name) not in (True, False):
                raise OptionError(f"{name}={getattr(self, name)!r}: it must be True or False")
        _choice("solver", self.solver, SOLVERS)
        _choice("on_separation", self.on_separation, ON_SEPARATION)
        thread_count(self.threads)

    @property
    def penalised(self) -> bool:
        """Whether there is a penalty."""
        return math.isfinite(self.C)


def _number(
    name: str,
    value: object,
    wanted: str,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    infinite: bool = False,
) -> None:
    fits = isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        number = float(value) if fits else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.nan
    if not (number > above and number >= least and (infinite or math.isfinite(number))):
        raise OptionError(f"{name}={value!r}: it must be {wanted}")


def _choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionError(f"{name}={value!r}: it must be one of {', '.join(map(repr, choices))}")
