"""The reference problems, fitted by formula from their files, to the certified tolerances."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import logistica
from tests.reference.problems import problem
from tests.shared import shared

FORMULAS = {
    "admissions": ("admissions", "admit ~ gre + gpa + C(rank)"),
    "admissions_noint": ("admissions", "admit ~ gre + gpa - 1"),
    "lbw_stata": ("stata_lbw_glm", 'low ~ age + lwt + C(race, base = "white") + smoke + ptl + ht + ui'),
    "esoph_model2_treatment": ("esoph", "cbind(ncases, ncontrols) ~ C(agegp) + tobgp + alcgp"),
    "budworm": ("budworm", "cbind(numdead, n - numdead) ~ sex * ldose"),
    "infert1": ("infert", "case ~ spontaneous + induced"),
    "lizards_ml": ("lizards", "cbind(grahami, opalinus) ~ height + diameter + C(light, base = 'sunny') + time"),
    "anes96": ("anes96", "PID ~ log(popul + 0.1) + selfLR + age + educ + income"),
    "challenger23_binary": ("challenger23", "any_damage ~ temp"),
    "challenger23_binomial6": ("challenger23", "cbind(damaged, n_rings - damaged) ~ temp"),
    "finney": ("binary_constrict", "constrict ~ log_rate + log_volumne"),
    "spector": ("spector", "GRADE ~ GPA + TUCE + PSI"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_by_formula_from_the_file(name):
    file, formula = FORMULAS[name]
    case = problem(name)
    model = logistica.fit(shared("reference", f"{file}.csv"), formula)
    table = model.summary().coefficients
    K = len(case.coef) + 1
    assert len(table.estimate) == case.coef.size
    estimate = table.estimate.reshape(K - 1, -1)
    names = list(map(_plain, table.term.tolist()[: estimate.shape[1]]))
    order = [names.index(term) for term in case.terms]
    np.testing.assert_allclose(estimate[:, order], case.coef, rtol=1e-9)
    np.testing.assert_allclose(table.std_error.reshape(K - 1, -1)[:, order], case.std_error, rtol=1e-8)
    assert model.log_likelihood_kernel == pytest.approx(case.log_likelihood, abs=1e-9)


RENAMED = {
    "raceblack": "race_black",
    "raceother": "race_other",
    "log(popul + 0.1)": "logpopul",
    "log_volumne": "log_volume",
}


def _plain(term):
    """The reference's name of a term: it may order levels in another way, and nothing else."""
    plain = re.sub(r"C\((\w+)[^)]*\)", r"\1", term).replace("[", "").replace("]", "")
    return RENAMED.get(plain, plain)


GROUPED = ("budworm", "esoph_model2_treatment", "lizards_ml", "challenger23_binomial6")


@pytest.mark.parametrize("name", GROUPED)
def test_the_binomial_constant_and_the_deviance(name):
    """R's definitions: log C(n, s) summed, and twice the distance to the saturated model."""
    file, formula = FORMULAS[name]
    path = shared("reference", f"{file}.csv")
    model = logistica.fit(path, formula)
    about = model.summary().statistics
    s, f = _counts(path, formula)
    constant = sum(math.lgamma(a + b + 1) - math.lgamma(a + 1) - math.lgamma(b + 1) for a, b in zip(s, f, strict=True))
    saturated = sum(sum(k * math.log(k / (a + b)) for k in (a, b) if k) for a, b in zip(s, f, strict=True))
    assert about.log_likelihood == pytest.approx(model.log_likelihood_kernel + constant, rel=1e-12)
    assert about.deviance == pytest.approx(2 * (saturated - model.log_likelihood_kernel), rel=1e-10)
    used = sum(a + b > 0 for a, b in zip(s, f, strict=True))
    assert about.n == used
    assert about.bic - about.aic == pytest.approx((math.log(used) - 2) * model.rank, rel=1e-10)


def _counts(path, formula):
    import pandas as pd

    data = pd.read_csv(path)
    one, other = formula.split(")")[0].removeprefix("cbind(").split(", ")
    return data.eval(one).tolist(), data.eval(other).tolist()
