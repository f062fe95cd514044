"""Decision boundaries: the points are the data, the line is where p = 1/2, the regions are the predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import logistica
from logistica.core.errors import DataError, OptionError
from logistica.pictures import decision_boundary
from logistica.pictures.canvas import MINUS
from tests.pictures import looking
from tests.pictures.catalogue import cases, fit, numbers, pictures_of, plans


def draw(name):
    return looking.drawn(pictures_of(cases()[name])["decision_boundary"]())


def vertices(contour):
    """The points of a contour line, shape (n, 2)."""
    return np.concatenate([path.vertices for path in contour.get_paths()])


def test_the_points_are_the_rows_by_class():
    X, y = numbers()
    ax = draw("array")
    for k in (0, 1):
        assert looking.xy(looking.by_gid(ax, f"class {k}")).tolist() == X[y == k][:, :2].tolist()
    one, other = looking.by_gid(ax, "class 0"), looking.by_gid(ax, "class 1")
    assert one.get_marker() != other.get_marker()
    assert abs(looking.grey(one.get_markerfacecolor()[:3]) - looking.grey(other.get_markerfacecolor())) > 0.1


@pytest.mark.parametrize("name", ["array", "float32", "sparse", "aliased", "weights", "long names", "imputed"])
def test_along_the_line_the_probability_is_one_half(name):
    case = cases()[name]
    ax = draw(name)
    line = vertices(looking.by_gid(ax, "boundary"))
    if isinstance(case.data, pd.DataFrame):
        rows = pd.DataFrame([case.data.drop(columns=case.data.columns[-1]).mean()] * len(line))
        if name == "imputed":
            rows["b"] = line[:, 1]
        rows[list(case.columns)] = line
    else:
        X = case.data.toarray() if sparse.issparse(case.data) else np.asarray(case.data, float)
        rows = np.tile(np.average(X, axis=0, weights=case.weights), (len(line), 1))
        rows[:, list(case.columns)] = line
    assert len(line) > 1
    assert np.abs(case.model.decision_function(rows)).max() < 1e-6
    assert looking.legend_labels(ax)[2] == "boundary, p = 1/2"


def test_the_shading_follows_the_probability():
    """Each shaded polygon's steps are where the log-odds reach the probability that the legend says."""
    ax = draw("array")
    shading = looking.by_gid(ax, "probability")
    expected = [0.1, 0.25, 0.5, 0.75, 0.9]
    assert [1 / (1 + np.exp(-level)) for level in shading.levels] == pytest.approx(expected)
    assert looking.legend_labels(ax)[3:] == [
        *("p from 0.9 to 1", "p from 0.75 to 0.9", "p from 0.5 to 0.75"),
        *("p from 0.25 to 0.5", "p from 0.1 to 0.25", "p from 0 to 0.1"),
    ]
    keys = [handle.get_facecolor() for handle in ax.get_legend().legend_handles[3:]]
    assert [tuple(key) for key in keys[::-1]] == [tuple(colour) for colour in shading.get_facecolor()]


@pytest.mark.parametrize("name", ["three classes", "many classes"])
def test_regions_are_the_predictions(name):
    case = cases()[name]
    ax = draw(name)
    rng = np.random.default_rng(5)
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    places = rng.uniform([x0, y0], [x1, y1], size=(300, 2))
    rows = pd.DataFrame(dict(zip(case.columns, places.T, strict=True)))
    if name == "three classes":
        rows["smoker"], rows["city"] = False, case.data["city"].mode()[0]
    predicted = case.model.predict(rows)
    classes = case.model.classes_.tolist()
    for k, label in enumerate(classes):
        mine = predicted == label
        if f"region {k}" not in looking.gids(ax):
            assert not mine.any()
            assert label in looking.caption(ax)
            continue
        paths = looking.by_gid(ax, f"region {k}").get_paths()
        inside = np.array([any(path.contains_point(place) for path in paths) for place in places])
        assert (inside == mine).mean() > 0.985
    assert looking.legend_labels(ax) == classes


def test_regions_differ_by_hatching():
    ax = draw("three classes")
    hatches = [handle.get_hatch() for handle in ax.get_legend().findobj() if getattr(handle, "get_hatch", None)]
    assert len({hatch for hatch in hatches if hatch}) >= 2


def test_what_other_columns_are_held_at_is_said():
    data = plans()
    said = looking.caption(draw("three classes"))
    assert "at their most frequent levels: smoker = false, city = " + data["city"].mode()[0] in said
    X, _ = numbers()
    assert f"Other columns held at their means: x2 = {X[:, 2].mean():.4g}." in looking.caption(draw("array"))
    weighted = np.average(X[:, 2], weights=np.arange(len(X)) % 3)
    assert f"x2 = {weighted:.4g}".replace("-", MINUS) in looking.caption(draw("weights"))


def test_by_default_the_first_two_columns_of_numbers():
    data = plans()[["city", "age", "smoker", "income", "plan"]]
    ax = decision_boundary(fit(data, target="plan"), data)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "income")
    assert looking.title(ax) == "Most probable plan by age and income"


def test_an_offset_is_held_at_its_mean():
    X, y = numbers()
    offset = np.linspace(-1.0, 2.0, len(y))
    model = fit(X[:, :2], target=y, offset=offset)
    ax = looking.drawn(decision_boundary(model, X[:, :2], target=y, offset=offset))
    line = vertices(looking.by_gid(ax, "boundary"))
    assert np.abs(model.decision_function(line, offset=np.full(len(line), offset.mean()))).max() < 1e-6
    assert "Offset held at its mean, 0.5." in looking.caption(ax)


