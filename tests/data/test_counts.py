"""Grouped data: the same as its rows written out, and every sentence that counts break refused."""

import warnings

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, FormulaError, OptionError
from logistica.data.counts import success_counts
from tests.data.cases import refused
from tests.data.factor_tables import FRAMES, TEXT, again

BINOMIAL = "cbind(hit, tried - hit)"
CLASSES = {2: ["miss", "hit"], 3: ["blue", "green", "red"]}
RESPONSE = {2: "cbind(hit, miss)", 3: "cbind(red, blue, green)"}


def groups(K=2, n=40, seed=2):
    """Columns x, tree and grade, o and v, and how often each class occurred; one row has no trial."""
    generator = np.random.default_rng(seed)
    x, tree = generator.normal(size=n).round(2), generator.choice(5, n, p=[0.4, 0.3, 0.2, 0.05, 0.05])
    proba = np.exp(np.outer(x, np.arange(K) / 2))
    counts = generator.multinomial(generator.integers(2, 9, n), proba / proba.sum(axis=1, keepdims=True))
    counts[3] = 0
    data = {"x": x, "tree": TEXT[tree], "grade": generator.integers(1, 4, n), "o": x**2 / 9}
    data |= {"v": generator.integers(1, 4, n).astype(float), "tried": counts.sum(axis=1)}
    return data | dict(zip(CLASSES[K], counts.T, strict=True))


