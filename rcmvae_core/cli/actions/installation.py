"""Finds errors of the installed plugins."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

import attrs

from rcmvae_core.cli.actions.requirements import copies, unmet
from rcmvae_core.errors import RunError
from rcmvae_core.plugin.declaration import Distribution, Registered, load_object
from rcmvae_core.plugin.pages import read_pages
from rcmvae_core.plugin.registry import Broken, Registry
from rcmvae_core.spec.declared_defaults import wrong_declarations

SLOW_SECONDS = 0.05
State = Literal["broken", "too new", "blocked", "conflict", "claimed twice", "shadowed", "slow"]
HARMLESS: tuple[State, ...] = ("blocked", "slow", "shadowed")


class Finding(NamedTuple):
    """An error of the installation, or something that is excluded on purpose.

    Args:
        state: its type.
        distributions: the distributions that it concerns.
        reason: one line.
        help: how to fix it.
        declaration: (kind, name), if it concerns one plugin.
        detail: the traceback, if there is one.
    """

    state: State
    distributions: tuple[Distribution, ...]
    reason: str
    help: str
    declaration: tuple[str, str] | None = None
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {**self._asdict(), "distributions": [owner._asdict() for owner in self.distributions]}


@attrs.frozen
class Diagnosis:
    """The state of the installed plugins.

    Args:
        counts: how many distributions, kinds and plugins are in use.
        seconds: how long the import of each distribution's declarations took.
        findings: errors, and what is excluded on purpose.
    """

    counts: Mapping[str, int]
    seconds: Mapping[Distribution, float]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether everything can be used as it is: what is slow, never used or excluded on purpose does not count."""
        return all(finding.state in HARMLESS for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as plain values."""
        milliseconds = {owner.name: round(1000 * seconds, 1) for owner, seconds in self.seconds.items()}
        return {
            "healthy": self.healthy,
            **self.counts,
            "import_milliseconds": milliseconds,
            "findings": [finding.as_json() for finding in self.findings],
        }


def examine(registry: Registry, *, load: bool = False) -> Diagnosis:
    """Examine every declaration, and the distributions against each other.

    Args:
        registry: the installed plugins.
        load: import the implementations as well.

    Returns:
        The diagnosis.
    """
    broken = [*registry.broken, *chain.from_iterable(_parameters(each, registry) for each in registry)]
    broken += _pages(registry)
    if load:
        broken += chain.from_iterable(_implementation(each) for each in registry)
    owners = _in_use(registry)
    findings = [
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
    return Diagnosis(counts, registry.seconds, tuple(findings))


def _in_use(registry: Registry) -> list[Distribution]:
    """Return the distributions that are not blocked, including those that cannot be loaded."""
    failed = [each.distribution for each in registry.broken if each.state != "blocked"]
    return sorted({*failed, *registry.seconds, *(registered.distribution for registered in registry)})


def _parameters(registered: Registered, registry: Registry) -> Iterator[Broken]:
    try:
        registry.parameters(registered.plugin)
    except Exception as error:  # noqa: BLE001 - importing a plugin can raise anything
        yield _broken(registered, f"its parameters `{registered.plugin.params}`", error)
        return
    plugin = registered.plugin
    for reason in wrong_declarations(registered, registry):
        message, help_ = f"{plugin.kind} `{plugin.name}`: {reason}", f"correct `{plugin.params}`"
        yield Broken(
            registered.distribution, "broken", message, help_, declaration=(plugin.kind, plugin.name)
        )


def _pages(registry: Registry) -> Iterator[Broken]:
    for owner, hook in registry.pages:
        try:
            read_pages(owner, hook)
        except RunError as error:
            detail = "".join(traceback.format_exception(error.__cause__ or error))
            yield Broken(
                owner, "broken", error.diagnostics[0].message, "correct `rcmvae_pages`", detail=detail
            )


def _implementation(registered: Registered) -> Iterator[Broken]:
    path = registered.plugin.impl
    try:
        load_object(path)
    except Exception as error:  # noqa: BLE001 - as above
        yield _broken(registered, f"its implementation `{path}`", error)


def _broken(registered: Registered, subject: str, error: Exception) -> Broken:
    """Return the report of a plugin that cannot be used.

    Args:
        registered: the plugin.
        subject: the part of it that cannot be used.
        error: what it raised.

    Returns:
        The report, with a traceback.
    """
    plugin = registered.plugin
    reason = f"{plugin.kind} `{plugin.name}`: {subject} cannot be used: {type(error).__name__}: {error}"
    return Broken(
        registered.distribution,
        "broken",
        reason.splitlines()[0],
        "repair or uninstall it",
        declaration=(plugin.kind, plugin.name),
        detail="".join(traceback.format_exception(error)),
    )


def _conflicts(owner: Distribution) -> Iterator[Finding]:
    for text, package, version in unmet(owner.name):
        state = f"{package} {version} is installed" if version else f"{package} is not installed"
        other = f", or a version of {owner.name} for {package} {version}" if version else ""
        yield Finding("conflict", (owner,), f"it needs {text}, and {state}", f"pip install '{text}'{other}")


def _claimed_twice(registry: Registry) -> Iterator[Finding]:
    for (kind, name), claims in sorted(registry.plugins.items()):
        if len(claims) > 1:
            owners = tuple(registered.distribution for registered in claims)
            help_ = f'choose in a spec: [plugins.prefer.{kind}] {name} = "{owners[0].name}"'
            yield Finding("claimed twice", owners, f"{kind} `{name}`", help_, (kind, name))


def _old_names(registry: Registry) -> Iterator[Finding]:
    """Yield the old names of plugins that mean another plugin: one of this name, or one that replaced it."""
    for registered in registry:
        kind, name = registered.plugin.kind, registered.plugin.name
        for old in registered.plugin.renamed_from:
            others = registry.claims(kind, old)
            target = old if others else registry.current_name(kind, old) or name
            if target == name:
                continue
            holders = others or registry.claims(kind, target)
            owners = (registered.distribution, *(other.distribution for other in holders))
            reason = f"`{old}`, an old name of {kind} `{name}`, means `{target}` of {owners[-1].name}"
            yield Finding("shadowed", owners, reason, f"write `{name}` in specs that mean it", (kind, name))


def _copies(owner: Distribution) -> Iterator[Finding]:
    """Yield the copies of a distribution that Python does not read, because another is before them on the path."""
    (_, used), *others = copies(owner.name) or [("", None)]
    for version, folder in others:
        reason = f"its copy in {used} is used, and {version} in {folder} is not"
        help_ = f"uninstall both, then install one: pip install {owner.name}"
        yield Finding("shadowed", (owner,), reason, help_)


def _slow(owner: Distribution, seconds: float) -> Finding:
    reason = f"its declarations took {1000 * seconds:.0f} ms to import, for which every command waits"
    help_ = "ask its author to import heavy packages, such as JAX, only in the modules that `impl` names"
    return Finding("slow", (owner,), reason, help_)
