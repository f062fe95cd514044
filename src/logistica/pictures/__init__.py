"""Pictures of logistic regression: of the mathematics, of data beside a fit, and of the fit itself.

Every function draws into matplotlib axes and returns them::

    axes = logistica.pictures.fitted_curve(model, "hours.csv", "hours")
    axes.figure.savefig("hours.png")

Without ``ax`` a new pyplot figure is made, so that a notebook shows it; nothing is ever drawn into the figure that
happens to be the current one. With ``ax``, legends stand to the right of the axes and remarks below them, so the figure
should make room for them: ``plt.subplots(layout="constrained")``; in axes narrower than five inches text and marks are
smaller. Text, axes and gridlines keep the colours of the style in use, light or dark; classes differ by colour
(Okabe and Ito 2008, which colour-blind readers tell apart) and by marker, line style or hatching, so that the picture
can be printed in grey.

A ``model`` is what :func:`logistica.fit` returns, or a fitted ``LogisticRegression``. ``data`` are labelled rows, with
``target``, ``weights``, ``offset`` and ``missing`` as in ``model.evaluate``.
"""

from __future__ import annotations

from logistica.pictures.boundary import decision_boundary
from logistica.pictures.coefficient_plot import coefficients
from logistica.pictures.curve import fitted_curve
from logistica.pictures.learning import learning_curves
from logistica.pictures.mathematics import log_loss, sigmoid

__all__ = ["coefficients", "decision_boundary", "fitted_curve", "learning_curves", "log_loss", "sigmoid"]
