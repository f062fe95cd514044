"""Linear predictors and probabilities straight from rows: those of NumPy, of every layout the same bits."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

import logistica
from logistica.core import compiled
from logistica.core.errors import DataError, DataWarning
from logistica.losses import Binomial, CompiledBinomial
from logistica.losses.compiled import is_readable

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

EDGES = np.array([0.0, -0.0, 1e-320, 36.0, -37.0, 700.0, -706.9, 707.1, -745.0, 746.0, -1e5, 1e300, -1e300])
SHAPES = [(1, 1), (1, 30), (2, 3), (3, 0), (4, 7), (255, 4), (257, 33), (1003, 10)]


def problem(shape, seed=11):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=shape).astype(np.float32).astype(float)
    return X, rng.normal(size=shape[1]), rng.normal(size=shape[1]), rng.normal(size=(shape[0], 1))


def scored(x, centre, slopes, offset, width, constant=0.25):
    out = np.full((len(x), width), np.nan)
    lost = CompiledBinomial().score_rows(x, centre, slopes, constant, offset, out)
    return out, lost


def strided(X):
    wide = np.full((2 * X.shape[0], 3 * X.shape[1]), np.nan, X.dtype)
    wide[::2, ::3] = X
    return wide[::2, ::3]


LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "strided": strided,
    "upside-down": lambda X: np.ascontiguousarray(X[::-1])[::-1],
    "wide": lambda X: np.hstack([X, X])[:, : X.shape[1]],
    "tall": lambda X: np.asfortranarray(np.vstack([X, X]))[: len(X)],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("with_offset", [False, True])
def test_eta_and_probabilities_are_numpys(shape, with_offset):
    X, centre, slopes, offset = problem(shape)
    offset = offset if with_offset else None
    expected = 0.25 + (X - centre) @ slopes + (offset[:, 0] if with_offset else 0.0)
    terms = 0.25 + np.abs((X - centre) * slopes).sum(axis=1) + (np.abs(offset[:, 0]) if with_offset else 0.0)
    eta, lost = scored(X, centre, slopes, offset, 1)
    assert lost == 0
    assert (np.abs(eta[:, 0] - expected) <= 1e-14 * terms).all()
    proba, _ = scored(X, centre, slopes, offset, 2)
    np.testing.assert_allclose(proba, Binomial().proba(eta), rtol=4e-16, atol=1e-306)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_layout_and_precision_gives_the_same_bits(layout, dtype, shape):
    X, centre, slopes, offset = problem(shape)
    x = LAYOUTS[layout](X.astype(dtype))
    assert is_readable(x)
    for width in (1, 2):
        np.testing.assert_array_equal(
            scored(x, centre, slopes, offset, width)[0], scored(X, centre, slopes, offset, width)[0]
        )


def test_a_row_alone_is_the_row_among_others():
    X, centre, slopes, offset = problem((300, 9))
    every = scored(X, centre, slopes, offset, 2)[0]
    for i in range(300):
        np.testing.assert_array_equal(scored(X[i : i + 1], centre, slopes, offset[i : i + 1], 2)[0], every[i : i + 1])


@pytest.mark.parametrize("eta", EDGES)
def test_each_edge(eta):
    found = CompiledBinomial().proba(np.array([[eta]]))
    # Below 1e-307 an exponential counts as zero.
    np.testing.assert_allclose(found, Binomial().proba(np.array([[eta]])), rtol=4e-16, atol=1e-306)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("slope", [0.0, 1.0])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_not_finite_is_counted_also_where_its_slope_is_zero(value, slope, layout):
    X, centre, slopes, _ = problem((50, 4))
    slopes[2] = slope
    X[[3, 17, 49], 2] = value
    for width in (1, 2):
        assert scored(LAYOUTS[layout](X), centre, slopes, None, width)[1] == 3


@pytest.mark.parametrize(
    ("x", "readable"),
    [
        (np.zeros((2, 2), np.int64), False),
        (np.zeros((2, 2), np.float16), False),
        (np.zeros((2, 2), ">f8"), False),
        (np.zeros(2, [("a", "f8"), ("b", "i1")])["a"].reshape(2, 1), False),
        (np.zeros((2, 2), "<f4"), True),
    ],
)
def test_which_arrays_are_read_where_they_are(x, readable):
    assert is_readable(x) == readable


def fitted(penalty=1.0):
    rng = np.random.default_rng(12)
    X = rng.normal(size=(400, 3))
    X = np.column_stack([X, X[:, 0]])  # the last column gets no slope where nothing is penalised
    y = (X[:, 1] + rng.normal(size=400) > 0).astype(int)
    return logistica.fit(X, target=y, C=penalty), X


@pytest.mark.filterwarnings("ignore::logistica.core.errors.LogisticaWarning")
@pytest.mark.parametrize("method", ["decision_function", "predict_proba", "predict_log_proba", "predict"])
def test_an_array_with_what_is_no_number_is_refused_as_ever_also_where_its_column_has_no_slope(method):
    model, X = fitted(np.inf)
    assert model.coef_[0, 3] == 0.0
    for value, what in ((np.nan, "1 missing value, the first in row 7"), (np.inf, "1 infinite value, .* row 7: inf")):
        X[7, 3] = value
        for data in (X, np.asfortranarray(X), X.astype(np.float32), csr_array(X)):
            with pytest.raises(DataError, match=f"^column 'x3': {what}"):
                getattr(model, method)(data)


def test_a_frame_with_what_is_no_number_is_refused_as_ever():
    _, X = fitted()
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = logistica.fit(frame, target=(X[:, 1] > 0.1).astype(int), C=1.0)
    for value, what in ((np.nan, "1 missing value, the first in row 7"), (np.inf, "1 infinite value, .* row 7: inf")):
        with pytest.raises(DataError, match=f"^column 'c': {what}"):
            model.predict_proba(frame.assign(c=np.where(np.arange(400) == 7, value, X[:, 2])))


def test_rows_with_a_missing_value_keep_their_place():
    model, X = fitted()
    expected = model.predict_proba(X)
    X[[0, 5, 399], [1, 2, 0]] = np.nan
    expected[[0, 5, 399]] = np.nan
    with pytest.warns(DataWarning, match="3 of 400 rows have missing values"):
        found = model.predict_proba(X, missing="drop")
    np.testing.assert_array_equal(found, expected)


def test_rows_that_overflow_are_counted():
    model, X = fitted()
    X[[9, 30]] = 1.7e308 * np.sign(model.coef_)
    with pytest.raises(DataError, match="row 9 holds values so much larger") as caught:
        model.predict_proba(X)
    assert (caught.value.row, caught.value.count) == (9, 2)


@pytest.mark.parametrize("kind", ["rows", "sparse", "frame"])
@pytest.mark.parametrize("K", [2, 3])
def test_many_rows_need_no_memory_but_that_of_the_result(kind, K):
    rng = np.random.default_rng(13)
    X = rng.normal(size=(200_000, 4))
    X[rng.uniform(size=X.shape) < 0.5] = 0.0
    y = (X[:, 0] + rng.normal(size=len(X)) > np.linspace(-1, 1, K)[: K - 1, None]).sum(axis=0)
    data = {"rows": X, "sparse": csr_array(X), "frame": pd.DataFrame(X, columns=list("abcd"))}[kind]
    model = logistica.fit(data, target=y, C=1.0)
    model.predict_proba(data)
    tracemalloc.start()
    try:
        proba = model.predict_proba(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    codes, looked_at = 8 * len(X), 8 * len(X) if kind != "rows" else 0
    assert peak < proba.nbytes + codes + looked_at + (4 << 20)
