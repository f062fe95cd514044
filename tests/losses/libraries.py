"""The libraries over whose arrays a loss is written, and how each differentiates."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

DIFFERENTIATING = ("torch", "jax")


@dataclass(frozen=True)
class Library:
    """Arrays from NumPy's; a function made ready for them; and derivatives, as NumPy's arrays.

    ``gradient(function, *arrays)`` is that of a number in every array; ``hessians(function, eta)`` those of a number
    per row, each in its own row of eta, shape (n, m, m).
    """

    array: Callable[[Any], Any]
    compiled: Callable[[Callable[..., Any]], Callable[..., Any]]
    gradient: Callable[..., tuple[np.ndarray, ...]]
    hessians: Callable[..., np.ndarray]


def library(name: str) -> Library:
    """Return the library; skips the test where it is not installed, and fails in CI."""
    return {"torch": _torch, "jax": _jax}[name](module(name))


def module(name: str) -> Any:
    """Import a module; skips the test, or the tests of a file, where it is not installed, and fails in CI."""
    if importlib.util.find_spec(name) is None:
        reason = f"{name} is not installed"
        if os.environ.get("LOGISTICA_REQUIRE_AUTODIFF"):
            pytest.fail(reason)
        pytest.skip(reason, allow_module_level=True)
    return importlib.import_module(name)


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _torch(torch: Any) -> Library:
    def gradient(function, *arrays):
        given = [torch.tensor(array, requires_grad=True) for array in arrays]
        return tuple(each.numpy() for each in torch.autograd.grad(function(*given), given))

    def hessians(function, eta):
        given = torch.tensor(eta, requires_grad=True)
        (first,) = torch.autograd.grad(function(given).sum(), given, create_graph=True)
        second = [torch.autograd.grad(column.sum(), given, retain_graph=True)[0] for column in first.T]
        return torch.stack(second, dim=1).numpy()

    return Library(torch.tensor, _as_it_is, gradient, hessians)


def _jax(jax: Any) -> Library:
    # Without it, JAX rounds every array to single precision.
    jax.config.update("jax_enable_x64", True)

    def gradient(function, *arrays):
        found = jax.jit(jax.grad(function, argnums=tuple(range(len(arrays)))))(*map(jax.numpy.asarray, arrays))
        return tuple(np.asarray(each) for each in found)

    def hessians(function, eta):
        by_row = jax.vmap(jax.hessian(lambda row: function(row[None])[0]))
        return np.asarray(jax.jit(by_row)(jax.numpy.asarray(eta)))

    return Library(jax.numpy.asarray, jax.jit, gradient, hessians)
