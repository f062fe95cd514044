"""What a fit says about itself, in sentences: its ending, and everything its user should know.

Each ``about_...`` function returns a :class:`~logistica.core.records.Note`, or None where there is nothing to say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import ConvergenceWarning, DataWarning, SeparationWarning
from logistica.core.linalg import factorise
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.fitting.columns import Columns
from logistica.fitting.options import FitOptions
from logistica.fitting.record import INTERCEPT, NOT_CONVERGED, Rows
from logistica.fitting.separation.record import Separation, SingleColumn
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status
from logistica.solvers.stopping import CLOSE_GAP, ROUNDING_LIMIT

MOST_NAMED = 10
ILL_CONDITIONED = 1e6
SLOW = 100.0
"""The columns' condition number above which first-order solvers, momentum or not, need tens of thousands of updates."""
FEW_EVENTS = 5
NOT_FAR = 0.1
"""Standard errors: a first-order fit that is known to be so close to the optimum needs no warning, only its note."""
UNFINISHED = (Status.MAX_ITERATIONS, Status.STALLED, Status.TIME, Status.CALLBACK, Status.INTERRUPTED)


def ending(
    status: Status,
    certificate: Certificate,
    options: FitOptions,
    separation: Separation | None,
    *,
    rose: bool = False,
) -> str:
    """Return the status as a sentence with its figures; ``rose`` says that the loss had been lower on the way."""
    if separation is not None and not separation.reached:
        return on_the_way(separation, status, options)
    if separation is not None:
        rest = f" {_not_converged(status, certificate, options)}" if status in UNFINISHED else ""
        return separated(separation) + rest
    if not options.by_steps:
        return _descended(status, certificate, options, rose=rose)
    return _stepped(status, certificate, options)


def _stepped(status: Status, certificate: Certificate, options: FitOptions) -> str:
    """Say how a solver with a tolerance ended."""
    if status is Status.GRADIENT:
        return _small_gradient(certificate, options)
    if status in UNFINISHED:
        return _not_converged(status, certificate, options)
    where = f"every coefficient lies within {certificate.bound:.1e} of its standard error of the optimum"
    if options.lasso:
        where = _above_the_minimum(certificate)
    if status is Status.ROUNDING:
        return f"Stopped where rounding leaves nothing to gain: {where} (tol={options.tol:g} was asked for)."
    return f"Converged: {where} (tol={options.tol:g})."


def _above_the_minimum(certificate: Certificate) -> str:
    """Say how far the optimum can be with an L1 penalty."""
    return f"the objective is at most {certificate.gap:.1e} of itself above its minimum (duality gap)"


def separated(separation: Separation) -> str:
    """Return what is known of a separation, and the remedy."""
    return f"{_extent(separation)} {_who(separation)}" + (
        " Predictions are those of the limit. For finite coefficients add a penalty, such as C=1, or remove or merge"
        " what separates."
    )


def on_the_way(separation: Separation, status: Status, options: FitOptions) -> str:
    """Return what is known of a separation where a first-order solver ended before it got anywhere."""
    more = "steps" if options.by_steps else "epochs"
    return (
        f"{_extent(separation)} {_who(separation)} The coefficients are where {options.settings.name} ended"
        f" ({status}): with more {more} they grow without end. For finite coefficients add a penalty, such as C=1;"
        " solver='newton' gives the limit of the predictions."
    )


def about_separation(separation: Separation | None, status: Status, options: FitOptions) -> Note | None:
    """Tell of separated classes."""
    if separation is None:
        return None
    if not separation.reached:
        return Note("separated", on_the_way(separation, status, options), SeparationWarning)
    return Note("separated", separated(separation), SeparationWarning)


def about_ending(status: Status, certificate: Certificate, options: FitOptions, *, rose: bool = False) -> Note | None:
    """Tell of a fit that did not reach its tolerance; ``rose`` as for :func:`ending`."""
    if not options.by_steps:
        near = certificate.gap <= CLOSE_GAP if options.lasso else certificate.bound <= ROUNDING_LIMIT
        if near:
            return None
        far = not certificate.bound <= NOT_FAR
        text = _descended(status, certificate, options, rose=rose)
        return Note(NOT_CONVERGED, text, ConvergenceWarning if far else None)
    if status is Status.GRADIENT:
        near = certificate.bound <= ROUNDING_LIMIT
        return None if near else Note(NOT_CONVERGED, _small_gradient(certificate, options), ConvergenceWarning)
    if status in UNFINISHED:
        return Note(NOT_CONVERGED, _not_converged(status, certificate, options), ConvergenceWarning)
    if certificate.floor > max(options.tol, 1e-9):
        text = (
            f"Rounding alone may move coefficients by {certificate.floor:.1e} of their standard errors;"
            " columns that are nearly combinations of others are the usual cause."
        )
        return Note("rounding", text)
    return None


