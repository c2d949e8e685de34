"""A plugin as it is checked: its parameters as a spec would give them, and the sizes that it is built for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

import attrs
import tomli_w

from rcmvae_core.declarations import claim
from rcmvae_core.errors import Diagnostic, PluginError
from rcmvae_core.kinds import KINDS
from rcmvae_core.model.parts import instantiate
from rcmvae_core.params import Capabilities
from rcmvae_core.protocols import Context
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolve import Part
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.parts import PartReader
from rcmvae_core.spec.load import parse
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.values import examples

Values = Mapping[str, Any]

BATCH, LABELLED = 5, 4
TINY = Context(
    input_shape=(6, 5, 1),
    examples=40,
    labelled=8,
    classes=4,
    channels=3,
    dim=2,
    embedding_dim=6,
    layout="decentralized",
    steps_per_epoch=5,
    epochs=3,
)
"""Sizes of a model that is built in no time."""
_FORMS: Mapping[str, tuple[int, ...]] = {"image": TINY.input_shape, "features": (7,)}
_LAYOUTS: tuple[Literal["decentralized", "shared"], ...] = ("decentralized", "shared")


@attrs.frozen
class Subject:
    """What a check looks at.

    Args:
        part: the plugin with its parameters.
        registry: what it is checked among.
        context: the sizes that it is built for.
        case: parameters and sizes in words.
    """

    part: Part
    registry: Registry
    context: Context
    case: str

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


def contexts(part: Part) -> dict[str, Context]:
    """Sizes that a spec may have beside this part, by what they are: what its own tokens let through."""
    found = part.capabilities()
    channels = 1 if {"channels.many", "latent.channels"} & set(found.conflicts) else TINY.channels
    labelled = 0 if "labels.some" in found.conflicts else TINY.labelled
    sizes = attrs.evolve(TINY, channels=channels, labelled=labelled)
    return {
        f"{form}, {layout}": attrs.evolve(sizes, input_shape=shape, layout=layout)
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


def subject(registry: Registry, registered: Registered, values: Values) -> Subject:
    """A plugin with these parameters, and the first sizes that fit it.

    Raises:
        PluginError: E108 if no sizes fit what its tokens ask for.
    """
    plugin = registered.plugin
    part = part_of(registry, plugin.kind, plugin.name, values)
    found = contexts(part)
    if not found:
        message = f"{plugin.kind} `{plugin.name}` requires and forbids the same, so that no spec can name it"
        raise PluginError([Diagnostic("E108", message, help=["mend its `requires` and `conflicts`"])])
    sizes, context = next(iter(found.items()))
    given = ", ".join(f"{name} = {value!r}" for name, value in values.items())
    return Subject(part, registry, context, f"{given or 'defaults'}; {sizes}")
