"""Laws that hold for every fit: what must not matter does not, and what must show shows exactly so.

Two fits of one problem agree to their certificates: each coefficient within so many of its standard errors.
Where the very same numbers reach the solver in the same order, they agree bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import logistica
from tests.reference.reading import contrasts

AGREEMENT = 1e-9  # in standard errors; each of two certificates allows 1e-10, rounding of the data the rest
INF = float("inf")


@dataclass(frozen=True)
class Case:
    """A problem with an optimum: X (n, p), y (n,), weights (n,) or None, offset (n,) or (n, K) or None."""

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    offset: np.ndarray | None
    options: dict[str, Any]

    @property
    def n_classes(self) -> int:
        return len(np.unique(self.y))

    def fit(self, **changes):
        return logistica.fit(
            self.X, target=self.y, weights=self.weights, offset=self.offset, **(self.options | changes)
        )

    def proba(self, model) -> np.ndarray:
        """Probabilities of the case's own rows, shape (n, K)."""
        return model.predict_proba(self.X, offset=self.offset)

    def take(self, rows) -> Case:
        weights = None if self.weights is None else self.weights[rows]
        offset = None if self.offset is None else self.offset[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], weights=weights, offset=offset)


def _draw(seed: int, n: int, p: int, n_classes: int, *, weighted: bool, offset: bool, **options) -> Case:
    """Columns in steps of 1/64, so that whole shifts round nothing; labels only weakly tied to them."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n, p)) * 64) / 64
    eta = X @ rng.normal(scale=0.5, size=(p, n_classes))
    y = np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)
    y[:n_classes] = np.arange(n_classes)
    shape = n if n_classes == 2 else (n, n_classes)
    return Case(
        X,
        y,
        rng.integers(1, 9, size=n) / 4 if weighted else None,
        rng.normal(scale=0.3, size=shape) if offset else None,
        options,
    )


def cases(penalties=(INF, 1.0), class_counts=(2, 3)):
    """Small problems of two and three classes, with and without penalty, weights, offset and intercept."""
    return st.builds(
        _draw,
        seed=st.integers(0, 2**32 - 1),
        n=st.integers(60, 120),
        p=st.integers(1, 4),
        n_classes=st.sampled_from(class_counts),
        weighted=st.booleans(),
        offset=st.booleans(),
        C=st.sampled_from(penalties),
        fit_intercept=st.booleans(),
    )


lawful = settings(derandomize=True, max_examples=25, deadline=None)


def _table(model) -> tuple[np.ndarray, np.ndarray]:
    """Contrasts with the first class, shape (K-1, q), intercept first, and their standard errors."""
    coefficients = model.summary().coefficients
    size = len(dict.fromkeys(coefficients.class_.tolist()))
    return coefficients.estimate.reshape(size, -1), coefficients.std_error.reshape(size, -1)


def _agree(first, second, agreement: float = AGREEMENT) -> None:
    (a, error), (b, other_error) = _table(first), _table(second)
    assert a.shape == b.shape
    assert (np.abs(a - b) <= agreement * error).all()
    np.testing.assert_allclose(error, other_error, rtol=1e-7)
    assert first.log_likelihood_kernel == pytest.approx(second.log_likelihood_kernel, rel=1e-12)


def _same_bits(first, second) -> None:
    assert np.array_equal(first.coef_, second.coef_)
    assert np.array_equal(first.intercept_, second.intercept_)
    assert first.log_likelihood_kernel == second.log_likelihood_kernel
    assert np.array_equal(_table(first)[1], _table(second)[1])


@lawful
@given(case=cases(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.y))
    _agree(case.fit(), case.take(order).fit())


@lawful
@given(case=cases(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_columns(case, seed):
    order = np.random.default_rng(seed).permutation(case.X.shape[1])
    other = replace(case, X=case.X[:, order])
    first, second = case.fit(), other.fit()
    lead = int(case.options["fit_intercept"])
    (a, error), (b, _) = _table(first), _table(second)
    place = np.append(np.arange(lead), order + lead)
    assert (np.abs(a[:, place] - b) <= AGREEMENT * error[:, place]).all()
    np.testing.assert_allclose(case.proba(first), other.proba(second), rtol=1e-9)


@lawful
@given(case=cases(), data=st.data())
def test_units(case, data):
    """Under a penalty only if the columns are standardised."""
    case = replace(case, options=case.options | {"standardize": case.options["C"] < INF})
    powers = data.draw(st.lists(st.integers(-150, 150), min_size=4, max_size=4))
    scale = 10.0 ** np.array(powers[: case.X.shape[1]])
    first, second = case.fit(), replace(case, X=case.X * scale).fit()
    every = np.append(1.0, scale) if case.options["fit_intercept"] else scale
    (a, error), (b, other_error) = _table(first), _table(second)
    assert (np.abs(a - b * every) <= AGREEMENT * error).all()
    np.testing.assert_allclose(error, other_error * every, rtol=1e-7)


@lawful
@given(case=cases(), data=st.data())
def test_origins(case, data):
    """With an intercept, penalised or not, slopes stay and the intercept moves as it must."""
    case = replace(case, options=case.options | {"fit_intercept": True})
    shifts = data.draw(st.lists(st.integers(-1000, 1000), min_size=4, max_size=4))
    shift = np.array(shifts[: case.X.shape[1]], dtype=float)
    first, second = case.fit(), replace(case, X=case.X + shift).fit()
    (a, error), (b, other_error) = _table(first), _table(second)
    assert (np.abs(a - b)[:, 1:] <= AGREEMENT * error[:, 1:]).all()
    np.testing.assert_allclose(error[:, 1:], other_error[:, 1:], rtol=1e-7)
    moved = b[:, 0] + b[:, 1:] @ shift
    assert (np.abs(a[:, 0] - moved) <= AGREEMENT * np.hypot(error[:, 0], other_error[:, 0])).all()


@lawful
@given(case=cases(class_counts=(2,)))
def test_flipped_labels(case):
    offset = None if case.offset is None else -case.offset
    other = replace(case, y=1 - case.y, offset=offset)
    first, second = case.fit(), other.fit()
    (a, error), (b, _) = _table(first), _table(second)
    assert (np.abs(a + b) <= AGREEMENT * error).all()
    np.testing.assert_allclose(case.proba(first), other.proba(second)[:, ::-1], rtol=1e-9)


@lawful
@given(case=cases(class_counts=(3,)), order=st.permutations([0, 1, 2]))
def test_relabelled_classes(case, order):
    order = np.array(order)
    offset = None if case.offset is None else case.offset[:, np.argsort(order)]
    other = replace(case, y=order[case.y], offset=offset)
    first, second = case.fit(), other.fit()
    (a, error), size = _table(first), int(case.options["fit_intercept"])
    intercept = (lambda model: model.intercept_[order]) if size else (lambda _: None)
    b = contrasts(second.coef_[order], intercept(second))
    assert (np.abs(a - b) <= AGREEMENT * error).all()
    np.testing.assert_allclose(case.proba(first), other.proba(second)[:, order], rtol=1e-9)


@lawful
@given(case=cases())
def test_a_row_of_weight_two_is_the_row_twice(case):
    whole = np.random.default_rng(len(case.y)).integers(1, 4, size=len(case.y))
    repeated = replace(case, weights=None).take(np.repeat(np.arange(len(case.y)), whole))
    first = replace(case, weights=whole).fit(weight_kind="frequency")
    _agree(first, repeated.fit())
    _agree(replace(case, weights=whole.astype(float)).fit(), first)


@lawful
@given(case=cases(), seed=st.integers(0, 2**32 - 1))
def test_rows_of_weight_zero_are_no_rows(case, seed):
    """To the last bit, whatever garbage they hold."""
    rng = np.random.default_rng(seed)
    case = case if case.weights is not None else replace(case, weights=np.ones(len(case.y)))
    n, extra = len(case.y), 7
    places = np.sort(rng.choice(n + extra, size=extra, replace=False))
    kept = np.setdiff1d(np.arange(n + extra), places)
    rows = np.zeros(n + extra, dtype=int)
    rows[kept] = np.arange(n)
    padded = case.take(rows)
    X, weights = padded.X.copy(), padded.weights.copy()
    X[places] = rng.choice([np.nan, np.inf, -np.inf, 1e300, 0.0], size=(extra, X.shape[1]))
    weights[places] = 0.0
    offset = None if padded.offset is None else padded.offset.copy()
    if offset is not None:
        offset[places] = np.nan
    _same_bits(case.fit(), replace(padded, X=X, weights=weights, offset=offset).fit())


def test_a_label_seen_only_with_weight_zero_is_no_class():
    case = _draw(1, 80, 2, 2, weighted=True, offset=False)
    y, weights = np.append(case.y, 9), np.append(case.weights, 0.0)
    model = replace(case, X=np.vstack([case.X, case.X[:1]]), y=y, weights=weights).fit()
    assert model.classes_.tolist() == [0, 1]
    _same_bits(case.fit(), model)


@lawful
@given(
    case=cases(),
    form=st.sampled_from([sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix]),
    wide=st.booleans(),
)
def test_dense_against_sparse(case, form, wide):
    X = np.where(np.abs(case.X) < 0.7, 0.0, case.X)
    stored = form(X)
    if wide and stored.format in ("csr", "csc"):
        stored.indices, stored.indptr = stored.indices.astype(np.int64), stored.indptr.astype(np.int64)
    dense, light = replace(case, X=X), replace(case, X=stored)
    first, second = dense.fit(), light.fit()
    _agree(first, second)
    np.testing.assert_allclose(light.proba(second), dense.proba(first), rtol=1e-9)


FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
}


def _columns(case: Case) -> dict[str, np.ndarray]:
    columns = {f"x{j}": column for j, column in enumerate(case.X.T)}
    columns["class"] = case.y
    if case.weights is not None:
        columns["weight"] = case.weights
    return columns


@pytest.mark.parametrize("kind", [*FRAMES, "csv"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("C", [INF, 1.0])
def test_array_against_table(kind, n_classes, weighted, C, tmp_path):
    case = _draw(7, 90, 3, n_classes, weighted=weighted, offset=True, C=C)
    columns = _columns(case)
    if kind == "csv":
        table = tmp_path / "table.csv"
        pd.DataFrame(columns).to_csv(table, index=False)
    else:
        table = FRAMES[kind](columns)
    names = {"weights": "weight"} if weighted else {}
    model = logistica.fit(table, target="class", offset=case.offset, **names, **case.options)
    assert [term for term in model.terms if term != "(Intercept)"] == ["x0", "x1", "x2"]
    _agree(case.fit(), model)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "i8", "i2"])
def test_the_layout_of_the_array(order, dtype):
    case = _draw(8, 90, 3, 2, weighted=False, offset=False)
    X = np.round(case.X * 4)
    padded = np.zeros((90, 6), dtype=dtype, order=order)
    padded[:, ::2] = X
    expected = replace(case, X=X).fit()
    _agree(expected, replace(case, X=padded[:, ::2]).fit())
    _agree(expected, replace(case, X=np.array(X, dtype=dtype, order=order)).fit())
    backwards = replace(case, X=padded[::-1, ::2], y=case.y[::-1])
    _agree(expected, backwards.fit())


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("C", [INF, 1.0])
def test_one_thread_against_two(n_classes, C):
    """To the last bit: the sums are taken in a fixed order."""
    case = _draw(9, 70_001, 5, n_classes, weighted=True, offset=True, C=C)
    first = case.fit(threads=1)
    _same_bits(first, case.fit(threads=2))
    _same_bits(first, case.fit(threads=1))


@lawful
@given(case=cases(penalties=(INF,)))
def test_an_offset_is_a_fixed_coefficient(case):
    """Taking b x out of the linear predictor by an offset takes b off the coefficient of x."""
    fixed = np.arange(1, case.n_classes) * 0.25
    part = case.X[:, :1] * fixed if case.n_classes == 2 else case.X[:, :1] * np.append(0.0, fixed)
    offset = part[:, 0] if case.n_classes == 2 else part
    offset = offset if case.offset is None else offset + case.offset
    (a, error), (b, _) = _table(case.fit()), _table(replace(case, offset=offset).fit())
    lead = int(case.options["fit_intercept"])
    b = b.copy()
    b[:, lead] += fixed
    assert (np.abs(a - b) <= AGREEMENT * error).all()


@lawful
@given(case=cases(class_counts=(3,)), seed=st.integers(0, 2**32 - 1))
def test_an_offset_common_to_all_classes_is_nothing(case, seed):
    common = np.random.default_rng(seed).normal(size=(len(case.y), 1))
    offset = common + np.zeros((1, 3)) if case.offset is None else case.offset + common
    _agree(case.fit(), replace(case, offset=offset).fit())


@lawful
@given(case=cases(penalties=(INF,)), seed=st.integers(0, 2**32 - 1))
def test_other_coordinates_of_the_same_columns(case, seed):
    """X A has the same fit as X: the same likelihood and the same probabilities."""
    p = case.X.shape[1]
    A = np.random.default_rng(seed).integers(-3, 4, size=(p, p)) + 7.0 * np.eye(p)
    other = replace(case, X=case.X @ A)
    first, second = case.fit(), other.fit()
    assert first.log_likelihood_kernel == pytest.approx(second.log_likelihood_kernel, rel=1e-12)
    np.testing.assert_allclose(case.proba(first), other.proba(second), rtol=1e-8)


@lawful
@given(case=cases())
def test_the_reference_class_of_the_summary_changes_no_model(case):
    model = case.fit()
    last = model.classes_[-1]
    forward = model.summary().coefficients
    back = model.summary(reference=last).coefficients
    pick, same = forward.class_ == last, back.class_ == model.classes_[0]
    np.testing.assert_allclose(forward.estimate[pick], -back.estimate[same], rtol=1e-12)
    np.testing.assert_allclose(forward.std_error[pick], back.std_error[same], rtol=1e-9)
    np.testing.assert_allclose(forward.odds_ratio[pick], 1 / back.odds_ratio[same], rtol=1e-9)
