"""The compiled loops beside the NumPy code that says what they do."""
