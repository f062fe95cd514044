"""Processes of their own for what would disturb the tests' own process: signals, limits, forks, environments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 300
"""After which a process that hangs is ended; on a machine with nothing else to do none takes a tenth of it."""
FORKING = "ignore:This process:DeprecationWarning"
"""What Python says of forks where there are threads, of late."""


def python(*arguments, **environment):
    """What Python with these arguments writes to standard output; it must end well and complain of nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", FORKING, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **environment},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
