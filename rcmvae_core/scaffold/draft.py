"""Hold the choices for a new spec, and turn them into a spec's tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import attrs

from rcmvae_core.errors import Place, Source, Span
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.parameters import Field, NoParams, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.describe_plugin import of_field
from rcmvae_core.spec.tree import Node

Table = Mapping[str, Any]
_EPOCHS = 20  # enough to see a result on `digits` within a minute


@attrs.frozen
class Draft:
    """The choices for a new spec; a choice that is absent is still open.

    Args:
        sizes: values of keys of `[latent]`.
        parts: by kind, the chosen plugins with their required parameters.
        name: the run's name.
        changeable: whether losses are declared changeable, as a chosen plugin requires.
    """

    sizes: Table = attrs.field(factory=dict[str, Any])
    parts: Mapping[str, Mapping[str, Table]] = attrs.field(factory=dict[str, Mapping[str, Table]])
    name: str | None = None
    changeable: bool = False

    def with_size(self, name: str, value: Any) -> Draft:
        """Return the draft with a value of `[latent]`."""
        return attrs.evolve(self, sizes={**self.sizes, name: value})

    def with_parts(self, kind: str, parts: Mapping[str, Table]) -> Draft:
        """Return the draft with these plugins of a kind, and no others; an empty mapping leaves the kind out."""
        return attrs.evolve(self, parts={**self.parts, kind: parts})

    def with_defaults(self, defaults: Draft) -> Draft:
        """Return the draft with open choices taken from another draft."""
        return attrs.evolve(
            self, sizes={**defaults.sizes, **self.sizes}, parts={**defaults.parts, **self.parts}
        )

    def to_tree(self, kinds: Mapping[str, Kind]) -> Node:
        """Return the spec's tree, in which the place of each value is the option of `rcmvae new spec` that sets it."""
        root: dict[str, Any] = (
            {} if self.name is None else {"name": _node(self.name, _option("name", self.name))}
        )
        root |= {
            "latent": {name: _node(value, _option(name, str(value))) for name, value in self.sizes.items()},
            "train": {"epochs": _node(_EPOCHS, _COMMAND)},
        }
        for kind in kinds.values():
            for name, table in self.parts.get(kind.name, {}).items():
                parent = root
                for step in (*kind.path, name) if kind.slot == "labelled" else kind.path:
                    parent = parent.setdefault(step, {})
                parent[name] = _node(table, _option(kind.name, name))
                if kind.name == "loss" and self.changeable:
                    parent["changeable"] = Node(value=True, key=_COMMAND, place=_COMMAND)
        return _node(root, _COMMAND)


def example_tables(registry: Registry, kind: str, name: str) -> Iterator[Table]:
    """Yield parameters with which a plugin can be used in a spec, all required ones present.

    The smallest tables come first: an example of each required value, and each installed plugin for a nested part.
    Where capabilities depend on parameters, every other choice of one of them follows.

    Args:
        registry: the installed plugins.
        kind: the kind.
        name: the plugin.
    """
    claims = registry.claims(kind, name)
    try:
        cls = registry.parameters(claims[0].plugin) if claims else NoParams
    except Exception:  # noqa: BLE001 - an error of the plugin, which `resolve` reports
        cls = NoParams
    parameters = fields(cls)
    required = {name: _examples(registry, field) for name, field in parameters.items() if field.required}
    smallest = [dict(zip(required, values, strict=True)) for values in product(*required.values())]
    yield from smallest
    if hasattr(cls, "capabilities"):
        for parameter, field in parameters.items():
            others = [choice for choice in field.rule.choices or () if choice != field.default]
            yield from ({**table, parameter: choice} for choice in others for table in smallest)


def _examples(registry: Registry, field: Field) -> list[Any]:
    """Return example values of a parameter: one, or for a nested part each installed plugin."""
    nested = registry.kinds.get(field.rule.kind or "")
    if nested is None or nested.shorthand:
        return [of_field(field)["example"]]
    return [{part: {}} for part in registry.names(nested.name)]


def _option(name: str, value: str) -> Place:
    """Return the place of a value of an option."""
    return Place(Source(f"--{name}", value, kind="argument"), Span(1, 1, 1, len(value) + 1))


_COMMAND = Place(Source("rcmvae", "new spec", kind="argument"), Span(1, 1, 1, 9))


def _node(value: Any, place: Place) -> Node:
    """Return plain values as a tree; nodes stay as they are."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return Node({name: _node(child, place) for name, child in value.items()}, place, place)
    if isinstance(value, list | tuple):
        return Node(tuple(_node(child, place) for child in value), place, place)
    return Node(value, place, place)
