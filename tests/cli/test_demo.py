"""``logistica demo`` and the help: what a newcomer reads first."""

import re

import pytest

from tests.cli.running import invoke


def test_the_demo_tells_its_three_lessons(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = invoke("demo")
    assert found.exit_code == 0, found.stderr
    assert found.stderr == ""
    lines = found.stdout.splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 110
    assert not list(tmp_path.iterdir())


def test_the_demo_has_the_figures_of_the_hours_table():
    text = invoke("demo").stdout
    row = re.search(r"hours +1\.18512 +0\.63295 ", text)
    assert row
    assert re.search(r"\(Intercept\) +-3\.8516 +2\.2042 ", text)
    assert "-5.0271" in text
    assert "completely separated in 379 rows" in text
    assert text.count("accuracy ") == 2


@pytest.mark.parametrize("command", ["fit", "predict", "evaluate", "summary", "path"])
def test_help_starts_with_examples(command):
    text = invoke(command, "--help").stdout
    assert text.index("Examples:") < text.index("Options:")
    assert f"  logistica {command} " in text
    assert invoke(command, "-h").stdout == text


def test_the_main_help_lists_commands_in_the_order_of_their_use():
    text = invoke("--help").stdout
    commands = re.findall(r"^  (\w+)  +[A-Z]", text[text.index("Commands:") :], re.MULTILINE)
    assert commands == ["fit", "predict", "evaluate", "summary", "path", "demo"]


def test_version():
    import logistica

    assert invoke("--version").stdout == f"logistica {logistica.__version__}\n"
