"""Results are kept problem by problem, and a run goes on only where it is the same run."""

import json
from dataclasses import replace

import pytest
from benchmarks.__main__ import arguments, effort_of, main
from benchmarks.entry import Effort
from benchmarks.record import ContinueError, Record

from benchmarks import __main__ as command
from benchmarks import machine
from tests.benchmarks.standing_in import entry, ours, run

RUN = {"commit": "c0ffee", "quick": True, "only": None, "turns": 3, "times": float("inf")}
FACTS = {"when": "now", "load": [0.0], "processors": 2, "blas": {"numpy": {"architecture": "Zen"}}}


@pytest.fixture(scope="module")
def result():
    return run(ours(), entry("rival", (1e-1, float("nan"), 1e-9)))


def test_a_run_goes_on_with_what_it_has(result, tmp_path):
    path = tmp_path / "new" / "full.json"
    Record.begin(path, RUN, FACTS).add(result)
    again = Record.begin(path, RUN, FACTS | {"when": "later", "load": [9.0]}, missing=True)
    assert again.names == ["B0"]
    assert again.facts["when"] == "now"
    again.add(replace(result, problem="B00"))
    assert [one["problem"] for one in json.loads(path.read_text())["results"]] == ["B0", "B00"]
    assert [each.name for each in path.parent.iterdir()] == ["full.json"]


def test_without_being_asked_it_starts_anew(result, tmp_path):
    path = tmp_path / "full.json"
    Record.begin(path, RUN, FACTS).add(result)
    assert Record.begin(path, RUN, FACTS).names == []
    assert Record.begin(None, RUN, FACTS).names == []
    assert Record.begin(tmp_path / "none.json", RUN, FACTS, missing=True).names == []


@pytest.mark.parametrize(
    ("asked", "facts", "why"),
    [
        (RUN | {"commit": "decaf"}, FACTS, "another commit"),
        (RUN | {"turns": 5, "only": ["glum"]}, FACTS, "another only, turns"),
        (RUN | {"commit": "c0ffee+"}, FACTS, "not committed"),
        (RUN | {"commit": ""}, FACTS, "not committed"),
        (RUN, FACTS | {"blas": {"numpy": {"architecture": "Haswell"}}}, "another machine"),
    ],
)
def test_another_run_cannot_go_on(asked, facts, why, result, tmp_path):
    path = tmp_path / "full.json"
    Record.begin(path, RUN, FACTS).add(result)
    with pytest.raises(ContinueError, match=why):
        Record.begin(path, asked, facts, missing=True)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"machine": {}, "results": []}', '{"run": {}, "machine": {}, "results": [1]}']
)
def test_what_is_no_record_is_refused(text, tmp_path):
    path = tmp_path / "full.json"
    path.write_text(text)
    with pytest.raises(ContinueError, match="no file of this bench"):
        Record.begin(path, RUN, FACTS, missing=True)


def test_an_interrupted_run_keeps_what_is_finished_and_goes_on(result, tmp_path, monkeypatch, capsys):
    path, asked = tmp_path / "quick.json", []

    def measured(name, *others):
        asked.append(name)
        if asked == ["B4a", "B4b"]:
            raise KeyboardInterrupt
        return replace(result, problem=name)

    monkeypatch.setattr(command, "one_problem", measured)
    monkeypatch.setattr(machine, "commit", lambda: "c0ffee")
    monkeypatch.setattr(machine, "facts", lambda: FACTS)
    given = ["B4", "B10", "--quick", "--json", str(path)]
    with pytest.raises(SystemExit, match=r"interrupted in B4b; .* has B4a, and --missing goes on"):
        main(given)
    main([*given, "--missing", "--markdown"])
    assert asked == ["B4a", "B4b", "B4b", "B10"]
    assert [line[:5] for line in capsys.readouterr().out.splitlines() if line.startswith("| B")] == [
        "| B4a",
        "| B4b",
        "| B10",
    ]


def test_options_change_the_effort():
    assert effort_of(arguments([])) == Effort(turns=5, limit=120.0)
    assert effort_of(arguments(["--quick", "--times", "inf"])) == Effort(turns=3, limit=10.0, times=float("inf"))
    with pytest.raises(SystemExit):
        arguments(["--missing"])


def test_a_run_of_everything_ends_with_the_growth_by_rows(result, monkeypatch, capsys):
    monkeypatch.setattr(command, "one_problem", lambda name, *others: replace(result, problem=name))
    monkeypatch.setattr(machine, "facts", lambda: FACTS)
    monkeypatch.setattr(command, "by_rows", lambda: "seconds by rows")
    main(["B10"])
    main(["--quick"])
    assert "seconds by rows" not in capsys.readouterr().out
    main([])
    assert "seconds by rows" in capsys.readouterr().out
