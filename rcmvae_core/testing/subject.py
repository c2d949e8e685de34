"""A plugin as it is checked: its parameters as a spec would give them, and the sizes that it is built for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal, get_origin

import attrs
import tomli_w

from rcmvae_core.declarations import claim
from rcmvae_core.errors import Diagnostic, PluginError
from rcmvae_core.facts import of_field
from rcmvae_core.kinds import KINDS
from rcmvae_core.model.parts import instantiate
from rcmvae_core.params import Capabilities, Field, fields
from rcmvae_core.protocols import Context
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolve import Part
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.parts import PartReader
from rcmvae_core.spec.load import parse
from rcmvae_core.testing.report import Fault

Values = Mapping[str, Any]

BATCH, LABELLED = 5, 4
_FORMS: Mapping[str, tuple[int, ...]] = {"image": (6, 5, 1), "features": (7,)}
_LAYOUTS: tuple[Literal["decentralized", "shared"], ...] = ("decentralized", "shared")
_SIZES = {
    "examples": 40,
    "labelled": 8,
    "classes": 4,
    "channels": 3,
    "dim": 2,
    "embedding_dim": 6,
    "steps_per_epoch": 5,
    "epochs": 3,
}


@attrs.frozen
class Subject:
    """What a check looks at.

    Args:
        registered: the plugin and its distribution.
        registry: what it is checked among.
        part: the plugin with its parameters.
        context: the sizes that it is built for.
        case: parameters and sizes in words.
    """

    registered: Registered
    registry: Registry
    part: Part
    context: Context
    case: str

    @property
    def kind(self) -> str:
        """The plugin's kind."""
        return self.registered.plugin.kind

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.registered.plugin.name

    def build(self, *built: Any) -> Any:
        """The implementation, called as a run calls it."""
        context = attrs.evolve(self.context, parts=dict(self._guests()))
        return instantiate(self.part, context, *built)

    def _guests(self) -> Iterator[tuple[str, list[Any]]]:
        """The parts of kinds that the core does not know and this one needs: of each kind the first that serves."""
        known = {kind.name for kind in KINDS}
        for token in self.part.capabilities().requires:
            serving = (
                each
                for each in self.registry
                if each.plugin.kind not in known
                and any(token == claim(text)[0] for text in each.plugin.provides)
            )
            for each in islice(serving, 1):
                plugin = each.plugin
                part = part_of(self.registry, plugin.kind, plugin.name, examples(self.registry, each))
                yield plugin.kind, [instantiate(part, self.context)]

    def provides(self, token: str) -> bool:
        """Whether it claims a capability for these sizes."""
        claims = [claim(text) for text in self.part.capabilities().provides]
        given = {f"layout.{self.context.layout}", *(own for own, condition in claims if not condition)}
        return any(own == token and (not condition or condition in given) for own, condition in claims)


def read(registry: Registry, kind: str, name: str, values: Values) -> tuple[Part | None, list[Diagnostic]]:
    """A part from values as a spec gives them, and what is wrong with them."""
    root = parse(tomli_w.dumps({"part": {name: dict(values)}}).encode(), "parameters")
    node, faults = root.at(("part", name)) or root, Faults()
    part = PartReader(root, registry, {}, faults).part(registry.kinds[kind], name, node)
    return part, list(faults.ordered())


def part_of(registry: Registry, kind: str, name: str, values: Values) -> Part:
    """The same where the values are right.

    Raises:
        Fault: if they are not.
    """
    part, found = read(registry, kind, name, values)
    if part is None or any(d.severity == "error" for d in found):
        told = "; ".join(f"{d.code}: {d.message}" for d in found) or "it has a fault"
        raise Fault(f"with {dict(values)} it cannot be named in a spec: {told}")
    return part


def examples(registry: Registry, registered: Registered) -> dict[str, Any]:
    """A value for each parameter that has no default, from its type and bounds alone."""
    found: dict[str, Any] = {}
    for name, field in fields(registry.parameters(registered.plugin)).items():
        if field.required:
            kind = registry.kinds.get(field.rule.kind or "")
            if kind is not None and not kind.shorthand:
                found[name] = {nested: {} for nested in registry.names(kind.name)[:1]}
            else:
                found[name] = of_field(field)["example"]
    return found


def contexts(part: Part) -> dict[str, Context]:
    """Sizes that a spec may have beside this part, by what they are: what its own tokens let through."""
    found = part.capabilities()
    channels = 1 if {"channels.many", "latent.channels"} & set(found.conflicts) else _SIZES["channels"]
    labelled = 0 if "labels.some" in found.conflicts else _SIZES["labelled"]
    sizes: dict[str, Any] = _SIZES | {"channels": channels, "labelled": labelled}
    return {
        f"{form}, {layout}": Context(input_shape=shape, layout=layout, **sizes)
        for layout in _LAYOUTS
        if _fits(f"layout.{layout}", found)
        for form, shape in _FORMS.items()
        if _fits(f"data.{form}", found)
    }


def _fits(token: str, found: Capabilities) -> bool:
    """Whether one of several alternatives is allowed, and if any of them is required, this one."""
    alternatives = {f"data.{form}" for form in _FORMS} | {f"layout.{layout}" for layout in _LAYOUTS}
    family = {other for other in alternatives if other.split(".")[0] == token.split(".", maxsplit=1)[0]}
    wanted = family & set(found.requires)
    return token not in found.conflicts and (not wanted or token in wanted)


def subject(
    registry: Registry, registered: Registered, values: Values, context: Context | None = None
) -> Subject:
    """A plugin with these parameters, and the first sizes that fit it unless others are given.

    Raises:
        PluginError: E108 if no sizes fit what its tokens ask for.
    """
    plugin = registered.plugin
    part = part_of(registry, plugin.kind, plugin.name, values)
    found = contexts(part)
    if not found:
        message = f"{plugin.kind} `{plugin.name}` requires and forbids the same, so that no spec can name it"
        raise PluginError([Diagnostic("E108", message, help=["mend its `requires` and `conflicts`"])])
    name, first = next(iter(found.items()))
    return Subject(registered, registry, part, context or first, _words(values, "" if context else name))


def _words(values: Values, sizes: str) -> str:
    given = ", ".join(f"{name} = {value!r}" for name, value in values.items())
    return "; ".join(filter(None, (given or "defaults", sizes)))


def edges(field: Field) -> Iterator[Any]:
    """The least and the greatest value that a parameter may take, and its choices."""
    rule = field.rule
    if rule.choices is not None and get_origin(field.type) is not tuple:
        yield from rule.choices
    elif field.type is bool:
        yield from (False, True)
    elif field.type in (int, float):
        whole = field.type is int
        if rule.ge is not None:
            yield field.type(rule.ge)
        if rule.le is not None:
            yield field.type(rule.le)
        if whole and rule.gt is not None:
            yield int(rule.gt) + 1
        if whole and rule.lt is not None:
            yield int(rule.lt) - 1


def beyond(field: Field) -> Iterator[Any]:
    """The first values that its bounds forbid."""
    rule = field.rule
    if field.type in (int, float):
        step = 1 if field.type is int else 1e-6
        for bound, away in ((rule.ge, -step), (rule.le, step)):
            if bound is not None and abs(bound) < 2**53:
                yield field.type(bound + away * max(1.0, abs(bound)) if field.type is float else bound + away)
        for bound in (rule.gt, rule.lt):
            if bound is not None:
                yield field.type(bound)
