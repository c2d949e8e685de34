"""Calibrators that violate their contract."""

from __future__ import annotations

import numpy as np

from rcmvae_core import CalibratedPrediction, FittedCalibrator, NotApplicable
from tests.testing.violations.violation import violates

_CALLS = iter(range(1000))


def _probabilities(function, **fields):
    """A calibrator whose probabilities are a function of log p."""
    fitted = FittedCalibrator(lambda logs: CalibratedPrediction(function(logs)), "a fit")._replace(**fields)
    return lambda *_: fitted


@violates("calibrator", "predictions", "must be at least 0, and sum to 1")
def does_not_normalise(params, context):
    """The square of p."""
    return _probabilities(lambda logs: np.exp(2 * logs))


@violates("calibrator", "predictions", "depends on the other inputs")
def looks_at_the_batch(params, context):
    """A mixture with the mean of the batch."""
    return _probabilities(lambda logs: np.exp(logs) / 2 + np.exp(logs).mean(axis=0) / 2)


@violates("calibrator", "predictions", "another result")
def drifts(params, context):
    """Another mixture with every fit."""

    def fit(logs, labels):
        weight = next(_CALLS) / 1000

        def apply(logs):
            p = np.exp(logs)
            return CalibratedPrediction((1 - weight) * p + weight / p.shape[1])

        return FittedCalibrator(apply, "a fit")

    return fit


@violates("calibrator", "predictions", "expected bool \\[24, 4\\]")
def counts_the_classes(params, context):
    """The size of each set."""
    fitted = FittedCalibrator(lambda logs: CalibratedPrediction(sets=np.ones(len(logs))), "a fit", 0.9)
    return lambda *_: fitted


@violates("calibrator", "predictions", "neither probabilities nor sets")
def gives_nothing(params, context):
    """Nothing."""
    return lambda *_: FittedCalibrator(lambda _: CalibratedPrediction(), "a fit")


@violates("calibrator", "predictions", "must promise a `coverage` if it gives sets")
def promises_coverage_without_sets(params, context):
    """A promise that nothing keeps."""
    return _probabilities(np.exp, coverage=0.9)


@violates("calibrator", "predictions", "`summary` must say what was fitted")
def says_nothing(params, context):
    """No summary."""
    return _probabilities(np.exp, summary=" ")


@violates("calibrator", "predictions", "gives no reason")
def never_applies(params, context):
    """No reason."""
    return lambda *_: NotApplicable(" ")


@violates("calibrator", "predictions", "must be a `FittedCalibrator`")
def calibrates_at_once(params, context):
    """The calibrated probabilities."""
    return lambda logs, _: CalibratedPrediction(np.exp(logs))


@violates("calibrator", "predictions", "changes its arguments")
def changes_its_arguments(params, context):
    """Predictions in place."""

    def fit(logs, labels):
        logs -= 1
        return FittedCalibrator(lambda logs: CalibratedPrediction(np.exp(logs)), "a fit")

    return fit
