"""Rows that are all alike: centred, nothing is left of them but rounding."""