def about_aliases(aliases: dict[str, tuple[str, ...]], options: FitOptions) -> Note | None:
    """Tell which columns are aliased, and on what, and what became of them."""
    if not aliases:
        return None
    shown = list(aliases.items())[:MOST_NAMED]
    parts = [f"{name!r} {_combination(partners, options.fit_intercept)}" for name, partners in shown]
    more = f"; and {len(aliases) - len(shown)} more" if len(aliases) > len(shown) else ""
    columns, named = counted(len(aliases), "aliased column"), f"{'; '.join(parts)}{more}"
    if options.second_order:
        text = (
            f"{columns}, held at 0 and not available in the summary: {named}. Predictions do not depend on which of"
            " them is held."
        )
    else:
        text = (
            f"{columns}: {named}. They share their effect with the others in a way that depends on where"
            f" {options.settings.name} started; predictions do not."
        )
    return Note("aliased", text)


def about_condition(condition: float) -> Note | None:
    """Tell of columns that are nearly combinations of one another."""
    if condition < ILL_CONDITIONED or not np.isfinite(condition):
        return None
    text = (
        f"The columns are nearly combinations of one another (condition number {condition:.1e} after scaling): the"
        " affected coefficients are right for these data, but would change much with small changes of them."
    )
    return Note("ill-conditioned", text, DataWarning)


def about_examination(columns: Columns, options: FitOptions) -> Note | None:
    """Tell what is not known of a first-order fit of very many columns."""
    if options.second_order or options.lasso or columns.gram is not None:
        return None
    text = f"With {counted(len(columns.deviation), 'column')} a first-order fit is not examined:"
    if options.penalised:
        return Note("not-examined", f"{text} its distance from the optimum is not known.")
    return Note(
        "not-examined",
        f"{text} its distance from the optimum, whether the classes are separated, so that there is none, and which"
        " columns are aliased, are not known. solver='newton' finds out; with a penalty, such as C=1, there is one.",
    )


def about_slowness(columns: Columns, options: FitOptions, aliases: dict[str, tuple[str, ...]]) -> Note | None:
    """Say why a first-order solver has not come near the optimum, where the columns are the reason."""
    if options.by_steps or options.penalised or aliases or columns.gram is None:
        return None
    factor = factorise(columns.gram)
    condition = np.inf if factor is None else factor.condition()
    if condition <= SLOW:
        return None
    text = (
        f"The columns are nearly combinations of one another (condition number {condition:.1e} after scaling), over"
        f" which {options.settings.name} takes very long: more epochs bring little. solver='newton' is indifferent to"
        " that; leaving out such a column, or a penalty, such as C=1, also helps."
    )
    return Note("slow-columns", text)


def about_events(rows: Rows, classes: NDArray[np.generic], parameters: int, options: FitOptions) -> Note | None:
    """Warn of fewer than five events a parameter (Peduzzi et al. 1996, Journal of Clinical Epidemiology 49)."""
    if options.penalised or parameters == 0:
        return None
    rarest = int(rows.class_weight.argmin())
    events = rows.class_weight[rarest] if rows.weight_kind == "frequency" else rows.class_rows[rarest]
    if events >= FEW_EVENTS * parameters:
        return None
    text = (
        f"Class {classes.tolist()[rarest]!r} has {counted(float(events), 'row')} for"
        f" {counted(parameters, 'coefficient')}, fewer than {FEW_EVENTS} each: estimates may be far from the truth and"
        " their intervals too narrow. A penalty, such as C=1, steadies them."
    )
    return Note("few-events", text)


def about_scales(columns: Columns, options: FitOptions) -> Note | None:
    """Tell of a penalty on columns of very different scales."""
    if not options.penalised or options.standardize:
        return None
    deviation = columns.deviation[columns.deviation > 0]
    if not len(deviation):
        return None
    ratio = float(deviation.max() / deviation.min())
    if ratio <= 10.0:
        return None
    text = (
        f"The penalty acts on columns whose standard deviations differ by a factor of {ratio:.1e}, so it shrinks the"
        " coefficients of small-valued columns most. standardize=True penalises them alike."
    )
    return Note("unequal-scales", text)


def _not_converged(status: Status, certificate: Certificate, options: FitOptions) -> str:
    if status is Status.STALLED:
        penalty = "use a smaller C" if options.penalised else "add a penalty, such as C=1"
        return (
            "Not converged: rounding leaves no way on, and the coefficients are not certain. The usual causes are"
            " columns nearly equal to others (whether the classes are separated may then be undecidable), values far"
            " from all others, weights or offsets of extremely different sizes, and rows that a few others alone keep"
            " from being separated, with probabilities within rounding of 0. Leave out one of two nearly equal"
            f" columns, bring the others closer together, or {penalty}."
        )
    reached = "nothing is certain about the coefficients yet"
    if np.isfinite(certificate.bound):
        reached = f"the coefficients are certain only to {certificate.bound:.1e} standard errors"
    if np.isfinite(certificate.gap):
        reached = _above_the_minimum(certificate)
    if status is not Status.MAX_ITERATIONS:
        return f"Not converged ({status}): {reached}."
    return f"Not converged after max_iter={options.max_iter} steps: {reached}. Allow more steps with a larger max_iter."


