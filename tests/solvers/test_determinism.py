"""Same seed, same numbers, bit for bit, whatever the threads; and every random thing has a stream of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from logistica import SGD, Adam, GradientDescent, Normal, Stop
from tests.processes import fits
from tests.solvers.quiet import quiet_fit

SOLVERS = {
    "gradient descent": GradientDescent(epochs=15),
    "gradient descent, random start": GradientDescent(learning_rate=0.2, epochs=15, start=Normal(0.5)),
    "sgd": SGD(epochs=3),
    "sgd, plain": SGD(learning_rate=0.05, epochs=3, start=Normal(0.5)),
    "adam": Adam(epochs=3),
}
RANDOM = [name for name in SOLVERS if name != "gradient descent"]


def _data(K, n=5000):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(n, 4)) * [1.0, 100.0, 1.0, 0.01]
    y = np.argmax(X / [1.0, 100.0, 1.0, 0.01] @ rng.normal(size=(4, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y


def _numbers(model):
    """Every number of the path but the seconds."""
    return [
        (
            *(row.loss, row.gradient_norm, row.step_size, row.running_loss, row.validation_loss),
            *row.coef.ravel(),
            *row.intercept,
        )
        for row in model.record.history
    ]


def _path(solver, X, y, **arguments):
    return np.array(_numbers(quiet_fit(X, target=y, solver=solver, keep_coefficients=True, **arguments)))


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("container", fits.CONTAINERS)
@pytest.mark.parametrize("solver", [*fits.SOLVERS, "path"])
def test_the_same_bits_for_any_number_of_threads_on_any_data(solver, container, K):
    assert len({fits.digest(solver, container, K, n=20_000, threads=threads) for threads in (1, 2, 3, 16)}) == 1


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", SOLVERS)
def test_the_same_bits_for_any_number_of_threads(name, K):
    X, y = _data(K, 20_000)  # several blocks
    one = _path(SOLVERS[name], X, y, threads=1, random_state=7)
    for threads in (1, 2, 4, None):
        np.testing.assert_array_equal(_path(SOLVERS[name], X, y, threads=threads, random_state=7), one)


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_other_numbers(name):
    X, y = _data(2)
    first, other = (_path(SOLVERS[name], X, y, random_state=seed) for seed in (0, 1))
    assert (first[-1, 5:] != other[-1, 5:]).all()


def test_nothing_random_in_plain_gradient_descent():
    X, y = _data(2)
    first, other = (_path(SOLVERS["gradient descent"], X, y, random_state=seed) for seed in (0, 1))
    np.testing.assert_array_equal(first, other)


@pytest.mark.parametrize("kind", [GradientDescent, SGD, Adam])
def test_one_more_epoch_does_not_change_those_before(kind):
    """With a constant rate and no averaging, which both look ahead to the last epoch."""
    X, y = _data(2)
    shorter, longer = (_path(kind(learning_rate=0.1, precondition=True, epochs=n), X, y) for n in (3, 4))
    np.testing.assert_array_equal(longer[:-1], shorter)


def test_numpy_s_global_generator_is_neither_used_nor_moved():
    X, y = _data(2)
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    first = _path(SOLVERS["sgd"], X, y)
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(2)
    np.testing.assert_array_equal(_path(SOLVERS["sgd"], X, y), first)


def test_a_random_start_does_not_change_the_batches():
    """Each has its own stream."""
    X, y = _data(2)
    common = {"learning_rate": 0.1, "epochs": 3, "precondition": True}
    drawn = _path(SGD(**common, start=Normal(1e-13)), X, y)
    np.testing.assert_allclose(drawn[1:], _path(SGD(**common), X, y)[1:], rtol=1e-9)
    other = _path(SGD(**common, start=Normal(1e-13)), X, y, random_state=1)
    assert np.nanmax(np.abs(other[1:] / drawn[1:] - 1.0)) > 1e-4


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_the_same_rows_in_other_containers_give_the_same_bits(solver):
    X, y = _data(3, 1000)
    solver = SGD(epochs=3) if solver == "sgd" else Adam(epochs=3)
    plain = _path(solver, X, y)
    np.testing.assert_array_equal(_path(solver, np.asfortranarray(X), y), plain)
    entries = _path(solver, sparse.csr_array(X), y)
    np.testing.assert_array_equal(_path(solver, sparse.csc_array(X), y), entries)
    np.testing.assert_allclose(entries, plain, rtol=1e-10)  # sums over entries alone are rounded in another order


def test_rows_held_out_depend_on_the_seed_only():
    X, y = _data(2)
    stop = Stop(validation_share=0.2)
    held = [
        quiet_fit(X, target=y, solver=solver, stop=stop, random_state=3).record.history[0].validation_loss
        for solver in (GradientDescent(epochs=1), SGD(epochs=1), Adam(epochs=1))
    ]
    assert held[0] == held[1] == held[2] == pytest.approx(np.log(2.0))
    rows = [quiet_fit(X, target=y, solver=GradientDescent(epochs=2), stop=stop, random_state=seed) for seed in (3, 4)]
    assert rows[0].record.history[-1].validation_loss != rows[1].record.history[-1].validation_loss
