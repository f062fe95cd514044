"""Solvers for many columns: products with the Hessian, or its inverse as learnt from slopes; no matrix of its size."""
