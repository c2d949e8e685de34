"""Every value of a resolved spec, with what is known of it and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from rcmvae_core.declarations import Kind
from rcmvae_core.errors import Place
from rcmvae_core.params import Field, fields
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.resolved_toml import document, dotted, inline
from rcmvae_core.spec.tree import Node, as_table

Path = tuple[str, ...]


@attrs.frozen
class Setting:
    """A value of a resolved spec, or the naming of a part.

    Args:
        path: where it stands in the filled-in spec.
        value: plain values, as TOML has them; None for a parameter that is absent, and for a part.
        place: where a spec or an argument gives it; None for a default.
        field: what is known of a parameter.
        part: the part that the path names.
        inner: it belongs to a part that is itself a value, such as a schedule, and so is shown with that.
    """

    path: Path
    value: Any
    place: Place | None
    field: Field | None = None
    part: Part | None = None
    inner: bool = False

    @property
    def key(self) -> str:
        """The path as TOML writes it."""
        return dotted(self.path)

    @property
    def text(self) -> str:
        """The value as TOML writes it; `absent` when there is none."""
        return "absent" if self.value is None else inline(self.value)

    @property
    def origin(self) -> str:
        """Where it came from: `default`, `file:line` or the argument."""
        if self.place is None:
            return "default"
        source = self.place.source
        return str(self.place) if source.kind == "argument" else f"{source.name}:{self.place.span.line}"


def settings(resolved: ResolvedSpec, root: Node, kinds: Mapping[str, Kind]) -> dict[Path, Setting]:
    """Every value by its path, in the order of the filled-in spec.

    Args:
        resolved: the checked spec.
        root: the tree that it was made from.
        kinds: the registry's kinds.
    """
    return {setting.path: setting for setting in _all(resolved, root, kinds)}


def _all(resolved: ResolvedSpec, root: Node, kinds: Mapping[str, Kind]) -> Iterator[Setting]:
    whole = document(resolved, kinds)
    for name in ("name", "seeds"):
        yield Setting((name,), whole[name], _place(root.at((name,))))
    for (kind, name), owner in resolved.prefer.items():
        path = ("plugins", "prefer", kind, name)
        yield Setting(path, owner, _place(root.at(path)))
    for name, record in (("latent", resolved.latent), ("train", resolved.train)):
        yield from _record(record, (name,), root.at((name,)), whole[name])
    for kind in kinds.values():
        for part in resolved.parts.get(kind.name, ()):
            yield from _part(part, (*kind.path, part.label) if part.label else kind.path, root, whole)


def _part(part: Part, slot: Path, root: Node, whole: dict[str, Any]) -> Iterator[Setting]:
    for step in slot:
        whole = whole[step]
    named = root.at(slot)
    node = as_table(named) if named is not None else None
    if part.keys is not None:
        yield from _record(part.keys, slot, node, whole)
    path = (*slot, part.name)
    yield Setting(path, None, part.place, part=part)
    own = _child(node, part.name, part.registered.plugin.renamed_from)
    yield from _record(part.params, path, own, whole[part.name])


def _record(
    record: Any, path: Path, node: Node | None, table: dict[str, Any], *, inner: bool = False
) -> Iterator[Setting]:
    for name, field in fields(type(record)).items():
        given = _child(node, name, field.rule.renamed_from)
        value = table.get(name)
        yield Setting((*path, name), value, _place(given), field, inner=inner)
        part = getattr(record, name)
        if isinstance(part, Part) and isinstance(value, dict):
            below = _child(as_table(given) if given else None, part.name, part.registered.plugin.renamed_from)
            yield from _record(part.params, (*path, name, part.name), below, value[part.name], inner=True)


def _child(node: Node | None, name: str, older: Iterable[str]) -> Node | None:
    entries = (node.table if node else None) or {}
    return next((entries[key] for key in (name, *older) if key in entries), None)


def _place(node: Node | None) -> Place | None:
    return node.place if node else None
