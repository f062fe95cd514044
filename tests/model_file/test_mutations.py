"""Row 37: a model file with one thing changed, and its checksum made to fit, is refused or holds a sound model."""

from __future__ import annotations

import copy
import io
import math
import random

import numpy as np
import pytest
from hypothesis import strategies as st

from logistica.core.errors import ModelFileError
from logistica.prediction import model_file, stored
from tests.fuzzing import for_minutes
from tests.model_file.models import SPECIFIED, assert_serves, model

MUTATIONS = 400
EVERYTHING_ELSE = [None, True, 1, 1.5, "x", [], [1.0], {}]
NUMBERS = [
    *(0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, 1e150, -1e150, 1e308, -1e308),
    *(3, -1, 10**15, 2**63),
    *("inf", "-inf", "nan"),
]
TEXTS = [
    *("", "a", "b", "yes", "(Intercept)", "+inf", "-inf", "above", "complete", "quasi", "table", "array", "svmlight"),
    *("converged", "completely separated", "existence in doubt", "bool", "int64", "uint8", "float64", "sampling"),
]


def content_of(name):
    return reread(stored.to_content(model(name).fitted))


def reread(content):
    """The content after a round through the bytes of a file with a valid checksum."""
    return model_file.read_stream(io.BytesIO(model_file.to_bytes(content)), "'m.json'")


def places(value, place=()):
    """Every place in a nested content: the keys that lead there."""
    if place:
        yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from places(item, (*place, key))


def at(content, place):
    for key in place:
        content = content[key]
    return content


def another(chance, value):
    """Something else in the place of a value: mostly of the same kind, sometimes not."""
    if value is None or chance.random() < 0.1:
        return chance.choice(EVERYTHING_ELSE)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return chance.choice([*TEXTS, f"{value}x", value[:-1]])
    if isinstance(value, list):
        return another_list(chance, value)
    if isinstance(value, dict):
        return another_object(chance, value)
    number = chance.choice([*NUMBERS, -value, 2 * value, value + 1, value * (1 + 1e-12)])
    return number if isinstance(number, str) or math.isfinite(number) else str(number)  # so a file writes infinity


def another_list(chance, value):
    kept = copy.deepcopy(value)
    chance.shuffle(kept)
    return chance.choice([kept, kept[1:], value[:-1], value[::-1], value + kept[:1], [*value, 0.0], []])


def another_object(chance, value):
    names = list(value) or ["x"]
    gone = chance.choice(names)
    rest = {key: item for key, item in value.items() if key != gone}
    return chance.choice([rest, {**value, "more": 1}, {**rest, f"{gone}x": value.get(gone)}, {}])


def mutated(chance, content):
    changed = copy.deepcopy(content)
    place = chance.choice(list(places(changed)))
    *above, key = place
    at(changed, above)[key] = another(chance, at(changed, place))
    return changed


def outcome(content):
    """The model that a file with this content holds, or the error that refuses it."""
    try:
        return stored.from_content(reread(content), "'m.json': model")
    except ModelFileError as error:
        return error


@pytest.mark.parametrize("name", [pytest.param(name, id=f"nasty-37-{name.replace(' ', '-')}") for name in SPECIFIED])
def test_a_mutated_file_is_refused_or_holds_a_sound_model(name):
    chance = random.Random(f"mutations of {name}")
    content = content_of(name)
    refused = 0
    for _ in range(MUTATIONS):
        found = outcome(mutated(chance, content))
        if isinstance(found, ModelFileError):
            assert len(str(found)) < 500
            refused += 1
        else:
            assert_serves(found)
    assert MUTATIONS / 3 < refused < MUTATIONS


def _check_mutation(seed):
    chance = random.Random(seed)
    content = content_of(chance.choice(list(SPECIFIED)))
    for _ in range(chance.randint(1, 3)):
        content = mutated(chance, content)
    found = outcome(content)
    if not isinstance(found, ModelFileError):
        assert_serves(found)


