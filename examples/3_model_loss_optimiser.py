"""Model, loss, optimiser: one pattern for every model, with the gradient for free; and what its printed answer hides.

A hundred points x from -5 to 5. To the line 2 x + 1 comes noise between 0 and 1; the sum goes through the sigmoid and
is rounded to 0 or 1. In a notebook, ``logistica.lessons.sigmoid_explorer()`` shows these very points under a curve,
with two sliders for its w and b: try to find the best one by hand.

    python examples/3_model_loss_optimiser.py [FOLDER for pictures]
"""

import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np

import logistica
from logistica import GradientDescent, lessons
from logistica.losses import Binomial

END = """
Why not w = 2, from which the points were made? Noise that is added before rounding is not how a
logistic model makes its zeros and ones. Only the few points near the step can be on the wrong
side, so the best curve is far steeper, and the sliders, which end at 5, do not reach it. The loop
was stopped on the way there, as in the notebook that printed w = 2.526, b = 1.409 and remarked
that it could have been optimised further: where it stands says how many steps it took and how
long they were, not much more.

In about six of ten such draws no point is on the wrong side. Then there is no best curve: a
steeper one is always better. The loop prints numbers that look just as plausible, and its
learning curve looks the same."""


def gradient_by_hand(x: np.ndarray, y: np.ndarray, w: float, b: float) -> tuple[float, float]:
    """Differentiate the mean loss on paper: it is the mean of (p - y) x for w, and of p - y for b."""
    p = 1 / (1 + np.exp(-(w * x + b)))
    return float(np.mean((p - y) * x)), float(np.mean(p - y))


def gradient_for_free(x: np.ndarray, y: np.ndarray, w: float, b: float) -> tuple[float, float] | None:
    """Write down model and loss alone, and let PyTorch differentiate: the loss is the one that every fit here uses."""
    try:
        import torch
    except ImportError:
        return None
    weights = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    line = torch.from_numpy(x) * weights[0] + weights[1]
    Binomial().value(line[:, None], torch.from_numpy(y)).mean().backward()
    return tuple(weights.grad.tolist())


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    points, other = lessons.rounded_line(lessons.OVERLAPPING), lessons.rounded_line(lessons.SEPARATED)
    print("Model      p = 1 / (1 + exp(-(w x + b))), the probability of y = 1: a line, bent.")
    print("Loss       -log p where y = 1, -log(1 - p) where y = 0, on average over the points. It is")
    for w, b in ((1.0, 0.0), (2.0, 1.0), (2.5, 1.4)):
        print(f"           {points.loss(w, b):.4f} for w = {w}, b = {b}")
    print("Optimiser  Step against the gradient, and again. At w = 1, b = 0 it is")
    for how, gradient in (("by hand", gradient_by_hand), ("by automatic differentiation", gradient_for_free)):
        found = gradient(points.x, points.y, 1.0, 0.0)
        print("          ", *((f"{one:.12f}" for one in found) if found else ("(PyTorch is not installed)",)), how)
    w = b = 0.0
    for _ in range(500):
        slope_w, slope_b = gradient_by_hand(points.x, points.y, w, b)
        w, b = w - 0.1 * slope_w, b - 0.1 * slope_b
    print(f"           After 500 steps of 0.1 times the gradient: w = {w:.3f}, b = {b:.3f}")
    print("Another model, another loss, and the pattern stays: a line and its squared errors is linear")
    print("regression, bent lines upon bent lines are a neural network. The loop is the same.")

    steps = GradientDescent(learning_rate=0.1, epochs=500)  # the loop above
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed below
        fits = {
            "500 steps": logistica.fit(points.x[:, None], target=points.y, solver=steps, columns=["x"]),
            "maximum likelihood": logistica.fit(points.x[:, None], target=points.y, columns=["x"]),
            "500 steps, another draw": logistica.fit(other.x[:, None], target=other.y, solver=steps, columns=["x"]),
        }
    print("\nThe same by logistica, which says how far it got:")
    for name, model in fits.items():
        print(f"\n{name}: w = {model.coef_[0, 0]:.3f}, b = {model.intercept_[0]:.3f}")
        print(textwrap.fill(model.record.message, 100))
    print(END)

    draw = logistica.pictures
    axes = draw.learning_curves({"classes overlap": fits["500 steps"], "separated": fits["500 steps, another draw"]})
    axes.figure.savefig(pictures / "3_learning_curves.png")
    for name, file in (("500 steps", "3_early_stop.png"), ("maximum likelihood", "3_fitted_curve.png")):
        draw.fitted_curve(fits[name], points.x[:, None], "x", target=points.y).figure.savefig(pictures / file)
    return fits


if __name__ == "__main__":
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
