"""Design matrices equal to R's model.matrix in names (brackets apart), order and values. Needs Rscript."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.formula.tables import design, frame, random_formula

TEXT_OF_SIGNS = """
    x-(1) x-(z+1) z+x-1:z 0+x-(1) x+z-(0) x-(0+z) x-(x-1) x-1 x+0 -1+x x-0 x-1+1 (x-1)+z x+(0) x+(0+z) x-(z-1) x-(z-(1))
    x*0 x*1 x:1 x/1 x/0 x%in%1 (x+1)^2 (x+0)^2 (x-1)^2 (0+x)*z z*(x-1) z:(x-1) z:(0+x) x-0:z x-(-1) -(1)+x -(0)+x
    x+(1-1) x-(1+z)*x+w x-1*0 x-(0)*(1) x+(-1) x+(-0) -(-1)+x 0+x+(x-(0)) 0+x-(0) 0+x+z*1 0+x+1:z 0+x+z:1 0+x-(z-(1))
    0+x-(z-1) 0+x-0 0+(x+1)^2 0+z/1 x+((0)) x-1-(1) x-(1)-1 x-1+(1) x-(1)+1 x-(z+0)+1 x-(1+0) x-(0+1) 0+x-(1+0)
    x+z-(z-0) 0+x+z-(z-0) x-z:1-z x-(z*1) x-z/0 x-(z+1)^2 x-(z+0)^2 x-(z-1)^2 x-(1)^2 x+(0)^2 a-1 a-(1)+b a-(b-1)
    a%in%b x%in%(z+a) (x+a)%in%b x%in%z:(w+a) x+z%in%x a*b%in%c x%in%z%in%w x/z%in%a x%in%z*w (x+z)^2%in%w
"""
SIGNS = TEXT_OF_SIGNS.split()
COUNT = 300 + len(SIGNS)
TEXTS = [random_formula(np.random.default_rng(5000 + i), hierarchical=False, again=i % 2 == 1) for i in range(300)]
TEXTS += [f"y ~ {text}" for text in SIGNS]
TEXTS[:4] = ["y ~ a:x + a:b", "y ~ a:x + a:b - 1", "y ~ x + a:x + a:b", "y ~ a:(x + z)"]


@pytest.fixture(scope="module")
def in_r(tmp_path_factory):
    """The designs of all formulas over one table, made by one R process."""
    if shutil.which("Rscript") is None:
        if os.environ.get("LOGISTICA_REQUIRE_R"):
            pytest.fail("Rscript is required here, and is not installed")
        pytest.skip("Rscript is not installed")
    folder = tmp_path_factory.mktemp("r")
    data = frame(77)
    data.to_csv(folder / "table.csv", index=False, float_format="%.17g")
    (folder / "formulas.txt").write_text("\n".join(TEXTS) + "\n")
    script = Path(__file__).with_name("r_designs.R")
    subprocess.run(["Rscript", "--vanilla", str(script)], cwd=folder, check=True, capture_output=True, timeout=300)
    return data, folder


def _as_r_names(name):
    return name.replace("[", "").replace("]", "")


@pytest.mark.parametrize("i", range(COUNT))
def test_random_formulas(in_r, i):
    data, folder = in_r
    names, values = design(TEXTS[i], data)
    lines = (folder / f"design_{i + 1}.csv").read_text().splitlines()
    expected = np.array([[float(cell) for cell in line.split("\t")] for line in lines[1:]])
    assert [_as_r_names(name) for name in names] == lines[0].split("\t"), TEXTS[i]
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-9, err_msg=TEXTS[i])
