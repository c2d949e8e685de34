"""Reads the keys of a spec outside its tables of plugins: version, name, seeds, preferences."""

from __future__ import annotations

import re

from rcmvae_core.plugin.registry import RESERVED_TABLES, Registry
from rcmvae_core.spec.claims import unloaded
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.messages import show, suggest, type_of
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.tree import Node
from rcmvae_core.version import __version__, within

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
Entries = dict[str, Node]
Prefer = dict[tuple[str, str], str]


def check_version(entries: Entries, errors: ErrorCollector) -> None:
    """Check `rcmvae`, the range of versions that the spec was written for."""
    node = entries.get("rcmvae")
    if node is None:
        return
    if not isinstance(node.value, str):
        message = f"`rcmvae` must be a string with a version range, got {type_of(node)}"
        errors.add("E206", message, node.place, ['such as rcmvae = ">=0.1"'])
        return
    try:
        fits = within(node.value)
    except ValueError:
        help_ = ['such as rcmvae = ">=0.1" or ">=0.1,<0.3"']
        errors.add("E213", f"{show(node.value)} is not a version range", node.place, help_)
        return
    if not fits:
        message = f"the spec requires rcmvae {node.value}, this is {__version__}"
        errors.add("E214", message, node.place, ["install a version in that range, or widen it"])


def check_tables(
    entries: Entries, registry: Registry, errors: ErrorCollector, saved: Saved | None = None
) -> None:
    """Report E203 for every unknown table or key.

    Args:
        entries: the entries of the spec.
        registry: the installed plugins, whose kinds have tables.
        errors: receives the errors.
        saved: what is known about a saved spec; None for one that is not saved.
    """
    tables = {kind.path[0] for kind in registry.kinds.values() if kind.table}
    known = sorted(tables | RESERVED_TABLES | {"train"})
    for name, node in entries.items():
        if name not in known:
            missing = [] if saved is None else saved.missing()
            help_ = missing or [*suggest(name, known, "tables"), *unloaded(registry)]
            errors.add("E203", f"unknown table or key `{name}`", node.key, help_)


def read_prefer(entries: Entries, registry: Registry, errors: ErrorCollector) -> Prefer:
    """Read `[plugins.prefer]`: from which distribution a name is taken that several claim.

    Args:
        entries: the entries of the spec, with the current names of plugins.
        registry: the installed plugins.
        errors: receives the errors.

    Returns:
        The distribution's name by kind and plugin.
    """
    prefer: Prefer = {}
    if "plugins" not in entries:
        return prefer
    for name, node in errors.table_of(entries["plugins"], "[plugins]").items():
        if name != "prefer":
            help_ = ["it holds only [plugins.prefer]"]
            errors.add("E205", f"`[plugins]` has no parameter `{name}`", node.key, help_)
            continue
        for kind, names in errors.table_of(node, "[plugins.prefer]").items():
            for plugin, owner in errors.table_of(names, f"plugins.prefer.{kind}").items():
                if _claims(kind, plugin, owner, registry, errors):
                    prefer[kind, plugin] = owner.value
    return prefer


def _claims(kind: str, plugin: str, owner: Node, registry: Registry, errors: ErrorCollector) -> bool:
    """Return whether a distribution claims a plugin's name; report E206 or E204 if not.

    Args:
        kind: the plugin's kind.
        plugin: the plugin's name.
        owner: the distribution's name.
        registry: the installed plugins.
        errors: receives the errors.
    """
    if not isinstance(owner.value, str):
        message = f"`plugins.prefer.{kind}.{plugin}` must be the name of a distribution, got {type_of(owner)}"
        errors.add("E206", message, owner.place, ['such as film = "my-package"'])
        return False
    owners = [registered.distribution.name for registered in registry.claims(kind, plugin)]
    if owner.value not in owners:
        message = f"{show(owner.value)} does not provide {kind} `{plugin}`"
        errors.add("E204", message, owner.place, suggest(owner.value, owners, "providers"))
    return owner.value in owners


def read_name(entries: Entries, default: str, errors: ErrorCollector) -> str:
    """Read `name`, the run's name.

    Args:
        entries: the entries of the spec.
        default: the name if the spec has none; it is changed so that it can name a folder.
        errors: receives the errors.
    """
    node = entries.get("name")
    if node is None:
        return re.sub(r"[^\w.-]", "-", default).lstrip("-._")[:80] or "run"
    if not isinstance(node.value, str):
        errors.add("E206", f"`name` must be a string, got {type_of(node)}", node.place)
    elif not _NAME.fullmatch(node.value):
        help_ = ["it names a folder: up to 80 letters, digits, `-`, `_` and `.`, the first a letter or digit"]
        errors.add("E207", f"`name` cannot be {show(node.value)}", node.place, help_)
    return str(node.value)


def read_seeds(entries: Entries, errors: ErrorCollector) -> tuple[int, ...]:
    """Read `seeds`; each gives one trained model."""
    node = entries.get("seeds")
    if node is None:
        return (0,)
    if not isinstance(node.value, tuple) or not node.value:
        message = "`seeds` must be a list of at least one integer"
        errors.add("E206", message, node.place, ["such as seeds = [0]"])
        return ()
    for element in node.value:
        if type(element.value) is not int:
            errors.add("E206", f"a seed must be an integer, got {type_of(element)}", element.place)
        elif not 0 <= element.value < 2**32:
            errors.add("E207", f"a seed must be in [0, 2**32), got {show(element.value)}", element.place)
    values = [element.value for element in node.value]
    for i, element in enumerate(node.value):
        if element.value in values[:i]:
            errors.add("E209", f"seed {show(element.plain)} is given twice", element.place, ["remove one"])
    return tuple(value for value in values if type(value) is int)
