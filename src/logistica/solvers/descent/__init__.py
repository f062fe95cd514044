"""Gradient descent on all rows or on batches: schedules, updates, starts, the walk over an epoch."""
