"""Systems 1, 2 and 5 of the seeds: descents whose printed figures have been re-derived from their data."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica import SGD, Adam, GradientDescent, Normal
from tests.shared import shared
from tests.solvers.quiet import quiet_fit


def test_marks_from_scratch():
    """5,000 steps of 1/3 on the mean loss from a given start, on z-scores with the sample standard deviation."""
    table = np.loadtxt(shared("data", "marks", "marks.csv"), delimiter=",", skiprows=1)
    X, y = table[:, :2], table[:, 2].astype(int)
    z = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    assert z[0] == pytest.approx([-1.5942162646576388, 0.6351413941754435], rel=1e-14)
    start = np.array([0.060750489548129484, 0.08122488791609535]), 0.06879018957747185
    model = quiet_fit(z, target=y, solver=GradientDescent(learning_rate=1 / 3, epochs=5000, start=start))
    losses = [model.record.history[k].loss for k in (1, 1001, 2001, 3001, 4001)]
    printed = [0.6091560801945126, 0.2037432848849053, 0.20350230881468107, 0.20349779972872906, 0.20349770371660023]
    np.testing.assert_allclose(losses, printed, rtol=1e-12)
    np.testing.assert_allclose(model.coef_[0], [4.01281584290694, 3.7438191715393083], rtol=1e-12)
    np.testing.assert_allclose(model.intercept_, [1.7184091311489376], rtol=1e-12)
    counts = model.evaluate(z, target=y).confusion_matrix
    assert counts.astype(int).ravel().tolist() == [34, 6, 5, 55]


def test_separable_labels_by_numpy():
    """A hundred steps of 0.1 from zero; the labels are separable, which the author never notices, and we say."""
    random = np.random.RandomState(0)
    X = random.randn(1000, 2)
    y = (1.0 / (1.0 + np.exp(-(X @ [2.0, -3.0] + 0.5))) > 0.5).astype(int)
    with pytest.warns(logistica.SeparationWarning, match="The classes are completely separated in 1,000 rows"):
        model = logistica.fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=100))
    printed = [0.6931, 0.5710, 0.4932, 0.4403, 0.4019, 0.3726, 0.3495, 0.3305, 0.3147, 0.3013]
    losses = [row.loss for row in model.record.history[0:100:10]]
    np.testing.assert_array_equal(np.round(losses, 4), printed)
    np.testing.assert_allclose(model.coef_[0], [1.05673617, -1.50856125], atol=5e-9)
    np.testing.assert_allclose(model.intercept_, [0.32159730], atol=5e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("solver", "excess", "accuracy"),
    [
        (SGD(learning_rate=0.01, epochs=30, start=Normal()), 0.12, 0.82),
        (SGD(learning_rate=1.0, schedule="cosine", epochs=30, start=Normal()), 0.005, 0.835),
        (GradientDescent(), 0.001, 0.835),
        (SGD(), 0.001, 0.835),
        (Adam(), 0.001, 0.835),
    ],
    ids=["its own setting", "cosine", "gradient-descent", "sgd", "adam"],
)
def test_adult_in_batches(solver, excess, accuracy):
    """System 1: its own setting has not converged; a schedule helps, and the defaults do; all say it is separated."""
    model = quiet_fit(shared("data", "adult", "a1a.train"), solver=solver)
    assert model.fitted.fit.rows.used == 30_956
    assert model.separation.verdict == "quasi"
    assert model.record.history[-1].loss < 0.3219159133 * (1.0 + excess)
    assert model.evaluate(shared("data", "adult", "a1a.test")).accuracy > accuracy
