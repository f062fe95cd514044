"""Stable functions, linear algebra, records and errors: what every other room stands on."""
