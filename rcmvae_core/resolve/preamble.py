"""The keys of a spec that stand outside its tables of parts: version, name, seeds, preferences."""

from __future__ import annotations

import re

from rcmvae_core.registry import RESERVED_TABLES, Registry
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.spec.tree import Node
from rcmvae_core.structure import old_name, show, suggest, type_of
from rcmvae_core.version import __version__, within

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
Entries = dict[str, Node]
Prefer = dict[tuple[str, str], str]


def suspects(registry: Registry) -> list[str]:
    """Help that names distributions which did not load and may hold what is missing."""
    names = sorted({b.distribution.name for b in registry.broken if b.declaration is None})
    return [f"not loaded: {', '.join(names)}; see `rcmvae plugins doctor`"] if names else []


def check_version(entries: Entries, faults: Faults) -> None:
    """`rcmvae`: the versions that the spec was written for."""
    node = entries.get("rcmvae")
    if node is None:
        return
    if not isinstance(node.value, str):
        message = f"`rcmvae` must be a version range as a text, got {type_of(node)}"
        faults.add("E206", message, node.place, ['such as rcmvae = ">=0.1"'])
        return
    try:
        fits = within(node.value)
    except ValueError:
        help_ = ['such as rcmvae = ">=0.1" or ">=0.1,<0.3"']
        faults.add("E213", f"{show(node.value)} is not a version range", node.place, help_)
        return
    if not fits:
        message = f"the spec asks for rcmvae {node.value}, this is {__version__}"
        faults.add("E214", message, node.place, ["install a version in that range, or widen it"])


def check_tables(entries: Entries, registry: Registry, faults: Faults) -> None:
    """Every table and key has a reader."""
    tables = {kind.path[0] for kind in registry.kinds.values() if kind.table}
    known = sorted(tables | RESERVED_TABLES | {"train"})
    for name, node in entries.items():
        if name not in known:
            help_ = [*suggest(name, known, "tables"), *suspects(registry)]
            faults.add("E203", f"there is no table or key `{name}`", node.key, help_)


def read_prefer(entries: Entries, registry: Registry, faults: Faults) -> Prefer:
    """`[plugins.prefer]`: which distribution provides a name that several claim."""
    prefer: Prefer = {}
    if "plugins" not in entries:
        return prefer
    for name, node in faults.table_of(entries["plugins"], "`[plugins]`").items():
        if name != "prefer":
            help_ = ["it holds only [plugins.prefer]"]
            faults.add("E205", f"`[plugins]` has no parameter `{name}`", node.key, help_)
            continue
        for kind, names in faults.table_of(node, "`[plugins.prefer]`").items():
            for written, owner in faults.table_of(names, f"`plugins.prefer.{kind}`").items():
                plugin = _current(kind, written, owner, registry, faults)
                if (kind, plugin) in prefer:
                    message = f"the distribution of {kind} `{plugin}` is chosen twice, once as `{written}`"
                    faults.add("E209", message, owner.key, ["keep one"])
                elif _is_owner(kind, plugin, owner, registry, faults):
                    prefer[kind, plugin] = owner.value
    return prefer


def _current(kind: str, plugin: str, owner: Node, registry: Registry, faults: Faults) -> str:
    """The name that a plugin has now."""
    new = None if registry.claims(kind, plugin) else registry.renamed(kind, plugin)
    if new is None:
        return plugin
    faults.report(old_name(f"{kind} `{plugin}`", new, owner.key))
    return new


def _is_owner(kind: str, plugin: str, owner: Node, registry: Registry, faults: Faults) -> bool:
    if not isinstance(owner.value, str):
        message = f"`plugins.prefer.{kind}.{plugin}` must be a distribution's name"
        faults.add("E206", message, owner.place, ['such as film = "my-package"'])
        return False
    owners = [registered.distribution.name for registered in registry.claims(kind, plugin)]
    if owner.value not in owners:
        message = f"{show(owner.value)} does not provide {kind} `{plugin}`"
        faults.add("E204", message, owner.place, suggest(owner.value, owners, "providers"))
    return owner.value in owners


def read_name(entries: Entries, default: str, faults: Faults) -> str:
    """`name`: the run's name; a default is made fit for a folder."""
    node = entries.get("name")
    if node is None:
        return re.sub(r"[^\w.-]", "-", default).lstrip("-._")[:80] or "run"
    if not isinstance(node.value, str):
        faults.add("E206", f"`name` must be a text, got {type_of(node)}", node.place)
    elif not _NAME.fullmatch(node.value):
        help_ = ["it names a folder: up to 80 letters, digits, `-`, `_` and `.`, the first a letter or digit"]
        faults.add("E207", f"`name` cannot be {show(node.value)}", node.place, help_)
    return str(node.value)


def read_seeds(entries: Entries, faults: Faults) -> tuple[int, ...]:
    """`seeds`: a result for each."""
    node = entries.get("seeds")
    if node is None:
        return (0,)
    if not isinstance(node.value, tuple) or not node.value:
        faults.add(
            "E206",
            "`seeds` must be a list of integers, at least one",
            node.place,
            ["such as seeds = [0]"],
        )
        return ()
    for element in node.value:
        if type(element.value) is not int:
            faults.add("E206", f"a seed must be an integer, got {type_of(element)}", element.place)
        elif not 0 <= element.value < 2**32:
            faults.add("E207", f"a seed must be in [0, 2**32), got {show(element.value)}", element.place)
    values = [element.value for element in node.value]
    for i, element in enumerate(node.value):
        if element.value in values[:i]:
            faults.add("E209", f"seed {show(element.plain)} is given twice", element.place, ["remove one"])
    return tuple(value for value in values if type(value) is int)
