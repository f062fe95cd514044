"""The problems are what they say, the same each time, and every contender is known."""

import numpy as np
import pytest
from benchmarks.contenders import ALL as CONTENDERS
from benchmarks.contracts import TASKS, Coefficients
from benchmarks.objective import excess, objective, relative_gap, values
from benchmarks.problems import ALL, PROBLEMS, chosen
from scipy import sparse

from benchmarks import tables

HERE = {"sklearn", "logistica"}
"""What every environment of the tests has."""


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.name)
def test_small_table_is_as_declared_and_always_the_same(problem, tmp_path):
    table, again = (problem.make(tmp_path, True) for _ in range(2))
    assert sparse.issparse(table.X) == problem.sparse
    assert set(np.unique(table.y)) == set(range(problem.classes))
    assert table.X.shape[0] == len(table.y)
    difference = table.X - again.X
    assert abs(difference).max() == 0.0
    assert problem.task in TASKS
    assert all(penalty.kind == problem.penalty for penalty in problem.penalties(table))


@pytest.mark.parametrize("name", ["B1", "B4a", "B8"])
def test_saved_table_comes_back(name, tmp_path):
    table = PROBLEMS[name].make(tmp_path, True)
    tables.save(table, tmp_path)
    back = tables.load(tmp_path)
    assert back.path == table.path
    if table.path is None:
        assert abs(back.X - table.X).max() == 0.0
        assert (back.y == table.y).all()


@pytest.mark.parametrize("name", ["B1", "B4a"])
def test_first_rows_are_of_the_same_kind(name, tmp_path):
    table = PROBLEMS[name].make(tmp_path, True)
    few = tables.first_rows(table, 7)
    assert abs(few.X - table.X[:7]).max() == 0.0
    assert (type(few.X), few.X.dtype, few.y.dtype) == (type(table.X), table.X.dtype, table.y.dtype)
    if sparse.issparse(table.X):  # else what numba compiles for them is not what the whole table needs
        assert few.X.indices.dtype == few.X.indptr.dtype == table.X.indices.dtype == np.int32


def test_path_begins_where_all_coefficients_are_zero(tmp_path):
    table = PROBLEMS["B6"].make(tmp_path, True)
    first, *_, last = PROBLEMS["B6"].penalties(table)
    share = table.y.mean()
    zero = Coefficients.of(np.zeros(table.X.shape[1]), np.log(share / (1 - share)))
    assert relative_gap(table, first, zero) < 1e-12
    assert last.strength == pytest.approx(first.strength / 1000)


def test_scales_of_columns_span_many_powers_of_ten(tmp_path):
    table = PROBLEMS["B2"].make(tmp_path, True)
    spread = table.X.std(axis=0)
    assert spread.max() > 1e5 * spread.min()


def test_problems_are_chosen_by_name_or_by_number():
    assert [problem.name for problem in chosen(("B4", "B1"))] == ["B4a", "B4b", "B1"]
    assert [problem.name for problem in chosen(("B9c",))] == ["B9c"]
    assert chosen(()) == ALL
    with pytest.raises(KeyError, match="B12"):
        chosen(("B12",))


def test_every_contender_is_known_by_one_name_and_is_wanted():
    names = [contender.name for contender in CONTENDERS]
    assert len(set(names)) == len(names)
    for contender in CONTENDERS:
        assert any(not contender.lacks(problem) for problem in ALL), contender.name
        assert list(contender.ladder) == sorted(contender.ladder, reverse=True)
    for problem in ALL:
        assert any(not one.ours and not one.lacks(problem) for one in CONTENDERS), problem.name


ABLE = [
    pytest.param(contender, problem, id=f"{contender.name}-{problem.name}")
    for problem in (PROBLEMS["B10"], PROBLEMS["B11a"])
    for contender in CONTENDERS
    if contender.modules and set(contender.modules) <= HERE and not contender.lacks(problem)
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("contender", "problem"), ABLE)
def test_adapters_of_what_is_here_reach_the_target(contender, problem, tmp_path):
    table = problem.make(tmp_path, True)
    penalties = problem.penalties(table)
    solve = contender.prepare(problem, table, penalties)
    found = values(table, penalties, solve(contender.ladder[-1]))
    best = np.zeros(1)
    if problem.task == "fit":
        ours = next(one for one in CONTENDERS if one.exact == 0.0 and not one.lacks(problem))
        (reference,) = ours.prepare(problem, table, penalties)(0.0).coefficients
        best = np.array([objective(table, penalties[0], reference)])
    assert -1e-14 < excess(found, best) <= problem.targets[-1]
