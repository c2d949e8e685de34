"""What resolution gives: parts with checked parameters, and the spec they make up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import attrs

from rcmvae_core.errors import Diagnostic, Place
from rcmvae_core.params import Capabilities
from rcmvae_core.registry import Registered
from rcmvae_core.tables import LatentTable, TrainTable


@attrs.frozen
class Part:
    """A plugin with its checked parameters.

    Args:
        registered: the plugin and its distribution.
        params: its record of parameters; a nested part stands as a `Part`.
        label: what the spec calls it, where a kind has labels.
        keys: the core's own parameters from the same table, if the kind has any.
        place: where the spec names it.
    """

    registered: Registered
    params: Any
    label: str = ""
    keys: Any = None
    place: Place | None = attrs.field(default=None, eq=False)

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.registered.plugin.kind

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.registered.plugin.name

    def capabilities(self) -> Capabilities:
        """What it and the parts among its parameters provide, require and conflict with."""
        plugin = self.registered.plugin
        found = [Capabilities(plugin.provides, plugin.requires, plugin.conflicts)]
        if hasattr(self.params, "capabilities"):
            found.append(self.params.capabilities())
        found += [part.capabilities() for part in self.nested().values()]
        return Capabilities(*(tuple(chain.from_iterable(tokens)) for tokens in zip(*found, strict=True)))

    def nested(self) -> dict[str, Part]:
        """The parts among its parameters, by parameter."""
        return _parts_of(self.params)

    def every(self) -> Iterator[Part]:
        """It, and all parts below it: among the core's parameters beside it, and among its own."""
        yield self
        beside = _parts_of(self.keys) if self.keys is not None else {}
        for part in (*beside.values(), *self.nested().values()):
            yield from part.every()

    def __str__(self) -> str:
        label = f" (`{self.label}`)" if self.label else ""
        return f"{self.kind} `{self.name}`{label}"


def _parts_of(record: Any) -> dict[str, Part]:
    values = {a.name: getattr(record, a.name) for a in attrs.fields(type(record))}
    return {name: value for name, value in values.items() if isinstance(value, Part)}


@attrs.frozen
class ResolvedSpec:
    """Everything a run needs to know, checked.

    Args:
        name: the run's name.
        seeds: a result for each.
        latent: `[latent]`.
        train: `[train]`.
        parts: the parts of each kind; a kind that a spec leaves out has none.
        tokens: every capability that the parts and the core's tables provide.
        prefer: the distributions chosen for names that several claim, by (kind, name).
        warnings: `W...` diagnostics.
    """

    name: str
    seeds: tuple[int, ...]
    latent: LatentTable
    train: TrainTable
    parts: Mapping[str, tuple[Part, ...]]
    tokens: frozenset[str] = frozenset()
    prefer: Mapping[tuple[str, str], str] = attrs.field(factory=dict[tuple[str, str], str])
    warnings: tuple[Diagnostic, ...] = attrs.field(default=(), eq=False)

    def one(self, kind: str) -> Part:
        """The part of a kind that has exactly one."""
        (part,) = self.parts[kind]
        return part

    def every_part(self) -> Iterator[Part]:
        """Every part, and after each those among its parameters, such as schedules."""
        for part in chain.from_iterable(self.parts.values()):
            yield from part.every()

    def distributions(self) -> list[str]:
        """Who provides the parts, each once."""
        return sorted({part.registered.distribution.name for part in self.every_part()})

    def maybe(self, kind: str) -> Part | None:
        """The part of an optional kind."""
        return next(iter(self.parts.get(kind, ())), None)
