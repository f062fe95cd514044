"""A checkpoint of another fit is refused, with what differs, and stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica.core.errors import CheckpointError, FileAccessError, OptionError
from logistica.fitting.balance import ClassBalance
from logistica.solvers.descent.starts import Normal
from logistica.solvers.settings import SGD, GradientDescent
from logistica.solvers.stopping import Stop
from tests.checkpoint.runs import OFFSET, RUNS, WEIGHTS, X, Y, at_every_step, fit, resumed_from, stopped

__all__ = ["at_every_step"]

PLAIN = {"data": X, "target": Y, "solver": SGD(epochs=6, batch_size=16, learning_rate=0.1)}


def changed(places, values):
    """X with other values in some places."""
    other = X.copy()
    other[places] = values
    return other


SWAPPED = np.r_[1, 0, 2 : len(X)]
OTHERS = {
    "another C": ({"C": 3.0}, "it has C=inf, and this fit C=3.0"),
    "no intercept": ({"fit_intercept": False}, "fit_intercept=True"),
    "standardised": ({"standardize": True, "C": 1.0}, "C=inf"),
    "another seed": ({"random_state": 1}, "it has random_state=0, and this fit random_state=1"),
    "another solver": ({"solver": "adam"}, "it has solver='sgd', and this fit solver='adam'"),
    "another rate": ({"solver": SGD(epochs=6, batch_size=16)}, "it has learning_rate=0.1, and this fit learning_rate="),
    "other batches": ({"solver": SGD(epochs=6, batch_size=17, learning_rate=0.1)}, "batch_size=16"),
    "a momentum": ({"solver": SGD(epochs=6, batch_size=16, learning_rate=0.1, momentum=0.5)}, "momentum=0.0"),
    "another start": ({"solver": SGD(epochs=6, batch_size=16, learning_rate=0.1, start=Normal(1.0))}, "start='zeros'"),
    "rows held out": ({"stop": Stop(patience=3)}, "it has validation_share=0.0, and this fit validation_share=0.1"),
    "class weights": ({"class_weight": {1: 2.0}}, "class_weight=None, and this fit class_weight={'1': 2.0}"),
    "sampling": ({"resample": "under"}, "resample=None, and this fit resample='under'"),
    "coefficients kept": ({"keep_coefficients": True}, "keep_coefficients=False"),
    "fewer rows": ({"data": X[1:], "target": Y[1:]}, "it was made from 120 rows, and here are 119"),
    "other classes": ({"target": np.where(Y, "b", "a")}, "its classes were [0, 1], and here ['a', 'b']"),
    "classes of another type": ({"target": Y == 1}, "its labels were of the type 'int64', and here 'bool'"),
    "fewer columns": ({"data": X[:, :3]}, "it has the column 'x3', which is not here"),
    "more columns": ({"data": np.c_[X, X[:, 0]]}, "it does not have the column 'x4', which is here"),
    "one value": ({"data": changed((7, 2), np.nextafter(X[7, 2], 9))}, "the column 'x2' had other values"),
    "rows in another order": ({"data": X[SWAPPED], "target": Y[SWAPPED]}, "the column 'x0' had other values, or the"),
    "one label": ({"target": np.where(np.arange(120) == 50, 1 - Y, Y)}, "the labels were others"),
    "weights": ({"weights": WEIGHTS}, "the weights were others"),
    "weights of another kind": ({"weights": np.ones(120), "weight_kind": "frequency"}, "of the kind 'importance'"),
    "an offset": ({"offset": OFFSET[:, 0]}, "the offset was another"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_differs_is_said_and_nothing_changed(name, tmp_path):
    more, part = OTHERS[name]
    path = tmp_path / "run.ckpt"
    stopped(PLAIN, 3, path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(CheckpointError) as caught:
        fit(PLAIN, checkpoint=path, **more)
    message = str(caught.value)
    assert message.startswith(f"{str(path)!r} is the checkpoint of another fit: ")
    assert part in message
    assert "name another file, or remove that one" in message
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


EPOCHS = {
    "a schedule over all": (SGD(epochs=6), 7, "over all of which schedule='cosine' spreads"),
    "an average that begins later": (SGD(epochs=6, learning_rate=0.1, average=0.5), 7, "average=0.5"),
    "fewer than are done": (GradientDescent(epochs=6), 2, "it has done 3 epochs, and this fit has epochs=2"),
}


@pytest.mark.parametrize("name", EPOCHS)
def test_other_epochs_where_the_run_depends_on_them(name, tmp_path):
    solver, epochs, part = EPOCHS[name]
    path = tmp_path / "run.ckpt"
    stopped({**PLAIN, "solver": solver}, 3, path)
    other = type(solver)(**{**solver.get_params(), "epochs": epochs})
    with pytest.raises(CheckpointError) as caught:
        fit({**PLAIN, "solver": other}, checkpoint=path)
    assert part in str(caught.value)


def test_the_same_rows_from_another_container_are_the_same_rows(tmp_path):
    path = tmp_path / "run.ckpt"
    stopped(PLAIN, 3, path)
    assert resumed_from(fit({**PLAIN, "data": np.asfortranarray(X)}, checkpoint=path)) is not None


def test_swapped_rows_of_zeros_and_ones_are_noticed(tmp_path):
    """A sum in which a row counts by its number alone would not notice: 1 + 4 = 2 + 3."""
    bits = np.random.default_rng(3).integers(0, 2, size=(120, 1)).astype(float)
    moved = bits.copy()
    moved[:4, 0], bits[:4, 0] = [0, 1, 1, 0], [1, 0, 0, 1]
    path = tmp_path / "run.ckpt"
    stopped({**PLAIN, "data": bits}, 3, path)
    with pytest.raises(CheckpointError, match="column 'x0' had other values"):
        fit({**PLAIN, "data": moved}, checkpoint=path)


def test_other_kinds_of_files_are_neither_read_nor_written_over(tmp_path):
    model = tmp_path / "model.json"
    logistica.fit(X, target=Y).save(model)
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    for path, kind in ((model, "JSON of another kind"), (table, "a CSV file")):
        before = path.read_bytes()
        with pytest.raises(CheckpointError, match=rf"not a logistica checkpoint file; it looks like {kind}\. Name ano"):
            fit(PLAIN, checkpoint=path)
        assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [model, table]


def test_nor_are_those_that_have_the_older_generations_name(tmp_path):
    older = tmp_path / "run.ckpt.previous"
    older.write_text("a,b\n1,2\n")
    with pytest.raises(CheckpointError, match=r"run\.ckpt\.previous': this is not a logistica checkpoint"):
        fit(PLAIN, checkpoint=tmp_path / "run.ckpt")
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(older, "a,b\n1,2\n")]


def test_places_where_no_checkpoint_can_be(tmp_path):
    with pytest.raises(CheckpointError, match="no ordinary file"):
        fit(PLAIN, checkpoint=tmp_path)
    with pytest.raises(CheckpointError, match="no ordinary file"):
        fit(PLAIN, checkpoint="/dev/null")
    with pytest.raises(FileAccessError, match="Make the directory first"):
        fit(PLAIN, checkpoint=tmp_path / "nowhere" / "run.ckpt")
    for name in ("", 5, b"run.ckpt"):
        with pytest.raises(OptionError, match="checkpoint="):
            fit(PLAIN, checkpoint=name)


@pytest.mark.usefixtures("at_every_step")
def test_another_run_that_writes_the_same_file_is_named(tmp_path):
    """Between two writings of one run the other has moved the file to the older generation's name."""
    path, older = tmp_path / "run.ckpt", tmp_path / "run.ckpt.previous"

    def meanwhile(row):
        if row.iteration == 3:
            path.replace(older)

    said = (
        r"run\.ckpt' cannot be written: the file that was there has been moved .* Let each run write a file of its own"
    )
    with pytest.raises(FileAccessError, match=said) as error:
        fit(PLAIN, checkpoint=path, callback=meanwhile)
    assert "directory" not in str(error.value)
    assert list(tmp_path.iterdir()) == [older]
    assert "3 epochs" in resumed_from(fit(PLAIN, checkpoint=path))


def test_newtons_method_has_none(tmp_path):
    with pytest.raises(OptionError, match="first-order solvers"):
        logistica.fit(X, target=Y, checkpoint=tmp_path / "run.ckpt")


def test_the_prevalence_may_be_restored_afterwards(tmp_path):
    """What is only done at the end is no part of the run."""
    path = tmp_path / "run.ckpt"
    options = {**PLAIN, "class_weight": "balanced"}
    stopped(options, 3, path)
    model = fit(options, checkpoint=path, restore_prevalence=True)
    assert resumed_from(model) is not None
    assert ClassBalance("balanced", None, True) == model.fitted.fit.options.balance
    np.testing.assert_array_equal(model.coef_, fit(options, restore_prevalence=True).coef_)


def test_every_run_of_the_catalogue_refuses_every_other(tmp_path):
    paths = {}
    for number, name in enumerate(RUNS):
        paths[name] = tmp_path / f"{number}.ckpt"
        stopped(RUNS[name], 1, paths[name])
    for name, path in paths.items():
        for other in RUNS.keys() - {name}:
            with pytest.raises(CheckpointError, match="is the checkpoint of another fit"):
                fit(RUNS[other], checkpoint=path)
