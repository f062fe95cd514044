"""Pointwise mathematics in eta, the linear predictor. A loss never sees X."""

from logistica.losses.base import Loss, Pointwise
from logistica.losses.binomial import Binomial
from logistica.losses.multinomial import Multinomial

__all__ = ["Binomial", "Loss", "Multinomial", "Pointwise", "loss_for"]


def loss_for(n_classes: int) -> Loss:
    """Return the loss of a model with ``n_classes`` classes: binomial for two, multinomial for more."""
    return Binomial() if n_classes == 2 else Multinomial(n_classes)
