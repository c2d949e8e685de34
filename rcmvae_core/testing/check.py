"""The conformance kit: every promise of a plugin's kind, checked one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, PluginError
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.testing.report import Outcome, Report
from rcmvae_core.testing.run import outcomes
from rcmvae_core.testing.subject import Values
from rcmvae_core.unknown import unknown_plugin


def check_plugin(
    kind: str,
    name: str,
    *,
    registry: Registry | None = None,
    values: Values | None = None,
    expected: Mapping[str, str] | None = None,
    edges: bool = True,
) -> Report:
    """Check everything that a plugin of its kind promises.

    Its parameters are those of `values`, and defaults; one that has none gets an example of its type. Every other
    size that it allows is tried as well, and every parameter at its least and greatest value.

    Args:
        kind: such as `conditioner`.
        name: the plugin's name in a spec.
        registry: what it is found in; by default everything that is installed.
        values: parameters, as a spec gives them.
        expected: checks that are known to fail, with the reason of each; one that passes is a failure.
        edges: whether parameters are tried at their edges, which takes most of the time.

    Returns:
        A report; `report.passed` says whether all is well, `str(report)` what is not.

    Raises:
        PluginError: E108 if there is no such plugin, or several claim its name.

    Example:
        >>> from rcmvae_core.testing import check_plugin
        >>> report = check_plugin("schedule", "constant", values={"value": 0.5})
        >>> report.passed, report.counts["failed"]
        (True, 0)
    """
    registry = discover() if registry is None else registry
    registered = _found(registry, kind, name)
    owner = registered.distribution
    found = tuple(_announced(outcomes(registry, registered, values or {}, edges=edges), expected or {}))
    return Report(f"{kind} `{name}`", f"{owner.name} {owner.version}", found)


def _found(registry: Registry, kind: str, name: str) -> Registered:
    claims = registry.claims(kind, name)
    if len(claims) == 1:
        return claims[0]
    if claims:
        owners = ", ".join(claim.distribution.name for claim in claims)
        help_ = ["set RCMVAE_PLUGINS=only:NAME, or uninstall one"]
        raise PluginError([Diagnostic("E108", f"{kind} `{name}` is claimed by {owners}", help=help_)])
    broken = next((b for b in registry.broken if b.declaration == (kind, name)), None)
    if broken is not None:
        raise PluginError(
            [Diagnostic("E211", f"{kind} `{name}` is broken: {broken.reason}", help=[broken.help])]
        )
    raise PluginError([unknown_plugin(kind, name, registry)])


def _announced(made: Iterable[Outcome], expected: Mapping[str, str]) -> Iterator[Outcome]:
    """The same with failures that were expected; one that was expected and passes everywhere is a failure."""
    found = list(made)
    failing = {outcome.check for outcome in found if outcome.state == "failed"}
    for outcome in found:
        if outcome.state == "failed" and outcome.check in expected:
            yield attrs.evolve(
                outcome, state="expected", message=f"{expected[outcome.check]} ({outcome.message})"
            )
        else:
            yield outcome
    for check, reason in expected.items():
        if check not in failing:
            yield Outcome(
                check, "", "failed", f"it was expected to fail ({reason}), and does not: say so no more"
            )
