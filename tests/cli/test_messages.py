"""Messages speak of options as the command line writes them."""

import pytest

from logistica.cli.spelling import in_options


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("add a penalty, such as C=1, or remove", "add a penalty, such as --C 1, or remove"),
        ("(tol=1e-10).", "(--tol 1e-10)."),
        ("a larger max_iter=200.", "a larger --max-iter 200."),
        ("with a larger max_iter.", "with a larger --max-iter."),
        ("column 'max_iter' is text", "column 'max_iter' is text"),
        ("my_max_iter is not an option", "my_max_iter is not an option"),
        ("pass target=, the name", "pass --target, the name"),
        ("standardize=True penalises them alike", "--standardize penalises them alike"),
        ("pass missing='drop' to leave", "pass --missing drop to leave"),
        ("C=-1.0: it must be", "--C -1.0: it must be"),
        ("column 'C=1' is text", "column 'C=1' is text"),
        ("ABC=1 is not an option", "ABC=1 is not an option"),
    ],
)
def test_names_of_python_arguments_become_options(python, shell):
    assert in_options(python) == shell
