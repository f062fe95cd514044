"""The plain problems that the hard cases are made from, and what their fits are asked."""

from __future__ import annotations

import numpy as np


def columns(n=200, p=3, seed=0):
    """Independent normal columns, shape (n, p)."""
    return np.random.default_rng(seed).normal(size=(n, p))


def classes(X, K=2, seed=0, slope=1.0):
    """Labels 0 to K - 1 drawn from a model with these columns, shape (n,)."""
    rng = np.random.default_rng(seed)
    eta = slope * X @ rng.normal(size=(X.shape[1], K))
    return np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)


def codes(model):
    """The codes of a fit's notes."""
    return {note.code for note in model.record.notes}


def note(model, code):
    """The message of the note with this code."""
    return next(note.message for note in model.record.notes if note.code == code)


def same(model, other, *, rtol=1e-10):
    """The coefficients agree."""
    np.testing.assert_allclose(model.coef_, other.coef_, rtol=rtol, atol=1e-13)
    np.testing.assert_allclose(model.intercept_, other.intercept_, rtol=rtol, atol=1e-13)
