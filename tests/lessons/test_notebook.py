"""The sliders, and a picture, in a live notebook kernel."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

SOURCE = Path(__file__).resolve().parents[2] / "src"

CELLS = (
    "import logistica\nexplorer = logistica.lessons.sigmoid_explorer()\nexplorer",
    "print(explorer.loss.value)\nexplorer.image",
    "explorer.slope.value, explorer.intercept.value = 2, 1\nprint(explorer.loss.value)\nexplorer.image",
    "explorer.slope.value = -3\nprint(explorer.loss.value)\nexplorer.image",
    "logistica.pictures.sigmoid(2, 1)",
    "model = logistica.fit([[1], [2], [3], [4]], target=[0, 1, 0, 1], progress=True)",
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook after its cells ran in a kernel of this interpreter."""
    place = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "IPYTHONDIR": str(place), "MPLCONFIGDIR": str(place)}
    client = NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(place)}})
    client.execute(env=environment)
    assert client.nb.metadata.language_info.version.startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    return client.nb


def printed(notebook, cell):
    return "".join(one.text for one in notebook.cells[cell].outputs if one.output_type == "stream")


def shown(notebook, cell):
    """What a cell's last line shows, by kind."""
    return next(one.data for one in notebook.cells[cell].outputs if one.output_type == "execute_result")


def test_the_explorer_shows_its_panel(notebook):
    model = shown(notebook, 0)["application/vnd.jupyter.widget-view+json"]["model_id"]
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    panel = state[model]
    assert panel["model_name"] == "VBoxModel"
    children = [state[name.removeprefix("IPY_MODEL_")] for name in panel["state"]["children"]]
    kinds = ["FloatSliderModel", "FloatSliderModel", "LabelModel", "ImageModel"]
    assert [child["model_name"] for child in children] == kinds
    assert [child["state"]["description"] for child in children[:2]] == ["slope w", "intercept b"]
    assert [child["state"]["value"] for child in children[:2]] == [-3.0, 1.0]
    assert children[2]["state"]["value"] == printed(notebook, 3).strip()


def test_moving_the_sliders_changes_the_loss_shown(notebook):
    losses = [float(printed(notebook, cell).removeprefix("mean log loss: ")) for cell in (1, 2, 3)]
    assert losses[1] < losses[0] < losses[2]
    assert losses[2] > 3.0


def test_the_picture_in_the_front_end_is_that_of_the_last_move(notebook):
    """The kernel has sent the redrawn image: it is the one that these values draw here."""
    from logistica.lessons import rounded_line
    from logistica.lessons.sliders import picture

    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    (image,) = [one for one in state.values() if one["model_name"] == "ImageModel"]
    (buffer,) = image["buffers"]
    sent = base64.b64decode(buffer["data"])
    digest = {
        values: hashlib.sha256(picture(rounded_line(), *values)).hexdigest() for values in ((-3.0, 1.0), (2.0, 1.0))
    }
    assert hashlib.sha256(sent).hexdigest() == digest[-3.0, 1.0]
    assert digest[-3.0, 1.0] != digest[2.0, 1.0]


def test_a_picture_without_axes_shows_in_the_notebook(notebook):
    images = [one for one in notebook.cells[4].outputs if "image/png" in one.get("data", {})]
    assert len(images) == 1


def test_a_bar_leaves_nothing_behind(notebook):
    """But the widget that it was, which a front end closes; no blank line, as Rich leaves for what it wrote beside."""
    (bar,) = notebook.cells[5].outputs
    assert "application/vnd.jupyter.widget-view+json" in bar.data
