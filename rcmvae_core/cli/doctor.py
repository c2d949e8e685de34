"""What is wrong with the installed plugins, and what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

import attrs

from rcmvae_core.cli.output import printable
from rcmvae_core.cli.requirements import copies, unmet
from rcmvae_core.declarations import load_object
from rcmvae_core.registry import Broken, Distribution, Registered, Registry

SLOW_SECONDS = 0.05
State = Literal["broken", "too new", "blocked", "conflict", "claimed twice", "shadowed", "slow"]
FATAL: tuple[State, ...] = ("broken", "too new", "conflict")


class Finding(NamedTuple):
    """Something that a person may want to mend.

    Args:
        state: what sort of thing it is.
        distributions: whose it is.
        reason: one line.
        help: what to do.
        declaration: (kind, name) when it is about one.
        detail: the traceback, if there is one.
    """

    state: State
    distributions: tuple[Distribution, ...]
    reason: str
    help: str
    declaration: tuple[str, str] | None = None
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {**self._asdict(), "distributions": [owner._asdict() for owner in self.distributions]}


@attrs.frozen
class Findings:
    """The state of a registry.

    Args:
        counts: how many distributions, kinds and plugins are in use.
        seconds: how long each distribution's declarations took to import.
        found: what is wrong, or was left out on purpose.
    """

    counts: Mapping[str, int]
    seconds: Mapping[Distribution, float]
    found: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether everything can be used; a collision harms only a spec that uses the name, and blocking is a wish."""
        return not any(finding.state in FATAL for finding in self.found)

    def as_json(self) -> dict[str, Any]:
        """The findings as plain values."""
        milliseconds = {owner.name: round(1000 * seconds, 1) for owner, seconds in self.seconds.items()}
        found = [finding.as_json() for finding in self.found]
        return {
            "healthy": self.healthy,
            **self.counts,
            "import_milliseconds": milliseconds,
            "findings": found,
        }


def examine(registry: Registry, *, load: bool = False) -> Findings:
    """Look at every declaration, and at the distributions beside each other.

    Args:
        registry: what is installed.
        load: import the implementations too.
    """
    broken = [*registry.broken, *chain.from_iterable(_parameters(r, registry) for r in registry)]
    if load:
        broken += chain.from_iterable(_implementation(registered) for registered in registry)
    owners = _in_use(registry)
    found = [
        *(Finding(b.state, (b.distribution,), b.reason, b.help, b.declaration, b.detail) for b in broken),
        *chain.from_iterable(_conflicts(owner) for owner in owners),
        *_claimed_twice(registry),
        *_old_names(registry),
        *chain.from_iterable(_copies(owner) for owner in owners),
        *(_slow(owner, seconds) for owner, seconds in registry.seconds.items() if seconds > SLOW_SECONDS),
    ]
    counts = {
        "distributions": len({registered.distribution.name for registered in registry}),
        "kinds": len(registry.kinds),
        "plugins": sum(map(len, registry.plugins.values())),
    }
    return Findings(counts, registry.seconds, tuple(found))


def _in_use(registry: Registry) -> list[Distribution]:
    """The distributions that were let in, whether they could be loaded or not."""
    failed = [fault.distribution for fault in registry.broken if fault.state != "blocked"]
    return sorted({*failed, *registry.seconds, *(registered.distribution for registered in registry)})


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


def _conflicts(owner: Distribution) -> Iterator[Finding]:
    for text, package, found in unmet(owner.name):
        there = f"{package} {found} is installed" if found else f"{package} is not installed"
        other = f", or a version of {owner.name} that goes with {package} {found}" if found else ""
        yield Finding("conflict", (owner,), f"it needs {text}, and {there}", f"pip install '{text}'{other}")


def _claimed_twice(registry: Registry) -> Iterator[Finding]:
    for (kind, name), claims in sorted(registry.plugins.items()):
        if len(claims) > 1:
            owners = tuple(registered.distribution for registered in claims)
            help_ = f'choose in a spec: [plugins.prefer.{kind}] {name} = "{owners[0].name}"'
            yield Finding("claimed twice", owners, f"{kind} `{name}`", help_, (kind, name))


def _old_names(registry: Registry) -> Iterator[Finding]:
    """Old names that lead elsewhere: to a plugin of today, or to what replaced another one."""
    for registered in registry:
        kind, name = registered.plugin.kind, registered.plugin.name
        for old in registered.plugin.renamed_from:
            others = registry.claims(kind, old)
            leads = old if others else registry.renamed(kind, old) or name
            if leads == name:
                continue
            holders = others or registry.claims(kind, leads)
            owners = (registered.distribution, *(other.distribution for other in holders))
            reason = f"`{old}`, an old name of {kind} `{name}`, means `{leads}` of {owners[-1].name}"
            yield Finding("shadowed", owners, reason, f"write `{name}` in specs that mean it", (kind, name))


def _copies(owner: Distribution) -> Iterator[Finding]:
    """Copies of a distribution that are not read, for another stands before them on the path."""
    found = copies(owner.name)
    for version, folder in found[1:]:
        reason = f"its copy in {found[0][1]} is read, and {version} in {folder} is not"
        yield Finding(
            "shadowed", (owner,), reason, f"uninstall both, then install one: pip install {owner.name}"
        )


def _slow(owner: Distribution, seconds: float) -> Finding:
    reason = f"its declarations took {1000 * seconds:.0f} ms to import, which every command waits for"
    help_ = "tell its author: what is heavy, such as JAX, belongs in the modules that `impl` names"
    return Finding("slow", (owner,), reason, help_)


def diagnose(findings: Findings, *, verbose: bool = False) -> str:
    """The findings as text.

    Args:
        findings: what was found.
        verbose: with tracebacks.
    """
    return "\n".join(_lines(findings, verbose=verbose))


def _lines(findings: Findings, *, verbose: bool) -> Iterator[str]:
    yield ", ".join(f"{count} {what}" for what, count in findings.counts.items())
    for finding in findings.found:
        owners = ", ".join(f"{owner.name} {owner.version}" for owner in finding.distributions)
        yield f"{finding.state}: {printable(f'{owners}: {finding.reason}')}"
        yield f"  = help: {printable(finding.help)}"
        if verbose and finding.detail:
            yield from (f"    {printable(line)}" for line in finding.detail.splitlines())
    yield "healthy" if findings.healthy else "something is broken"
