"""The hard cases of dtypes, memory layouts and options. Each once went wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import OptionError
from logistica.solvers.driver import Status
from tests.data.cases import case
from tests.nasty.problems import classes, columns, same

INF = np.inf


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
    y = classes((X - 50) / 30, K)
    expected = logistica.fit(X.astype(float), target=y)
    model = logistica.fit(X.astype(dtype), target=y)
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    np.testing.assert_array_equal(model.intercept_, expected.intercept_)
    np.testing.assert_array_equal(model.predict_proba(X.astype(dtype)), expected.predict_proba(X))


@pytest.mark.parametrize("kind", [case(19, "bool", bool), case(19, "bool-objects", object)])
def test_booleans_are_zeros_and_ones(kind):
    X = _whole_numbers() > 40
    y = classes(X - 0.5)
    same(logistica.fit(X.astype(kind), target=y), logistica.fit(X.astype(float), target=y), rtol=0)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("shift", [case(19, "float32", 0.0), case(19, "float32-shifted", 100.0)])
def test_float32_is_within_1e_5_of_float64(shift, K):
    X = columns() + shift
    y = classes(X - shift, K)
    single, double = logistica.fit(X.astype(np.float32), target=y), logistica.fit(X, target=y)
    np.testing.assert_allclose(single.coef_, double.coef_, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(single.predict_proba(X), double.predict_proba(X), rtol=0, atol=1e-5)
    exact = logistica.fit(X.astype(np.float32).astype(float), target=y)
    np.testing.assert_array_equal(single.coef_, exact.coef_)


@pytest.mark.parametrize("dtype", [case(19, f"wraparound-{d}", d) for d in ("uint8", "uint16", "uint64")])
def test_unsigned_numbers_do_not_wrap_around(dtype):
    """Centring takes numbers below zero; 200 - 210 is no 246."""
    X = np.array([[200], [210], [220], [205], [215], [225], [201], [224]], dtype=dtype)
    y = [0, 1, 0, 1, 0, 1, 0, 1]
    same(logistica.fit(X, target=y), logistica.fit(X.astype(float), target=y), rtol=0)


# Row 26: memory.


def _strided(X, _folder):
    wide = np.full((2 * len(X), 2 * X.shape[1]), np.nan)
    wide[::2, ::2] = X
    return wide[::2, ::2]


def _negative_stride(X, _folder):
    return X[::-1, ::-1].copy()[::-1, ::-1]


def _read_only(X, _folder):
    frozen = X.copy()
    frozen.flags.writeable = False
    return frozen


def _unaligned(X, _folder):
    raw = np.zeros(X.nbytes + 1, dtype=np.uint8)
    view = raw[1:].view(np.float64).reshape(X.shape)
    view[...] = X
    return view


def _memmap(X, folder):
    mapped = np.memmap(folder / "x.bin", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[...] = X
    mapped.flush()
    return np.memmap(folder / "x.bin", dtype=np.float64, mode="r", shape=X.shape)


def _fortran(X, _folder):
    return np.asfortranarray(X)


def _broadcast(X, _folder):
    return np.broadcast_to(X, (1, *X.shape))[0]


LAYOUTS = (_strided, _negative_stride, _read_only, _unaligned, _broadcast, _memmap)


@pytest.mark.parametrize("lay_out", [case(26, f.__name__.strip("_").replace("_", "-"), f) for f in LAYOUTS])
@pytest.mark.parametrize("K", [2, 3])
def test_every_layout_gives_the_same_bits_and_is_left_alone(lay_out, K, tmp_path):
    plain = columns(3000)
    y = classes(plain, K)
    X = lay_out(plain, tmp_path)
    weights, offset = np.full(3000, 2.0), np.zeros(3000 if K == 2 else (3000, K))
    for array in (y, weights, offset):
        array.flags.writeable = False
    expected = logistica.fit(plain, target=y, weights=weights, offset=offset)
    model = logistica.fit(X, target=y, weights=weights, offset=offset)
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    np.testing.assert_array_equal(model.predict_proba(X, offset=offset), expected.predict_proba(plain, offset=offset))
    np.testing.assert_array_equal(X, plain)


@pytest.mark.parametrize("lay_out", [case(26, "fortran", _fortran)])
@pytest.mark.parametrize("K", [2, 3])
def test_columns_side_by_side_give_the_same_answer_and_are_left_alone(lay_out, K, tmp_path):
    """To rounding: sums over rows are made in another order where columns, not rows, lie side by side."""
    plain = columns(3000)
    y = classes(plain, K)
    X = lay_out(plain, tmp_path)
    expected, model = logistica.fit(plain, target=y), logistica.fit(X, target=y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(plain), rtol=1e-12)
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


@pytest.mark.parametrize("K", [case(26, f"no-features-no-intercept-{K}-classes", K) for K in (2, 3)])
def test_neither_features_nor_intercept(K):
    model = logistica.fit(np.empty((12, 0)), target=np.arange(12) % K, fit_intercept=False)
    np.testing.assert_allclose(model.predict_proba(np.empty((3, 0))), np.full((3, K), 1 / K), rtol=1e-15)
    assert model.log_likelihood_kernel == pytest.approx(-12 * np.log(K), rel=1e-14)


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
        case(27, "solver", {"solver": "lbfgs2"}, "one of 'auto'"),
        case(27, "on-separation", {"on_separation": "ignore"}, "one of 'warn', 'raise'"),
        case(27, "fit-intercept", {"fit_intercept": "yes"}, "True or False"),
        case(27, "standardize", {"standardize": None}, "True or False"),
        case(27, "threads", {"threads": 0}, "a whole number from 1"),
    ],
)
def test_impossible_options_are_refused_with_their_range(options, remedy):
    X = columns()
    ((name, value),) = options.items()
    with pytest.raises(OptionError, match=remedy) as error:
        logistica.fit(X, target=classes(X), **options)
    assert f"{name}={value!r}" in str(error.value)


@pytest.mark.parametrize("C", [case(27, f"C-{c:g}", c) for c in (INF, 1e300, 1e100)])
def test_no_penalty_to_speak_of(C):
    X = columns()
    y = classes(X)
    same(logistica.fit(X, target=y, C=C), logistica.fit(X, target=y), rtol=1e-9)


@pytest.mark.parametrize("C", [case(27, f"C-{c:g}", c) for c in (1e-300, 1e-100, 1e-12)])
@pytest.mark.parametrize("K", [2, 3])
def test_a_penalty_so_strong_that_only_the_intercept_is_left(C, K):
    X = columns()
    y = classes(X, K)
    model = logistica.fit(X, target=y, C=C)
    assert np.abs(model.coef_).max() <= 200 * C
    shares = np.bincount(y) / len(y)
    np.testing.assert_allclose(model.predict_proba(X), np.tile(shares, (200, 1)), rtol=1e-8)


@pytest.mark.parametrize("tol", [case(27, "tol-zero", 0), case(27, "tol-smallest", 5e-324)])
def test_tolerance_zero_ends_at_the_rounding_floor(tol):
    X = columns()
    model = logistica.fit(X, target=classes(X), tol=tol)
    assert model.record.status is Status.ROUNDING
    assert model.record.converged
    assert "rounding leaves nothing to gain" in model.record.message


@pytest.mark.parametrize("kind", [case(27, "C-numpy", np.float32(0.5)), case(27, "C-whole", 1)])
def test_numbers_of_any_type_are_options(kind):
    X = columns()
    y = classes(X)
    same(logistica.fit(X, target=y, C=kind), logistica.fit(X, target=y, C=float(kind)), rtol=0)
