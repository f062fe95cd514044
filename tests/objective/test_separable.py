"""L1 and ridge penalties of rows to which any number may be added."""

from __future__ import annotations

import numpy as np
import pytest

from logistica.penalties import separable


@pytest.mark.parametrize("m", [2, 3, 4, 7])
@pytest.mark.parametrize(("lasso", "ridge"), [(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (0.1, 3.0), (1.0, 1e-9), (1e-9, 1.0)])
def test_no_number_added_to_a_balanced_row_makes_its_penalty_smaller(m, lasso, ridge):
    rng = np.random.default_rng(m)
    theta = np.round(rng.normal(size=(40, m)), 1) + rng.normal(size=(40, 1))
    strengths = np.full(40, lasso), np.full(40, ridge)
    balanced = separable.balanced(*strengths, theta)
    moved = theta - balanced
    np.testing.assert_allclose(moved - moved[:, :1], 0.0, atol=1e-14)
    each = np.eye(40)
    best = [separable.value(lasso * one, ridge * one, balanced) for one in each]
    for step in (-1.0, -0.1, -1e-3, 1e-3, 0.1, 1.0):
        other = [separable.value(lasso * one, ridge * one, balanced + step) for one in each]
        assert (np.array(other) >= np.array(best) - 1e-13).all()


def test_rows_without_a_penalty_are_balanced():
    theta = np.arange(6.0).reshape(2, 3)
    balanced = separable.balanced(np.array([0.0, 1.0]), np.zeros(2), theta)
    np.testing.assert_array_equal(balanced, [[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0]])
