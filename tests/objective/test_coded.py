"""Factors read by their codes: every sum of an objective is that over the columns written out."""

from dataclasses import replace

import numpy as np
import pytest

from logistica.core import compiled
from logistica.data.design import ColumnsDesign, DenseDesign, FactorPart, NumericPart
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.fitting.columns import survey
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective, products_at
from logistica.objective.coded import FEWEST_ROWS, codes_of
from logistica.objective.gram import gram_matrix
from logistica.objective.objective import longest_row
from logistica.penalties import Ridge

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

N = FEWEST_ROWS + 3000
LEVELS = (3, 17, 40)


def _parts(rng, numbers):
    """Factors between numbers; the last levels are rare."""
    parts = [NumericPart(rng.normal(loc=1e3 * j, size=N).astype(numbers)) for j in range(2 if numbers else 0)]
    for k in LEVELS:
        codes = rng.choice(k, size=N, p=np.linspace(2.0, 0.02, k) / np.linspace(2.0, 0.02, k).sum())
        parts.append(FactorPart(codes.astype(np.int8), k - 1))
    if numbers:
        parts.append(NumericPart(rng.integers(9, size=N)))
        parts.append(FactorPart(rng.integers(2, size=N), 1))
    return parts


def _objectives(*, K=2, intercept=True, weighted=True, offset=True, numbers=np.float64, some=False, threads=2):
    """The same objective by codes, and over the columns written out."""
    rng = np.random.default_rng(K)
    design = ColumnsDesign(N, _parts(rng, numbers))
    X = np.empty((N, design.n_columns))
    design.fill(slice(0, N), X)
    rows = np.sort(rng.choice(N, N // 2, replace=False)) if some else None
    n, outputs = N if rows is None else len(rows), 1 if K == 2 else K
    source = MemorySource(
        design,
        rng.integers(K, size=n),
        rng.uniform(0.25, 3.0, size=n) if weighted else None,
        rng.normal(size=(n, outputs)) if offset else None,
        rows,
    )
    centre = X.mean(axis=0) if intercept else np.zeros(design.n_columns)
    scale = 2.0 ** -np.frexp(X.std(axis=0))[1]
    coordinates = Coordinates(centre, scale, intercept, outputs, None if K == 2 else 1)
    strength = np.concatenate([np.zeros(int(intercept)), np.full(design.n_columns, 0.5)])
    coded = Objective(loss_for(K), Ridge(strength, coordinates.metric), source, NumpyEngine(threads), coordinates)
    return coded, replace(coded, source=replace(source, design=DenseDesign(X)))


CASES = {
    "plain": {"weighted": False, "offset": False},
    "weights and offset": {},
    "K classes": {"K": 4},
    "K classes, no intercept": {"K": 3, "intercept": False, "weighted": False},
    "no intercept": {"intercept": False},
    "single precision": {"numbers": np.float32},
    "integers": {"numbers": np.int16},
    "factors alone": {"numbers": None},
    "some rows": {"some": True},
}


def _z(objective):
    X = objective.source.design.X
    rows = objective.source.rows
    c = objective.coordinates
    z = ((X if rows is None else X[rows]) - c.centre) * c.scale
    return np.column_stack([np.ones(len(z)), z]) if c.intercept else z


def _close(found, exact, size):
    assert np.shape(found) == np.shape(exact)
    assert (np.abs(found - exact) <= 1e-12 * size).all()


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_every_sum_is_that_over_the_columns(options):
    coded, written = _objectives(**options)
    assert coded.by_codes is not None
    assert written.by_codes is None
    z = _z(written)
    rng = np.random.default_rng(1)
    theta, direction = (rng.normal(scale=0.3, size=coded.shape) for _ in range(2))
    weights = np.ones(len(z)) if coded.source.weights is None else coded.source.weights
    # No residual exceeds 1 and no curvature 1/4, so these are the sums of absolute terms but for a factor.
    of_gradient = (weights @ np.abs(z))[:, None]
    of_hessian = np.kron((np.abs(z).T * weights) @ np.abs(z), np.ones((coded.shape[1],) * 2))
    steps = np.array([0.0, 0.5, 1.0])
    np.testing.assert_allclose(coded.value(theta), written.value(theta), rtol=1e-12)
    np.testing.assert_allclose(
        coded.values_along(theta, direction, steps), written.values_along(theta, direction, steps), rtol=1e-12
    )
    here, there = coded.slope(theta), written.slope(theta)
    np.testing.assert_allclose(here.value, there.value, rtol=1e-12)
    _close(here.gradient, there.gradient, of_gradient)
    at, exact = coded.evaluate(theta), written.evaluate(theta)
    np.testing.assert_allclose(at.value, exact.value, rtol=1e-12)
    _close(at.gradient, exact.gradient, of_gradient)
    _close(at.hessian, exact.hessian, of_hessian)
    np.testing.assert_array_equal(at.hessian, at.hessian.T)
    here, there = products_at(coded, theta), products_at(written, theta)
    np.testing.assert_allclose(here.proba, there.proba, rtol=1e-12)
    along = np.abs(z) @ np.abs(coded.coordinates.outputs(direction)).sum(axis=1)
    _close(here.times(direction), there.times(direction), (np.abs(z).T @ (weights * along))[:, None])
    _close(here.diagonal(), there.diagonal(), (weights @ np.square(z))[:, None])
    _close(here.beside_the_intercepts(), there.beside_the_intercepts(), of_gradient)
    values = rng.uniform(size=coded.shape[0])
    np.testing.assert_allclose(longest_row(coded, values), longest_row(written, values), rtol=1e-12)
    gram = gram_matrix(coded.engine, coded.source, coded.coordinates)
    _close(gram, (z.T * weights) @ z, (np.abs(z).T * weights) @ np.abs(z))


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_what_a_survey_finds_of_the_columns(options):
    coded, written = _objectives(**options)
    names = tuple(f"x{j}" for j in range(coded.source.n_columns))
    here, there = (
        survey(NumpyEngine(2), one.source, one.loss, names, intercept=one.coordinates.intercept)
        for one in (coded, written)
    )
    np.testing.assert_array_equal(here.low, there.low)
    np.testing.assert_array_equal(here.high, there.high)
    np.testing.assert_array_equal(here.coordinates.scale, there.coordinates.scale)
    c = there.coordinates
    assert (np.abs(here.coordinates.centre - c.centre) * c.scale <= 1e-12).all()
    np.testing.assert_allclose(here.square, there.square, rtol=1e-11)
    np.testing.assert_allclose(here.gram, there.gram, atol=1e-11 * here.total_weight)


@pytest.mark.parametrize("K", [2, 3])
def test_any_number_of_threads_and_either_precision_give_the_same_bits(K):
    first, _ = _objectives(K=K, numbers=np.float32, threads=1)
    theta = np.random.default_rng(2).normal(scale=0.3, size=first.shape)
    expected = first.evaluate(theta)
    parts = [replace(part) for part in first.source.design.parts]
    wide = [
        replace(part, values=part.values.astype(np.float64)) if isinstance(part, NumericPart) else part
        for part in parts
    ]
    for threads in (2, 5):
        for each in (parts, wide):
            source = replace(first.source, design=ColumnsDesign(N, each))
            found = replace(first, source=source, engine=NumpyEngine(threads)).evaluate(theta)
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.uint8, np.dtype(np.int16).newbyteorder(), np.int32])
def test_codes_that_loops_would_misread_are_written_out(dtype):
    codes = (np.arange(N) % 200).astype(dtype)
    design = ColumnsDesign(N, [FactorPart(codes, 199)])
    assert (design.by_codes is not None) == (dtype is np.int32)


def test_few_rows_are_written_out():
    design = ColumnsDesign(FEWEST_ROWS - 1, [FactorPart(np.zeros(FEWEST_ROWS - 1, np.int8), 4)])
    assert codes_of(Coordinates(np.zeros(4), np.ones(4), True, 1, None), design) is None
