"""What solver="auto" takes, and that the documentation says so."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica import LogisticRegression, OptionError
from logistica.solvers.choice import TABLE, WIDE, Facts, as_markdown, choose
from tests.solvers.quiet import quiet_fit

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (Facts(1, penalised=False, lasso=False), "newton"),
        (Facts(WIDE, penalised=True, lasso=False), "newton"),
        (Facts(WIDE + 1, penalised=True, lasso=False), "newton-cg"),
        (Facts(WIDE + 1, penalised=False, lasso=False), "newton"),
        (Facts(1, penalised=True, lasso=True), "proximal-newton"),
        (Facts(10**6, penalised=True, lasso=True), "proximal-newton"),
    ],
)
def test_the_table(facts, name):
    assert choose(facts).name == name


def test_every_line_is_of_use():
    facts = [Facts(n, penalised=p, lasso=p and e) for n in (1, WIDE + 1) for p in (False, True) for e in (False, True)]
    taken = {next(i for i, line in enumerate(TABLE) if line.holds(one)) for one in facts}
    assert taken == set(range(len(TABLE)))


def test_the_documentation_shows_the_table():
    assert as_markdown() in README.read_text()


def data(p, K):
    rng = np.random.default_rng(3)
    X = sparse.random_array((300, p), density=0.05, rng=rng, format="csr")
    return X, rng.integers(0, K, 300)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize(
    ("p", "options", "name"),
    [
        (5, {}, "newton"),
        (5, {"C": 1.0}, "newton"),
        (5, {"C": 1.0, "l1_ratio": 0.5}, "proximal-newton"),
        (2500, {"C": 1.0}, "newton-cg"),
        (2500, {"C": 1.0, "l1_ratio": 1.0}, "proximal-newton"),
    ],
)
def test_a_fit_names_what_was_taken(p, K, options, name):
    X, y = data(p, K)
    model = quiet_fit(X, target=y, **options)
    assert model.fitted.fit.options.settings.name == name
    assert model.record.converged
    asked = quiet_fit(X, target=y, solver=name, **options)
    np.testing.assert_array_equal(model.coef_, asked.coef_)


def test_it_counts_classes_too():
    X, y = data(900, 4)
    assert quiet_fit(X, target=y, C=1.0).fitted.fit.options.settings.name == "newton-cg"


def test_an_estimator_keeps_what_it_was_given():
    X, y = data(4, 2)
    fitted = LogisticRegression(C=1.0).fit(X, y)
    assert fitted.get_params()["solver"] == "auto"
    assert fitted.model_.fitted.fit.options.settings.name == "newton"


@pytest.mark.parametrize("options", [{"checkpoint": "run.ckpt"}, {"stop": logistica.Stop(patience=3)}])
def test_what_steps_cannot_do_is_refused_before_the_data(options):
    with pytest.raises(OptionError, match=r"solver='sgd'"):
        logistica.fit("no such file.csv", target="y", **options)


def test_what_no_machine_can_hold_is_refused_with_the_cure():
    X = sparse.csr_array((np.ones(40), (np.arange(40), np.arange(40))), shape=(40, 10**6))
    with pytest.raises(OptionError, match=r"matrices of 1,000,001 x 1,000,001 numbers.*solver='newton-cg'.*C=1"):
        logistica.fit(X, target=np.arange(40) % 2)
