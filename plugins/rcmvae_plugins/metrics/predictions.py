"""Computes how good p(y|x) is, over the held-out inputs with a label."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.inference.class_metrics import imbalance_metrics
from rcmvae_core.inference.metrics import adaptive_ece as adaptive_calibration_error
from rcmvae_core.inference.metrics import calibration_error, reliability
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportData
from rcmvae_plugins.metrics._inputs import of_predictions
from rcmvae_plugins.metrics.params import CalibrationParams


def accuracy(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of inputs with argmax_y p(y|x) = y."""
    del params
    return of_predictions(data, lambda p, labels: float(np.mean(p.argmax(axis=1) == labels)))


def balanced_accuracy(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the mean over the classes that occur of the share of their inputs that is predicted right."""
    del params
    return of_predictions(data, lambda p, labels: imbalance_metrics(p, labels)["balanced_accuracy"])


def macro_f1(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the mean F1, 2 P R / (P + R), over the classes that occur or are predicted."""
    del params
    return of_predictions(data, lambda p, labels: imbalance_metrics(p, labels)["macro_f1"])


def ece(params: CalibrationParams, data: ReportData) -> float | NotApplicable:
    """Compute Σ_b n_b/N · |accuracy_b - confidence_b| over bins b of equal width of max_y p(y|x).

    Source: Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning".
    """
    return of_predictions(data, lambda p, labels: calibration_error(reliability(p, labels, params.bins)))


def adaptive_ece(params: CalibrationParams, data: ReportData) -> float | NotApplicable:
    """Compute Σ_b n_b/N · |accuracy_b - confidence_b| over bins b with equally many inputs, by max_y p(y|x).

    Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural language processing
    models", arXiv:1508.05154.
    """
    return of_predictions(data, lambda p, labels: adaptive_calibration_error(p, labels, params.bins))


def brier(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the mean of Σ_k (p(k|x) - 1[k = y])², between 0 and 2.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability".
    """
    del params
    return of_predictions(data, _brier)


def _brier(probabilities: Float[np.ndarray, "n Y"], labels: Int[np.ndarray, " n"]) -> float:
    errors = probabilities.copy()
    errors[np.arange(len(labels)), labels] -= 1
    return float(np.mean(np.sum(errors**2, axis=1)))
