"""Pictures are drawn without a window, and closed."""

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def closed_figures():
    """Draw with Agg in matplotlib's default style, and leave no figure behind."""
    from matplotlib import pyplot

    mpl.use("Agg")
    mpl.rcdefaults()
    yield
    pyplot.close("all")
