"""Epochs over mini-batches by the compiled loop: those of NumPy up to rounding, whatever the rule, rows and batches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from logistica import SGD, Adam, Stop
from logistica.core import compiled
from logistica.engines import numpy_engine
from logistica.solvers.descent import compiled_walk, descent
from logistica.solvers.driver import Status
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

N, P = 230, 7


def rows(K, seed=5):
    """Seven columns, most numbers 0, and overlapping classes."""
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((N, P)) < 0.4, rng.integers(-3, 4, (N, P)), 0.0) * [1.0, 0.5, 2.0, 1.0, 1.0, 0.25, 1.0]
    return X, np.argmax(0.5 * X @ rng.normal(size=(P, K)) + rng.gumbel(size=(N, K)), axis=1)


def extras(K, seed=6):
    rng = np.random.default_rng(seed)
    offset = rng.normal(size=N) if K == 2 else rng.normal(size=(N, K))
    return {"weights": rng.uniform(0.2, 3.0, N), "offset": offset}


class Ways:
    """Fits by both loops, which must be the two that are meant."""

    def __init__(self, monkeypatch):
        self.patch, self.walks = monkeypatch, []
        real = descent.compiled_walk

        def walk(*arguments):
            self.walks.append(real(*arguments))
            return self.walks[-1]

        self.compiled = walk

    def fit(self, X, y, *, compiled=True, **options):
        self.patch.setattr(descent, "compiled_walk", self.compiled if compiled else lambda *_: None)
        self.walks.clear()
        model = quiet_fit(X, target=y, keep_coefficients=True, **options)
        assert compiled == bool(self.walks)
        assert all(walk is not None for walk in self.walks)
        return model

    def assert_same(self, X, y, **options):
        first, other = (self.fit(X, y, compiled=how, **options) for how in (True, False))
        assert len(first.record.history) == len(other.record.history)
        for a, b in zip(first.record.history, other.record.history, strict=True):
            for name in ("loss", "running_loss", "gradient_norm", "step_size"):
                np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(a.coef, b.coef, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(a.intercept, b.intercept, rtol=1e-11, atol=1e-12)


@pytest.fixture
def ways(monkeypatch):
    return Ways(monkeypatch)


def assert_same_bits(model, other):
    for a, b in zip(model.record.history, other.record.history, strict=True):
        np.testing.assert_array_equal(a.coef, b.coef)
        assert (a.loss, a.intercept.tolist()) == (b.loss, b.intercept.tolist())
        np.testing.assert_array_equal(a.running_loss, b.running_loss)


COMMON = {"epochs": 4, "batch_size": 16, "learning_rate": 0.1}
RULES = {
    "plain": SGD(**COMMON),
    "Polyak": SGD(**COMMON, momentum=0.8, schedule="inverse-time"),
    "Nesterov": SGD(**COMMON, momentum=0.8, nesterov=True),
    "averaged": SGD(**COMMON, momentum=0.5, average=0.6),
    "all of it averaged": SGD(**COMMON, average=1.0),
    "automatic": SGD(epochs=4, batch_size=16),
    "Adam": Adam(epochs=4, batch_size=16, learning_rate=0.05, beta_2=0.99),
    "Adam, automatic": Adam(epochs=4, batch_size=16),
}
LASSO_RULES = [name for name in RULES if "Adam" not in name]
PENALTIES = {
    "none": {},
    "ridge": {"C": 0.3},
    "lasso": {"C": 0.2, "l1_ratio": 1.0},
    "both": {"C": 0.2, "l1_ratio": 0.4, "standardize": True},
}
FORMS = {
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "rows backwards": lambda X: X[::-1].copy()[::-1],
    "float32": lambda X: X.astype(np.float32),
    "sparse": sparse.csr_array,
    "sparse, 64-bit indices": lambda X: _with_index(sparse.csr_array(X), np.int64),
    "sparse, float32": lambda X: sparse.csr_array(X.astype(np.float32)),
    "sparse by columns": sparse.csc_matrix,
    "a frame": lambda X: pd.DataFrame(X, columns=list("abcdefg")),
}


def _with_index(X, dtype):
    X.indices, X.indptr = X.indices.astype(dtype), X.indptr.astype(dtype)
    return X


@pytest.mark.parametrize("form", ["C order", "sparse"])
@pytest.mark.parametrize("K", [2, 3, 9])
@pytest.mark.parametrize(
    ("rule", "penalty"),
    [(rule, penalty) for penalty in PENALTIES for rule in (LASSO_RULES if "l1" in str(PENALTIES[penalty]) else RULES)],
)
def test_rules_and_penalties(ways, rule, penalty, K, form):
    X, y = rows(K)
    ways.assert_same(FORMS[form](X), y, solver=RULES[rule], **PENALTIES[penalty], **extras(K))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("K", [2, 4])
@pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no intercept"])
@pytest.mark.parametrize("shuffle", [True, False], ids=["shuffled", "in order"])
def test_rows_of_every_form(ways, form, K, intercept, shuffle):
    X, y = rows(K)
    solver = SGD(epochs=3, batch_size=16, shuffle=shuffle)
    ways.assert_same(FORMS[form](X), y, solver=solver, fit_intercept=intercept, C=2.0)


@pytest.mark.parametrize("size", [1, 7, 63, 64, 65, 129, N - 1, N, 1000])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("form", ["C order", "sparse"])
def test_sizes_of_batches(ways, size, K, form):
    X, y = rows(K)
    ways.assert_same(FORMS[form](X), y, solver=SGD(epochs=2, batch_size=size, momentum=0.5), **extras(K))


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("precondition", [True, False])
def test_a_given_start(ways, K, precondition):
    X, y = rows(K)
    outputs = 1 if K == 2 else K
    rng = np.random.default_rng(3)
    start = rng.normal(size=(outputs, P)), rng.normal(size=outputs)
    for rule in ("Nesterov", "Adam", "all of it averaged"):
        options = {**RULES[rule].get_params(), "start": start, "precondition": precondition}
        ways.assert_same(X, y, solver=type(RULES[rule])(**options))


@pytest.mark.parametrize("p", [0, 1, 8, 33])
@pytest.mark.parametrize("K", [2, 3])
def test_numbers_of_columns(ways, p, K):
    rng = np.random.default_rng(p)
    X, y = rng.normal(size=(N, p)), rows(K)[1]
    data = X if p else pd.DataFrame({"y": y})
    options = {"formula": "y ~ 1"} if p == 0 else {}
    ways.assert_same(data, None if p == 0 else y, solver=SGD(epochs=2, batch_size=16), **options)


@pytest.mark.parametrize("K", [2, 3])
def test_rows_that_are_left_out_and_empty_ones(ways, K):
    """Weights of zero leave rows out; some rows of X have no entries."""
    X, y = rows(K)
    X[::5] = 0.0
    weights = np.where(np.arange(N) % 3 == 0, 0.0, 1.5)
    for form in ("C order", "sparse", "Fortran order"):
        ways.assert_same(FORMS[form](X), y, solver=RULES["automatic"], weights=weights)


def test_sparse_rows_far_from_zero_are_written_out(ways):
    """Their centres would cost too many digits as sums over entries."""
    X, y = rows(2)
    far = sparse.csr_array(X + 1e6)
    ways.assert_same(far, y, solver=RULES["automatic"])
    dense = ways.fit(X + 1e6, y, solver=RULES["automatic"])
    np.testing.assert_allclose(ways.fit(far, y, solver=RULES["automatic"]).coef_, dense.coef_, rtol=1e-9)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("form", ["C order", "Fortran order", "sparse", "sparse, float32"])
def test_the_same_bits_however_an_epoch_is_cut(ways, monkeypatch, K, form):
    X, y = rows(K)
    options = {"solver": RULES["automatic"], **extras(K)}
    whole = ways.fit(FORMS[form](X), y, **options)
    monkeypatch.setattr(compiled_walk, "OPERATIONS_AT_ONCE", 1)
    monkeypatch.setattr(numpy_engine, "LARGEST_BLOCK", 40)
    assert_same_bits(ways.fit(FORMS[form](X), y, **options), whole)


def test_the_same_bits_for_any_number_of_threads(ways):
    X, y = rows(3)
    first, *others = (ways.fit(X, y, solver=RULES["automatic"], threads=threads) for threads in (1, 2, 3))
    for other in others:
        assert_same_bits(other, first)


@pytest.mark.parametrize("size", [40.0, 800.0, 1e5])
def test_rows_that_are_all_but_certain(ways, size):
    """Their losses and residuals lie in the tails."""
    X, y = rows(3)
    offset = np.zeros((N, 3))
    offset[y != 2, 2] = -size
    ways.assert_same(X, y, solver=RULES["Nesterov"], offset=offset)
    X, y = rows(2)
    ways.assert_same(X, y, solver=RULES["Nesterov"], offset=np.where(y == 1, size, -size) * (np.arange(N) % 3 - 0.5))


@pytest.mark.parametrize("rule", ["plain", "Nesterov", "Adam"])
def test_diverging(ways, rule):
    """Beyond all numbers both end alike, with the best state before."""
    X, y = rows(2)
    solver = type(RULES[rule])(**{**RULES[rule].get_params(), "learning_rate": 1e300})
    first, other = (ways.fit(X * 1e10, y, compiled=how, C=1e-3, solver=solver) for how in (True, False))
    assert first.record.status is other.record.status is Status.DIVERGED
    np.testing.assert_array_equal(first.coef_, other.coef_)


class Interrupted:
    """The library, in which Ctrl-C is pressed at some call of the loop."""

    def __init__(self, at):
        self.calls, self.at = 0, at

    def logistica_walk(self, *arguments):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return compiled.library().logistica_walk(*arguments)


def test_an_interrupt_within_an_epoch_leaves_the_last_whole_one(ways, monkeypatch):
    X, y = rows(2)
    batches = -(-N // 16)
    whole = ways.fit(X, y, solver=RULES["Nesterov"])
    monkeypatch.setattr(compiled_walk, "OPERATIONS_AT_ONCE", 1)
    interrupted = Interrupted(2 * batches + 5)
    monkeypatch.setattr(compiled_walk, "library", lambda: interrupted)
    model = quiet_fit(X, target=y, keep_coefficients=True, solver=RULES["Nesterov"])
    assert model.record.status is Status.INTERRUPTED
    assert len(model.record.history) == 3
    for row, same in zip(model.record.history, whole.record.history, strict=False):
        np.testing.assert_array_equal(row.coef, same.coef)


def test_a_step_leaves_the_state_before_as_it_was(ways):
    """A checkpoint may be written of it later, and an interrupt comes back to it."""
    X, y = rows(2)
    states = []
    step = descent.MiniBatch.step

    def watched(self, state):
        kept = [state.point.copy(), state.theta.copy(), *(values.copy() for values in state.memory.values())]
        after = step(self, state)
        states.append((kept, [state.point, state.theta, *state.memory.values()]))
        return after

    ways.patch.setattr(descent.MiniBatch, "step", watched)
    ways.fit(X, y, solver=SGD(epochs=4, batch_size=16, learning_rate=0.1, momentum=0.5, average=0.5))
    assert len(states) == 4
    for kept, now in states:
        for a, b in zip(kept, now, strict=True):
            np.testing.assert_array_equal(a, b)


def test_rules_of_stopping_see_every_epoch(ways):
    X, y = rows(2)
    model = ways.fit(X, y, solver=SGD(epochs=50, batch_size=16), stop=Stop(patience=3, validation_share=0.3))
    assert model.record.status is Status.PATIENCE
    assert all(a.iteration + 1 == b.iteration for a, b in pairwise(model.record.history))
