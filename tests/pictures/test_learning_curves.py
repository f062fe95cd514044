"""Learning curves: what is drawn is the history, and what is not finite is no point."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica import GradientDescent
from logistica.core.errors import NotAvailableError, OptionError
from logistica.pictures import learning_curves
from tests.pictures import looking
from tests.pictures.catalogue import HOURS, cases, fit, with_history

NAN = float("nan")


def model():
    return cases()["array"].model


def test_one_fit_s_loss_is_its_history():
    ax = looking.drawn(learning_curves(model()))
    expected = [(row.iteration, row.loss) for row in model().record.history]
    assert looking.xy(looking.by_gid(ax, "loss 0")).tolist() == [list(pair) for pair in expected]
    assert ax.get_legend() is None
    assert looking.title(ax) == "Learning curve"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "mean loss")
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_a_penalty_is_part_of_the_loss():
    assert learning_curves(cases()["tiny"].model).get_ylabel() == "mean loss with penalty"


def test_several_fits_have_their_names_colours_and_markers():
    k = np.arange(100)
    slow = with_history(model(), loss=0.2 + 0.49 * np.exp(-k / 40))
    quick = with_history(model(), loss=0.2 + 0.49 * np.exp(-k / 4))
    ax = looking.drawn(learning_curves({"slow": slow, "quick": quick}))
    assert looking.legend_labels(ax) == ["slow", "quick"]
    one, other = looking.by_gid(ax, "loss 0"), looking.by_gid(ax, "loss 1")
    assert one.get_color() != other.get_color()
    assert one.get_marker() != other.get_marker()
    for line, handle in zip((one, other), ax.get_legend().legend_handles, strict=True):
        assert handle.get_color() == line.get_color()
        assert handle.get_marker() == line.get_marker()


def short_and_long():
    return [fit(HOURS, target="passed", solver=GradientDescent(epochs=epochs)) for epochs in (3, 9)]


@pytest.mark.parametrize("gather", [list, tuple, iter, lambda fits: dict(enumerate(fits)).values()])
def test_a_list_of_fits_is_those_fits(gather):
    ax = learning_curves(gather(short_and_long()), names=["short", "long"])
    assert looking.legend_labels(ax) == ["short", "long"]
    assert [len(looking.xy(looking.by_gid(ax, f"loss {k}"))) for k in range(2)] == [4, 10]


def test_fits_without_names_have_their_solvers_numbered_where_alike():
    one, other = short_and_long()
    ax = learning_curves(one, model(), other)
    assert looking.legend_labels(ax) == ["gradient-descent 1", "newton", "gradient-descent 2"]
    assert looking.legend_labels(learning_curves([one], {"mine": other})) == ["gradient-descent", "mine"]


def test_one_named_fit_is_named_in_the_title():
    for ax in (learning_curves({"slow": model()}), learning_curves(model(), names="slow")):
        assert looking.title(ax) == "Learning curve: slow"
        assert ax.get_legend() is None
    ax = learning_curves({0.1: model(), 0.2: model()})
    assert looking.legend_labels(ax) == ["0.1", "0.2"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a"], "one name for each fit, 2 in all"),
        ("ab", "one name for each fit, 2 in all"),
        (["a", "b", "c"], "one name for each fit, 2 in all"),
        (["a", "a"], "the name 'a' is given to more than one fit"),
    ],
)
def test_each_fit_has_one_name_of_its_own(names, message):
    with pytest.raises(OptionError, match=message):
        learning_curves(model(), model(), names=names)


def test_a_mapping_has_its_names_already():
    with pytest.raises(OptionError, match="the fits of a dict have their names already"):
        learning_curves({"a": model(), "b": model()}, names=["c", "d"])
    with pytest.raises(OptionError, match="the name '1' is given to more than one fit"):
        learning_curves({1: model(), "1": model()})


def test_what_is_counted_and_measured_is_named():
    descent, ridge = short_and_long()[0], cases()["tiny"].model
    assert learning_curves(descent).get_xlabel() == "epoch"
    ax = learning_curves(descent, ridge)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "mean loss, with penalty where there is one")


def test_losses_of_other_rows_have_lines_of_their_own():
    k = np.arange(50)
    loss = 0.3 + 0.3 * np.exp(-k / 10)
    running = np.where(k == 0, NAN, loss + 0.01)
    ax = looking.drawn(
        learning_curves(with_history(model(), loss=loss, validation_loss=loss + 0.1, running_loss=running))
    )
    assert looking.legend_labels(ax) == ["objective", "rows held out", "running, over batches"]
    lines = [looking.by_gid(ax, f"{name} 0") for name in ("loss", "validation_loss", "running_loss")]
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 3
    for line, handle in zip(lines, ax.get_legend().legend_handles, strict=True):
        assert handle._unscaled_dash_pattern == line._unscaled_dash_pattern
    assert looking.xy(lines[1])[:, 1].tolist() == (loss + 0.1).tolist()
    assert looking.xy(lines[2])[:, 0].tolist() == k[1:].tolist()


def test_the_excess_over_an_optimum_is_on_a_logarithmic_scale():
    loss = [0.7, 0.4, 0.25, 0.21]
    ax = looking.drawn(learning_curves(with_history(model(), loss=loss, validation_loss=loss), optimum=0.2))
    assert ax.get_yscale() == "log"
    assert looking.xy(looking.by_gid(ax, "loss 0"))[:, 1] == pytest.approx(np.array(loss) - 0.2, rel=1e-12)
    assert "validation_loss 0" not in looking.gids(ax)
    assert looking.caption(ax) == "Optimum: 0.2."
    assert ax.get_ylabel() == "mean loss, above the optimum"


def test_the_lowest_of_all_has_no_excess_of_its_own():
    fits = {"a": with_history(model(), loss=[0.7, 0.3]), "b": with_history(model(), loss=[0.7, 0.5, 0.2])}
    ax = looking.drawn(learning_curves(fits, optimum="lowest"))
    assert looking.xy(looking.by_gid(ax, "loss 0"))[:, 1] == pytest.approx([0.5, 0.1])
    assert looking.xy(looking.by_gid(ax, "loss 1"))[:, 1] == pytest.approx([0.5, 0.3])
    assert looking.caption(ax) == "Optimum: 0.2, the lowest reached; that point itself is not shown."


@pytest.mark.parametrize("end", [np.inf, NAN])
def test_a_fit_that_diverged_ends_in_a_cross(end):
    fits = {"too fast": with_history(model(), loss=[0.7, 7.0, 70.0, end, end]), "newton": model()}
    ax = looking.drawn(learning_curves(fits))
    assert looking.xy(looking.by_gid(ax, "loss 0")).tolist() == [[0, 0.7], [1, 7.0], [2, 70.0]]
    assert looking.xy(looking.by_gid(ax, "diverged")).tolist() == [[2, 70.0]]
    assert looking.caption(ax) == "The loss of “too fast” is not finite from iteration 3 on."
    assert ax.get_yscale() == "log"


def test_one_state_alone_is_a_point():
    ax = looking.drawn(learning_curves(with_history(model(), loss=[0.5])))
    assert looking.by_gid(ax, "loss 0").get_marker() != "None"
    assert looking.ink(ax) > 0.0002


def test_real_solvers_end_on_the_same_loss():
    fits = {"plain": logistica.fit(HOURS, target="passed"), "short": cases()["not converged"].model}
    ax = looking.drawn(learning_curves(fits))
    assert looking.xy(looking.by_gid(ax, "loss 0"))[-1, 1] == pytest.approx(5.02713521 / 12, rel=1e-8)


@pytest.mark.parametrize("optimum", ["best", True, np.inf, NAN, [0.1], 10**400])
def test_impossible_optima_are_refused(optimum):
    with pytest.raises(OptionError, match="a finite number, 'lowest', or None"):
        learning_curves(model(), optimum=optimum)


def test_no_fit_and_no_history_are_refused(tmp_path):
    for nothing in ((), ({},), ([],)):
        with pytest.raises(OptionError, match="at least one fit"):
            learning_curves(*nothing)
    for strange in ("newton", ["newton"], None, 3):
        with pytest.raises(OptionError, match=r"it must be a model, as logistica.fit returns it"):
            learning_curves(strange)
    model().save(tmp_path / "m.json")
    with pytest.raises(NotAvailableError, match="no history of the fit 'saved': a saved model keeps none"):
        learning_curves({"saved": logistica.load(tmp_path / "m.json")})


@pytest.mark.parametrize("optimum", [0.7, 5.0, 1e308])
def test_an_optimum_above_every_loss_is_refused(optimum):
    with pytest.raises(OptionError, match="no loss is above it, and nothing is left to draw"):
        learning_curves(with_history(model(), loss=[0.7, 0.4]), optimum=optimum)


@pytest.mark.parametrize("optimum", [-1e201, -1e308, -1.7e308])
def test_an_optimum_too_far_below_every_loss_is_refused(optimum):
    with pytest.raises(OptionError, match=r"every loss is more than 1e\+200 above it, too far to be drawn"):
        learning_curves(with_history(model(), loss=[0.7, 0.4]), optimum=optimum)


def test_where_no_loss_is_finite_the_picture_says_so():
    lost = with_history(model(), loss=[np.inf, NAN])
    ax = looking.drawn(learning_curves(lost))
    assert not len(looking.xy(looking.by_gid(ax, "loss 0")))
    assert looking.caption(ax) == "The loss is not finite from iteration 0 on."
    with pytest.raises(OptionError, match="no loss is finite"):
        learning_curves(lost, optimum="lowest")


def test_a_history_of_one_row_has_no_excess_over_its_lowest_loss():
    ax = looking.drawn(learning_curves(with_history(model(), loss=[0.7]), optimum="lowest"))
    assert not len(looking.xy(looking.by_gid(ax, "loss 0")))


def test_losses_near_the_largest_number_leave_the_picture():
    ax = looking.drawn(learning_curves(with_history(model(), loss=[0.7, 1e299, 1e307])))
    assert ax.get_ylim()[1] == 1e200
    assert looking.caption(ax) == "Losses above 1e+200 are not shown."


@pytest.mark.parametrize("loss", [[0.7, 1e299, 1e307], [0.7, 0.8, 1e307]])
def test_excesses_near_the_largest_number_leave_the_picture(loss):
    ax = looking.drawn(learning_curves(with_history(model(), loss=loss), optimum="lowest"))
    low, high = ax.get_ylim()
    assert low < high == 1e200
    assert looking.caption(ax).startswith("Losses above 1e+200 are not shown. Optimum: 0.7, the lowest")
