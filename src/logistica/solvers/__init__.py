"""One driver loop; solvers that only start and step; step sizes; stopping; the certificate."""
