"""The guard against slowdowns fails where there is one, and only there."""

import json
import re
import subprocess
import sys

import pytest
from benchmarks.guard import compare, last_measured, too_slow
from benchmarks.guard_cases import works

from benchmarks import guard
from logistica.solvers.settings import SOLVERS


def test_both_limits_must_be_passed():
    base = {"long": 1.0, "short": 0.001}
    assert too_slow(base, {"long": 1.29, "short": 0.0039}) == []
    assert too_slow(base, {"long": 1.31, "short": 0.0041}) == ["long", "short"]
    assert too_slow(base, {"new": 9.0}) == []


def _side(*runs):
    seconds = iter(runs)
    return lambda: {"case": next(seconds)}


def test_noise_goes_away_when_it_is_measured_again():
    base, head = _side(*[1.0] * 9), _side(2.0, 1.9, 1.8, 1.05)
    assert too_slow(*compare(base, head)) == []


def test_a_slowdown_stays():
    base, head = _side(*[1.0] * guard.MOST), _side(*[1.5] * guard.MOST)
    assert too_slow(*compare(base, head)) == ["case"]


def test_cases_run():
    done = subprocess.run([sys.executable, guard.CASES, "1"], check=True, capture_output=True, text=True)
    assert all(min(seconds) > 0.0 for seconds in json.loads(done.stdout).values())


def test_every_solver_and_every_reader_is_guarded():
    text = guard.CASES.read_text(encoding="utf-8")
    unnamed = {name for name, kind in SOLVERS.items() if f'"{name}"' not in text and f"{kind.__name__}(" not in text}
    assert unnamed == {"auto", "newton"}  # what is taken where none is named
    for kind in ("CSV", "gzip", "JSON lines", "Parquet", "Arrow", "svmlight", "formula"):
        assert re.search(rf"(from|by a|CSV,) {kind}", text), kind


@pytest.mark.parametrize("slower", [True, False])
def test_the_whole_guard_fails_on_a_slowdown_and_names_it(slower, monkeypatch, capsys):
    """The work tree, the compiler and the clock are stood in for; all else is as it runs."""

    def fastest(tree, *options):
        return {"steady": 0.02, "doubled": 0.02 * (2.0 if slower and tree == guard.ROOT else 1.0), "old": 0.1}

    asked = []
    monkeypatch.setattr(guard, "fastest_of", fastest)
    monkeypatch.setattr(guard, "compile_in", asked.append)
    monkeypatch.setattr(guard, "git", lambda *arguments: asked.append(arguments) or "abc of 2026-01-01: before")
    monkeypatch.setattr("sys.argv", ["guard", "abc"])
    if slower:
        with pytest.raises(SystemExit, match=r"slower than abc by more than .*: doubled$"):
            guard.main()
    else:
        guard.main()
    assert ("TOO SLOW" in capsys.readouterr().out) == slower
    assert any(arguments[:2] == ("worktree", "remove") for arguments in asked if isinstance(arguments, tuple))


def test_an_old_commit_may_lack_what_this_one_must_do():
    def newer():
        raise TypeError("unexpected keyword")

    assert not works(newer, old=True)
    with pytest.raises(TypeError):
        works(newer, old=False)


def _git(root, *arguments):
    named = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *named, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def _commit(root, path):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{file.read_text() if file.exists() else ''}.")
    _git(root, "add", ".")
    _git(root, "commit", "-m", path)
    return _git(root, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path):
    root = tmp_path / "clone"
    root.mkdir()
    _git(root, "init", "-q")
    return root


def test_base_is_the_last_commit_before_this_one_that_wrote_results(clone):
    _commit(clone, "code")
    assert last_measured(clone) == ""
    first = _commit(clone, "benchmarks/results/full.json")
    assert last_measured(clone) == ""  # the only one is this commit, which must not stand beside itself
    _commit(clone, "code")
    assert last_measured(clone) == first
    _commit(clone, "benchmarks/results/full.json")
    assert last_measured(clone) == first


def test_the_edge_of_a_shallow_clone_is_no_base(clone, tmp_path):
    for path in ("benchmarks/results/full.json", "code", "code", "code"):
        _commit(clone, path)
    assert last_measured(clone)
    for depth in (1, 2):
        _git(tmp_path, "clone", "-q", "--depth", str(depth), clone.as_uri(), f"shallow{depth}")
        assert last_measured(tmp_path / f"shallow{depth}") == ""


def test_without_a_base_it_is_said(monkeypatch, capsys):
    monkeypatch.setattr(guard, "last_measured", lambda: "")
    monkeypatch.setattr("sys.argv", ["guard"])
    guard.main()
    assert "NOTHING IS GUARDED" in capsys.readouterr().err
