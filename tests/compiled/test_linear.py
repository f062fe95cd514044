"""Predictors, gradients and moments of rows where they lie, by vectors of each length that the machine has."""

import ctypes

import numpy as np
import pytest

from logistica.core import compiled
from logistica.core.compiled import address, start_of

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")
FEWEST = 8
"""The enum of linear.h."""


class About(ctypes.Structure):
    _fields_ = (
        ("x", ctypes.c_void_p),
        ("p", ctypes.c_int64),
        ("stride", ctypes.c_int64),
        ("single", ctypes.c_int64),
        ("centre", ctypes.c_void_p),
    )


class Extremes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("scale", "low", "high", "first", "second"))


class Rows:
    """Rows of a wider array, and the loops for them."""

    def __init__(self, m, p, dtype, lanes):
        if lanes > compiled.library().logistica_lanes():
            pytest.skip(f"no vectors of {lanes} numbers here")
        rng = np.random.default_rng(m + p)
        self.x = (rng.normal(size=(m, p + 3)) + 5.0).astype(dtype)[:, 1 : p + 1]
        self.centre = rng.normal(size=p) + 5.0
        self.z = self.x.astype(np.float64) - self.centre
        self.lanes = lanes
        single = dtype == np.float32
        self.about = About(start_of(self.x), p, self.x.strides[0] // self.x.itemsize, single, address(self.centre))

    def call(self, name, *others):
        function = getattr(compiled.library(), f"logistica_add_{name}_{self.lanes}")
        function.restype = None
        given = [ctypes.c_void_p(one if isinstance(one, int) else address(one)) for one in others]
        function(ctypes.byref(self.about), ctypes.c_int64(len(self.x)), *given)


def each(test):
    for name, values in (
        ("lanes", [2, 4, 8]),
        ("dtype", [np.float64, np.float32]),
        ("p", [FEWEST, 9, 12, 15, 16, 30, 131]),
        ("m", [1, 2, 3, 7, 8, 9, 64]),
    ):
        test = pytest.mark.parametrize(name, values)(test)
    return test


def close(found, expected, size):
    assert (np.abs(found - expected) <= 1e-13 * size).all()


@each
def test_predictors(lanes, dtype, p, m):
    rows = Rows(m, p, dtype, lanes)
    slopes, eta = np.random.default_rng(1).normal(size=p), np.arange(m + 1.0)
    rows.call("predictors", slopes, eta)
    close(eta[:m], np.arange(m) + rows.z @ slopes, np.arange(m) + np.abs(rows.z) @ np.abs(slopes))
    assert eta[m] == m


@each
def test_gradients(lanes, dtype, p, m):
    rows = Rows(m, p, dtype, lanes)
    residual, gradient = np.random.default_rng(1).normal(size=m), np.arange(p + 1.0)
    rows.call("gradient", residual, gradient)
    close(gradient[:p], np.arange(p) + residual @ rows.z, np.arange(p) + np.abs(residual) @ np.abs(rows.z))
    assert gradient[p] == p


@each
@pytest.mark.parametrize("weighted", [False, True])
def test_moments(lanes, dtype, p, m, weighted):
    rows = Rows(m, p, dtype, lanes)
    rng = np.random.default_rng(1)
    weights, scale = rng.uniform(0.5, 2.0, m), 2.0 ** rng.integers(-3, 3, p)
    low, high, first, second = np.full(p, np.inf), np.full(p, -np.inf), np.ones(p), np.ones(p)
    to = Extremes(*map(address, (scale, low, high, first, second)))
    rows.call("moments", weights if weighted else None, ctypes.addressof(to))
    z, counted = rows.z * scale, weights if weighted else np.ones(m)
    np.testing.assert_array_equal(low, rows.x.min(axis=0))
    np.testing.assert_array_equal(high, rows.x.max(axis=0))
    close(first, 1.0 + counted @ z, 1.0 + counted @ np.abs(z))
    close(second, 1.0 + counted @ z**2, 1.0 + counted @ z**2)


@each
def test_moments_show_what_is_no_number(lanes, dtype, p, m):
    rows = Rows(m, p, dtype, lanes)
    for place, bad in ((0, np.nan), (p - 1, np.inf), (p // 2, -np.inf)):
        rows.x[m - 1, place] = bad
    low, high, first, second = np.full(p, np.inf), np.full(p, -np.inf), np.zeros(p), np.zeros(p)
    to = Extremes(*map(address, (np.ones(p), low, high, first, second)))
    rows.call("moments", None, ctypes.addressof(to))
    bad = np.zeros(p, bool)
    bad[[0, p - 1, p // 2]] = True
    np.testing.assert_array_equal(np.isfinite(first), ~bad)
    np.testing.assert_array_equal(np.isfinite(second), ~bad)
