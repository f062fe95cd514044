"""L-BFGS: to the optimum from any positive guess of the inverse Hessian, faster from a better one."""

from itertools import pairwise

import numpy as np
import pytest

from logistica.data.read import read
from logistica.engines import NumpyEngine
from logistica.fitting.columns import survey
from logistica.losses import loss_for
from logistica.objective import Objective
from logistica.penalties import Ridge
from logistica.solvers.driver import Status, drive
from logistica.solvers.matrix_free.quasi_newton import QuasiNewton
from logistica.solvers.newton import Newton
from logistica.solvers.stopping import Close, Stopping


def problem(K, n=500, p=5, seed=2):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = np.argmax(X @ rng.normal(size=(p, K)) + rng.gumbel(size=(n, K)), axis=1)
    source, loss, engine = read(X, target=y).source, loss_for(K), NumpyEngine(1)
    columns = survey(engine, source, loss, tuple("abcde"), intercept=True)
    objective = Objective(loss, None, source, engine, columns.coordinates)
    free = np.arange(np.prod(objective.shape))
    newton = Newton(objective, free, columns.reach, columns.square)
    return objective, free, newton


GUESSES = {
    "exact": lambda newton, theta: newton.judge(theta).factor.solve,
    "at-zero": lambda newton, theta: newton.start(np.zeros_like(theta)).factor.solve,
    "identity": lambda newton, theta: lambda gradient: gradient / len(gradient),
    "too-long": lambda newton, theta: lambda gradient: 0.3 * gradient,
}
MOST = {"exact": 3, "at-zero": 40, "identity": 150, "too-long": 150}


@pytest.mark.parametrize("K", [2, 4])
@pytest.mark.parametrize("guess", GUESSES)
def test_the_optimum_is_newtons(K, guess):
    objective, free, newton = problem(K)
    best = drive(newton, newton.start(np.zeros(objective.shape)), Stopping(0.0)).state.theta
    solver = QuasiNewton(objective, free, GUESSES[guess](newton, best))
    start = best + 1e-4 if guess == "exact" else np.zeros(objective.shape)
    run = drive(solver, solver.start(start), Close(1e-9, 400))
    assert run.status in {Status.CONVERGED, Status.STALLED}
    assert len(run.history) - 1 <= MOST[guess]
    np.testing.assert_allclose(run.state.theta, best, atol=1e-6)
    losses = [row.loss for row in run.history]
    assert all(after <= before * (1 + 1e-14) for before, after in pairwise(losses))


def test_parameters_that_are_not_free_stay():
    objective, _, _ = problem(2)
    free = np.array([0, 2, 3])
    start = np.full(objective.shape, 0.25)
    solver = QuasiNewton(objective, free, lambda gradient: gradient / 100)
    run = drive(solver, solver.start(start), Close(1e-8, 300))
    assert run.status is Status.CONVERGED
    np.testing.assert_array_equal(np.delete(run.state.theta, free), 0.25)
    assert np.abs(objective.slope(run.state.theta).gradient.reshape(-1)[free]).max() < 1e-6


def test_a_penalty_is_part_of_it():
    objective, free, newton = problem(2)
    penalty = Ridge(np.r_[0.0, np.full(5, 3.0)], np.eye(1))
    penalised = Objective(objective.loss, penalty, objective.source, objective.engine, objective.coordinates)
    solver = QuasiNewton(penalised, free, newton.start(np.zeros(objective.shape)).factor.solve)
    run = drive(solver, solver.start(np.zeros(objective.shape)), Close(1e-9, 100))
    assert np.abs(penalised.slope(run.state.theta).gradient).max() < 1e-6
    assert np.abs(objective.slope(run.state.theta).gradient).max() > 1e-2


def test_limits():
    objective, free, _ = problem(2)
    solver = QuasiNewton(objective, free, lambda gradient: gradient / 1e6)
    start = solver.start(np.zeros(objective.shape))
    assert drive(solver, start, Close(1e-9, 3)).status is Status.MAX_ITERATIONS
    assert drive(solver, start, Close(1e-9, 10**6, seconds=0.0)).status is Status.TIME


def test_it_stalls_where_nothing_is_gained():
    objective, free, newton = problem(2)
    best = drive(newton, newton.start(np.zeros(objective.shape)), Stopping(0.0)).state.theta
    solver = QuasiNewton(objective, free, newton.judge(best).factor.solve)
    assert drive(solver, solver.start(best), Close(0.0, 50)).status is Status.STALLED
