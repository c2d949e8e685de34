"""Fits the calibrators of a run, and applies them to predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float

from rcmvae_core.errors import RunError
from rcmvae_core.inference.calibration_labels import CalibrationLabels, LabelSource
from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.failures import failure
from rcmvae_core.plugin.protocols import (
    BuildContext,
    CalibratedPrediction,
    FittedCalibrator,
    NotApplicable,
)
from rcmvae_core.plugin.registry import BUILT_INS
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

Calibrated = Mapping[str, CalibratedPrediction]
"""What each calibrator makes of predictions, by its name."""


@attrs.frozen(eq=False)
class Calibration:
    """The fitted calibrators of a model.

    Args:
        fitted: by name, each with its plugin.
        not_applicable: by name, why a calibrator has nothing to say.
        source: where the labels come from that they are fitted to; None if there are none.
        count: the number of these labels.
    """

    fitted: Mapping[str, tuple[ResolvedPart, FittedCalibrator]] = attrs.field(factory=dict)
    not_applicable: Mapping[str, str] = attrs.field(factory=dict)
    source: LabelSource | None = None
    count: int = 0

    def apply(self, probabilities: Float[np.ndarray, "N Y"]) -> dict[str, CalibratedPrediction]:
        """Calibrate predictions by each calibrator.

        Args:
            probabilities: p(y|x), the mean over the seeds.

        Returns:
            What each makes of them, by name.

        Raises:
            RunError: E218 if a calibrator of another package fails.
        """
        if not self.fitted:
            return {}
        logs = log_probabilities(probabilities)
        return {name: _apply(part, fitted, logs) for name, (part, fitted) in self.fitted.items()}

    def as_json(self) -> dict[str, Any]:
        """Return what was fitted, and to which labels, as plain values; nothing without calibrators."""
        if self.source is None:
            return {}
        calibrators: dict[str, Any] = {
            name: {"summary": fitted.summary}
            | ({} if fitted.coverage is None else {"promised_coverage": fitted.coverage})
            for name, (_, fitted) in self.fitted.items()
        }
        calibrators |= {name: {"not_applicable": reason} for name, reason in self.not_applicable.items()}
        return {"labels": self.count, "source": self.source, "calibrators": calibrators}


def fit_calibration(
    resolved: ResolvedSpec, context: BuildContext, labels: CalibrationLabels | None
) -> Calibration:
    """Fit every calibrator of a spec to the predictions of an ensemble.

    The mean over the seeds is calibrated, because a mean of calibrated members is itself not calibrated.

    Args:
        resolved: the checked spec.
        context: the sizes that the model was built with.
        labels: predictions and labels of the same inputs; without any nothing is fitted.

    Returns:
        The fitted calibrators.

    Raises:
        RcmvaeError: E217 or E218 if one cannot be built, or fails.
    """
    if labels is None or not len(labels.labels):
        return Calibration()
    logs = log_probabilities(labels.probabilities.mean(axis=0))
    fitted, reasons = dict[str, tuple[ResolvedPart, FittedCalibrator]](), dict[str, str]()
    for part in resolved.parts.get("calibrator", ()):
        result = build_part(part, context)(logs, labels.labels)
        if isinstance(result, NotApplicable):
            reasons[part.name] = result.reason
        else:
            fitted[part.name] = part, result
    return Calibration(fitted, reasons, labels.source, len(labels.labels))


def log_probabilities(probabilities: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, "N Y"]:
    """Return log p in double precision; a p of 0, which rounding makes, becomes the smallest float32."""
    return np.log(np.maximum(np.asarray(probabilities, np.float64), np.finfo(np.float32).tiny))


def _apply(
    part: ResolvedPart, fitted: FittedCalibrator, logs: Float[np.ndarray, "N Y"]
) -> CalibratedPrediction:
    """Apply a calibrator; what one of another package does wrong names it.

    Args:
        part: its plugin.
        fitted: its fit.
        logs: log p(y|x).

    Raises:
        RunError: E218 if it fails, or returns something of another form.
    """
    if part.registered.distribution.name == BUILT_INS:
        return fitted.apply(logs)
    try:
        result = fitted.apply(logs)
    except Exception as error:
        raise RunError([failure(part, error, "apply")]) from error
    problem = prediction_problem(result, logs.shape)
    if problem is not None:
        raise RunError([failure(part, problem, "apply")])
    return result


def prediction_problem(result: Any, shape: tuple[int, ...]) -> str | None:
    """Return what is wrong with the result of a calibrator; None if nothing is.

    Args:
        result: what it returned.
        shape: of the probabilities, [N, Y].
    """
    if not isinstance(result, CalibratedPrediction):
        return f"returned a {type(result).__name__}, expected a CalibratedPrediction"
    if result.probabilities is None and result.sets is None:
        return "returned neither probabilities nor sets"
    for name, array, kind in (("probabilities", result.probabilities, "f"), ("sets", result.sets, "b")):
        if array is not None and (getattr(array, "shape", None) != shape or array.dtype.kind != kind):
            form = "float" if kind == "f" else "bool"
            return f"returned {name} of another form, expected {form} {list(shape)}"
    return None
