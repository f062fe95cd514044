"""Errors behind scikit-learn's door name its arguments, and say what only ``logistica.fit`` has."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from logistica import DataError, LogisticRegression, OptionError
from logistica.estimators.spelling import spelled
from tests.test_doors import NOT_BEHIND_SCIKIT_LEARN_S

X = np.arange(12.0).reshape(6, 2)
Y = [0, 1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": "target=1"}, r"^y='target=1' names a column"),
        ({"y": Y, "sample_weight": "w"}, r"^sample_weight='w' names a column"),
        ({"y": Y, "offset": "o"}, r"^offset='o' names a column"),
    ],
)
def test_arguments_have_the_names_of_this_door(arguments, message):
    with pytest.raises(OptionError, match=message):
        LogisticRegression().fit(X, **arguments)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (
            {"y": [0, 1, np.nan, 0, 0, 1]},
            "Fill them in, or pass missing='drop' to logistica.fit to leave those rows out",
        ),
        ({"y": np.linspace(0.0, 1.0, 6)}, "For proportions, pass trials= to logistica.fit, the number of trials"),
    ],
)
def test_what_this_door_has_not_is_said_to_be_elsewhere(arguments, remedy):
    with pytest.raises(DataError) as error:
        LogisticRegression().fit(X, **arguments)
    assert remedy in str(error.value)
    assert remedy in error.value.remedy
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(again), again.remedy) == (str(error.value), error.value.remedy)


def test_every_argument_of_fit_that_this_door_has_not_is_known():
    for name in NOT_BEHIND_SCIKIT_LEARN_S:
        assert spelled(f"Pass {name}='x' instead") != f"Pass {name}='x' instead" or name == "offset"


def test_what_is_the_user_s_stays_as_it_is():
    text = "column 'target=y': C=1, tol=0 and \"missing='drop'\" are as they were, and subtarget=3 and a.weights=2 too."
    assert spelled(text) == text
