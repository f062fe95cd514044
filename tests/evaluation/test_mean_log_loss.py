"""The mean log loss of a fit is what an evaluation of its own rows finds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import logistica
from logistica import SGD, GradientDescent, Stop


def _data(K, n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, np.argmax(X @ rng.normal(size=(3, K)) + rng.gumbel(size=(n, K)), axis=1)


def _fit(X, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        return logistica.fit(X, **options)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("options", [{}, {"C": 0.5}, {"solver": SGD(epochs=3)}, {"solver": "adam", "C": 1.0}], ids=str)
@pytest.mark.parametrize("beside", ["nothing", "weights", "offset"])
def test_as_evaluated(K, options, beside, tmp_path):
    X, y = _data(K)
    rng = np.random.default_rng(1)
    known = {
        "nothing": {},
        "weights": {"weights": rng.uniform(0.0, 3.0, size=len(y))},
        "offset": {"offset": rng.normal(size=len(y) if K == 2 else (len(y), K))},
    }[beside]
    model = _fit(X, target=y, **options, **known)
    assert model.mean_log_loss == pytest.approx(model.evaluate(X, target=y, **known).log_loss, rel=1e-12)
    model.save(tmp_path / "model.json")
    assert logistica.load(tmp_path / "model.json").mean_log_loss == model.mean_log_loss


def test_of_trials():
    table = {"x": [1.0, 2.0, 3.0, 4.0], "hits": [1, 2, 2, 5], "n": [4, 4, 5, 6]}
    import polars as pl

    model = logistica.fit(pl.DataFrame(table), target="hits", trials="n")
    rows = [(x, k) for x, hits, n in zip(*table.values(), strict=True) for k in [1] * hits + [0] * (n - hits)]
    X, y = np.array(rows, dtype=float).T
    assert model.mean_log_loss == pytest.approx(
        logistica.fit(X[:, None], target=y.astype(int)).mean_log_loss, rel=1e-12
    )


def test_weights_of_classes_count_and_rows_held_out_do_not():
    X, y = _data(2)
    weights = np.where(y == 1, 5.0, 1.0)
    weighted = _fit(X, target=y, class_weight={1: 5.0})
    assert weighted.mean_log_loss == pytest.approx(weighted.evaluate(X, target=y, weights=weights).log_loss, rel=1e-12)
    stopped = _fit(X, target=y, solver=SGD(epochs=3), stop=Stop(validation_share=0.5))
    assert stopped.mean_log_loss == pytest.approx(stopped.history()["loss"].iloc[-1], rel=1e-12)
    assert abs(stopped.mean_log_loss - stopped.evaluate(X, target=y).log_loss) > 1e-3


def test_of_separated_classes_it_is_the_limit_or_where_the_solver_ended():
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1]
    assert _fit(X, target=y).mean_log_loss == 0.0
    on_the_way = _fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=5))
    assert on_the_way.mean_log_loss == pytest.approx(on_the_way.evaluate(X, target=y).log_loss, rel=1e-12)
    assert on_the_way.mean_log_loss > 0.5
