"""What is wrong with the installed plugins."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import attrs

from rcmvae_core.cli.output import printable
from rcmvae_core.declarations import load_object
from rcmvae_core.registry import Broken, Registered, Registry


@attrs.frozen
class Findings:
    """The state of a registry.

    Args:
        counts: how many distributions, kinds and plugins are in use.
        broken: what cannot be used, and what was left out on purpose.
        collisions: names that several distributions claim, as (kind, name, distributions).
    """

    counts: dict[str, int]
    broken: tuple[Broken, ...]
    collisions: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken; a collision harms only a spec that uses the name, and blocking is a wish."""
        return all(fault.state == "blocked" for fault in self.broken)

    def as_json(self) -> dict[str, Any]:
        """The findings as plain values."""
        clashes = [
            {"kind": kind, "name": name, "distributions": list(o)} for kind, name, o in self.collisions
        ]
        broken = [{**f._asdict(), "distribution": f.distribution._asdict()} for f in self.broken]
        return {"healthy": self.healthy, **self.counts, "broken": broken, "collisions": clashes}


def examine(registry: Registry, *, load: bool = False) -> Findings:
    """Look at every declaration.

    Args:
        registry: what is installed.
        load: import the implementations too.
    """
    broken = list(registry.broken)
    for registered in registry:
        broken += _parameters(registered, registry)
        if load:
            broken += _implementation(registered)
    collisions = tuple(
        (kind, name, tuple(r.distribution.name for r in claims))
        for (kind, name), claims in sorted(registry.plugins.items())
        if len(claims) > 1
    )
    distributions = {registered.distribution.name for registered in registry}
    counts = {
        "distributions": len(distributions),
        "kinds": len(registry.kinds),
        "plugins": sum(map(len, registry.plugins.values())),
    }
    return Findings(counts, tuple(broken), collisions)


def _parameters(registered: Registered, registry: Registry) -> Iterator[Broken]:
    try:
        registry.parameters(registered.plugin)
    except Exception as error:  # noqa: BLE001 - the author's fault, told to the user
        yield _broken(registered, f"its parameters `{registered.plugin.params}`", error)


def _implementation(registered: Registered) -> Iterator[Broken]:
    path = registered.plugin.impl
    try:
        load_object(path)
    except Exception as error:  # noqa: BLE001
        yield _broken(registered, f"its implementation `{path}`", error)


def _broken(registered: Registered, what: str, error: Exception) -> Broken:
    plugin = registered.plugin
    reason = f"{plugin.kind} `{plugin.name}`: {what} cannot be used: {type(error).__name__}: {error}"
    return Broken(
        registered.distribution,
        "broken",
        reason.splitlines()[0],
        "repair or uninstall it",
        declaration=(plugin.kind, plugin.name),
        detail="".join(traceback.format_exception(error)),
    )


def diagnose(findings: Findings, *, verbose: bool = False) -> str:
    """The findings as text.

    Args:
        findings: what was found.
        verbose: with tracebacks.
    """
    return "\n".join(_lines(findings, verbose=verbose))


def _lines(findings: Findings, *, verbose: bool) -> Iterator[str]:
    yield ", ".join(f"{count} {what}" for what, count in findings.counts.items())
    for fault in findings.broken:
        owner = fault.distribution
        yield f"{fault.state}: {printable(f'{owner.name} {owner.version}: {fault.reason}')}"
        yield f"  = help: {printable(fault.help)}"
        if verbose and fault.detail:
            yield from (f"    {printable(line)}" for line in fault.detail.splitlines())
    for kind, name, owners in findings.collisions:
        yield f"claimed twice: {kind} `{name}`, by {', '.join(owners)}"
        yield f'  = help: choose in a spec: [plugins.prefer.{kind}] {name} = "{owners[0]}"'
    yield "healthy" if findings.healthy else "something is broken"
