"""Lists every value of a resolved spec with its documentation and its place in a file or an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from rcmvae_core.errors import Place
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.spec.tree import Node
from rcmvae_core.spec.write import document, dotted, inline

Path = tuple[str, ...]


@attrs.frozen
class Setting:
    """A value of a resolved spec, or the name of a plugin in it.

    Args:
        path: its path in the filled-in spec.
        value: the value as plain TOML; None for a parameter that is absent, and for a plugin.
        place: where a spec or an argument gives it; None for a default.
        field: the declaration of a parameter; None for anything else.
        part: the plugin that the path names; None for a value.
        inner: whether it belongs to a nested plugin, such as a schedule, and so is shown with that.
    """

    path: Path
    value: Any
    place: Place | None
    field: Field | None = None
    part: ResolvedPart | None = None
    inner: bool = False

    @property
    def key(self) -> str:
        """The path as TOML writes it."""
        return dotted(self.path)

    @property
    def text(self) -> str:
        """The value as TOML writes it; `absent` if there is none."""
        return "absent" if self.value is None else inline(self.value)

    @property
    def origin(self) -> str:
        """Where the value comes from: `default`, `file:line` or the argument."""
        if self.place is None:
            return "default"
        source = self.place.source
        return str(self.place) if source.kind == "argument" else f"{source.name}:{self.place.span.line}"


def settings(resolved: ResolvedSpec, root: Node, kinds: Mapping[str, Kind]) -> dict[Path, Setting]:
    """Return every value by its path, in the order of the filled-in spec.

    Args:
        resolved: the resolved spec.
        root: the normalised tree that it was resolved from.
        kinds: the registry's kinds.
    """
    return {setting.path: setting for setting in _all(resolved, root, kinds)}


def _all(resolved: ResolvedSpec, root: Node, kinds: Mapping[str, Kind]) -> Iterator[Setting]:
    """Yield every value.

    Args:
        resolved: as of `settings`.
        root: as of `settings`.
        kinds: as of `settings`.
    """
    tables = document(resolved, kinds)
    for name in ("name", "seeds"):
        yield Setting((name,), tables[name], _place(root.at((name,))))
    for (kind, name), owner in resolved.prefer.items():
        path = ("plugins", "prefer", kind, name)
        yield Setting(path, owner, _place(root.at(path)))
    for name, record in (("latent", resolved.latent), ("train", resolved.train)):
        yield from _record(record, (name,), root.at((name,)), tables[name])
    for kind in kinds.values():
        for part in resolved.parts.get(kind.name, ()):
            yield from _part(part, (*kind.path, part.label) if part.label else kind.path, root, tables)


def _part(part: ResolvedPart, slot: Path, root: Node, tables: dict[str, Any]) -> Iterator[Setting]:
    """Yield the values of a plugin and of the core's parameters beside it.

    Args:
        part: the plugin.
        slot: the path of the table that names it.
        root: the normalised tree.
        tables: the filled-in spec.
    """
    for step in slot:
        tables = tables[step]
    node, path = root.at(slot), (*slot, part.name)
    if part.keys is not None:
        yield from _record(part.keys, slot, node, tables)
    yield Setting(path, None, part.place, part=part)
    yield from _record(part.params, path, _child(node, part.name), tables[part.name])


def _record(
    record: Any, path: Path, node: Node | None, table: dict[str, Any], *, inner: bool = False
) -> Iterator[Setting]:
    """Yield the values of a record of parameters, and of the plugins among them.

    Args:
        record: the record.
        path: the path of its table.
        node: its table in the tree; None if the spec has none.
        table: its table in the filled-in spec.
        inner: as of a `Setting`.
    """
    for name, field in fields(type(record)).items():
        value, child = table.get(name), _child(node, name)
        yield Setting((*path, name), value, _place(child), field, inner=inner)
        nested = getattr(record, name)
        for part in nested if isinstance(nested, tuple) else (nested,):
            if isinstance(part, ResolvedPart) and isinstance(value, dict):
                below = (*path, name, part.name)
                yield from _record(part.params, below, _child(child, part.name), value[part.name], inner=True)
        if field.record is not None and isinstance(value, dict):
            yield from _record(nested, (*path, name), child, value, inner=True)


def _child(node: Node | None, name: str) -> Node | None:
    return ((node.table if node else None) or {}).get(name)


def _place(node: Node | None) -> Place | None:
    return node.place if node else None
