"""Ladders end where nothing that counts can come any more, and not before."""

from dataclasses import replace

import pytest
from benchmarks.contracts import Goal
from benchmarks.worker import ContenderError

from benchmarks import table
from tests.benchmarks.standing_in import EFFORT, PROBLEM, entry, ours, run

FAST = (1e-1, 1e-9, 0.0), (0.5, 1.0, 2.0)
NEVER = (1e-1, 1e-2, 1e-3)


def _climbed(one):
    return [rung.tolerance for rung in one.rungs]


def test_a_ladder_ends_at_the_first_rung_within_the_target():
    rival = entry("rival", *FAST)
    run(ours(), rival)
    assert _climbed(rival) == [1e-1, 1e-2]
    assert rival.note == ""


def test_next_is_who_has_spent_least():
    diary = []
    run(entry("slow", NEVER, (2.0, 9.0, 9.0), diary=diary), entry("fast", NEVER, (0.5, 1.0, 1.0), diary=diary), ours())
    race = [(name, tolerance) for name, tolerance, _ in diary]
    assert race[:3] == [("slow", 1e-1), ("fast", 1e-1), ("fast", 1e-2)]


def test_who_takes_much_longer_than_the_fastest_is_left_behind_with_the_best_so_far():
    slow = entry("slow", (1e-1, 1e-3, 0.0), (2.0, 2.5, 5.1))
    result = run(ours(), entry("rival", *FAST), slow)
    assert slow.asked.limits(1e-3) == [5.0]  # five times the fastest rival's second, asked once
    assert _climbed(slow) == [1e-1, 1e-2]
    said = "slow: not reached within 5 times the fastest rival's time (5 s, tolerance 1e-03)"
    assert said in table.as_text(result)
    assert result.outcomes[2].best.median == 2.5


def test_who_has_taken_much_longer_already_is_not_asked_for_more():
    slow = entry("slow", (1e-1, 0.0, 0.0), (9.0, 9.0, 9.0))
    result = run(slow, ours(), entry("rival", *FAST))
    assert _climbed(slow) == [1e-1]
    assert slow.asked.limits(1e-2) == []
    assert "not reached within 9 times" in table.as_text(result)


def test_a_fit_may_take_some_seconds_in_any_case():
    slow = entry("slow", (1e-1, 1e-3, 0.0), (1.0, 2.0, 2.9))
    run(ours(), entry("rival", FAST[0], (1e-3, 1e-3, 1e-3)), slow)
    assert _climbed(slow) == [1e-1, 1e-2, 1e-3]


def test_many_short_rungs_do_not_count_against_a_contender():
    patient = entry("patient", (1e-1, 1e-3, 0.0), (4.0, 4.0, 4.0))
    run(ours(), entry("rival", *FAST), patient)
    assert _climbed(patient) == [1e-1, 1e-2, 1e-3]  # 12 s in all, each within five times one second


def test_without_a_rival_at_the_target_all_go_on_up_to_the_limit_of_the_ladder():
    glacial = entry("glacial", (1e-1, 1e-2, 1e-4), (20.0, 30.0, 60.0))
    far = entry("far", (1e-1, 5e-2, 2e-2), (1.0, 1.0, 1.0))
    result = run(ours(), far, glacial)
    assert _climbed(glacial) == [1e-1, 1e-2]
    assert glacial.asked.limits(1e-1)[:2] == [10.0, 40.0]  # cut off, and begun anew with more
    assert glacial.asked.limits(1e-3) == [40.0, 50.0]  # what is left of 100
    assert "glacial: time limit (100 s) at tolerance 1e-03" in table.as_text(result)
    assert result.verdicts()[0].rival == "glacial"  # the best that any rival reaches decides, however long it takes
    assert result.verdicts()[0].ratio == 30.0 / 0.5


def test_a_single_fit_has_a_limit_of_its_own():
    glacial = entry("glacial", (1e-1, 1e-2, 1e-4), (20.0, 55.0, 60.0))
    result = run(ours(), entry("far", NEVER), glacial, effort=replace(EFFORT, longest=50.0))
    assert glacial.asked.limits(1e-2) == [40.0, 50.0]
    assert "glacial: time limit (50 s for a fit) at tolerance 1e-02" in table.as_text(result)


