"""Contrasts of classes: from the solver's coordinates to estimates and standard errors in the user's columns.

For two classes theta has one column, the log-odds of the second class. For K classes it has one for each class but the
internal reference. A matrix ``weights``, shape (m, t), takes it to the t contrasts asked for: theta @ weights. With
A the covariance of the m outputs' coefficients of one column, the contrasts' variances are diag(weights' A weights).

Everything is computed in the solver's coordinates, where columns have size one; a column's scale multiplies the root at
the very end, so that no unit over- or underflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.linalg import EPSILON
from logistica.core.wording import listed
from logistica.data.labels import Labels
from logistica.fitting.record import Estimate
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

LOST = 1e4 * EPSILON
"""A variance below this share of the terms that it is the sum of has lost too many digits to be given."""
SHOWN_CLASSES = 10


@dataclass(frozen=True)
class Contrasts:
    """Each class against a reference.

    Attributes
    ----------
    classes : tuple of int
        Codes of the classes that are compared, t of them.
    reference : int
        Code of the class that they are compared with.
    weights : array, shape (m, t)
        From the columns of theta to the contrasts.
    """

    classes: tuple[int, ...]
    reference: int
    weights: Array


@dataclass(frozen=True)
class Moments:
    """Estimates and standard errors of the contrasts.

    Attributes
    ----------
    estimate, std_error : arrays, shape (q, t)
        In the user's units; the intercept, if any, first. A standard error that is not known is NaN.
    ratio : array, shape (q, t)
        estimate / std_error, exact also where the units over- or underflow.
    """

    estimate: Array
    std_error: Array
    ratio: Array


def class_code(labels: Labels, label: object) -> int:
    """Return the code of the class ``label``; None is the first. Raises OptionError for an unknown one."""
    if label is None:
        return 0
    classes = labels.classes.tolist()
    try:
        return {known: code for code, known in enumerate(classes)}[label]
    except (KeyError, TypeError):
        shown = listed(classes, SHOWN_CLASSES)
        raise OptionError(f"reference={label!r}: it must be one of the classes, {shown}") from None


def contrasts_with(coordinates: Coordinates, n_classes: int, reference: int) -> Contrasts:
    """Return the contrasts of every other class with ``reference``, in the order of the classes."""
    classes = tuple(k for k in range(n_classes) if k != reference)
    if coordinates.n_outputs == 1:
        return Contrasts(classes, reference, np.array([[1.0 if reference == 0 else -1.0]]))
    identity = np.eye(n_classes)
    weights = np.column_stack([identity[k] - identity[reference] for k in classes])
    return Contrasts(classes, reference, weights[list(coordinates.free_outputs)])


def moments(estimate: Estimate, contrasts: Contrasts) -> Moments:
    """Return the estimates and standard errors of the contrasts."""
    coordinates = estimate.coordinates
    k = int(coordinates.intercept)
    unit = np.concatenate([np.ones(k), coordinates.scale])[:, None]
    value = estimate.finite @ contrasts.weights
    root = _roots(estimate, contrasts.weights)
    with np.errstate(over="ignore", under="ignore"):
        in_units = value * unit
        std_error = root * unit
        if k:
            in_units[0] -= in_units[1:].T @ coordinates.centre
            value = np.vstack([in_units[:1], value[1:]])
        return Moments(in_units, std_error, value / root)


def _roots(estimate: Estimate, weights: Array) -> Array:
    """Return standard errors in the solver's unit of each column, shape (q, t)."""
    own = estimate.covariances.outputs
    if own is None:
        return np.full((estimate.coordinates.n_rows, weights.shape[1]), np.nan)
    square = np.einsum("jat,at->jt", own @ weights, weights)
    terms = (np.sqrt(np.einsum("jaa->ja", own)) @ np.abs(weights)) ** 2
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.where(square > LOST * terms, square, np.nan))
