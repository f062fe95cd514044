"""Markup, JSON and frames: the same figures, safely."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from logistica.core.errors import NotAvailableError, OptionError
from logistica.prediction import stored
from logistica.report import as_values, html, short, summarise
from tests.inference.fits import fitted, two_classes
from tests.report.hours import hours_model, without_effort

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>alert('&')</script>"


@pytest.mark.parametrize(
    ("file", "method"),
    [("hours.txt", "__str__"), ("hours.md", "to_markdown"), ("hours.tex", "to_latex"), ("hours.html", "to_html")],
)
def test_golden(file, method):
    shown = getattr(summarise(hours_model()), method)()
    assert without_effort(shown) + "\n" == (GOLDEN / file).read_text(encoding="utf-8")


class _Tags(HTMLParser):
    """Collects text and checks that every tag is closed in turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def _parsed(source):
    tags = _Tags()
    tags.feed(source)
    tags.close()
    assert tags.open == []
    return tags


def _hostile(separated=False):
    X, y = two_classes(p=2)
    if separated:
        y = (X[:, 0] > 0).astype(int)
    frame = pd.DataFrame(X, columns=[HOSTILE, "a|b_c$%{}\\~^#[x]"])
    return fitted(frame, np.where(y, f"yes {HOSTILE}", "no"))


@pytest.mark.parametrize("separated", [False, True])
def test_html_escapes_the_users_names(separated):
    model = _hostile(separated)
    for source in (summarise(model)._repr_html_(), html(model)):
        tags = _parsed(source)
        assert "script" not in tags.seen
        assert "<script" not in source
    assert HOSTILE in _parsed(summarise(model)._repr_html_()).text


def test_the_remark_takes_the_place_of_its_cells():
    source = summarise(_hostile(separated=True)).to_html()
    assert '<td colspan="2"' in source
    assert "sign not determined" in source


def test_latex_escapes_the_users_names():
    source = summarise(_hostile()).to_latex()
    assert r"a\textbar{}b\_c\$\%\{\}\textbackslash{}\textasciitilde{}\textasciicircum{}\#[x]" in source
    assert r"\textless{}script\textgreater{}" in source


def test_latex_does_not_take_a_bracket_for_an_argument():
    X, y = two_classes(p=2)
    source = summarise(fitted(pd.DataFrame(X, columns=["[b]", "c"]), y)).to_latex()
    assert "\n{}[b] & " in source


def test_latex_sets_minus_infinity_and_powers_as_mathematics():
    x = np.repeat([0.0, 1.0], 50)
    y = np.append(np.random.default_rng(6).integers(0, 2, 50), np.zeros(50, int))
    source = summarise(fitted(x[:, None] * 1e-150, y)).to_latex()
    assert r"x0 & $-\infty$ & NA" in source
    X, y = two_classes(p=2)
    assert r" \times 10^{-1" in summarise(fitted(X * 1e150, y)).to_latex()


def test_markdown_escapes_the_users_names():
    lines = summarise(_hostile()).to_markdown().splitlines()
    (row,) = (line for line in lines if line.startswith("| a"))
    assert row.startswith(r"| a\|b\_c\$%\{\}\\\~^\#\[x\] | ")
    assert any(line.startswith(r"| \<script\>alert('\&')\</script\> | ") for line in lines)


def test_json_is_strict_and_says_what_is_infinite():
    x = np.repeat([0.0, 1.0], 50)
    rng = np.random.default_rng(6)
    y = np.append(rng.integers(0, 2, 50), np.ones(50, int))
    z = rng.normal(size=100)
    found = summarise(fitted(np.column_stack([x, x, z]), y)).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    infinite, aliased = found["coefficients"][1:3]
    assert infinite["estimate"] == infinite["odds_ratio"] == "inf"
    assert infinite["std_error"] is None
    assert aliased["state"] == "aliased"
    assert aliased["estimate"] is None
    assert found["separation"]["verdict"] == "quasi"
    assert found["fit"]["C"] == "inf"
    assert found["notes"][0]["code"] == "separated"


def test_json_holds_every_figure_to_the_last_bit():
    summary = summarise(hours_model(), level=0.9)
    found = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    table = summary.coefficients
    for name, attribute in as_values.COLUMNS:
        assert [row[name] for row in found["coefficients"]] == getattr(table, attribute).tolist()
    assert found["statistics"]["aic"] == summary.statistics.aic
    assert found["level"] == 0.9
    assert found["model"]["target"] == "passed"
    assert found["rows"]["per_class"] == [6, 6]


@pytest.mark.parametrize(
    ("backend", "kind"),
    [(None, pd.DataFrame), ("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)],
)
def test_frames_of_every_kind(backend, kind):
    summary = summarise(_hostile())
    frame = summary.to_frame(backend)
    assert isinstance(frame, kind)
    table = frame.to_pandas() if hasattr(frame, "to_pandas") and kind is pa.Table else frame
    assert list(table.columns) == [name for name, _ in as_values.COLUMNS]
    np.testing.assert_array_equal(np.asarray(table["estimate"]), summary.coefficients.estimate)
    assert list(table["term"]) == summary.coefficients.term.tolist()


def test_an_unknown_backend_lists_those_that_exist():
    with pytest.raises(OptionError, match=r"backend='R': .*'pandas', 'polars', 'pyarrow'"):
        summarise(hours_model()).to_frame("R")


def test_a_backend_that_is_not_installed_says_so(monkeypatch):
    monkeypatch.setattr(as_values, "find_spec", {"pyarrow": True}.get)
    summary = summarise(hours_model())
    with pytest.raises(NotAvailableError, match="polars is not installed"):
        summary.to_frame("polars")
    assert isinstance(summary.to_frame(), pa.Table)


def test_a_model_in_one_line():
    assert short(hours_model()) == "<logistica model: P(passed = 1) ~ 1 column, 12 rows, converged>"
    assert short(hours_model(C=2)) == "<logistica model: P(passed = 1) ~ 1 column, 12 rows, C=2, converged>"
    X, _ = two_classes()
    labels = np.random.default_rng(0).choice(["a", "b", "c"], len(X))
    assert short(fitted(X, labels)) == "<logistica model: 3 classes of y ~ 3 columns, 120 rows, converged>"


def test_a_model_as_a_card_has_facts_and_no_coefficients():
    text = _parsed(html(hours_model())).text
    assert "P(passed = 1)" in text
    assert "McFadden" in text
    assert "odds ratio" not in text


def test_the_facts_are_gathered_once():
    summary = summarise(hours_model())
    assert summary.statistics is summary.facts.statistics
    assert not math.isnan(summary.statistics.aic)
    assert summary.notes == ()


def test_a_model_read_from_its_file_has_the_same_summary(tmp_path):
    model = _hostile()
    stored.save(model, tmp_path / "m.json")
    again = stored.load(tmp_path / "m.json")
    assert str(summarise(again)) == str(summarise(model))
    assert summarise(again).to_dict() == summarise(model).to_dict()


def test_the_room_loads_no_heavy_library():
    heavy = {"pandas", "polars", "pyarrow", "narwhals", "sklearn", "rich", "matplotlib", "scipy.stats"}
    code = f"import sys, logistica.report; print(sorted({heavy!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
