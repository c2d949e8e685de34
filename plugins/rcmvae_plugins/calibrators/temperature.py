"""Builds the calibrator that scales log-probabilities by a temperature."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from rcmvae_core.plugin.protocols import BuildContext, CalibratedPrediction, Calibrator, FittedCalibrator
from rcmvae_plugins.calibrators.params import TemperatureParams

_LARGEST = np.log(100.0)
"""The largest log T, and minus the smallest."""


def temperature(params: TemperatureParams, context: BuildContext) -> Calibrator:
    """p_T(y|x) = p(y|x)^(1/T) / Σ_y' p(y'|x)^(1/T).

    T minimises -Σ_n log p_T(y_n|x_n) + (log T)² / (2 s²), where s is `spread`: a few labels that are all predicted right
    would otherwise give T = 0. The labels are divided into folds, and each is predicted with the T of the others: if they
    are less likely with it than without, T is 1. The most probable class stays the same.

    Args:
        params: the number of folds and s.
        context: unused.

    Returns:
        A Calibrator of probabilities.

    Source:
        Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    del context

    def fit(logs: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"]) -> FittedCalibrator:
        log_t = _fit_log_t(logs, labels, params.spread)
        before, after = _fold_losses(logs, labels, params)
        is_better = after < before
        value = float(np.exp(log_t)) if is_better else 1.0

        def apply(logs: Float[np.ndarray, "N Y"]) -> CalibratedPrediction:
            return CalibratedPrediction(probabilities=np.exp(log_softmax(logs / value, axis=1)))

        change = f"NLL of held-out folds {before:.4f} → {after:.4f}"
        summary = f"T = {value:.3g}; {change}" if is_better else f"T = 1, as another does not help; {change}"
        return FittedCalibrator(apply, summary)

    return fit


def _fold_losses(
    logs: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"], params: TemperatureParams
) -> tuple[float, float]:
    """Return the mean -log p(y|x) of labels, with T = 1 and with the T of the other folds.

    Args:
        logs: log p(y|x).
        labels: the class of each input.
        params: the number of folds and the spread.
    """
    # Inputs of a class take turns, so that every fold has about as many of each.
    folds = np.empty(len(labels), np.int64)
    folds[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % params.folds
    before, after = 0.0, 0.0
    for fold in range(min(params.folds, len(labels))):
        inside = folds == fold
        log_t = _fit_log_t(logs[~inside], labels[~inside], params.spread)
        before += _loss(logs[inside], labels[inside], 0.0)
        after += _loss(logs[inside], labels[inside], log_t)
    return before / len(labels), after / len(labels)


def _fit_log_t(logs: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"], spread: float) -> float:
    """Return the log T that is the most likely with these labels.

    Args:
        logs: log p(y|x).
        labels: the class of each input.
        spread: the standard deviation of log T without labels.
    """

    def objective(log_t: float) -> float:
        return _loss(logs, labels, log_t) + (log_t / spread) ** 2 / 2

    result: Any = minimize_scalar(objective, bounds=(-_LARGEST, _LARGEST), method="bounded")
    return float(result.x)


def _loss(logs: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"], log_t: float) -> float:
    """Return -Σ_n log p_T(y_n|x_n).

    Args:
        logs: log p(y|x).
        labels: the class of each input.
        log_t: the logarithm of T.
    """
    scaled = log_softmax(logs * np.exp(-log_t), axis=1)
    return float(-scaled[np.arange(len(labels)), labels].sum())
