"""One fit from start to end: look at the problem, solve it, and say what came out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from logistica.core.records import Note
from logistica.core.threads import single_threaded_blas
from logistica.data.dataset import Dataset
from logistica.fitting import notes as say
from logistica.fitting.balance import about_balance, settled, unsettled
from logistica.fitting.finish import Ended, Finish
from logistica.fitting.first_order import descend
from logistica.fitting.matrix_free import solve_without_matrix
from logistica.fitting.null import null_log_likelihood
from logistica.fitting.options import FitOptions
from logistica.fitting.problem import Problem, prepare
from logistica.fitting.proximal import solve_by_proximal_newton
from logistica.fitting.record import DESCENDED, Balance, Estimate, Fit, FitRecord, Likelihoods, Rows
from logistica.fitting.second_order import solve_by_newton
from logistica.solvers.history import Watch


def fit(dataset: Dataset, options: FitOptions, watch: Watch | None = None) -> Fit:
    """Fit a logistic regression to ``dataset``. ``watch`` is called with each row of the history as it comes.

    Raises
    ------
    SeparationError
        Where no finite estimate exists and ``options.on_separation`` is "raise".
    """
    with single_threaded_blas():
        problem = prepare(dataset, options)
        ended: Ended | None = None
        try:
            ended = _solver(problem.options)(problem, watch)
            return _judged(problem, ended.finish())
        except KeyboardInterrupt:
            if ended is None:
                raise
            return _as_it_is(problem, ended.hurried())


def _solver(options: FitOptions) -> Callable[[Problem, Watch | None], Ended]:
    """Return what solves a problem."""
    if options.second_order:
        return solve_by_newton
    if not options.by_steps:
        return descend
    return solve_by_proximal_newton if options.settings.proximal else solve_without_matrix


def _judged(problem: Problem, end: Finish) -> Fit:
    """Settle what sweeps over the rows can tell: prevalence, and the null model."""
    balance = None
    if problem.options.balance.active:
        plain = problem.plain_objective(end.estimate.coordinates)
        estimate, balance = settled(plain, end.estimate, problem.options.balance, problem.multipliers)
        if balance.restored and end.separation is None:
            end = _moved(problem, end, estimate)
        end = replace(end, estimate=estimate)
    null = null_log_likelihood(problem.likelihood(problem.columns.coordinates), problem.columns)
    return _result(problem, end, balance, null)


def _as_it_is(problem: Problem, end: Finish) -> Fit:
    """Leave open what only sweeps over the rows can tell."""
    balance = None
    if problem.options.balance.active:
        balance = unsettled(problem.dataset.source, problem.options.balance, problem.multipliers)
    return _result(problem, end, balance, math.nan)


def _result(problem: Problem, end: Finish, balance: Balance | None, null: float) -> Fit:
    """Put everything together."""
    groups = problem.dataset.groups
    likelihoods = Likelihoods(
        end.log_likelihood,
        null * problem.unit,
        end.objective,
        0.0 if groups is None else groups.constant,
        0.0 if groups is None else groups.saturated,
    )
    rows = _rows(problem)
    notes = problem.dataset.notes + _notes(problem, end, rows, balance)
    record = FitRecord(
        end.status,
        say.ending(end.status, end.certificate, problem.options, end.separation, rose=_rose(problem, end)),
        end.certificate,
        end.history[-1].iteration,
        problem.engine.sweeps,
        end.history,
        notes,
    )
    return Fit(
        problem.terms,
        problem.options,
        end.estimate,
        record,
        likelihoods,
        rows,
        end.aliases,
        end.condition,
        end.separation,
        balance,
    )


def _moved(problem: Problem, end: Finish, estimate: Estimate) -> Finish:
    """Return the likelihoods at an estimate whose intercepts were moved; the penalty is as it was."""
    log_likelihood = 0.0 - problem.likelihood(estimate.coordinates).value(estimate.theta) * problem.unit
    return replace(end, log_likelihood=log_likelihood, objective=end.objective + end.log_likelihood - log_likelihood)


def _rows(problem: Problem) -> Rows:
    dataset, source, columns = problem.dataset, problem.source, problem.columns
    groups = dataset.groups
    return Rows(
        dataset.n_rows_read,
        source.n_rows if groups is None else groups.n_rows,
        dataset.n_rows_dropped,
        dataset.n_rows_weight_zero,
        float(columns.class_weight.sum() * problem.unit),
        columns.class_weight * problem.unit,
        columns.class_rows if groups is None else groups.class_count,
        dataset.weight_kind,
        dataset.weights_given or problem.options.balance.active,
        groups is not None,
        dataset.source.n_rows - source.n_rows,
    )


def _rose(problem: Problem, end: Finish) -> bool:
    """Whether a descent had been lower on the way, of which solvers with a certificate at their end say nothing."""
    return not problem.options.by_steps and end.rose


def _notes(problem: Problem, end: Finish, rows: Rows, balance: Balance | None) -> tuple[Note, ...]:
    options, classes = problem.options, problem.dataset.labels.classes
    on_the_way = end.separation is not None and not end.separation.reached
    ending = None if on_the_way else say.about_ending(end.status, end.certificate, options, rose=_rose(problem, end))
    far = ending is not None and end.status in DESCENDED
    asked = (
        say.about_separation(end.separation, end.status, options),
        ending,
        about_balance(balance, options.balance, problem.dataset.labels),
        say.about_aliases(end.aliases, options),
        say.about_condition(end.condition),
        say.about_examination(problem.columns, options),
        say.about_slowness(problem.columns, options, end.aliases) if far else None,
        say.about_events(rows, classes, len(problem.terms) - len(end.aliases), options),
        say.about_scales(problem.columns, options),
    )
    return end.notes + tuple(note for note in asked if note is not None)
