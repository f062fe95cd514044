"""One fit from start to end: prepare, start, solve, certify; separation."""

from logistica.fitting.fit import fit
from logistica.fitting.options import FitOptions
from logistica.fitting.record import INTERCEPT, Estimate, Fit, FitRecord, Likelihoods, Rows

__all__ = ["INTERCEPT", "Estimate", "Fit", "FitOptions", "FitRecord", "Likelihoods", "Rows", "fit"]
