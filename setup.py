"""What pyproject.toml cannot say: the parts in C, left out where there is no compiler."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        # No Python module, and no Python header needed: logistica.core.compiled loads it, or does without it.
        Extension(
            "logistica.core._compiled",
            [
                "src/logistica/core/rows.c",
                "src/logistica/data/plain_cells.c",
                "src/logistica/losses/binomial.c",
                "src/logistica/solvers/newton_path.c",
            ],
            depends=[
                "src/logistica/core/vector.h",
                "src/logistica/core/rows.h",
                "src/logistica/losses/binomial.h",
                "src/logistica/losses/binomial_rows.h",
            ],
            # No loop waits for errno or traps; which sums may be reordered is said where they are.
            extra_compile_args=["-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"],
            optional=True,
        )
    ]
)
