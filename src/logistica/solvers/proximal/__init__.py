"""Solvers for L1 and elastic net: proximal Newton by matrices or by rows, coordinate descent, the duality gap."""
