"""Every parameter of what reads a trained model, and of what watches a training, has an effect on what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import jax
import numpy as np
import pytest

from rcmvae_core.plugin.declaration import Registered, load_object
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.protocols import Evaluated, ModelScore, NotApplicable, QueryPool, ScoreInputs
from rcmvae_core.testing.arrays import uniform
from rcmvae_core.testing.calibrating import calibration_data
from rcmvae_core.testing.exporting import exported_model
from rcmvae_core.testing.parameter_values import example_values
from rcmvae_core.testing.plugin_case import TINY, PluginCase, make_case
from rcmvae_core.testing.report import CheckFailed
from rcmvae_core.testing.report_data import report_data
from rcmvae_core.testing.scoring import forward_stats, model_score_values
from tests.testing.combinations import registry
from tests.testing.parameters import others

SIZES = attrs.evolve(TINY, channels=6)
KEY = jax.random.key(0)
VALUES: Mapping[str, Mapping[str, Any]] = {
    "acquisition.two_phase": {"labels": 9},  # four of a batch of eight, beside five that have a label
    "callback.target": {"value": 0.5},
    "score.knn": {"references": 20},  # fewer than there are
    "score.fisher": {"of": {"elbo": {}, "channel": {}}},
    "score.mixed": {"first": {"elbo": {}}, "second": {"channel": {}}},
}
"""Parameters without a default for which an example is not enough."""


def chosen(case: PluginCase, folder: Path) -> Any:
    """Return what an acquisition chooses among more inputs than it considers for a batch."""
    rng, count = np.random.default_rng(1), 400
    stats = forward_stats(SIZES, count, 2, classes=SIZES.classes)
    pool = QueryPool(
        probabilities=np.asarray(stats.probabilities),
        epistemic=rng.gamma(1.0, 0.1, count),
        responsibilities=np.asarray(stats.responsibilities),
        latents=np.asarray(stats.latents),
        ood_quantile=rng.random(count),
        tau=rng.dirichlet(np.ones(SIZES.classes), SIZES.channels),
        labelled_responsibilities=np.asarray(stats.responsibilities)[:5],
        labelled_latents=np.asarray(stats.latents)[:5],
    )
    return case.build()(pool, 8, KEY).positions.tolist()


def scored(case: PluginCase, folder: Path) -> Any:
    training, stats = (forward_stats(SIZES, count, count, classes=SIZES.classes) for count in (60, 40))
    tau = np.random.default_rng(1).dirichlet(np.ones(SIZES.classes), SIZES.channels)
    score = case.build()
    if isinstance(score, ModelScore):
        return model_score_values(case, score, uniform(1, 9, *SIZES.input_shape)).tolist()
    return np.asarray(score(ScoreInputs(stats, training, tau))).tolist()


def measured(case: PluginCase, folder: Path) -> Any:
    return load_object(case.part.registered.plugin.impl)(case.part.params, report_data(count=120, channels=6))


def projected(case: PluginCase, folder: Path) -> Any:
    features = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    fit = case.build()(features, KEY)
    return fit if isinstance(fit, NotApplicable) else np.round(fit.transform(features), 2).tolist()


def calibrated(case: PluginCase, folder: Path) -> Any:
    fitted = case.build()(*calibration_data(60, SIZES.classes, 1))
    result = fitted.apply(calibration_data(60, SIZES.classes, 2)[0])
    return fitted.summary, [None if array is None else array.tolist() for array in result]


def exported(case: PluginCase, folder: Path) -> Any:
    case.build()(exported_model(SIZES), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def acted(case: PluginCase, folder: Path) -> Any:
    """Return what a callback does while metrics rise, cross a value and stay, all but for small steps."""
    values = [0.1, 0.6, 0.4, *(0.7 + 0.01 * step for step in range(20))]
    metrics = [{"validation/elbo": v, "validation/accuracy": v} for v in values]
    metrics += [{"validation/elbo": 0.5, "validation/accuracy": 0.5}] * 20
    callback = case.build()
    return [
        callback(Evaluated(0, epoch, epoch, metrics[epoch - 1], tuple(metrics[:epoch])))
        for epoch in range(1, len(metrics) + 1)
    ]


RESULTS: Mapping[str, Callable[[PluginCase, Path], Any]] = {
    "acquisition": chosen,
    "score": scored,
    "metric": measured,
    "calibrator": calibrated,
    "projection": projected,
    "exporter": exported,
    "callback": acted,
}


def base_values(registered: Registered) -> Mapping[str, Any]:
    plugin = registered.plugin
    return VALUES.get(f"{plugin.kind}.{plugin.name}", example_values(registry(), registered))


def result(registered: Registered, values: Mapping[str, Any], folder: Path) -> Any:
    folder.mkdir()
    case = make_case(registry(), registered, values)
    sized = attrs.evolve(case, context=attrs.evolve(case.context, channels=SIZES.channels))
    return RESULTS[registered.plugin.kind](sized, folder)


def other_values(registered: Registered, field: Field) -> Iterator[Any]:
    if field.rule.kind:
        yield from (
            {name: {}} for name in registry().names(field.rule.kind) if name != registered.plugin.name
        )
    else:
        current = base_values(registered).get(field.name, None if field.required else field.default)
        yield from others(field, current)


def cases() -> Iterator[Any]:
    for registered in registry():
        plugin = registered.plugin
        if plugin.kind in RESULTS:
            marks = [pytest.mark.long] if plugin.name == "umap" else []
            for field in fields(registry().parameters(plugin)).values():
                label = f"{plugin.kind}.{plugin.name}.{field.name}"
                yield pytest.param(registered, field, id=label, marks=marks)


@pytest.mark.parametrize(("registered", "field"), list(cases()))
def test_another_value_gives_another_result(registered, field, tmp_path) -> None:
    values = base_values(registered)
    first = result(registered, values, tmp_path / "first")
    assert result(registered, values, tmp_path / "again") == first, "random beyond its key"
    for number, value in enumerate(other_values(registered, field)):
        try:
            changed = result(registered, {**values, field.name: value}, tmp_path / f"{number}")
        except CheckFailed:  # another parameter excludes the value
            continue
        if changed != first:
            return
    pytest.fail("no other value changed the result")


def test_every_kind_that_reads_a_trained_model_is_covered() -> None:
    """Figures have tests of their own, which read what is drawn."""
    analysis = {kind.name for kind in registry().kinds.values() if kind.needed_by == "analysis"}
    assert analysis - set(RESULTS) == {"figure"}
