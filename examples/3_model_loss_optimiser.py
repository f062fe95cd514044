"""Model, loss, optimiser: one pattern for every model, with the gradient for free; and what its printed answer hides.

A hundred points x from -5 to 5; the line 2 x + 1 plus noise between 0 and 1 goes through the sigmoid and is rounded to
0 or 1. In a notebook, ``logistica.lessons.sigmoid_explorer()`` lets you find the curve by hand, with two sliders.

    python examples/3_model_loss_optimiser.py [FOLDER for pictures]
"""

import sys
import warnings
from pathlib import Path

import numpy as np

import logistica
from logistica import GradientDescent
from logistica.losses import Binomial

OVERLAPPING, SEPARATED = 9, 11
"""Seeds of the noise: in the first draw zeros and ones overlap, in the second a gap lies between them."""


LESSON = """
The loop was stopped on the way, as in the notebook that printed w = 2.526, b = 1.409 and remarked that it could have
been optimised further: its w and b lie between the start and the optimum, and how far depends on nothing but the steps,
their number and length. The optimum is not w = 2 either. Noise that is added before rounding is not how a logistic
model makes its zeros and ones: only the few points near the step can be on the wrong side, so the best curve is far
steeper. And in about six of ten draws no point is on the wrong side: then there is no best curve at all, every steeper
one is better, and the numbers of an early stop look just as plausible; so do the two learning curves."""


def points(seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(-5.0, 5.0, 100)
    noise = np.random.default_rng(seed).uniform(size=100)
    return x, np.rint(1.0 / (1.0 + np.exp(-(2.0 * x + 1.0 + noise)))).astype(int)


def gradient_for_free(x: np.ndarray, y: np.ndarray, w: float, b: float) -> tuple[float, float] | None:
    """Write the loss once, and let PyTorch differentiate it: the same function that fits every model here."""
    try:
        import torch
    except ImportError:
        return None
    weights = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    eta = torch.stack([torch.from_numpy(x) * weights[0] + weights[1]], dim=1)
    Binomial().value(eta, torch.from_numpy(y)).mean().backward()
    return tuple(weights.grad.tolist())


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    x, y = points(OVERLAPPING)
    by_hand = np.mean((1 / (1 + np.exp(-x)) - y) * x), np.mean(1 / (1 + np.exp(-x)) - y)
    print("The gradient in w and b at w = 1, b = 0, by hand:", *by_hand)
    print("and by automatic differentiation:                ", *(gradient_for_free(x, y, 1.0, 0.0) or ["no PyTorch"]))

    slow = GradientDescent(learning_rate=0.1, epochs=500)
    gap_x, gap_y = points(SEPARATED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed below
        fits = {
            "500 steps": logistica.fit(x[:, None], target=y, solver=slow, columns=["x"]),
            "maximum likelihood": logistica.fit(x[:, None], target=y, columns=["x"]),
            "500 steps, another draw": logistica.fit(gap_x[:, None], target=gap_y, solver=slow, columns=["x"]),
        }
    for name, model in fits.items():
        print(f"\n{name}: w = {model.coef_[0, 0]:.3f}, b = {model.intercept_[0]:.3f}")
        print(model.record.message)

    print(LESSON)

    draw = logistica.pictures
    axes = draw.learning_curves({"seed 9": fits["500 steps"], "seed 11": fits["500 steps, another draw"]})
    axes.figure.savefig(pictures / "3_learning_curves.png")
    for name, file in (("500 steps", "3_early_stop.png"), ("maximum likelihood", "3_fitted_curve.png")):
        draw.fitted_curve(fits[name], x[:, None], "x", target=y).figure.savefig(pictures / file)
    return fits


if __name__ == "__main__":
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
