"""What the compiled loops are called with, and the stamp by which a library is known that is called with the same.

``setup.py`` runs this file, of which nothing else is there yet, and compiles the stamp into the library. A library of
another version, with another stamp, is not called: it would read a number as an address. So every function and every
structure that C shares with Python stands here, and none beside its caller.
"""

from __future__ import annotations

import ctypes
from typing import Any
from zlib import crc32

COUNT, NUMBER, ADDRESS, TEXT = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p, ctypes.c_char_p

FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "logistica_standardise": (ADDRESS, COUNT, COUNT, COUNT, ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_moments": (ADDRESS, ADDRESS),
    "logistica_symmetric_product": (ADDRESS, COUNT, COUNT, ADDRESS, COUNT, ADDRESS, ADDRESS),
    "logistica_lanes": (),
    "logistica_dense_times": (ADDRESS, *[COUNT] * 3, ADDRESS, ADDRESS, COUNT, ADDRESS, COUNT, ADDRESS),
    "logistica_dense_transposed": (ADDRESS, *[COUNT] * 3, ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_coded_times": (ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_coded_transposed": (ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_coded_cross": (ADDRESS, ADDRESS, COUNT, *[ADDRESS] * 3),
    "logistica_sparse_times_32": (ADDRESS, ADDRESS, ADDRESS, COUNT, ADDRESS, COUNT, ADDRESS),
    "logistica_sparse_times_64": (ADDRESS, ADDRESS, ADDRESS, COUNT, ADDRESS, COUNT, ADDRESS),
    "logistica_sparse_transposed_32": (ADDRESS, ADDRESS, ADDRESS, COUNT, ADDRESS, COUNT, COUNT, ADDRESS),
    "logistica_sparse_transposed_64": (ADDRESS, ADDRESS, ADDRESS, COUNT, ADDRESS, COUNT, COUNT, ADDRESS),
    "logistica_sparse_gram_32": (*[ADDRESS] * 3, COUNT, ADDRESS, COUNT, ADDRESS, ADDRESS),
    "logistica_sparse_gram_64": (*[ADDRESS] * 3, COUNT, ADDRESS, COUNT, ADDRESS, ADDRESS),
    "logistica_sparse_forms_32": (*[ADDRESS] * 3, COUNT, ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_sparse_forms_64": (*[ADDRESS] * 3, COUNT, ADDRESS, ADDRESS, COUNT, ADDRESS),
    "logistica_sparse_count_32": (ADDRESS, COUNT, ADDRESS, ADDRESS),
    "logistica_sparse_count_64": (ADDRESS, COUNT, ADDRESS, ADDRESS),
    "logistica_sparse_by_column_32": (*[ADDRESS] * 3, COUNT, ADDRESS, COUNT, *[ADDRESS] * 3),
    "logistica_sparse_by_column_64": (*[ADDRESS] * 3, COUNT, ADDRESS, COUNT, *[ADDRESS] * 3),
    "logistica_sparse_span_32": (*[ADDRESS] * 3, COUNT, *[ADDRESS] * 3),
    "logistica_sparse_sums_32": (*[ADDRESS] * 3, COUNT, *[ADDRESS] * 4),
    "logistica_sparse_span_64": (*[ADDRESS] * 3, COUNT, *[ADDRESS] * 3),
    "logistica_sparse_sums_64": (*[ADDRESS] * 3, COUNT, *[ADDRESS] * 4),
    "logistica_binomial_terms": (ADDRESS, ADDRESS, ADDRESS, COUNT, ADDRESS, ADDRESS, ADDRESS),
    "logistica_binomial_slope": (*[ADDRESS] * 5,),
    "logistica_entries_slope_32": (*[ADDRESS] * 5,),
    "logistica_entries_slope_64": (*[ADDRESS] * 5,),
    "logistica_entries_curved_32": (*[ADDRESS] * 5, COUNT, *[ADDRESS] * 4),
    "logistica_entries_curved_64": (*[ADDRESS] * 5, COUNT, *[ADDRESS] * 4),
    "logistica_binomial_curved": (*[ADDRESS] * 4, COUNT, *[ADDRESS] * 4),
    "logistica_descend_gram": (ADDRESS, COUNT, *[ADDRESS] * 4, COUNT, NUMBER),
    "logistica_descend_columns_32": (*[ADDRESS] * 4, COUNT, COUNT, *[ADDRESS] * 11),
    "logistica_descend_columns_64": (*[ADDRESS] * 4, COUNT, COUNT, *[ADDRESS] * 11),
    "logistica_multinomial_terms": (*[ADDRESS] * 3, *[COUNT] * 3, *[ADDRESS] * 3),
    "logistica_multinomial_bend": (*[ADDRESS] * 3, *[COUNT] * 3, ADDRESS),
    "logistica_walk": (ADDRESS, ADDRESS, ADDRESS, ADDRESS, COUNT, COUNT),
    "logistica_binomial_proba": (ADDRESS, COUNT, ADDRESS),
    "logistica_binomial_scores_32": (ADDRESS, *[COUNT] * 4, ADDRESS, ADDRESS, NUMBER, ADDRESS, COUNT, ADDRESS),
    "logistica_binomial_scores_64": (ADDRESS, *[COUNT] * 4, ADDRESS, ADDRESS, NUMBER, ADDRESS, COUNT, ADDRESS),
    "logistica_newton_path": (ADDRESS, COUNT, COUNT, ADDRESS, ADDRESS),
    "logistica_plain_columns": (ADDRESS, TEXT, COUNT, *[ADDRESS] * 3, *[COUNT] * 3),
    "logistica_plain_svmlight": (TEXT, COUNT, ADDRESS, COUNT, COUNT, *[ADDRESS] * 5),
    "logistica_plain_texts": (TEXT, ADDRESS, COUNT, ADDRESS, ADDRESS),
}
"""What each compiled function takes. Those that return something return a count."""


class Matrix(ctypes.Structure):
    """The struct ``matrix`` of core/rows.h."""

    _fields_ = (
        ("n", COUNT), ("p", COUNT), ("layout", COUNT), ("x", ADDRESS), ("stride", COUNT), ("columns", ADDRESS),
    )  # fmt: skip


STRUCTURES: dict[str, tuple[tuple[str, Any], ...]] = {
    "matrix": Matrix._fields_,
    "moments": tuple((name, ADDRESS) for name in ("weights", "centre", "scale", "low", "high", "first", "second")),
    "coded": (
        ("n", COUNT), ("factors", COUNT), ("levels", COUNT),
        *((name, ADDRESS) for name in ("ends", "codes", "bytes", "steps", "first", "here")),
    ),
    "linear": (("x", Matrix), ("centre", ADDRESS), ("slopes", ADDRESS), ("constant", NUMBER), ("offset", ADDRESS)),
    "entries": (
        ("start", ADDRESS), ("column", ADDRESS), ("data", ADDRESS), ("n", COUNT), ("p", COUNT),
        ("slopes", ADDRESS), ("constant", NUMBER), ("offset", ADDRESS),
    ),
    "problem": (
        *((name, ADDRESS) for name in ("linear", "y", "weights", "scale", "strength", "reach")),
        *((name, ADDRESS) for name in ("column_square", "room")),
        *((name, COUNT) for name in ("q", "doubt_after")),
        *((name, NUMBER) for name in ("sufficient_decrease", "tol", "least_pivot")),
    ),
    "rows": (
        ("n", COUNT), ("batch_size", COUNT), ("place", ADDRESS), ("x", ADDRESS), ("stride", COUNT),
        ("start", ADDRESS), ("column", ADDRESS), ("data", ADDRESS), ("wide", COUNT),
        ("y", ADDRESS), ("weights", ADDRESS), ("offset", ADDRESS),
    ),
    "objective": (
        ("columns", COUNT), ("outputs", COUNT), ("intercept", COUNT),
        ("centre", ADDRESS), ("scale", ADDRESS), ("ridge", ADDRESS), ("lasso", ADDRESS),
        ("total_weight", NUMBER), ("all_rows", NUMBER),
    ),
    "walk": (
        ("point", ADDRESS), ("mean", ADDRESS),
        ("rule", COUNT), ("numbers", NUMBER * 3), ("first_memory", ADDRESS), ("second_memory", ADDRESS),
        ("sizes", ADDRESS), ("begin", NUMBER), ("by_rows", COUNT),
        ("updates", COUNT), ("averaged", COUNT), ("running", NUMBER),
    ),
    "scratch": tuple(
        (name, ADDRESS)
        for name in (
            "gradient", "slopes", "constant", "sums", "eta", "residual", "proba", "turned", "by_output",
        )
    ),
    "form": (
        ("n_columns", COUNT), ("kinds", TEXT), ("powers_of_five", ADDRESS), ("missing", TEXT),
        ("longest_missing", COUNT), ("ends_cell", TEXT), ("delimiter", ctypes.c_uint8),
    ),
}  # fmt: skip
"""The fields of each structure, in their order."""


def stamp() -> int:
    """Return a number that another function, structure, type or order would change."""
    functions = [(name, [one.__name__ for one in types]) for name, types in FUNCTIONS.items()]
    structures = [(name, [(field, one.__name__) for field, one in fields]) for name, fields in STRUCTURES.items()]
    return crc32(repr((functions, structures)).encode())