@pytest.mark.fuzz
def test_mutations_for_minutes():
    for_minutes(_check_mutation, st.integers(min_value=0))


@pytest.mark.parametrize("name", SPECIFIED)
def test_an_unchanged_file_holds_the_same_model(name):
    given = model(name).fitted
    found = stored.from_content(content_of(name))
    assert stored.to_content(found) == stored.to_content(given)
    np.testing.assert_array_equal(found.fit.estimate.theta, given.fit.estimate.theta)


def change(*steps):
    """A function that puts values at places of a content, each written as ``("estimate.theta.0.0", value)``."""

    def apply(content):
        for path, value in steps:
            *above, key = [int(key) if key.isdecimal() else key for key in path.split(".")]
            at(content, above)[key] = value

    return apply


def twice(path):
    """A function that repeats the first entry of a list."""

    def apply(content):
        values = at(content, path.split("."))
        values.append(copy.deepcopy(values[0]))

    return apply


TWO, THREE, ALIASED, QUASI, COMPLETE, RIDGE = [*list(SPECIFIED)[:5], "ridge without an intercept"]
LARGE = [[1e308], [1.0], [1.0], [1.0], [1.0]]
HOSTILE = {
    "huge-scale": (TWO, change(("estimate.scale.0", 1e308)), "scale is no power of two"),
    "zero-scale": (TWO, change(("estimate.scale.0", 0.0)), "scale is no power of two"),
    "negative-scale": (TWO, change(("estimate.scale.0", -2.0)), "scale is no power of two"),
    "huge-centre": (TWO, change(("estimate.centre.0", 1e308)), "predictions overflow"),
    "huge-coefficient": (TWO, change(("estimate.theta", LARGE), ("estimate.finite", LARGE)), "predictions overflow"),
    "centre-without-intercept": (RIDGE, change(("estimate.centre.0", 1.0)), "no intercept"),
    "another-theta": (TWO, change(("estimate.theta.1.0", 0.5)), "do not use the estimate"),
    "another-limit": (QUASI, change(("estimate.theta.1.0", 0.5)), "do not use the estimate"),
    "another-distance": (QUASI, change(("separation.distance", 1e3)), "do not use the estimate"),
    "distance-nan": (QUASI, change(("separation.distance", "nan")), "should be a number"),
    "matrix-too-wide": (TWO, change(("estimate.theta.0", [1.0, 2.0])), "has 2 entries"),
    "negative-variance": (TWO, change(("estimate.output_covariances.1.0", -0.25)), "variance is negative"),
    "variance-of-an-aliased-column": (
        ALIASED,
        change(("estimate.output_covariances.2.0", 0.25)),
        "an aliased column has a standard error",
    ),
    "aliased-but-used": (
        ALIASED,
        change(("estimate.theta.2.0", 0.5), ("estimate.finite.2.0", 0.5)),
        "an aliased column has a coefficient",
    ),
    "aliased-without-a-name": (ALIASED, change(("aliases", [])), "aliased terms are not those"),
    "aliased-on-itself": (ALIASED, change(("aliases.0.partners", ["twice"])), "aliased on one that is not estimated"),
    "aliased-twice": (ALIASED, twice("aliases"), "aliases names something twice"),
    "held-but-not-aliased": (TWO, change(("estimate.free.1", 0)), "an aliased column has a coefficient"),
    "duplicated-terms": (TWO, change(("recipe.names.0", "b")), "all different"),
    "a-term-like-a-level": (TWO, change(("recipe.names.0", "factor[v]")), "two terms have the same name"),
    "a-term-like-the-intercept": (TWO, change(("recipe.names.0", "(Intercept)")), "two terms have the same name"),
    "an-array-with-factors": (TWO, change(("recipe.kind", "array")), "only tables have factors"),
    "an-endless-width": (
        RIDGE,
        change(("recipe.kind", "array"), ("recipe.names", None), ("recipe.width", 2**62)),
        "has 2 entries",
    ),
    "classes-in-another-order": (THREE, change(("labels.classes", ["yes", "no", "maybe"])), "not in ascending order"),
    "classes-that-repeat": (THREE, change(("labels.classes", ["no", "no", "yes"])), "not in ascending order"),
    "levels-of-no-factor": ("a formula", change(("recipe.factors", {})), "has other levels for 'factor'"),
    "an-offset-too-many": (ALIASED, change(("columns_beside.offset", ["o", "p"])), "number of its offsets"),
    "an-offset-in-the-model": (ALIASED, change(("columns_beside.offset", ["a"])), "one of the model's own"),
    "an-offset-that-is-none": (ALIASED, change(("columns_beside.has_offset", False)), "number of its offsets"),
    "weights-that-are-none": (TWO, change(("columns_beside.weights", "w")), "the weights have a name"),
    "rows-beyond-those-read": (TWO, change(("rows.used", 61)), "counts of rows do not add up"),
    "a-class-without-rows": (
        THREE,
        change(("rows.class_rows", [0, 30, 30])),
        "a class has no rows",
    ),
    "weights-that-do-not-add-up": (THREE, change(("rows.total_weight", 5.0)), "do not add up to the total"),
    "weights-where-there-are-none": (TWO, change(("rows.total_weight", 5.0)), "rows without weights are weighted"),
    "a-log-likelihood-above-0": (TWO, change(("likelihoods.fitted", 1.0)), "should be at most 0.0"),
    "another-log-likelihood": (TWO, change(("likelihoods.fitted", -1.0)), "differ by more than the penalty"),
    "separated-without-a-record": (QUASI, change(("separation", None)), "no separation is recorded"),
    "no-reference": (THREE, change(("estimate.reference", None)), "reference does not suit"),
    "an-unknown-solver": (TWO, change(("options.solver", "magic")), "options: solver='magic': it must be one of"),
    "C-of-0": (TWO, change(("options.C", 0.0)), "options: C=0.0: it must be a number above 0"),
    "separated-and-converged": (QUASI, change(("record.status", "converged")), "but a separation is recorded"),
    "separated-and-penalised": (QUASI, change(("options.C", 1.0)), "a penalised fit is separated"),
    "another-verdict": (QUASI, change(("separation.verdict", "complete")), "verdict differ"),
    "in-doubt": (TWO, change(("record.status", "existence in doubt")), "no separation is recorded"),
    "converged-without-certificate": (TWO, change(("record.certificate.bound", "inf")), "does not reach the tolerance"),
    "an-unknown-separated-term": (QUASI, change(("separation.signs.0.term", "x")), "not those with a sign"),
    "a-sign-twice": (QUASI, twice("separation.signs"), "signs names something twice"),
    "a-class-against-itself": (QUASI, change(("separation.signs.0.against", 1)), "not in order"),
    "a-column-alone-that-is-none": (QUASI, change(("separation.single_columns.0.term", "x")), "none of the model's"),
    "more-separated-rows-than-rows": (QUASI, change(("separation.n_rows", 61)), "more rows are separated"),
    "another-limiting-log-likelihood": (COMPLETE, change(("separation.log_likelihood", -1.0)), "at the limit differ"),
}


@pytest.mark.parametrize(
    ("name", "harm", "message"), [pytest.param(*case, id=f"nasty-37-{name}") for name, case in HOSTILE.items()]
)
def test_a_model_that_contradicts_itself_is_refused_where_it_is_read(tmp_path, name, harm, message):
    content = content_of(name)
    harm(content)
    path = tmp_path / "m.json"
    model_file.write(path, content)
    with pytest.raises(ModelFileError) as caught:
        stored.load(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{str(path)!r}: model")
    assert "ave the model again" in str(caught.value)
