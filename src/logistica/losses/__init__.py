"""Pointwise mathematics in eta, the linear predictor. A loss never sees X."""

from logistica.core.compiled import library
from logistica.losses.base import Loss, Pointwise, Terms
from logistica.losses.binomial import Binomial
from logistica.losses.compiled import CompiledBinomial, CompiledMultinomial, LinearEntries, LinearRows
from logistica.losses.multinomial import Multinomial

__all__ = [
    "Binomial",
    "CompiledBinomial",
    "CompiledMultinomial",
    "LinearEntries",
    "LinearRows",
    "Loss",
    "Multinomial",
    "Pointwise",
    "Terms",
    "loss_for",
]


def loss_for(n_classes: int) -> Loss:
    """Return the loss of a model with ``n_classes`` classes: binomial or multinomial, compiled if it can be."""
    if n_classes > 2:
        return Multinomial(n_classes) if library() is None else CompiledMultinomial(n_classes)
    return Binomial() if library() is None else CompiledBinomial()
