"""Numbers that are levels and too large for float64: each is a level of its own, or the file is refused by line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning
from tests.data.cases import refused

LARGE, NEXT = "9007199254740993", "9007199254740992"
USES = {
    "formula": {"formula": "y ~ C(k)"},
    "formula, and as numbers": {"formula": "y ~ C(k) + log(k)"},
    "baseline": {"target": "y", "baseline": {"k": NEXT}},
}


@pytest.fixture
def save(tmp_path):
    def write(values, name="data.csv"):
        path = tmp_path / name
        lines = [f"{value},{i % 2}" for i in range(6) for value in values]
        path.write_text("\n".join(["k,y", *lines, ""]))
        return path

    return write


@pytest.mark.parametrize("use", ["formula", "baseline"])
def test_whole_numbers_keep_their_digits(save, use):
    model = logistica.fit(save([LARGE, NEXT, "1"]), **USES[use])
    kept = {term.rpartition("[")[2] for term in model.terms}
    assert kept == ({f"{NEXT}]", f"{LARGE}]"} if use == "formula" else {"1]", f"{LARGE}]"})


@pytest.mark.parametrize("use", USES)
def test_a_fraction_in_the_column_costs_digits_and_is_refused(save, use):
    path = save([NEXT, LARGE, "0.5"])
    with pytest.raises(DataError) as error:
        logistica.fit(path, **USES[use])
    refused(error, f"line 3, column 'k': the level '{LARGE}' in row 1", f"the number {NEXT}", column="k", row=1)
    assert error.value.value == LARGE


def test_so_is_a_decimal_comma(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("k;y\n" + f"{LARGE};0\n0,5;1\n{LARGE},0;1\n0,5;0\n" * 3)
    with pytest.raises(DataError, match=f"line 2, column 'k': the level '{LARGE}'"):
        logistica.fit(path, "y ~ C(k)")


def test_numbers_that_are_what_they_say_pass(save):
    model = logistica.fit(save([NEXT, "1e16", "0.5"]), "y ~ C(k)")
    assert model.terms == (f"C(k)[{NEXT}]", "C(k)[10000000000000000]")


def test_new_data_are_no_other_level_in_silence(save, tmp_path):
    model = logistica.fit(save([LARGE, NEXT, "1"]), "y ~ C(k)")
    new = tmp_path / "new.csv"
    new.write_text(f"k\n1\n{LARGE}\n0.5\n")
    with pytest.raises(DataError, match=f"line 3, column 'k': the level '{LARGE}' in row 1 would be read as"):
        model.predict(new)
    new.write_text(f"k\n1\n{LARGE}\n")
    assert len(model.predict(new)) == 2


def test_rows_of_weight_zero_may_hold_any(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("k,y,w\n" + f"{LARGE},0,0\n" + "0.5,0,1\n0.5,1,1\n2,1,1\n2,0,1\n")
    assert logistica.fit(path, "y ~ C(k)", weights="w").terms == ("C(k)[2]",)


def test_floats_without_a_text_are_noted():
    """pandas makes floats of whole numbers where one is missing: the digits are lost before they come here."""
    data = pd.DataFrame({"k": [2.0**53, 2.0**53 + 2, 1.0] * 6, "y": [0, 1] * 9})
    with pytest.warns(DataWarning, match=r"12 levels beyond 2\*\*53 held as float64, the first in row 0"):
        model = logistica.fit(data, "y ~ C(k)")
    assert model.terms == ("C(k)[9007199254740992]", "C(k)[9007199254740994]")
    with pytest.warns(DataWarning, match="1 level beyond"):
        model.predict(data.iloc[1:3])
    whole = logistica.fit(data.assign(k=data.k.astype(np.int64)), "y ~ C(k)")
    assert whole.terms == model.terms


def test_an_unknown_level_that_counts_as_missing_is_named(save, tmp_path):
    data = pd.DataFrame({"g": list("uv") * 20, "y": [0, 1, 1, 0, 1] * 8})
    model = logistica.fit(data, "y ~ g", unknown="missing")
    new = tmp_path / "new.csv"
    new.write_text("g\nu\nzz\nv\nzz\n")
    with pytest.raises(DataError) as error:
        model.predict(new)
    refused(error, "line 3, column 'g': the level 'zz' in row 1 (2 rows", "pass missing='drop'", column="g", row=1)
    assert (error.value.value, error.value.count) == ("zz", 2)
    with pytest.warns(DataWarning, match="the first 'zz' in row 1, read as missing values|2 of 4 rows"):
        found = model.predict_proba(new, missing="drop")
    assert np.isnan(found[:, 0]).tolist() == [False, True, False, True]
