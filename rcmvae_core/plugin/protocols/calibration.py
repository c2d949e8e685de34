"""Defines calibrators, which correct the probabilities of classes by labels that did not train the model.

N inputs, n of them for calibration, with a label each; Y classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int
from numpy import ndarray

from rcmvae_core.plugin.protocols.figure import NotApplicable


class CalibratedPrediction(NamedTuple):
    """What a calibrator makes of N predictions: probabilities, sets of classes, or both.

    Args:
        probabilities: p(y|x), corrected; None if the calibrator gives none.
        sets: which classes the set of each input contains, perhaps none or all; None if the calibrator gives none.
    """

    probabilities: Float[ndarray, "N Y"] | None = None
    sets: Bool[ndarray, "N Y"] | None = None


class FittedCalibrator(NamedTuple):
    """A calibrator that is fitted to labels.

    Args:
        apply: log p(y|x) [N Y] to a `CalibratedPrediction`; that of an input does not depend on the other inputs.
        summary: what was fitted, in a few words, such as `T = 1.37`.
        coverage: the share of inputs whose set is promised to contain their class; None without sets.
    """

    apply: Callable[[Float[ndarray, "N Y"]], CalibratedPrediction]
    summary: str
    coverage: float | None = None


@runtime_checkable
class Calibrator(Protocol):
    """Fit a correction to at least one input and its label; the same arrays give the same correction."""

    def __call__(
        self, log_probabilities: Float[ndarray, "n Y"], labels: Int[ndarray, " n"], /
    ) -> FittedCalibrator | NotApplicable: ...
