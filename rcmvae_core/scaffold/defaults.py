"""Define the choices of a new spec that the user leaves open: sizes and preferred plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from rcmvae_core.plugin.core_tables import LatentTable
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.scaffold.draft import Draft, example_tables

LATENT_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "channels": (10, 1),
    "dim": (2,),
    "layout": get_args(fields(LatentTable)["layout"].type),
}
"""Values to try for each key of `[latent]`, the default first."""
DEFAULT_SIZES: Mapping[str, Any] = {size: values[0] for size, values in LATENT_CHOICES.items()}
"""The default of each size."""
_PREFERRED: Mapping[str, tuple[str, ...]] = {
    "data": ("digits",),
    "encoder": ("dense",),
    "prior": ("mixture",),
    "routing": ("soft",),
    "conditioner": ("film",),
    "backbone": ("dense",),
    "head": ("bernoulli",),
    "loss": ("reconstruction", "kl_latent", "kl_channel", "supervised"),
    "classifier": ("tau",),
    "optimizer": ("adam",),
}
"""Plugins of each kind to use where the user makes no choice, if they are installed and fit."""
_SLOTS = ("one", "optional", "labelled", "many")


def kinds_in_order(registry: Registry) -> list[Kind]:
    """Return the kinds with a table, in the order of choice.

    Required kinds come first, and losses after the classifier, whose labels they may need.
    """
    return sorted((k for k in registry.kinds.values() if k.table), key=lambda kind: _SLOTS.index(kind.slot))


def current_plugins(kind: Kind, registry: Registry) -> list[str]:
    """Return the plugins of a kind that are not deprecated."""
    return [n for n in registry.names(kind.name) if not registry.claims(kind.name, n)[0].plugin.deprecated]


def preferred_plugins(kind: Kind, registry: Registry) -> list[str]:
    """Return the preferred plugins of a kind that are installed and not deprecated."""
    return [name for name in _PREFERRED.get(kind.name, ()) if name in current_plugins(kind, registry)]


def default_draft(registry: Registry) -> Draft:
    """Return the draft of preferred plugins, compatible or not."""
    parts = {
        kind.name: {
            name: next(example_tables(registry, kind.name, name), {})
            for name in preferred_plugins(kind, registry)
        }
        for kind in kinds_in_order(registry)
    }
    return Draft(DEFAULT_SIZES, parts)