def written_out(data, K):
    """A row for each class that occurred in a row, with its frequency."""
    frame = pd.DataFrame(data)
    parts = [
        frame.assign(label=name, times=frame[name].astype(float), v=frame["v"] * frame[name]) for name in CLASSES[K]
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["label"] = rows["label"].map({"miss": False, "hit": True} if K == 2 else {name: name for name in CLASSES[3]})
    return rows[rows["times"] > 0]


def quietly(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.DataWarning)
        return logistica.fit(*arguments, **options)


def assert_same(grouped, rows):
    assert grouped.terms == rows.terms
    assert grouped.classes_.tolist() == rows.classes_.tolist()
    np.testing.assert_allclose(grouped.coef_, rows.coef_, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(grouped.intercept_, rows.intercept_, rtol=1e-10, atol=1e-10)
    assert grouped.log_likelihood_kernel == pytest.approx(rows.log_likelihood_kernel, rel=1e-13)
    one, other = grouped.summary().to_dict()["coefficients"], rows.summary().to_dict()["coefficients"]
    for key in ("estimate", "std_error", "p_value"):
        found, expected = ([np.nan if row[key] is None else row[key] for row in table] for table in (one, other))
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


VARIANTS = {
    "plain": ("x + grade", {}),
    "factors": ("x + tree + C(grade)", {"baseline": {"tree": "cedar"}}),
    "pooled": ("x + tree", {"rare": 25}),
    "interaction": ("x * C(grade, Sum)", {}),
    "ridge": ("x + tree", {"C": 2.0, "standardize": True}),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("K", [2, 3])
class TestAsRowsWrittenOut:
    @pytest.mark.parametrize("variant", VARIANTS)
    def test_formulas(self, frame, K, variant):
        right, options = VARIANTS[variant]
        data = groups(K)
        rows = frame(written_out(data, K).to_dict("list"))
        grouped = quietly(frame(data), f"{RESPONSE[K]} ~ {right}", **options)
        assert_same(grouped, quietly(rows, f"label ~ {right}", weights="times", weight_kind="frequency", **options))
        assert grouped.fitted.fit.rows.weight_zero == 1

    def test_imputed(self, frame, K):
        data = groups(K)
        hole = np.random.default_rng(1).random(40) < 0.2
        gaps = {name: values.tolist() for name, values in data.items()}
        gaps |= {
            "x": np.where(hole, None, data["x"]).tolist(),
            "tree": np.where(hole[::-1], None, data["tree"]).tolist(),
        }
        rows = written_out(gaps, K).astype(object)
        rows = rows.where(rows.notna(), None).to_dict("list")
        options = {"missing": "impute", "rare": 20}
        grouped = quietly(frame(gaps), f"{RESPONSE[K]} ~ x + tree", **options)
        assert_same(
            grouped, quietly(frame(rows), "label ~ x + tree", weights="times", weight_kind="frequency", **options)
        )

    def test_weighted(self, frame, K):
        data = groups(K)
        rows = frame(written_out(data, K).to_dict("list"))
        for kind in ("importance", "sampling"):
            grouped = quietly(frame(data), f"{RESPONSE[K]} ~ x + tree", weights="v", weight_kind=kind)
            other = quietly(rows, "label ~ x + tree", weights="v", weight_kind=kind)
            np.testing.assert_allclose(grouped.coef_, other.coef_, rtol=1e-10, atol=1e-10)
            assert grouped.log_likelihood_kernel == pytest.approx(other.log_likelihood_kernel, rel=1e-13)

    def test_offset(self, frame, K):
        data = groups(K)
        rows = written_out({**data, "u": data["v"] / 3}, K).to_dict("list")
        offset = "o" if K == 2 else ["o", "x", "u"]
        model = quietly(frame({**data, "u": data["v"] / 3}), f"{RESPONSE[K]} ~ grade", offset=offset)
        options = {"weights": "times", "weight_kind": "frequency", "offset": offset}
        assert_same(model, quietly(frame(rows), "label ~ grade", **options))


class TestTrials:
    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    def test_four_ways_to_say_it(self, frame):
        data = groups()
        X = frame({name: data[name] for name in ("x", "tree")})
        both = frame({name: data[name] for name in ("x", "tree", "hit", "tried")})
        models = [
            quietly(both, target="hit", trials="tried"),
            quietly(both, "hit ~ x + tree", trials="tried"),
            quietly(both, f"{BINOMIAL} ~ ."),
            quietly(X, target=data["hit"], trials=data["tried"]),
            quietly(X, target=pd.Series(data["hit"]), trials=data["tried"].tolist()),
        ]
        for model in models:
            np.testing.assert_array_equal(model.coef_, models[0].coef_)
            assert model.terms == models[0].terms
        assert [model.fitted.response for model in models] == [BINOMIAL] * 3 + [None] * 2
        assert [model.fitted.target_name for model in models] == ["hit"] * 3 + [None] * 2

    def test_arrays(self):
        data = groups()
        X, beside = np.column_stack([data["x"], data["grade"]]), {"target": data["hit"], "trials": data["tried"]}
        model = quietly(X, **beside, columns=["x", "grade"])
        assert_same(model, quietly(pd.DataFrame(data), f"{BINOMIAL} ~ x + grade"))
        np.testing.assert_array_equal(quietly(X.tolist(), **beside).coef_, model.coef_)

    def test_one_trial_a_row_is_ordinary(self):
        data = pd.DataFrame(groups()).drop(index=3)
        label = data["hit"] > data["miss"]
        grouped = quietly(data[["x"]].to_numpy(), target=label.astype(int), trials=np.ones(39))
        assert_same(grouped, quietly(data[["x"]].to_numpy(), target=label))

    def test_classes_are_false_and_true(self):
        model = quietly(pd.DataFrame(groups()), f"{BINOMIAL} ~ x")
        assert model.classes_.tolist() == [False, True]
        assert model.predict(pd.DataFrame({"x": [-9.0, 9.0]})).tolist() == [False, True]
        assert quietly(pd.DataFrame(groups(3)), f"{RESPONSE[3]} ~ x").classes_.tolist() == ["blue", "green", "red"]


@pytest.mark.parametrize("K", [2, 3])
def test_saved_models_predict_and_evaluate_alike(K, tmp_path):
    data = pd.DataFrame(groups(K))
    model = quietly(data, f"{RESPONSE[K]} ~ x + tree", rare=25, unknown="other", missing="impute")
    loaded = again(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(data), model.predict_proba(data))
    assert len(model.predict_proba(data)) == len(data)
    assert loaded.evaluate(data).to_dict() == model.evaluate(data).to_dict()


class TestEvaluation:
    @pytest.mark.parametrize("K", [2, 3])
    def test_rows_are_groups_and_figures_are_of_trials(self, K):
        data = groups(K, seed=4)
        model = quietly(pd.DataFrame(data), f"{RESPONSE[K]} ~ x + tree")
        found = model.evaluate(pd.DataFrame(data))
        rows = written_out(data, K)
        plain = quietly(rows, "label ~ x + tree", weights="times", weight_kind="frequency").evaluate(rows)
        trials = int(data["tried"].sum())
        assert (found.n_rows, found.n_trials, found.total_weight) == (39, trials, trials)
        assert (plain.n_rows, plain.n_trials) == (len(rows), None)
        for name in ("accuracy", "log_loss", "brier_score", "roc_auc"):
            assert getattr(found, name) == pytest.approx(getattr(plain, name), rel=1e-9)
        np.testing.assert_allclose(found.confusion_matrix, plain.confusion_matrix)
        assert str(found).splitlines()[0] == f"rows         39 rows, {trials} trials"
        assert found.to_dict()["n_trials"] == trials
        assert found.log_loss == pytest.approx(-model.log_likelihood_kernel / trials, rel=1e-12)

    def test_twelve_rows_of_twenty_trials(self):
        generator = np.random.default_rng(0)
        data = pd.DataFrame(
            {"dose": np.arange(12.0), "n": 20, "dead": generator.binomial(20, np.linspace(0.1, 0.9, 12))}
        )
        found = logistica.fit(data, "cbind(dead, n - dead) ~ dose").evaluate(data)
        assert (found.n_rows, found.n_trials) == (12, 240)
        assert str(found).startswith("rows         12 rows, 240 trials\n")

    def test_weights_are_told_apart_from_trials(self):
        data = pd.DataFrame(groups())
        found = quietly(data, f"{BINOMIAL} ~ x").evaluate(data, weights="v")
        weight = float(data["v"] @ data["tried"])
        assert (found.n_rows, found.n_trials, found.total_weight) == (39, int(data["tried"].sum()), weight)
        assert str(found).startswith(f"rows         39 rows, {found.n_trials} trials, total weight {weight:g}\n")

    @pytest.mark.parametrize("weights", [None, [1.0, 0.0]])
    def test_rows_without_trials_are_nothing_to_evaluate(self, weights):
        model = quietly(pd.DataFrame(groups()), f"{BINOMIAL} ~ x")
        none = pd.DataFrame({"x": [0.5, 1.0], "hit": [0, 0], "tried": [0, 0]})
        with pytest.raises(DataError, match="0 rows to evaluate of 2: none has a trial, a positive weight and nothing"):
            model.evaluate(none, weights=weights)

    def test_rows_with_gaps_are_left_out(self):
        data = pd.DataFrame(groups())
        model = quietly(data, f"{BINOMIAL} ~ x")
        holed = data.assign(x=data["x"].where(data.index != 5), hit=data["hit"].astype(float).where(data.index != 7))
        found = model.evaluate(holed, missing="drop")
        expected = model.evaluate(data.drop(index=[5, 7]))
        assert (found.n_rows, found.n_trials, found.log_loss) == (37, expected.n_trials, expected.log_loss)

    def test_the_counts_are_needed(self):
        data = pd.DataFrame(groups())
        model = quietly(data, f"{BINOMIAL} ~ x")
        with pytest.raises(DataError) as error:
            model.evaluate(data.drop(columns="tried"))
        refused(error, "there is no such column for the response", column="tried")
        arrays = quietly(data[["x"]], target=data["hit"], trials=data["tried"])
        with pytest.raises(OptionError, match="No target: pass target="):
            arrays.evaluate(data)


class TestRefusals:
    @pytest.mark.parametrize(
        ("hit", "tried", "message", "value"),
        [
            (9, 5, "the count -4 of class False in row 6 is no whole number from 0", -4.0),
            (-1, 5, "the count -1 of class True in row 6", -1.0),
            (1.5, 5, "the count 3.5 of class False in row 6", 3.5),
            (1, 2.0**54, "of class False in row 6", 2.0**54),
        ],
    )
    def test_impossible_counts(self, hit, tried, message, value, tmp_path):
        data = pd.DataFrame(groups())[["x", "hit", "tried"]].astype(float)
        data.loc[6, ["hit", "tried"]] = hit, tried
        for where in (data, tmp_path / "a.csv"):
            data.to_csv(tmp_path / "a.csv", index=False)
            with pytest.raises(DataError) as error:
                logistica.fit(where, target="hit", trials="tried")
            refused(error, message, "trials must be no fewer than successes", column="hit", row=6)
            assert error.value.value == value
            assert error.value.line == (None if where is data else 8)

    def test_impossible_counts_in_absent_rows_do_not_matter(self):
        data = pd.DataFrame(groups())
        weights = np.where(data.index == 6, 0.0, 1.0)
        broken = data.assign(
            hit=data["hit"].where(data.index != 6, -5), tree=data["tree"].where(data.index != 6, "yew")
        )
        found = quietly(broken, f"{BINOMIAL} ~ x + tree", weights=weights)
        np.testing.assert_array_equal(found.coef_, quietly(data, f"{BINOMIAL} ~ x + tree", weights=weights).coef_)

    def test_a_class_that_never_occurs(self):
        data = pd.DataFrame(groups(3)).assign(green=0)
        with pytest.raises(DataError) as error:
            logistica.fit(data, f"{RESPONSE[3]} ~ x")
        refused(error, "class 'green' has not occurred in any row", column="(red, blue, green)")

    def test_a_missing_count(self):
        data = pd.DataFrame(groups())
        data["hit"] = data["hit"].astype(float).where(data.index != 4)
        for options in ({}, {"missing": "impute"}):
            with pytest.raises(DataError, match="1 missing value, the first in row 4"):
                logistica.fit(data, f"{BINOMIAL} ~ x", **options)
        with pytest.warns(logistica.DataWarning, match="Dropped 1 of 40 rows"):
            assert logistica.fit(data, f"{BINOMIAL} ~ x", missing="drop").fitted.fit.rows.dropped == 1

    @pytest.mark.parametrize(
        ("formula", "options", "error", "message"),
        [
            (f"{BINOMIAL} ~ x", {"trials": "tried"}, OptionError, r"cbind\(\) and trials= both say"),
            (f"{BINOMIAL} ~ x", {"target": "hit"}, OptionError, "and target= is given too"),
            (None, {"trials": "tried"}, OptionError, "trials= needs target="),
            (None, {"target": "hit", "trials": "tired"}, DataError, "Did you mean 'tried'"),
            (None, {"target": "tree", "trials": "tried"}, DataError, "text such as 'ash'"),
            (None, {"target": "hit", "trials": [1, 2]}, DataError, "the length of the trials is 2"),
            (f"{BINOMIAL} ~ x", {"weights": "v", "weight_kind": "frequency"}, OptionError, "multiply them instead"),
            (f"{BINOMIAL} ~ x", {"weights": "hit"}, OptionError, "named as target and as weights"),
            ("cbind(hit) ~ x", {}, FormulaError, r"cbind\(successes, failures\)"),
            ("log(hit) ~ x", {}, FormulaError, "the response must be the name of a column, cbind"),
            ("cbind(hit, nothing) ~ x", {}, DataError, "no such column for the response"),
            ("cbind(hit, tree) ~ x", {}, DataError, "text"),
            ("cbind(hit, hit, miss) ~ x", {}, OptionError, "hit, hit, miss name a class twice"),
        ],
    )
    def test_what_cannot_be_meant(self, formula, options, error, message):
        with pytest.raises(error, match=message):
            logistica.fit(pd.DataFrame(groups()), formula, **options)

    def test_counts_of_other_classes(self):
        model = quietly(pd.DataFrame(groups(3)), f"{RESPONSE[3]} ~ x")
        two = success_counts(np.ones(2), np.ones(2), "hit", (), None)
        with pytest.raises(OptionError) as error:
            model.evaluate(pd.DataFrame({"x": [0.0, 1.0]}), target=two)
        assert str(error.value) == (
            "The counts are of the classes [False, True], the model's classes are ['blue', 'green', 'red']."
        )


class TestProportions:
    @pytest.mark.parametrize("kind", [np.float64, np.float32])
    def test_they_are_their_successes(self, kind, tmp_path):
        data = pd.DataFrame(groups())
        data["share"] = (data["hit"] / data["tried"]).astype(kind)  # 0 / 0 where there is no trial
        by_counts = quietly(data, "hit ~ x + tree", trials="tried")
        models = [
            quietly(data, "share ~ x + tree", trials="tried"),
            quietly(data[["x", "tree"]], target=data["share"], trials=data["tried"]),
            quietly(data, "cbind(share * tried, tried - share * tried) ~ x + tree"),
        ]
        for model in models:
            np.testing.assert_array_equal(model.coef_, by_counts.coef_)
        assert [note.code for note in models[0].record.notes if note.code == "proportions"] == ["proportions"]
        assert np.isnan(data["share"][3])
        assert again(models[0], tmp_path).evaluate(data).log_loss == by_counts.evaluate(data).log_loss

    def test_they_must_be_whole_numbers_of_trials(self):
        data = pd.DataFrame({"x": [0.0, 1.0, 2.0], "p": [0.2, 0.333, 0.5], "n": [5, 3, 4]})
        with pytest.raises(DataError, match=r"the count 2\.001 of class False in row 1 is no whole number"):
            logistica.fit(data, "p ~ x", trials="n")

    def test_without_trials_the_error_says_what_to_pass(self):
        data = pd.DataFrame({"x": range(20), "p": np.arange(20) / 19, "n": 19})
        for options in ({}, {"weights": "n"}):
            with pytest.raises(DataError, match="For proportions, pass trials=, the number of trials of each row"):
                logistica.fit(data, "p ~ x", **options)

    def test_what_stands_in_absent_rows_does_not_make_counts_proportions(self):
        data = pd.DataFrame(
            {"x": [0.0, 1.0, 2.0, 3.0], "s": [0, 1, 1, 0.5], "n": [2, 2, 3, 2], "w": [1.0, 1.0, 1.0, 0.0]}
        )
        found = quietly(data, "s ~ x", trials="n", weights="w")
        np.testing.assert_array_equal(found.coef_, quietly(data[:3], "s ~ x", trials="n").coef_)
        assert "proportions" not in [note.code for note in found.record.notes]


@pytest.mark.parametrize(("formula", "options"), [(f"{BINOMIAL} ~ x", {}), ("hit ~ x", {"trials": "tried"})])
@pytest.mark.parametrize("column", ["hit", "tried"])
def test_missing_counts_are_told_by_their_own_column(formula, options, column):
    data = pd.DataFrame(groups()).astype({"hit": float, "tried": float})
    data.loc[[5, 8], column] = np.nan
    with pytest.raises(DataError) as error:
        logistica.fit(data, formula, **options)
    refused(error, "2 missing values, the first in row 5", column=column, row=5)
    with pytest.warns(logistica.DataWarning, match=f"Dropped 2 of 40 rows with missing values: {column} 2"):
        logistica.fit(data, formula, missing="drop", **options)


@pytest.mark.parametrize(
    ("weights", "said"), [(None, "39 of 40 (1 without a trial)"), ("v", "39 of 40 (1 of weight 0 or without a trial)")]
)
def test_the_summary_says_why_rows_are_left_out(weights, said):
    text = str(quietly(pd.DataFrame(groups()), f"{BINOMIAL} ~ x", weights=weights).summary())
    assert f"Rows        {said}" in text


def test_no_row_has_a_trial():
    data = pd.DataFrame(groups()).assign(hit=0, tried=0)
    with pytest.raises(DataError, match="has not occurred in any row"):
        logistica.fit(data, f"{BINOMIAL} ~ x + tree")


def test_a_level_seen_only_without_a_trial_does_not_exist():
    data = pd.DataFrame(groups())
    data.loc[3, "tree"] = "yew"
    model = quietly(data, f"{BINOMIAL} ~ x + tree")
    assert "yew" not in model.fitted.recipe.factors["tree"]
    assert quietly(data, target="hit", trials="tried", columns=["x", "tree"]).terms == model.terms
