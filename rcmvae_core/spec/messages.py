"""Formats values, types and suggestions for messages about a spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rcmvae_core.errors import Diagnostic, Place, quoted
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.tree import Node

if TYPE_CHECKING:
    from rcmvae_core.plugin.resolved import ResolvedSpec

_PLUGIN = re.compile(r"(\w+) `(\w+)`")
_LONGEST = 60
_MOST_LISTED = 40
"""Known names that are listed for an unknown one."""


def unknown_kind(name: str, registry: Registry) -> Diagnostic:
    """Return the E108 for an unknown kind."""
    help_ = suggest(name, sorted(registry.kinds), "kinds")
    return Diagnostic("E108", f"unknown kind `{name}`", help=help_)


def unknown_plugin(kind: str, name: str, registry: Registry) -> Diagnostic:
    """Return the E108 for an unknown plugin; if the kind is unknown too, a kind is suggested.

    Args:
        kind: the kind.
        name: the plugin's name.
        registry: the installed plugins.
    """
    help_ = (
        suggest(name, registry.names(kind), f"{kind} plugins")
        if kind in registry.kinds
        else unknown_kind(kind, registry).help
    )
    return Diagnostic("E108", f"unknown {kind} `{name}`", help=help_)


def unknown_acquisition(name: str, spec: ResolvedSpec) -> Diagnostic:
    """Return the E431 for an acquisition that a spec does not have."""
    names = [part.name for part in spec.parts.get("acquisition", ())]
    return Diagnostic(
        "E431", f"the spec has no acquisition `{name}`", help=suggest(name, names, "acquisitions")
    )


def suggest(name: str, known: list[str], noun: str) -> list[str]:
    """Return help for an unknown name: the nearest known name, or else all of them if they are at most 40.

    Args:
        name: the unknown name.
        known: the known names.
        noun: what they name, in the plural.

    Example:
        >>> suggest("flim", ["film", "none"], "conditioner plugins")
        ['did you mean `film`?']
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it, and start-up time counts

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return [f"did you mean `{close[0]}`?"]
    if len(known) > _MOST_LISTED:
        return [f"none of the {len(known)} known {noun} is similar"]
    return [f"known {noun}: {quoted(known)}"] if known else [f"there are no {noun}"]


def page_of(owner: str) -> list[str]:
    """Return help that names the command which describes a plugin; none for a table of the core.

    Example:
        >>> page_of("head `gaussian`"), page_of("`[latent]`")
        (['see `rcmvae plugins show head gaussian`'], [])
    """
    plugin = _PLUGIN.match(owner)
    return [f"see `rcmvae plugins show {plugin[1]} {plugin[2]}`"] if plugin else []


def renamed(subject: str, new: str, place: Place) -> Diagnostic:
    """Return the W202 for an old name.

    Args:
        subject: what has the old name, such as "conditioner `gating`".
        new: the current name.
        place: the place of the old name.
    """
    help_ = f"write `{new}`; `rcmvae migrate` does so in a whole file"
    return Diagnostic("W202", f"{subject} is now called `{new}`", place, help=[help_], fix=new)


def show(value: Any) -> str:
    """Format a value for a message, cut to 60 characters.

    Example:
        >>> show(True), show("film"), show([1, 2])
        ('true', '"film"', '[1, 2]')
    """
    if isinstance(value, bool):
        text = str(value).lower()
    else:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def type_of(node: Node) -> str:
    """Return the TOML type of a value with its article, such as `an integer`."""
    if node.table is not None:
        return "a table"
    if isinstance(node.value, tuple):
        return "a list"
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a string"}
    return names.get(type(node.value), "a date or time")


def describe(node: Node) -> str:
    """Return type and value of a node for a message, such as `a string: "film"`."""
    return f"{type_of(node)}: {show(node.plain)}"
