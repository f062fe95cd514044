"""What pyproject.toml cannot say: the part in C, left out where there is no compiler."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        # No Python module, and no Python header needed: logistica.data.plain_cells loads it, or does without it.
        Extension(
            "logistica.data._plain_cells",
            ["src/logistica/data/plain_cells.c"],
            extra_compile_args=["-O3"],
            optional=True,
        )
    ]
)