def test_of_many_rows_some_are_drawn_and_all_of_a_rare_class():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30000, 2))
    y = (X[:, 0] + rng.logistic(size=30000) > 7.5).astype(int)
    count = int(y.sum())
    assert 20 < count < 100
    ax = looking.drawn(decision_boundary(fit(X, target=y), X, target=y))
    shown = [len(looking.xy(looking.by_gid(ax, f"class {k}"))) for k in (0, 1)]
    assert shown[1] == min(count, 50)
    assert 1990 < shown[0] < 2010
    assert looking.caption(ax).endswith(f"{sum(shown):,} of 30,000 rows shown, drawn at random from each class.")


def test_equal_rows_are_told_apart():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 2, 200), rng.normal(size=200)]).astype(float)
    y = (X[:, 0] + X[:, 1] + rng.logistic(size=200) > 0).astype(int)
    ax = looking.drawn(decision_boundary(fit(X, target=y), X, target=y))
    for k in (0, 1):
        shown = looking.xy(looking.by_gid(ax, f"class {k}"))
        assert shown[:, 1].tolist() == X[y == k, 1].tolist()
        assert len(set(shown[:, 0].tolist())) == len(shown)
        assert np.abs(shown[:, 0] - X[y == k, 0]).max() < 1 / 6
        assert (shown[:, 0] > ax.get_xlim()[0]).all()
    assert looking.caption(ax) == "Points are moved a little, to tell equal ones apart."


def test_two_columns_of_few_values_are_moved_each_by_itself():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (300, 2)).astype(float)
    y = (X[:, 0] + rng.logistic(size=300) > 1).astype(int)
    ax = looking.drawn(decision_boundary(fit(X, target=y), X, target=y))
    for k in (0, 1):
        moved = looking.xy(looking.by_gid(ax, f"class {k}")) - X[y == k]
        assert np.abs(moved).max() < 1 / 6
        assert abs(np.corrcoef(moved.T)[0, 1]) < 0.25


def test_where_one_class_is_nowhere_the_likelier_it_is_said():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (rng.random(400) < 0.05).astype(int)
    ax = looking.drawn(decision_boundary(fit(X, target=y), X, target=y))
    assert "boundary" not in looking.gids(ax)
    assert "The probability is nowhere above 1/2 here." in looking.caption(ax)


def test_a_formula_is_not_drawn_beyond_its_data():
    """log(a) has no value left of the smallest a for long."""
    case = cases()["formula"]
    ax = draw("formula")
    shading = vertices(looking.by_gid(ax, "probability"))
    assert shading[:, 0].min() == pytest.approx(case.data["a"].min(), rel=1e-12)
    assert shading[:, 0].max() == pytest.approx(case.data["a"].max(), rel=1e-12)
    assert ax.get_xlim()[0] < case.data["a"].min()
    assert "Shaded within the range of the data." in looking.caption(ax)


def test_separated_classes_are_called_so():
    assert looking.caption(draw("separated")).startswith("The classes are completely separated: no finite estimate")
    assert looking.caption(draw("not converged")).startswith("The fit has not converged.")


def test_rows_left_out_are_counted():
    case = cases()["imputed"]
    model = fit(case.data, target="y", missing="drop")
    with pytest.warns(logistica.DataWarning, match="2 of 200 rows have missing values"):
        ax = looking.drawn(decision_boundary(model, case.data, missing="drop"))
    assert looking.caption(ax).endswith("2 rows of 200 with missing values or weight 0 left out.")
    with pytest.raises(DataError):
        decision_boundary(model, case.data)


def test_a_constant_column_has_some_width():
    X = np.column_stack([np.linspace(0, 1, 20), np.full(20, 7.0)])
    y = np.arange(20) % 3 == 0
    ax = looking.drawn(decision_boundary(fit(X, target=y), X, target=y))
    assert ax.get_ylim() == (3.5, 10.5)
    assert looking.overlaps(ax) == []


def test_columns_that_cannot_be_axes_are_refused():
    case = cases()["three classes"]
    for columns, message in (
        (["age", "city"], "'city' is a factor here"),
        (["smoker", "age"], "'smoker' is a factor here"),
        (["age"], "two different columns"),
        (["age", "age"], "two different columns"),
        (["age", "income", "age"], r"these are 3\. Name two of them; the picture holds the others at their means"),
        ("ab", r"they must be two, such as columns=\['age', 'income'\]"),
        (1, "they must be two, such as"),
        ([["age"], "income"], r"column=\['age'\]: it must be the name of one"),
    ):
        with pytest.raises(OptionError, match=message):
            decision_boundary(case.model, case.data, columns)
    with pytest.raises(DataError, match=r"there is no such column for the picture.*Did you mean 'age'"):
        decision_boundary(case.model, case.data, ["Age", "income"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["age"], r"the model has one column\. Use fitted_curve\(model, data, 'age'\)"),
        (["age", "city"], r"only 'age' is one here, because 'city' has levels, and no place along an axis\. Use "),
        (["city", "smoker"], "there is none here, because 'city', 'smoker' have levels"),
    ],
)
def test_without_two_columns_of_numbers_the_right_picture_is_named(columns, message):
    data = cases()["three classes"].data[[*columns, "plan"]]
    with pytest.raises(OptionError, match=rf"takes two columns of numbers.*{message}"):
        decision_boundary(fit(data, target="plan"), data)
