"""Separation of small integer designs: verdict, columns, signs, rows and limits equal to the exact ones."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

import logistica
from tests.oracles.decimal_newton import decimal_newton
from tests.oracles.exact_separation import FINITE, ExactSeparation, exact_separation, independent_columns
from tests.reference.reading import summary_array
from tests.separation.designs import COUNT, Design, design, identifier, random_design, with_ones

LABELS = np.array(["a", "b", "c", "d"])
QUASI = [number for number in range(COUNT) if design(number).kind == "quasi"]

planted = pytest.mark.parametrize("number", range(COUNT), ids=identifier)
quasi = pytest.mark.parametrize("number", QUASI, ids=identifier)


def fit(drawn: Design, X: np.ndarray | None = None):
    """The model, and whether it warned of separation; aliased columns may warn too."""
    frame = pd.DataFrame(drawn.X if X is None else X, columns=[f"x{j}" for j in range(drawn.X.shape[1])])
    frame["class"] = LABELS[drawn.y]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = logistica.fit(frame, target="class", fit_intercept=drawn.intercept)
    kinds = {warning.category for warning in caught}
    assert kinds <= {logistica.SeparationWarning, logistica.DataWarning}
    return model, logistica.SeparationWarning in kinds


@cache
def _model(number: int):
    return fit(design(number))


@cache
def _random(number: int):
    return fit(random_design(number))


def _exactly(Z: np.ndarray, y: np.ndarray, kept: list[int]) -> ExactSeparation:
    """What the oracle finds, which several tests ask."""
    return _found(tuple(map(tuple, Z.tolist())), tuple(y.tolist()), tuple(kept))


@cache
def _found(Z: tuple[tuple[int, ...], ...], codes: tuple[int, ...], kept: tuple[int, ...]) -> ExactSeparation:
    return exact_separation(np.array(Z), codes, kept)


def _exact(number: int) -> ExactSeparation:
    drawn = design(number)
    return _exactly(drawn.Z, drawn.y, _kept(drawn, _model(number)[0]))


def _kept(drawn: Design, model) -> list[int]:
    """The columns of Z that the model did not alias."""
    return [j for j, term in enumerate(drawn.terms) if term not in model.fitted.fit.aliases]


def _named(drawn: Design, exact: ExactSeparation) -> dict[tuple[str, str, str], str]:
    labels = LABELS.tolist()
    signs = exact.signs.items()
    return {(drawn.terms[j], labels[a], labels[b]): sign for (j, a, b), sign in signs if sign != FINITE}


def check(drawn: Design, Z: np.ndarray, model, warned: bool) -> None:
    """``Z`` is what the model saw, in other units perhaps."""
    kept = _kept(drawn, model)
    first = independent_columns(Z)
    assert len(kept) == len(independent_columns(Z[:, kept])) == len(first)
    exact = _exactly(Z, drawn.y, kept)
    found = model.separation
    assert ("none" if found is None else found.verdict) == exact.verdict
    assert warned == (found is not None)
    if found is None:
        assert kept == first
        return
    assert set(found.columns) == {drawn.terms[j] for j in exact.affected}
    assert dict(found.signs) == _named(drawn, exact)
    assert found.n_rows == exact.rows_touched


@planted
def test_the_generator_keeps_its_word(number):
    drawn = design(number)
    assert _exactly(drawn.Z, drawn.y, independent_columns(drawn.Z)).verdict == drawn.kind


@planted
def test_planted_designs(number):
    check(design(number), design(number).Z, *_model(number))


@pytest.mark.parametrize("number", range(0, COUNT, 5), ids=identifier)
def test_of_equal_columns_the_first_is_kept(number):
    """Separated or not. Every fifth design holds a column twice."""
    drawn = design(number)
    kept = _kept(drawn, _model(number)[0])
    for j, column in enumerate(drawn.Z.T):
        if any((column == earlier).all() for earlier in drawn.Z.T[:j]):
            assert j not in kept


@pytest.mark.parametrize("number", range(200))
def test_random_labels(number):
    drawn = random_design(number)
    check(drawn, drawn.Z, *_random(number))


@pytest.mark.parametrize("power", [6, -6, 100, -100])
@pytest.mark.parametrize("number", range(0, COUNT, 17), ids=identifier)
def test_units_do_not_matter(number, power):
    drawn = design(number)
    X = drawn.X.astype(float)
    X[:, number % X.shape[1]] *= 10.0**power
    check(drawn, drawn.Z, *fit(drawn, X))


@pytest.mark.parametrize("shift", [1000, -(10**6), 10**8])
@pytest.mark.parametrize("number", [n for n in range(1, COUNT, 17) if design(n).intercept], ids=identifier)
def test_origins_move_nothing_but_the_intercept(number, shift):
    drawn = design(number)
    X = drawn.X.astype(int)
    X[:, number % X.shape[1]] += shift
    check(drawn, with_ones(X), *fit(drawn, X))


def _check_limit(drawn: Design, model) -> None:
    """Where the limit is finite it is a maximum likelihood fit in which the separated pairs have no part."""
    kept = _kept(drawn, model)
    exact = _exactly(drawn.Z, drawn.y, kept)
    Z, allowed = drawn.Z[:, kept], exact.allowed()
    limit = decimal_newton(Z, drawn.y, n_classes=drawn.n_classes, allowed=allowed)
    assert model.log_likelihood_kernel == pytest.approx(float(limit.log_likelihood), rel=1e-12, abs=1e-12)
    assert model.record.certificate.bound <= 1e-10
    terms = [drawn.terms[j] for j in kept]
    finite = np.array([[exact.signs[j, k, 0] == FINITE for j in kept] for k in range(1, drawn.n_classes)])
    distance = np.abs(summary_array(model, "estimate", terms) - limit.estimate)[finite]
    assert (distance <= 1e-9 * limit.error[finite]).all()
    std_error = summary_array(model, "std_error", terms)[finite]
    np.testing.assert_allclose(std_error, limit.error[finite], rtol=1e-8)


@quasi
def test_limits_of_planted_designs(number):
    _check_limit(design(number), _model(number)[0])


@pytest.mark.parametrize("number", range(200))
def test_limits_of_random_labels(number):
    drawn = random_design(number)
    model, _ = _random(number)
    if model.separation is None or model.separation.verdict == "quasi":
        _check_limit(drawn, model)


@planted
def test_predictions_reach_the_limit(number):
    """Coefficients are finite, and the log-likelihood that they give is within 1e-9 of its supremum."""
    drawn, exact = design(number), _exact(number)
    model, _ = _model(number)
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()
    frame = pd.DataFrame(drawn.X, columns=[f"x{j}" for j in range(drawn.X.shape[1])])
    proba = model.predict_proba(frame)
    assert proba[exact.pairs].max(initial=0.0) <= 1e-9
    reached = np.log(proba[np.arange(len(drawn.y)), drawn.y]).sum()
    if exact.verdict == "complete":
        assert model.separation.log_likelihood == 0.0
        assert reached == pytest.approx(0.0, abs=2e-9)
    elif exact.verdict == "quasi":
        assert reached == pytest.approx(model.separation.log_likelihood, rel=1e-12, abs=2e-9)
