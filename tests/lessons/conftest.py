"""Pictures in matplotlib's default style, whatever this machine's."""

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def default_style():
    mpl.use("Agg")
    mpl.rcdefaults()
