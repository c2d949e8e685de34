"""A spec in the making: what is chosen, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import attrs

from rcmvae_core.declarations import Kind
from rcmvae_core.errors import Place, Source, Span
from rcmvae_core.facts import of_field
from rcmvae_core.params import Field, NoParams, fields
from rcmvae_core.registry import Registry
from rcmvae_core.spec import Node

Table = Mapping[str, Any]
_EPOCHS = 20


@attrs.frozen
class Draft:
    """Choices so far; what is missing here is open.

    Args:
        sizes: keys of `[latent]`.
        parts: by kind, the plugins that are named and the values that each cannot do without.
        name: the run's name.
    """

    sizes: Table = attrs.field(factory=dict[str, Any])
    parts: Mapping[str, Mapping[str, Table]] = attrs.field(factory=dict[str, Mapping[str, Table]])
    name: str | None = None

    def sized(self, name: str, value: Any) -> Draft:
        """With a size."""
        return attrs.evolve(self, sizes={**self.sizes, name: value})

    def naming(self, kind: str, parts: Mapping[str, Table]) -> Draft:
        """With these parts of a kind, and no others of it; with none it is left out."""
        return attrs.evolve(self, parts={**self.parts, kind: parts})

    def over(self, other: Draft) -> Draft:
        """With the other's choice of what is open."""
        return attrs.evolve(self, sizes={**other.sizes, **self.sizes}, parts={**other.parts, **self.parts})

    def root(self, kinds: Mapping[str, Kind]) -> Node:
        """As a spec's tree, in which everything stands where an option of the command line would give it."""
        whole: dict[str, Any] = (
            {} if self.name is None else {"name": _node(self.name, _option("name", self.name))}
        )
        whole |= {
            "latent": {name: _node(value, _option(name, str(value))) for name, value in self.sizes.items()},
            "train": {"epochs": _node(_EPOCHS, _HERE)},
        }
        for kind in kinds.values():
            for name, table in self.parts.get(kind.name, {}).items():
                below = whole
                for step in (*kind.path, name) if kind.slot == "labelled" else kind.path:
                    below = below.setdefault(step, {})
                below[name] = _node(table, _option(kind.name, name))
        return _node(whole, _HERE)


def tables(registry: Registry, kind: str, name: str) -> Iterator[Table]:
    """What may stand in a part's table, nothing that it requires missing.

    First as little as possible: an example of each value, and of nested parts each that is installed. Then, where
    capabilities depend on parameters, every other choice of one of them.
    """
    claims = registry.claims(kind, name)
    try:
        cls = registry.parameters(claims[0].plugin) if claims else NoParams
    except Exception:  # noqa: BLE001 - the author's fault, which resolution tells
        cls = NoParams
    known = fields(cls)
    needed = {parameter: _examples(registry, field) for parameter, field in known.items() if field.required}
    least = [dict(zip(needed, values, strict=True)) for values in product(*needed.values())]
    yield from least
    if hasattr(cls, "capabilities"):
        for parameter, field in known.items():
            others = [choice for choice in field.rule.choices or () if choice != field.default]
            yield from ({**table, parameter: choice} for choice in others for table in least)


def _examples(registry: Registry, field: Field) -> list[Any]:
    nested = registry.kinds.get(field.rule.kind or "")
    if nested is None or nested.shorthand:
        return [of_field(field)["example"]]
    return [{part: {}} for part in registry.names(nested.name)]


def _option(name: str, value: str) -> Place:
    return Place(Source(f"--{name}", value, kind="argument"), Span(1, 1, 1, len(value) + 1))


_HERE = Place(Source("rcmvae", "new spec", kind="argument"), Span(1, 1, 1, 9))


def _node(value: Any, place: Place) -> Node:
    """Plain values as a tree; what is one already stays."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        return Node({name: _node(child, place) for name, child in value.items()}, place, place)
    if isinstance(value, list | tuple):
        return Node(tuple(_node(child, place) for child in value), place, place)
    return Node(value, place, place)
