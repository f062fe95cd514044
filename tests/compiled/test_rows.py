"""Rows moved, scaled and looked through: bit for bit what NumPy makes of them."""

import shutil

import numpy as np
import pytest

from logistica.core import compiled, rows

SHAPES = [(1, 1), (1, 0), (2, 1), (3, 5), (257, 7), (1000, 33)]
LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "rows of float32": lambda x: x.astype(np.float32),
    "columns of float32": lambda x: np.asfortranarray(x, dtype=np.float32),
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "from the last": lambda x: x[::-1].copy()[::-1],
}
needed = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_it_is_compiled_where_there_is_a_compiler():
    assert compiled.library() is not None


@pytest.fixture(params=["compiled", "numpy"])
def way(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(rows, "library", lambda: None)
    elif compiled.library() is None:
        pytest.skip("nothing was compiled: no C compiler here")


def numbers(shape, seed=5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape) * 10.0 ** rng.integers(-150, 150, size=shape)
    return x, rng.normal(size=shape[1]), 2.0 ** rng.integers(-40, 40, size=shape[1])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ones", [0, 1])
@pytest.mark.usefixtures("way")
def test_standardised_rows(shape, ones):
    x, centre, scale = numbers(shape)
    z = np.full((shape[0], shape[1] + ones), np.nan)
    rows.standardise(x, centre, scale, z)
    np.testing.assert_array_equal(z[:, ones:], (x - centre) * scale)
    assert (z[:, :ones] == 1.0).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ones", [0, 1])
@pytest.mark.usefixtures("way")
def test_rows_are_standardised_where_they_are(shape, ones):
    x, centre, scale = numbers(shape)
    z = np.zeros((shape[0], shape[1] + ones))
    z[:, ones:] = x
    rows.standardise(z[:, ones:], centre, scale, z)
    np.testing.assert_array_equal(z[:, ones:], (x - centre) * scale)
    assert (z[:, :ones] == 1.0).all()


@pytest.mark.parametrize("layout", [lambda x: x[::2], lambda x: x[::-1], np.asfortranarray, lambda x: x[:, 1:-1]])
@pytest.mark.usefixtures("way")
def test_layouts(layout):
    x = layout(numbers((50, 8))[0])
    _, centre, scale = numbers(x.shape)
    z = np.empty((len(x), x.shape[1] + 1))
    rows.standardise(x, centre, scale, z)
    np.testing.assert_array_equal(z[:, 1:], (x - centre) * scale)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[0]])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("stored", LAYOUTS)
@pytest.mark.usefixtures("way")
def test_moments(shape, weighted, stored):
    _, centre, scale = numbers(shape)
    held = LAYOUTS[stored](np.random.default_rng(7).normal(size=shape) * 10.0)
    weights = np.random.default_rng(2).uniform(0.0, 3.0, 2 * shape[0])[::2] if weighted else None
    low, high, first, second = rows.moments(
        rows.NativeRows.of(held, by_columns="columns" in stored), weights, centre, scale
    )
    x, ones = held.astype(float), np.ones(shape[0]) if weights is None else weights
    z = (x - centre) * scale
    np.testing.assert_array_equal([low, high], [x.min(axis=0), x.max(axis=0)])
    assert (np.abs(first - ones @ z) <= 1e-13 * (ones @ np.abs(z))).all()
    np.testing.assert_allclose(second, ones @ np.square(z), rtol=1e-13)


@pytest.mark.usefixtures("way")
def test_moments_of_what_is_no_number():
    x = rows.NativeRows.of(np.array([[1.0, np.inf], [np.nan, 2.0]]))
    with np.errstate(invalid="ignore"):
        _, _, first, second = rows.moments(x, None, np.zeros(2), np.ones(2))
    assert not np.isfinite([first, second]).any()


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[::2, ::2],
        lambda x: x.astype(">f8"),
        lambda x: x.astype(int),
        lambda x: x.astype(np.float16),
        lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(float).reshape(x.shape),
    ],
)
def test_what_compiled_loops_cannot_read_where_it_lies(make):
    for by_columns in (False, True):
        assert rows.NativeRows.of(make(np.ones((8, 6))), by_columns=by_columns) is None


@needed
def test_without_a_library_everything_goes_on(monkeypatch):
    monkeypatch.setattr(compiled, "EXTENSION_SUFFIXES", [".there-is-none"])
    assert compiled.library.__wrapped__() is None
