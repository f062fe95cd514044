"""Fields of a model file: the right ones are decoded, every other is refused at its place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica.core.errors import ModelFileError
from logistica.core.schema import Fields, encode_array, encode_float
from logistica.prediction import model_file
from tests.model_file.example import CONTENT, read_bytes

FINITE_OR_NOT = st.floats(width=64)


def bits(values):
    return np.asarray(values, dtype=np.float64).view(np.uint64).tolist()


@given(st.floats(allow_nan=False))
@settings(derandomize=True, deadline=None)
def test_a_float_comes_back_bit_for_bit(value):
    content = read_bytes(model_file.to_bytes({"C": encode_float(value)}))
    assert bits([Fields(content).number("C", infinite=True)]) == bits([value])


@given(st.lists(st.lists(FINITE_OR_NOT, min_size=3, max_size=3), max_size=4))
@settings(derandomize=True, deadline=None)
def test_arrays_come_back_with_their_shape(rows):
    array = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    content = {"m": encode_array(array), "v": encode_array(array.ravel())}
    fields = Fields(read_bytes(model_file.to_bytes(content)))
    matrix = fields.matrix("m", array.shape, infinite=True, missing=True)
    vector = fields.vector("v", array.size, infinite=True, missing=True)
    assert matrix.shape == array.shape
    assert matrix.dtype == vector.dtype == np.float64
    np.testing.assert_array_equal(matrix, array)
    np.testing.assert_array_equal(vector, array.ravel())
    np.testing.assert_array_equal(np.signbit(matrix[~np.isnan(array)]), np.signbit(array[~np.isnan(array)]))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (1, 1)])
def test_small_and_empty_matrices(shape):
    matrix = Fields({"m": encode_array(np.zeros(shape))}).matrix("m", shape)
    assert matrix.shape == shape


def test_arrays_of_any_layout_and_type_are_encoded():
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert encode_array(np.asfortranarray(array)[:, ::-1]) == [[2.0, 1.0, 0.0], [5.0, 4.0, 3.0]]


def test_a_realistic_content_is_decoded():
    model = Fields(read_bytes(model_file.to_bytes(CONTENT)))
    recipe = model.section("recipe")
    assert recipe.choice("kind", {"array", "table"}) == "table"
    width = recipe.integer("width", minimum=0)
    assert recipe.texts("names", length=width) == ("hours", "Größe", "../../rank")
    assert recipe.optional("index_base", recipe.integer, minimum=0, maximum=1) is None
    factors = recipe.section("factors")
    assert {name: factors.texts(name) for name in factors.names} == {"../../rank": ("a", "b")}
    assert model.section("labels").names == ("dtype", "classes")
    assert model.number("C", minimum=0, infinite=True) == math.inf
    assert model.flag("fit_intercept") is True
    assert model.matrix("coef", (1, 3)).shape == (1, 3)
    assert model.integer("rows", minimum=1) == 12


def unwritten(value):
    return {"a b": [{"x": 1}, {"x": value}]}


REFUSALS = {
    "missing": (lambda f: f.text("n"), {}, r"model\.n is missing\."),
    "no-object": (lambda f: f.section("n"), {"n": [1]}, r"model\.n should be an object .*, not a list\."),
    "no-list": (lambda f: f.sections("n"), {"n": {}}, r"model\.n should be a list, not an object\."),
    "text": (lambda f: f.text("n"), {"n": 1}, r"model\.n should be a text, not 1\."),
    "long-text": (lambda f: f.integer("n"), {"n": "x" * 10**6}, r"not 'x{50,60}\.\.\.\."),
    "flag": (lambda f: f.flag("n"), {"n": 1}, r"model\.n should be true or false, not 1\."),
    "choice": (lambda f: f.choice("n", {"b", "a"}), {"n": "c"}, r"should be one of 'a', 'b', not 'c'\."),
    "choice-of-no-text": (lambda f: f.choice("n", {"b", "a"}), {"n": []}, r"one of 'a', 'b', not a list\."),
    "integer-as-float": (lambda f: f.integer("n"), {"n": 1.0}, r"should be a whole number, not 1\.0\."),
    "integer-as-flag": (lambda f: f.integer("n"), {"n": True}, r"should be a whole number, not True\."),
    "integer-below": (lambda f: f.integer("n", minimum=0), {"n": -1}, r"should be at least 0, not -1\."),
    "integer-above": (lambda f: f.integer("n", maximum=9), {"n": 10}, r"should be at most 9, not 10\."),
    "number-as-text": (lambda f: f.number("n"), {"n": "1.5"}, r"should be a number, not '1\.5'\."),
    "number-as-flag": (lambda f: f.number("n"), {"n": False}, r"should be a number, not False\."),
    "number-inexact": (
        lambda f: f.number("n"),
        {"n": 2**53 + 1},
        r"should be a number, not 9007199254740993\.",
    ),
    "number-null": (lambda f: f.number("n"), {"n": None}, r"should be a number, not null\."),
    "number-infinite": (lambda f: f.number("n", missing=True), {"n": "inf"}, r"a number, not 'inf'\."),
    "number-missing": (lambda f: f.number("n", infinite=True), {"n": "nan"}, r"a number, not 'nan'\."),
    "number-raw-nan": (lambda f: f.number("n"), {"n": math.nan}, r"a number, not nan\."),
    "number-below": (
        lambda f: f.number("n", minimum=0, infinite=True),
        {"n": "-inf"},
        r"at least 0, not -inf\.",
    ),
    "texts": (lambda f: f.texts("n"), {"n": ["a", None]}, r"model\.n\[1\] should be a text, not null\."),
    "texts-length": (lambda f: f.texts("n", 3), {"n": ["a"]}, r"model\.n has 1 entries; 3 were expected\."),
    "integers": (lambda f: f.integers("n", maximum=5), {"n": [5, 6]}, r"model\.n\[1\] should be at most 5"),
    "vector": (lambda f: f.vector("n"), {"n": [1.0, "x"]}, r"model\.n\[1\] should be a number, not 'x'\."),
    "vector-length": (lambda f: f.vector("n", 2), {"n": [1.0]}, r"model\.n has 1 entries; 2 were expected\."),
    "vector-raw-inf": (
        lambda f: f.vector("n"),
        {"n": [math.inf]},
        r"model\.n\[0\] should be a number, not inf\.",
    ),
    "vector-of-lists": (
        lambda f: f.vector("n"),
        {"n": [[1.0]]},
        r"model\.n\[0\] should be a number, not a list\.",
    ),
    "matrix-rows": (
        lambda f: f.matrix("n", (2, 1)),
        {"n": [[1.0]]},
        r"model\.n has 1 entries; 2 were expected\.",
    ),
    "matrix-ragged": (
        lambda f: f.matrix("n", (2, 1)),
        {"n": [[1.0], []]},
        r"model\.n\[1\] has 0 entries; 1 were",
    ),
    "matrix-deep": (
        lambda f: f.matrix("n", (1, 1)),
        {"n": [["nan"]]},
        r"model\.n\[0\]\[0\] should be a number",
    ),
    "odd-name": (
        lambda f: f.sections("a b")[1].text("x"),
        unwritten(2),
        r"model\['a b'\]\[1\]\.x should be a text",
    ),
    "unknown": (lambda f: f.finish(), {"n": 1}, r"model\.n is not a field that this version knows\."),
    "unknown-inside": (
        lambda f: ([part.integer("x") for part in f.sections("a b")[:1]], f.finish()),
        unwritten(2),
        r"model\['a b'\]\[1\]\.x is not a field",
    ),
}


@pytest.mark.parametrize(("use", "stored", "message"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_name_the_place_the_expected_and_the_found(use, stored, message):
    with pytest.raises(ModelFileError, match=f"^(model|.*){message}") as caught:
        use(Fields(stored))
    assert str(caught.value).endswith("Save the model again with this version of logistica.")
    assert len(str(caught.value)) < 300


def test_a_section_that_was_read_is_finished_with_its_parent():
    fields = Fields({"n": {"x": 1}})
    assert fields.section("n").integer("x") == 1
    fields.finish()


def test_the_root_may_be_named_after_the_file():
    with pytest.raises(ModelFileError, match=r"^'m\.json': model should be an object with named fields, not null"):
        Fields(None, "'m.json': model")


def test_whole_numbers_serve_as_floats_where_they_are_exact():
    value = Fields({"n": 2**53}).number("n")
    assert value == 2.0**53
    assert isinstance(value, float)
