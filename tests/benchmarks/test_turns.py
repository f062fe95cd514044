"""Who may be the fastest is timed in all turns; of the others the ladder's time counts, and that is said."""

from dataclasses import replace

from benchmarks.contracts import Goal
from benchmarks.worker import ContenderError

from benchmarks import table
from tests.benchmarks.standing_in import EFFORT, PROBLEM, entry, ours, run

THERE = (1e-9, 0.0, 0.0)


def test_everybody_near_is_timed_in_turn():
    diary = []
    run(ours(diary=diary), entry("rival", THERE, diary=diary))
    turns = diary[-2 * EFFORT.turns :]
    assert [name for name, _, _ in turns] == ["ours", "rival"] * EFFORT.turns


def test_who_is_far_from_the_fastest_is_timed_once_on_the_ladder():
    far, near = entry("far", THERE, (3.5, 4.0, 5.0)), entry("near", THERE, (2.5, 3.0, 4.0))
    result = run(ours(), entry("rival", THERE), near, far)
    assert [one.at(1e-9).calls for one in result.outcomes] == [3, 3, 3, 1]
    assert len(far.asked.limits(1e-1)) == 1  # the ladder alone
    text = table.as_text(result)
    assert "3.5 s (once)" in text
    assert "2.5 s (2.5 s to 2.5 s, 3 x)" in text


def test_what_takes_no_time_is_always_timed():
    far = entry("far", THERE, (0.5, 0.5, 0.5))
    result = run(ours(), entry("rival", THERE, (1e-3, 1e-3, 1e-3)), far)
    assert result.outcomes[2].at(1e-9).calls == EFFORT.turns


def test_whoever_is_the_most_accurate_of_those_that_a_goal_counts_is_timed_in_turn():
    goals = (Goal(2.0, "quick"), Goal(1.5, "rough"))
    rough = entry("rough one", (1e-1, 1e-2, 1e-3), (2.0, 6.0, 9.0))
    result = run(ours(), entry("quick one", THERE), rough, problem=replace(PROBLEM, goals=goals))
    assert result.outcomes[2].best.calls == EFFORT.turns


def test_ours_are_timed_at_each_accuracy_that_rivals_reach():
    own = entry("ours", (1e-1, 1e-3, 1e-9, 0.0), (2.0, 4.0, 8.0), ours=True, exact=0.0)
    rival = entry("rival", (0.3, 0.2, 0.1), (1.0, 3.0, 5.0))
    result = run(own, rival, effort=replace(EFFORT, limit=200.0))
    assert {timing.tolerance: timing.calls for timing in result.outcomes[0].timings} == {1e-1: 3, 1e-2: 3, 1e-3: 3}
    assert result.verdicts()[0].ratio == 5.0 / 2.0


def test_long_runs_have_fewer_turns_but_two():
    result = run(ours(), entry("rival", THERE, (30.0, 30.0, 30.0)), effort=replace(EFFORT, turns=5))
    assert [one.at(1e-9).calls for one in result.outcomes] == [5, 2]


def test_what_fails_when_timed_is_not_timed_again_and_its_ladder_counts():
    rival = entry("rival", THERE)
    replies = [rival.asked.ask]

    def once(*arguments):
        if not replies:
            raise ContenderError("MemoryError")
        return replies.pop()(*arguments)

    rival.asked.ask = once
    result = run(ours(), rival)
    assert result.outcomes[1].at(1e-9).calls == 1
    assert rival.note == "when timed: MemoryError"
