"""Check a plugin against the contract of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from rcmvae_core.errors import PluginError, fail
from rcmvae_core.plugin.declaration import Registered
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.messages import unknown_plugin
from rcmvae_core.testing.plugin_case import Values
from rcmvae_core.testing.report import CheckResult, Report
from rcmvae_core.testing.runner import run_checks


def check_plugin(
    kind: str,
    name: str,
    *,
    registry: Registry | None = None,
    values: Values | None = None,
    expected: Mapping[str, str] | None = None,
    edges: bool = True,
) -> Report:
    """Check a plugin against the contract of its kind.

    The plugin is checked with the parameters of `values` and defaults; a parameter without a default gets an example
    of its type. Other layouts and input shapes that it supports are checked too, and each parameter at its lowest and
    highest value.

    Args:
        kind: such as `conditioner`.
        name: the plugin's name in a spec.
        registry: where to look for it; by default everything that is installed.
        values: parameters, as in a spec.
        expected: checks that are known to fail, each with the reason; such a check must not pass.
        edges: whether to check parameters at their bounds, which takes most of the time.

    Returns:
        A report: `report.passed` is whether the plugin conforms, `str(report)` lists what does not.

    Raises:
        PluginError: E108 if the plugin is unknown or claimed by several packages, E211 if it is broken.

    Example:
        >>> from rcmvae_core.testing import check_plugin
        >>> report = check_plugin("schedule", "constant", values={"value": 0.5})
        >>> report.passed, report.counts["failed"]
        (True, 0)
    """
    registry = discover() if registry is None else registry
    registered = _find(registry, kind, name)
    owner = registered.distribution
    results = _apply_expected(run_checks(registry, registered, values or {}, edges=edges), expected or {})
    return Report(f"{kind} `{name}`", f"{owner.name} {owner.version}", tuple(results))


def _find(registry: Registry, kind: str, name: str) -> Registered:
    """Return the only plugin of this kind and name.

    Args:
        registry: where to look for it.
        kind: the kind.
        name: the name.

    Raises:
        PluginError: as of `check_plugin`.
    """
    claims = registry.claims(kind, name)
    if len(claims) == 1:
        return claims[0]
    if claims:
        owners = ", ".join(claim.distribution.name for claim in claims)
        help_ = ["set RCMVAE_PLUGINS=only:NAME, or uninstall one"]
        fail("E108", f"{kind} `{name}` is claimed by {owners}", help=help_, error=PluginError)
    broken = next((b for b in registry.broken if b.declaration == (kind, name)), None)
    if broken is not None:
        fail("E211", f"{kind} `{name}` is broken: {broken.reason}", help=[broken.help], error=PluginError)
    raise PluginError([unknown_plugin(kind, name, registry)])


def _apply_expected(results: Iterable[CheckResult], expected: Mapping[str, str]) -> Iterator[CheckResult]:
    """Mark expected failures, and add a failure for each expected one that did not happen.

    Yields:
        The results, those of expected failures changed.
    """
    results = list(results)
    failed = {result.check for result in results if result.state == "failed"}
    for result in results:
        if result.state == "failed" and result.check in expected:
            message = f"{expected[result.check]} ({result.message})"
            yield attrs.evolve(result, state="expected", message=message)
        else:
            yield result
    for check, reason in expected.items():
        if check not in failed:
            message = f"expected to fail ({reason}), but it passes: remove it from `expected`"
            yield CheckResult(check, "", "failed", message)
