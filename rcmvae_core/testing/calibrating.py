"""Check calibrators, which correct the probabilities of classes or give sets of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.inference.calibration import prediction_problem
from rcmvae_core.plugin.protocols import CalibratedPrediction, Calibrator, FittedCalibrator, NotApplicable
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed, CheckSkipped

_LABELS = (40, 4, 1)
"""Numbers of labels to fit."""
_INPUTS, _SUBSET = 24, 7


def check_calibrator(case: PluginCase) -> None:
    """Check that a calibrator fits any labels, gives distributions or sets, and calibrates each input by itself."""
    fit = case.build()
    if not isinstance(fit, Calibrator):
        raise CheckFailed(f"a calibrator must be a function of log p(y|x) and labels, got {fit!r}"[:200])
    reasons = [_check_fit(fit, count, case.context.classes) for count in _LABELS]
    if all(reasons):
        raise CheckSkipped(f"it does not apply here: {reasons[0]}")


def calibration_data(
    count: int, classes: int, seed: int
) -> tuple[Float[np.ndarray, "n Y"], Int[np.ndarray, " n"]]:
    """Return random log-probabilities that are too confident, and labels drawn from what they should be.

    Args:
        count: number of inputs.
        classes: number of classes.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, classes))
    labels = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)
    return _log_softmax(3 * logits), labels


def _log_softmax(logits: Float[np.ndarray, "n Y"]) -> Float[np.ndarray, "n Y"]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _check_fit(fit: Callable[..., Any], count: int, classes: int) -> str:
    """Check the fit to random labels.

    Args:
        fit: the calibrator.
        count: number of labels.
        classes: number of classes.

    Returns:
        Why it does not apply; empty if it does.
    """
    logs, labels = calibration_data(count, classes, count)
    copied = logs.copy(), labels.copy()
    first, second = (fit(logs, labels) for _ in range(2))
    if isinstance(first, NotApplicable):
        if not first.reason.strip():
            raise CheckFailed("it does not apply, and gives no reason")
        return first.reason
    if not isinstance(first, FittedCalibrator) or not isinstance(second, FittedCalibrator):
        kind = type(first).__name__
        raise CheckFailed(f"its result must be a `FittedCalibrator` or `NotApplicable`, got a `{kind}`")
    if not isinstance(first.summary, str) or not first.summary.strip():
        raise CheckFailed(f"`summary` must say what was fitted, got {first.summary!r}"[:200])
    others, _ = calibration_data(_INPUTS, classes, 0)
    result = _apply(first, others)
    if not _equal(result, _apply(second, others)):
        raise CheckFailed("with the same labels it gives another result")
    if not _equal(CalibratedPrediction(*(_rows(a) for a in result)), _apply(first, others[:_SUBSET])):
        raise CheckFailed("the result of an input depends on the other inputs")
    if (first.coverage is None) != (result.sets is None):
        raise CheckFailed("it must promise a `coverage` if it gives sets, and none otherwise")
    if not all(map(np.array_equal, copied, (logs, labels))):
        raise CheckFailed("it changes its arguments")
    return ""


def _apply(fitted: FittedCalibrator, logs: Float[np.ndarray, "N Y"]) -> CalibratedPrediction:
    """Return what a fitted calibrator makes of predictions.

    Args:
        fitted: the calibrator.
        logs: log p(y|x).

    Raises:
        CheckFailed: if its form is another, or its probabilities are no distributions.
    """
    result = fitted.apply(logs)
    problem = prediction_problem(result, logs.shape)
    if problem is not None:
        raise CheckFailed(f"`apply` {problem}")
    p = result.probabilities
    if p is not None and not (np.isfinite(p).all() and (p >= 0).all() and np.allclose(p.sum(axis=1), 1)):
        raise CheckFailed("the probabilities of an input must be at least 0, and sum to 1")
    return result


def _rows(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else array[:_SUBSET]


def _equal(one: CalibratedPrediction, other: CalibratedPrediction) -> bool:
    """Return whether two results agree, but for rounding."""
    pairs = list(zip(one, other, strict=True))
    return all((a is None) == (b is None) for a, b in pairs) and all(
        np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in pairs if a is not None and b is not None
    )
