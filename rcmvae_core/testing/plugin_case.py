"""Define the plugin under test: its parameters as in a spec, and the sizes to build it for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

import attrs

from rcmvae_core.errors import Diagnostic, PluginError, SpecError, fail
from rcmvae_core.model.build import build_nested, build_part
from rcmvae_core.plugin.declaration import Registered, claim, load_object
from rcmvae_core.plugin.failures import refusals
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.parameters import Capabilities
from rcmvae_core.plugin.protocols import BuildContext, ColumnBlock, Units
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.resolve import resolve_plugin
from rcmvae_core.testing.parameter_values import example_values
from rcmvae_core.testing.report import CheckFailed

Values = Mapping[str, Any]

BATCH, LABELLED = 5, 4
TINY = BuildContext(
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
"""Sizes of a model that is fast to build."""
_COUNTS = Units(spread=(8.0,), total=100.0)
"""Units of counts up to 8, for plugins that require counts."""
TABLE_COLUMNS = (
    ColumnBlock("number", center=0.5, spread=0.3),
    ColumnBlock("positive", center=-1.0, spread=0.5),
    ColumnBlock("count", center=1.0),
    ColumnBlock("ordinal", levels=(0.0, 1.0, 2.0)),
    ColumnBlock("category", 3),
)
"""A column of each type, of 7 features, for plugins that require the columns of a table."""
TABLE_UNITS = Units(center=(0.0,) * 7, spread=(1.0, 1.0, 8.0, 2.0, 1.0, 1.0, 1.0))
"""Units in which x of these columns is in [0, 1]."""
_INPUT_SHAPES: Mapping[str, tuple[int, ...]] = {"image": TINY.input_shape, "features": (7,)}
_WITHOUT_SIZES = frozenset(
    {"data", "calibrator", "projection", "metric", "figure", "tracker", "callback", "exporter"}
)
"""Kinds whose checks do not depend on the form of inputs and the layout, which are therefore not shown."""
_LAYOUTS: tuple[Literal["decentralized", "shared"], ...] = ("decentralized", "shared")


@attrs.frozen
class PluginCase:
    """A plugin under test.

    Args:
        part: the plugin with its parameters.
        registry: the plugins around it.
        context: the sizes to build it for.
        label: describes parameters and sizes.
    """

    part: ResolvedPart
    registry: Registry
    context: BuildContext
    label: str

    def build(self, *built: Any) -> Any:
        """Build the plugin, with built plugins of other kinds that it takes as arguments, and let it raise what it raises."""
        context = attrs.evolve(self.context, parts=dict(self._required_parts()))
        with refusals(self.part):
            implementation = load_object(self.part.registered.plugin.impl)
            return implementation(build_nested(self.part.params, context), context, *built)

    def _required_parts(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield plugins of other packages' kinds that this one requires: for each token the first that provides it."""
        core_kinds = {kind.name for kind in KINDS}
        for token in self.part.capabilities().requires:
            providers = (
                each
                for each in self.registry
                if each.plugin.kind not in core_kinds
                and any(token == claim(text)[0] for text in each.plugin.provides)
            )
            for each in islice(providers, 1):
                plugin = each.plugin
                part = resolve_part(
                    self.registry, plugin.kind, plugin.name, example_values(self.registry, each)
                )
                yield plugin.kind, [build_part(part, self.context)]

    def provides(self, token: str) -> bool:
        """Return whether it declares a capability for these sizes."""
        claims = [claim(text) for text in self.part.capabilities().provides]
        tokens = {f"layout.{self.context.layout}", *(own for own, condition in claims if not condition)}
        return any(own == token and (not condition or condition in tokens) for own, condition in claims)


def read_part(
    registry: Registry, kind: str, name: str, values: Values
) -> tuple[ResolvedPart | None, list[Diagnostic]]:
    """Read a plugin's parameters as from a spec.

    Args:
        registry: the plugins around it.
        kind: its kind.
        name: its name.
        values: the parameters.

    Returns:
        The plugin with its parameters, or None, and the diagnostics.
    """
    try:
        part, warnings = resolve_plugin(kind, name, values, registry)
    except SpecError as error:
        return None, list(error.diagnostics)
    return part, list(warnings)


def resolve_part(registry: Registry, kind: str, name: str, values: Values) -> ResolvedPart:
    """Read a plugin's parameters as from a spec.

    Args:
        registry: the plugins around it.
        kind: its kind.
        name: its name.
        values: the parameters.

    Returns:
        The plugin with its parameters.

    Raises:
        CheckFailed: if a spec with these values is invalid.
    """
    part, diagnostics = read_part(registry, kind, name, values)
    if part is None or any(d.severity == "error" for d in diagnostics):
        reasons = "; ".join(f"{d.code}: {d.message}" for d in diagnostics) or "its parameters are invalid"
        raise CheckFailed(f"a spec with the parameters {dict(values)} is invalid: {reasons}")
    return part


def compatible_contexts(part: ResolvedPart) -> dict[str, BuildContext]:
    """Return the sizes that the plugin's capability tokens allow, by a description of each."""
    capabilities = part.capabilities()
    channels = 1 if {"channels.many", "latent.channels"} & set(capabilities.conflicts) else TINY.channels
    labelled = 0 if "labels.some" in capabilities.conflicts else TINY.labelled
    units = _COUNTS if "inputs.counts" in capabilities.requires else None
    columns = TABLE_COLUMNS if "data.columns" in capabilities.requires else ()
    units = TABLE_UNITS if columns else units
    sizes = attrs.evolve(TINY, channels=channels, labelled=labelled, units=units, columns=columns)
    return {
        f"{form}, {layout}": attrs.evolve(sizes, input_shape=shape, layout=layout)
        for layout in _LAYOUTS
        if _allows(f"layout.{layout}", capabilities)
        for form, shape in _INPUT_SHAPES.items()
        if _allows(f"data.{form}", capabilities)
    }


def _allows(token: str, capabilities: Capabilities) -> bool:
    """Return whether an alternative is not excluded, and is required if any alternative to it is."""
    alternatives = {f"data.{form}" for form in _INPUT_SHAPES} | {f"layout.{layout}" for layout in _LAYOUTS}
    family = {other for other in alternatives if other.split(".")[0] == token.split(".", maxsplit=1)[0]}
    required = family & set(capabilities.requires)
    return token not in capabilities.conflicts and (not required or token in required)


def make_case(registry: Registry, registered: Registered, values: Values) -> PluginCase:
    """Return a plugin with parameters, and the first sizes that it allows.

    Args:
        registry: the plugins around it.
        registered: the plugin.
        values: its parameters.

    Raises:
        CheckFailed: if a spec with these values is invalid.
        PluginError: E108 if its tokens allow no sizes.
    """
    plugin = registered.plugin
    part = resolve_part(registry, plugin.kind, plugin.name, values)
    sizes = compatible_contexts(part)
    if not sizes:
        message = (
            f"{plugin.kind} `{plugin.name}` requires and excludes the same tokens, so no spec can use it"
        )
        fail("E108", message, help=["fix its `requires` and `conflicts`"], error=PluginError)
    label, context = next(iter(sizes.items()))
    parameters = ", ".join(f"{name} = {value!r}" for name, value in values.items())
    shown = "" if plugin.kind in _WITHOUT_SIZES else f"; {label}"
    return PluginCase(part, registry, context, f"{parameters or 'defaults'}{shown}")
