"""Fitted curves: the line is the prediction, the band the interval, the points what was observed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from logistica.core.errors import DataError, OptionError
from logistica.inference import probability_intervals
from logistica.pictures import fitted_curve
from tests.pictures import looking
from tests.pictures.catalogue import HOURS, cases, fit, numbers, plans


def draw(name, column=None):
    case = cases()[name]
    asked = case.columns[0] if column is None else column
    return looking.drawn(fitted_curve(case.model, case.data, asked, case.target, weights=case.weights))


def points(ax, k=1):
    """The observed shares of a class, shape (groups, 2)."""
    return np.asarray(looking.by_gid(ax, f"observed {k}").get_offsets())


def band(ax, k=1):
    """The ends of a band at each place, from the polygon drawn: dict from x to (lower, upper)."""
    (path,) = looking.by_gid(ax, f"band {k}").get_paths()
    ends: dict[float, list[float]] = {}
    for x, y in path.vertices:
        ends.setdefault(float(x), []).append(float(y))
    return {x: (min(y), max(y)) for x, y in ends.items()}


@pytest.mark.parametrize("rows", [slice(None), slice(1)])
def test_a_column_of_one_value_has_a_mark_not_an_empty_curve(rows):
    X, y = numbers()
    X[rows, 0] = 7.5
    model = fit(X + np.eye(len(X), 3), target=y)
    ax = looking.drawn(fitted_curve(model, X[rows], 0, target=y[rows]))
    ((place, probability),) = looking.xy(looking.by_gid(ax, "curve 1"))
    expected = model.predict_proba(X[rows].mean(axis=0, keepdims=True))[0, 1]
    assert (place, probability) == pytest.approx((0.0, expected), rel=1e-12)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["7.5"]
    assert looking.overlaps(ax) == []
    assert looking.ink(ax) > 0.0005


def test_the_curve_is_the_prediction_and_the_band_its_interval():
    model = fit(HOURS, target="passed")
    ax = looking.drawn(fitted_curve(model, HOURS, "hours", level=0.9))
    x, p = looking.xy(looking.by_gid(ax, "curve 1")).T
    assert (x[0], x[-1]) == (0.5, 6.0)
    assert p == pytest.approx(model.predict_proba(pd.DataFrame({"hours": x}))[:, 1], rel=1e-12)
    rows = model.fitted.recipe.design(pd.DataFrame({"hours": x}))
    expected = probability_intervals(model.fitted, rows, 0.9)
    drawn = band(ax)
    for place, lower, upper in zip(x, expected.lower[:, 1], expected.upper[:, 1], strict=True):
        assert drawn[float(place)] == pytest.approx((lower, upper), rel=1e-12)
    assert looking.legend_labels(ax) == ["fitted", "pointwise 90% band", "observed rows"]
    assert looking.title(ax) == "P(passed = yes) by hours"


def test_single_rows_are_moved_a_little():
    ax = looking.drawn(fitted_curve(fit(HOURS, target="passed"), HOURS, "hours"))
    x, y = looking.xy(looking.by_gid(ax, "observed 1")).T
    truth = (HOURS["passed"] == "yes").to_numpy()
    assert x.tolist() == HOURS["hours"].tolist()
    assert ((y[truth] >= 1.0) & (y[truth] <= 1.035)).all()
    assert ((y[~truth] <= 0.0) & (y[~truth] >= -0.035)).all()
    assert len(set(y.tolist())) == len(y)


@pytest.mark.parametrize("name", ["three classes", "three classes, penalised"])
def test_k_classes_have_a_curve_each(name):
    case = cases()[name]
    ax = draw(name)
    curves = [looking.xy(looking.by_gid(ax, f"curve {k}")) for k in range(3)]
    rows = pd.DataFrame({"age": curves[0][:, 0], "income": case.data["income"].mean()})
    rows["smoker"], rows["city"] = False, case.data["city"].mode()[0]
    assert np.column_stack([curve[:, 1] for curve in curves]) == pytest.approx(case.model.predict_proba(rows), rel=1e-9)
    assert looking.legend_labels(ax) == ["basic", "plus", "pro"]
    lines = [looking.by_gid(ax, f"curve {k}") for k in range(3)]
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 3
    assert len({line.get_color() for line in lines}) == 3


def test_shares_in_groups_are_those_of_the_rows():
    """All groups together have the mean of x and the share of each class."""
    case = cases()["three classes"]
    ax = draw("three classes")
    shares = np.column_stack([points(ax, k)[:, 1] for k in range(3)])
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert len(shares) == 20
    # A mark's area grows with its group's weight, from 14 to 54.
    weight = looking.by_gid(ax, "observed 0").get_sizes() - 14.0
    overall = [(case.data["plan"] == label).mean() for label in ("basic", "plus", "pro")]
    assert np.average(shares, axis=0, weights=weight) == pytest.approx(overall, rel=1e-9)
    assert np.average(points(ax, 0)[:, 0], weights=weight) == pytest.approx(case.data["age"].mean(), rel=1e-9)
    assert "observed shares in 20 groups of about 15 rows each" in looking.caption(ax)


def test_few_values_have_a_share_each():
    table = pd.DataFrame({"dose": np.repeat([1.0, 2.0, 3.0], 20)})
    table["dead"] = np.r_[np.arange(20) < 4, np.arange(20) < 9, np.arange(20) < 15]
    ax = looking.drawn(fitted_curve(fit(table, target="dead"), table, "dose"))
    assert points(ax).tolist() == [[1.0, 0.2], [2.0, 0.45], [3.0, 0.75]]
    assert looking.legend_labels(ax)[-1] == "observed shares"


def test_counts_are_shares_of_their_trials():
    ax = draw("counts")
    assert points(ax)[:, 1] == pytest.approx([1 / 10, 3 / 11, 0.5, 8 / 11, 0.9])


def test_weights_count_in_the_shares():
    table = pd.DataFrame({"x": [1.0, 1, 2, 2] * 5, "y": [0, 1, 0, 1] * 5, "w": [3.0, 1, 1, 4] * 5})
    ax = looking.drawn(fitted_curve(fit(table, target="y", weights="w"), table, "x"))
    assert points(ax).tolist() == [[1.0, 0.25], [2.0, 0.8]]


def test_a_factor_has_a_mark_and_an_interval_for_each_level():
    case = cases()["three classes"]
    ax = draw("three classes", "city")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Lima", "Oslo", "Rome"]
    rows = pd.DataFrame({"city": ["Lima", "Oslo", "Rome"], "age": case.data["age"].mean()})
    rows["income"], rows["smoker"] = case.data["income"].mean(), False
    expected = probability_intervals(case.model.fitted, case.model.fitted.recipe.design(rows, n_classes=3))
    for k in range(3):
        assert looking.xy(looking.by_gid(ax, f"curve {k}"))[:, 1] == pytest.approx(expected.proba[:, k], rel=1e-9)
        ends = np.array([segment[:, 1] for segment in looking.by_gid(ax, f"band {k}").get_segments()])
        assert ends == pytest.approx(np.column_stack([expected.lower[:, k], expected.upper[:, k]]), rel=1e-9)
        label = case.model.classes_[k]
        shares = (case.data["plan"] == label).groupby(case.data["city"]).mean()
        assert points(ax, k)[:, 1] == pytest.approx(shares.to_numpy())
    assert looking.overlaps(ax) == []


def test_booleans_and_rare_levels_are_levels():
    ax = draw("three classes", "smoker")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["false", "true"]
    data = plans()
    data.loc[:3, "city"] = "Ulm"
    data.loc[4:6, "city"] = "Bonn"
    model = fit(data, target="plan", rare=20)
    ax = looking.drawn(fitted_curve(model, data, "city"))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Lima", "Oslo", "Rome", "(other)"]
    assert len(points(ax, 0)) == 4
    assert np.isfinite(looking.xy(looking.by_gid(ax, "curve 0"))).all()
    fitted_curve(model, data, "age")


def test_numbers_that_a_formula_takes_as_a_factor_are_levels():
    data = plans()
    data["year"] = np.arange(len(data)) % 3 + 2020
    ax = looking.drawn(fitted_curve(fit(data, "plan ~ age + C(year)"), data, "year"))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2020", "2021", "2022"]


def test_text_that_a_formula_compares_is_a_factor():
    data = plans()
    model = fit(data, 'I(plan == "pro") ~ age + I(city == "Rome")')
    ax = looking.drawn(fitted_curve(model, data, "city"))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Lima", "Oslo", "Rome"]
    p = looking.xy(looking.by_gid(ax, "curve 1"))[:, 1]
    assert p[0] == p[1] < p[2]
    assert points(ax)[:, 1] == pytest.approx((data["plan"] == "pro").groupby(data["city"]).mean().to_numpy())
    assert "city = Rome" in looking.caption(looking.drawn(fitted_curve(model, data, "age")))


def test_a_factor_of_many_levels_is_cut():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"code": [f"level {i % 60:02d}" for i in range(1800)], "y": rng.integers(0, 2, 1800)})
    ax = looking.drawn(fitted_curve(fit(data, target="y"), data, "code"))
    assert len(ax.get_xticklabels()) == 30
    assert "The first 30 levels; 30 more are not shown." in looking.caption(ax)
    assert looking.overlaps(ax) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("three classes, penalised", "No confidence band: the fit is penalised"),
        ("separated", "No confidence band: the classes are separated"),
        ("quasi-separated", "No confidence band: the classes are separated"),
        ("not converged", "No confidence band: the fit has not converged."),
    ],
)
def test_no_band_without_a_valid_covariance(name, why):
    ax = draw(name)
    assert not any(gid.startswith("band") for gid in looking.gids(ax))
    assert why in looking.caption(ax)
    assert "band" not in " ".join(looking.legend_labels(ax))


def test_many_classes_have_curves_alone():
    ax = draw("many classes")
    assert not any(gid.startswith(("band", "observed")) for gid in looking.gids(ax))
    assert "Too many classes to show observed shares." in looking.caption(ax)
    assert len(looking.legend_labels(ax)) == len(cases()["many classes"].model.classes_)


def test_an_offset_of_a_formula_follows_its_column():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=80), "n": rng.uniform(1.0, 9.0, 80)})
    table["y"] = (table["x"] + rng.logistic(size=80) > 0).astype(int)
    model = fit(table, "y ~ x + offset(log(n))")
    ax = looking.drawn(fitted_curve(model, table, "x"))
    x, p = looking.xy(looking.by_gid(ax, "curve 1")).T
    assert p == pytest.approx(model.predict_proba(pd.DataFrame({"x": x, "n": table["n"].mean()}))[:, 1], rel=1e-9)


def test_a_frame_for_a_model_of_an_array_is_matched_by_position():
    X, y = numbers()
    table = pd.DataFrame(X, columns=list("abc"))
    table["truth"] = y
    with pytest.warns(UserWarning, match="matched by position"):
        ax = looking.drawn(fitted_curve(fit(X, target=y), table, "b", "truth"))
    assert ax.get_xlabel() == "b"
    assert "a = " in looking.caption(ax)
    assert "truth" not in looking.caption(ax)


def test_svmlight_columns_go_by_their_index(tmp_path):
    X, y = numbers(60)
    path = tmp_path / "rows.svm"
    path.write_text("".join(f"{c} 1:{a} 2:{b} 3:{d}\n" for c, (a, b, d) in zip(y, X.tolist(), strict=True)))
    model = fit(str(path))
    ax = looking.drawn(fitted_curve(model, str(path), 2))
    assert looking.xy(looking.by_gid(ax, "curve 1"))[[0, -1], 0].tolist() == [X[:, 1].min(), X[:, 1].max()]
    assert ax.get_xlabel() == "x2"


def test_what_cannot_be_drawn_is_refused():
    case = cases()["array"]
    with pytest.raises(DataError, match="there is no such column for the picture"):
        fitted_curve(case.model, case.data, 3, case.target)
    with pytest.raises(OptionError, match="level=95"):
        fitted_curve(case.model, case.data, 0, case.target, level=95)
    with pytest.raises(OptionError, match="No target"):
        fitted_curve(case.model, case.data, 0)
