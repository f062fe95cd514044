"""What the tests of the hard cases share: ids with the row of the list, and what a refusal must hold."""

import pytest


def case(row, name, *values, marks=()):
    return pytest.param(*values, id=f"nasty-{row}-{name}", marks=marks)


def refused(error, *parts, column=None, row=None):
    """The message holds every part; the attributes hold column and row; a remedy is there."""
    text = str(error.value)
    for part in parts:
        assert part in text
    assert error.value.remedy
    assert error.value.remedy in text
    assert error.value.column == column
    assert error.value.row == row
