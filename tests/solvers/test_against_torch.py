"""The same path as PyTorch's optimisers take, where PyTorch is installed: all coefficients to 1e-12."""

from __future__ import annotations

import numpy as np
import pytest

from logistica import SGD, Adam, GradientDescent
from logistica.core.random import Purpose, generator
from tests.losses.libraries import module
from tests.solvers.quiet import quiet_fit

torch = module("torch")

N, P, EPOCHS, C = 120, 4, 30, 0.2

FULL = {
    "plain": (GradientDescent(learning_rate=0.3, epochs=EPOCHS), "SGD", {"lr": 0.3}),
    "momentum": (
        GradientDescent(learning_rate=0.1, epochs=EPOCHS, momentum=0.9),
        "SGD",
        {"lr": 0.1, "momentum": 0.9},
    ),
    "Nesterov": (
        GradientDescent(learning_rate=0.1, epochs=EPOCHS, momentum=0.9, nesterov=True),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
}
BATCHES = {
    "plain": (SGD(learning_rate=0.1, batch_size=32, epochs=5), "SGD", {"lr": 0.1}),
    "Nesterov": (
        SGD(learning_rate=0.1, batch_size=32, epochs=5, momentum=0.5, nesterov=True),
        "SGD",
        {"lr": 0.1, "momentum": 0.5, "nesterov": True},
    ),
    "in order": (SGD(learning_rate=0.1, batch_size=32, epochs=5, shuffle=False), "SGD", {"lr": 0.1}),
    "Adam": (Adam(learning_rate=0.05, batch_size=32, epochs=5), "Adam", {"lr": 0.05}),
    "Adam with its own constants": (
        Adam(learning_rate=0.05, batch_size=50, epochs=5, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
        "Adam",
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4},
    ),
}


def _data(K):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, P)) * [1.0, 2.0, 0.5, 1.0] + 0.25
    y = np.argmax(X @ rng.normal(size=(P, K)) + rng.gumbel(size=(N, K)), axis=1)
    y[:K] = np.arange(K)
    return X, y


def _torch_path(X, y, K, kind, options, orders, size):
    """The coefficients after each epoch, of a linear layer with the mean cross-entropy and a ridge penalty."""
    layer = torch.nn.Linear(P, 1 if K == 2 else K, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = getattr(torch.optim, kind)(layer.parameters(), **options)
    rows, targets = torch.tensor(X), torch.tensor(y)
    path = []
    for order in orders:
        for start in range(0, N, size):
            batch = torch.tensor(order[start : start + size])
            optimiser.zero_grad()
            eta = layer(rows[batch])
            if K == 2:
                loss = torch.nn.functional.binary_cross_entropy_with_logits(eta[:, 0], targets[batch].double())
            else:
                loss = torch.nn.functional.cross_entropy(eta, targets[batch])
            (loss + (layer.weight**2).sum() / (2.0 * C * N)).backward()
            optimiser.step()
        path.append((layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()))
    return path


def _assert_same(solver, kind, options, K, orders, size):
    X, y = _data(K)
    model = quiet_fit(X, target=y, C=C, solver=solver, random_state=5, keep_coefficients=True)
    expected = _torch_path(X, y, K, kind, options, orders, size)
    for row, (coef, intercept) in zip(model.record.history[1:], expected, strict=True):
        np.testing.assert_allclose(row.coef, coef, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(row.intercept, intercept, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", FULL)
def test_all_rows(name, K):
    _assert_same(*FULL[name], K, [np.arange(N)] * EPOCHS, N)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", BATCHES)
def test_mini_batches(name, K):
    """PyTorch's own: a last batch with fewer rows is a batch like the others."""
    solver = BATCHES[name][0]
    rng = generator(5, Purpose.BATCHES)
    orders = [rng.permutation(N) if solver.shuffle else np.arange(N) for _ in range(solver.epochs)]
    _assert_same(*BATCHES[name], K, orders, solver.batch_size)
