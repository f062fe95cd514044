"""The facts that figures depend on: the machine and what runs on it, and what was asked for of which commit."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    *("logistica", "numpy", "scipy", "scikit-learn", "glum", "snapml", "skglm", "liblinear-official", "statsmodels"),
    *("pandas", "polars", "numba"),
)
SWITCHES = ("OPENBLAS_", "GOTO_", "OMP_", "MKL_", "BLIS_", "NPY_", "NUMBA_", "POLARS_", "LOGISTICA_")
"""How the names of environment variables begin that may choose another kernel, or fewer threads, than the default."""
PASSING = ("when", "load")
"""The facts that are others each time."""


def facts() -> dict[str, object]:
    """Return processor, memory, Python, versions, BLAS, what the environment sets, and how busy the machine was."""
    model = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if "model name" in line]
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": model[0].partition(":")[2].strip() if model else platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {package: found for package in PACKAGES if (found := _version(package))},
        "blas": blas(),
        "environment": switches(os.environ),
    }


def blas() -> dict[str, dict[str, object]]:
    """Return the BLAS of NumPy and of SciPy, by the folder it lies in: each brings its own, as a rule."""
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    return {
        Path(one["filepath"]).parent.name.removesuffix(".libs"): {
            "library": one["internal_api"],
            "version": one["version"],
            "architecture": one.get("architecture"),
            "threads": one["num_threads"],
        }
        for one in threadpool_info()
        if one["user_api"] == "blas"
    }


def switches(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what is set of the variables that choose kernels or threads."""
    return {name: value for name, value in sorted(environment.items()) if name.startswith(SWITCHES)}


def warning(environment: Mapping[str, str]) -> str:
    """Return a warning where the kernel of BLAS is not the one that it would choose itself; else nothing."""
    forced = environment.get("OPENBLAS_CORETYPE")
    if not forced:
        return ""
    return (
        f"OPENBLAS_CORETYPE={forced} is set: BLAS takes that kernel and not the one made for this processor, which may "
        "slow everybody, and not alike; unset it for figures that count"
    )


def same(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
    """Return whether two are facts of the same machine with the same installed."""
    return _lasting(first) == _lasting(second)


def commit() -> str:
    """Return the commit; "+" behind it where files differ from it, results apart; nothing where git does not know."""
    try:
        head = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


def _lasting(found: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if name not in PASSING}


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
