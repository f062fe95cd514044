"""The same training twice, in NumPy and in PyTorch, and the question that neither asks: is there an answer?

A thousand points in the plane, labelled by the side of a line on which they lie; full-batch gradient descent from zero.

    python examples/5_numpy_and_pytorch.py [FOLDER for pictures]
"""

import sys
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


def lesson(pictures: Path) -> dict[str, logistica.Model]:
    X, y = points()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)  # what they say is printed below
        model = logistica.fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=100), columns=["a", "b"])
        longer = logistica.fit(X, target=y, solver=GradientDescent(learning_rate=0.1, epochs=1000), columns=["a", "b"])
    torch_losses = in_pytorch(X, y, 100)
    print("epoch   logistica   PyTorch")
    for epoch in range(0, 100, 10):
        other = "not installed" if torch_losses is None else f"{torch_losses[epoch]:.4f}"
        print(f"{epoch:>5}   {model.record.history[epoch].loss:>9.4f}   {other}")
    print("w =", *model.coef_[0], " b =", *model.intercept_)

    print("\nThe loss was still falling. Ten times as many epochs give w =", *longer.coef_[0].round(3))
    print("and would go on for ever, because:", model.record.message)
    print(
        "\nThe direction of w settles, its length never does: the labels were made without any noise. A penalty gives"
    )
    print("one finite answer:")
    penalised = logistica.fit(X, target=y, C=1, columns=["a", "b"])
    print("C=1: w =", *penalised.coef_[0], " b =", *penalised.intercept_)

    axes = logistica.pictures.decision_boundary(model, X, target=y)
    axes.figure.savefig(pictures / "5_decision_boundary.png")
    return {"model": model, "longer": longer, "C=1": penalised}


if __name__ == "__main__":
    lesson(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
