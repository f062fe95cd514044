"""The same training twice, in NumPy and in PyTorch, and the question that neither asks: is there an answer?

A thousand points in the plane, labelled by the side of a line on which they lie; full-batch gradient descent from zero.

    python examples/5_numpy_and_pytorch.py [FOLDER for pictures]
"""

import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np

import logistica
from logistica import GradientDescent
from logistica.losses import Binomial


def points() -> tuple[np.ndarray, np.ndarray]:
    np.random.seed(0)
    X = np.random.randn(1000, 2)
    return X, (1 / (1 + np.exp(-(X @ [2.0, -3.0] + 0.5))) > 0.5).astype(int)


def in_pytorch(X: np.ndarray, y: np.ndarray, epochs: int) -> list[float] | None:
    """Train with PyTorch's tensors, automatic differentiation and optimiser, on logistica's own loss."""
    try:
        import torch
    except ImportError:
        return None
    rows, labels = torch.from_numpy(X), torch.from_numpy(y)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([weights], lr=0.1)
    losses = []
    for _ in range(epochs):
        optimiser.zero_grad()
        loss = Binomial().value((rows @ weights[:2] + weights[2])[:, None], labels).mean()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return losses


def w_and_b(model: logistica.Model) -> str:
    (first, second), (b,) = model.coef_[0], model.intercept_
    return f"{first:.8f}, {second:.8f}), b = {b:.8f}"


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    X, y = points()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed below
        model = logistica.fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=100), columns=["a", "b"])
        longer = logistica.fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=1000), columns=["a", "b"])
    torch_losses = in_pytorch(X, y, 100)
    print("Mean log loss before each of these epochs:\n\nepoch   logistica   PyTorch")
    for epoch in range(0, 100, 10):
        other = "not installed" if torch_losses is None else f"{torch_losses[epoch]:.4f}"
        print(f"{epoch:>5}   {model.record.history[epoch].loss:>9.4f}   {other}")
    print(f"After 100 epochs w = ({w_and_b(model)}.")
    print("The loss is still falling. Does it only need more epochs?")

    print(f"\nTen times as many give    w = ({w_and_b(longer)}")
    print("and they would go on for ever. logistica says why, after either run:\n")
    print(textwrap.fill(model.record.message, 100))
    print("\nThe labels were made from a line without any noise. Every point is on its right side, so that a")
    print("longer w is always better: its direction settles, its length never does.")
    print("What to do? A penalty gives one finite answer, from any start and by any solver:\n")
    penalised = logistica.fit(X, target=y, C=1, columns=["a", "b"])
    print(f"C=1:   w = ({w_and_b(penalised)}; w1 / w2 = {penalised.coef_[0, 0] / penalised.coef_[0, 1]:.3f}")
    print("truth: w = (2, -3), b = 0.5; w1 / w2 = -0.667")

    axes = logistica.pictures.decision_boundary(model, X, target=y)
    axes.figure.savefig(pictures / "5_decision_boundary.png")
    return {"model": model, "longer": longer, "C=1": penalised}


if __name__ == "__main__":
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
