"""Check metrics, which read the arrays of a trained model."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rcmvae_core.experiment.measure import values_of
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.metric_declarations import PREDICTIONS
from rcmvae_core.plugin.protocols.figure import NotApplicable, ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed
from rcmvae_core.testing.report_data import report_data


def _predictions_only(data: ReportData) -> ReportData:
    arrays = data.arrays
    return ReportData(ReportArrays(arrays.labels, arrays.probabilities, arrays.class_names), (), {})


def _runs(case: PluginCase) -> Mapping[str, ReportData]:
    """Return data of different runs, by what is special about them."""
    usual = report_data()
    unlabelled = usual.arrays._replace(labels=np.full_like(usual.arrays.labels, -1))
    runs = {
        "the usual run": usual,
        "one channel": report_data(channels=1),
        "two inputs": report_data(count=2, dim=1),
        "no labels": usual._replace(arrays=unlabelled),
    }
    if "classifier.tau" not in case.part.capabilities().requires:
        runs["no classifier"] = report_data(classes=0)
        runs["predictions only"] = _predictions_only(usual)
    return runs


def check_metric(case: PluginCase) -> None:
    """Check that a metric is finite or not applicable for any model, is the same each time, and changes no data."""
    tokens = {"metric.higher_is_better", "metric.lower_is_better"}
    if all(case.provides(token) for token in tokens):
        raise CheckFailed("of two values it says that both the higher and the lower is better")
    for name, data in _runs(case).items():
        copied = copy.deepcopy(data)
        first, second = (_measured(case, data, name) for _ in range(2))
        if first != second:
            raise CheckFailed(f"computed twice, it gives {first} and {second}")
        for array, value in copied.arrays._asdict().items():
            if np.asarray(value).tobytes() != np.asarray(getattr(data.arrays, array)).tobytes():
                raise CheckFailed(f"it changes the array `{array}`, which other metrics use")
        if case.provides(PREDICTIONS) and _measured(case, _predictions_only(data), name) != first:
            raise CheckFailed(f"it provides `{PREDICTIONS}`, but other arrays change its values")


def _measured(case: PluginCase, data: ReportData, name: str) -> Any:
    """Return the values of a metric, or why it has none.

    Args:
        case: the metric.
        data: what it reads.
        name: of the data, for the message.

    Raises:
        CheckFailed: if it returns something else, or a value is not finite.
    """
    result = load_object(case.part.registered.plugin.impl)(case.part.params, data)
    try:
        values = values_of(case.part.name, result)
    except TypeError as error:
        raise CheckFailed(f"for {name}: {error}") from None
    infinite = [each for each, value in values.items() if not math.isfinite(value)]
    if infinite:
        raise CheckFailed(f"for {name}: `{infinite[0]}` is {values[infinite[0]]}")
    if isinstance(result, NotApplicable) and not result.reason.strip():
        raise CheckFailed(f"for {name}: it does not apply, and gives no reason")
    return result if isinstance(result, NotApplicable) else values
