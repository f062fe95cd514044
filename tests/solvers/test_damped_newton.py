"""Damped steps come to the same optimum, from where Newton's method need not find back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from logistica.solvers.certificate import Certificate
from logistica.solvers.damped_newton import DampedNewton, with_damping
from logistica.solvers.driver import Run, Status, drive
from logistica.solvers.stopping import Stopping
from tests.solvers.test_newton import SOUND, _case, _newton, _truth

SURELY = Stopping(doubt=False, max_iter=300)


@pytest.mark.parametrize("far", [0.0, 5.0, 20.0, -300.0])
@pytest.mark.parametrize("seed", SOUND[::6])
def test_it_finds_the_optimum_from_anywhere(seed, far):
    newton = _newton(_case(seed))
    damped = DampedNewton(newton)
    run = drive(damped, damped.start(np.full(newton.objective.shape, far)), SURELY)
    assert run.status in {Status.CONVERGED, Status.ROUNDING}
    optimum, error = _truth(seed)
    assert (np.abs(run.state.theta - optimum) / error).max() <= run.state.certificate.bound
    assert run.state.certificate.bound <= 1e-8


@pytest.mark.parametrize("seed", SOUND[::12])
def test_the_objective_never_rises(seed):
    newton = _newton(_case(seed))
    damped = DampedNewton(newton)
    losses = [row.loss for row in drive(damped, damped.start(np.full(newton.objective.shape, 40.0)), SURELY).history]
    assert all(after <= before * (1.0 + 1e-13) for before, after in itertools.pairwise(losses))


def test_only_a_run_that_stalled_far_out_goes_on():
    newton = _newton(_case(SOUND[0]))
    start = newton.start(np.zeros(newton.objective.shape))
    stalled = Run(Status.STALLED, start, (start.row,))
    assert with_damping(newton, stalled, start.theta, SURELY).status is Status.CONVERGED
    within = start._replace(certificate=Certificate(1e-9, 1e10, np.inf, 1e-8, exact=True))
    for run in (Run(Status.CONVERGED, start, ()), Run(Status.STALLED, within, ())):
        assert with_damping(newton, run, start.theta, SURELY) is run


def test_all_steps_together_keep_to_the_limit():
    newton = _newton(_case(SOUND[0]))
    start = newton.start(np.zeros(newton.objective.shape))
    stalled = Run(Status.STALLED, start, (start.row, start.row.at(1, 0.5)))
    run = with_damping(newton, stalled, start.theta, Stopping(max_iter=2))
    assert run.status is Status.MAX_ITERATIONS
    assert [row.iteration for row in run.history] == [0, 1, 2, 3]
    assert run.history[2].seconds >= 0.5
