"""What pyproject.toml cannot say: the parts in C, left out where there is no compiler."""

from pathlib import Path
from runpy import run_path

from setuptools import Extension, setup

INTERFACE = "src/logistica/core/interface.py"

setup(
    ext_modules=[
        # No Python module, and no Python header needed: logistica.core.compiled loads it, or does without it.
        Extension(
            "logistica.core._compiled",
            [
                "src/logistica/core/dense.c",
                "src/logistica/core/linear.c",
                "src/logistica/core/products.c",
                "src/logistica/core/rows.c",
                "src/logistica/core/stamp.c",
                "src/logistica/data/plain_cells.c",
                "src/logistica/data/plain_svmlight.c",
                "src/logistica/fitting/sparse_columns.c",
                "src/logistica/losses/binomial.c",
                "src/logistica/losses/multinomial.c",
                "src/logistica/solvers/proximal/coordinate_descent.c",
                "src/logistica/solvers/descent/mini_batches.c",
                "src/logistica/solvers/newton_path.c",
            ],
            depends=[INTERFACE, *(str(header) for header in Path("src/logistica").rglob("*.h"))],
            define_macros=[("LOGISTICA_STAMP", str(run_path(INTERFACE)["stamp"]()))],
            # No loop waits for errno or traps; which sums may be reordered is said where they are.
            extra_compile_args=["-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"],
            optional=True,
        )
    ]
)
