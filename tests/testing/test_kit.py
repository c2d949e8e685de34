"""The conformance kit: built-ins pass, plugins that violate their contract fail, and the report says why."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rcmvae_core import Dataset, Plugin, hookimpl
from rcmvae_core.errors import PluginError
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.testing import CheckResult, Report, check_plugin
from rcmvae_core.testing.checks_by_kind import FUNCTION_CASES, KIND_CHECKS
from tests.testing.combinations import registry
from tests.testing.violations import VIOLATIONS

# Parameters of plugins whose example values are invalid.
VALUES = {
    "schedule.piecewise": {"values": [0.0, 1.0], "at": [0, 5]},
}


# Data plugins that read a file, which their example value does not name.
READERS = {f"data.{name}" for name in ("array_record", "image_folder", "npy", "npz", "table")}


class _Violating:
    @staticmethod
    @hookimpl
    def rcmvae_plugins():
        return [plugin for plugin, _, _ in VIOLATIONS]


@pytest.fixture(scope="module")
def violating():
    """A registry of the violating plugins."""
    return build([(Distribution("violating", "1"), _Violating)])


EVERY = pytest.mark.parametrize(
    "registered", list(registry()), ids=lambda r: f"{r.plugin.kind}.{r.plugin.name}"
)
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")


def checked(registered, *, edges: bool) -> Report:
    plugin = registered.plugin
    name = f"{plugin.kind}.{plugin.name}"
    expected = {"contract": "its example file does not exist"} if name in READERS else {}
    return check_plugin(
        plugin.kind, plugin.name, registry=registry(), values=VALUES.get(name), expected=expected, edges=edges
    )


@EVERY
def test_a_built_in_conforms(registered) -> None:
    report = checked(registered, edges=False)
    assert report.passed, str(report)


@pytest.mark.long
@EVERY
def test_a_built_in_conforms_at_every_edge(registered) -> None:
    report = checked(registered, edges=True)
    assert report.passed, str(report)


@pytest.mark.parametrize(
    ("plugin", "check", "message"), VIOLATIONS, ids=lambda value: getattr(value, "name", "")
)
def test_a_violation_is_reported(violating, plugin, check, message) -> None:
    report = check_plugin(plugin.kind, plugin.name, registry=violating, edges="edges" in check)
    assert not report.passed, str(report)
    failures = [
        r for r in report.failures() if re.fullmatch(check, r.check) and re.search(message, r.message)
    ]
    assert failures, str(report)


def test_there_are_violations_of_every_kind() -> None:
    assert len(VIOLATIONS) >= 25
    assert {plugin.kind for plugin, _, _ in VIOLATIONS} >= (set(FUNCTION_CASES) | set(KIND_CHECKS)) - {
        "backbone",
        "tracker",
    }


def test_an_expected_failure_passes_and_must_happen(violating) -> None:
    reason = {"documented": "an example without a docstring"}
    report = check_plugin(
        "conditioner", "says_nothing", registry=violating, expected=reason | {"import_fence": "beside JAX"}
    )
    states = {result.check: result.state for result in report.results}
    assert states["documented"] == "expected"
    assert states["import_fence"] == "failed"  # it passes, although it was expected to fail
    assert not report.passed
    assert check_plugin("conditioner", "says_nothing", registry=violating, expected=reason).passed


def test_a_report_counts_and_lists_what_did_not_pass() -> None:
    results = (
        CheckResult("bounds", "", "skipped", "no parameter has bounds"),
        CheckResult("compiled", "defaults", "passed"),
        CheckResult("parameter_effects", "defaults", "failed", "`w` is unused"),
    )
    report = Report("loss `x`", "pack 1", results)
    assert report.counts == {"passed": 1, "failed": 1, "skipped": 1, "expected": 0}
    assert not report.passed
    assert str(report).splitlines() == [
        "loss `x` of pack 1: 1 passed, 1 failed, 1 skipped",
        "  skipped  bounds: no parameter has bounds",
        "  failed   parameter_effects (defaults): `w` is unused",
    ]
    assert report.as_json()["outcomes"][2]["message"] == "`w` is unused"


def test_a_report_without_a_passed_check_does_not_pass() -> None:
    assert not Report("loss `x`", "pack 1", (CheckResult("bounds", "", "skipped", "none"),)).passed


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("conditioner", "filn", "unknown conditioner `filn`"),
        ("conditionar", "film", "unknown conditionar `film`"),
    ],
)
def test_an_unknown_plugin_is_an_error_with_a_suggestion(kind, name, message) -> None:
    with pytest.raises(PluginError) as raised:
        check_plugin(kind, name, registry=registry())
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.message == message
    assert "did you mean" in " ".join(diagnostic.help)


def test_a_plugin_of_two_packages_is_an_error() -> None:
    class Twice:
        @staticmethod
        @hookimpl
        def rcmvae_plugins():
            yield Plugin(
                "loss", "x", summary="A term.", impl="tests.testing.violations.objective:is_a_scalar"
            )

    class Again(Twice):
        pass

    both = build([(Distribution("one", "1"), Twice), (Distribution("two", "1"), Again)])
    with pytest.raises(PluginError) as raised:
        check_plugin("loss", "x", registry=both)
    assert "claimed by one, two" in raised.value.diagnostics[0].message


def test_data_that_need_a_file_do_not_pass_without_one(tmp_path) -> None:
    report = check_plugin("data", "table", registry=registry())
    assert not report.passed
    assert "give --set path=..." in str(report)
    assert "decentralized" not in str(report)  # data do not depend on sizes of a model
    path = tmp_path / "rows.csv"
    path.write_text("a,kind\n" + "".join(f"{row * row},{'xy'[row % 2]}\n" for row in range(20)))
    values = {"path": str(path), "label": "kind"}
    assert check_plugin("data", "table", registry=registry(), values=values).passed


def test_features_in_units_of_their_own_are_valid_as_in_a_run() -> None:
    class Package:
        @staticmethod
        @hookimpl
        def rcmvae_plugins():
            yield Plugin(
                "data",
                "raw",
                summary="Features from -5 to 5.",
                impl="tests.testing.test_kit:in_own_units",
                provides=("data.features",),
            )

    report = check_plugin("data", "raw", registry=build([(Distribution("raw", "1"), Package)]))
    (contract,) = [each for each in report.results if each.check == "contract"]
    assert contract.state == "passed", str(report)


def in_own_units(params) -> Dataset:
    """Return ten features from -5 to 5."""
    del params
    inputs = np.linspace(-5, 5, 20, dtype=np.float32).reshape(10, 2)
    return Dataset(inputs, np.full(10, -1, np.int32), np.arange(8), np.arange(8, 10), (), 1.0)


@pytest.mark.parametrize("pages", [{"E-X-1": "The width."}, None])
def test_pages_of_codes_are_checked(pages) -> None:
    class Package:
        @staticmethod
        @hookimpl
        def rcmvae_plugins():
            yield Plugin(
                "loss", "x", summary="A term.", impl="tests.testing.violations.objective:is_a_scalar"
            )

        @staticmethod
        @hookimpl
        def rcmvae_pages():
            return pages

    report = check_plugin("loss", "x", registry=build([(Distribution("one", "1"), Package)]), edges=False)
    (failure,) = [each for each in report.failures() if each.check == "documented"]
    expected = "mapping from codes to texts" if pages is None else "must be `# E-X-1: TITLE`"
    assert expected in failure.message
