"""A fitted model as the content of a model file, and back. Every field is checked on the way in."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import ModelFileError
from logistica.core.memory import FEWER_COLUMNS, memory_in_words
from logistica.core.records import Note
from logistica.core.schema import Fields, encode_array, encode_float
from logistica.data.labels import Labels
from logistica.data.recipe import Recipe
from logistica.fitting.options import FitOptions
from logistica.fitting.record import Balance, Covariances, Estimate, Fit, FitRecord, Likelihoods, Rows
from logistica.fitting.separation.record import Separation, SingleColumn
from logistica.objective.coordinates import Coordinates
from logistica.prediction import model_file, soundness
from logistica.prediction.fitted import Fitted
from logistica.prediction.stored_options import options_content, options_from
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status

Array = NDArray[np.float64]
Path = str | os.PathLike[str]
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

LARGEST_COVARIANCE = 500
"""Parameters up to which the covariance is stored whole; above it, only standard errors are."""
SIGNS = ("+inf", "-inf", "undetermined")


@memory_in_words(FEWER_COLUMNS)
def save(fitted: Fitted, path: Path) -> None:
    """Write the model file; see :mod:`logistica.prediction.model_file`."""
    model_file.write(path, to_content(fitted))


@memory_in_words(FEWER_COLUMNS)
def load(path: Path) -> Fitted:
    """Read a model file. Raises ModelFileError, FileAccessError or OutOfMemoryError; never returns a damaged model."""
    return from_content(model_file.read(path), f"{os.fspath(path)!r}: model")


def to_content(fitted: Fitted) -> dict[str, Any]:
    """Return what :func:`from_content` reads, as JSON-able values."""
    fit = fitted.fit
    return {
        "labels": fitted.labels.to_dict(),
        "recipe": fitted.recipe.to_dict(),
        "columns_beside": {
            "has_offset": fitted.has_offset,
            "target": fitted.target_name,
            "response": fitted.response,
            "weights": fitted.weights_name,
            "offset": list(fitted.offset_names),
        },
        "options": options_content(fit.options),
        "estimate": _estimate_content(fit.estimate),
        "record": _record_content(fit.record),
        "likelihoods": {name: encode_float(value) for name, value in asdict(fit.likelihoods).items()},
        "rows": {
            **asdict(fit.rows),
            "class_weight": encode_array(fit.rows.class_weight),
            "class_rows": fit.rows.class_rows.tolist(),
        },
        "aliases": [{"term": name, "partners": list(partners)} for name, partners in fit.aliases.items()],
        "condition": encode_float(fit.condition),
        "separation": None if fit.separation is None else _separation_content(fit.separation, fitted.labels),
        "balance": None if fit.balance is None else _balance_content(fit.balance),
    }


def from_content(content: object, place: str = "model") -> Fitted:
    """Return the model that ``content`` describes; ``place`` starts the messages of errors."""
    fields = Fields(content, place)
    try:
        found_labels = Labels.from_dict(fields.raw("labels"))
        recipe = Recipe.from_dict(fields.raw("recipe"))
    except ModelFileError as error:
        raise ModelFileError(f"{place}: {error} {soundness.REMEDY}.") from None
    options = options_from(fields.section("options"))
    K, p = len(found_labels.classes), recipe.n_columns
    estimate = _estimate(fields.section("estimate"), K, p, options)
    beside = fields.section("columns_beside")
    separation = fields.optional("separation", fields.section)
    balance = fields.optional("balance", fields.section)
    fit = Fit(
        recipe.terms,
        options,
        estimate,
        _record(fields.section("record")),
        _likelihoods(fields.section("likelihoods")),
        _rows(fields.section("rows"), K),
        _once(((one.text("term"), one.texts("partners")) for one in fields.sections("aliases")), f"{place}.aliases"),
        fields.number("condition", minimum=0.0, infinite=True),
        None if separation is None else _separation(separation, found_labels, estimate.coordinates.shape),
        None if balance is None else _balance(balance, K),
    )
    fitted = Fitted(
        recipe,
        found_labels,
        fit,
        beside.flag("has_offset"),
        beside.optional("target", beside.text),
        beside.optional("weights", beside.text),
        beside.texts("offset"),
        beside.optional("response", beside.text),
    )
    fields.finish()
    soundness.check(fitted, place)
    return fitted


def _once(pairs: Iterable[tuple[Key, Value]], place: str) -> dict[Key, Value]:
    """Return a dict of pairs whose keys are all different."""
    listed = list(pairs)
    found = dict(listed)
    if len(found) < len(listed):
        raise ModelFileError(f"{place} names something twice. {soundness.REMEDY}.")
    return found


def _estimate_content(estimate: Estimate) -> dict[str, Any]:
    coordinates = estimate.coordinates
    covariance, own = estimate.covariances.parameters, estimate.covariances.outputs
    small = covariance is not None and len(covariance) <= LARGEST_COVARIANCE
    return {
        "centre": encode_array(coordinates.centre),
        "scale": encode_array(coordinates.scale),
        "reference": coordinates.reference,
        "theta": encode_array(estimate.theta),
        "finite": encode_array(estimate.finite),
        "free": [int(free) for free in estimate.free],
        "covariance": _lower(covariance) if covariance is not None and small else None,
        "output_covariances": None if own is None else encode_array(own[:, *np.tril_indices(own.shape[1])]),
    }


def _lower(covariance: Array) -> list[Any]:
    """Return the lower triangle, row by row."""
    return encode_array(covariance[np.tril_indices(len(covariance))])


def _estimate(fields: Fields, K: int, p: int, options: FitOptions) -> Estimate:
    reference = fields.optional("reference", fields.integer, minimum=0, maximum=K - 1)
    if (reference is None) is not (K == 2 or options.lasso):
        raise ModelFileError(f"{fields.place}.reference does not suit the number of classes, {K}. {soundness.REMEDY}.")
    coordinates = Coordinates(
        fields.vector("centre", p), fields.vector("scale", p), options.fit_intercept, 1 if K == 2 else K, reference
    )
    shape = coordinates.shape
    size = shape[0] * shape[1]
    lower = fields.optional("covariance", fields.vector, length=size * (size + 1) // 2)
    places = np.tril_indices(shape[1])
    blocks = fields.optional("output_covariances", fields.matrix, shape=(shape[0], len(places[0])), missing=True)
    covariance = None
    if lower is not None:
        covariance = np.zeros((size, size))
        covariance[np.tril_indices(size)] = lower
        covariance += np.tril(covariance, -1).T
    own = None
    if blocks is not None:
        own = np.zeros((shape[0], shape[1], shape[1]))
        own[:, *places] = blocks
        own[:, *places[::-1]] = blocks
    return Estimate(
        coordinates,
        fields.matrix("theta", shape),
        fields.matrix("finite", shape),
        np.array(fields.integers("free", length=shape[0], minimum=0, maximum=1), dtype=bool),
        Covariances(covariance, own),
    )


def _record_content(record: FitRecord) -> dict[str, Any]:
    certificate = {
        name: value if isinstance(value, bool) else encode_float(value)
        for name, value in record.certificate._asdict().items()
    }
    return {
        "status": str(record.status),
        "message": record.message,
        "certificate": certificate,
        "iterations": record.iterations,
        "sweeps": record.sweeps,
        "notes": [{"code": note.code, "message": note.message} for note in record.notes],
    }


def _record(fields: Fields) -> FitRecord:
    certificate = fields.section("certificate")
    return FitRecord(
        Status(fields.choice("status", [str(status) for status in Status])),
        fields.text("message"),
        Certificate(
            certificate.number("decrement", minimum=0.0, infinite=True),
            certificate.number("radius", minimum=0.0, infinite=True),
            certificate.number("bound", minimum=0.0, infinite=True),
            certificate.number("floor", minimum=0.0, infinite=True),
            certificate.flag("exact"),
            certificate.number("gap", minimum=0.0, infinite=True, missing=True),
        ),
        fields.integer("iterations", minimum=0),
        fields.integer("sweeps", minimum=0),
        (),
        tuple(Note(note.text("code"), note.text("message")) for note in fields.sections("notes")),
    )


def _likelihoods(fields: Fields) -> Likelihoods:
    return Likelihoods(
        fields.number("fitted", maximum=0.0, infinite=True),
        fields.number("null", maximum=0.0, infinite=True, missing=True),
        fields.number("objective", minimum=0.0, infinite=True),
        fields.number("constant", minimum=0.0),
        fields.number("saturated", maximum=0.0),
    )


def _rows(fields: Fields, K: int) -> Rows:
    return Rows(
        fields.integer("read", minimum=0),
        fields.integer("used", minimum=1),
        fields.integer("dropped", minimum=0),
        fields.integer("weight_zero", minimum=0),
        fields.number("total_weight", minimum=0.0),
        fields.vector("class_weight", length=K),
        np.array(fields.integers("class_rows", length=K, minimum=0, maximum=2**62), dtype=np.intp),
        fields.choice("weight_kind", ("frequency", "importance", "sampling")),
        fields.flag("weighted"),
        fields.flag("grouped"),
        fields.integer("set_aside", minimum=0),
    )


def _balance_content(balance: Balance) -> dict[str, Any]:
    return {
        "multipliers": encode_array(balance.multipliers),
        "resample": balance.resample,
        "observed": encode_array(balance.observed),
        "fitted": None if balance.fitted is None else encode_array(balance.fitted),
        "restored": balance.restored,
    }


def _balance(fields: Fields, K: int) -> Balance:
    return Balance(
        fields.vector("multipliers", K),
        fields.optional("resample", fields.text),
        fields.vector("observed", K),
        fields.optional("fitted", fields.vector, K),
        fields.flag("restored"),
    )


def _separation_content(separation: Separation, labels: Labels) -> dict[str, Any]:
    code = {label: k for k, label in enumerate(labels.classes.tolist())}
    return {
        "verdict": separation.verdict,
        "n_rows": separation.n_rows,
        "columns": list(separation.columns),
        "signs": [
            {"term": term, "class": code[a], "against": code[b], "sign": sign}
            for (term, a, b), sign in separation.signs.items()
        ],
        "single_columns": [{**asdict(one), "class_": code[one.class_]} for one in separation.single_columns],
        "direction": encode_array(separation.direction),
        "canonical": separation.canonical,
        "distance": separation.distance,
        "log_likelihood": encode_float(separation.log_likelihood),
    }


def _separation(fields: Fields, labels: Labels, shape: tuple[int, int]) -> Separation:
    classes = labels.classes.tolist()
    top = len(classes) - 1

    def label(one: Fields, name: str) -> object:
        return classes[one.integer(name, minimum=0, maximum=top)]

    return Separation(
        fields.choice("verdict", ("complete", "quasi")),
        fields.integer("n_rows", minimum=0),
        fields.texts("columns"),
        _once(
            (
                ((one.text("term"), label(one, "class"), label(one, "against")), one.choice("sign", SIGNS))
                for one in fields.sections("signs")
            ),
            f"{fields.place}.signs",
        ),
        tuple(
            SingleColumn(
                one.text("term"),
                label(one, "class_"),
                one.choice("side", ("above", "below")),
                one.number("threshold"),
                one.integer("n_rows", minimum=1),
                one.flag("complete"),
            )
            for one in fields.sections("single_columns")
        ),
        fields.matrix("direction", shape),
        fields.flag("canonical"),
        fields.number("distance", minimum=0.0),
        fields.number("log_likelihood", maximum=0.0, missing=True),
    )
