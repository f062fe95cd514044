"""Slow, independent solvers that know the truth: exact linear programs, and Newton's method in 50 digits."""
