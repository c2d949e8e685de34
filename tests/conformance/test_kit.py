"""The conformance kit: built-ins pass it, planted faults do not, and the report says what is wrong."""

from __future__ import annotations

import re

import pytest

from rcmvae_core import Plugin, hookimpl
from rcmvae_core.errors import PluginError
from rcmvae_core.registry import Distribution, build
from rcmvae_core.testing import Outcome, Report, check_plugin
from rcmvae_core.testing.promises import ARRAYS, OTHER
from tests.conformance.combinations import registry
from tests.conformance.planted import FAULTS

# What a plugin cannot do without: those whose defaults name nothing that is there.
VALUES = {
    "schedule.piecewise": {"values": [0.0, 1.0], "at": [0, 5]},
}


class _Planted:
    @staticmethod
    @hookimpl
    def rcmvae_plugins():
        return [plugin for plugin, _, _ in FAULTS]


@pytest.fixture(scope="module")
def planted():
    """The faulty ones beside the built-ins."""
    return build([(Distribution("planted", "1"), _Planted)])


EVERY = pytest.mark.parametrize(
    "registered", list(registry()), ids=lambda r: f"{r.plugin.kind}.{r.plugin.name}"
)
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")


def checked(registered, *, edges: bool) -> Report:
    plugin = registered.plugin
    values = VALUES.get(f"{plugin.kind}.{plugin.name}")
    return check_plugin(plugin.kind, plugin.name, registry=registry(), values=values, edges=edges)


@EVERY
def test_a_built_in_keeps_every_promise(registered) -> None:
    report = checked(registered, edges=False)
    assert report.passed, str(report)


@pytest.mark.long
@EVERY
def test_a_built_in_keeps_every_promise_at_every_edge(registered) -> None:
    report = checked(registered, edges=True)
    assert report.passed, str(report)


@pytest.mark.parametrize(("plugin", "check", "message"), FAULTS, ids=lambda value: getattr(value, "name", ""))
def test_a_planted_fault_is_told(planted, plugin, check, message) -> None:
    report = check_plugin(plugin.kind, plugin.name, registry=planted, edges="edges" in check)
    assert not report.passed, str(report)
    told = [o for o in report.failures() if re.fullmatch(check, o.check) and re.search(message, o.message)]
    assert told, str(report)


def test_there_are_enough_planted_faults() -> None:
    assert len(FAULTS) >= 25
    assert {plugin.kind for plugin, _, _ in FAULTS} >= (set(ARRAYS) | set(OTHER)) - {"backbone", "tracker"}


def test_an_expected_failure_is_no_failure_and_must_happen(planted) -> None:
    reason = {"documented": "an example in words only"}
    report = check_plugin(
        "conditioner", "says_nothing", registry=planted, expected=reason | {"import_fence": "beside JAX"}
    )
    states = {outcome.check: outcome.state for outcome in report.outcomes}
    assert states["documented"] == "expected"
    assert states["import_fence"] == "failed"  # it passes, and that it would fail was wrong
    assert not report.passed
    assert check_plugin("conditioner", "says_nothing", registry=planted, expected=reason).passed


def test_a_report_counts_and_says_what_was_skipped() -> None:
    outcomes = (
        Outcome("bounds", "", "skipped", "no parameter has bounds"),
        Outcome("compiled", "defaults", "passed"),
        Outcome("reach", "defaults", "failed", "`w` is dead"),
    )
    report = Report("loss `x`", "pack 1", outcomes)
    assert report.counts == {"passed": 1, "failed": 1, "skipped": 1, "expected": 0}
    assert not report.passed
    assert str(report).splitlines() == [
        "loss `x` of pack 1: 1 passed, 1 failed, 1 skipped",
        "  skipped  bounds: no parameter has bounds",
        "  failed   reach (defaults): `w` is dead",
    ]
    assert report.as_json()["outcomes"][2]["message"] == "`w` is dead"


def test_nothing_that_ran_is_no_pass() -> None:
    assert not Report("loss `x`", "pack 1", (Outcome("bounds", "", "skipped", "none"),)).passed


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("conditioner", "filn", "there is no conditioner `filn`"),
        ("conditionar", "film", "there is no conditionar `film`"),
    ],
)
def test_an_unknown_plugin_is_told_with_a_suggestion(kind, name, message) -> None:
    with pytest.raises(PluginError) as raised:
        check_plugin(kind, name, registry=registry())
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.message == message
    assert "did you mean" in " ".join(diagnostic.help)


def test_two_claims_are_told() -> None:
    class Twice:
        @staticmethod
        @hookimpl
        def rcmvae_plugins():
            yield Plugin(
                "loss", "x", summary="A term.", impl="tests.conformance.planted.objective:is_a_scalar"
            )

    class Again(Twice):
        pass

    both = build([(Distribution("one", "1"), Twice), (Distribution("two", "1"), Again)])
    with pytest.raises(PluginError) as raised:
        check_plugin("loss", "x", registry=both)
    assert "claimed by one, two" in raised.value.diagnostics[0].message
