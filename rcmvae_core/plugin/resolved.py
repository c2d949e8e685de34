"""Defines what resolution returns: plugins with checked parameters, and the spec that they make up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import attrs

from rcmvae_core.errors import Diagnostic, Place, SpecError
from rcmvae_core.plugin.core_tables import LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Distribution, Registered
from rcmvae_core.plugin.parameters import Capabilities


@attrs.frozen
class ResolvedPart:
    """A plugin with its checked parameters.

    Args:
        registered: the plugin and its distribution.
        params: its record of parameters; a nested plugin, such as a schedule, is a `ResolvedPart` in it, and several
            are a tuple of them.
        label: its label in the spec, where the kind has labels.
        keys: the core's own parameters from the same table, if the kind has any.
        place: where the spec names it; None for a plugin that a spec gets without naming it.
    """

    registered: Registered
    params: Any
    label: str = ""
    keys: Any = None
    place: Place | None = attrs.field(default=None, eq=False)

    @property
    def kind(self) -> str:
        """The plugin's kind."""
        return self.registered.plugin.kind

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.registered.plugin.name

    def capabilities(self) -> Capabilities:
        """Return the tokens that it and its nested plugins provide, require and conflict with.

        Returns:
            The tokens of the declaration first, then those that depend on parameters, then those of nested plugins.
        """
        plugin = self.registered.plugin
        tokens = [Capabilities(plugin.provides, plugin.requires, plugin.conflicts)]
        records = (self.params, self.keys)
        tokens += [record.capabilities() for record in records if hasattr(record, "capabilities")]
        tokens += [part.capabilities() for part in _parts_of(self.params).values()]
        return Capabilities(*(tuple(chain.from_iterable(group)) for group in zip(*tokens, strict=True)))

    def nested(self) -> dict[str, ResolvedPart]:
        """Return the plugins among its parameters, by parameter, or by `PARAMETER.NAME` where it names several."""
        return _parts_of(self.params)

    def every(self) -> Iterator[ResolvedPart]:
        """Yield it and all plugins below it: among the core's parameters beside it, and among its own."""
        yield self
        beside = _parts_of(self.keys) if self.keys is not None else {}
        for part in (*beside.values(), *self.nested().values()):
            yield from part.every()

    def __str__(self) -> str:
        label = f" (`{self.label}`)" if self.label else ""
        return f"{self.kind} `{self.name}`{label}"


def _parts_of(record: Any) -> dict[str, ResolvedPart]:
    values = {a.name: getattr(record, a.name) for a in attrs.fields(type(record))}
    several = {
        f"{name}.{part.name}": part
        for name, value in values.items()
        for part in (value if isinstance(value, tuple) else ())
        if isinstance(part, ResolvedPart)
    }
    return {name: value for name, value in values.items() if isinstance(value, ResolvedPart)} | several


@attrs.frozen
class ResolvedSpec:
    """A checked spec: everything that a run needs to know.

    Args:
        name: the run's name.
        seeds: each gives one trained model.
        latent: `[latent]`.
        train: `[train]`.
        parts: the plugins by kind; a kind that the spec leaves out has none.
        tokens: every capability token that the plugins and the core's tables provide.
        prefer: the chosen distribution of names that several claim, by (kind, name).
        warnings: `W...` diagnostics.
        unavailable: why plugins of a kind cannot be used, by kind: of a saved spec, which is read for what is needed
            of it. Asking for such a kind raises these errors.
        trained_with: the distribution of each plugin when the model of a saved spec was trained, by kind and name.
    """

    name: str
    seeds: tuple[int, ...]
    latent: LatentTable
    train: TrainTable
    parts: Mapping[str, tuple[ResolvedPart, ...]]
    tokens: frozenset[str] = frozenset()
    prefer: Mapping[tuple[str, str], str] = attrs.field(factory=dict[tuple[str, str], str])
    warnings: tuple[Diagnostic, ...] = attrs.field(default=(), eq=False)
    unavailable: Mapping[str, tuple[Diagnostic, ...]] = attrs.field(
        factory=dict[str, tuple[Diagnostic, ...]], eq=False
    )
    trained_with: Mapping[tuple[str, str], Distribution] = attrs.field(
        factory=dict[tuple[str, str], Distribution], eq=False
    )

    def one(self, kind: str) -> ResolvedPart:
        """Return the plugin of a kind that has exactly one.

        Raises:
            SpecError: if it cannot be used.
        """
        (part,) = self.many(kind)
        return part

    def maybe(self, kind: str) -> ResolvedPart | None:
        """Return the plugin of an optional kind; None if the spec has none.

        Raises:
            SpecError: if it cannot be used.
        """
        return next(iter(self.many(kind)), None)

    def if_available(self, kind: str) -> ResolvedPart | None:
        """Return the plugin of a kind; None if the spec has none, or if it cannot be used."""
        return next(iter(self.parts.get(kind, ())), None)

    def many(self, kind: str) -> tuple[ResolvedPart, ...]:
        """Return the plugins of a kind.

        Raises:
            SpecError: if one of them cannot be used.
        """
        if kind in self.unavailable:
            raise SpecError(self.unavailable[kind])
        return self.parts.get(kind, ())

    def every_part(self) -> Iterator[ResolvedPart]:
        """Yield every plugin, each followed by those among its parameters, such as schedules."""
        for part in chain.from_iterable(self.parts.values()):
            yield from part.every()

    def distributions(self) -> list[str]:
        """Return the names of the distributions that provide the plugins, sorted."""
        return sorted({part.registered.distribution.name for part in self.every_part()})