def _small_gradient(certificate: Certificate, options: FitOptions) -> str:
    """Say how a solver without a matrix of the Hessian ended where that did not show the tolerance to be met."""
    how = f"Ended: {Status.GRADIENT}."
    if np.isfinite(certificate.bound):
        far = f"lies within {certificate.bound:.1e} of its standard error of the optimum"
        return f"{how} Every coefficient {far} (tol={options.tol:g} was asked for)."
    unknown = f"{how} Nothing is certain yet about how far the optimum is"
    if options.penalised:
        return f"{unknown}. A smaller tol brings it closer; solver='newton' certifies it."
    return (
        f"{unknown}, or whether there is one: without a penalty only the matrix of second derivatives tells, for which"
        " there are many coefficients. solver='newton' makes it; a penalty, such as C=1, does without."
    )


def _extent(separation: Separation) -> str:
    extent = "completely" if separation.verdict == "complete" else "quasi-completely"
    return (
        f"The classes are {extent} separated in {counted(separation.n_rows, 'row')}: no finite maximum likelihood"
        " estimate exists."
    )


def _who(separation: Separation) -> str:
    """Name the columns that have no finite estimate, and those that separate by themselves."""
    text = "The directions that separate are too narrow to tell which columns they belong to."
    if separation.columns:
        text = f"Without one: {_named(separation.columns)}."
    return " ".join([text, *(_alone(one) for one in separation.single_columns[:MOST_NAMED])])


def _descended(status: Status, certificate: Certificate, options: FitOptions, *, rose: bool) -> str:
    """Say how a first-order solver ended, and how far the optimum can be."""
    if status is Status.INTERRUPTED:
        return f"{_INTERRUPTED} {_RESUME}" if options.checkpoint is not None else _INTERRUPTED
    epochs = options.first_order.epochs
    how = f"Ended: {status} ({epochs:,})." if status is Status.EPOCHS and epochs is not None else f"Ended: {status}."
    if status is Status.DIVERGED:
        how = (
            "Diverged: the steps were too long, and the loss went beyond all numbers; the best state is kept."
            " learning_rate='auto' finds one that is not too large."
        )
    closer = "" if status is Status.DIVERGED else f" {_remedy(status, options, rose=rose)}"
    if options.lasso:
        near, known = certificate.gap <= CLOSE_GAP, np.isfinite(certificate.gap)
        far = f"{_above_the_minimum(certificate)}."
        where = f"T{far[1:]}" if near else f"Not converged: {far}"
    else:
        near, known = certificate.bound <= ROUNDING_LIMIT, np.isfinite(certificate.bound)
        far = f"coefficient lies within {certificate.bound:.1e} of its standard error of the optimum."
        where = f"Every {far}" if near else f"Not converged: each {far}"
    if not known:
        where = "Nothing is certain yet about how far the optimum is."
    return f"{how} {where}" if near else f"{how} {where}{closer}"


_INTERRUPTED = (
    "Not converged (interrupted): this is the best state so far, and nothing is certain about how far the optimum is."
)
_RESUME = "The same fit goes on from its checkpoint."


_CLOSER = {
    Status.LOSS: "A smaller Stop(loss_change=...) brings it closer",
    Status.GRADIENT: "A smaller Stop(gradient_norm=...) brings it closer",
    Status.TIME: "A longer Stop(seconds=...) brings it closer",
    Status.PATIENCE: "More patience may bring it closer",
    Status.CALLBACK: "To go on brings it closer",
}


def _remedy(status: Status, options: FitOptions, *, rose: bool) -> str:
    """Say what brings a descent closer: shorter steps where they led up again, else what let it end."""
    automatic = options.first_order.automatic
    closer = "More epochs bring it closer" if automatic else "More epochs, or a larger learning rate, bring it closer"
    closer = _CLOSER.get(status, closer)
    if rose and not automatic:
        closer = (
            "The loss had been lower on the way: a smaller learning rate, or learning_rate='auto', brings it closer"
        )
    newton = "" if options.lasso else "; solver='newton' finds it in a few steps"
    return f"{closer}{newton}."


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _alone(one: SingleColumn) -> str:
    who = "every row of it" if one.complete else counted(one.n_rows, "row")
    return f"{one.term!r} is {one.side} {_number(one.threshold)} only where the class is {one.class_!r} ({who})."


def _combination(partners: tuple[str, ...], intercept: bool) -> str:
    if not partners or (intercept and partners == (INTERCEPT,)):
        return "is constant"
    return f"is a combination of {_named(partners)}"


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"
