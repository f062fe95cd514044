"""Statistics of the model as a whole: log-likelihoods, the likelihood-ratio test, information criteria."""

from __future__ import annotations

import math
from dataclasses import dataclass

from logistica.core.records import Note
from logistica.fitting.record import Fit
from logistica.inference import tails, validity
from logistica.prediction.fitted import Fitted


@dataclass(frozen=True)
class ModelStatistics:
    """The model as a whole. What does not hold for it is NaN, and ``notes`` say why.

    Attributes
    ----------
    n : float
        Observations: the sum of frequencies, else the rows in use.
    log_likelihood : float
        At the estimate (for separated classes the supremum); of grouped data with the binomial constant.
    log_likelihood_kernel, log_likelihood_null : float
        The same, and that of the intercept and offset alone, without that constant.
    deviance : float
        Twice the difference of log_likelihood_kernel from that of a model with a probability of its own for each row,
        which is 0 unless data are grouped.
    lr_statistic, lr_p_value, lr_log_p_value : float
        Twice the difference of the log-likelihoods, its chi-squared tail, and that one's natural logarithm.
    df_model : int
        Coefficients apart from intercepts that the data determine: their rank times (K - 1).
    mcfadden_r2 : float
        1 - log_likelihood_kernel / log_likelihood_null (McFadden 1974).
    aic, bic : float
        -2 log_likelihood + 2 k and + log(n) k, with k counting the intercepts too.
    notes : tuple of Note
    """

    n: float
    log_likelihood: float
    log_likelihood_kernel: float
    log_likelihood_null: float
    deviance: float
    lr_statistic: float
    lr_p_value: float
    lr_log_p_value: float
    df_model: int
    mcfadden_r2: float
    aic: float
    bic: float
    notes: tuple[Note, ...]


def model_statistics(fitted: Fitted) -> ModelStatistics:
    """Return the statistics of the model as a whole."""
    fit = fitted.fit
    outputs = len(fitted.labels.classes) - 1
    parameters = fit.rank * outputs
    df = parameters - outputs * fit.options.fit_intercept
    unsure = validity.about_convergence(fit)
    reasons = _refusals(fit)
    kernel = fit.likelihoods.fitted
    null = fit.likelihoods.null if df else kernel  # without columns both are one model, added up in two ways
    deviance = 2.0 * (fit.likelihoods.saturated - kernel)
    log_likelihood = kernel + fit.likelihoods.constant
    lr = p_value = log_p_value = aic = bic = math.nan
    if not reasons:
        lr = max(2.0 * (kernel - null), 0.0)
        if df:
            p_value, log_p_value = tails.chi_squared(lr, df)
        aic = 2.0 * parameters - 2.0 * log_likelihood
        bic = math.log(fit.rows.count) * parameters - 2.0 * log_likelihood
    return ModelStatistics(
        n=fit.rows.count,
        log_likelihood=log_likelihood,
        log_likelihood_kernel=kernel,
        log_likelihood_null=null,
        deviance=deviance,
        lr_statistic=lr,
        lr_p_value=p_value,
        lr_log_p_value=log_p_value,
        df_model=df,
        mcfadden_r2=1.0 - kernel / null if null < 0.0 and unsure is None else math.nan,
        aic=aic,
        bic=bic,
        notes=reasons or _cautions(fit),
    )


def _refusals(fit: Fit) -> tuple[Note, ...]:
    """Return why the likelihood-ratio test and the information criteria do not hold."""
    sampling = validity.about_standard_errors(fit) if fit.rows.weight_kind == "sampling" else None
    balanced = validity.about_standard_errors(fit) if fit.balance is not None else None
    asked = (validity.about_convergence(fit), sampling, balanced, validity.about_penalty(fit), _about_complete(fit))
    return tuple(note for note in asked if note is not None)


def _about_complete(fit: Fit) -> Note | None:
    if fit.separation is None or not fit.separation.reached or fit.separation.verdict != "complete":
        return None
    return Note(
        "trivial-likelihood",
        "The likelihood-ratio test, AIC and BIC are not given: the limiting log-likelihood is 0 for every set of"
        " columns that separates the classes, so that it compares nothing.",
    )


def _cautions(fit: Fit) -> tuple[Note, ...]:
    if fit.separation is None or not fit.separation.reached:
        return ()
    return (
        Note(
            "likelihood-at-limit",
            "The log-likelihood is the supremum, which no finite coefficients attain. Against a model that is separated"
            " by the same columns a likelihood-ratio test says nothing about them.",
        ),
    )
