"""The hard cases of fitting: what the columns, the classes and the weights can do to a fit. Each once went wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, OptionError
from logistica.solvers.driver import Status
from tests.data.cases import case
from tests.oracles.decimal_newton import decimal_newton

INF = np.inf


def _columns(n=200, p=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, p))


def _classes(X, K=2, seed=0, slope=1.0):
    rng = np.random.default_rng(seed)
    eta = slope * X @ rng.normal(size=(X.shape[1], K))
    return np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)


def _codes(model):
    return {note.code for note in model.record.notes}


def _note(model, code):
    return next(note.message for note in model.record.notes if note.code == code)


def _separated(X, y, **options):
    with pytest.warns(logistica.SeparationWarning) as caught:
        model = logistica.fit(X, target=y, **options)
    message = str(caught[0].message)
    assert message == _note(model, "separated")
    assert "C=1" in message  # the remedy
    return model


def _same(model, other, *, rtol=1e-10):
    np.testing.assert_allclose(model.coef_, other.coef_, rtol=rtol, atol=1e-13)
    np.testing.assert_allclose(model.intercept_, other.intercept_, rtol=rtol, atol=1e-13)


# Row 5: a constant column beside an intercept.


@pytest.mark.parametrize("value", [case(5, f"constant-{v:g}", v) for v in (0.0, 1.0, -3.7, 0.1, 1e300, 1e-300)])
@pytest.mark.parametrize("K", [2, 3])
def test_a_constant_column_is_aliased_and_reported(value, K):
    X = _columns()
    y = _classes(X, K)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.insert(1, "always", value)
    model, without = logistica.fit(frame, target=y), logistica.fit(X, target=y)
    place = model.terms.index("always")
    assert (model.coef_[:, place] == 0.0).all()
    np.testing.assert_allclose(np.delete(model.coef_, place, axis=1), without.coef_, rtol=1e-11)
    np.testing.assert_allclose(model.intercept_, without.intercept_, rtol=1e-11, atol=1e-14)
    assert "'always' is constant" in _note(model, "aliased")
    table = model.summary().coefficients
    mine = table.term == "always"
    assert np.isnan(table.estimate[mine]).all()
    assert np.isnan(table.std_error[mine]).all()


# Row 6: exact collinearity.


def _collinear(kind, X):
    if kind == "duplicated":
        return np.column_stack([X, X[:, 1]]), "x3", ("x1",)
    if kind == "combination":
        return np.column_stack([X, X[:, 0] - 2 * X[:, 2]]), "x3", ("x0", "x2")
    level = np.random.default_rng(1).integers(3, size=len(X))
    return np.column_stack([X, np.eye(3)[level]]), "x5", ("(Intercept)", "x3", "x4")


@pytest.mark.parametrize("kind", [case(6, k, k) for k in ("duplicated", "combination", "full-dummy-set")])
@pytest.mark.parametrize("K", [2, 3])
def test_the_later_column_is_dropped_and_named_with_its_partners(kind, K):
    X, gone, partners = _collinear(kind.replace("full-dummy-set", "dummies"), _columns())
    y = _classes(X, K)
    model = logistica.fit(X, target=y)
    place = int(gone[1:])
    assert model.fitted.fit.aliases == {gone: partners}
    message = _note(model, "aliased")
    assert all(repr(name) in message for name in (gone, *partners))
    reference = logistica.fit(np.delete(X, place, axis=1), target=y)
    np.testing.assert_allclose(
        model.predict_proba(X), reference.predict_proba(np.delete(X, place, axis=1)), rtol=1e-10
    )
    table = model.summary().coefficients
    assert np.isnan(table.std_error[table.term == gone]).all()
    assert np.isfinite(table.std_error[table.term != gone]).all()


# Row 7: near-collinearity.


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("condition", [case(7, f"{c:.0e}", c) for c in (1e4, 1e6, 1e8, 1e9, 1e10, 1e12)])
def test_near_collinearity_is_right_or_marked(condition, K):
    rng = np.random.default_rng(7)
    x, other, third = rng.normal(size=(3, 60))
    X = np.column_stack([x, third, x + other / condition])
    y = _classes(np.column_stack([x, other]), K, slope=0.7)
    if condition >= 1e7:
        with pytest.warns(logistica.LogisticaWarning):
            model = logistica.fit(X, target=y)
    else:
        model = logistica.fit(X, target=y)
    marked = bool({"ill-conditioned", "rounding", "aliased"} & _codes(model))
    assert marked or condition < 1e7
    exact = decimal_newton(np.column_stack([np.ones(60), X]), y)
    ours = model.coef_ if K == 2 else model.coef_[1:] - model.coef_[0]
    if "aliased" in _codes(model):
        assert condition >= 1e11
        return
    np.testing.assert_allclose(ours, exact.estimate[:, 1:], rtol=1e-6 if condition < 1e10 else 1e-3)
    assert (np.abs(ours - exact.estimate[:, 1:]) <= model.record.certificate.bound * exact.error[:, 1:]).all()


# Rows 8 to 11: separation.


@pytest.mark.parametrize(
    "make",
    [
        case(8, "one-column", lambda x, z: (np.column_stack([x, z]), x > 0.1)),
        case(8, "two-columns", lambda x, z: (np.column_stack([x, z]), x + 2 * z > 0.1)),
        case(8, "huge-scale", lambda x, z: (np.column_stack([x * 1e200, z]), x > 0.1)),
        case(8, "tiny-scale", lambda x, z: (np.column_stack([x * 1e-200, z]), x > 0.1)),
        case(8, "far-away", lambda x, z: (np.column_stack([x + 1e8, z]), x > 0.1)),
    ],
)
def test_complete_separation(make):
    X, y = make(*np.random.default_rng(8).normal(size=(2, 100)))
    model = _separated(X, y)
    assert model.record.status is Status.COMPLETE
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 100
    assert model.log_likelihood_kernel == 0.0
    assert model.predict(X).tolist() == y.tolist()
    assert np.isfinite(model.coef_).all()
    assert -1e-9 <= model.predict_log_proba(X)[np.arange(100), y.astype(int)].sum() <= 0.0
    estimate = model.summary().coefficients.estimate
    assert not np.isfinite(estimate[1:]).any()
    assert "'x0'" in _note(model, "separated")


def test_complete_separation_as_an_error():
    x = np.arange(10.0)[:, None]
    with pytest.raises(logistica.SeparationError, match="completely separated.*'x0'.*C=1"):
        logistica.fit(x, target=x[:, 0] > 4, on_separation="raise")


def test_a_penalty_is_the_remedy_of_separation():
    x = np.arange(10.0)[:, None]
    model = logistica.fit(x, target=x[:, 0] > 4, C=1.0)
    assert model.separation is None
    exact = decimal_newton(np.column_stack([np.ones(10), x]), (x[:, 0] > 4).astype(int), ridge=[0.0, 1.0])
    np.testing.assert_allclose([model.intercept_[0], model.coef_[0, 0]], exact.estimate[0], rtol=1e-10)


def _quasi(kind):
    rng = np.random.default_rng(9)
    x, z = rng.normal(size=(2, 200))
    y = (x + rng.logistic(size=200) > 0).astype(int)
    if kind == "level":
        rare = (rng.random(200) < 0.1) & (y == 1)
        return np.column_stack([x, rare, z]), y, rare
    edge = np.where(y == 1, np.abs(z) + 0.5, 0.0)
    edge[:150] = 0.0
    return np.column_stack([x, edge, z]), y, edge > 0


@pytest.mark.parametrize("kind", [case(9, "level", "level"), case(9, "edge", "edge")])
def test_quasi_complete_separation(kind):
    """The column is named with its sign; the others are those of the rows that it leaves."""
    X, y, out = _quasi(kind)
    model = _separated(X, y)
    assert model.record.status is Status.QUASI
    assert model.separation.columns == ("x1",)
    assert model.separation.signs == {("x1", 1, 0): "+inf"}
    assert model.separation.n_rows == out.sum()
    rest = logistica.fit(X[~out][:, [0, 2]], target=y[~out])
    assert model.log_likelihood_kernel == pytest.approx(rest.log_likelihood_kernel, rel=1e-12)
    table = model.summary().coefficients
    finite = table.estimate[table.term != "x1"]
    np.testing.assert_allclose(finite, np.append(rest.intercept_, rest.coef_[0]), rtol=1e-9)
    assert table.estimate[table.term == "x1"] == INF
    np.testing.assert_allclose(model.predict_proba(X[~out])[:, 1], rest.predict_proba(X[~out][:, [0, 2]])[:, 1])
    assert "'x1'" in _note(model, "separated")


def test_separation_in_one_class_of_three():
    rng = np.random.default_rng(10)
    x, z = rng.normal(size=(2, 300))
    y = rng.integers(2, size=300)
    y[x > 1.0] = 2
    model = _separated(np.column_stack([x, z]), y)
    assert model.separation.verdict == "quasi"
    assert "x0" in model.separation.columns
    assert model.separation.signs["x0", 2, 0] == "+inf"
    assert model.separation.signs["x0", 2, 1] == "+inf"
    assert ("x0", 1, 0) not in model.separation.signs
    rest = logistica.fit(np.column_stack([x, z])[y < 2], target=y[y < 2])
    assert model.log_likelihood_kernel == pytest.approx(rest.log_likelihood_kernel, rel=1e-10)


@pytest.mark.parametrize("K", [2, 3])
def test_an_empty_cell_separates_its_class(K):
    """No row of the level has class 0: its contrasts with class 0 are infinite, the others are exact."""
    rng = np.random.default_rng(11)
    level, y = rng.integers(3, size=300), rng.integers(K, size=300)
    y[(level == 2) & (y == 0)] = K - 1
    frame = pd.DataFrame({"level": np.array(["a", "b", "c"])[level]})
    model = _separated(frame, y)
    affected = model.separation.columns
    assert len(affected) == 1
    assert "c" in affected[0]
    assert {(a, b) for _, a, b in model.separation.signs} == {(k, 0) for k in range(1, K)}
    assert set(model.separation.signs.values()) == {"+inf"}
    cells = np.zeros((3, K))
    np.add.at(cells, (level, y), 1)
    proba = model.predict_proba(pd.DataFrame({"level": ["a", "b", "c"]}))
    np.testing.assert_allclose(proba, cells / cells.sum(axis=1, keepdims=True), rtol=1e-9, atol=1e-9)


for _row, _name in ((10, "one-class-of-three"), (10, "empty-cell")):
    assert case(_row, _name).id == f"nasty-{_row}-{_name}"


@pytest.mark.parametrize(("n", "p"), [case(11, "n-below-p", 10, 30), case(11, "n-equal-p", 12, 12)])
@pytest.mark.parametrize("K", [2, 3])
def test_more_columns_than_rows(n, p, K):
    X = _columns(n, p, 11)
    y = np.arange(n) % K
    model = _separated(X, y)
    assert model.separation.verdict == "complete"
    assert model.rank == n
    assert model.predict(X).tolist() == y.tolist()
    assert "aliased" in _codes(model)
    std_error = model.summary().coefficients.std_error
    assert not np.isfinite(std_error).any()
    penalised = logistica.fit(X, target=y, C=1.0)
    assert penalised.record.status is Status.CONVERGED
    assert penalised.separation is None
    residual = np.eye(K)[y] - penalised.predict_proba(X)
    full = penalised.coef_ if K > 2 else np.vstack([-penalised.coef_, penalised.coef_])
    np.testing.assert_allclose(residual.T @ X, full, rtol=0, atol=1e-9)


# Row 12: the columns' scales.

SCALES = (1e-300, 1e-150, 1e-12, 1e-6, 1e6, 1e12, 1e150, 1e300)


@pytest.mark.parametrize("scale", [case(12, f"{s:g}", s) for s in SCALES])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
def test_one_scale(scale, K, intercept):
    X = _columns()
    y = _classes(X, K)
    plain, scaled = (logistica.fit(Z, target=y, fit_intercept=intercept) for Z in (X, X * scale))
    np.testing.assert_allclose(scaled.coef_ * scale, plain.coef_, rtol=1e-10)
    np.testing.assert_allclose(scaled.intercept_, plain.intercept_, rtol=1e-10)
    np.testing.assert_allclose(scaled.predict_proba(X * scale), plain.predict_proba(X), rtol=1e-10)
    assert scaled.record.status is Status.CONVERGED


@pytest.mark.parametrize(
    "scales",
    [
        case(12, "mixed-all", SCALES),
        case(12, "mixed-ends", (1e-300, 1e300)),
        case(12, "mixed-one-tiny", (1.0, 1e-300, 1.0)),
        case(12, "mixed-one-huge", (1.0, 1e300, 1.0)),
    ],
)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_mixed_scales(scales, K, shift):
    X = _columns(400, len(scales)) + shift
    y = _classes(X - shift, K, slope=0.5)
    scale = np.array(scales)
    plain, scaled = logistica.fit(X, target=y), logistica.fit(X * scale, target=y)
    np.testing.assert_allclose(scaled.coef_ * scale, plain.coef_, rtol=1e-10)
    np.testing.assert_allclose(scaled.intercept_, plain.intercept_, rtol=1e-10)
    np.testing.assert_allclose(scaled.predict_proba(X * scale), plain.predict_proba(X), rtol=1e-9)
    ours, theirs = scaled.summary().coefficients, plain.summary().coefficients
    every = np.tile(np.append(1.0, scale), K - 1)
    np.testing.assert_allclose(ours.std_error * every, theirs.std_error, rtol=1e-9)
    np.testing.assert_allclose(ours.z, theirs.z, rtol=1e-9)


@pytest.mark.parametrize("scale", [case(12, f"standardised-{s:g}", s) for s in (1e-300, 1e300)])
def test_a_standardised_penalty_on_any_scale(scale):
    X = _columns()
    y = _classes(X)
    plain, scaled = (logistica.fit(Z, target=y, C=1.0, standardize=True) for Z in (X, X * [scale, 1, 1 / scale]))
    np.testing.assert_allclose(scaled.coef_ * [scale, 1, 1 / scale], plain.coef_, rtol=1e-10)


@pytest.mark.parametrize("scale", [case(12, f"beyond-{s:g}", s) for s in (1e-310, 1e-320, 1e308)])
def test_a_scale_that_coefficients_cannot_follow(scale):
    """Its coefficient, or its spread, would be no float."""
    X = np.clip(_columns(), -1.7, 1.7) * [1.0, scale, 1.0]
    with pytest.raises(DataError, match="'x1'") as error:
        logistica.fit(X, target=_classes(_columns()))
    assert error.value.column == "x1"
    assert error.value.remedy


def test_a_penalty_too_large_to_compute_with_names_its_column():
    X = _columns() * [1.0, 1e-200, 1.0]
    with pytest.raises(OptionError, match="'x1'.*standardize=True"):
        logistica.fit(X, target=_classes(_columns()), C=1.0)


# Row 13: large offsets in a column.


@pytest.mark.parametrize(
    ("shift", "spread"),
    [
        case(13, "1e8", 1e8, 1.0),
        case(13, "minus-1e8", -1e8, 1.0),
        case(13, "epoch-seconds", 1.7e9, 86_400.0),
        case(13, "epoch-nanoseconds", 1.7e18, 8.64e13),
        case(13, "year", 2000.0, 8.0),
    ],
)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("C", [INF, 1.0])
def test_a_large_shift_leaves_the_slopes(shift, spread, K, C):
    X = _columns()
    y = _classes(X, K)
    far = X.copy()
    far[:, 1] = X[:, 1] * spread + shift
    held = X.copy()
    held[:, 1] = (far[:, 1] - shift) / spread  # as far as the shifted column holds it
    options = {"C": C, "standardize": C < INF}
    plain, shifted = logistica.fit(held, target=y, **options), logistica.fit(far, target=y, **options)
    np.testing.assert_allclose(shifted.coef_ * [1, spread, 1], plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(shifted.predict_proba(far), plain.predict_proba(held), rtol=1e-6)
    assert "ill-conditioned" not in _codes(shifted)


# Row 14: imbalance.


@pytest.mark.parametrize("with_column", [case(14, "intercept-only", False), case(14, "one-column", True)])
def test_one_event_in_a_million(with_column):
    n = 1_000_000
    y = np.zeros(n, dtype=np.int8)
    y[123_456] = 1
    X = np.random.default_rng(14).normal(size=(n, 1)) if with_column else np.empty((n, 0))
    model = logistica.fit(X, target=y)
    assert model.record.status is Status.CONVERGED
    proba = model.predict_proba(X)[:, 1]
    assert proba.sum() == pytest.approx(1.0, rel=1e-9)
    if with_column:
        assert "'x0'" not in _note(model, "few-events")
        assert "Class 1 has 1 row" in _note(model, "few-events")
        assert "C=1" in _note(model, "few-events")
        assert (proba - (y == 1)) @ X[:, 0] == pytest.approx(0.0, abs=1e-7)
    else:
        assert model.intercept_[0] == pytest.approx(np.log(1 / (n - 1)), rel=1e-12)


def test_a_rare_level():
    """Two rows of a level, one of each class: its coefficient is finite, and exact by the cell."""
    y = np.array([0, 1] * 500)
    frame = pd.DataFrame({"level": ["often"] * 998 + ["rare"] * 2})
    model = logistica.fit(frame, target=y)
    assert np.abs(model.coef_).max() < 1e-9
    np.testing.assert_allclose(model.predict_proba(frame), 0.5, rtol=1e-9)


# Row 15: extreme scores.

EXTREMES = (1e3, 1e5, 1e16, 1e150, 1e300)


@pytest.mark.parametrize("size", [case(15, f"{sign * s:g}", sign * s) for s in EXTREMES for sign in (1, -1)])
@pytest.mark.parametrize("K", [2, 3])
def test_extreme_scores(size, K):
    X = _columns()
    model = logistica.fit(X, target=_classes(X, K))
    far = np.array([[size, 0.0, 0.0], [0.0, size, -size], [size, size, size]])
    proba, log_proba = model.predict_proba(far), model.predict_log_proba(far)
    assert ((proba >= 0) & (proba <= 1)).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-15)
    assert np.isfinite(log_proba).all()
    assert (log_proba <= 0).all()
    eta = model.decision_function(far)
    if K == 2:
        np.testing.assert_allclose(log_proba[:, 1], np.minimum(eta, 0.0), rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(log_proba[:, 0], np.minimum(-eta, 0.0), rtol=1e-12, atol=1e-300)
        assert (model.predict(far) == (eta > 0)).all()
    else:
        np.testing.assert_allclose(log_proba, eta - eta.max(axis=1, keepdims=True), rtol=1e-12)
        assert (model.predict(far) == np.argmax(eta, axis=1)).all()


@pytest.mark.parametrize("size", [case(15, "1e308", 1e308), case(15, "largest", np.finfo(float).max)])
@pytest.mark.parametrize("K", [2, 3])
def test_scores_at_the_end_of_the_floats_are_right_or_refused(size, K):
    X = _columns()
    model = logistica.fit(X, target=_classes(X, K))
    for row in ([[size, 0.0, 0.0]], [[-size, 0.0, 0.0]], [[size, -size, size]]):
        try:
            log_proba = model.predict_log_proba(row)
        except DataError as error:
            assert error.row == 0
            assert error.remedy
        else:
            assert np.isfinite(log_proba).all()
            np.testing.assert_allclose(model.predict_proba(row).sum(axis=1), 1.0, rtol=1e-15)


@pytest.mark.parametrize("size", [case(15, f"offset-{s:g}", s) for s in (1e3, 1e308)])
@pytest.mark.parametrize("K", [2, 3])
def test_extreme_offsets(size, K):
    X = _columns()
    y = _classes(X, K)
    zeros = np.zeros(200) if K == 2 else np.zeros((200, K))
    model = logistica.fit(X, target=y, offset=zeros)
    offset = zeros.copy()
    offset[0] = size if K == 2 else [size, -size, 0.0]
    offset[1] = -size if K == 2 else [-size, -size, size]
    log_proba = model.predict_log_proba(X, offset=offset)
    assert np.isfinite(log_proba).all()
    assert log_proba[0].max() == log_proba[1].max() == 0.0
    np.testing.assert_allclose(log_proba[2:], logistica.fit(X, target=y).predict_log_proba(X)[2:], rtol=1e-9)


# Row 16: weights.


@pytest.mark.parametrize("unit", [case(16, f"{u:g}", u) for u in (1e-300, 1e-100, 1e100, 1e300)])
@pytest.mark.parametrize("K", [2, 3])
def test_weights_in_any_unit(unit, K):
    X = _columns()
    y = _classes(X, K)
    weights = np.random.default_rng(16).uniform(0.5, 2.0, size=200)
    plain, scaled = logistica.fit(X, target=y, weights=weights), logistica.fit(X, target=y, weights=weights * unit)
    _same(scaled, plain)
    assert scaled.log_likelihood_kernel / unit == pytest.approx(plain.log_likelihood_kernel, rel=1e-12)
    ours, theirs = scaled.summary().coefficients, plain.summary().coefficients
    np.testing.assert_allclose(ours.std_error * np.sqrt(unit), theirs.std_error, rtol=1e-9)


@pytest.mark.parametrize("unit", [case(16, f"penalised-{u:g}", u) for u in (1e-100, 1e100)])
def test_a_penalty_beside_weights_in_any_unit(unit):
    X = _columns()
    y = _classes(X)
    plain = logistica.fit(X, target=y, C=2.0)
    scaled = logistica.fit(X, target=y, weights=np.full(200, unit), C=2.0 / unit)
    _same(scaled, plain)


def test_weights_six_hundred_powers_apart():
    """The light rows count for nothing: the fit is that of the heavy ones."""
    X = _columns()
    y = _classes(X)
    heavy = np.arange(200) < 150
    mixed = logistica.fit(X, target=y, weights=np.where(heavy, 1e300, 1e-300))
    _same(mixed, logistica.fit(X[heavy], target=y[heavy]))


@pytest.mark.parametrize("weight", [case(16, "sum-overflows", 1e308), case(16, "subnormal", 1e-320)])
def test_weights_that_cannot_be_added_or_inverted(weight):
    """Right numbers, or an error that names the weights; never an infinity."""
    X = _columns()
    y = _classes(X)
    try:
        model = logistica.fit(X, target=y, weights=np.full(200, weight))
    except DataError as error:
        assert "weight" in str(error)
        assert error.remedy
    else:
        _same(model, logistica.fit(X, target=y))
        assert np.isfinite(model.log_likelihood_kernel)
        assert np.isfinite(model.summary().coefficients.std_error).all()


@pytest.mark.parametrize("kind", [case(16, f"zero-{k}", k) for k in ("importance", "frequency", "sampling")])
def test_rows_of_weight_zero_are_absent(kind):
    X = _columns()
    y = _classes(X)
    there = np.arange(200) % 3 > 0
    weights = np.where(there, 2.0, 0.0)
    model = logistica.fit(X, target=y, weights=weights, weight_kind=kind)
    less = logistica.fit(X[there], target=y[there], weights=weights[there], weight_kind=kind)
    np.testing.assert_array_equal(model.coef_, less.coef_)
    rows = model.fitted.fit.rows
    assert (rows.used, rows.weight_zero) == (there.sum(), 200 - there.sum())
    assert rows.count == less.fitted.fit.rows.count == (2 * there.sum() if kind == "frequency" else there.sum())


@pytest.mark.parametrize(
    ("weights", "kind", "words"),
    [
        case(16, "all-zero", np.zeros(200), "importance", "weights are 0"),
        case(16, "negative", np.where(np.arange(200) == 5, -1.0, 1.0), "importance", "row 5"),
        case(16, "nan", np.where(np.arange(200) == 5, np.nan, 1.0), "importance", "row 5"),
        case(16, "inf", np.where(np.arange(200) == 5, np.inf, 1.0), "importance", "row 5"),
        case(16, "fractional-frequency", np.where(np.arange(200) == 5, 1.5, 1.0), "frequency", "row 5"),
    ],
)
def test_weights_that_are_none(weights, kind, words):
    X = _columns()
    with pytest.raises(DataError, match=words) as error:
        logistica.fit(X, target=_classes(X), weights=weights, weight_kind=kind)
    assert error.value.remedy
    assert "weight" in str(error.value)


# Row 19: dtypes.


def _whole_numbers():
    return np.random.default_rng(19).integers(0, 100, size=(200, 3))


@pytest.mark.parametrize(
    "dtype",
    [case(19, d, d) for d in ("i1", "u1", "i2", "u2", "i4", "i8", "u8", "f2", "f4", ">f8", ">f4", ">i4", "longdouble")],
)
@pytest.mark.parametrize("K", [2, 3])
def test_every_dtype_that_holds_the_numbers_gives_the_same_bits(dtype, K):
    X = _whole_numbers()
    y = _classes((X - 50) / 30, K)
    expected = logistica.fit(X.astype(float), target=y)
    model = logistica.fit(X.astype(dtype), target=y)
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    np.testing.assert_array_equal(model.intercept_, expected.intercept_)
    np.testing.assert_array_equal(model.predict_proba(X.astype(dtype)), expected.predict_proba(X))


def test_nasty_19_bool():
    X = _whole_numbers() > 40
    y = _classes(X - 0.5)
    _same(logistica.fit(X, target=y), logistica.fit(X.astype(float), target=y), rtol=0)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("shift", [case(19, "float32", 0.0), case(19, "float32-shifted", 100.0)])
def test_float32_is_within_1e_5_of_float64(shift, K):
    X = _columns() + shift
    y = _classes(X - shift, K)
    single, double = logistica.fit(X.astype(np.float32), target=y), logistica.fit(X, target=y)
    np.testing.assert_allclose(single.coef_, double.coef_, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(single.predict_proba(X), double.predict_proba(X), rtol=0, atol=1e-5)
    exact = logistica.fit(X.astype(np.float32).astype(float), target=y)
    np.testing.assert_array_equal(single.coef_, exact.coef_)


def test_unsigned_bytes_do_not_wrap_around():
    """Centring takes numbers below zero; 200 - 210 is no 246."""
    X = np.array([[200], [210], [220], [205], [215], [225], [201], [224]], dtype=np.uint8)
    y = [0, 1, 0, 1, 0, 1, 0, 1]
    _same(logistica.fit(X, target=y), logistica.fit(X.astype(float), target=y), rtol=0)


# Row 26: memory.


def _laid_out(kind, X, tmp_path):
    if kind == "fortran":
        return np.asfortranarray(X)
    if kind == "strided":
        wide = np.full((2 * len(X), 2 * X.shape[1]), np.nan)
        wide[::2, ::2] = X
        return wide[::2, ::2]
    if kind == "negative-stride":
        return X[::-1, ::-1].copy()[::-1, ::-1]
    if kind == "read-only":
        frozen = X.copy()
        frozen.flags.writeable = False
        return frozen
    if kind == "transposed":
        return X.T.copy().T
    if kind == "unaligned":
        raw = np.zeros(X.nbytes + 1, dtype=np.uint8)
        view = raw[1:].view(np.float64).reshape(X.shape)
        view[...] = X
        return view
    if kind == "broadcast":
        return np.broadcast_to(X, (1, *X.shape))[0]
    mapped = np.memmap(tmp_path / "x.bin", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[...] = X
    mapped.flush()
    return np.memmap(tmp_path / "x.bin", dtype=np.float64, mode="r", shape=X.shape)


LAYOUTS = (
    *("fortran", "strided", "negative-stride", "read-only", "transposed", "unaligned", "broadcast", "memmap"),
)


@pytest.mark.parametrize("kind", [case(26, k, k) for k in LAYOUTS])
@pytest.mark.parametrize("K", [2, 3])
def test_every_layout_gives_the_same_bits_and_is_left_alone(kind, K, tmp_path):
    plain = _columns(3000)
    y = _classes(plain, K)
    X = _laid_out(kind, plain, tmp_path)
    weights, offset = np.full(3000, 2.0), np.zeros(3000 if K == 2 else (3000, K))
    for array in (y, weights, offset):
        array.flags.writeable = False
    expected = logistica.fit(plain, target=y, weights=weights, offset=offset)
    model = logistica.fit(X, target=y, weights=weights, offset=offset)
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    np.testing.assert_array_equal(model.predict_proba(X, offset=offset), expected.predict_proba(plain, offset=offset))
    np.testing.assert_array_equal(X, plain)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("form", [case(26, "no-features-array", "array"), case(26, "no-features-frame", "frame")])
def test_no_features_is_the_intercept_alone(form, K):
    y = np.repeat(np.arange(K), [10, 30, 5][:K])
    X = np.empty((len(y), 0)) if form == "array" else pd.DataFrame(index=range(len(y)))
    model = logistica.fit(X, target=y)
    assert model.coef_.shape == (1 if K == 2 else K, 0)
    shares = np.bincount(y) / len(y)
    np.testing.assert_allclose(model.predict_proba(X), np.tile(shares, (len(y), 1)), rtol=1e-12)
    assert model.record.status is Status.CONVERGED
    assert model.log_likelihood_kernel == pytest.approx(np.bincount(y) @ np.log(shares), rel=1e-13)


def test_neither_features_nor_intercept():
    model = logistica.fit(np.empty((10, 0)), target=np.arange(10) % 2, fit_intercept=False)
    np.testing.assert_array_equal(model.predict_proba(np.empty((3, 0))), np.full((3, 2), 0.5))
    assert model.log_likelihood_kernel == pytest.approx(10 * np.log(0.5), rel=1e-14)


# Row 27: options.


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        case(27, "C-zero", {"C": 0.0}, "a number above 0"),
        case(27, "C-negative", {"C": -1.0}, "a number above 0"),
        case(27, "C-minus-inf", {"C": -INF}, "a number above 0"),
        case(27, "C-nan", {"C": np.nan}, "a number above 0"),
        case(27, "C-text", {"C": "1"}, "a number above 0"),
        case(27, "C-none", {"C": None}, "a number above 0"),
        case(27, "tol-negative", {"tol": -1e-9}, "a finite number from 0"),
        case(27, "tol-nan", {"tol": np.nan}, "a finite number from 0"),
        case(27, "tol-inf", {"tol": INF}, "a finite number from 0"),
        case(27, "max-iter-zero", {"max_iter": 0}, "a whole number from 1"),
        case(27, "max-iter-negative", {"max_iter": -5}, "a whole number from 1"),
        case(27, "max-iter-float", {"max_iter": 10.0}, "a whole number from 1"),
        case(27, "max-iter-bool", {"max_iter": True}, "a whole number from 1"),
        case(27, "solver", {"solver": "lbfgs2"}, "one of 'newton'"),
        case(27, "on-separation", {"on_separation": "ignore"}, "one of 'warn', 'raise'"),
        case(27, "fit-intercept", {"fit_intercept": "yes"}, "True or False"),
        case(27, "standardize", {"standardize": None}, "True or False"),
        case(27, "threads", {"threads": 0}, "a whole number from 1"),
    ],
)
def test_impossible_options_are_refused_with_their_range(options, remedy):
    X = _columns()
    ((name, value),) = options.items()
    with pytest.raises(OptionError, match=remedy) as error:
        logistica.fit(X, target=_classes(X), **options)
    assert f"{name}={value!r}" in str(error.value)


@pytest.mark.parametrize("C", [case(27, f"C-{c:g}", c) for c in (INF, 1e300, 1e100)])
def test_no_penalty_to_speak_of(C):
    X = _columns()
    y = _classes(X)
    _same(logistica.fit(X, target=y, C=C), logistica.fit(X, target=y), rtol=1e-9)


@pytest.mark.parametrize("C", [case(27, f"C-{c:g}", c) for c in (1e-300, 1e-100, 1e-12)])
@pytest.mark.parametrize("K", [2, 3])
def test_a_penalty_so_strong_that_only_the_intercept_is_left(C, K):
    X = _columns()
    y = _classes(X, K)
    model = logistica.fit(X, target=y, C=C)
    assert np.abs(model.coef_).max() <= 200 * C
    shares = np.bincount(y) / len(y)
    np.testing.assert_allclose(model.predict_proba(X), np.tile(shares, (200, 1)), rtol=1e-8)


def test_tolerance_zero_ends_at_the_rounding_floor():
    X = _columns()
    model = logistica.fit(X, target=_classes(X), tol=0)
    assert model.record.status is Status.ROUNDING
    assert model.record.converged
    assert "rounding leaves nothing to gain" in model.record.message


@pytest.mark.parametrize("kind", [case(27, "C-numpy", np.float32(0.5)), case(27, "C-whole", 1)])
def test_numbers_of_any_type_are_options(kind):
    X = _columns()
    y = _classes(X)
    _same(logistica.fit(X, target=y, C=kind), logistica.fit(X, target=y, C=float(kind)), rtol=0)