def test_who_was_cut_off_early_gets_there_when_nobody_else_does():
    late = entry("late", (1e-1, 1e-9, 0.0), (20.0, 90.0, 95.0))
    late.contender.ladder = (1e-2,)
    result = run(ours(), entry("far", NEVER), late)
    assert late.asked.limits(1e-2)[:3] == [10.0, 40.0, 100.0]
    assert result.verdicts()[0].ratio == 90.0


def test_who_was_cut_off_stays_behind_once_another_is_there():
    behind = entry("behind", FAST[0], (20.0, 20.0, 20.0))
    run(behind, ours(), entry("rival", FAST[0], (0.5, 2.0, 2.0)))
    assert behind.asked.limits(1e-1) == [10.0]
    assert behind.note == "not reached within 5 times the fastest rival's time (10 s, tolerance 1e-01)"


def test_who_was_cut_off_gets_the_rest_of_five_times_the_fastest():
    close = entry("close", FAST[0], (11.0, 14.0, 20.0))
    run(close, ours(), entry("rival", FAST[0], (0.5, 3.0, 3.0)))
    assert close.asked.limits(1e-1)[:2] == [10.0, 15.0]
    assert _climbed(close) == [1e-1, 1e-2]


def test_rivals_of_a_goal_of_their_own_are_measured_by_the_fastest_of_them():
    goals = (Goal(2.0, "quick"), Goal(1.5, "rough"))
    rough = entry("rough one", (1e-1, 1e-2, 1e-3), (2.0, 20.0, 60.0))
    other = entry("other", (1e-1, 1e-2, 1e-3), (2.0, 20.0, 60.0))
    result = run(ours(), entry("quick one", *FAST), rough, other, problem=replace(PROBLEM, goals=goals))
    assert _climbed(rough) == [1e-1, 1e-2, 1e-3]
    assert _climbed(other) == [1e-1]
    assert result.verdicts()[1].seconds == 60.0


def test_ours_are_measured_by_ours():
    second = entry("ours too", (1e-1, 1e-3, 1e-9), (2.0, 4.0, 8.0), ours=True)
    run(ours(), second, entry("rival", FAST[0], (10.0, 10.0, 10.0)))
    assert second.asked.limits(1e-3) == [5.0]
    assert second.note == "not reached within 5 times logistica's fastest time (5 s, tolerance 1e-03)"


def test_a_better_answer_than_the_reference_reopens_the_race():
    spoilt = entry("ours", (1e-2, 1e-3, 1e-3, 1e-3), (0.5, 1.0, 1.5), ours=True, exact=0.0)
    first, better = entry("first", (1e-1, 1e-3, 1e-9), (0.5, 1.0, 2.0)), entry("better", (1e-9, 0.0, 0.0), (4.0,) * 3)
    run(spoilt, first, better)
    assert _climbed(first) == [1e-1, 1e-2, 1e-3]  # its second rung is as good as our reference, which is not the best


@pytest.mark.parametrize(("times", "granted"), [(2.0, 4.0), (float("inf"), 95.0)])
def test_how_long_is_an_option(times, granted):
    slow = entry("slow", (1e-1, 1e-3, 0.0), (2.0, 3.0, 5.5))
    run(ours(), entry("rival", FAST[0], (1.0, 2.0, 2.0)), slow, effort=replace(EFFORT, times=times))
    assert slow.asked.limits(1e-3)[0] == granted


def test_an_error_ends_a_ladder():
    broken = entry("broken", (1e-1, ContenderError("ValueError: no"), 0.0))
    run(ours(), entry("rival", *FAST), broken)
    assert _climbed(broken) == [1e-1]
    assert broken.note == "at tolerance 1e-02: ValueError: no"


def test_seconds_outside_a_contenders_own_clock_are_granted():
    foreign = entry("foreign", *FAST)
    foreign.contender.outside = 7.0
    run(ours(), foreign)
    assert foreign.asked.limits(1e-1)[0] == 10.0 + 7.0


def test_each_request_is_told(capsys):
    run(ours(), entry("rival", *FAST))
    said = capsys.readouterr().err.splitlines()
    assert " rival: tolerance 1e-02, 1 s [0.0 s]" in said
