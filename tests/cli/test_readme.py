"""Every example in the README runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.cli.running import PROGRAM, environment

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language):
    """The README's code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_run_in_their_order(tmp_path):
    command = tmp_path / "bin" / "logistica"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{PROGRAM[2]}" "$@"\n')
    command.chmod(0o755)
    variables = environment(PATH=f"{command.parent}{os.pathsep}{os.environ['PATH']}")

    def finish(*arguments):
        found = subprocess.run(arguments, cwd=tmp_path, env=variables, capture_output=True, timeout=120, check=False)
        assert found.returncode == 0, found.stderr.decode()
        assert found.stderr == b""
        return found.stdout.decode()

    shell = finish("sh", "-e", "-c", "\n".join(blocks("sh")))
    assert "P(passed = 'yes')" in shell
    assert "accuracy" in shell
    assert (tmp_path / "scored.csv").read_text().startswith("hours,prediction,P(no),P(yes)\n")

    printed = finish(sys.executable, "-W", "error", "-c", "\n".join(blocks("python")))
    assert "1.18512" in printed
    assert "complete ('(Intercept)', 'x0')" in printed
    assert "['low' 'high']" in printed
