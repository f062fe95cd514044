"""What to write instead: for the functions and signs of other systems that formulas here do not have."""

from __future__ import annotations

_NATURAL = "cr(x, df = 4) is the natural cubic spline"
_SMOOTH = "there are no penalised smooths: write bs(x, df = 5) or cr(x, df = 5), with a ridge penalty C= if wanted"
_FACTOR = "write C(x), or C(x, levels = [...]) for another order of the levels"
_MIXED = "there are no random effects: write C(g) for a factor of groups"

OF_FUNCTIONS = {
    "factor": _FACTOR,
    "as.factor": _FACTOR,
    "as.character": "write C(x)",
    "as.numeric": "convert the column before the fit",
    "as.integer": "convert the column before the fit",
    "ordered": "write C(x, Poly), with levels = [...] for their order",
    "relevel": 'write C(x, base = "level")',
    "interaction": "write a:b",
    "Treatment": 'write C(x, Treatment, base = "level")',
    "Sum": "write C(x, Sum)",
    "Helmert": "write C(x, Helmert)",
    "Poly": "write C(x, Poly)",
    "contr.treatment": 'write C(x, Treatment, base = "level")',
    "contr.sum": "write C(x, Sum)",
    "contr.helmert": "write C(x, Helmert)",
    "contr.poly": "write C(x, Poly)",
    "ns": _NATURAL,
    "rcs": _NATURAL,
    "cc": "there are no cyclic splines: use columns of the sine and cosine, made before the fit",
    "s": _SMOOTH,
    "te": _SMOOTH,
    "ti": _SMOOTH,
    "t2": _SMOOTH,
    "lo": _SMOOTH,
    "standardize": "write scale(x)",
    "Q": "write a name that is no word in backquotes: `a name`",
    "c": 'a list of values stands only as an argument, as in C(x, levels = ["a", "b"])',
    "ifelse": 'write a comparison: I(x > 3), or I((x > 3) * (z == "a"))',
    "cut": "write comparisons, such as I(x > 3) + I(x > 5), or make the column before the fit",
    "sin": "make the column before the fit",
    "cos": "make the column before the fit",
    "strata": _MIXED,
    "random": _MIXED,
    "weights": "pass weights=, the name of a column",
}
"""For a function that is not there; a prefix such as ``np.`` is no part of its name."""

PREFIXES = ("np.", "numpy.", "math.", "stats.", "splines.", "base.", "mgcv.", "scipy.special.")

RANDOM_EFFECTS = f": {_MIXED}"
OF_SIGNS = {
    "|": ": a formula has one part; write a + b, or C(g) for a factor of groups",
    "&": ": multiply comparisons where both must hold, as in I((a > 1) * (b > 2))",
    "!": ": 'is not' is written !=, as in I(a != 1)",
    "$": ": name the column alone, without its table",
    "@": ": name the column alone, without its table",
    ";": ": it is one expression, and never run as code",
    "%": ": of R's operators between percent signs there is %in% alone",
}


def function_hint(function: str, known: tuple[str, ...]) -> str | None:
    """Return what to write instead of a function that is none of the ``known`` ones; None where nothing is known."""
    bare = function
    for prefix in PREFIXES:
        bare = bare.removeprefix(prefix)
    if bare in OF_FUNCTIONS:
        return OF_FUNCTIONS[bare]
    return f"write {bare}()" if bare in known else None
