"""Over- and under-sampling: exact counts, seeded, every row as often as any other, frequencies as repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica import Stop
from logistica.data.read import read
from logistica.fitting.balance import balanced
from logistica.fitting.class_balance import ClassBalance
from tests.solvers.quiet import quiet_fit

N = 300


def _data(K):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, 3))
    return X, np.argmax(X @ rng.normal(size=(3, K)) - 1.3 * np.arange(K) + rng.gumbel(size=(N, K)), axis=1)


def _drawn(y, how, *, weights=None, kind="importance", seed=0):
    """How often each row was drawn, from the weights of the rows that are left."""
    X = np.arange(len(y), dtype=float)[:, None]
    dataset = read(X, target=y, weights=weights, weight_kind=kind)
    found = balanced(dataset.source, ClassBalance(resample=how), dataset.labels, kind, seed)
    rows = np.arange(len(y)) if found.source.rows is None else found.source.rows
    count = np.zeros(len(y))
    count[rows] = 1.0 if found.source.weights is None else found.source.weights
    return count, found


@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize("how", ["over", "under"])
def test_counts_are_exact(how, K):
    _, y = _data(K)
    sizes = np.bincount(y)
    goal = sizes.max() if how == "over" else sizes.min()
    count, found = _drawn(y, how)
    np.testing.assert_array_equal(np.bincount(y, count), np.full(K, goal))
    np.testing.assert_allclose(found.multipliers, goal / sizes, rtol=1e-15)
    for k in range(K):
        own = count[y == k]
        assert set(own) <= {np.floor(goal / sizes[k]), np.ceil(goal / sizes[k])}


@pytest.mark.parametrize("how", ["over", "under"])
def test_the_seed_decides_which_rows(how):
    _, y = _data(2)
    first, again, other = (_drawn(y, how, seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("how", ["over", "under"])
def test_every_row_has_the_same_chance(how):
    """The mean over many seeds: within five standard deviations for each row."""
    y = np.array([0] * 7 + [1] * 3)
    seeds = 2000
    mean = np.mean([_drawn(y, how, seed=seed)[0] for seed in range(seeds)], axis=0)
    goal = 7 if how == "over" else 3
    for k, size in ((0, 7), (1, 3)):
        share = goal / size
        rest = share - np.floor(share)
        limit = 5.0 * np.sqrt(rest * (1.0 - rest) / seeds) + 1e-12
        assert (np.abs(mean[y == k] - share) <= limit).all()


@pytest.mark.parametrize("how", ["over", "under"])
def test_frequencies_are_repeated_rows(how):
    """A row of frequency 3 is drawn as three rows: the counts of its class are those of the repeated rows."""
    rng = np.random.default_rng(4)
    y = np.repeat([0, 1, 2], [30, 9, 4])
    frequency = rng.integers(1, 6, size=len(y)).astype(float)
    sizes = np.bincount(y, frequency)
    goal = sizes.max() if how == "over" else sizes.min()
    count, found = _drawn(y, how, weights=frequency, kind="frequency")
    np.testing.assert_array_equal(np.bincount(y, count), np.full(3, goal))
    np.testing.assert_array_equal(count, np.rint(count))
    whole = np.floor(goal / sizes)[y] * frequency
    assert ((count >= whole) & (count <= whole + frequency)).all()
    np.testing.assert_allclose(found.multipliers, goal / sizes)


@pytest.mark.parametrize("how", ["over", "under"])
def test_other_weights_go_with_their_rows(how):
    _, y = _data(2)
    weights = np.random.default_rng(2).uniform(0.5, 2.0, N)
    count, _ = _drawn(y, how)
    weighted, _ = _drawn(y, how, weights=weights)
    np.testing.assert_allclose(weighted, count * weights, rtol=1e-15)


@pytest.mark.parametrize("solver", ["newton", "gradient-descent", "sgd"])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("how", ["over", "under"])
def test_the_fit_is_that_of_the_rows_drawn(how, K, solver):
    X, y = _data(K)
    count, _ = _drawn(y, how, seed=5)
    model = quiet_fit(X, target=y, resample=how, random_state=5, solver=solver, C=10.0)
    rows = np.flatnonzero(count)
    weights = count[rows] if how == "over" else None
    by_hand = quiet_fit(X[rows], target=y[rows], weights=weights, random_state=5, solver=solver, C=10.0)
    np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-9, atol=1e-12)
    if how == "over":
        repeated = np.repeat(np.arange(N), count.astype(int))
        again = logistica.fit(X[repeated], target=y[repeated], C=10.0)
        if solver == "newton":
            np.testing.assert_allclose(model.coef_, again.coef_, rtol=1e-8)


@pytest.mark.parametrize("container", [np.asfortranarray, sparse.csr_array, np.float32])
def test_rows_of_every_kind(container):
    X, y = _data(3)
    X = X.astype(np.float32).astype(float)
    plain = quiet_fit(X, target=y, resample="under", random_state=1)
    np.testing.assert_allclose(
        quiet_fit(container(X), target=y, resample="under", random_state=1).coef_, plain.coef_, rtol=1e-8
    )


@pytest.mark.filterwarnings("ignore:Dropped 1 of 300 rows:logistica.DataWarning")
@pytest.mark.parametrize("how", ["over", "under", None])
@pytest.mark.parametrize("share", [None, 0.2])
def test_rows_set_aside_add_up(tmp_path, how, share):
    """Read = used + dropped + of weight zero + set aside; also in a saved model."""
    X, y = _data(2)
    X = X.copy()
    X[5, 0] = np.nan
    weights = np.ones(N)
    weights[10:13] = 0.0
    stop = Stop(validation_share=share)
    model = quiet_fit(
        X,
        target=y,
        weights=weights,
        missing="drop",
        resample=how,
        stop=stop,
        solver="gradient-descent",
    )
    rows = model.fitted.fit.rows
    assert (rows.read, rows.dropped, rows.weight_zero) == (N, 1, 3)
    assert rows.used + rows.dropped + rows.weight_zero + rows.set_aside == rows.read
    in_use = np.ones(N, dtype=bool)
    in_use[[5, 10, 11, 12]] = False
    left = np.bincount(y[in_use])
    held = np.array([round((share or 0.0) * count) for count in left])
    expected = held.sum()
    if how == "under":
        expected += (left - held).max() - (left - held).min()
    assert rows.set_aside == expected
    model.save(tmp_path / "m.json")
    assert logistica.load(tmp_path / "m.json").fitted.fit.rows.set_aside == rows.set_aside


def test_rows_held_out_are_never_drawn():
    """What judges the fit is left as it is: over-sampling repeats only rows that are learnt from."""
    X, y = _data(2)
    held = quiet_fit(X, target=y, resample="over", solver="gradient-descent", stop=Stop(validation_share=0.3))
    plain = quiet_fit(X, target=y, solver="gradient-descent", stop=Stop(validation_share=0.3))
    assert held.fitted.fit.rows.set_aside == plain.fitted.fit.rows.set_aside
    first = held.record.history[0].validation_loss
    assert first == plain.record.history[0].validation_loss == pytest.approx(np.log(2.0))


@pytest.mark.parametrize("how", ["over", "under"])
def test_the_note(how):
    X, y = _data(2)
    model = quiet_fit(X, target=y, resample=how)
    (note,) = (note for note in model.record.notes if note.code == "class-balance")
    balance = model.fitted.fit.balance
    said = f"The classes are {how}-sampled; the mean predicted probability became {balance.fitted[0]:.4g} for 0 instead"
    assert note.message.startswith(said)
    np.testing.assert_allclose(model.fitted.fit.balance.observed, np.bincount(y) / N, rtol=1e-12)
