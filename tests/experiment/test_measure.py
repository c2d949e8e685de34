"""The metrics that a spec names: every built-in one conforms, and one that fails costs nothing but itself."""

from __future__ import annotations

import math

import attrs
import pytest

from rcmvae_core import NoParams, NotApplicable
from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.measure import measure, values_of
from rcmvae_core.plugin.declaration import Distribution, Registered
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import direction
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.testing import check_plugin
from rcmvae_core.testing.report_data import report_data
from tests.plugins.metric_cases import BY_NAME
from tests.support.commands import QUICKSTART
from tests.support.isolated import plugin

REGISTRY = discover("only:rcmvae")
SIGMA = {"sigma_error_correlation", "sigma_at_bound"}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_built_in_metric_conforms_and_applies_to_a_full_run(name) -> None:
    report = check_plugin("metric", name, registry=REGISTRY)
    assert report.passed, str(report)
    resolved = resolve_file(QUICKSTART, (f"metric.{name}={{}}", "head=heteroscedastic"), REGISTRY)
    values, warnings = measured(resolved)
    assert warnings == []
    assert {key.partition("/")[0] for key in values} == {name}
    assert all(math.isfinite(value) for value in values.values())


def measured(resolved) -> tuple[dict[str, float], list[Diagnostic]]:
    warnings: list[Diagnostic] = []
    return measure(resolved.parts["metric"], report_data(), warnings.append), warnings


def test_a_spec_without_the_table_has_every_built_in_metric_that_fits() -> None:
    resolved = resolve_file(QUICKSTART, (), REGISTRY)
    assert {part.name for part in resolved.parts["metric"]} == set(BY_NAME) - SIGMA


def returns_text(_, __):
    return "good"


def raises(_, __):
    raise KeyError("planted\nand more")


def is_not_finite(_, __):
    return {"a": 1.0, "b": math.nan, "c": math.inf}


def does_not_apply(_, __):
    return NotApplicable("planted")


def is_right(_, __):
    return 0.5


def spec_of(*functions):
    owner = Distribution("my-metrics", "1.2")
    parts = tuple(
        ResolvedPart(
            Registered(plugin("metric", f.__name__, impl=f"{__name__}:{f.__name__}"), owner),
            NoParams(),
        )
        for f in functions
    )
    resolved = resolve_file(QUICKSTART, ("metric.mse={}",), REGISTRY)
    return attrs.evolve(resolved, parts={**resolved.parts, "metric": parts})


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (returns_text, "TypeError: expected a number, numbers by name or `NotApplicable`, got 'good'"),
        (raises, "KeyError: 'planted\\nand more'"),
        (is_not_finite, "not finite: `is_not_finite/b`, `is_not_finite/c`"),
    ],
)
def test_a_metric_that_fails_costs_nothing_but_itself(function, reason) -> None:
    values, warnings = measured(spec_of(function, is_right))
    assert values == {"is_right": 0.5} | ({"is_not_finite/a": 1.0} if function is is_not_finite else {})
    (warning,) = warnings
    assert warning.code == "W490"
    assert warning.message == (f"the results lack metric `{function.__name__}` of my-metrics 1.2: {reason}")


def test_a_metric_that_does_not_apply_is_left_out() -> None:
    assert measured(spec_of(does_not_apply)) == ({}, [])


@pytest.mark.parametrize("result", [None, "1", True, {}, {"a": True}, {1: 1.0}, [1.0]])
def test_results_that_are_no_values(result) -> None:
    with pytest.raises(TypeError, match="expected a number"):
        values_of("mine", result)


def test_directions() -> None:
    found = {name: direction(each) for name, each in BY_NAME.items()}
    assert (found["accuracy"], found["nll"], found["effective_channels"]) == ("higher", "lower", "")
