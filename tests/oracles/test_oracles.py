"""The oracles themselves: hand-made cases, brute force, and the certified values."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.oracles.decimal_newton import decimal_newton
from tests.oracles.exact_separation import FINITE, MINUS, PLUS, UNDETERMINED, exact_separation, improving_ray
from tests.reference.problems import INTERCEPT, NAMES, problem


def _line(*x: int) -> list[list[int]]:
    return [[1, value] for value in x]


HAND_MADE = {
    "complete": (_line(1, 2, 3, 4), (0, 0, 1, 1), "complete", {(0, 1, 0): MINUS, (1, 1, 0): PLUS}, 4),
    "touching": (_line(1, 2, 2, 4), (0, 0, 1, 1), "quasi", {(0, 1, 0): MINUS, (1, 1, 0): PLUS}, 2),
    "touching at zero": (_line(-1, 0, 0, 4), (0, 0, 1, 1), "quasi", {(0, 1, 0): FINITE, (1, 1, 0): PLUS}, 2),
    "around zero": (_line(-1, 1), (0, 1), "complete", {(0, 1, 0): UNDETERMINED, (1, 1, 0): PLUS}, 2),
    "empty cell": (_line(0, 0, 1, 1), (0, 1, 1, 1), "quasi", {(0, 1, 0): FINITE, (1, 1, 0): PLUS}, 2),
    "overlapped": (_line(1, 2, 3, 4), (0, 1, 0, 1), "none", {(0, 1, 0): FINITE, (1, 1, 0): FINITE}, 0),
    "aliased": (
        [[1, x, 2 * x] for x in (1, 2, 3, 4)], (1, 1, 0, 0), "complete",
        {(0, 1, 0): PLUS, (1, 1, 0): MINUS}, 4,
    ),
    "one class of three": (
        _line(1, 2, 1, 2, 5, 6), (0, 0, 1, 1, 2, 2), "quasi",
        {
            (0, 1, 0): FINITE, (1, 1, 0): FINITE, (0, 2, 0): MINUS,
            (1, 2, 0): PLUS, (0, 2, 1): MINUS, (1, 2, 1): PLUS,
        }, 6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HAND_MADE)
def test_hand_made_separation(name):
    Z, codes, verdict, signs, rows_touched = HAND_MADE[name]
    exact = exact_separation(Z, codes)
    assert (exact.verdict, exact.signs, exact.rows_touched) == (verdict, signs, rows_touched)


def test_a_separated_class_settles_its_own_rows_only():
    Z, codes, *_ = HAND_MADE["one class of three"]
    exact = exact_separation(Z, codes)
    assert exact.rows_settled == 2
    assert exact.affected == (0, 1)
    assert exact.allowed().tolist() == [[True, True, False]] * 4 + [[False, False, True]] * 2


def _extreme_rays(G: np.ndarray) -> list[np.ndarray]:
    """All extreme rays of G u >= 0, by trying every null direction of m - 1 of its rows."""
    m = G.shape[1]
    rays = []
    for chosen in combinations(range(len(G)), m - 1):
        part = G[list(chosen)].astype(float).reshape(m - 1, m)
        if m > 1 and np.linalg.matrix_rank(part) < m - 1:
            continue
        # Signed minors solve the homogeneous system; they are small integers.
        ray = [round((-1) ** j * np.linalg.det(np.delete(part, j, axis=1))) for j in range(m)]
        for sign in (1, -1):
            candidate = sign * np.array(ray, dtype=object)
            if (G @ candidate >= 0).all():
                rays.append(candidate)
    return rays


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("seed", range(25))
def test_separation_against_brute_force(seed, n_classes):
    rng = np.random.default_rng([seed, n_classes])
    q = 3 if n_classes == 2 else 2
    n = int(rng.integers(4, 7))
    Z = np.column_stack([np.ones(n, dtype=int), rng.integers(-2, 3, size=(n, q - 1))])
    codes = np.append(np.arange(n_classes), rng.integers(0, n_classes, size=n - n_classes))
    exact = exact_separation(Z, codes)

    Z = Z[:, exact.kept].astype(object)
    q = Z.shape[1]
    pairs = [(i, k) for i in range(n) for k in range(n_classes) if k != codes[i]]
    G = np.zeros((len(pairs), n_classes, q), dtype=object)
    for row, (i, k) in zip(G, pairs, strict=True):
        row[codes[i]] += Z[i]
        row[k] -= Z[i]
    G = G[:, 1:].reshape(len(pairs), -1)
    rays = _extreme_rays(G)
    assert [bool(exact.pairs[pair]) for pair in pairs] == [any(g @ ray > 0 for ray in rays) for g in G]
    words = {(0, 0): FINITE, (1, 0): PLUS, (0, 1): MINUS, (1, 1): UNDETERMINED}
    columns = [(j, k) for k in range(1, n_classes) for j in exact.kept]
    for position, name in enumerate(columns):
        seen = (int(any(ray[position] > 0 for ray in rays)), int(any(ray[position] < 0 for ray in rays)))
        assert exact.signs[(*name, 0)] == words[seen]


def test_a_ray_is_feasible_and_improves():
    G = np.array([[1, 0], [1, 1]], dtype=object)
    ray = improving_ray(G, np.array([0, -1], dtype=object))
    assert ray is not None
    assert (G @ ray >= 0).all()
    assert ray[1] < 0
    assert improving_ray(G, np.array([-1, 0], dtype=object)) is None


def test_only_integers_are_exact():
    with pytest.raises(ValueError, match="integers"):
        exact_separation([[1, 0.5], [1, 1]], [0, 1])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "anes96"])
def test_decimal_newton_reproduces_the_certified_values(name):
    case = problem(name)
    Z = case.design()
    ridge = [0.0 if term == INTERCEPT else case.ridge for term in case.terms]
    fit = decimal_newton(Z, case.y, weights=case.weights, ridge=ridge)
    np.testing.assert_allclose(fit.estimate, case.coef, rtol=1e-13)
    np.testing.assert_allclose(fit.error, case.std_error, rtol=1e-13)
    assert float(fit.log_likelihood) == pytest.approx(case.log_likelihood, rel=1e-14)


def test_a_class_out_of_choice_is_the_limit_of_its_offset():
    rng = np.random.default_rng(3)
    Z = np.column_stack([np.ones(12), rng.normal(size=12)])
    codes = np.arange(12) % 3
    codes[:6] %= 2
    offset = np.zeros((12, 3))
    offset[:6, 2] = -200.0
    limit = decimal_newton(Z, codes, allowed=offset == 0)
    near = decimal_newton(Z, codes, offset=offset)
    np.testing.assert_allclose(near.estimate, limit.estimate, rtol=1e-12)


def test_decimal_newton_takes_weights_and_offsets():
    rng = np.random.default_rng(4)
    Z = np.column_stack([np.ones(12), rng.normal(size=12)])
    codes = np.arange(12) % 3
    weights = rng.integers(1, 4, size=12)
    plain = decimal_newton(Z, codes, weights=weights)
    twice = np.repeat(np.arange(12), weights)
    repeated = decimal_newton(Z[twice], codes[twice])
    np.testing.assert_allclose(plain.estimate, repeated.estimate, rtol=1e-15)
    shifted = decimal_newton(Z, codes, weights=weights, offset=Z[:, [1]] * [0, 1, 2])
    known = np.array([[0, 1], [0, 2]])
    np.testing.assert_allclose(shifted.estimate + known, plain.estimate, rtol=1e-13)
