"""Reports entries that should name a plugin and do not: unknown, broken or ambiguous names, and other values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from rcmvae_core.errors import Place, quoted
from rcmvae_core.plugin.declaration import Kind, Registered
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.type_names import describe_type, with_article
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.messages import describe, suggest
from rcmvae_core.spec.tree import Node


def report_claims(
    kind: Kind,
    name: str,
    claims: Sequence[Registered],
    place: Place,
    *,
    registry: Registry,
    errors: ErrorCollector,
) -> None:
    """Report why a name is not that of exactly one plugin.

    Args:
        kind: the kind.
        name: the name that a spec gives.
        claims: the plugins that claim it: none, or several.
        place: the place of the name.
        registry: the installed plugins.
        errors: receives E204 for an unknown name, E211 for a broken declaration, E215 for several claims.
    """
    plugin = f"{kind.name} `{name}`"
    broken = next((b for b in registry.broken if b.declaration == (kind.name, name)), None)
    if claims:
        owners = [claim.distribution.name for claim in claims]
        help_ = [f'choose: [plugins.prefer.{kind.name}] {name} = "{owners[0]}"']
        message = f"{plugin} is claimed by {len(owners)} distributions: {', '.join(owners)}"
        errors.add("E215", message, place, help_)
    elif broken is not None:
        reason = broken.reason.removeprefix(f"{plugin}: ")
        message = f"{plugin} of {broken.distribution.name} is broken: {reason}"
        errors.add("E211", message, place, [broken.help])
    else:
        help_ = [*suggest(name, registry.names(kind.name), f"{kind.name} plugins"), *unloaded(registry)]
        errors.add("E204", f"unknown {plugin}", place, help_)


def report_bare(
    kind: Kind, node: Node, subject: str, help_: list[str], *, registry: Registry, errors: ErrorCollector
) -> None:
    """Report a parameter's value that is neither the table of a plugin nor what the kind's shorthand accepts.

    Args:
        kind: the kind, which has a shorthand.
        node: the value; a string is the name of an unknown plugin.
        subject: the parameter and its owner.
        help_: the parameter's documentation.
        registry: the installed plugins.
        errors: receives E204 for a string, or else E206.
    """
    plugin, _, parameter = str(kind.shorthand).partition(".")
    types: set[str] = set()
    for registered in registry.claims(kind.name, plugin):
        with suppress(Exception):  # a broken plugin, which is reported where a spec names it
            field = fields(registry.parameters(registered.plugin))[parameter]
            types.add(describe_type(field.type, article=True))
    expected = " or ".join([*sorted(types), with_article(kind.name)])
    message, code = f"{subject} must be {expected}, got {describe(node)}", "E206"
    if isinstance(node.value, str):
        code = "E204"
        help_ = [*help_, *suggest(node.value, registry.names(kind.name), f"{kind.name} plugins")]
    errors.add(code, message, node.place, help_)


def report_strays(
    kind: Kind, entries: dict[str, Node], where: str, *, registry: Registry, errors: ErrorCollector
) -> None:
    """Report E205 for values beside plugins of a kind that has no parameters of the core.

    Args:
        kind: the kind.
        entries: the values.
        where: the table's header.
        registry: the installed plugins.
        errors: receives the errors.
    """
    for name, node in entries.items():
        message = f"`{where}` has no parameter `{name}`; those of a plugin go into `{where[:-1]}.NAME]`"
        errors.add("E205", message, node.key, offers(kind.name, registry))


def offers(kind: str, registry: Registry) -> list[str]:
    """Return help that names the plugins of a kind."""
    names = registry.names(kind)
    known = f"known {kind} plugins: {quoted(names)}" if names else f"no {kind} plugin is installed"
    return [known, *unloaded(registry)]


def unloaded(registry: Registry) -> list[str]:
    """Return help that names the distributions that could not be loaded, which may provide what is missing."""
    names = sorted({b.distribution.name for b in registry.broken if b.declaration is None})
    return [f"not loaded: {', '.join(names)}; see `rcmvae plugins doctor`"] if names else []
