"""A problem is run as promised: the reference, the ladders, the turns, and what is said of who does not get there."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from benchmarks.bench import Effort, Entry, Judge
from benchmarks.contracts import Answer, Coefficients, Contender, Goal, Penalty, Problem, Table
from benchmarks.results import as_json
from benchmarks.worker import ContenderError, Reply, TimeLimitError

from benchmarks import bench, table
from logistica import fit

PENALTY = Penalty("ridge", 1.0)
EFFORT = Effort(turns=3, limit=100.0)


def _data():
    rng = np.random.default_rng(5)
    return Table(rng.normal(size=(50, 2)), rng.permutation(np.arange(50) % 2))


DATA = _data()
PROBLEM = Problem("B0", "fifty rows", (Goal(2.0),), lambda folder, small: DATA, lambda data: (PENALTY,), columns=2)


def _optimum():
    model = fit(DATA.X, target=DATA.y, C=1.0, tol=0.0)
    return Coefficients.of(model.coef_, model.intercept_)


OPTIMUM = _optimum()


class Fake(Contender):
    """A contender in name; a stand-in answers for it."""

    modules = ()
    ladder = (1e-1, 1e-2, 1e-3)

    def __init__(self, name, *, ours=False, exact=None):
        self.name, self.ours, self.exact = name, ours, exact

    def prepare(self, problem, table, penalties):
        raise AssertionError("a stand-in answers")


@dataclass
class StandIn:
    """Answers at the distance from the optimum, and after the time, given for a tolerance; keeps a diary."""

    name: str
    away: dict
    took: dict
    diary: list = field(default_factory=list)

    def ask(self, tolerance, calls, seconds, enough=None):
        self.diary.append((self.name, tolerance))
        away = self.away[tolerance]
        if isinstance(away, Exception):
            raise away
        found = Coefficients(OPTIMUM.coef + away, OPTIMUM.intercept)
        return Reply(Answer((found,)), (self.took[tolerance],) * calls, 1000)

    def end(self):
        self.diary.append((self.name, "ended"))


def _entry(name, away, took=(1.0, 2.0, 3.0), *, ours=False, exact=None, diary=None):
    tolerances = Fake.ladder if exact is None else (*Fake.ladder, exact)
    away = dict(zip(tolerances, away, strict=True))
    took = dict(zip(tolerances, (*took, 4.0), strict=False))
    return Entry(Fake(name, ours=ours, exact=exact), StandIn(name, away, took, [] if diary is None else diary))


def _run(*entries, problem=PROBLEM, absent=(), effort=EFFORT):
    judge = Judge(DATA, (PENALTY,))
    found = bench.find_reference(problem, list(entries), judge, effort)
    return bench.measure(problem, True, list(entries), dict(absent), judge, effort, found)


def _ours(**changes):
    return _entry("ours", (1e-2, 1e-8, 1e-9, 0.0), (0.5, 1.0, 1.5), ours=True, exact=0.0, **changes)


def test_ratio_is_that_of_the_cheapest_settings_within_the_target():
    result = _run(_ours(), _entry("rival", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)))
    assert result.target() == 1e-9
    assert result.verdicts()[0].ratio == 5.0  # 5 s of the rival's third rung over 1 s of our second
    ours, rival = result.outcomes
    assert ours.at(1e-9).tolerance == 1e-2
    assert rival.at(1e-6).tolerance == 1e-2
    assert rival.at(1e-9).calls == EFFORT.turns
    assert result.reference.by == "ours"
    assert result.reference.gap < 1e-14


def test_where_no_rival_gets_there_its_own_best_accuracy_decides():
    result = _run(_ours(), _entry("rival", (1e-1, 1e-2, 1e-3), (1.0, 3.0, 5.0)))
    assert 1e-9 < result.target() < 1e-6
    assert result.verdicts()[0].ratio == 5.0
    assert result.outcomes[1].at(1e-9) is None
    assert "not reached" in table.as_text(result)


def test_who_does_not_get_there_is_compared_at_its_own_accuracy():
    near, far = _entry("near", (1e-1, 1e-3, 1e-9)), _entry("far", (1.0, 0.5, 0.3), (2.0, 3.0, 4.0))
    result = _run(_ours(), near, far)
    ours, _, outcome = result.outcomes
    assert outcome.best.excess > 1e-6
    assert ours.at(outcome.best.excess).tolerance == 1e-1  # our loosest suffices for that, in 0.5 s
    assert result.against_ours(outcome) == 4.0 / 0.5


def test_everybody_is_timed_in_turn():
    diary = []
    _run(_ours(diary=diary), _entry("rival", (1e-9, 0.0, 0.0), diary=diary))
    turns = diary[-2 * EFFORT.turns :]
    assert [name for name, _ in turns] == ["ours", "rival"] * EFFORT.turns


def test_a_better_rival_replaces_the_reference_and_is_told():
    spoilt = _entry("ours", (1e-2, 1e-3, 1e-3, 1e-3), ours=True, exact=0.0)
    result = _run(spoilt, _entry("rival", (1e-2, 1e-8, 0.0)))
    assert result.reference.improved > 1e-9
    assert result.outcomes[0].at(1e-9) is None
    assert "above the best known" in table.as_text(result)


def test_who_cannot_answer_in_time_or_at_all_is_shown_with_the_reason():
    late = _entry("late", (1e-3, TimeLimitError(), 0.0))
    broken = _entry("broken", (ContenderError("ValueError: no"),) * 3)
    result = _run(_ours(), _entry("rival", (1e-9, 0.0, 0.0)), late, broken)
    text = table.as_text(result)
    assert "late: time limit (100 s) at tolerance 1e-02" in text
    assert "broken: at tolerance 1e-01: ValueError: no" in text
    assert result.outcomes[2].timings
    assert not result.outcomes[3].timings


def test_a_rival_whose_runs_take_long_has_fewer_turns():
    slow = _entry("slow", (1e-9, 0.0, 0.0), (10.0, 11.0, 12.0))
    result = _run(_ours(), slow, effort=Effort(turns=3, limit=10.0))
    assert [one.at(1e-9).calls for one in result.outcomes] == [3, 1]


def test_an_uncertified_reference_is_the_best_of_all():
    rough, fine = _entry("rough", (1.0, 0.5, 1e-2)), _entry("fine", (1.0, 0.5, 1e-3))
    result = _run(rough, fine)
    assert result.reference.by == "fine"
    assert result.reference.gap > 1e-9


def test_a_poor_reference_ends_no_ladder():
    climbing = _entry("climbing", (0.5, 1e-3, 0.0))
    climbing.asked.away[1e-3] = TimeLimitError()  # so that it is no reference, but climbs
    poor = _entry("poor", (1.0, 1.0, 1.0))
    judge = Judge(DATA, (PENALTY,))
    found = bench.find_reference(PROBLEM, [climbing, poor], judge, EFFORT)
    assert (found.by, found.certified) == ("poor", False)
    bench.measure(PROBLEM, True, [climbing, poor], {}, judge, EFFORT, found)
    assert [rung.tolerance for rung in climbing.rungs] == [1e-1, 1e-2]


def test_what_is_missing_is_said():
    absent = {"ours": "not yet: penalty: lasso", "another": "not installed: another", "third": "does not do: sparse X"}
    result = _run(_entry("rival", (1e-9, 0.0, 0.0)), absent=absent)
    text = table.as_text(result)
    for said in ("ours: not yet: penalty: lasso", "another: not installed", "do not solve such problems: third"):
        assert said in text
    assert "logistica: not yet, at an excess of 1e-09 (goal 2)" in text
    assert "| not yet |" in table.as_markdown([result])


def test_a_goal_may_be_against_some_rivals_alone():
    goals = (Goal(2.0, "slow"), Goal(1.5, "rough"))
    slow, rough = _entry("slow one", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)), _entry("rough one", (0.3, 0.2, 0.1))
    result = _run(_ours(), slow, rough, problem=replace(PROBLEM, goals=goals))
    first, second = result.verdicts()
    assert (first.rival, first.ratio) == ("slow one", 5.0)
    assert (second.rival, second.ratio) == ("rough one", 3.0 / 0.5)
    assert second.target > 1e-4
    assert "(goal 1.5 against rough: met)" in table.as_text(result)


@pytest.mark.parametrize(("ours", "verdict"), [((0.5, 1.0, 1.5), "5, met"), ((3.0, 4.0, 5.0), "1.2, missed")])
def test_goal_is_met_or_missed(ours, verdict):
    entry = _entry("ours", (1e-2, 1e-8, 1e-9, 0.0), ours, ours=True, exact=0.0)
    result = _run(entry, _entry("rival", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)))
    assert table.as_markdown([result]).endswith(f"| {verdict} | 2 |")


def test_json_is_strict_and_holds_the_ratio():
    broken = _entry("broken", (np.nan,) * 3)
    result = _run(_ours(), _entry("rival", (1e-1, 1e-3, 1e-9)), broken)
    read = json.loads(as_json([result], {"processors": 2}), parse_constant=pytest.fail)
    assert read["results"][0]["verdicts"][0]["ratio"] == result.verdicts()[0].ratio
    assert read["machine"] == {"processors": 2}


def test_lacking_abilities_are_named():
    contender = Fake("plain")
    assert contender.lacks(PROBLEM) == ""
    assert contender.lacks(replace(PROBLEM, penalty="lasso", classes=3)) == "penalty: lasso, more than two classes"
    assert bench.why_absent(Fake("ours", ours=True), replace(PROBLEM, task="path")) == "not yet: task: path"
