"""Check metrics, which read the arrays of a trained model."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.metric_values import PREDICTIONS, values_of
from rcmvae_core.plugin.protocols.figure import NotApplicable, ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.testing.io_plugins import report_data
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed

_SCORES = ("elbo", "channel")


def metric_data(*, count: int = 40, channels: int = 3, dim: int = 2, classes: int = 4) -> ReportData:
    """Return random data for a metric, with the arrays of a model that has all of them.

    Args:
        count: number of held-out inputs.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes; 0 for a run without a classifier.
    """
    data, rng = (
        report_data(count=count, channels=channels, dim=dim, classes=classes),
        np.random.default_rng(1),
    )
    members = np.arange(0, count, 2)
    latents = (len(members), channels, dim)
    arrays = {
        "kl_channel": rng.gamma(1.0, 1.0, count),
        "sigma": rng.uniform(0.05, 0.5, count),
        "squared_error": rng.gamma(4.0, 1.0, count),
        "at_bound": rng.random(count),
        "scores": rng.normal(size=(count, len(_SCORES))),
        "score_thresholds": np.ones(len(_SCORES)),
        "held_out_scores": rng.normal(1.0, 1.0, (7, len(_SCORES))),
        "selections": rng.dirichlet(np.ones(channels), len(members)),
        "noisy_selections": rng.dirichlet(np.ones(channels), len(members)),
        "channel_means": rng.normal(size=latents),
        "channel_log_vars": rng.normal(size=latents),
        "channel_samples": rng.normal(size=latents),
        "channel_kl": rng.gamma(2.0, 1.0, latents[:2]),
        "log_weights": rng.normal(-90.0, 3.0, (min(9, len(members)), 6)),
        "evidence": rng.gamma(2.0, 1.0, (channels, classes)),
        "embeddings": rng.normal(size=(channels, 5)),
        "prior_means": rng.normal(size=(channels, dim)),
    }
    single = {name: array.astype(np.float32) for name, array in arrays.items()}
    others = {"score_names": _SCORES, "members": members, "active": np.ones(channels, bool)}
    return data._replace(arrays=data.arrays._replace(**single, **others))


def _predictions_only(data: ReportData) -> ReportData:
    arrays = data.arrays
    return ReportData(ReportArrays(arrays.labels, arrays.probabilities, arrays.class_names), (), {})


def _runs(case: PluginCase) -> Mapping[str, ReportData]:
    """Return data of different runs, by what is special about them."""
    usual = metric_data()
    unlabelled = usual.arrays._replace(labels=np.full_like(usual.arrays.labels, -1))
    runs = {
        "the usual run": usual,
        "one channel": metric_data(channels=1),
        "two inputs": metric_data(count=2, dim=1),
        "no labels": usual._replace(arrays=unlabelled),
    }
    if "classifier.tau" not in case.part.capabilities().requires:
        runs["no classifier"] = metric_data(classes=0)
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
