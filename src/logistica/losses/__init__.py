"""Pointwise mathematics in eta, the linear predictor. A loss never sees X."""

from logistica.core.compiled import library
from logistica.losses.base import Loss, Pointwise, Terms
from logistica.losses.binomial import Binomial
from logistica.losses.compiled import CompiledBinomial, LinearRows
from logistica.losses.multinomial import Multinomial

__all__ = ["Binomial", "CompiledBinomial", "LinearRows", "Loss", "Multinomial", "Pointwise", "Terms", "loss_for"]


def loss_for(n_classes: int) -> Loss:
    """Return the loss of a model with ``n_classes`` classes: binomial for two, compiled if it can be; multinomial."""
    if n_classes > 2:
        return Multinomial(n_classes)
    return Binomial() if library() is None else CompiledBinomial()
