"""The version, kept where both the package and its build read it."""

VERSION = "0.1.0"
