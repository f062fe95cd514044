"""A problem is run as promised: the reference, the ladders, the turns, and what is said of who does not get there."""

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.bench import Judge
from benchmarks.contracts import Goal
from benchmarks.results import as_json, from_json
from benchmarks.worker import ContenderError, TimeLimitError

from benchmarks import bench, table
from tests.benchmarks.standing_in import DATA, EFFORT, PENALTY, PROBLEM, Fake, entry, ours, run


def test_ratio_is_that_of_the_cheapest_settings_within_the_target():
    result = run(ours(), entry("rival", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)))
    assert result.target() == 1e-9
    assert result.verdicts()[0].ratio == 5.0  # 5 s of the rival's third rung over 1 s of our second
    own, rival = result.outcomes
    assert own.at(1e-9).tolerance == 1e-2
    assert rival.at(1e-6).tolerance == 1e-2
    assert rival.at(1e-9).calls == EFFORT.turns
    assert result.reference.by == "ours"
    assert result.reference.gap < 1e-14


def test_where_no_rival_gets_there_its_own_best_accuracy_decides():
    result = run(ours(), entry("rival", (1e-1, 1e-2, 1e-3), (1.0, 3.0, 5.0)))
    assert 1e-9 < result.target() < 1e-6
    assert result.verdicts()[0].ratio == 5.0
    assert result.outcomes[1].at(1e-9) is None
    assert "not reached" in table.as_text(result)


def test_who_does_not_get_there_is_compared_at_its_own_accuracy():
    near, far = entry("near", (1e-1, 1e-3, 1e-9)), entry("far", (1.0, 0.5, 0.3), (2.0, 3.0, 4.0))
    result = run(ours(), near, far)
    own, _, outcome = result.outcomes
    assert outcome.best.excess > 1e-6
    assert own.at(outcome.best.excess).tolerance == 1e-1  # our loosest suffices for that, in 0.5 s
    assert result.against_ours(outcome) == 4.0 / 0.5


def test_a_better_rival_replaces_the_reference_and_is_told():
    spoilt = entry("ours", (1e-2, 1e-3, 1e-3, 1e-3), ours=True, exact=0.0)
    result = run(spoilt, entry("rival", (1e-2, 1e-8, 0.0)))
    assert result.reference.improved > 1e-9
    assert result.outcomes[0].at(1e-9) is None
    assert "above the best known" in table.as_text(result)


def test_who_cannot_answer_in_time_or_at_all_is_shown_with_the_reason():
    late = entry("late", (1e-3, TimeLimitError(), 0.0))
    broken = entry("broken", (ContenderError("ValueError: no"),) * 3)
    result = run(ours(), entry("rival", (1e-9, 0.0, 0.0)), late, broken)
    text = table.as_text(result)
    assert "late: not reached within 5 times the fastest rival's time (5 s, tolerance 1e-02)" in text
    assert "broken: at tolerance 1e-01: ValueError: no" in text
    assert result.outcomes[2].timings
    assert not result.outcomes[3].timings


def test_an_uncertified_reference_is_the_best_of_all():
    rough, fine = entry("rough", (1.0, 0.5, 1e-2)), entry("fine", (1.0, 0.5, 1e-3))
    result = run(rough, fine)
    assert result.reference.by == "fine"
    assert result.reference.gap > 1e-9


def test_a_poor_reference_ends_no_ladder():
    climbing = entry("climbing", (0.5, 1e-3, 0.0))
    climbing.asked.away[1e-3] = TimeLimitError()  # so that it is no reference, but climbs
    poor = entry("poor", (1.0, 1.0, 1.0))
    judge = Judge(DATA, (PENALTY,))
    found = bench.find_reference(PROBLEM, [climbing, poor], judge, EFFORT)
    assert (found.by, found.certified) == ("poor", False)
    bench.measure(PROBLEM, True, [climbing, poor], {}, judge, EFFORT, found)
    assert [rung.tolerance for rung in climbing.rungs] == [1e-1, 1e-2]


def test_what_is_missing_is_said():
    absent = {"ours": "not yet: penalty: lasso", "another": "not installed: another", "third": "does not do: sparse X"}
    result = run(entry("rival", (1e-9, 0.0, 0.0)), absent=absent)
    text = table.as_text(result)
    for said in ("ours: not yet: penalty: lasso", "another: not installed", "do not solve such problems: third"):
        assert said in text
    assert "logistica: not yet, at an excess of 1e-09 (goal 2)" in text
    assert "| not yet |" in table.as_markdown([result])


def test_a_goal_may_be_against_some_rivals_alone():
    goals = (Goal(2.0, "slow"), Goal(1.5, "rough"))
    slow, rough = entry("slow one", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)), entry("rough one", (0.3, 0.2, 0.1))
    result = run(ours(), slow, rough, problem=replace(PROBLEM, goals=goals))
    first, second = result.verdicts()
    assert (first.rival, first.ratio) == ("slow one", 5.0)
    assert (second.rival, second.ratio) == ("rough one", 3.0 / 0.5)
    assert second.target > 1e-4
    assert "(goal 1.5 against rough: met)" in table.as_text(result)


@pytest.mark.parametrize(("took", "verdict"), [((0.5, 1.0, 1.5), "5, met"), ((3.0, 4.0, 5.0), "1.2, missed")])
def test_goal_is_met_or_missed(took, verdict):
    own = entry("ours", (1e-2, 1e-8, 1e-9, 0.0), took, ours=True, exact=0.0)
    result = run(own, entry("rival", (1e-1, 1e-3, 1e-9), (1.0, 3.0, 5.0)))
    assert table.as_markdown([result]).endswith(f"| {verdict} | 2 |")


def test_json_is_strict_and_holds_the_ratio():
    broken = entry("broken", (np.nan,) * 3)
    result = run(ours(), entry("rival", (1e-1, 1e-3, 1e-9)), broken)
    read = json.loads(as_json([result], {"turns": 3}, {"processors": 2}), parse_constant=pytest.fail)
    assert read["results"][0]["verdicts"][0]["ratio"] == result.verdicts()[0].ratio
    assert (read["machine"], read["run"]) == ({"processors": 2}, {"turns": 3})
    (back,) = from_json(read["results"])
    assert back == result


def test_lacking_abilities_are_named():
    contender = Fake("plain")
    assert contender.lacks(PROBLEM) == ""
    assert contender.lacks(replace(PROBLEM, penalty="lasso", classes=3)) == "penalty: lasso, more than two classes"
    assert bench.why_absent(Fake("ours", ours=True), replace(PROBLEM, task="path")) == "not yet: task: path"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.9997, "1 s"), (0.9994, "999 ms"), (0.9996e-3, "1 ms"), (12.34, "12.3 s"), (2e-5, "20 us")],
)
def test_a_time_has_three_digits_and_a_unit_that_suits_it(value, shown):
    assert table.seconds(value) == shown
