"""One fit from start to end: look at the problem, solve it, and say what came out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from logistica.core.records import Note
from logistica.core.threads import single_threaded_blas
from logistica.data.dataset import Dataset
from logistica.fitting import notes as say
from logistica.fitting.balance import about_balance, settled
from logistica.fitting.finish import Finish
from logistica.fitting.first_order import descend
from logistica.fitting.null import null_log_likelihood
from logistica.fitting.options import FitOptions
from logistica.fitting.problem import Problem, prepare
from logistica.fitting.record import Balance, Estimate, Fit, FitRecord, Likelihoods, Rows
from logistica.fitting.second_order import solve_by_newton
from logistica.solvers.history import Watch
from logistica.solvers.settings import FirstOrder


def fit(dataset: Dataset, options: FitOptions, watch: Watch | None = None) -> Fit:
    """Fit a logistic regression to ``dataset``. ``watch`` is called with each row of the history as it comes.

    Raises
    ------
    SeparationError
        Where no finite estimate exists and ``options.on_separation`` is "raise".
    """
    with single_threaded_blas():
        problem = prepare(dataset, options)
        solve = descend if isinstance(options.settings, FirstOrder) else solve_by_newton
        return _result(problem, solve(problem, watch))


def _result(problem: Problem, end: Finish) -> Fit:
    """Put everything together."""
    estimate, balance = end.estimate, None
    if problem.options.balance.active:
        plain = problem.plain_objective(estimate.coordinates)
        estimate, balance = settled(plain, estimate, problem.options.balance, problem.multipliers)
        if balance.restored and end.separation is None:
            end = _moved(problem, end, estimate)
    groups = problem.dataset.groups
    null = null_log_likelihood(problem.objective(problem.columns.coordinates), problem.columns)
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
        say.ending(end.status, end.certificate, problem.options, end.separation, rose=end.rose),
        end.certificate,
        end.history[-1].iteration,
        problem.engine.sweeps,
        end.history,
        notes,
    )
    return Fit(
        problem.terms,
        problem.options,
        estimate,
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
    loss = replace(problem.objective(estimate.coordinates), penalty=None)
    log_likelihood = 0.0 - loss.value(estimate.theta) * problem.unit
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
        np.bincount(source.y, minlength=len(dataset.labels.classes)) if groups is None else groups.class_count,
        dataset.weight_kind,
        dataset.weights_given or problem.options.balance.active,
        groups is not None,
        dataset.source.n_rows - source.n_rows,
    )


def _notes(problem: Problem, end: Finish, rows: Rows, balance: Balance | None) -> tuple[Note, ...]:
    options, classes = problem.options, problem.dataset.labels.classes
    on_the_way = end.separation is not None and not end.separation.reached
    asked = (
        say.about_separation(end.separation, end.status, options),
        None if on_the_way else say.about_ending(end.status, end.certificate, options, rose=end.rose),
        about_balance(balance, options.balance, problem.dataset.labels),
        say.about_aliases(end.aliases, options),
        say.about_condition(end.condition),
        say.about_events(rows, classes, len(problem.terms) - len(end.aliases), options),
        say.about_scales(problem.columns, options),
    )
    return end.notes + tuple(note for note in asked if note is not None)
